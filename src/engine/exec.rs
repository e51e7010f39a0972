//! Another program in a container that runs. A session process joins the container's namespaces, starts the program in
//! its pid namespace and holds it as a monitor holds a container: relays its streams, tells its exit code.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use crate::model::MapWriter;
use crate::model::spec::ContainerSpec;
use crate::monitor::protocol::Message;
use crate::monitor::{Attendant, Check, ChildStdio, Container, Relay, Stdio};
use crate::sys::process::{self, Cloned};
use crate::sys::signal::end_reader;
use crate::sys::{Attempt, packet, userns, wait};

use super::child::{Becoming, Bond, Entrant, FileId};
use super::door::{self, Door};
use super::failure::{Failure, FailureKind, OrFail};
use super::message;
use super::monitor::leave_command_line;

const SIGKILL: i32 = 9;

/// What is to be run, and where.
pub struct Exec<'a> {
    /// The container's specification with the program to run in the place of its own.
    pub spec: &'a ContainerSpec,
    /// The compiled system call filter.
    pub seccomp: Option<&'a [u8]>,
    /// The way in.
    pub door: &'a Door,
    /// The container's cgroup, where it has one: the caller is in one beside it.
    pub cgroup: Option<BorrowedFd<'a>>,
    /// The caller stays and takes the output.
    pub attached: bool,
}

/// Who is told what becomes of the program. Told by the session, which is in the container's namespaces.
pub trait Witness {
    /// The descriptors that it needs there.
    fn descriptors(&self) -> Vec<RawFd>;

    /// The program runs.
    fn began(&self);

    /// It has ended with this code, or did not come to run.
    fn ended(&self, code: Option<i32>);
}

/// A program that is on its way.
#[derive(Debug)]
pub struct Started {
    /// To the session, in the words of `monitor::protocol`.
    pub socket: OwnedFd,
    /// The session's pid; a child of this process.
    pub session: i32,
}

impl Exec<'_> {
    /// Forks the session.
    ///
    /// # Errors
    /// EAGAIN, EMFILE; what fails later comes over the socket.
    pub fn start(&self, witness: &dyn Witness) -> Result<Started, Failure> {
        let own_binary = FileId::of_own_binary()?;
        let (socket, theirs) = packet::pair()?;
        match process::fork()? {
            Some(session) => Ok(Started { socket, session }),
            None => self.session(theirs, own_binary, &[socket.as_raw_fd()], witness),
        }
    }

    fn session(&self, client: OwnedFd, own_binary: FileId, others: &[RawFd], witness: &dyn Witness) -> ! {
        let mut packet = Vec::new();
        let prepared =
            self.prepare(&client, others, witness).and_then(|()| Relay::new(client, self.attached));
        let mut relay = match prepared {
            Ok(relay) => relay,
            Err(_) => process::exit_now(125),
        };
        let ended = self.hold(&mut relay, own_binary, witness);
        witness.ended(ended.as_ref().ok().copied());
        match ended {
            Ok(code) => relay.farewell(&Message::Exited(code)),
            Err(failure) => {
                packet.extend_from_slice(&message::failure(&failure)[1..]);
                relay.farewell(&Message::Failed(&packet));
            }
        }
        process::exit_now(0);
    }

    fn prepare(&self, client: &OwnedFd, others: &[RawFd], witness: &dyn Witness) -> Result<(), Failure> {
        let mut keep = witness.descriptors();
        keep.push(client.as_raw_fd());
        keep.extend(self.cgroup.map(|cgroup| cgroup.as_raw_fd()));
        match self.door {
            Door::Process(pidfd) => keep.push(pidfd.as_raw_fd()),
            Door::Files(files) => keep.extend(files.iter().map(|(_, file)| file.as_raw_fd())),
        }
        leave_command_line(keep, self.spec.process.preserve_fds, others)
    }

    fn hold(&self, relay: &mut Relay, own_binary: FileId, witness: &dyn Witness) -> Result<i32, Failure> {
        let process = &self.spec.process;
        let (stdio, child_stdio) = Stdio::new(process.interactive, process.terminal)?;
        let kinds = door::kinds(self.spec);
        let held = enter(self, &kinds, own_binary, Some(child_stdio), Bond::Tied)?;
        let mut container = Container {
            pid: held.pid,
            pidfd: held.pidfd,
            sync: Some(held.sync),
            held: false,
            awaits: false,
            stdio,
            server: None,
            timeout: 0,
            leads: false,
            stop_signal: SIGKILL,
            stop_timeout: 0,
            health: None,
        };
        relay.supervise(&mut container, &mut Session(witness))
    }
}

/// A check of the container's health, begun by its monitor, which is in the container's user namespace already. The
/// session that holds it ends it after so long, or at a SIGTERM, and reaps it: a dead process of the container's that
/// nobody waits for would keep the container's own end back (pid_namespaces(7); its parent is in another namespace).
///
/// # Errors
/// EAGAIN, EMFILE.
pub fn check(exec: &Exec<'_>, own_binary: FileId, at_most: Duration) -> Result<Check, Failure> {
    let flags = rustix::pipe::PipeFlags::CLOEXEC;
    let (output, theirs) = rustix::pipe::pipe_with(flags).attempt(|| "make a pipe")?;
    rustix::io::ioctl_fionbio(&output, true).attempt(|| "make a pipe non-blocking")?;
    let mut keep = vec![theirs.as_raw_fd()];
    keep.extend(exec.cgroup.map(|cgroup| cgroup.as_raw_fd()));
    match exec.door {
        Door::Process(pidfd) => keep.push(pidfd.as_raw_fd()),
        Door::Files(files) => keep.extend(files.iter().map(|(_, file)| file.as_raw_fd())),
    }
    match process::clone3(0, None)? {
        Cloned::Parent { pid, pidfd } => Ok(Check { pid, pidfd, output }),
        Cloned::Child => {
            let run = || -> Result<i32, Failure> {
                process::close_all_but(&keep)?;
                process::die_with_parent()?;
                let streams = ChildStdio::to(&theirs)?;
                let kinds: Vec<_> =
                    door::kinds(exec.spec).into_iter().filter(|kind| *kind != "user").collect();
                let held = enter(exec, &kinds, own_binary, Some(streams), Bond::Tied)?;
                process::die_with_parent()?;
                let signals = end_reader()?;
                if wait::first(&[held.pidfd.as_fd(), signals.as_fd()], at_most)? != Some(0) {
                    // It may have ended this moment.
                    let _ = process::pidfd_signal(held.pidfd.as_fd(), SIGKILL);
                }
                let mut word = vec![0; message::LIMIT];
                let (length, _) = packet::receive(held.sync.as_fd(), &mut word)?;
                let code = process::wait(held.pid)?;
                match word[..length].split_first() {
                    Some((&message::FAILURE, json)) => Err(message::parse_failure(json)),
                    _ => Ok(code),
                }
            };
            let code = run().unwrap_or_else(|failure| {
                // What the check could not do is what it says; a monitor that has gone hears nothing.
                let _ = rustix::io::write(&theirs, failure.to_string().as_bytes());
                match failure.kind {
                    FailureKind::CommandNotFound => 127,
                    FailureKind::CommandNotExecutable => 126,
                    _ => 125,
                }
            });
            process::exit_now(code)
        }
    }
}

/// A process in the container, on its way to become the program.
pub(super) struct Held {
    pub pid: i32,
    pub pidfd: OwnedFd,
    pub sync: OwnedFd,
}

/// Joins the namespaces with this process and starts another one in them. This one is root of the user namespace
/// afterwards, and can do nothing more on the host. Without streams it shares this one's.
pub(super) fn enter(
    exec: &Exec<'_>,
    kinds: &[&str],
    own_binary: FileId,
    stdio: Option<ChildStdio>,
    bond: Bond<'_>,
) -> Result<Held, Failure> {
    let proc = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let proc = rustix::fs::open("/proc", proc, Mode::empty()).attempt(|| "open /proc")?;
    process::set_undumpable()?;
    // From inside a cgroup namespace nothing comes in that is outside (cgroup-v2.rst, "nsdelegate"): that one comes last.
    let later = |kind: &&&str| exec.cgroup.is_some() && **kind == "cgroup";
    let (last, first): (Vec<&str>, Vec<&str>) = kinds.iter().copied().partition(|kind| later(&kind));
    exec.door.enter(&first).or_fail(FailureKind::Join)?;
    if kinds.contains(&"user") || exec.spec.id_maps.writer == MapWriter::None {
        userns::lead(&exec.spec.id_maps, exec.spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
    }
    // Changed credentials make a process dumpable again where its ids are the same.
    process::set_undumpable()?;
    let (sync, child_sync) = packet::pair()?;
    match process::clone3(0, exec.cgroup)? {
        Cloned::Parent { pid, pidfd } => Ok(Held { pid, pidfd, sync }),
        Cloned::Child => {
            drop(sync);
            if !last.is_empty() && exec.door.enter(&last).is_err() {
                process::exit_now(127);
            }
            let placed = nix::unistd::setsid()
                .attempt(|| "start a session")
                .and_then(|_| stdio.map_or(Ok(()), ChildStdio::place));
            if placed.is_err() {
                process::exit_now(127);
            }
            let becoming =
                Becoming { spec: exec.spec, seccomp: exec.seccomp, monitor: child_sync, own_binary, bond };
            Entrant { becoming, proc }.run()
        }
    }
}

/// All that there is to do for a session besides relaying.
struct Session<'a>(&'a dyn Witness);

impl Attendant for Session<'_> {
    fn initialized(&mut self) {}

    fn started(&mut self) {
        self.0.began();
    }

    fn check(&mut self, _: &[String], _: Duration) -> Result<Check, Failure> {
        Err(Failure::new(FailureKind::Other, "internal error: a session has no health"))
    }

    fn health(&mut self, _: &crate::model::HealthRecord, _: crate::model::HealthAction) {}

    fn namespace(&self, _: &[u8]) -> Option<std::os::fd::BorrowedFd<'_>> {
        None
    }

    fn output(&mut self, _: bool, _: &[u8]) {}

    fn reload(&mut self) -> Option<crate::model::HealthSpec> {
        None
    }
}
