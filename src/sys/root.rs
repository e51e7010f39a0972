//! A root file system as a descriptor. Every path inside it is resolved by openat2(2) with RESOLVE_IN_ROOT and without
//! magic links: a symlink of the container's ends inside the container, wherever it points.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};

use super::{Attempt, SysError};

/// The root of a container's file tree.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// Anything else.
    File,
}

impl Root {
    /// Takes the descriptor of the root directory.
    pub fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    /// The root itself.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Names what stands at `path`, following symlinks inside the root.
    ///
    /// # Errors
    /// ENOENT, ELOOP, ENOTDIR, EACCES.
    pub fn locate(&self, path: &str) -> Result<OwnedFd, SysError> {
        self.open(path, OFlags::PATH).attempt(|| format!("open {path} in the container"))
    }

    /// As [`Self::locate`], but stays in the root's own mount: nothing that is mounted below it.
    ///
    /// # Errors
    /// EXDEV for what lies in another mount.
    pub fn locate_own(&self, path: &str) -> Result<OwnedFd, SysError> {
        let what = || format!("open {path} in the container");
        self.open_with(inside(path), OFlags::PATH, ResolveFlags::NO_XDEV).attempt(what)
    }

    /// As [`Self::locate`], but refuses a path with any symlink in it: for the places of kernel file systems.
    ///
    /// # Errors
    /// ELOOP for a symlink.
    pub fn locate_plain(&self, path: &str) -> Result<OwnedFd, SysError> {
        rustix::fs::openat2(
            &self.fd,
            inside(path),
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS,
        )
        .attempt(|| format!("open {path} in the container"))
    }

    /// Opens an ordinary file for reading: never a FIFO that blocks, never a device.
    ///
    /// # Errors
    /// Those of open; EINVAL when it is no ordinary file.
    pub fn read_file(&self, path: &str) -> Result<File, SysError> {
        let what = || format!("open {path} in the container");
        let fd = self.open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).attempt(what)?;
        let stat = rustix::fs::fstat(&fd).attempt(what)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(SysError::new(what(), io::Error::other("not an ordinary file")));
        }
        Ok(fd.into())
    }

    /// Names the directory at `path`, making it and its parents (0755, owned by the caller) as far as they are missing.
    ///
    /// # Errors
    /// EROFS, EACCES; ENOTDIR where a file stands in the way; "dangling symlink" where one does.
    pub fn directory(&self, path: &str) -> Result<OwnedFd, SysError> {
        let what = || format!("make directory {path} in the container");
        match self.open(path, OFlags::PATH | OFlags::DIRECTORY) {
            Err(rustix::io::Errno::NOENT) => {}
            other => return other.attempt(what),
        }
        let (parent, name) = split(path);
        let parent = self.directory(parent)?;
        match rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(errno) => return Err(errno).attempt(what),
        }
        match self.open(path, OFlags::PATH | OFlags::DIRECTORY) {
            Err(rustix::io::Errno::NOENT) => {
                Err(SysError::new(what(), io::Error::other("a dangling symlink stands there")))
            }
            other => other.attempt(what),
        }
    }

    /// Names what a mount goes on: what stands there, else a new directory or empty file with its parents.
    ///
    /// # Errors
    /// As [`Self::directory`].
    pub fn mount_point(&self, path: &str, kind: Kind) -> Result<(OwnedFd, Kind), SysError> {
        let what = || format!("make mount point {path} in the container");
        match self.open(path, OFlags::PATH) {
            Err(rustix::io::Errno::NOENT) => {}
            other => {
                let fd = other.attempt(what)?;
                let kind = kind_of(fd.as_fd()).attempt(what)?;
                return Ok((fd, kind));
            }
        }
        if kind == Kind::Directory {
            return Ok((self.directory(path)?, kind));
        }
        let (parent, name) = split(path);
        let parent = self.directory(parent)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&parent, name, flags, Mode::from_raw_mode(0o644)).attempt(what)?;
        let fd = rustix::fs::openat(
            &parent,
            name,
            OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .attempt(what)?;
        Ok((fd, kind))
    }

    fn open(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        self.open_with(inside(path), flags, ResolveFlags::empty())
    }

    pub(super) fn open_with<P: rustix::path::Arg + Copy>(
        &self,
        path: P,
        flags: OFlags,
        more: ResolveFlags,
    ) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | more;
        loop {
            match rustix::fs::openat2(&self.fd, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                // A rename raced with the lookup (openat2(2), EAGAIN): the kernel asks to look again.
                Err(rustix::io::Errno::AGAIN) => {}
                other => return other,
            }
        }
    }
}

/// File or directory, of an O_PATH descriptor.
///
/// # Errors
/// Those of fstat.
pub fn kind_of(fd: BorrowedFd<'_>) -> rustix::io::Result<Kind> {
    let stat = rustix::fs::statat(fd, "", AtFlags::EMPTY_PATH)?;
    let directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    Ok(if directory { Kind::Directory } else { Kind::File })
}

/// Opens a directory of the host by path, to serve as a root or a mount source.
///
/// # Errors
/// ENOENT, ENOTDIR, EACCES.
pub fn open_directory(path: &Path) -> Result<OwnedFd, SysError> {
    rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| format!("open directory {}", path.display()))
}

/// `/` alone is ".", anything else stays: openat2 with IN_ROOT takes absolute paths from the root.
fn inside(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

/// Parent and last component of a cleaned absolute path.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((parent, name)) => (if parent.is_empty() { "/" } else { parent }, name),
        None => ("/", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn root() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::new(open_directory(dir.path()).unwrap());
        (dir, root)
    }

    #[test]
    fn directories_are_made_inside_whatever_the_symlinks_say() {
        let (dir, root) = root();
        symlink("/", dir.path().join("up")).unwrap();
        symlink("../../../..", dir.path().join("way-up")).unwrap();
        root.directory("/up/made/deep").unwrap();
        root.directory("/way-up/made2").unwrap();
        assert!(dir.path().join("made/deep").is_dir());
        assert!(dir.path().join("made2").is_dir());
    }

    #[test]
    fn a_mount_point_is_a_file_or_a_directory() {
        let (dir, root) = root();
        assert_eq!(root.mount_point("/etc/hosts", Kind::File).unwrap().1, Kind::File);
        assert!(dir.path().join("etc/hosts").is_file());
        assert_eq!(root.mount_point("/etc", Kind::File).unwrap().1, Kind::Directory);
        assert_eq!(root.mount_point("/srv/x", Kind::Directory).unwrap().1, Kind::Directory);
    }

    #[test]
    fn a_dangling_symlink_is_told() {
        let (dir, root) = root();
        symlink("/nowhere", dir.path().join("link")).unwrap();
        let error = root.directory("/link").unwrap_err().to_string();
        assert!(error.contains("dangling symlink"), "{error}");
        assert!(root.mount_point("/link", Kind::File).is_err());
        assert!(!dir.path().join("nowhere").exists());
    }

    #[test]
    fn kernel_places_take_no_symlink() {
        let (dir, root) = root();
        symlink("/tmp", dir.path().join("proc")).unwrap();
        std::fs::create_dir(dir.path().join("tmp")).unwrap();
        assert_eq!(root.locate_plain("/proc").unwrap_err().errno(), libc::ELOOP);
        assert!(root.locate("/proc").is_ok());
    }

    #[test]
    fn other_mounts_are_not_the_roots_own() {
        let root = Root::new(open_directory(Path::new("/")).unwrap());
        assert!(root.locate("/proc/self").is_ok());
        assert_eq!(root.locate_own("/proc/self").unwrap_err().errno(), libc::EXDEV);
        let (dir, root) = self::root();
        symlink("/a/b", dir.path().join("link")).unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        assert!(root.locate_own("/link").is_ok());
    }

    #[test]
    fn a_fifo_does_not_block() {
        let (dir, root) = root();
        nix::unistd::mkfifo(&dir.path().join("passwd"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(root.read_file("/passwd").unwrap_err().to_string().contains("not an ordinary file"));
    }
}
