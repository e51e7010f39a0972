//! A file of a layer as a directory's descriptor and a name in it. Nothing here follows a symlink that a layer holds.

use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Statx, StatxFlags, Timestamps, Uid};

use super::Result;

/// Where the kernel shows this process's own descriptors; once the server has made that its root, nothing precedes it.
static DESCRIPTORS: OnceLock<&'static str> = OnceLock::new();

/// From now on the root directory of this process is that of its own descriptors.
pub fn descriptors_are_root() {
    let _ = DESCRIPTORS.set("/");
}

/// A file, a directory or what else has a name; an empty name is the descriptor itself.
#[derive(Clone, Debug)]
pub struct Place {
    /// O_PATH.
    pub dir: Arc<OwnedFd>,
    /// One component, or nothing.
    pub name: CString,
}

impl Place {
    /// What a descriptor itself names.
    pub fn of(dir: Arc<OwnedFd>) -> Self {
        Self { dir, name: CString::default() }
    }

    /// The directory.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// For calls that take AT_EMPTY_PATH, and would follow a symlink without being told not to.
    fn flags(&self) -> AtFlags {
        let empty = if self.name.is_empty() { AtFlags::EMPTY_PATH } else { AtFlags::empty() };
        empty | AtFlags::SYMLINK_NOFOLLOW
    }

    /// A path of this process's own descriptors, for calls that know no other way. Its last component is a symlink of
    /// the kernel's only where the name is empty.
    fn path(&self) -> CString {
        let root = DESCRIPTORS.get().copied().unwrap_or("/proc/self/fd/");
        let mut path = String::with_capacity(32);
        let _ = write!(path, "{root}{}", self.dir.as_raw_fd());
        let mut path = path.into_bytes();
        if !self.name.is_empty() {
            path.push(b'/');
            path.extend_from_slice(self.name.to_bytes());
        }
        // Neither part has a NUL in it.
        CString::new(path).unwrap_or_default()
    }

    /// Its attributes.
    pub fn stat(&self) -> Result<Statx> {
        stat_at(self.dir(), &self.name)
    }

    /// Opens it: an ordinary file or a directory, which are the only ones that the server is asked to open.
    pub fn open(&self, flags: OFlags) -> Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        if !self.name.is_empty() {
            return rustix::fs::openat(&self.dir, &self.name, flags | OFlags::NOFOLLOW, Mode::empty());
        }
        // An O_PATH descriptor is opened again through its symlink.
        rustix::fs::open(self.path(), flags, Mode::empty())
    }

    /// Holds on to it, whatever becomes of its name.
    pub fn hold(&self) -> Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.dir, &self.name, flags, Mode::empty())
    }

    /// Gives it one more name.
    pub fn link_to(&self, directory: BorrowedFd<'_>, name: &CStr) -> Result<()> {
        if self.name.is_empty() {
            let from = rustix::fs::CWD;
            return rustix::fs::linkat(from, self.path(), directory, name, AtFlags::SYMLINK_FOLLOW);
        }
        rustix::fs::linkat(&self.dir, &self.name, directory, name, AtFlags::empty())
    }

    /// Changes its permission bits; never those of a symlink.
    pub fn chmod(&self, mode: u32) -> Result<()> {
        rustix::fs::chmod(self.path(), Mode::from_raw_mode(mode))
    }

    /// Changes its owner.
    pub fn chown(&self, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        rustix::fs::chownat(&self.dir, &self.name, uid, gid, self.flags())
    }

    /// Changes its times.
    pub fn set_times(&self, times: &Timestamps) -> Result<()> {
        if self.name.is_empty() {
            // AT_EMPTY_PATH needs Linux 5.8 here.
            return rustix::fs::utimensat(rustix::fs::CWD, self.path(), times, AtFlags::empty());
        }
        rustix::fs::utimensat(&self.dir, &self.name, times, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// What a symlink says.
    pub fn read_link(&self) -> Result<Vec<u8>> {
        rustix::fs::readlinkat(&self.dir, &self.name, Vec::new()).map(CString::into_bytes)
    }

    /// The value of an extended attribute.
    pub fn attribute(&self, name: &CStr) -> Result<Vec<u8>> {
        let path = self.path();
        grown(|buffer| {
            if self.name.is_empty() {
                rustix::fs::getxattr(&path, name, buffer)
            } else {
                rustix::fs::lgetxattr(&path, name, buffer)
            }
        })
    }

    /// The names of its extended attributes, each with a NUL at its end.
    pub fn attributes(&self) -> Result<Vec<u8>> {
        let path = self.path();
        grown(|buffer| {
            if self.name.is_empty() {
                rustix::fs::listxattr(&path, buffer)
            } else {
                rustix::fs::llistxattr(&path, buffer)
            }
        })
    }

    /// Sets an extended attribute.
    pub fn set_attribute(&self, name: &CStr, value: &[u8], flags: rustix::fs::XattrFlags) -> Result<()> {
        if self.name.is_empty() {
            rustix::fs::setxattr(self.path(), name, value, flags)
        } else {
            rustix::fs::lsetxattr(self.path(), name, value, flags)
        }
    }

    /// Removes an extended attribute.
    pub fn remove_attribute(&self, name: &CStr) -> Result<()> {
        if self.name.is_empty() {
            rustix::fs::removexattr(self.path(), name)
        } else {
            rustix::fs::lremovexattr(self.path(), name)
        }
    }
}

/// Attributes of a name in a directory; of the directory's descriptor itself where the name is empty.
pub fn stat_at(dir: BorrowedFd<'_>, name: &CStr) -> Result<Statx> {
    let empty = if name.is_empty() { AtFlags::EMPTY_PATH } else { AtFlags::empty() };
    let flags = empty | AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    rustix::fs::statx(dir, name, flags, StatxFlags::BASIC_STATS | StatxFlags::MNT_ID)
}

/// The type of what was looked at.
pub fn kind(stat: &Statx) -> FileType {
    FileType::from_raw_mode(u32::from(stat.stx_mode))
}

/// Largest value and list of names of extended attributes (xattr(7), "Filesystem differences"; XATTR_SIZE_MAX).
const LARGEST: usize = 64 * 1024;

/// Reads into a buffer that grows until the answer fits.
fn grown(mut read: impl FnMut(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    let mut buffer = vec![0; 256];
    loop {
        match read(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(rustix::io::Errno::RANGE) if buffer.len() < LARGEST => buffer.resize(LARGEST, 0),
            Err(errno) => return Err(errno),
        }
    }
}
