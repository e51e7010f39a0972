//! Copying a file of a lower layer to the upper one before its first change. It is made in the work directory, and gets
//! its name when it is complete. Its content is copied with no lock held that others wait for.

use std::ffi::{CStr, CString, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::sync::{Arc, PoisonError};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, SeekFrom, Statx, Timespec, Timestamps, XattrFlags};
use rustix::io::Errno;

use super::merge::{UPPER, attribute_inside};
use super::nodes::NodeId;
use super::place::{Place, kind};
use super::tree::Overlay;
use super::{Result, lock};

/// Read and written at once where the kernel cannot copy by itself.
const CHUNK: usize = 256 * 1024;

impl Overlay {
    /// A directory's descriptor in the upper layer, to which it and those above it are copied if need be.
    pub(super) fn upper_directory(&self, id: NodeId) -> Result<Arc<OwnedFd>> {
        let mut missing = Vec::new();
        {
            let nodes = lock(&self.nodes);
            let mut at = id;
            while nodes.layers(at).ok_or(Errno::STALE)?.first() != Some(&UPPER) {
                missing.push(at);
                at = nodes.parent(at).ok_or(Errno::STALE)?;
            }
        }
        while let Some(directory) = missing.pop() {
            self.copy_up(directory, u64::MAX)?;
        }
        let _names = self.by_name();
        self.directory(id, UPPER)
    }

    /// Will copying this up take its time?
    pub fn is_large(&self, id: NodeId) -> bool {
        const LARGE: u64 = 1024 * 1024;
        self.seen(id).is_ok_and(|seen| seen.layer != UPPER && !seen.directory)
            && self.attributes(id).is_ok_and(|attributes| attributes.stat.stx_size > LARGE)
    }

    /// Copies a node to the upper layer, unless it is there; of its content no more than so many bytes.
    pub fn copy_up(&self, id: NodeId, bytes: u64) -> Result<()> {
        if self.seen(id)?.layer == UPPER {
            return Ok(());
        }
        let mut copying = lock(&self.copying);
        while !copying.insert(id) {
            copying = self.copied.wait(copying).unwrap_or_else(PoisonError::into_inner);
        }
        drop(copying);
        let done = self.copy_alone(id, bytes);
        lock(&self.copying).remove(&id);
        self.copied.notify_all();
        done
    }

    fn copy_alone(&self, id: NodeId, bytes: u64) -> Result<()> {
        let seen = self.seen(id)?;
        if seen.layer == UPPER {
            return Ok(());
        }
        let parent = lock(&self.nodes).name(id).map(|(parent, _)| parent);
        if let Some(parent) = parent {
            self.upper_directory(parent)?;
        }
        let (source, stat) = {
            let _names = self.by_name();
            let place = self.place(id)?;
            let stat = place.stat()?;
            let source = match kind(&stat) {
                FileType::RegularFile => open_quietly(&place)?,
                _ if place.name.is_empty() => place.dir.try_clone().map_err(|_| Errno::MFILE)?,
                _ => place.hold()?,
            };
            (source, stat)
        };
        let name = self.work.name();
        let made = self.make_copy(source, &stat, bytes, &name).and_then(|()| self.commit(id, &name));
        if made.is_err() {
            self.work.discard(&name);
        }
        made
    }

    /// Makes the copy in the work directory.
    fn make_copy(&self, source: OwnedFd, stat: &Statx, bytes: u64, name: &CStr) -> Result<()> {
        let work = self.work.directory();
        let mode = Mode::from_raw_mode(u32::from(stat.stx_mode));
        let mut file = None;
        let source = Place::of(Arc::new(source));
        match kind(stat) {
            FileType::RegularFile => {
                let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
                let to = rustix::fs::openat(work, name, flags, Mode::RUSR | Mode::WUSR)?;
                copy_data(source.dir(), to.as_fd(), stat.stx_size.min(bytes))?;
                file = Some(to);
            }
            FileType::Directory => rustix::fs::mkdirat(work, name, Mode::RWXU)?,
            FileType::Symlink => {
                rustix::fs::symlinkat(OsString::from_vec(source.read_link()?), work, name)?;
            }
            other => {
                let device = rustix::fs::makedev(stat.stx_rdev_major, stat.stx_rdev_minor);
                rustix::fs::mknodat(work, name, other, mode, device)?;
            }
        }
        let copy = self.work.place(name);
        copy.chown(Some(stat.stx_uid), Some(stat.stx_gid))?;
        copy_attributes(&source, &copy)?;
        if kind(stat) != FileType::Symlink {
            copy.chmod(u32::from(stat.stx_mode) & 0o7777)?;
        }
        copy.set_times(&times(stat))?;
        match file {
            Some(file) if self.work.sync && stat.stx_size.min(bytes) > 0 => rustix::fs::fsync(file),
            _ => Ok(()),
        }
    }

    /// Gives the copy its name.
    fn commit(&self, id: NodeId, name: &CStr) -> Result<()> {
        let _names = self.change_names();
        let copy = self.work.place(name);
        let number = self.stack.number(UPPER, copy.stat()?.stx_ino);
        let to = lock(&self.nodes).name(id).map(|(parent, name)| (parent, name.to_vec()));
        match to {
            Some((parent, to)) => {
                let parent = self.directory(parent, UPPER)?;
                let before = Place::of(parent.clone());
                let stat = before.stat()?;
                rustix::fs::renameat(self.work.directory(), name, &parent, c_string(to)?)?;
                // Nothing has changed in the directory, as far as anybody inside can see.
                before.set_times(&times(&stat))?;
            }
            // It has lost its name meanwhile.
            None => {
                self.hold_instead(id, copy.hold()?);
                rustix::fs::unlinkat(self.work.directory(), name, AtFlags::empty())?;
            }
        }
        lock(&self.nodes).copied_up(id, number);
        self.renew_readers(id);
        Ok(())
    }
}

fn c_string(bytes: Vec<u8>) -> Result<CString> {
    CString::new(bytes).map_err(|_| Errno::INVAL)
}

/// Opens a file of a layer for reading, without leaving a trace of that where this may be.
pub(super) fn open_quietly(place: &Place) -> Result<OwnedFd> {
    match place.open(OFlags::RDONLY | OFlags::NOATIME) {
        // Only for the owner (open(2), O_NOATIME).
        Err(Errno::PERM) => place.open(OFlags::RDONLY),
        other => other,
    }
}

/// Both times of a file.
fn times(stat: &Statx) -> Timestamps {
    let time =
        |stamp: rustix::fs::StatxTimestamp| Timespec { tv_sec: stamp.tv_sec, tv_nsec: stamp.tv_nsec.into() };
    Timestamps { last_access: time(stat.stx_atime), last_modification: time(stat.stx_mtime) }
}

/// Extended attributes, all but the overlay's own.
fn copy_attributes(from: &Place, to: &Place) -> Result<()> {
    let names = match from.attributes() {
        Ok(names) => names,
        Err(Errno::OPNOTSUPP) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    for name in names.split(|byte| *byte == 0) {
        if name.is_empty() || attribute_inside(name).is_none() {
            continue;
        }
        let name = c_string(name.to_vec())?;
        let value = match from.attribute(&name) {
            Ok(value) => value,
            Err(Errno::NODATA) => continue,
            Err(errno) => return Err(errno),
        };
        match to.set_attribute(&name, &value, XattrFlags::empty()) {
            // Labels of a security module are its own affair.
            Err(Errno::OPNOTSUPP | Errno::PERM)
                if name.to_bytes().starts_with(b"security.") && name.to_bytes() != b"security.capability" => {
            }
            other => other?,
        }
    }
    Ok(())
}

/// Copies the first bytes of a file, sharing its blocks where the file system can, and keeping its holes.
fn copy_data(from: BorrowedFd<'_>, to: BorrowedFd<'_>, bytes: u64) -> Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    if rustix::fs::ioctl_ficlone(to, from).is_ok() {
        return rustix::fs::ftruncate(to, bytes);
    }
    let mut at = 0;
    while at < bytes {
        let data = match rustix::fs::seek(from, SeekFrom::Data(at)) {
            Ok(data) if data < bytes => data,
            Ok(_) | Err(Errno::NXIO) => break,
            // The file system knows no holes.
            Err(_) => at,
        };
        let hole = rustix::fs::seek(from, SeekFrom::Hole(data)).unwrap_or(bytes).min(bytes);
        copy_range(from, to, data, hole.max(data.saturating_add(1)))?;
        at = hole.max(data.saturating_add(1));
    }
    rustix::fs::ftruncate(to, bytes)
}

fn copy_range(from: BorrowedFd<'_>, to: BorrowedFd<'_>, start: u64, end: u64) -> Result<()> {
    let (mut read, mut written) = (start, start);
    while read < end {
        let length = usize::try_from(end.saturating_sub(read)).unwrap_or(usize::MAX).min(1 << 30);
        match rustix::fs::copy_file_range(from, Some(&mut read), to, Some(&mut written), length) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => break,
            Err(errno) => return Err(errno),
        }
    }
    let mut buffer = vec![0; CHUNK];
    while read < end {
        let length = usize::try_from(end.saturating_sub(read)).unwrap_or(CHUNK).min(CHUNK);
        let chunk = buffer.get_mut(..length).ok_or(Errno::IO)?;
        let count = rustix::io::retry_on_intr(|| rustix::io::pread(from, &mut *chunk, read))?;
        if count == 0 {
            return Ok(());
        }
        write_all(to, chunk.get(..count).ok_or(Errno::IO)?, read)?;
        read = read.saturating_add(count as u64);
    }
    Ok(())
}

/// Writes all of it at an offset.
fn write_all(to: BorrowedFd<'_>, mut bytes: &[u8], mut at: u64) -> Result<()> {
    while !bytes.is_empty() {
        let count = rustix::io::retry_on_intr(|| rustix::io::pwrite(to, bytes, at))?;
        bytes = bytes.get(count..).ok_or(Errno::IO)?;
        at = at.saturating_add(count as u64);
    }
    Ok(())
}
