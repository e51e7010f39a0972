//! The monitor's loop: one poll over the container's first process, its streams, its socket, and whoever is attached.
//! What is attached and said lives as long as the monitor; the container may be started anew in between.

mod checks;
mod clients;
mod server;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::client::Client;
use super::health::{Check, Schedule};
use super::input::Input;
use super::protocol::{CHUNK, Message};
use super::stdio::Stdio;
use super::watched::{Source, Watched};
use crate::engine::{Failure, FailureKind, message};
use crate::model::{HealthAction, HealthRecord, HealthSpec};
use crate::overlay::Server;
use crate::sys::signal::{SignalReader, end_reader};
use crate::sys::{packet, process, procfs, wait};

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
    /// The server of its root file system.
    pub server: Option<Server>,
    /// Kill it after so many seconds; 0 is never.
    pub timeout: u32,
    /// It leads a pid namespace: what it does not handle, it does not hear (pid_namespaces(7)).
    pub leads: bool,
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
    /// A signal to the monitor has ended the container.
    dismissed: bool,
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
            dismissed: false,
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
        self.disappoint();
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
        self.server_at_the_end(container)?;
        Ok(code)
    }

    /// Between two starts: waits so long, or until a signal asks for attention; true: one has.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn pause(&mut self, time: Duration) -> Result<bool, Failure> {
        let woken = wait::readable(self.signals.as_fd(), Some(time))?;
        while self.signals.next()?.is_some() {}
        Ok(woken)
    }

    /// Was the monitor asked by a signal to end the container? As at the end of a session: it does not start again.
    pub fn dismissed(&self) -> bool {
        self.dismissed
    }

    /// Tells everybody how it ended, after all that still waits for them.
    pub fn farewell(self, last: &Message<'_>) {
        let mut packet = Vec::new();
        last.encode(&mut packet);
        drop(self.listener);
        for client in self.clients.into_iter().filter(|client| !client.gone) {
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
                        match std::mem::replace(&mut self.dismissed, true) {
                            false => self.ask_to_stop(container),
                            true => kill(container),
                        }
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
                Source::Server => self.server_ended(container)?,
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
        if let Some(server) = &container.server {
            watched.add(server, read, Source::Server);
        }
        watched.add(&container.pidfd, read, Source::Ended);
        let deadline =
            [self.deadline, self.schedule.as_ref().and_then(Schedule::deadline)].into_iter().flatten().min();
        watched.ready(deadline)
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

    /// Asks the container to stop. It is killed when that takes too long, and at once where it cannot hear of it.
    fn ask_to_stop(&mut self, container: &Container) {
        let signal = container.stop_signal;
        if container.leads && procfs::hears(container.pid, signal).is_ok_and(|hears| !hears) {
            return kill(container);
        }
        // One that has just ended needs no signal.
        let _ = process::pidfd_signal(container.pidfd.as_fd(), signal);
        let deadline = Instant::now() + Duration::from_secs(container.stop_timeout.into());
        self.deadline = Some(self.deadline.map_or(deadline, |other| other.min(deadline)));
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
