//! Copying file trees by descriptor, without following any symlink.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, XattrFlags};

use super::{Attempt, SysError, remove};

/// Deeper than any real tree; a hostile one ends here with ELOOP.
const MAX_DEPTH: usize = 512;

/// How overlayfs marks a directory that hides the one below (Documentation/filesystems/overlayfs.rst).
const OPAQUE: &CStr = c"user.overlay.opaque";

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What becomes of an overlay layer's marks: whiteouts (character devices 0:0) and opaque directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// They are copied: the copy is a layer too.
    Keep,
    /// They are obeyed: the copy is what the layers together look like.
    Apply,
}

/// A copy of trees into one directory: owners, modes, times, extended attributes, symlinks and hard links as they
/// are, data by reflink where the file system can. Device nodes and sockets are left out.
pub struct Copy<'a> {
    /// Says who owns the copy, from the owner of the original: (user, group).
    pub owner: &'a dyn Fn(u32, u32) -> (u32, u32),
    /// Overlay marks.
    pub marks: Marks,
}

/// The same owner.
pub fn same_owner(uid: u32, gid: u32) -> (u32, u32) {
    (uid, gid)
}

/// Copies the content and the attributes of directory `from` to directory `to`, owners as they are.
///
/// # Errors
/// ENOSPC, EACCES …, with `name` in the attempt.
pub fn copy(from: BorrowedFd<'_>, to: BorrowedFd<'_>, name: &str) -> Result<(), SysError> {
    Copy { owner: &same_owner, marks: Marks::Apply }.run(from, to, name)
}

impl Copy<'_> {
    /// Copies the content and the attributes of directory `from` to directory `to`. With [`Marks::Apply`], called once
    /// a layer, the lowest first.
    ///
    /// # Errors
    /// ENOSPC, EACCES …, with `name` in the attempt.
    pub fn run(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, name: &str) -> Result<(), SysError> {
        let mut links = HashMap::new();
        self.level(from, to, &mut links, 0).attempt(|| format!("copy {name}"))
    }

    fn level(
        &self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        links: &mut HashMap<(u64, u64), OwnedFd>,
        depth: usize,
    ) -> io::Result<()> {
        if depth > MAX_DEPTH {
            return Err(io::Error::from_raw_os_error(libc::ELOOP));
        }
        let from = rustix::fs::openat(from, ".", DIRECTORY, Mode::empty())?;
        let to = rustix::fs::openat(to, ".", DIRECTORY, Mode::empty())?;
        for entry in Dir::read_from(&from)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = rustix::fs::statat(&from, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let kind = FileType::from_raw_mode(stat.st_mode);
            if self.marks == Marks::Apply && (kind != FileType::Directory || is_opaque(&from, name)?) {
                remove::remove_tree(to.as_fd(), name).map_err(|e| e.source)?;
            }
            match kind {
                FileType::Directory => {
                    match rustix::fs::mkdirat(&to, name, Mode::from_raw_mode(0o700)) {
                        Err(rustix::io::Errno::EXIST) if self.marks == Marks::Apply => {
                            replace_file(&to, name)?
                        }
                        other => other?,
                    }
                    let below_from = rustix::fs::openat(&from, name, DIRECTORY, Mode::empty())?;
                    let below_to = rustix::fs::openat(&to, name, DIRECTORY, Mode::empty())?;
                    self.level(below_from.as_fd(), below_to.as_fd(), links, depth + 1)?;
                }
                FileType::RegularFile => self.file(&from, &to, name, &stat, links)?,
                FileType::Symlink => {
                    let target = rustix::fs::readlinkat(&from, name, Vec::new())?;
                    rustix::fs::symlinkat(&target, &to, name)?;
                    self.give(&to, name, &stat)?;
                }
                FileType::Fifo => {
                    rustix::fs::mknodat(&to, name, kind, Mode::from_raw_mode(stat.st_mode & 0o7777), 0)?;
                    self.give(&to, name, &stat)?;
                }
                FileType::CharacterDevice if stat.st_rdev == 0 && self.marks == Marks::Keep => {
                    rustix::fs::mknodat(&to, name, kind, Mode::empty(), 0)?;
                }
                _ => {}
            }
        }
        self.attributes(from.as_fd(), to.as_fd(), &rustix::fs::fstat(&from)?)
    }

    fn file(
        &self,
        from: &OwnedFd,
        to: &OwnedFd,
        name: &CStr,
        stat: &Stat,
        links: &mut HashMap<(u64, u64), OwnedFd>,
    ) -> io::Result<()> {
        let key = (stat.st_dev, stat.st_ino);
        if let Some(first) = links.get(&key) {
            let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(first));
            rustix::fs::linkat(rustix::fs::CWD, path, to, name, AtFlags::SYMLINK_FOLLOW)?;
            return Ok(());
        }
        // Should it be a FIFO by now, nobody waits for a writer.
        let read = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let write = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mut source: File = rustix::fs::openat(from, name, read, Mode::empty())?.into();
        let mut copy: File = rustix::fs::openat(to, name, write, Mode::from_raw_mode(0o600))?.into();
        if rustix::fs::ioctl_ficlone(&copy, &source).is_err() {
            io::copy(&mut source, &mut copy)?;
        }
        self.attributes(source.as_fd(), copy.as_fd(), stat)?;
        if stat.st_nlink > 1 {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            links.insert(key, rustix::fs::openat(to, name, flags, Mode::empty())?);
        }
        Ok(())
    }

    /// Owner first: a changed owner takes set-id bits and file capabilities away.
    fn attributes(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, stat: &Stat) -> io::Result<()> {
        let (uid, gid) = self.owner_of(stat);
        mapped(rustix::fs::fchown(to, uid, gid))?;
        rustix::fs::fchmod(to, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
        self.xattrs(from, to)?;
        let time = |sec, nsec: u64| Timespec { tv_sec: sec, tv_nsec: nsec as _ };
        let times = Timestamps {
            last_access: time(stat.st_atime, stat.st_atime_nsec),
            last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
        };
        Ok(rustix::fs::futimens(to, &times)?)
    }

    fn xattrs(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<()> {
        use rustix::io::Errno;
        let mut names = vec![0_u8; 64 * 1024];
        let length = match rustix::fs::flistxattr(from, names.as_mut_slice()) {
            Ok(length) => length,
            Err(Errno::OPNOTSUPP) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        };
        let mut value = vec![0_u8; if length == 0 { 0 } else { 64 * 1024 }];
        for name in names[..length].split_inclusive(|b| *b == 0) {
            let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
            if name == OPAQUE && self.marks == Marks::Apply {
                continue;
            }
            let length = rustix::fs::fgetxattr(from, name, value.as_mut_slice())?;
            match rustix::fs::fsetxattr(to, name, &value[..length], XattrFlags::empty()) {
                // Not ours to give in a user namespace (security.selinux, trusted.*), or unknown to this file system.
                Ok(()) | Err(Errno::PERM | Errno::OPNOTSUPP | Errno::INVAL) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn give(&self, to: &OwnedFd, name: &CStr, stat: &Stat) -> io::Result<()> {
        let (uid, gid) = self.owner_of(stat);
        mapped(rustix::fs::chownat(to, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW))
    }

    fn owner_of(&self, stat: &Stat) -> (Option<Uid>, Option<Gid>) {
        let (uid, gid) = (self.owner)(stat.st_uid, stat.st_gid);
        (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
    }
}

/// Removes a tree of our own by path; nothing there is fine.
///
/// # Errors
/// EACCES for files of ids that this process has no right over.
pub fn remove(path: &std::path::Path) -> Result<(), SysError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let name = std::ffi::CString::new(std::os::unix::ffi::OsStrExt::as_bytes(name))
        .map_err(io::Error::from)
        .attempt(|| format!("remove {}", path.display()))?;
    remove::remove_tree(super::root::open_directory(parent)?.as_fd(), &name)
}

fn is_opaque(from: &OwnedFd, name: &CStr) -> io::Result<bool> {
    let dir = rustix::fs::openat(from, name, DIRECTORY, Mode::empty())?;
    let mut value = [0_u8; 4];
    Ok(rustix::fs::fgetxattr(&dir, OPAQUE, value.as_mut_slice()).is_ok_and(|length| value[..length] == *b"y"))
}

/// A directory of an upper layer stands where a lower one has something else.
fn replace_file(to: &OwnedFd, name: &CStr) -> io::Result<()> {
    let stat = rustix::fs::statat(to, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        rustix::fs::unlinkat(to, name, AtFlags::empty())?;
        rustix::fs::mkdirat(to, name, Mode::from_raw_mode(0o700))?;
    }
    Ok(())
}

/// An owner without a mapping reads as the overflow id and cannot be given: the copy stays with its maker.
fn mapped(result: rustix::io::Result<()>) -> io::Result<()> {
    match result {
        Ok(()) | Err(rustix::io::Errno::INVAL) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::root::open_directory;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;

    fn open(path: &Path) -> OwnedFd {
        open_directory(path).unwrap()
    }

    #[test]
    fn a_copy_has_the_same_content_modes_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::create_dir_all(a.join("sub/deep")).unwrap();
        std::fs::create_dir(&b).unwrap();
        std::fs::write(a.join("sub/file"), "text").unwrap();
        std::fs::hard_link(a.join("sub/file"), a.join("twin")).unwrap();
        std::fs::set_permissions(a.join("sub/file"), std::fs::Permissions::from_mode(0o4711)).unwrap();
        symlink("/etc/passwd", a.join("link")).unwrap();
        copy(open(&a).as_fd(), open(&b).as_fd(), "a").unwrap();
        let file = b.join("sub/file").metadata().unwrap();
        assert_eq!(std::fs::read_to_string(b.join("sub/file")).unwrap(), "text");
        assert_eq!(file.permissions().mode() & 0o7777, 0o4711);
        assert_eq!(file.ino(), b.join("twin").metadata().unwrap().ino());
        assert_eq!(std::fs::read_link(b.join("link")).unwrap(), Path::new("/etc/passwd"));
        assert!(b.join("sub/deep").is_dir());
    }

    #[test]
    fn layers_are_laid_over_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["low/kept", "low/hidden", "up/hidden", "low/swap", "out"] {
            std::fs::create_dir_all(path(name)).unwrap();
        }
        std::fs::write(path("low/kept/a"), "low").unwrap();
        std::fs::write(path("low/hidden/old"), "").unwrap();
        std::fs::write(path("up/hidden/new"), "").unwrap();
        std::fs::write(path("up/swap"), "a file now").unwrap();
        let hidden = std::fs::File::open(path("up/hidden")).unwrap();
        rustix::fs::fsetxattr(&hidden, OPAQUE, b"y", XattrFlags::empty()).expect("user xattrs in TMPDIR");
        let merge = Copy { owner: &same_owner, marks: Marks::Apply };
        for layer in ["low", "up"] {
            merge.run(open(&path(layer)).as_fd(), open(&path("out")).as_fd(), layer).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path("out/kept/a")).unwrap(), "low");
        assert_eq!(std::fs::read_to_string(path("out/swap")).unwrap(), "a file now");
        assert!(path("out/hidden/new").exists() && !path("out/hidden/old").exists());
    }
}
