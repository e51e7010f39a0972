//! The root file system: an overlay, a bind, or the host's userland below a tmpfs. Mounted as a detached descriptor,
//! then attached where the pivot finds it.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::engine::sources::Sources;
use crate::model::Propagation;
use crate::model::spec::{RootfsSource, RootfsSpec};
use crate::sys::mount;
use crate::sys::overlay::{self, Writes};
use crate::sys::root::{Root, open_directory};

use super::userland;

/// Mounts the root file system and attaches it over `/` of this mount namespace; the descriptor is its root. `server` is
/// told what to serve, where there is one.
pub fn mount_root(
    spec: &RootfsSpec,
    sources: &Sources,
    writes: Writes,
    server: Option<BorrowedFd<'_>>,
) -> Result<Root, Failure> {
    let root = match (&spec.source, sources.lowers.as_slice(), &sources.upper) {
        (RootfsSource::Host, ..) => return userland::mount_root().or_fail(FailureKind::Mount),
        // With what is mounted below it: those mounts are locked together in a user namespace.
        (RootfsSource::Directory(dir), [source], _) => {
            mount::clone_tree(source.as_fd(), true, &dir.display().to_string())
        }
        (_, [whole], None) => mount::clone_tree(whole.as_fd(), false, "the copied root file system"),
        (_, lowers, Some((upper, work))) => {
            let (upper, work) = (upper.as_fd(), work.as_fd());
            match (&sources.fuse, server) {
                (Some(device), Some(server)) => {
                    crate::overlay::mount(server, device.as_fd(), lowers, upper, work, writes)
                }
                _ => overlay::mount(lowers, upper, work, writes),
            }
        }
        (_, _, None) => {
            let message = "internal error: the root file system's directories were not opened";
            return Err(Failure::new(FailureKind::Mount, message));
        }
    }
    .or_fail(FailureKind::Mount)?;
    mount::set_propagation(root.as_fd(), Propagation::Rprivate).or_fail(FailureKind::Mount)?;
    let top = open_directory(Path::new("/"))?;
    mount::attach(root.as_fd(), top.as_fd(), || "attach the root file system".to_owned())
        .or_fail(FailureKind::Mount)?;
    Ok(Root::new(root))
}
