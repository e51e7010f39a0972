//! Mounts by descriptor: fsopen/fsmount, open_tree, mount_setattr, move_mount (the "new mount API", Linux 5.2 to 5.12).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
    UnmountFlags,
};

use crate::model::{Allowed, MountOptions, Propagation};

use super::{Attempt, SysError, process::check};

/// One setting of a file system context.
pub enum Setting<'a> {
    /// `key=value`.
    Text(&'a str, &'a str),
    /// `key` alone.
    Flag(&'a str),
    /// `key` is what this descriptor names.
    Fd(&'a str, BorrowedFd<'a>),
}

/// A file system that is being configured (fsopen(2)).
pub struct Context {
    fd: OwnedFd,
    name: &'static str,
}

impl Context {
    /// Starts one.
    ///
    /// # Errors
    /// ENODEV when the kernel has no such file system, EPERM without CAP_SYS_ADMIN in the user namespace.
    pub fn open(name: &'static str) -> Result<Self, SysError> {
        let fd = rustix::mount::fsopen(name, FsOpenFlags::FSOPEN_CLOEXEC)
            .attempt(|| format!("open file system {name}"))?;
        let context = Self { fd, name };
        // What mount tables show as the source.
        context.set(&Setting::Text("source", name))?;
        Ok(context)
    }

    /// Applies a setting; a failure carries the kernel's own words where it has some.
    ///
    /// # Errors
    /// EINVAL for what this kernel does not know.
    pub fn set(&self, setting: &Setting<'_>) -> Result<(), SysError> {
        let (key, result) = match setting {
            Setting::Text(key, value) => {
                (key, rustix::mount::fsconfig_set_string(self.fd.as_fd(), *key, *value))
            }
            Setting::Flag(key) => (key, rustix::mount::fsconfig_set_flag(self.fd.as_fd(), *key)),
            Setting::Fd(key, fd) => (key, rustix::mount::fsconfig_set_fd(self.fd.as_fd(), *key, *fd)),
        };
        result.map_err(|errno| self.error(&format!("set {key} of {}", self.name), errno))
    }

    /// Makes the file system and a detached mount of it.
    ///
    /// # Errors
    /// What the file system says, in its own words where it has some.
    pub fn mount(self, attributes: MountAttrFlags) -> Result<OwnedFd, SysError> {
        rustix::mount::fsconfig_create(self.fd.as_fd())
            .map_err(|errno| self.error(&format!("create file system {}", self.name), errno))?;
        rustix::mount::fsmount(self.fd.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)
            .map_err(|errno| self.error(&format!("mount {}", self.name), errno))
    }

    /// The kernel leaves messages in the context (`e overlay: …`); the last one says most.
    fn error(&self, attempt: &str, errno: rustix::io::Errno) -> SysError {
        let mut buffer = [0_u8; 1024];
        let mut words = String::new();
        while let Ok(length @ 1..) = rustix::io::read(&self.fd, &mut buffer) {
            words = String::from_utf8_lossy(&buffer[..length]).trim().to_owned();
        }
        match words.get(2..).filter(|w| !w.is_empty()) {
            Some(words) => SysError::new(format!("{attempt} ({words})"), errno),
            None => SysError::new(attempt, errno),
        }
    }
}

/// A detached copy of the mount at `source` (open_tree(2) with OPEN_TREE_CLONE).
///
/// # Errors
/// EINVAL when a mount below is locked and `recursive` is off; EPERM.
pub fn clone_tree(source: BorrowedFd<'_>, recursive: bool, what: &str) -> Result<OwnedFd, SysError> {
    let mut flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    rustix::mount::open_tree(source, "", flags).attempt(|| format!("bind {what}"))
}

/// Attaches a detached mount on what `target` names.
///
/// # Errors
/// ENOTDIR when one is a directory and the other is not.
pub fn attach(
    mount: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    what: impl FnOnce() -> String,
) -> Result<(), SysError> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(mount, "", target, "", flags).attempt(what)
}

/// The attribute bits of these options (mount_setattr(2)).
pub fn attributes(options: &MountOptions) -> MountAttrFlags {
    let mut bits = MountAttrFlags::empty();
    for (on, bit) in [
        (options.readonly, MountAttrFlags::MOUNT_ATTR_RDONLY),
        (options.nosuid, MountAttrFlags::MOUNT_ATTR_NOSUID),
        (options.nodev, MountAttrFlags::MOUNT_ATTR_NODEV),
        (options.noexec, MountAttrFlags::MOUNT_ATTR_NOEXEC),
        (options.noatime, MountAttrFlags::MOUNT_ATTR_NOATIME),
        (options.strictatime, MountAttrFlags::MOUNT_ATTR_STRICTATIME),
    ] {
        bits.set(bit, on);
    }
    bits
}

/// Adds attributes to a mount, and to all below it when `recursive`. Never takes one away: what the host has set
/// (nosuid, nodev, ro) is locked in a user namespace and stays.
///
/// # Errors
/// EINVAL, EPERM.
pub fn restrict(mount: BorrowedFd<'_>, add: MountAttrFlags, recursive: bool) -> Result<(), SysError> {
    if add.is_empty() {
        return Ok(());
    }
    let mut flags = libc::AT_EMPTY_PATH;
    if recursive {
        flags |= libc::AT_RECURSIVE;
    }
    let mut clear = 0;
    if add.intersects(MountAttrFlags::MOUNT_ATTR_NOATIME | MountAttrFlags::MOUNT_ATTR_STRICTATIME) {
        clear = libc::MOUNT_ATTR__ATIME;
    }
    set_attributes(mount, flags, u64::from(add.bits()), clear, 0).attempt(|| "restrict a mount")
}

/// Does a mount allow this, as it is?
///
/// # Errors
/// "the mount … is" with the flag that stands against it.
pub fn check_allowed(mount: BorrowedFd<'_>, allowed: Allowed) -> Result<(), SysError> {
    use rustix::fs::StatVfsMountFlags as Flags;
    if allowed == Allowed::NOTHING {
        return Ok(());
    }
    let what = || "look at a mount";
    let flags = rustix::fs::fstatvfs(mount).attempt(what)?.f_flag;
    for (asked, flag, word) in [
        (allowed.write, Flags::RDONLY, "read-only"),
        (allowed.suid, Flags::NOSUID, "nosuid"),
        (allowed.dev, Flags::NODEV, "nodev"),
        (allowed.exec, Flags::NOEXEC, "noexec"),
    ] {
        if asked && flags.contains(flag) {
            let why = format!("the mount that it is in is {word}, which is not taken away");
            return Err(SysError::new(what(), io::Error::other(why)));
        }
    }
    Ok(())
}

/// Sets the propagation of a mount.
///
/// # Errors
/// EINVAL.
pub fn set_propagation(mount: BorrowedFd<'_>, propagation: Propagation) -> Result<(), SysError> {
    use Propagation::{Private, Rprivate, Rshared, Rslave, Runbindable, Shared, Slave, Unbindable};
    let kind = match propagation {
        Private | Rprivate => libc::MS_PRIVATE,
        Slave | Rslave => libc::MS_SLAVE,
        Shared | Rshared => libc::MS_SHARED,
        Unbindable | Runbindable => libc::MS_UNBINDABLE,
    };
    let mut flags = libc::AT_EMPTY_PATH;
    if matches!(propagation, Rprivate | Rslave | Rshared | Runbindable) {
        flags |= libc::AT_RECURSIVE;
    }
    set_attributes(mount, flags, 0, 0, kind)
        .attempt(|| format!("make a mount {propagation:?}").to_lowercase())
}

fn set_attributes(
    mount: BorrowedFd<'_>,
    flags: i32,
    set: u64,
    clear: u64,
    propagation: u64,
) -> io::Result<()> {
    let attr = libc::mount_attr { attr_set: set, attr_clr: clear, propagation, userns_fd: 0 };
    // SAFETY: the path is an empty C string (AT_EMPTY_PATH), and `attr` outlives the call, its size given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Cuts the whole tree off from the host's: no mount event leaves, and with `slave` they still come in.
///
/// # Errors
/// EINVAL, EPERM.
pub fn isolate_tree(slave: bool) -> Result<(), SysError> {
    let kind = if slave { MountPropagationFlags::DOWNSTREAM } else { MountPropagationFlags::PRIVATE };
    rustix::mount::mount_change("/", kind | MountPropagationFlags::REC).attempt(|| "isolate the mount tree")
}

/// Makes what `root` names the root of this mount namespace and lets go of the old tree
/// (pivot_root(2), "pivot_root(".", ".")").
///
/// # Errors
/// EINVAL when `root` is no mount of this namespace.
pub fn pivot(root: BorrowedFd<'_>) -> Result<(), SysError> {
    rustix::process::fchdir(root).attempt(|| "enter the root file system")?;
    // SAFETY: both paths are C strings.
    check(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) }, || "pivot_root")?;
    // The old root is now stacked on the new one at ".".
    rustix::mount::unmount(".", UnmountFlags::DETACH).attempt(|| "detach the old root")?;
    rustix::process::chdir("/").attempt(|| "enter the new root")?;
    nothing_above()
}

/// Proves that the old root is gone: had another mount been stacked on it, only that one would have been detached, and
/// `/..` would lead outside.
fn nothing_above() -> Result<(), SysError> {
    let what = || "make sure that the old root is gone";
    let mask = rustix::fs::StatxFlags::BASIC_STATS | rustix::fs::StatxFlags::MNT_ID;
    let look = |path| rustix::fs::statx(rustix::fs::CWD, path, rustix::fs::AtFlags::empty(), mask);
    let (above, root) = (look("/..").attempt(what)?, look("/").attempt(what)?);
    if (above.stx_mnt_id, above.stx_ino) == (root.stx_mnt_id, root.stx_ino) {
        return Ok(());
    }
    Err(SysError::new(what(), io::Error::other("something is still mounted over the new one")))
}

/// Takes a mount out of the tree (umount2(2), MNT_DETACH); what holds it still works.
///
/// # Errors
/// EINVAL when it is not attached.
pub fn detach(mount: BorrowedFd<'_>) -> Result<(), SysError> {
    let path = format!("/proc/self/fd/{}", mount.as_raw_fd());
    rustix::mount::unmount(path, UnmountFlags::DETACH).attempt(|| "detach a mount")
}
