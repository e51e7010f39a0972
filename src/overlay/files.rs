//! Open files.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, OnceLock};

use rustix::fs::{FallocateFlags, OFlags, SeekFrom};
use rustix::io::Errno;

use super::copy_up::open_quietly;
use super::merge::UPPER;
use super::nodes::NodeId;
use super::place::{Place, stat_at};
use super::tree::{Attributes, Caller, Overlay};
use super::{Result, lock};

/// Files that programs have open, by the number that the kernel has of each.
#[derive(Debug, Default)]
pub struct Handles {
    open: Mutex<HashMap<u64, Arc<OpenFile>>>,
    /// Those that read from a lower layer, by their nodes.
    readers: Mutex<HashMap<NodeId, Vec<Arc<OpenFile>>>>,
}

/// A file that is open.
#[derive(Debug)]
pub struct OpenFile {
    id: NodeId,
    file: OwnedFd,
    /// The copy, of a file that was copied up after it had been opened for reading.
    copy: OnceLock<OwnedFd>,
}

impl OpenFile {
    fn file(&self) -> BorrowedFd<'_> {
        self.copy.get().unwrap_or(&self.file).as_fd()
    }
}

impl Overlay {
    fn handle(&self, handle: u64) -> Result<Arc<OpenFile>> {
        lock(&self.handles.open).get(&handle).cloned().ok_or(Errno::BADF)
    }

    fn add_handle(&self, id: NodeId, file: OwnedFd, lower: bool) -> u64 {
        let handle = self.next();
        let file = Arc::new(OpenFile { id, file, copy: OnceLock::new() });
        if lower {
            lock(&self.handles.readers).entry(id).or_default().push(file.clone());
        }
        lock(&self.handles.open).insert(handle, file);
        handle
    }

    /// A file that [`Self::make`] has made is open.
    pub fn opened(&self, id: NodeId, file: OwnedFd) -> u64 {
        self.add_handle(id, file, false)
    }

    /// Opens a file; gives the number of the handle.
    pub fn open(&self, id: NodeId, flags: OFlags, caller: Caller) -> Result<u64> {
        let truncates = flags.contains(OFlags::TRUNC);
        if truncates || flags.intersects(OFlags::WRONLY | OFlags::RDWR) {
            self.copy_up(id, if truncates { 0 } else { u64::MAX })?;
        }
        let _names = self.by_name();
        let lower = self.seen(id)?.layer != UPPER;
        let place = self.place(id)?;
        let file = if lower { open_quietly(&place)? } else { place.open(kept(flags))? };
        if truncates && caller.uid != 0 {
            drop_set_ids(&place)?;
        }
        Ok(self.add_handle(id, file, lower))
    }

    /// Closes a file.
    pub fn release(&self, handle: u64) {
        let Some(file) = lock(&self.handles.open).remove(&handle) else { return };
        let mut readers = lock(&self.handles.readers);
        if let Some(files) = readers.get_mut(&file.id) {
            files.retain(|other| !Arc::ptr_eq(other, &file));
            if files.is_empty() {
                readers.remove(&file.id);
            }
        }
    }

    /// Who has opened a file for reading before it was copied up reads the copy from now on. Where that cannot be opened
    /// they keep what they had, as from the kernel's overlay before Linux 4.19.
    pub(super) fn renew_readers(&self, id: NodeId) {
        let files = lock(&self.handles.readers).remove(&id);
        for file in files.unwrap_or_default() {
            if let Ok(copy) = self.place(id).and_then(|place| place.open(OFlags::RDONLY)) {
                let _ = file.copy.set(copy);
            }
        }
    }

    /// Reads into a buffer. Less than it takes is the end of the file, also for the kernel.
    pub fn read(&self, handle: u64, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let file = self.handle(handle)?;
        rustix::io::retry_on_intr(|| rustix::io::pread(file.file(), &mut *buffer, offset))
    }

    /// Writes; with `kill` the file loses its set-id bits.
    pub fn write(&self, handle: u64, offset: u64, data: &[u8], kill: bool) -> Result<usize> {
        let file = self.handle(handle)?;
        if kill {
            drop_set_ids_of(file.file())?;
        }
        rustix::io::retry_on_intr(|| rustix::io::pwrite(file.file(), data, offset))
    }

    /// fsync(2), fdatasync(2).
    pub fn sync(&self, handle: u64, data_only: bool) -> Result<()> {
        let file = self.handle(handle)?;
        match (self.work.sync, data_only) {
            (false, _) => Ok(()),
            (true, true) => rustix::fs::fdatasync(file.file()),
            (true, false) => rustix::fs::fsync(file.file()),
        }
    }

    /// fsync(2) of a directory.
    pub fn sync_directory(&self, id: NodeId) -> Result<()> {
        if !self.work.sync || self.seen(id)?.layer != UPPER {
            return Ok(());
        }
        let place = Place::of({
            let _names = self.by_name();
            let place = self.place(id)?;
            if place.name.is_empty() { place.dir } else { place.hold()?.into() }
        });
        rustix::fs::fsync(place.open(OFlags::RDONLY | OFlags::DIRECTORY)?)
    }

    /// fallocate(2).
    pub fn allocate(&self, handle: u64, mode: i32, offset: u64, length: u64) -> Result<()> {
        let mode = FallocateFlags::from_bits_retain(mode.cast_unsigned());
        rustix::fs::fallocate(self.handle(handle)?.file(), mode, offset, length)
    }

    /// lseek(2) for data or a hole; the kernel does the others.
    pub fn seek(&self, handle: u64, offset: u64, hole: bool) -> Result<u64> {
        let whence = if hole { SeekFrom::Hole(offset) } else { SeekFrom::Data(offset) };
        rustix::fs::seek(self.handle(handle)?.file(), whence)
    }

    /// copy_file_range(2).
    pub fn copy_range(&self, from: (u64, u64), to: (u64, u64), length: u64) -> Result<usize> {
        let (source, target) = (self.handle(from.0)?, self.handle(to.0)?);
        let (mut read, mut written) = (from.1, to.1);
        // The answer has 32 bits for the length.
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(1 << 30);
        let written = Some(&mut written);
        rustix::fs::copy_file_range(source.file(), Some(&mut read), target.file(), written, length)
    }

    /// Sets the size of a file that is open, or of any.
    pub(super) fn truncate(&self, place: &Place, handle: Option<u64>, size: u64) -> Result<()> {
        let open = handle.and_then(|handle| self.handle(handle).ok());
        if let Some(open) = open
            && rustix::fs::ftruncate(open.file(), size).is_ok()
        {
            return Ok(());
        }
        rustix::fs::ftruncate(place.open(OFlags::WRONLY)?, size)
    }

    /// Attributes of a node; of one that could not be held when it lost its name, by a file that is open.
    pub fn attributes_of(&self, id: NodeId, handle: Option<u64>) -> Result<Attributes> {
        match (self.attributes(id), handle) {
            (Err(Errno::STALE), Some(handle)) => {
                let stat = stat_at(self.handle(handle)?.file(), c"")?;
                Ok(Attributes { id, number: id, shares_number: false, stat })
            }
            (result, _) => result,
        }
    }
}

/// What of a program's flags also holds for the file below: the kernel has seen to the rest. Appending is done by the
/// offset that it gives (a write at an offset appends all the same where a file is open for that: pwrite(2), "Bugs").
pub(super) fn kept(flags: OFlags) -> OFlags {
    let kept = OFlags::WRONLY | OFlags::RDWR | OFlags::TRUNC | OFlags::SYNC | OFlags::DSYNC;
    flags & kept
}

/// Who may not keep set-id bits across a write or a change of the size loses them (inode(7)).
pub(super) fn drop_set_ids(place: &Place) -> Result<()> {
    match without_set_ids(u32::from(place.stat()?.stx_mode)) {
        Some(mode) => place.chmod(mode),
        None => Ok(()),
    }
}

fn drop_set_ids_of(file: BorrowedFd<'_>) -> Result<()> {
    match without_set_ids(u32::from(stat_at(file, c"")?.stx_mode)) {
        Some(mode) => rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(mode)),
        None => Ok(()),
    }
}

/// The permission bits that are left, if any is to go. Set-group-id without the group's right to execute means mandatory
/// locking and stays.
fn without_set_ids(mode: u32) -> Option<u32> {
    let mut left = mode & 0o7777 & !0o4000;
    if left & 0o2010 == 0o2010 {
        left &= !0o2000;
    }
    (left != mode & 0o7777).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_id_bits() {
        for (mode, left) in [
            (0o100_755, None),
            (0o104_755, Some(0o755)),
            (0o106_755, Some(0o755)),
            (0o102_745, None),
            (0o102_755, Some(0o755)),
            (0o101_777, None),
        ] {
            assert_eq!(without_set_ids(mode), left, "{mode:o}");
        }
    }

    #[test]
    fn flags() {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::DIRECT | OFlags::DSYNC | OFlags::CREATE;
        assert_eq!(kept(flags), OFlags::RDWR | OFlags::DSYNC);
    }
}
