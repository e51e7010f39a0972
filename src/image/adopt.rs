//! Directories that a layer's tar does not list although it has files in them: some builders write such layers. As the
//! topmost directory decides, /tmp would lose its sticky bit; so they get what the layers below say of them.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::error::ImageError;
use super::owner::OWNER_XATTR;
use crate::sys::Attempt;

/// Gives the directories `implicit` of `layer` owner, mode and time of the same directory in the nearest of the layers
/// `below` (the nearest first) that has it.
///
/// # Errors
/// A system call that failed on the layer itself.
pub fn adopt(layer: BorrowedFd<'_>, implicit: &[String], below: &[OwnedFd]) -> Result<(), ImageError> {
    for path in implicit {
        let Some(model) = below.iter().find_map(|lower| match open(lower.as_fd(), path) {
            Ok(found) => Some(Some(found)),
            Err(Errno::NOENT) => None,
            // Something else stands there and hides what is further down.
            Err(_) => Some(None),
        }) else {
            continue;
        };
        // Names that are no UTF-8 are not found again by their text.
        let (Some(model), Ok(dir)) = (model, open(layer, path)) else { continue };
        copy(&model, &dir).attempt(|| format!("finish directory {path:?}"))?;
        rustix::fs::fsync(&dir).attempt(|| format!("finish directory {path:?}"))?;
    }
    Ok(())
}

fn open(root: BorrowedFd<'_>, path: &str) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, path, flags, Mode::empty(), resolve)
}

fn copy(model: &OwnedFd, dir: &OwnedFd) -> rustix::io::Result<()> {
    let stat = rustix::fs::fstat(model)?;
    rustix::fs::fchown(dir, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))?;
    let mut owner = [0; 64];
    if let Ok(length) = rustix::fs::fgetxattr(model, OWNER_XATTR, &mut owner[..]) {
        rustix::fs::fsetxattr(dir, OWNER_XATTR, &owner[..length], XattrFlags::empty())?;
    }
    rustix::fs::fchmod(dir, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    let time = Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec.cast_signed() };
    rustix::fs::futimens(dir, &Timestamps { last_access: time, last_modification: time })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn fd(path: &Path) -> OwnedFd {
        std::fs::File::open(path).unwrap().into()
    }

    #[test]
    fn the_nearest_layer_that_has_the_directory_decides() {
        let dir = tempfile::tempdir().unwrap();
        let mode =
            |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o7777;
        for (path, mode) in [
            ("top/tmp", 0o755),
            ("top/etc", 0o755),
            ("top/link", 0o755),
            ("middle", 0o755),
            ("low/tmp", 0o1777),
            ("low/etc", 0o700),
            ("low/link", 0o700),
        ] {
            std::fs::create_dir_all(dir.path().join(path)).unwrap();
            std::fs::set_permissions(dir.path().join(path), PermissionsExt::from_mode(mode)).unwrap();
        }
        std::os::unix::fs::symlink("/etc", dir.path().join("middle/link")).unwrap();
        let names = ["tmp", "etc", "link", "nowhere"].map(str::to_owned);
        let below = [fd(&dir.path().join("middle")), fd(&dir.path().join("low"))];
        adopt(fd(&dir.path().join("top")).as_fd(), &names, &below).unwrap();
        assert_eq!((mode("top/tmp"), mode("top/etc"), mode("top/link")), (0o1777, 0o700, 0o755));
    }
}
