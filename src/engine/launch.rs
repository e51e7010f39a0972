//! The parent's place: the unprivileged command line makes the container, forks its monitor and writes the id maps
//! from outside.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use crate::model::HostFacts;
use crate::plan::{Plan, Step};
use crate::sys::signal::SavedMask;
use crate::sys::{Attempt, packet, process, userns};

use super::failure::{Failure, FailureKind, OrFail};
use super::home::Home;
use super::{FileId, message, monitor};

/// What a launch needs besides the plan.
pub struct Launch<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// The world.
    pub host: &'a HostFacts,
    /// The compiled system call filter.
    pub seccomp: Option<&'a [u8]>,
    /// The signals that the command line hands on, blocked by now.
    pub signals: &'a SavedMask,
}

/// A container that is on its way.
#[derive(Debug)]
pub struct Launched {
    /// To the monitor, in the words of `monitor::protocol`.
    pub socket: OwnedFd,
    /// The monitor's pid; a child of this process.
    pub monitor: i32,
}

impl Launch<'_> {
    /// Runs the parent's steps. When one fails, what was made is taken back.
    ///
    /// # Errors
    /// A failed step of the parent; failures of the monitor and of the container's process come over the socket.
    pub fn run(&self, home: &mut dyn Home) -> Result<Launched, Failure> {
        let (socket, theirs) = packet::pair()?;
        let (sync, their_sync) = packet::pair()?;
        let mut theirs = Some((theirs, their_sync));
        let mut monitor = None;
        let mut created = false;
        let mut pending = None;
        let done = self.plan.parent.iter().try_for_each(|step| match step {
            Step::CheckSource { source, create } => check_source(source, *create),
            Step::StartMonitor => {
                let own_binary = FileId::of_own_binary()?;
                let ours = [socket.as_raw_fd(), sync.as_raw_fd()];
                monitor = Some(match (process::fork()?, theirs.take()) {
                    (None, Some((client, parent))) => {
                        monitor::Start { launch: self, home: &*home, client, parent, own_binary }.run(&ours)
                    }
                    (pid, _) => pid.unwrap_or_default(),
                });
                Ok(())
            }
            Step::WriteMaps(maps) => {
                let mut buffer = [0; 16];
                let (length, _) = packet::receive(sync.as_fd(), &mut buffer)?;
                // A monitor that has ended says why on the other socket.
                if &buffer[..length] == message::USERNS_READY {
                    pending = Some(userns::start_maps(monitor.unwrap_or_default(), maps, self.host)?);
                }
                Ok(())
            }
            Step::CreateContainer => {
                home.create()?;
                created = true;
                Ok(())
            }
            Step::Release => {
                if let Some(pending) = pending.take() {
                    pending.finish()?;
                }
                // A monitor that is gone by now says why on the other socket.
                let _ = packet::send_with(sync.as_fd(), message::MAPS_READY, home.lock());
                Ok(())
            }
            other => Err(Failure::new(
                FailureKind::Other,
                format!("internal error: step {other} does not belong to the command line"),
            )),
        });
        if let Some(pending) = pending {
            // Another step has failed, and that is told; the helpers are only waited for.
            let _ = pending.finish();
        }
        match (done, monitor) {
            (Ok(()), Some(monitor)) => Ok(Launched { socket, monitor }),
            (Ok(()), None) => {
                Err(Failure::new(FailureKind::Other, "internal error: the plan starts no monitor"))
            }
            (Err(failure), monitor) => {
                // The monitor reads the end of both sockets as "give up", and removes what was made.
                drop((socket, sync, theirs));
                if let Some(pid) = monitor {
                    process::wait(pid)?;
                }
                if created {
                    home.remove()?;
                }
                Err(failure)
            }
        }
    }
}

/// A bind source must be there before anything is made.
fn check_source(source: &Path, create: bool) -> Result<(), Failure> {
    let what = || format!("statfs {}", source.display());
    match source.metadata() {
        Ok(_) => Ok(()),
        Err(error) if create && error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(source)
                .attempt(|| format!("create {}", source.display()))
                .or_fail(FailureKind::Mount)
        }
        Err(error) => Err(error).attempt(what).or_fail(FailureKind::Mount),
    }
}
