//! One file as an entry: its content, whatever becomes of it meanwhile, and the attributes that it takes along.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::reading::{carried, pieces, value_of};
use super::{CHUNK, Packed, Packer, stream};
use crate::image::error::{ImageError, show};
use crate::image::owner::{OWNER_XATTR, recorded};
use crate::image::tar::{Entry, Kind};
use crate::sys::{Attempt, SysError};

/// Below this no hole is worth a map that not every tar knows.
const SPARSE_MIN: u64 = 1 << 20;
/// Most that is read of a file of the kernel's.
const KERNELS_MAX: u64 = 4 << 20;

impl<W: Write> Packer<'_, W> {
    pub(super) fn file(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        path: &[u8],
    ) -> Result<Packed, ImageError> {
        let what = || format!("read {}", show(path));
        // Should it be a FIFO or a terminal by now, nothing waits and nothing is taken over.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(dir, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(errno) => return self.left_out(errno).attempt(what).map_err(Into::into),
        };
        let stat = rustix::fs::fstat(&fd).attempt(what)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(Packed::Nothing);
        }
        let key = (stat.st_dev, stat.st_ino);
        if stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&key) {
                let entry = Entry { link: first.clone(), ..self.describe(&stat, path, Kind::HardLink) };
                self.write(&entry)?;
                return Ok(Packed::Leaf);
            }
            self.links.insert(key, path.to_vec());
        }
        let mut entry = self.describe(&stat, path, Kind::File);
        entry.size = u64::try_from(stat.st_size).unwrap_or(0);
        self.attributes(fd.as_fd(), &mut entry).attempt(what)?;
        let file = File::from(fd);
        let blocks = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512);
        if self.how.sparse && entry.size.saturating_sub(blocks) >= SPARSE_MIN {
            entry.sparse = pieces(&file, entry.size).attempt(what)?;
        }
        if entry.size == 0 {
            return self.kernels_file(&file, entry);
        }
        self.write(&entry)?;
        let whole = [(0, entry.size)];
        for (offset, length) in entry.sparse.as_deref().unwrap_or(&whole) {
            self.piece(&file, *offset, *length, path)?;
        }
        Ok(Packed::Leaf)
    }

    /// A file without a length may have content all the same: procfs and sysfs make it when it is read.
    fn kernels_file(&mut self, file: &File, mut entry: Entry) -> Result<Packed, ImageError> {
        let mut content = Vec::new();
        match file.take(KERNELS_MAX).read_to_end(&mut content) {
            // Some can only be written, or read by others.
            Err(error) if content.is_empty() && error.raw_os_error().is_some() => {}
            other => drop(other.attempt(|| format!("read {}", show(&entry.path)))?),
        }
        entry.size = content.len() as u64;
        entry.sparse = None;
        self.write(&entry)?;
        self.tar.data(&content).map_err(stream)?;
        Ok(Packed::Leaf)
    }

    pub(super) fn piece(
        &mut self,
        file: &File,
        offset: u64,
        length: u64,
        path: &[u8],
    ) -> Result<(), ImageError> {
        let mut done = 0;
        let mut ended = false;
        while done < length {
            let want = CHUNK.min(usize::try_from(length - done).unwrap_or(CHUNK));
            let mut got = 0;
            while !ended && got < want {
                match file.read_at(&mut self.buffer[got..want], offset + done + got as u64) {
                    Ok(0) => ended = true,
                    Ok(n) => got += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(SysError::new(format!("read {}", show(path)), e).into()),
                }
            }
            // It has become shorter than it said: the rest is zeros, as GNU tar does.
            self.buffer[got..want].fill(0);
            self.tar.data(&self.buffer[..want]).map_err(stream)?;
            done += want as u64;
        }
        Ok(())
    }

    /// Attributes that mean something elsewhere; and the owner, where it is only recorded.
    pub(super) fn attributes(&mut self, fd: BorrowedFd<'_>, entry: &mut Entry) -> rustix::io::Result<()> {
        let length = match rustix::fs::flistxattr(fd, self.list.as_mut_slice()) {
            Ok(length) => length,
            Err(Errno::OPNOTSUPP) => return Ok(()),
            Err(errno) => return Err(errno),
        };
        for name in self.list[..length].split(|b| *b == 0).filter(|name| !name.is_empty()) {
            let ours = name == OWNER_XATTR.as_bytes();
            let shown = carried(name);
            if !ours && shown.is_none() {
                continue;
            }
            let value = match value_of(fd, name) {
                Ok(value) => value,
                // Gone by now, or only there for somebody else.
                Err(Errno::NODATA | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP) => continue,
                Err(errno) => return Err(errno),
            };
            match recorded(&value).filter(|_| ours) {
                Some(record) => {
                    (entry.uid, entry.gid) = (record.uid.into(), record.gid.into());
                    // The record holds what could not be set; a mode that was changed since is the file's own.
                    if record.mode & 0o1777 == entry.mode & 0o1777 {
                        entry.mode = record.mode;
                    }
                }
                None => entry.xattrs.extend(shown.map(|shown| (shown, value))),
            }
        }
        Ok(())
    }
}
