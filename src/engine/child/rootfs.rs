//! The root file system: an overlay, a bind, or the host's userland below a tmpfs. Mounted as a detached descriptor,
//! then attached where the pivot finds it.

use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::mount::MountAttrFlags;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::engine::sources::Sources;
use crate::model::Propagation;
use crate::model::spec::{RootfsSource, RootfsSpec};
use crate::sys::SysError;
use crate::sys::mount::{self, Context, Setting};
use crate::sys::root::{Root, open_directory};

use super::userland;

/// Mounts the root file system and attaches it over `/` of this mount namespace; the descriptor is its root.
pub fn mount_root(spec: &RootfsSpec, sources: &Sources) -> Result<Root, Failure> {
    let root = match (&spec.source, sources.lowers.as_slice()) {
        (RootfsSource::Host, _) => return userland::mount_root().or_fail(FailureKind::Mount),
        // With what is mounted below it: those mounts are locked together in a user namespace.
        (RootfsSource::Directory(dir), [source]) => {
            mount::clone_tree(source.as_fd(), true, &dir.display().to_string())
        }
        (_, lowers) => overlay(lowers, sources.upper.as_fd(), sources.work.as_fd()),
    }
    .or_fail(FailureKind::Mount)?;
    mount::set_propagation(root.as_fd(), Propagation::Rprivate).or_fail(FailureKind::Mount)?;
    let top = open_directory(Path::new("/"))?;
    mount::attach(root.as_fd(), top.as_fd(), || "attach the root file system".to_owned())
        .or_fail(FailureKind::Mount)?;
    Ok(Root::new(root))
}

/// A kernel overlay (Documentation/filesystems/overlayfs.rst); `userxattr` because trusted.* is out of reach in a user
/// namespace.
pub(super) fn overlay(
    lowers: &[OwnedFd],
    upper: BorrowedFd<'_>,
    work: BorrowedFd<'_>,
) -> Result<OwnedFd, SysError> {
    let context = Context::open("overlay")?;
    context.set(&Setting::Flag("userxattr"))?;
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
    let context = Context::open("overlay")?;
    context.set(&Setting::Flag("userxattr"))?;
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
