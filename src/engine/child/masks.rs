//! Paths that are hidden or made read-only. What is not there needs neither.

use std::os::fd::{AsFd, OwnedFd};

use rustix::mount::MountAttrFlags;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::sys::mount::{self, Context, Setting};
use crate::sys::root::{Kind, kind_of};
use crate::sys::{Attempt, SysError};

use super::dev;
use super::mounts::Mounts;

impl Mounts<'_> {
    /// Remounts `path` read-only on itself, with everything below it.
    pub fn read_only(&self, path: &str) -> Result<(), Failure> {
        let Some(place) = self.existing(path)? else { return Ok(()) };
        (|| {
            let tree = mount::clone_tree(place.as_fd(), true, path)?;
            mount::restrict(tree.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, true)?;
            mount::attach(tree.as_fd(), place.as_fd(), || format!("make {path} read-only"))
        })()
        .or_fail(FailureKind::Mount)
    }

    /// Hides a file behind the host's /dev/null, a directory behind an empty read-only one.
    pub fn mask(&mut self, path: &str) -> Result<(), Failure> {
        let Some(place) = self.existing(path)? else { return Ok(()) };
        (|| {
            let what = || format!("mask {path}");
            let cover = match kind_of(place.as_fd()).attempt(what)? {
                Kind::File => mount::clone_tree(dev::host_node("null", 1, 3)?.as_fd(), false, "/dev/null")?,
                Kind::Directory => match &self.nothing {
                    Some(first) => mount::clone_tree(first.as_fd(), false, path)?,
                    None => empty_directory()?,
                },
            };
            mount::attach(cover.as_fd(), place.as_fd(), what)?;
            if kind_of(cover.as_fd()).attempt(what)? == Kind::Directory && self.nothing.is_none() {
                self.nothing = Some(cover);
            }
            Ok(())
        })()
        .or_fail(FailureKind::Mount)
    }

    /// Makes read-only what had to wait until everything below it was mounted.
    pub fn finish(&self) -> Result<(), Failure> {
        self.late
            .iter()
            .try_for_each(|tree| mount::restrict(tree.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, false))
            .or_fail(FailureKind::Mount)
    }

    /// Makes the root itself read-only; what is mounted below keeps its own mode.
    pub fn read_only_root(&self) -> Result<(), Failure> {
        mount::restrict(self.root.fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, false).or_fail(FailureKind::Mount)
    }

    fn existing(&self, path: &str) -> Result<Option<OwnedFd>, Failure> {
        use nix::errno::Errno;
        match self.root.locate(path) {
            Ok(place) => Ok(Some(place)),
            Err(error) if [Errno::ENOENT as i32, Errno::ENOTDIR as i32].contains(&error.errno()) => Ok(None),
            // A file that the container could not reach either.
            Err(error) if error.errno() == Errno::EACCES as i32 => Ok(None),
            Err(error) => Err(Failure::of(FailureKind::Mount, &error)),
        }
    }
}

fn empty_directory() -> Result<OwnedFd, SysError> {
    let context = Context::open("tmpfs")?;
    context.set(&Setting::Text("mode", "0555"))?;
    context.set(&Setting::Text("size", "4096"))?;
    context.mount(
        MountAttrFlags::MOUNT_ATTR_RDONLY
            | MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NOEXEC,
    )
}
