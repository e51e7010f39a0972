//! The host's own userland as a root file system (`--rootfs /`): a tmpfs in which each directory of programs and
//! settings is an overlay of the host's, written in memory and thrown away. What is personal (/home, /root), of the
//! running system (/run, /tmp) or foreign to the distribution is not there at all.
//!
//! One overlay a directory, because the kernel takes no lower with locked mounts below it, and `/` always has those.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::mount::MountAttrFlags;

use crate::sys::mount::{self, Context, Setting};
use crate::sys::overlay::{self, Writes};
use crate::sys::root::{Root, open_directory};
use crate::sys::{Attempt, SysError};

/// What makes up a userland, in the root directory of any distribution (hier(7); Nix and Guix have their own).
const SHOWN: [&str; 12] =
    ["bin", "etc", "gnu", "lib", "lib32", "lib64", "libx32", "nix", "opt", "sbin", "usr", "var"];

/// Empty directories, with their modes.
const EMPTY: [(&str, u32); 10] = [
    ("dev", 0o755),
    ("home", 0o755),
    ("media", 0o755),
    ("mnt", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("run", 0o755),
    ("srv", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
];

/// Directories of host ids that have no mapping can be read and not changed. Those in which names are commonly made
/// stand in the upper layer from the start, owned by the container's root.
const WRITABLE: [&str; 6] = ["usr/local", "usr/local/bin", "var/cache", "var/lib", "var/log", "var/tmp"];

/// Builds it and attaches it over `/` of this mount namespace.
pub fn mount_root() -> Result<Root, SysError> {
    let top = open_directory(Path::new("/"))?;
    // overlayfs takes a directory below a mount only while that mount is attached. The overlays keep it alive; what is
    // stacked over the old root must be gone before the pivot, which takes away one mount.
    let memory = memory()?;
    attach_over(&memory, &top)?;
    let root = memory_root()?;
    let trees = SHOWN.iter().map(|name| show(name, memory.as_fd(), root.as_fd()));
    let trees: Vec<_> = trees.collect::<Result<_, _>>()?;
    mount::detach(memory.as_fd())?;
    attach_over(&root, &top)?;
    for (name, tree) in SHOWN.iter().zip(trees).filter_map(|(name, tree)| Some((name, tree?))) {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let place =
            rustix::fs::openat(&root, *name, flags, Mode::empty()).attempt(|| format!("open /{name}"))?;
        mount::attach(tree.as_fd(), place.as_fd(), || format!("show the host's /{name}"))?;
    }
    let root = Root::new(root);
    if let Ok(place) = root.locate_plain("/var/tmp") {
        let context = Context::open("tmpfs")?;
        context.set(&Setting::Text("mode", "1777"))?;
        let tree = context.mount(MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV)?;
        mount::attach(tree.as_fd(), place.as_fd(), || "hide the host's /var/tmp".to_owned())?;
    }
    Ok(root)
}

/// A tmpfs with the empty directories.
fn memory_root() -> Result<OwnedFd, SysError> {
    let root = memory()?;
    for (name, mode) in EMPTY {
        make(root.as_fd(), name, mode)?;
    }
    Ok(root)
}

/// Makes the place for one directory of the host and the tree to put there, or the symlink that stands there.
fn show(name: &str, memory: BorrowedFd<'_>, root: BorrowedFd<'_>) -> Result<Option<OwnedFd>, SysError> {
    let path = Path::new("/").join(name);
    let Ok(metadata) = path.symlink_metadata() else { return Ok(None) };
    if metadata.is_symlink() {
        let target = std::fs::read_link(&path).attempt(|| format!("read {}", path.display()))?;
        rustix::fs::symlinkat(&target, root, name).attempt(|| format!("link /{name}"))?;
        return Ok(None);
    }
    if !metadata.is_dir() {
        return Ok(None);
    }
    make(root, name, 0o755)?;
    let (upper_name, work_name) = (format!("upper-{name}"), format!("work-{name}"));
    make(memory, &upper_name, 0o755)?;
    make(memory, &work_name, 0o755)?;
    let below = WRITABLE.iter().filter_map(|w| w.strip_prefix(name)?.strip_prefix('/'));
    for directory in below.filter(|d| path.join(d).is_dir() && !path.join(d).is_symlink()) {
        make(memory, &format!("{upper_name}/{directory}"), 0o755)?;
    }
    let open = |name: &str| {
        rustix::fs::openat(memory, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .attempt(|| format!("open {name} in memory"))
    };
    let lower = open_directory(&path)?;
    match overlay::mount(
        std::slice::from_ref(&lower),
        open(&upper_name)?.as_fd(),
        open(&work_name)?.as_fd(),
        Writes::Discard,
    ) {
        Ok(tree) => Ok(Some(tree)),
        // Mounts of the host's below it, which belong together: bound whole, read-only.
        Err(_) => {
            let tree = mount::clone_tree(lower.as_fd(), true, &path.display().to_string())?;
            mount::restrict(tree.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, true)?;
            Ok(Some(tree))
        }
    }
}

fn memory() -> Result<OwnedFd, SysError> {
    let context = Context::open("tmpfs")?;
    context.set(&Setting::Text("mode", "0755"))?;
    context.mount(MountAttrFlags::empty())
}

fn attach_over(tree: &OwnedFd, top: &OwnedFd) -> Result<(), SysError> {
    mount::attach(tree.as_fd(), top.as_fd(), || "attach the root file system".to_owned())
}

fn make(parent: BorrowedFd<'_>, name: &str, mode: u32) -> Result<(), SysError> {
    let what = || format!("make {name} in memory");
    rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(mode)).attempt(what)?;
    // mkdir(2) takes the umask away.
    rustix::fs::chmodat(parent, name, Mode::from_raw_mode(mode), AtFlags::empty()).attempt(what)
}
