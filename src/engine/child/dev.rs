//! The container's /dev: a tmpfs with links made while it is detached, and nodes bound from the host's by descriptor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::mount::MountAttrFlags;

use crate::model::spec::DeviceNode;
use crate::sys::mount::{self, Context, Setting};
use crate::sys::{Attempt, SysError};

/// Name, major, minor (runtime-spec config-linux.md, "Default Devices").
const NODES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

const LINKS: [(&str, &str); 6] = [
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
    ("/proc/kcore", "core"),
    ("pts/ptmx", "ptmx"),
];

/// A detached tmpfs with all of it but the nodes.
pub fn filesystem() -> Result<OwnedFd, SysError> {
    let context = Context::open("tmpfs")?;
    context.set(&Setting::Text("mode", "0755"))?;
    context.set(&Setting::Text("size", "65536k"))?;
    let dev = context.mount(MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_STRICTATIME)?;
    furnish(dev.as_fd())?;
    Ok(dev)
}

/// Puts directories, links and empty files for the nodes into a tmpfs.
pub fn furnish(dev: BorrowedFd<'_>) -> Result<(), SysError> {
    for dir in ["pts", "shm", "mqueue"] {
        rustix::fs::mkdirat(dev, dir, Mode::from_raw_mode(0o755)).attempt(|| format!("make /dev/{dir}"))?;
    }
    for (target, name) in LINKS {
        rustix::fs::symlinkat(target, dev, name).attempt(|| format!("link /dev/{name}"))?;
    }
    for (name, ..) in NODES {
        node_file(dev, name)?;
    }
    Ok(())
}

/// Makes the empty file that a node is bound on.
pub fn node_file(dev: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, SysError> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dev, name, flags, Mode::from_raw_mode(0o644)).attempt(|| format!("make /dev/{name}"))
}

/// Binds the host's standard nodes onto the files.
pub fn bind_nodes(dev: BorrowedFd<'_>) -> Result<(), SysError> {
    for (name, major, minor) in NODES {
        let node = host_node(name, major, minor)?;
        let target =
            rustix::fs::openat(dev, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
                .attempt(|| format!("open /dev/{name}"))?;
        let tree = mount::clone_tree(node.as_fd(), false, &format!("/dev/{name}"))?;
        mount::attach(tree.as_fd(), target.as_fd(), || format!("bind /dev/{name}"))?;
    }
    Ok(())
}

/// Is the node what was asked for?
pub fn check(source: BorrowedFd<'_>, node: &DeviceNode, path: &Path) -> Result<(), SysError> {
    let what = || format!("bind device {}", path.display());
    let stat = rustix::fs::statat(source, "", AtFlags::EMPTY_PATH).attempt(what)?;
    let kind = if node.block { FileType::BlockDevice } else { FileType::CharacterDevice };
    let number = rustix::fs::makedev(node.major, node.minor);
    let mode = stat.st_mode & 0o7777;
    let why = if FileType::from_raw_mode(stat.st_mode) != kind || stat.st_rdev != number {
        format!("the host's is not device {}:{}", node.major, node.minor)
    } else if node.mode.is_some_and(|asked| asked != mode) {
        format!("the host's has mode {mode:o}")
    } else {
        return Ok(());
    };
    Err(SysError::new(what(), io::Error::other(why)))
}

/// The host's own node, seen to be what its name says.
pub fn host_node(name: &str, major: u32, minor: u32) -> Result<OwnedFd, SysError> {
    let path = format!("/dev/{name}");
    let what = || format!("open the host's {path}");
    let fd = rustix::fs::open(&path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .attempt(what)?;
    let stat = rustix::fs::statat(&fd, "", AtFlags::EMPTY_PATH).attempt(what)?;
    let is_node = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
        && stat.st_rdev == rustix::fs::makedev(major, minor);
    if is_node {
        Ok(fd)
    } else {
        Err(SysError::new(what(), io::Error::other(format!("not character device {major}:{minor}"))))
    }
}
