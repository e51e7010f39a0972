//! Copying file trees by descriptor, without following any symlink.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};

use super::{Attempt, SysError};

/// Deeper than any real tree; a hostile one ends here with ELOOP.
const MAX_DEPTH: usize = 512;

/// Copies the content of directory `from` into directory `to`: owners, modes, times and symlinks as they are, data by
/// reflink where the file system can. Device nodes and sockets are left out. The directory's own attributes are
/// copied too.
///
/// # Errors
/// ENOSPC, EACCES …, with `name` in the attempt.
pub fn copy(from: BorrowedFd<'_>, to: BorrowedFd<'_>, name: &str) -> Result<(), SysError> {
    copy_level(from, to, 0).attempt(|| format!("copy {name}"))
}

fn copy_level(from: BorrowedFd<'_>, to: BorrowedFd<'_>, depth: usize) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::from_raw_os_error(libc::ELOOP));
    }
    let directory = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let from = rustix::fs::openat(from, ".", directory, Mode::empty())?;
    for entry in Dir::read_from(&from)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let stat = rustix::fs::statat(&from, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                rustix::fs::mkdirat(to, name, Mode::from_raw_mode(0o700))?;
                let below_from = rustix::fs::openat(&from, name, directory, Mode::empty())?;
                let below_to = rustix::fs::openat(to, name, directory, Mode::empty())?;
                copy_level(below_from.as_fd(), below_to.as_fd(), depth + 1)?;
            }
            FileType::RegularFile => {
                let read = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let write = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let mut source: File = rustix::fs::openat(&from, name, read, Mode::empty())?.into();
                let mut copy: File = rustix::fs::openat(to, name, write, Mode::from_raw_mode(0o600))?.into();
                if rustix::fs::ioctl_ficlone(&copy, &source).is_err() {
                    io::copy(&mut source, &mut copy)?;
                }
                attributes(copy.as_fd(), &stat)?;
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(&from, name, Vec::new())?;
                rustix::fs::symlinkat(&target, to, name)?;
                owner(rustix::fs::chownat(to, name, uid(&stat), gid(&stat), AtFlags::SYMLINK_NOFOLLOW))?;
            }
            FileType::Fifo => {
                rustix::fs::mknodat(to, name, FileType::Fifo, Mode::from_raw_mode(stat.st_mode & 0o7777), 0)?;
                owner(rustix::fs::chownat(to, name, uid(&stat), gid(&stat), AtFlags::SYMLINK_NOFOLLOW))?;
            }
            _ => {}
        }
    }
    let to = rustix::fs::openat(to, ".", directory, Mode::empty())?;
    attributes(to.as_fd(), &rustix::fs::fstat(&from)?)
}

fn attributes(fd: BorrowedFd<'_>, stat: &Stat) -> io::Result<()> {
    owner(rustix::fs::fchown(fd, uid(stat), gid(stat)))?;
    rustix::fs::fchmod(fd, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    let time = |sec, nsec: u64| Timespec { tv_sec: sec, tv_nsec: nsec as _ };
    let times = Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    };
    rustix::fs::futimens(fd, &times)?;
    Ok(())
}

/// An owner without a mapping reads as the overflow id and cannot be given: the copy stays with its maker.
fn owner(result: rustix::io::Result<()>) -> io::Result<()> {
    match result {
        Ok(()) | Err(rustix::io::Errno::INVAL) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn uid(stat: &Stat) -> Option<Uid> {
    Some(Uid::from_raw(stat.st_uid))
}

fn gid(stat: &Stat) -> Option<Gid> {
    Some(Gid::from_raw(stat.st_gid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    #[test]
    fn a_copy_has_the_same_content_modes_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::create_dir_all(a.join("sub/deep")).unwrap();
        std::fs::create_dir(&b).unwrap();
        std::fs::write(a.join("sub/file"), "text").unwrap();
        std::fs::set_permissions(a.join("sub/file"), std::fs::Permissions::from_mode(0o4711)).unwrap();
        symlink("/etc/passwd", a.join("link")).unwrap();
        let open = |p: &Path| super::super::root::open_directory(p).unwrap();
        copy(open(&a).as_fd(), open(&b).as_fd(), "a").unwrap();
        assert_eq!(std::fs::read_to_string(b.join("sub/file")).unwrap(), "text");
        assert_eq!(b.join("sub/file").metadata().unwrap().permissions().mode() & 0o7777, 0o4711);
        assert_eq!(std::fs::read_link(b.join("link")).unwrap(), Path::new("/etc/passwd"));
        assert!(b.join("sub/deep").is_dir());
    }
}
