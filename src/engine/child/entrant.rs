//! Another program in a container that runs: `exec` and health checks. The process has joined the container's namespaces
//! by now; everything that it may do comes from the container's own record.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FsWord, OFlags};

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::engine::message;
use crate::sys::root::Root;
use crate::sys::{Attempt, packet, process, pty, userns};

use super::{Becoming, user};

/// What a devpts calls itself (statfs(2)).
const DEVPTS_SUPER_MAGIC: FsWord = 0x1cd1;

/// One process on its way into the container.
pub struct Entrant<'a> {
    /// What it becomes.
    pub becoming: Becoming<'a>,
    /// The host's procfs, opened before the mount namespace was joined.
    pub proc: OwnedFd,
}

impl Entrant<'_> {
    /// Does not return: the process becomes the program, or reports why not and ends.
    pub fn run(&self) -> ! {
        let Err(failure) = self.steps();
        self.becoming.give_up(&failure)
    }

    fn steps(&self) -> Result<std::convert::Infallible, Failure> {
        let (becoming, spec) = (&self.becoming, self.becoming.spec);
        process::set_undumpable()?;
        userns::become_root(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
        process::set_undumpable()?;
        becoming.tie_to_monitor()?;
        let slave = if spec.process.terminal { Some(self.terminal(&user::own_root()?)?) } else { None };
        for limit in &spec.process.rlimits {
            process::set_rlimit(&limit.name, limit.soft, limit.hard).or_fail(FailureKind::Limit)?;
        }
        let home = becoming.confine(self.proc.as_fd(), slave)?;
        Err(becoming.exec(&home, false))
    }

    /// A terminal of the container's devpts; what lies at /dev/pts is the container's to say, so it is looked at first.
    fn terminal(&self, root: &Root) -> Result<OwnedFd, Failure> {
        let what = || "open a terminal of the container";
        let place = root.locate("/dev/pts").or_fail(FailureKind::Mount)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let devpts = rustix::fs::openat(&place, ".", flags, rustix::fs::Mode::empty()).attempt(what)?;
        if rustix::fs::fstatfs(&devpts).attempt(what)?.f_type != DEVPTS_SUPER_MAGIC {
            let message = "cannot open a terminal: /dev/pts in the container is no devpts";
            return Err(Failure::new(FailureKind::Mount, message));
        }
        let (master, slave) = pty::open(devpts.as_fd())?;
        if let Some((rows, columns)) = self.becoming.spec.process.terminal_size {
            pty::set_size(master.as_fd(), rows, columns)?;
        }
        packet::send_with(self.becoming.monitor.as_fd(), message::TERMINAL, Some(master.as_fd()))?;
        Ok(slave)
    }
}
