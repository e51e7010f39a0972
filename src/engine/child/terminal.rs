//! The container's terminal: a pty of its own devpts, bound on /dev/console, then stdin, stdout and stderr.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Gid, Mode, OFlags, Uid};

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::sys::{Attempt, mount, pty};

use super::dev;
use super::mounts::Mounts;
use super::user::Identity;

/// Group `tty`.
const TTY_GROUP: u32 = 5;

/// Opens it: master and slave. The slave becomes /dev/console of our own /dev, without a path being followed.
pub fn open(mounts: &Mounts<'_>, size: Option<(u16, u16)>) -> Result<(OwnedFd, OwnedFd), Failure> {
    let Some(devpts) = &mounts.devpts else {
        let message = "cannot open a terminal: the container has no devpts of its own";
        return Err(Failure::new(FailureKind::Mount, message));
    };
    let (master, slave) = pty::open(devpts.as_fd())?;
    if let Some((rows, columns)) = size {
        pty::set_size(master.as_fd(), rows, columns)?;
    }
    if let Some(dev) = &mounts.dev {
        dev::node_file(dev.as_fd(), "console")?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let target =
            rustix::fs::openat(dev, "console", flags, Mode::empty()).attempt(|| "open /dev/console")?;
        let tree = mount::clone_tree(slave.as_fd(), false, "the terminal").or_fail(FailureKind::Mount)?;
        mount::attach(tree.as_fd(), target.as_fd(), || "bind /dev/console".to_owned())
            .or_fail(FailureKind::Mount)?;
    }
    Ok((master, slave))
}

/// Makes it the program's: owner, controlling terminal, stdio.
pub fn take(slave: OwnedFd, identity: &Identity) -> Result<(), Failure> {
    let owner = |gid| rustix::fs::fchown(&slave, Some(Uid::from_raw(identity.uid)), gid);
    // Group tty may have no mapping; then the terminal keeps the group it has.
    owner(Some(Gid::from_raw(TTY_GROUP)))
        .or_else(|_| owner(None))
        .attempt(|| format!("give the terminal to user {}", identity.uid))
        .or_fail(FailureKind::UnmappedId)?;
    pty::make_controlling(slave.as_fd())?;
    for target in 0..3 {
        crate::sys::process::place_fd(slave.as_fd(), target)?;
    }
    Ok(())
}
