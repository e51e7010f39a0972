//! The root file system: an overlay, a bind, or the host's userland below a tmpfs. Mounted as a detached descriptor,
//! then attached where the pivot finds it.

use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::mount::MountAttrFlags;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::model::Propagation;
use crate::model::spec::{RootfsSource, RootfsSpec};
use crate::sys::SysError;
use crate::sys::mount::{self, Context, Setting};
use crate::sys::root::{Root, open_directory};

use super::userland;

/// Mounts the root file system and attaches it over `/` of this mount namespace; the descriptor is its root.
pub fn mount_root(spec: &RootfsSpec, container: &Path) -> Result<Root, Failure> {
    let root = match &spec.source {
        RootfsSource::Layers(layers) => {
            let lowers = layers.iter().map(|l| open_directory(l)).collect::<Result<Vec<_>, _>>()?;
            overlay_in(&lowers, container)
        }
        RootfsSource::DirectoryOverlay(dir) => overlay_in(&[open_directory(dir)?], container),
        RootfsSource::Directory(dir) => {
            let source = open_directory(dir)?;
            let what = dir.display().to_string();
            // With what is mounted below it: those mounts are locked together in a user namespace.
            mount::clone_tree(source.as_fd(), true, &what)
        }
        RootfsSource::Host => return Ok(userland::mount_root().or_fail(FailureKind::Mount)?),
    }
    .or_fail(FailureKind::Mount)?;
    mount::set_propagation(root.as_fd(), Propagation::Rprivate).or_fail(FailureKind::Mount)?;
    let top = open_directory(Path::new("/"))?;
    mount::attach(root.as_fd(), top.as_fd(), || "attach the root file system".to_owned())
        .or_fail(FailureKind::Mount)?;
    Ok(Root::new(root))
}

/// An overlay with the container's own `upper` and `work`.
fn overlay_in(lowers: &[OwnedFd], container: &Path) -> Result<OwnedFd, SysError> {
    let upper = open_directory(&container.join("upper"))?;
    let work = open_directory(&container.join("work"))?;
    overlay(lowers, upper.as_fd(), work.as_fd())
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
