//! The command line's side of an attached container: relays its own stdin, stdout, stderr, signals and window size to
//! and from the monitor. One poll loop; it knows only `monitor::protocol`, nothing of how a container is made.

mod keys;
mod outgoing;

use std::io::IsTerminal;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::socket::{MsgFlags, recv};

use crate::monitor::protocol::{CHUNK, Message};
use crate::sys::signal::{SavedMask, SignalReader};
use crate::sys::sink::{Sink, Written};
use crate::sys::term::{RawTerminal, window_size};
use crate::sys::{Attempt, SysError, wait};
use outgoing::Outgoing;

/// How many messages are taken before signals and stdin get their turn.
const BURST: usize = 16;

/// What is relayed.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct AttachOptions {
    /// The container has a terminal of its own: window sizes are passed on, and with `interactive` ours is made raw.
    pub terminal: bool,
    /// stdin is passed on.
    pub interactive: bool,
    /// Signals are passed on; else they do to the command line what they always do.
    pub sig_proxy: bool,
    /// The keys that leave, typed at a terminal; none is no way to leave.
    pub detach_keys: Vec<u8>,
    /// Leave as soon as the program runs, or waits for the word to.
    pub until_started: bool,
    /// Come to the socket of a container that is there already.
    pub joins: bool,
    /// Let it go: it waits for that.
    pub starts: bool,
    /// stdout, stderr: what comes for it is dropped.
    pub mute: [bool; 2],
}

/// How an attachment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachEnd {
    /// The container ended with this code; all of its output has been written.
    Exited(i32),
    /// The container could not be started: the monitor's JSON.
    Failed(Vec<u8>),
    /// The container goes on without us.
    Detached,
    /// The monitor went away without a word.
    Disconnected,
}

/// What the caller may want to hear of on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachEvent<'a> {
    /// The program runs, with this pid as the host sees it.
    Started(u32),
    /// A line for the user's eyes.
    Notice(&'a [u8]),
}

/// Why an attachment broke.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The other end is not a monitor of this version.
    #[error("the container's monitor sent a message that this version does not know (kind {0:?})")]
    UnknownMessage(Option<char>),
}

/// The three streams of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Streams<'fd> {
    /// Read from.
    pub stdin: BorrowedFd<'fd>,
    /// Written to.
    pub stdout: BorrowedFd<'fd>,
    /// Written to.
    pub stderr: BorrowedFd<'fd>,
}

impl Streams<'_> {
    /// The window that the user sees: any of the three may be the terminal.
    fn size(&self) -> Option<(u16, u16)> {
        [self.stdout, self.stdin, self.stderr].into_iter().find_map(window_size)
    }
}

/// Rows and columns of the caller's terminal, for the container's own to start with.
pub fn terminal_size() -> Option<(u16, u16)> {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    Streams { stdin: stdin.as_fd(), stdout: stdout.as_fd(), stderr: stderr.as_fd() }.size()
}

/// Relays between this process's stdin, stdout and stderr and the monitor at the other end of `socket` until the
/// container ends. `signals` comes from [`crate::sys::signal::block_forwarded_signals`], called before the monitor was
/// forked. The terminal is as it was when this returns.
///
/// # Errors
/// stdout cannot be written for a reason other than a missing reader, the terminal cannot be made raw, or the other
/// end speaks another language.
pub fn attach(
    socket: OwnedFd,
    options: AttachOptions,
    signals: &SavedMask,
    events: &mut dyn FnMut(AttachEvent<'_>),
) -> Result<AttachEnd, AttachError> {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let streams = Streams { stdin: stdin.as_fd(), stdout: stdout.as_fd(), stderr: stderr.as_fd() };
    attach_streams(socket, options, signals, streams, events)
}

/// [`attach`] with other streams.
///
/// # Errors
/// As [`attach`].
pub fn attach_streams(
    socket: OwnedFd,
    options: AttachOptions,
    signals: &SavedMask,
    streams: Streams<'_>,
    events: &mut dyn FnMut(AttachEvent<'_>),
) -> Result<AttachEnd, AttachError> {
    let terminal = (options.terminal && options.interactive && streams.stdin.is_terminal())
        .then(|| RawTerminal::enter(streams.stdin))
        .transpose()?;
    let mut session = Session {
        outgoing: Outgoing::new(
            options.interactive,
            if terminal.is_some() { options.detach_keys.clone() } else { Vec::new() },
        ),
        socket,
        streams,
        terminal,
        mask: signals,
        reader: signals.reader()?,
        sinks: [None, None],
        pending: Pending::default(),
        reader_gone: options.mute,
        options,
    };
    session.outgoing.greets = session.options.joins;
    session.outgoing.starts = session.options.starts;
    if session.options.terminal {
        session.outgoing.resize = session.size();
    }
    session.run(events)
}

/// Output that did not fit yet.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Into `Session::sinks`.
    to: usize,
}

struct Session<'fd> {
    socket: OwnedFd,
    options: AttachOptions,
    streams: Streams<'fd>,
    terminal: Option<RawTerminal<'fd>>,
    mask: &'fd SavedMask,
    reader: SignalReader,
    /// stdout and stderr, looked at when they are first written to.
    sinks: [Option<Sink<'fd>>; 2],
    pending: Pending,
    /// Nobody reads our stdout, our stderr: what comes for it is dropped, and the monitor was told.
    reader_gone: [bool; 2],
    outgoing: Outgoing,
}

/// What is ready.
#[derive(Default)]
struct Ready {
    socket: bool,
    signals: bool,
    stdin: bool,
    output: bool,
}

impl Session<'_> {
    fn run(&mut self, events: &mut dyn FnMut(AttachEvent<'_>)) -> Result<AttachEnd, AttachError> {
        let mut buffer = vec![0; CHUNK + 1];
        loop {
            self.outgoing.send(self.socket.as_fd())?;
            if self.outgoing.has_left() {
                return Ok(self.leave());
            }
            let ready = self.wait()?;
            if ready.signals {
                self.take_signals()?;
            }
            if ready.output {
                let pending = std::mem::take(&mut self.pending);
                self.write(pending.to, &pending.bytes)?;
            }
            if ready.socket
                && let Some(end) = self.receive(&mut buffer, events)?
            {
                return Ok(end);
            }
            if ready.stdin {
                self.outgoing.read_stdin(self.streams.stdin, &mut buffer[..CHUNK])?;
            }
        }
    }

    /// Sleeps until something can be done. What cannot be served now is left out: a hang-up there would wake us
    /// again and again.
    fn wait(&self) -> Result<Ready, AttachError> {
        let mut fds = Vec::with_capacity(4);
        fds.push(PollFd::new(self.reader.as_fd(), PollFlags::POLLIN));
        let mut socket = PollFlags::empty();
        socket.set(PollFlags::POLLIN, self.pending.bytes.is_empty());
        socket.set(PollFlags::POLLOUT, self.outgoing.waiting());
        let socket = (!socket.is_empty()).then(|| push(&mut fds, self.socket.as_fd(), socket));
        let stdin =
            self.outgoing.wants_stdin().then(|| push(&mut fds, self.streams.stdin, PollFlags::POLLIN));
        let output = match &self.sinks[self.pending.to] {
            Some(sink) if !self.pending.bytes.is_empty() => {
                Some(push(&mut fds, sink.as_fd(), PollFlags::POLLOUT))
            }
            _ => None,
        };
        wait::ready(&mut fds, None)?;
        let got = |index: Option<usize>| {
            index.is_some_and(|i| fds[i].revents().is_none_or(|revents| !revents.is_empty()))
        };
        // With output pending the socket is only watched for room.
        let readable = self.pending.bytes.is_empty() && got(socket);
        Ok(Ready { socket: readable, signals: got(Some(0)), stdin: got(stdin), output: got(output) })
    }

    /// Tells the monitor that nobody is to be missed.
    fn leave(&self) -> AttachEnd {
        let mut packet = Vec::new();
        Message::Detach.encode(&mut packet);
        // A monitor that has gone needs no word.
        let _ = crate::sys::packet::send(self.socket.as_fd(), &packet);
        AttachEnd::Detached
    }

    fn take_signals(&mut self) -> Result<(), AttachError> {
        while let Some(signal) = self.reader.next()? {
            match nix::sys::signal::Signal::try_from(signal) {
                Ok(nix::sys::signal::Signal::SIGWINCH) => self.resized(),
                Ok(nix::sys::signal::Signal::SIGCONT) => {
                    if let Some(terminal) = &self.terminal
                        && terminal.in_foreground()
                    {
                        terminal.apply()?;
                    }
                    self.resized();
                }
                _ if self.options.sig_proxy => self.outgoing.signal(signal),
                _ => {
                    self.terminal = None;
                    self.mask.die_of(signal);
                }
            }
        }
        Ok(())
    }

    fn resized(&mut self) {
        if self.options.terminal {
            self.outgoing.resize = self.size().or(self.outgoing.resize);
        }
    }

    fn size(&self) -> Option<(u16, u16)> {
        self.streams.size()
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        events: &mut dyn FnMut(AttachEvent<'_>),
    ) -> Result<Option<AttachEnd>, AttachError> {
        for _ in 0..BURST {
            let count = match recv(self.socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return Ok(Some(AttachEnd::Disconnected)),
                Ok(count) => count,
                // A monitor that ended with input unread resets the connection; its last words are still queued.
                Err(Errno::ECONNRESET | Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => return Ok(None),
                Err(errno) => return Err(errno).attempt(|| "read from the monitor").map_err(Into::into),
            };
            let packet = &buffer[..count];
            let end = match Message::decode(packet) {
                Some(Message::Stdout(bytes)) => {
                    self.write(0, bytes)?;
                    None
                }
                Some(Message::Stderr(bytes)) => {
                    self.write(1, bytes)?;
                    None
                }
                Some(Message::Started(pid)) => {
                    events(AttachEvent::Started(pid));
                    self.options.until_started.then(|| self.leave())
                }
                Some(Message::Initialized) => self.options.until_started.then(|| self.leave()),
                Some(Message::Notice(text)) => {
                    events(AttachEvent::Notice(text));
                    None
                }
                Some(Message::Exited(code)) => Some(AttachEnd::Exited(code)),
                Some(Message::Failed(json)) => Some(AttachEnd::Failed(json.to_vec())),
                _ => return Err(AttachError::UnknownMessage(packet.first().map(|&byte| byte.into()))),
            };
            if end.is_some() || !self.pending.bytes.is_empty() {
                return Ok(end);
            }
        }
        Ok(None)
    }

    /// Writes all of `bytes` to stdout (0) or stderr (1), or keeps the rest for later.
    fn write(&mut self, to: usize, mut bytes: &[u8]) -> Result<(), AttachError> {
        if self.reader_gone[to] {
            return Ok(());
        }
        let (fd, name) =
            if to == 0 { (self.streams.stdout, "stdout") } else { (self.streams.stderr, "stderr") };
        let sink = self.sinks[to].get_or_insert_with(|| Sink::new(fd, name));
        while !bytes.is_empty() {
            match sink.write(bytes)? {
                Written::Some(count) => bytes = &bytes[count..],
                Written::Later => {
                    self.pending = Pending { bytes: bytes.to_vec(), to };
                    return Ok(());
                }
                Written::Closed => {
                    self.reader_gone[to] = true;
                    self.outgoing.readers_gone[to] = true;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn push<'fd>(fds: &mut Vec<PollFd<'fd>>, fd: BorrowedFd<'fd>, events: PollFlags) -> usize {
    fds.push(PollFd::new(fd, events));
    fds.len() - 1
}

#[cfg(test)]
mod tests;
