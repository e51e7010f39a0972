//! Directories that are read. Each reader has the names as they were when it began: whatever changes meanwhile, it gets
//! no name twice and misses none that was there all the time.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::merge::{Layer, Names, UPPER};
use super::nodes::NodeId;
use super::tree::Overlay;
use super::{Result, lock};

/// Directories that programs have open.
#[derive(Debug, Default)]
pub struct Lists {
    open: Mutex<HashMap<u64, Arc<Mutex<Listing>>>>,
}

/// The names of a directory, one after the other: there may be hundreds of thousands.
#[derive(Debug, Default)]
pub struct Listing {
    names: Vec<u8>,
    items: Vec<Item>,
    read: bool,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    end: u32,
    kind: FileType,
    number: u64,
    /// The layer that it was found in first.
    layer: Layer,
}

/// One name.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Without a slash.
    pub name: &'a OsStr,
    /// What it is.
    pub kind: FileType,
    /// The inode number that it shows.
    pub number: u64,
}

impl Listing {
    fn push(&mut self, name: &[u8], item: Item) -> Result<()> {
        self.names.extend_from_slice(name);
        let end = u32::try_from(self.names.len()).map_err(|_| Errno::OVERFLOW)?;
        self.items.push(Item { end, ..item });
        Ok(())
    }

    /// The name at a place.
    pub fn get(&self, at: usize) -> Option<Listed<'_>> {
        let item = self.items.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.items.get(before)).map_or(0, |item| item.end);
        let name = self.names.get(start as usize..item.end as usize)?;
        Some(Listed { name: OsStr::from_bytes(name), kind: item.kind, number: item.number })
    }
}

impl Overlay {
    /// Opens a directory for reading; gives the number of the handle.
    pub fn open_directory(&self) -> u64 {
        let handle = self.next();
        lock(&self.lists.open).insert(handle, Arc::default());
        handle
    }

    /// Closes it.
    pub fn release_directory(&self, handle: u64) {
        lock(&self.lists.open).remove(&handle);
    }

    /// The names of a directory. They are read when the first of them is asked for, also for the second time.
    pub fn listing(&self, id: NodeId, handle: u64, from: u64) -> Result<Arc<Mutex<Listing>>> {
        let listing = lock(&self.lists.open).get(&handle).cloned().ok_or(Errno::BADF)?;
        let mut listed = lock(&listing);
        if !listed.read || from == 0 {
            *listed = self.list(id)?;
        }
        drop(listed);
        Ok(listing)
    }

    fn list(&self, id: NodeId) -> Result<Listing> {
        let _names = self.by_name();
        let mut listing = Listing { read: true, ..Listing::default() };
        let seen = self.seen(id)?;
        if seen.orphan {
            return Ok(listing);
        }
        let item = |kind, number, layer| Item { end: 0, kind, number, layer };
        let above = {
            let nodes = lock(&self.nodes);
            nodes.parent(id).and_then(|parent| nodes.seen(parent)).map_or(seen.number, |seen| seen.number)
        };
        listing.push(b".", item(FileType::Directory, seen.number, UPPER))?;
        listing.push(b"..", item(FileType::Directory, above, UPPER))?;
        let layers = self.layers(id)?;
        self.each_name(id, &layers, |layer, name, kind, number| {
            listing.push(name, item(kind, number, layer))
        })?;
        let mut start = 0;
        let Listing { names, items, .. } = &mut listing;
        for (at, item) in items.iter_mut().enumerate() {
            let name = names.get(start..item.end as usize).unwrap_or_default();
            start = item.end as usize;
            if at < 2 {
                continue;
            }
            let number = self.stack.number(item.layer, item.number);
            let known = {
                let nodes = lock(&self.nodes);
                let child = nodes.child(id, name).and_then(|child| nodes.seen(child));
                child.map(|seen| seen.number).or_else(|| {
                    let merged = item.kind == FileType::Directory && item.layer == UPPER && layers.len() > 1;
                    (!merged).then(|| nodes.number(item.layer, number))
                })
            };
            item.number = match known {
                Some(number) => number,
                // Its number may be that of a directory below.
                None => self.find(id, OsStr::from_bytes(name))?.map_or(number, |(found, _)| found.number),
            };
        }
        Ok(listing)
    }

    /// Calls `each` with what is shown of a directory: its layer, name, type, and inode number there.
    fn each_name(
        &self,
        id: NodeId,
        layers: &[Layer],
        mut each: impl FnMut(Layer, &[u8], FileType, u64) -> Result<()>,
    ) -> Result<()> {
        let mut names = Names::default();
        for (at, &layer) in layers.iter().enumerate() {
            if at.saturating_add(1) == layers.len() {
                names.last_layer();
            }
            let directory = self.directory(id, layer)?;
            self.stack.list(&directory, |name, kind, number, whiteout| {
                if names.shows(name, whiteout) { each(layer, name, kind, number) } else { Ok(()) }
            })?;
        }
        Ok(())
    }

    /// Does a directory show nothing?
    pub(super) fn is_empty(&self, id: NodeId) -> Result<bool> {
        let layers = self.layers(id)?;
        // Any error ends the search; this one is none.
        match self.each_name(id, &layers, |_, _, _, _| Err(Errno::NOTEMPTY)) {
            Ok(()) => Ok(true),
            Err(Errno::NOTEMPTY) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}
