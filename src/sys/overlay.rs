//! Kernel overlays (Documentation/filesystems/overlayfs.rst), and whether this kernel and file system have them for us.

use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::sched::CloneFlags;
use rustix::fs::{Mode, OFlags};
use rustix::mount::MountAttrFlags;

use super::mount::{Context, Setting};
use super::root::open_directory;
use super::{Attempt, SysError};

/// A kernel overlay (Documentation/filesystems/overlayfs.rst); `userxattr` because trusted.* is out of reach in a user
/// namespace.
pub fn mount(
    lowers: &[OwnedFd],
    upper: BorrowedFd<'_>,
    work: BorrowedFd<'_>,
    writes: Writes,
) -> Result<OwnedFd, SysError> {
    let context = context(writes)?;
    // Layers by descriptor need Linux 6.13, `lowerdir+` 6.5. Before that the one string form is given /proc paths of
    // the same descriptors: short, and nothing in them to escape.
    let by_descriptor =
        lowers.first().is_some_and(|l| context.set(&Setting::Fd("lowerdir+", l.as_fd())).is_ok());
    if by_descriptor {
        for lower in &lowers[1..] {
            context.set(&Setting::Fd("lowerdir+", lower.as_fd()))?;
        }
        context.set(&Setting::Fd("upperdir", upper))?;
        context.set(&Setting::Fd("workdir", work))?;
        return context.mount(MountAttrFlags::empty());
    }
    let context = self::context(writes)?;
    let mut list = String::new();
    for lower in lowers {
        let _ = write!(list, "{}/proc/self/fd/{}", if list.is_empty() { "" } else { ":" }, lower.as_raw_fd());
    }
    let path = |fd: BorrowedFd<'_>| format!("/proc/self/fd/{}", fd.as_raw_fd());
    context.set(&Setting::Text("lowerdir", &list))?;
    context.set(&Setting::Text("upperdir", &path(upper)))?;
    context.set(&Setting::Text("workdir", &path(work)))?;
    context.mount(MountAttrFlags::empty())
}

/// What becomes of the upper directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It is looked at again: unmounting writes it to disk.
    Keep,
    /// It is thrown away: nothing is written to disk for its sake (`volatile`, Linux 5.10).
    Discard,
}

fn context(writes: Writes) -> Result<Context, SysError> {
    let context = Context::open("overlay")?;
    context.set(&Setting::Flag("userxattr"))?;
    if writes == Writes::Discard {
        // An older kernel writes more than it must.
        let _ = context.set(&Setting::Flag("volatile"));
    }
    Ok(context)
}

/// Tries in `directory` what a container needs: an overlay that takes a new file and hides an old one. To be called as
/// root of a user namespace in a process that ends afterwards: it leaves its mount namespace.
///
/// # Errors
/// What the kernel or the file system refuses.
pub fn probe(directory: BorrowedFd<'_>) -> Result<(), SysError> {
    // The working directory is the one thing that follows into the new mount namespace.
    rustix::process::fchdir(directory).attempt(|| "enter the directory of the trial")?;
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).attempt(|| "make a mount namespace")?;
    let make = |name: &str| {
        std::fs::create_dir(name).attempt(|| format!("create directory {name}"))?;
        open_directory(Path::new(name))
    };
    let (lower, upper, work) = (make("lower")?, make("upper")?, make("work")?);
    let file = |at: &OwnedFd, name: &str| {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        rustix::fs::openat(at, name, flags, Mode::from_raw_mode(0o600))
            .attempt(|| format!("create {name} in an overlay"))
    };
    file(&lower, "old")?;
    let merged = mount(&[lower], upper.as_fd(), work.as_fd(), Writes::Discard)?;
    file(&merged, "new")?;
    rustix::fs::unlinkat(&merged, "old", rustix::fs::AtFlags::empty())
        .attempt(|| "remove a file in an overlay")
}
