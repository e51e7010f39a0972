//! The monitor's loop: one poll over the container's first process, its streams and the attached command line.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::protocol::{CHUNK, Message};
use super::stdio::Stdio;
use crate::engine::{FAILURE, Failure, FailureKind, NOTICE, parse_failure};
use crate::sys::signal::{SignalReader, end_reader};
use crate::sys::{Attempt, packet, process, pty};

/// Input that the container has not read yet is kept up to this many bytes; then the command line is not heard.
const INPUT_LIMIT: usize = 1024 * 1024;

/// Ctrl-D: the end of input on a terminal.
const END_OF_TRANSMISSION: &[u8] = &[4];

/// A running container, as its monitor holds it.
#[derive(Debug)]
pub struct Container<'a> {
    /// Pid of the first process.
    pub pid: i32,
    /// The same without races.
    pub pidfd: OwnedFd,
    /// From the first process until it becomes the program.
    pub sync: Option<OwnedFd>,
    /// Its streams.
    pub stdio: Stdio,
    /// The attached command line.
    pub client: Option<BorrowedFd<'a>>,
    /// Kill it after so many seconds; 0 is never.
    pub timeout: u32,
}

/// What the loop tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The program runs.
    Started,
}

/// Relays until the first process has ended; gives its exit code, and what is needed to pass on the last of its output.
///
/// # Errors
/// The container did not start; its first process has ended.
pub fn supervise(
    container: &mut Container<'_>,
    on_event: &mut dyn FnMut(Event),
) -> Result<(i32, Relay), Failure> {
    let mut relay = Relay {
        terminal: false,
        size: None,
        signals: end_reader()?,
        deadline: None,
        input: Vec::new(),
        input_closed: false,
        output: Vec::new(),
        failure: None,
    };
    while !relay.turn(container, on_event)? {}
    let code = process::wait(container.pid)?;
    // A program that failed at once may have ended before its last word was read.
    while container.sync.is_some() {
        relay.hear_child(container, on_event)?;
    }
    if let Some(failure) = relay.failure.take() {
        return Err(failure);
    }
    Ok((code, relay))
}

/// What is between the container and the command line.
#[derive(Debug)]
pub struct Relay {
    terminal: bool,
    /// What the client said of its window before there was a terminal.
    size: Option<(u16, u16)>,
    signals: SignalReader,
    deadline: Option<std::time::Instant>,
    input: Vec<u8>,
    input_closed: bool,
    /// One encoded message that the client had no room for.
    output: Vec<u8>,
    failure: Option<Failure>,
}

impl Relay {
    /// Waits for something and does it. True: the first process has ended.
    fn turn(
        &mut self,
        container: &mut Container<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<bool, Failure> {
        let ready = self.wait(container)?;
        if ready.signals {
            while self.signals.next()?.is_some() {
                kill(container);
            }
        }
        if self.deadline.is_some_and(|d| std::time::Instant::now() >= d) {
            kill(container);
            self.deadline = None;
        }
        if ready.child {
            self.hear_child(container, on_event)?;
        }
        if ready.client_write {
            self.flush_output(container);
        }
        if ready.client_read {
            self.hear_client(container);
        }
        if ready.stdin {
            self.flush_input(container);
        }
        if ready.stdout {
            self.relay_stream(container, true);
        }
        if ready.stderr {
            self.relay_stream(container, false);
        }
        Ok(ready.ended)
    }

    fn wait<'a>(&'a self, container: &'a Container<'_>) -> Result<Ready, Failure> {
        let stdio = &container.stdio;
        let room = self.output.is_empty();
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(8);
        let mut sources = Vec::with_capacity(8);
        let mut add = |fd: PollFd<'a>, source| {
            fds.push(fd);
            sources.push(source);
        };
        add(PollFd::new(container.pidfd.as_fd(), PollFlags::POLLIN), Source::Ended);
        add(PollFd::new(self.signals.as_fd(), PollFlags::POLLIN), Source::Signals);
        if let Some(sync) = &container.sync {
            add(PollFd::new(sync.as_fd(), PollFlags::POLLIN), Source::Child);
        }
        if let Some(client) = container.client {
            if self.input.len() < INPUT_LIMIT {
                add(PollFd::new(client, PollFlags::POLLIN), Source::ClientRead);
            }
            if !room {
                add(PollFd::new(client, PollFlags::POLLOUT), Source::ClientWrite);
            }
        }
        if let Some(stdin) = stdio.stdin.as_ref().filter(|_| !self.input.is_empty()) {
            add(PollFd::new(stdin.as_fd(), PollFlags::POLLOUT), Source::Stdin);
        }
        for (stream, source) in [(&stdio.stdout, Source::Stdout), (&stdio.stderr, Source::Stderr)] {
            if let Some(stream) = stream.as_ref().filter(|_| room) {
                add(PollFd::new(stream.as_fd(), PollFlags::POLLIN), source);
            }
        }
        let timeout = match self.deadline {
            Some(deadline) => {
                let left = deadline.saturating_duration_since(std::time::Instant::now());
                PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX)
            }
            None => PollTimeout::NONE,
        };
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno).attempt(|| "wait for the container").map_err(Failure::from),
        }
        let mut ready = Ready::default();
        for (fd, source) in fds.iter().zip(sources) {
            if fd.revents().is_some_and(|r| !r.is_empty()) {
                ready.set(source);
            }
        }
        Ok(ready)
    }

    /// The first process says why it failed, hands over its terminal, or goes silent because it has become the program.
    fn hear_child(
        &mut self,
        container: &mut Container<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), Failure> {
        let Some(sync) = &container.sync else { return Ok(()) };
        let mut buffer = [0; crate::engine::MESSAGE_LIMIT];
        let (length, fd) = packet::receive(sync.as_fd(), &mut buffer)?;
        match (buffer[..length].split_first(), fd) {
            (None, _) => {
                container.sync = None;
                if self.failure.is_none() {
                    if container.timeout > 0 {
                        let timeout = std::time::Duration::from_secs(container.timeout.into());
                        self.deadline = Some(std::time::Instant::now() + timeout);
                    }
                    on_event(Event::Started);
                    self.say(container, &Message::Started(u32::try_from(container.pid).unwrap_or_default()));
                }
            }
            (Some((&FAILURE, json)), _) => self.failure = Some(parse_failure(json)),
            (Some((&NOTICE, text)), _) => self.say(container, &Message::Notice(text)),
            (Some(_), Some(master)) => {
                container.stdio = Stdio::of_terminal(master)?;
                self.terminal = true;
                if let Some((rows, columns)) = self.size.take() {
                    self.resize(container, rows, columns);
                }
            }
            (Some((kind, _)), None) => {
                let message = format!("internal error: message {kind} from the container's process");
                return Err(Failure::new(FailureKind::Other, message));
            }
        }
        Ok(())
    }

    fn hear_client(&mut self, container: &mut Container<'_>) {
        let Some(client) = container.client else { return };
        let mut buffer = vec![0; CHUNK + 1];
        let message = match packet::receive(client, &mut buffer) {
            Ok((length @ 1.., _)) => Message::decode(&buffer[..length]),
            // The command line has gone; the container goes on.
            _ => {
                container.client = None;
                self.output.clear();
                self.close_input(container);
                return;
            }
        };
        match message {
            Some(Message::Stdin(data)) if container.stdio.stdin.is_some() || container.sync.is_some() => {
                self.input.extend_from_slice(data);
                self.flush_input(container);
            }
            Some(Message::StdinClosed) => self.close_input(container),
            // Of a terminal nothing is closed: it still is the container's.
            Some(Message::ReaderGone(1)) if !self.terminal => container.stdio.stdout = None,
            Some(Message::ReaderGone(2)) if !self.terminal => container.stdio.stderr = None,
            Some(Message::Resize { rows, columns }) => self.resize(container, rows, columns),
            Some(Message::Signal(signal)) => {
                // A container that has just ended needs no signal.
                let _ = process::pidfd_signal(container.pidfd.as_fd(), signal);
            }
            _ => {}
        }
    }

    fn resize(&mut self, container: &Container<'_>, rows: u16, columns: u16) {
        match &container.stdio.stdout {
            Some(master) if self.terminal => {
                // A terminal that has just hung up needs no size.
                let _ = pty::set_size(master.as_fd(), rows, columns);
            }
            _ => self.size = Some((rows, columns)),
        }
    }

    fn close_input(&mut self, container: &mut Container<'_>) {
        self.input_closed = true;
        if self.terminal && container.client.is_some() {
            self.input.extend_from_slice(END_OF_TRANSMISSION);
        }
        self.flush_input(container);
    }

    fn flush_input(&mut self, container: &mut Container<'_>) {
        let Some(stdin) = &container.stdio.stdin else {
            return;
        };
        while !self.input.is_empty() {
            match rustix::io::write(stdin, &self.input) {
                Ok(written) => drop(self.input.drain(..written)),
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return,
                // Nobody reads any more.
                Err(_) => {
                    self.input.clear();
                    self.input_closed = true;
                }
            }
        }
        if self.input_closed && !self.terminal {
            container.stdio.stdin = None;
        }
    }

    /// Reads one piece of output and passes it on.
    fn relay_stream(&mut self, container: &mut Container<'_>, stdout: bool) -> bool {
        let stream = if stdout { &mut container.stdio.stdout } else { &mut container.stdio.stderr };
        let Some(fd) = stream else { return false };
        let mut buffer = vec![0; CHUNK];
        match rustix::io::read(&*fd, &mut buffer) {
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => false,
            // The end; of a terminal EIO, when its last user has closed it.
            Ok(0) | Err(_) => {
                *stream = None;
                false
            }
            Ok(length) => {
                let data = &buffer[..length];
                self.say(container, &if stdout { Message::Stdout(data) } else { Message::Stderr(data) });
                true
            }
        }
    }

    /// Sends to the client, or keeps the message until there is room.
    fn say(&mut self, container: &mut Container<'_>, message: &Message<'_>) {
        let Some(client) = container.client else { return };
        let mut packet = Vec::new();
        message.encode(&mut packet);
        if !self.output.is_empty() {
            // Only a word about the start can come while output waits; it must not be lost.
            let _ = packet::send(client, &packet);
            return;
        }
        match packet::try_send(client, &packet) {
            Ok(true) => {}
            Ok(false) => self.output = packet,
            Err(_) => container.client = None,
        }
    }

    fn flush_output(&mut self, container: &mut Container<'_>) {
        let Some(client) = container.client else { return };
        match packet::try_send(client, &self.output) {
            Ok(true) => self.output.clear(),
            Ok(false) => {}
            Err(_) => {
                container.client = None;
                self.output.clear();
            }
        }
    }

    /// After the end: everything that was written is still passed on, at the client's pace, which may be none. So this
    /// comes last, when the container is taken down.
    pub fn drain(mut self, container: &mut Container<'_>) {
        loop {
            if !self.output.is_empty() {
                if let Some(client) = container.client {
                    let _ = packet::send(client, &self.output);
                }
                self.output.clear();
            }
            if !self.relay_stream(container, true) && !self.relay_stream(container, false) {
                return;
            }
        }
    }
}

fn kill(container: &Container<'_>) {
    // One that has just ended needs no signal.
    let _ = process::pidfd_signal(container.pidfd.as_fd(), 9);
}

#[derive(Clone, Copy)]
enum Source {
    Ended,
    Signals,
    Child,
    ClientRead,
    ClientWrite,
    Stdin,
    Stdout,
    Stderr,
}

/// What is ready.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // one a source
struct Ready {
    ended: bool,
    signals: bool,
    child: bool,
    client_read: bool,
    client_write: bool,
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

impl Ready {
    fn set(&mut self, source: Source) {
        *match source {
            Source::Ended => &mut self.ended,
            Source::Signals => &mut self.signals,
            Source::Child => &mut self.child,
            Source::ClientRead => &mut self.client_read,
            Source::ClientWrite => &mut self.client_write,
            Source::Stdin => &mut self.stdin,
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        } = true;
    }
}
