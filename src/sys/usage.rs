//! What a tree of files takes: walked by descriptor, no symlink followed, in few descriptors however deep it is.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{Attempt, SysError};

/// So many directories are open at once; what lies deeper is walked later, from the top.
const OPEN_MAX: usize = 64;
/// Deeper than any real tree; a hostile one ends here.
const DEPTH_MAX: usize = 4096;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Bytes of content of the regular files in a directory, hard links once. What goes away meanwhile is left out.
///
/// # Errors
/// EACCES; ELOOP for a tree of no sensible depth.
pub fn content_size(dir: &Path) -> Result<u64, SysError> {
    let what = || format!("measure {}", dir.display());
    let top = rustix::fs::open(dir, DIRECTORY, Mode::empty()).attempt(what)?;
    let mut walk = Walk { linked: HashSet::new(), later: vec![Vec::new()], size: 0 };
    while let Some(path) = walk.later.pop() {
        // A directory that has gone, or is none any more, has no size.
        match descend(top.as_fd(), &path) {
            Ok(start) => walk.level(start, path, 0).attempt(what)?,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
            Err(errno) => return Err(errno).attempt(what),
        }
    }
    Ok(walk.size)
}

struct Walk {
    /// Device and inode of what has several names.
    linked: HashSet<(u64, u64)>,
    /// Names from the top of what is still to be walked.
    later: Vec<Vec<CString>>,
    size: u64,
}

impl Walk {
    fn level(&mut self, dir: OwnedFd, path: Vec<CString>, open: usize) -> rustix::io::Result<()> {
        let mut entries = Dir::new(dir)?;
        let mut below = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            match entry.file_type() {
                FileType::Directory => below.push(name.to_owned()),
                FileType::RegularFile | FileType::Unknown => self.file(entries.fd()?, name, &mut below)?,
                _ => {}
            }
        }
        for name in below {
            let path: Vec<_> = path.iter().cloned().chain([name]).collect();
            if path.len() > DEPTH_MAX {
                return Err(Errno::LOOP);
            }
            let Some(last) = path.last().filter(|_| open < OPEN_MAX) else {
                self.later.push(path);
                continue;
            };
            match rustix::fs::openat(entries.fd()?, last, DIRECTORY, Mode::empty()) {
                Ok(dir) => self.level(dir, path, open + 1)?,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    fn file(&mut self, dir: BorrowedFd<'_>, name: &CStr, below: &mut Vec<CString>) -> rustix::io::Result<()> {
        let stat = match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(()),
            other => other?,
        };
        match FileType::from_raw_mode(stat.st_mode) {
            // A file system that tells no types.
            FileType::Directory => below.push(name.to_owned()),
            FileType::RegularFile if stat.st_nlink < 2 || self.linked.insert((stat.st_dev, stat.st_ino)) => {
                self.size = self.size.saturating_add(u64::try_from(stat.st_size).unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }
}

fn descend(top: BorrowedFd<'_>, path: &[CString]) -> rustix::io::Result<OwnedFd> {
    let start = rustix::fs::openat(top, c".", DIRECTORY, Mode::empty())?;
    path.iter().try_fold(start, |dir, name| rustix::fs::openat(&dir, name, DIRECTORY, Mode::empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_counted_once_and_symlinks_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(path("a/b")).unwrap();
        std::fs::write(path("a/one"), [0; 1000]).unwrap();
        std::fs::hard_link(path("a/one"), path("a/b/two")).unwrap();
        std::fs::write(path("a/b/three"), [0; 24]).unwrap();
        std::os::unix::fs::symlink("/usr", path("a/link")).unwrap();
        assert_eq!(content_size(dir.path()).unwrap(), 1024);
        assert_eq!(content_size(&path("nothing")).unwrap_err().errno(), nix::errno::Errno::ENOENT as i32);
    }

    #[test]
    fn depth_costs_no_descriptors() {
        let dir = tempfile::tempdir().unwrap();
        let mut at = rustix::fs::open(dir.path(), DIRECTORY, Mode::empty()).unwrap();
        for _ in 0..OPEN_MAX * 20 {
            rustix::fs::mkdirat(&at, "d", Mode::from_raw_mode(0o700)).unwrap();
            at = rustix::fs::openat(&at, "d", DIRECTORY, Mode::empty()).unwrap();
        }
        let create = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&at, "deep", create, Mode::from_raw_mode(0o600)).unwrap();
        rustix::io::write(&file, b"12345").unwrap();
        assert_eq!(content_size(dir.path()).unwrap(), 5);
        super::super::tree::remove(&dir.path().join("d")).unwrap();
    }
}
