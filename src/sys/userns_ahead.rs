//! A user namespace that is made ahead of those who will live in it: setuid helpers write its maps while it is still being
//! decided what is to run there. Until somebody has joined, a child that only waits keeps it.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use crate::model::{HostFacts, IdMapSpec, MapWriter};

use super::process::{self, Cloned};
use super::userns::{PendingMaps, UsernsError, start_maps};
use super::{Attempt, SysError, signal};

/// The namespace, its keeper, and the helpers that are at work.
#[must_use = "the keeper and the helpers have to be waited for"]
pub struct UserNamespace<'a> {
    maps: &'a IdMapSpec,
    namespace: OwnedFd,
    pid: i32,
    pidfd: OwnedFd,
    pending: PendingMaps<'a>,
}

impl<'a> UserNamespace<'a> {
    /// Makes it and starts the helpers; none where no helpers are needed, which leaves nothing to be ahead of. Before
    /// anything else has started a thread.
    ///
    /// # Errors
    /// EPERM, ENOSPC: there are no user namespaces to be had. A helper is missing.
    pub fn begin(maps: &'a IdMapSpec, host: &'a HostFacts) -> Result<Option<Self>, UsernsError> {
        if maps.writer == MapWriter::Helpers { Self::make(maps, host).map(Some) } else { Ok(None) }
    }

    /// Makes it and has its maps written, whoever writes them.
    ///
    /// # Errors
    /// As [`Self::begin`]; the kernel refuses a map.
    pub fn make(maps: &'a IdMapSpec, host: &'a HostFacts) -> Result<Self, UsernsError> {
        let maker = rustix::process::getpid();
        let refused = UsernsError::Refused;
        let (pid, pidfd) = match process::clone3(libc::CLONE_NEWUSER as u64, None).map_err(refused)? {
            Cloned::Child => keep(maker),
            Cloned::Parent { pid, pidfd } => (pid, pidfd),
        };
        let path = format!("/proc/{pid}/ns/user");
        let opened = File::open(&path).attempt(|| format!("open {path}")).map_err(UsernsError::from);
        match opened.and_then(|file| Ok((file, start_maps(pid, maps, host)?))) {
            Ok((file, pending)) => Ok(Self { maps, namespace: file.into(), pid, pidfd, pending }),
            Err(error) => {
                end(pid, &pidfd)?;
                Err(error)
            }
        }
    }

    /// What is being mapped.
    pub fn maps(&self) -> &'a IdMapSpec {
        self.maps
    }

    /// In a child of the caller, which is to join it: the namespace alone.
    pub fn into_namespace(self) -> OwnedFd {
        self.namespace
    }

    /// Waits for the helpers and looks at what they wrote. The keeper goes: whoever wants the namespace has it open.
    ///
    /// # Errors
    /// As [`PendingMaps::finish`].
    pub fn finish(self) -> Result<(), UsernsError> {
        self.ready().map(drop)
    }

    /// As [`Self::finish`], for the caller to join it.
    ///
    /// # Errors
    /// As [`PendingMaps::finish`].
    pub fn ready(self) -> Result<OwnedFd, UsernsError> {
        let written = self.pending.finish();
        end(self.pid, &self.pidfd)?;
        written.map(|()| self.namespace)
    }
}

/// Waits to be killed.
fn keep(maker: rustix::process::Pid) -> ! {
    // Signals are for those who do something. Should the caller end, so does this; also when it has ended before this
    // was asked for: there is no signal for the past.
    let tied = signal::block_all().and_then(|()| process::die_with_parent());
    while tied.is_ok() && rustix::process::getppid() == Some(maker) {
        nix::unistd::pause();
    }
    process::exit_now(1)
}

fn end(pid: i32, pidfd: &OwnedFd) -> Result<(), SysError> {
    process::pidfd_signal(pidfd.as_fd(), libc::SIGKILL)?;
    process::wait(pid).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdRange;
    use crate::model::host::tests::plain;

    #[test]
    fn only_what_helpers_write_is_begun() {
        let own = |host| vec![IdRange { container: 0, host, size: 1 }];
        let maps = IdMapSpec { uids: own(1000), gids: own(1000), writer: MapWriter::Own };
        assert!(UserNamespace::begin(&maps, &plain()).unwrap().is_none());
    }

    #[test]
    fn a_helper_that_refuses_is_told_and_nobody_stays() {
        let own = |host| vec![IdRange { container: 0, host, size: 1 }];
        let maps = IdMapSpec { uids: own(0), gids: own(0), writer: MapWriter::Helpers };
        let refuse = Some("/bin/false".into());
        let host = HostFacts { newuidmap: refuse.clone(), newgidmap: refuse, ..plain() };
        let ahead = UserNamespace::begin(&maps, &host).unwrap().unwrap();
        let keeper = ahead.pid;
        let error = ahead.finish().unwrap_err();
        assert!(matches!(error, UsernsError::Maps(_)), "{error}");
        assert!(process::wait(keeper).is_err(), "it was waited for");
        let none = HostFacts { newuidmap: None, ..plain() };
        assert!(matches!(UserNamespace::begin(&maps, &none), Err(UsernsError::NoHelper("newuidmap"))));
    }
}
