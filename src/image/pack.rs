//! Files become a tar stream: the counterpart of `apply`. Walks by descriptor, never through a symlink, with a few
//! kilobytes of memory however large a file is; what changes meanwhile is cut or filled up to the length that was told.

mod content;
mod reading;

use std::collections::HashMap;
use std::ffi::CStr;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Stat, StatxFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::error::{ImageError, show};
use super::tar::{Entry, Kind, TarWriter};
use crate::sys::{Attempt, SysError};
use reading::is_kernels;
pub(super) use reading::{join, names, open_dir};

/// How much of a file is moved at once.
const CHUNK: usize = 128 * 1024;
/// Deeper than any real tree; each level holds a descriptor.
const DEPTH_MAX: usize = 900;

/// How files are written.
#[derive(Clone, Copy)]
pub struct Packing<'a> {
    /// Holes are told (GNU's PAX format 1.0), and not written as zeros.
    pub sparse: bool,
    /// Times to the nanosecond, which takes an extended header for each entry.
    pub nanos: bool,
    /// What is mounted further down is left out: directories and files stand there empty.
    pub one_mount: bool,
    /// Who owns an entry, from who owns the file.
    pub owner: &'a dyn Fn(u32, u32) -> (u32, u32),
}

/// What was written, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackReport {
    /// Entries of the tar.
    pub entries: u64,
    /// Device nodes left out.
    pub devices: u64,
    /// Sockets left out.
    pub sockets: u64,
    /// Files and directories that could not be read.
    pub unreadable: u64,
    /// Extended attributes left out.
    pub xattrs: u64,
}

/// Writes files as entries of one tar.
pub struct Packer<'a, W> {
    tar: TarWriter<W>,
    how: Packing<'a>,
    /// Files of several names: where the first one is in the tar.
    links: HashMap<(u64, u64), Vec<u8>>,
    mount: Option<u64>,
    report: PackReport,
    buffer: Vec<u8>,
    /// Names of attributes.
    list: Vec<u8>,
}

/// What became of one file.
enum Packed {
    /// It is a directory, open for reading.
    Directory(OwnedFd),
    /// There is nothing below it.
    Leaf,
    /// It was gone by then, or is left out.
    Nothing,
}

impl<'a, W: Write> Packer<'a, W> {
    /// Writes to a stream; buffering is the caller's.
    pub fn new(stream: W, how: Packing<'a>) -> Self {
        Self {
            tar: TarWriter::new(stream),
            how,
            links: HashMap::new(),
            mount: None,
            report: PackReport::default(),
            buffer: vec![0; CHUNK],
            list: vec![0; 64 * 1024],
        }
    }

    /// Writes what `name` in `dir` is as the entry `path`, and everything below it.
    ///
    /// # Errors
    /// Those of reading what was asked for, and of the stream.
    pub fn tree(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &[u8]) -> Result<(), ImageError> {
        let left_out = (self.report.devices, self.report.sockets, self.report.unreadable);
        match self.node(dir, name, path)? {
            Packed::Directory(fd) => self.below(&fd, path, 0),
            Packed::Leaf => Ok(()),
            Packed::Nothing => {
                let reason = if self.report.devices > left_out.0 {
                    "it is a device"
                } else if self.report.sockets > left_out.1 {
                    "it is a socket"
                } else if self.report.unreadable > left_out.2 {
                    "permission denied"
                } else {
                    "no such file or directory"
                };
                Err(ImageError::Sys {
                    attempt: format!("read {}", show(path)),
                    reason: reason.to_owned(),
                    errno: 0,
                })
            }
        }
    }

    /// Writes the content of a directory, and not the directory itself.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn content(&mut self, dir: BorrowedFd<'_>, path: &[u8]) -> Result<(), ImageError> {
        let dir = open_dir(dir, c".").attempt(|| format!("read {}", show(path)))?;
        self.below(&dir, path, 0)
    }

    /// Writes one entry, and nothing below it.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn one(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &[u8]) -> Result<(), ImageError> {
        self.node(dir, name, path).map(drop)
    }

    /// Writes a whiteout: `path` of the layers below is gone (image-spec layer.md).
    ///
    /// # Errors
    /// Those of the stream.
    pub fn whiteout(&mut self, path: &[u8]) -> Result<(), ImageError> {
        let at = path.iter().rposition(|b| *b == b'/').map_or(0, |slash| slash + 1);
        let path = [&path[..at], b".wh.", &path[at..]].concat();
        self.write(&Entry { path, mode: 0o644, ..nothing() })
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn finish(self) -> Result<PackReport, ImageError> {
        self.tar.finish().map_err(stream)?;
        Ok(self.report)
    }

    fn below(&mut self, dir: &OwnedFd, path: &[u8], depth: usize) -> Result<(), ImageError> {
        if depth > DEPTH_MAX {
            return Err(SysError::new(format!("read {}", show(path)), Errno::LOOP).into());
        }
        for name in names(dir.as_fd()).attempt(|| format!("read {}", show(path)))? {
            let path = join(path, &name);
            if let Packed::Directory(fd) = self.node(dir.as_fd(), &name, &path)? {
                self.below(&fd, &path, depth + 1)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, dir: BorrowedFd<'_>, name: &CStr, path: &[u8]) -> Result<Packed, ImageError> {
        let what = || format!("read {}", show(path));
        let stat = match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(Packed::Nothing),
            other => other.attempt(what)?,
        };
        if self.how.one_mount && self.is_mounted(dir, name).attempt(what)? {
            return self.mount_point(&stat, path);
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                let fd = match open_dir(dir, name) {
                    Ok(fd) => fd,
                    Err(errno) => return self.left_out(errno).attempt(what).map_err(Into::into),
                };
                let mut entry = self.describe(&stat, path, Kind::Directory);
                self.attributes(fd.as_fd(), &mut entry).attempt(what)?;
                self.write(&entry)?;
                Ok(if is_kernels(&fd).attempt(what)? { Packed::Leaf } else { Packed::Directory(fd) })
            }
            FileType::RegularFile => self.file(dir, name, path),
            FileType::Symlink => {
                let link = match rustix::fs::readlinkat(dir, name, Vec::new()) {
                    Err(Errno::NOENT | Errno::INVAL) => return Ok(Packed::Nothing),
                    other => other.attempt(what)?.into_bytes(),
                };
                let entry = Entry { link, mode: 0o777, ..self.describe(&stat, path, Kind::Symlink) };
                self.write(&entry)?;
                Ok(Packed::Leaf)
            }
            FileType::Fifo => {
                let entry = self.describe(&stat, path, Kind::Fifo);
                self.write(&entry)?;
                Ok(Packed::Leaf)
            }
            FileType::Socket => {
                self.report.sockets += 1;
                Ok(Packed::Nothing)
            }
            _ => {
                self.report.devices += 1;
                Ok(Packed::Nothing)
            }
        }
    }

    /// What stands below a mount cannot be seen from here: something empty of the same kind takes its place.
    fn mount_point(&mut self, stat: &Stat, path: &[u8]) -> Result<Packed, ImageError> {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Kind::Directory,
            _ => Kind::File,
        };
        let mode = if kind == Kind::Directory { 0o755 } else { 0o644 };
        let entry = Entry { path: path.to_vec(), kind, mode, mtime: (stat.st_mtime, 0), ..nothing() };
        self.write(&entry)?;
        Ok(Packed::Leaf)
    }

    fn describe(&self, stat: &Stat, path: &[u8], kind: Kind) -> Entry {
        let (uid, gid) = (self.how.owner)(stat.st_uid, stat.st_gid);
        let nanos = if self.how.nanos { u32::try_from(stat.st_mtime_nsec).unwrap_or(0) } else { 0 };
        Entry {
            path: path.to_vec(),
            kind,
            mode: stat.st_mode & 0o7777,
            uid: uid.into(),
            gid: gid.into(),
            mtime: (stat.st_mtime, nanos),
            ..nothing()
        }
    }

    fn write(&mut self, entry: &Entry) -> Result<(), ImageError> {
        self.report.entries += 1;
        self.report.xattrs += self.tar.entry(entry).map_err(stream)?;
        Ok(())
    }

    /// Files come and go, and some are not for this reader; anything else is an error.
    fn left_out(&mut self, errno: Errno) -> rustix::io::Result<Packed> {
        match errno {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO => Ok(Packed::Nothing),
            Errno::ACCESS | Errno::PERM => {
                self.report.unreadable += 1;
                Ok(Packed::Nothing)
            }
            errno => Err(errno),
        }
    }

    fn is_mounted(&mut self, dir: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<bool> {
        let id = |dir, name: &CStr, flags| {
            rustix::fs::statx(dir, name, flags, StatxFlags::MNT_ID).map(|statx| statx.stx_mnt_id)
        };
        // The first question is asked in the directory that everything begins in.
        let own = match self.mount {
            Some(own) => own,
            None => *self.mount.insert(id(dir, c"", AtFlags::EMPTY_PATH)?),
        };
        match id(dir, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT) {
            Err(Errno::NOENT) => Ok(false),
            other => Ok(other? != own),
        }
    }
}

fn nothing() -> Entry {
    Entry {
        path: Vec::new(),
        link: Vec::new(),
        kind: Kind::File,
        mode: 0,
        uid: 0,
        gid: 0,
        mtime: (0, 0),
        xattrs: Vec::new(),
        size: 0,
        sparse: None,
    }
}

/// An error of the stream that the tar goes to.
fn stream(error: io::Error) -> ImageError {
    ImageError::from(SysError::new("write the archive", error))
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
