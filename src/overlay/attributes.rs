//! Changes of attributes, and the extended ones.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{StatVfs, Timespec, Timestamps, UTIME_OMIT, XattrFlags};
use rustix::io::Errno;

use super::Result;
use super::files::drop_set_ids;
use super::merge::{UPPER, attribute_inside, attribute_on_disk};
use super::nodes::NodeId;
use super::place::{Place, kind};
use super::tree::{Attributes, Caller, Overlay};

/// What is to change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Size.
    pub size: Option<u64>,
    /// Time of the last access, `UTIME_NOW` for now.
    pub accessed: Option<Timespec>,
    /// Time of the last change of the content.
    pub modified: Option<Timespec>,
    /// A handle by which the file is open.
    pub handle: Option<u64>,
}

impl Overlay {
    /// chmod(2), chown(2), truncate(2), utimensat(2).
    pub fn change(&self, id: NodeId, change: &Change, caller: Caller) -> Result<Attributes> {
        self.copy_up(id, change.size.unwrap_or(u64::MAX))?;
        let _names = self.by_name();
        let place = self.place(id)?;
        if change.uid.is_some() || change.gid.is_some() {
            place.chown(change.uid, change.gid)?;
        }
        if let Some(size) = change.size {
            if caller.uid != 0 {
                drop_set_ids(&place)?;
            }
            self.truncate(&place, change.handle, size)?;
        }
        if let Some(mode) = change.mode {
            if kind(&place.stat()?) == rustix::fs::FileType::Symlink {
                return Err(Errno::OPNOTSUPP);
            }
            place.chmod(mode & 0o7777)?;
        }
        if change.accessed.is_some() || change.modified.is_some() {
            let omit = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            place.set_times(&Timestamps {
                last_access: change.accessed.unwrap_or(omit),
                last_modification: change.modified.unwrap_or(omit),
            })?;
        }
        self.attributes_held(id)
    }

    /// What a symlink says.
    pub fn read_link(&self, id: NodeId) -> Result<Vec<u8>> {
        let _names = self.by_name();
        self.place(id)?.read_link()
    }

    /// The value of an extended attribute.
    pub fn attribute(&self, id: NodeId, name: &OsStr) -> Result<Vec<u8>> {
        let name = on_disk(name)?;
        let _names = self.by_name();
        self.place(id)?.attribute(&name)
    }

    /// The names of extended attributes, each with a NUL at its end.
    pub fn list_attributes(&self, id: NodeId) -> Result<Vec<u8>> {
        let _names = self.by_name();
        let names = self.place(id)?.attributes()?;
        let mut shown = Vec::with_capacity(names.len());
        for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            if let Some(name) = attribute_inside(name) {
                shown.extend_from_slice(&name);
                shown.push(0);
            }
        }
        Ok(shown)
    }

    /// Sets an extended attribute.
    pub fn set_attribute(&self, id: NodeId, name: &OsStr, value: &[u8], flags: i32) -> Result<()> {
        let flags = XattrFlags::from_bits(flags.cast_unsigned()).ok_or(Errno::INVAL)?;
        let name = on_disk(name)?;
        self.copy_up(id, u64::MAX)?;
        let _names = self.by_name();
        self.place(id)?.set_attribute(&name, value, flags)
    }

    /// Removes an extended attribute.
    pub fn remove_attribute(&self, id: NodeId, name: &OsStr) -> Result<()> {
        let name = on_disk(name)?;
        if self.seen(id)?.layer != UPPER {
            // What is not there need not be copied up to say so.
            let _names = self.by_name();
            self.place(id)?.attribute(&name)?;
        }
        self.copy_up(id, u64::MAX)?;
        let _names = self.by_name();
        self.place(id)?.remove_attribute(&name)
    }

    /// statfs(2): of the file system that takes the writes.
    pub fn file_system(&self) -> Result<StatVfs> {
        rustix::fs::fstatvfs(Place::of(self.stack.root_directory(UPPER)?).dir())
    }
}

fn on_disk(name: &OsStr) -> Result<CString> {
    let name = attribute_on_disk(name.as_bytes());
    // xattr(7): XATTR_NAME_MAX.
    if name.len() > 255 {
        return Err(Errno::RANGE);
    }
    CString::new(name).map_err(|_| Errno::INVAL)
}
