//! Containers whose caller stays with them itself (conmon, containerd-shim): parent and monitor are this one process. It
//! ends when the first process waits for its word, which whoever reaps orphans then inherits, streams and all.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::child::{Becoming, Bond, Child, FileId};
use super::exec::{self, Exec, Held};
use super::failure::{Failure, FailureKind, OrFail};
use super::gate::Gate;
use super::launch::Launch;
use super::monitor::{join, new_namespaces};
use super::{UserNamespace, door, message};
use crate::model::spec::NamespaceSpec;
use crate::plan::Step;
use crate::sys::process::{self, Cloned};
use crate::sys::{SysError, packet, userns};

const SIGKILL: i32 = 9;

/// A process that was made, a child of this one.
#[derive(Debug)]
pub struct HandedOver {
    /// As this process sees it.
    pub pid: i32,
    /// Names it without races.
    pub pidfd: OwnedFd,
}

impl HandedOver {
    /// Kills it, and waits for its end.
    ///
    /// # Errors
    /// EPERM.
    pub fn end(&self) -> Result<(), SysError> {
        process::pidfd_signal(self.pidfd.as_fd(), SIGKILL)?;
        process::wait(self.pid).map(drop)
    }
}

/// A container on its way to its caller.
pub struct HandOver<'a> {
    /// What is made; its plan is `plan::hand_over`'s.
    pub launch: &'a Launch<'a>,
    /// Where it is kept.
    pub dir: &'a Path,
    /// Where its first process waits.
    pub gate: &'a Gate,
    /// Whoever wants the master of its terminal.
    pub console: Option<BorrowedFd<'a>>,
}

impl HandOver<'_> {
    /// Makes it. `made` is told the pid before anything of the container is done. This process is in the container's
    /// user namespace afterwards, where there is one.
    ///
    /// # Errors
    /// A failed step; the first process has ended then.
    pub fn run(self, made: impl FnOnce(i32) -> Result<(), Failure>) -> Result<HandedOver, Failure> {
        let plan = self.launch.plan;
        let missing = || Failure::new(FailureKind::Other, "internal error: a step before the first process");
        let mut users = None;
        let mut made = Some(made);
        let mut first: Option<Held> = None;
        for step in plan.parent.iter().chain(&plan.monitor) {
            match step {
                Step::CheckSource { source, create } => self.launch.check_source(source, *create)?,
                Step::WriteMaps(maps) => users = Some(UserNamespace::make(maps, self.launch.host)?),
                Step::JoinNamespace { kind, mode } => join(kind, mode)?,
                Step::NewUserNamespace => {
                    let users = users.take().ok_or_else(missing)?.ready()?;
                    process::join_namespace(users.as_fd(), "user")?;
                }
                Step::CloneInit(ns) => first = Some(self.clone_init(ns)?),
                Step::BecomeRoot => {
                    let held = first.as_ref().ok_or_else(missing)?;
                    let told = made.take().map_or(Ok(()), |made| made(held.pid));
                    or_kill(held, told.and_then(|()| self.release(held)))?;
                }
                Step::HandOver => {
                    let held = first.take().ok_or_else(missing)?;
                    let waits = listen(&held, self.console);
                    or_kill(&held, waits.and_then(|waits| if waits { Ok(()) } else { Err(ended()) }))?;
                    return Ok(HandedOver { pid: held.pid, pidfd: held.pidfd });
                }
                other => {
                    let message =
                        format!("internal error: step {other} is none of a container that is handed over");
                    return Err(Failure::new(FailureKind::Other, message));
                }
            }
        }
        Err(missing())
    }

    fn clone_init(&self, ns: &NamespaceSpec) -> Result<Held, Failure> {
        let plan = self.launch.plan;
        let own_binary = FileId::of_own_binary()?;
        let (sync, monitor) = packet::pair()?;
        match process::clone3(new_namespaces(ns), None).map_err(Failure::namespaces)? {
            Cloned::Child => {
                drop(sync);
                if nix::unistd::setsid().is_err() {
                    process::exit_now(127);
                }
                let (spec, seccomp, bond) = (plan.spec, self.launch.seccomp, Bond::Gate(self.gate));
                let becoming = Becoming { spec, seccomp, monitor, own_binary, bond };
                Child { plan, container: self.dir, becoming, server: None }.run()
            }
            Cloned::Parent { pid, pidfd } => Ok(Held { pid, pidfd, sync }),
        }
    }

    fn release(&self, held: &Held) -> Result<(), Failure> {
        let spec = self.launch.plan.spec;
        userns::lead(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
        process::set_undumpable()?;
        // A child that has failed by now says why: `listen` hears it.
        let _ = packet::send(held.sync.as_fd(), message::MAPS_READY);
        Ok(())
    }
}

/// Another program in a container, on its way to its caller.
pub struct Joining<'a> {
    /// What is run, and the way in.
    pub exec: &'a Exec<'a>,
    /// Whoever wants the master of its terminal.
    pub console: Option<BorrowedFd<'a>>,
}

impl Joining<'_> {
    /// Starts it. This process is in the container's namespaces afterwards.
    ///
    /// # Errors
    /// The namespaces cannot be joined, the program cannot be executed.
    pub fn run(self) -> Result<HandedOver, Failure> {
        let kinds = door::kinds(self.exec.spec);
        let held = exec::enter(self.exec, &kinds, FileId::of_own_binary()?, None, Bond::Free)?;
        let heard = listen(&held, self.console);
        or_kill(&held, heard)?;
        Ok(HandedOver { pid: held.pid, pidfd: held.pidfd })
    }
}

fn ended() -> Failure {
    Failure::new(FailureKind::Other, "the container's process ended at once")
}

/// What failed once the process was there takes that with it.
fn or_kill<T>(held: &Held, result: Result<T, Failure>) -> Result<T, Failure> {
    if result.is_err() {
        // It may have ended by itself; in both cases it is only to be waited for.
        let _ = process::pidfd_signal(held.pidfd.as_fd(), SIGKILL);
        let _ = process::wait(held.pid);
    }
    result
}

/// Hears the process until it waits for its word (true), or its link closes: it has become the program, or ended.
fn listen(held: &Held, console: Option<BorrowedFd<'_>>) -> Result<bool, Failure> {
    let mut buffer = vec![0; message::LIMIT];
    loop {
        let (length, file) = packet::receive(held.sync.as_fd(), &mut buffer)?;
        match (buffer[..length].split_first(), file) {
            (None, _) => return Ok(false),
            (Some((&message::AWAITS_START, _)), _) => return Ok(true),
            (Some((&message::FAILURE, json)), _) => return Err(message::parse_failure(json)),
            (Some(_), Some(master)) if &buffer[..length] == message::TERMINAL => {
                let console = console.ok_or_else(|| {
                    Failure::new(FailureKind::Other, "internal error: nobody takes the terminal")
                })?;
                packet::send_with(console, b"/dev/ptmx", Some(master.as_fd())).map_err(|error| {
                    SysError::new("send the terminal to the console socket", error.source)
                })?;
            }
            // A line for the user, which no caller of this kind shows.
            (Some(_), _) => {}
        }
    }
}
