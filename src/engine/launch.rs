//! The parent's place: the unprivileged command line makes the container, forks its monitor and writes the id maps
//! from outside.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::HostFacts;
use crate::plan::{Plan, Step};
use crate::sys::{Attempt, packet, process, userns};

use super::child::FileId;
use super::failure::{Failure, FailureKind, OrFail};
use super::home::Home;
use super::{UserNamespace, message, monitor};

/// What a launch needs besides the plan.
pub struct Launch<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// The world.
    pub host: &'a HostFacts,
    /// The compiled system call filter.
    pub seccomp: Option<&'a [u8]>,
    /// The command line stays and takes the output.
    pub attached: bool,
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
    /// Runs the parent's steps. When one fails, what was made is taken back. A user namespace that was made ahead is taken
    /// if it has the right maps.
    ///
    /// # Errors
    /// A failed step of the parent; failures of the monitor and of the container's process come over the socket.
    pub fn run(&self, home: &mut dyn Home, ahead: Option<UserNamespace<'_>>) -> Result<Launched, Failure> {
        let (socket, theirs) = packet::pair()?;
        let (sync, their_sync) = packet::pair()?;
        let mut theirs = Some((theirs, their_sync));
        let mut monitor = None;
        let mut created = false;
        let mut pending = None;
        let new = self.plan.parent.iter().find_map(|step| match step {
            Step::WriteMaps(maps) => Some(*maps),
            _ => None,
        });
        let mut ahead = ahead;
        if let Some(other) = ahead.take_if(|ahead| Some(ahead.maps()) != new) {
            // Whatever was wrong with that one does not matter any more.
            let _ = other.finish();
        }
        if let (None, Some(maps)) = (&ahead, new) {
            // Where there is none to be had, the monitor says why when it makes its own.
            ahead = UserNamespace::begin(maps, self.host).unwrap_or_default();
        }
        // A monitor that has ended already says why on the other socket: nothing more is made for it.
        let mut gone = false;
        let done = self.plan.parent.iter().try_for_each(|step| match step {
            Step::CheckSource { source, create } => self.check_source(source, *create),
            Step::StartMonitor => {
                let own_binary = FileId::of_own_binary()?;
                let ours = [socket.as_raw_fd(), sync.as_raw_fd()];
                monitor = Some(match (process::fork()?, theirs.take()) {
                    (None, Some((client, parent))) => {
                        let users = ahead.take().map(UserNamespace::into_namespace);
                        monitor::Start { launch: self, home: &*home, client, parent, own_binary, users }
                            .run(&ours)
                    }
                    (pid, _) => pid.unwrap_or_default(),
                });
                Ok(())
            }
            Step::MakeCgroup(_) => {
                let placed = home.place(monitor.unwrap_or_default())?;
                let fd = placed.cgroup.as_ref().map(AsFd::as_fd);
                // A monitor that is gone by now says why on the other socket.
                let _ = packet::send_with(sync.as_fd(), &message::placement(&placed), fd);
                Ok(())
            }
            Step::WriteMaps(_) if ahead.is_some() => Ok(()),
            Step::WriteMaps(maps) => {
                let mut buffer = [0; 16];
                let (length, _) = packet::receive(sync.as_fd(), &mut buffer)?;
                gone = &buffer[..length] != message::USERNS_READY;
                if !gone {
                    pending = Some(userns::start_maps(monitor.unwrap_or_default(), maps, self.host)?);
                }
                Ok(())
            }
            Step::CreateContainer | Step::Release if gone => Ok(()),
            Step::CreateContainer => {
                home.create()?;
                created = true;
                Ok(())
            }
            Step::Release => {
                if let Some(pending) = pending.take() {
                    pending.finish()?;
                }
                if let Some(ahead) = ahead.take() {
                    ahead.finish()?;
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
        if let Some(ahead) = ahead {
            let _ = ahead.finish();
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
                    home.abandon(&failure)?;
                }
                Err(failure)
            }
        }
    }

    /// A bind source must be there before anything is made, and leaving the caller's groups must not open it.
    pub(super) fn check_source(&self, source: &Path, create: bool) -> Result<(), Failure> {
        let metadata = match source.metadata() {
            Ok(metadata) => metadata,
            Err(error) if create && error.kind() == std::io::ErrorKind::NotFound => {
                let made = std::fs::create_dir_all(source).attempt(|| format!("create {}", source.display()));
                return made.or_fail(FailureKind::Mount);
            }
            Err(error) => {
                return Err(error)
                    .attempt(|| format!("statfs {}", source.display()))
                    .or_fail(FailureKind::Mount);
            }
        };
        let host = self.host;
        let dropped =
            !self.plan.spec.process.keep_groups && metadata.uid() != host.uid && metadata.gid() != host.gid;
        if dropped && host.groups.contains(&metadata.gid()) && denies_its_group(metadata.mode()) {
            let message = format!(
                "mount {}: it is closed to your group {}, which the container would not be in",
                source.display(),
                metadata.gid()
            );
            let hint = "--group-add keep-groups keeps your groups, and what they deny".to_owned();
            return Err(Failure { hint: Some(hint), ..Failure::new(FailureKind::Mount, message) });
        }
        Ok(())
    }
}

/// Has everybody a right that the group has not? Then membership denies, and leaving the group would grant.
fn denies_its_group(mode: u32) -> bool {
    mode & 0o7 & !(mode >> 3) != 0
}

#[cfg(test)]
mod tests {
    use super::denies_its_group;

    #[test]
    fn groups_that_deny() {
        for (mode, denies) in
            [(0o705, true), (0o604, true), (0o755, false), (0o770, false), (0o757, true), (0o700, false)]
        {
            assert_eq!(denies_its_group(mode), denies, "{mode:o}");
        }
    }
}
