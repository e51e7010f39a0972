//! The monitor's loop: one poll over the container's first process, its streams, its socket, and whoever is attached.
//! What is attached and said lives as long as the monitor; the container may be started anew in between.

mod checks;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::client::Client;
use super::health::{Check, Schedule};
use super::input::Input;
use super::protocol::{CHUNK, Message};
use super::socket;
use super::stdio::Stdio;
use super::watched::{Source, Watched};
use crate::engine::{Failure, FailureKind, message};
use crate::model::{HealthAction, HealthRecord, HealthSpec};
use crate::sys::signal::{SignalReader, end_reader};
use crate::sys::{packet, process, wait};

/// What is left in the pipes of a container that has ended is read up to so many bytes: somebody outside of it who still
/// writes there is not waited for.
const LEFT_OVER: usize = 1024 * 1024;

/// So many may be attached at once.
const CLIENTS: usize = 256;

/// A running container, as its monitor holds it.
#[derive(Debug)]
pub struct Container {
    /// Pid of the first process.
    pub pid: i32,
    /// The same without races.
    pub pidfd: OwnedFd,
    /// From the first process until it becomes the program.
    pub sync: Option<OwnedFd>,
    /// It is not to become the program before somebody says so.
    pub held: bool,
    /// It has said that it waits for that.
    pub awaits: bool,
    /// Its streams.
    pub stdio: Stdio,
    /// Kill it after so many seconds; 0 is never.
    pub timeout: u32,
    /// What asks it to stop.
    pub stop_signal: i32,
    /// How long it then may take, in seconds.
    pub stop_timeout: u32,
    /// How its health is looked at.
    pub health: Option<HealthSpec>,
}

/// What the loop cannot do itself.
pub trait Attendant {
    /// The first process waits for the word to become the program.
    fn initialized(&mut self);

    /// The program runs.
    fn started(&mut self);

    /// Begins a check of the container's health, which is ended after so long.
    ///
    /// # Errors
    /// It cannot be begun; that counts as a failed check.
    fn check(&mut self, test: &[String], at_most: Duration) -> Result<Check, Failure>;

    /// Something is known of the container's health; with an action, it is to be done.
    fn health(&mut self, record: &HealthRecord, action: HealthAction);

    /// A namespace of the container's, by its kind.
    fn namespace(&self, kind: &[u8]) -> Option<BorrowedFd<'_>>;

    /// Bytes of its output.
    fn output(&mut self, stdout: bool, bytes: &[u8]);

    /// The specification was changed; gives its health part.
    fn reload(&mut self) -> Option<HealthSpec>;
}

/// What is between the container and those who are attached.
#[derive(Debug)]
pub struct Relay {
    clients: Vec<Client>,
    listener: Option<OwnedFd>,
    signals: SignalReader,
    input: Input,
    deadline: Option<Instant>,
    schedule: Option<Schedule>,
    record: HealthRecord,
    failure: Option<Failure>,
    buffer: Vec<u8>,
    packet: Vec<u8>,
}

impl Relay {
    /// With the command line that starts the container; `hears`: it wants the output.
    ///
    /// # Errors
    /// EMFILE.
    pub fn new(client: OwnedFd, hears: bool) -> Result<Self, Failure> {
        Ok(Self {
            clients: vec![Client::primary(client, hears)],
            listener: None,
            signals: end_reader()?,
            input: Input::default(),
            deadline: None,
            schedule: None,
            record: HealthRecord::default(),
            failure: None,
            buffer: Vec::new(),
            packet: Vec::new(),
        })
    }

    /// From now on others may come.
    pub fn listen(&mut self, listener: OwnedFd) {
        self.listener = Some(listener);
    }

    /// Relays until the first process has ended; gives its exit code. All of its output has been taken by then.
    ///
    /// # Errors
    /// The container did not start; its first process has ended.
    pub fn supervise(
        &mut self,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<i32, Failure> {
        self.buffer.resize(CHUNK + 1, 0);
        self.input = Input::default();
        while !self.turn(container, attendant)? {}
        let code = process::wait(container.pid)?;
        if let Some(mut schedule) = self.schedule.take() {
            schedule.abandon();
        }
        self.deadline = None;
        // A program that failed at once may have ended before its last word was read.
        while container.sync.is_some() {
            self.hear_child(container, attendant)?;
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut left = LEFT_OVER;
        for stdout in [true, false] {
            while let Some(length @ 1..) = self.relay_stream(container, attendant, stdout) {
                left = left.saturating_sub(length);
                if left == 0 {
                    break;
                }
            }
        }
        Ok(code)
    }

    /// Between two starts: waits so long, or until a signal asks for attention.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn pause(&mut self, time: Duration) -> Result<(), Failure> {
        if wait::readable(self.signals.as_fd(), Some(time))? {
            while self.signals.next()?.is_some() {}
        }
        Ok(())
    }

    /// Tells everybody how it ended, after all that still waits for them.
    pub fn farewell(self, last: &Message<'_>) {
        let mut packet = Vec::new();
        last.encode(&mut packet);
        drop(self.listener);
        for client in self.clients {
            client.farewell(&packet);
        }
    }

    /// Waits for something and does it. True: the first process has ended.
    fn turn(&mut self, container: &mut Container, attendant: &mut dyn Attendant) -> Result<bool, Failure> {
        let mut ended = false;
        for source in self.wait(container)? {
            match source {
                Source::Ended => ended = true,
                Source::Signals => {
                    while self.signals.next()?.is_some() {
                        kill(container);
                    }
                }
                Source::Child => self.hear_child(container, attendant)?,
                Source::Listener => self.welcome(),
                Source::Write(index) => {
                    if !self.clients[index].flush() {
                        self.leave(index, container);
                    }
                }
                Source::Read(index) => self.hear_client(index, container, attendant)?,
                Source::Stdin => self.input.flush(&mut container.stdio),
                Source::Stdout => drop(self.relay_stream(container, attendant, true)),
                Source::Stderr => drop(self.relay_stream(container, attendant, false)),
                Source::CheckOutput => self.schedule.iter_mut().for_each(Schedule::read),
                Source::CheckEnded => self.check_ended(container, attendant),
            }
        }
        self.clients.retain(|client| !client.gone);
        if self.deadline.is_some_and(|d| Instant::now() >= d) {
            kill(container);
            self.deadline = None;
        }
        if let Some(schedule) = &mut self.schedule {
            schedule.enforce();
            if schedule.due() {
                self.begin_check(container, attendant);
            }
        }
        Ok(ended)
    }

    /// What is ready, in the order in which it is to be done.
    fn wait(&self, container: &Container) -> Result<Vec<Source>, Failure> {
        let mut watched = Watched::default();
        let (read, write) = (PollFlags::POLLIN, PollFlags::POLLOUT);
        if let Some(sync) = &container.sync {
            watched.add(sync, read, Source::Child);
        }
        watched.add(&self.signals, read, Source::Signals);
        for (index, client) in self.clients.iter().enumerate() {
            if client.waits() {
                watched.add(client, write, Source::Write(index));
            }
            if self.input.has_room() {
                watched.add(client, read, Source::Read(index));
            }
        }
        if let Some(listener) = self.listener.as_ref().filter(|_| self.clients.len() < CLIENTS) {
            watched.add(listener, read, Source::Listener);
        }
        let stdio = &container.stdio;
        if let Some(stdin) = stdio.stdin.as_ref().filter(|_| self.input.waits()) {
            watched.add(stdin, write, Source::Stdin);
        }
        let room = !self.clients.iter().any(Client::holds_up);
        for (stream, source) in [(&stdio.stdout, Source::Stdout), (&stdio.stderr, Source::Stderr)] {
            if let Some(stream) = stream.as_ref().filter(|_| room) {
                watched.add(stream, read, source);
            }
        }
        if let Some(check) = self.schedule.as_ref().and_then(Schedule::running) {
            watched.add(&check.output, read, Source::CheckOutput);
            watched.add(&check.pidfd, read, Source::CheckEnded);
        }
        watched.add(&container.pidfd, read, Source::Ended);
        let deadline =
            [self.deadline, self.schedule.as_ref().and_then(Schedule::deadline)].into_iter().flatten().min();
        watched.ready(deadline)
    }

    /// Somebody has come to the socket.
    fn welcome(&mut self) {
        if let Some(socket) = self.listener.as_ref().and_then(|listener| socket::accept(listener.as_fd())) {
            self.clients.push(Client::joined(socket));
        }
    }

    /// The first process says why it failed, hands over its terminal, or goes silent because it has become the program.
    fn hear_child(
        &mut self,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<(), Failure> {
        let Some(sync) = &container.sync else { return Ok(()) };
        let mut buffer = [0; message::LIMIT];
        let (length, fd) = packet::receive(sync.as_fd(), &mut buffer)?;
        match (buffer[..length].split_first(), fd) {
            (None, _) => {
                container.sync = None;
                if self.failure.is_none() && !container.held {
                    self.has_started(container, attendant);
                }
            }
            (Some((&message::FAILURE, json)), _) => self.failure = Some(message::parse_failure(json)),
            (Some((&message::NOTICE, text)), _) => self.tell(&Message::Notice(text)),
            (Some((&message::AWAITS_START, _)), None) => {
                container.awaits = true;
                if container.held {
                    attendant.initialized();
                    self.tell(&Message::Initialized);
                } else {
                    let_go(container);
                }
            }
            (Some(_), Some(master)) => {
                container.stdio = Stdio::of_terminal(master)?;
                self.input.terminal_is(&container.stdio);
            }
            (Some((kind, _)), None) => {
                let message = format!("internal error: message {kind} from the container's process");
                return Err(Failure::new(FailureKind::Other, message));
            }
        }
        Ok(())
    }

    fn has_started(&mut self, container: &mut Container, attendant: &mut dyn Attendant) {
        if container.timeout > 0 {
            self.deadline = Some(Instant::now() + Duration::from_secs(container.timeout.into()));
        }
        attendant.started();
        self.set_health(container.health.clone(), attendant);
        self.tell(&Message::Started(u32::try_from(container.pid).unwrap_or_default()));
    }

    fn hear_client(
        &mut self,
        index: usize,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<(), Failure> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let heard = packet::receive(self.clients[index].as_fd(), &mut buffer);
        match heard {
            Ok((length @ 1.., _)) => {
                self.obey(index, Message::decode(&buffer[..length]), container, attendant)?
            }
            _ => self.leave(index, container),
        }
        self.buffer = buffer;
        Ok(())
    }

    fn obey(
        &mut self,
        index: usize,
        message: Option<Message<'_>>,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<(), Failure> {
        let stdio = &mut container.stdio;
        match message {
            Some(Message::Attach) => {
                self.clients[index].hears = true;
                if container.sync.is_none() {
                    let mut packet = Vec::new();
                    Message::Started(u32::try_from(container.pid).unwrap_or_default()).encode(&mut packet);
                    self.clients[index].gone |= !self.clients[index].say(&packet);
                }
            }
            Some(Message::Start) => {
                // As if it had made it: its stdin is the container's, and all output comes to it.
                self.clients[index].primary = true;
                if container.sync.is_none() {
                    let mut packet = Vec::new();
                    Message::Started(u32::try_from(container.pid).unwrap_or_default()).encode(&mut packet);
                    self.clients[index].gone |= !self.clients[index].say(&packet);
                }
                let_go(container);
            }
            Some(Message::Detach) => self.clients[index].detached = true,
            Some(Message::Stdin(data)) if stdio.stdin.is_some() || container.sync.is_some() => {
                self.input.push(data, stdio);
            }
            Some(Message::StdinClosed) => self.input.close(stdio),
            // Of a terminal nothing is closed: it still is the container's. Nor is what others still read.
            Some(Message::ReaderGone(stream)) if !stdio.terminal && self.heard_by_one() => match stream {
                1 => stdio.stdout = None,
                _ => stdio.stderr = None,
            },
            Some(Message::Resize { rows, columns }) => self.input.resize(stdio, rows, columns),
            Some(Message::Signal(signal)) => {
                // A container that has just ended needs no signal.
                let _ = process::pidfd_signal(container.pidfd.as_fd(), signal);
            }
            Some(Message::CheckHealth) => {
                self.clients[index].asks_health = true;
                if self.schedule.as_ref().is_some_and(|schedule| schedule.running().is_none()) {
                    self.begin_check(container, attendant);
                }
            }
            Some(Message::Namespace(kind)) => {
                let client = &mut self.clients[index];
                client.gone |= match attendant.namespace(kind) {
                    Some(namespace) => client.hand(kind, namespace).is_err(),
                    None => true,
                };
            }
            Some(Message::Reload) => {
                let health = attendant.reload();
                if container.sync.is_none() && health != container.health {
                    container.health.clone_from(&health);
                    self.set_health(health, attendant);
                }
                let mut packet = Vec::new();
                Message::Exited(0).encode(&mut packet);
                self.clients[index].gone |= !self.clients[index].say(&packet);
            }
            // No version of rctr says anything else here.
            _ => {}
        }
        Ok(())
    }

    fn heard_by_one(&self) -> bool {
        self.clients.iter().filter(|client| client.hears).count() <= 1
    }

    /// A client has gone. With the one that started the container goes its stdin, unless it said that it only leaves.
    fn leave(&mut self, index: usize, container: &mut Container) {
        let client = &mut self.clients[index];
        let closes = client.primary && !client.detached && !client.gone;
        client.gone = true;
        if closes {
            // Where nobody types any more, a terminal is left alone, too.
            if !container.stdio.terminal {
                self.input.close(&mut container.stdio);
            }
        }
    }

    /// Reads one piece of output and passes it on; gives its length, none when there is nothing to be had.
    fn relay_stream(
        &mut self,
        container: &mut Container,
        attendant: &mut dyn Attendant,
        stdout: bool,
    ) -> Option<usize> {
        let stream = if stdout { &mut container.stdio.stdout } else { &mut container.stdio.stderr };
        let fd = stream.as_ref()?;
        self.buffer.resize(CHUNK + 1, 0);
        match rustix::io::read(fd, &mut self.buffer[..CHUNK]) {
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => None,
            // The end; of a terminal EIO, when its last user has closed it.
            Ok(0) | Err(_) => {
                *stream = None;
                None
            }
            Ok(length) => {
                let data = &self.buffer[..length];
                attendant.output(stdout, data);
                if self.clients.iter().any(|client| client.hears) {
                    let message = if stdout { Message::Stdout(data) } else { Message::Stderr(data) };
                    message.encode(&mut self.packet);
                    for client in &mut self.clients {
                        client.gone |= !client.output(&self.packet);
                    }
                }
                Some(length)
            }
        }
    }

    /// Says it to everybody who is attached.
    fn tell(&mut self, message: &Message<'_>) {
        let mut packet = Vec::new();
        message.encode(&mut packet);
        for client in self.clients.iter_mut().filter(|client| client.primary || client.hears) {
            client.gone |= !client.say(&packet);
        }
    }
}

/// The first process may become the program, now or as soon as it can.
fn let_go(container: &mut Container) {
    container.held = false;
    if let Some(sync) = container.sync.as_ref().filter(|_| container.awaits) {
        container.awaits = false;
        // One that has ended this moment needs no word.
        let _ = packet::send(sync.as_fd(), message::START);
    }
}

fn kill(container: &Container) {
    // One that has just ended needs no signal.
    let _ = process::pidfd_signal(container.pidfd.as_fd(), 9);
}
