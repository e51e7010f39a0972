//! Removing trees whose owner meant no good: any depth, any mode, with a few descriptors and without following a symlink.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Attempt, SysError};

/// Deepest nesting that is descended into; what lies deeper is moved up first, so that descriptors never run out.
const DEPTH_MAX: usize = 32;

/// So often a directory is emptied that somebody else still writes to.
const TURNS: usize = 100;

/// Removes what `name` in `parent` is, with everything in it. Nothing there is no error.
///
/// # Errors
/// EACCES, EROFS; the tree may be gone in part.
pub fn remove_tree(parent: BorrowedFd<'_>, name: &CStr) -> Result<(), SysError> {
    let what = || format!("remove {}", name.to_string_lossy());
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        // POSIX says EPERM for a directory, Linux EISDIR.
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(errno) => return Err(errno).attempt(what),
    }
    let dir = open_dir(parent, name).attempt(what)?;
    let mut turns = 0;
    loop {
        turns += 1;
        remove_contents(dir.as_fd())?;
        match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
            // Who had looked the directory up before it was taken out of its place may still make a file in it.
            Err(Errno::NOTEMPTY | Errno::EXIST) if turns < TURNS => {}
            // Somebody else was quicker.
            Err(Errno::NOENT) => return Ok(()),
            other => return other.attempt(what),
        }
    }
}

/// Removes everything in a directory; an O_PATH descriptor will do.
///
/// # Errors
/// As [`remove_tree`].
pub fn remove_contents(dir: BorrowedFd<'_>) -> Result<(), SysError> {
    let what = || "remove the content of a directory";
    let dir = open_dir(dir, c".").attempt(what)?;
    let mut moved = 0u64;
    while clear(dir.as_fd(), dir.as_fd(), 0, &mut moved).attempt(what)? {}
    Ok(())
}

/// One pass; true when something deep was moved up into `top` and another pass is needed.
fn clear(
    top: BorrowedFd<'_>,
    dir: BorrowedFd<'_>,
    depth: usize,
    moved: &mut u64,
) -> rustix::io::Result<bool> {
    let mut again = false;
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if entry.file_type() != FileType::Directory {
            match rustix::fs::unlinkat(dir, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => continue,
                // A file system that tells no types.
                Err(Errno::ISDIR) => {}
                Err(errno) => return Err(errno),
            }
        }
        match rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::ACCESS) => {}
            Err(errno) => return Err(errno),
        }
        if depth >= DEPTH_MAX {
            move_up(top, dir, name, moved)?;
            again = true;
            continue;
        }
        let sub = open_dir(dir, name)?;
        again |= clear(top, sub.as_fd(), depth + 1, moved)?;
        drop(sub);
        match rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(again)
}

fn move_up(top: BorrowedFd<'_>, dir: BorrowedFd<'_>, name: &CStr, moved: &mut u64) -> rustix::io::Result<()> {
    // Moving a directory changes its `..`, which needs write permission on it.
    allow(dir, name)?;
    loop {
        *moved += 1;
        let Ok(target) = CString::new(format!(".moved.{moved}")) else { return Err(Errno::INVAL) };
        match rustix::fs::renameat_with(dir, name, top, &target, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => {}
            other => return other,
        }
    }
}

fn open_dir(parent: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || rustix::fs::openat(parent, name, flags, Mode::empty());
    match open() {
        Err(Errno::ACCESS) => {
            allow(parent, name)?;
            open()
        }
        Ok(fd) => {
            // Listing is one permission, removing another.
            let stat = rustix::fs::fstat(&fd)?;
            if stat.st_mode & 0o700 != 0o700 {
                // Without the right to (somebody else's directory) the removal itself will tell.
                let _ = rustix::fs::fchmod(&fd, Mode::from_raw_mode(0o700));
            }
            Ok(fd)
        }
        other => other,
    }
}

/// Gives the owner all rights on what is known to be a directory (chmod follows symlinks; a directory is none).
fn allow(parent: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let _is_directory = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    rustix::fs::chmodat(parent, name, Mode::from_raw_mode(0o700), AtFlags::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn open(path: &std::path::Path) -> OwnedFd {
        rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap()
    }

    #[test]
    fn a_file_that_comes_late_goes_too() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        for _ in 0..50 {
            std::fs::create_dir(&victim).unwrap();
            let late = victim.join("late");
            let writer = std::thread::spawn(move || while std::fs::write(&late, "x").is_ok() {});
            remove_tree(open(dir.path()).as_fd(), c"victim").unwrap();
            writer.join().unwrap();
        }
    }

    #[test]
    fn symlinks_lead_nowhere_and_modes_do_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        let keep = dir.path().join("keep");
        std::fs::create_dir(&keep).unwrap();
        std::fs::write(keep.join("precious"), "x").unwrap();
        let victim = dir.path().join("victim");
        std::fs::create_dir_all(victim.join("a/b")).unwrap();
        std::fs::write(victim.join("a/b/f"), "x").unwrap();
        symlink(&keep, victim.join("a/link")).unwrap();
        std::fs::set_permissions(victim.join("a/b"), PermissionsExt::from_mode(0o000)).unwrap();
        remove_tree(open(dir.path()).as_fd(), c"victim").unwrap();
        assert!(!victim.exists() && keep.join("precious").exists());
        remove_tree(open(dir.path()).as_fd(), c"victim").unwrap();
    }

    #[test]
    fn depth_does_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        let mut here = open(dir.path());
        for _ in 0..3000 {
            rustix::fs::mkdirat(&here, "d", Mode::from_raw_mode(0o755)).unwrap();
            here = rustix::fs::openat(&here, "d", OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        remove_contents(open(dir.path()).as_fd()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
