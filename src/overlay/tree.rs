//! The tree: what all operations share. Lookups and attributes are here.

use std::collections::{HashMap, HashSet};
use std::ffi::{CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustix::fs::Statx;
use rustix::io::Errno;

use super::files::Handles;
use super::listing::Lists;
use super::merge::{Layer, Merged, UPPER};
use super::nodes::{Found, NodeId, Nodes, Seen};
use super::place::Place;
use super::stack::Stack;
use super::upper::Work;
use super::{Result, lock};

/// The merged tree.
#[derive(Debug)]
pub struct Overlay {
    pub(super) stack: Stack,
    pub(super) nodes: Mutex<Nodes>,
    /// Taken by all who go by a name, exclusively by those who change what names lead to. Never held while data is copied
    /// or synced.
    names: RwLock<()>,
    /// Files and directories without a name, until the kernel forgets them: their numbers are not given out anew
    /// meanwhile, and they can still be looked at.
    held: Mutex<HashMap<NodeId, Arc<OwnedFd>>>,
    pub(super) copying: Mutex<HashSet<NodeId>>,
    pub(super) copied: Condvar,
    pub(super) handles: Handles,
    pub(super) lists: Lists,
    pub(super) work: Work,
    serial: AtomicU64,
}

/// What is told of a node.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// Its number.
    pub id: NodeId,
    /// The inode number that it shows.
    pub number: u64,
    /// That is another one than the kernel would show by itself.
    pub shares_number: bool,
    /// What the file says.
    pub stat: Statx,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// User of new files.
    pub uid: u32,
    /// Their group, unless the directory's is inherited.
    pub gid: u32,
}

impl Overlay {
    /// Puts a tree together. `work` is the work directory beside the upper one; where `sync` is off, nothing is written
    /// to disk for the sake of a later mount.
    pub fn new(upper: OwnedFd, work: OwnedFd, lowers: Vec<OwnedFd>, sync: bool) -> Result<Self> {
        let stack = Stack::new(upper, lowers)?;
        let root = Place::of(stack.root_directory(UPPER)?).stat()?;
        let nodes = Nodes::new(stack.layers(), stack.number(UPPER, root.stx_ino));
        Ok(Self {
            stack,
            nodes: Mutex::new(nodes),
            names: RwLock::new(()),
            held: Mutex::default(),
            copying: Mutex::default(),
            copied: Condvar::new(),
            handles: Handles::default(),
            lists: Lists::default(),
            work: Work::new(work, sync)?,
            serial: AtomicU64::new(1),
        })
    }

    /// Names stay as they are meanwhile.
    pub(super) fn by_name(&self) -> RwLockReadGuard<'_, ()> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody goes by a name meanwhile.
    pub(super) fn change_names(&self) -> RwLockWriteGuard<'_, ()> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that was not given out before, for handles.
    pub(super) fn next(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn seen(&self, id: NodeId) -> Result<Seen> {
        lock(&self.nodes).seen(id).ok_or(Errno::STALE)
    }

    /// The node of a name, 0 where none is known.
    pub fn known(&self, parent: NodeId, name: &OsStr) -> NodeId {
        lock(&self.nodes).child(parent, name.as_bytes()).unwrap_or_default()
    }

    /// The layers of a directory.
    pub(super) fn layers(&self, id: NodeId) -> Result<Box<[Layer]>> {
        lock(&self.nodes).layers(id).map(Box::from).ok_or(Errno::NOTDIR)
    }

    /// A directory's descriptor in one of its layers.
    pub(super) fn directory(&self, id: NodeId, layer: Layer) -> Result<Arc<OwnedFd>> {
        self.stack.directory(&self.nodes, id, layer)
    }

    /// Where a node's topmost file is.
    pub(super) fn place(&self, id: NodeId) -> Result<Place> {
        let (layer, parent, name) = {
            let nodes = lock(&self.nodes);
            let seen = nodes.seen(id).ok_or(Errno::STALE)?;
            if seen.orphan {
                drop(nodes);
                return lock(&self.held).get(&id).cloned().map(Place::of).ok_or(Errno::STALE);
            }
            match nodes.name(id) {
                Some((parent, name)) => (seen.layer, parent, CString::new(name).map_err(|_| Errno::INVAL)?),
                None => return Ok(Place::of(self.stack.root_directory(seen.layer)?)),
            }
        };
        Ok(Place { dir: self.directory(parent, layer)?, name })
    }

    /// Looks a name up; the kernel is told of what is found.
    pub fn look_up(&self, parent: NodeId, name: &OsStr) -> Result<Option<Attributes>> {
        let _names = self.by_name();
        self.look_up_held(parent, name)
    }

    /// As [`Self::look_up`], with names held.
    pub(super) fn look_up_held(&self, parent: NodeId, name: &OsStr) -> Result<Option<Attributes>> {
        let known = lock(&self.nodes).child(parent, name.as_bytes());
        if let Some(id) = known {
            let attributes = self.attributes_held(id)?;
            lock(&self.nodes).count(id);
            return Ok(Some(attributes));
        }
        let Some((found, stat)) = self.find(parent, name)? else { return Ok(None) };
        self.enter(parent, name, &found, stat).map(Some)
    }

    /// What a name stands for.
    pub(super) fn find(&self, parent: NodeId, name: &OsStr) -> Result<Option<(Found, Statx)>> {
        let layers = self.layers(parent)?;
        self.find_in(parent, &layers, name)
    }

    /// What a name stands for in some of its directory's layers.
    pub(super) fn find_in(
        &self,
        parent: NodeId,
        layers: &[Layer],
        name: &OsStr,
    ) -> Result<Option<(Found, Statx)>> {
        self.stack.look_up(&self.nodes, parent, layers, &c_name(name)?)
    }

    /// Does a layer below the upper one show something under this name?
    pub(super) fn is_below(&self, parent: NodeId, name: &OsStr) -> Result<bool> {
        let layers = self.layers(parent)?;
        let lower = match layers.split_first() {
            Some((&UPPER, lower)) => lower,
            _ => &layers,
        };
        if lower.is_empty() {
            return Ok(false);
        }
        Ok(self.find_in(parent, lower, name)?.is_some())
    }

    /// The kernel is told of what was found or made.
    pub(super) fn enter(
        &self,
        parent: NodeId,
        name: &OsStr,
        found: &Found,
        stat: Statx,
    ) -> Result<Attributes> {
        let mut nodes = lock(&self.nodes);
        let id = nodes.enter(parent, name.as_bytes(), found).ok_or(Errno::STALE)?;
        let seen = nodes.seen(id).ok_or(Errno::STALE)?;
        Ok(told(id, &seen, nodes.layers(id), stat))
    }

    /// The attributes of a node.
    pub fn attributes(&self, id: NodeId) -> Result<Attributes> {
        let _names = self.by_name();
        self.attributes_held(id)
    }

    pub(super) fn attributes_held(&self, id: NodeId) -> Result<Attributes> {
        let stat = self.place(id)?.stat()?;
        let nodes = lock(&self.nodes);
        let seen = nodes.seen(id).ok_or(Errno::STALE)?;
        Ok(told(id, &seen, nodes.layers(id), stat))
    }

    /// The kernel has forgotten a node so many times.
    pub fn forget(&self, id: NodeId, times: u64) {
        let mut nodes = lock(&self.nodes);
        nodes.forget(id, times);
        let gone = nodes.take_gone();
        // With the nodes locked: nobody opens a directory of one that is just going, or gets its number.
        for (id, layers) in gone {
            self.stack.close(id, &layers);
            lock(&self.held).remove(&id);
        }
    }

    /// Keeps a file that loses its last name; to be called before it does. Where there are too many open files it can
    /// only be read by those who have it open.
    pub(super) fn hold(&self, id: NodeId, place: &Place) {
        if let Ok(fd) = place.hold() {
            lock(&self.held).insert(id, Arc::new(fd));
        }
    }

    /// Another file takes the place of one that is held.
    pub(super) fn hold_instead(&self, id: NodeId, fd: OwnedFd) {
        lock(&self.held).insert(id, Arc::new(fd));
    }

    /// It has kept a name after all.
    pub(super) fn let_go(&self, id: NodeId) {
        lock(&self.held).remove(&id);
    }
}

/// One component as the kernel wants it.
pub(super) fn c_name(name: &OsStr) -> Result<CString> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.contains(&b'/') || matches!(bytes, b"." | b"..") {
        return Err(Errno::INVAL);
    }
    CString::new(bytes).map_err(|_| Errno::INVAL)
}

fn told(id: NodeId, seen: &Seen, layers: Option<&[Layer]>, mut stat: Statx) -> Attributes {
    if layers.is_some_and(|layers| layers.len() > 1) {
        // What is merged has no count of its own; the kernel's overlay says 1, too.
        stat.stx_nlink = 1;
    }
    Attributes { id, number: seen.number, shares_number: seen.shares_number, stat }
}

/// What a new file of the upper layer is found as.
pub(super) fn made(stack: &Stack, stat: &Statx) -> Found {
    let directory = super::place::kind(stat) == rustix::fs::FileType::Directory;
    let merged = if directory { Merged::Directory([UPPER].into()) } else { Merged::Other(UPPER) };
    let number = stack.number(UPPER, stat.stx_ino);
    Found { merged, real: number, number, linked: stat.stx_nlink > 1 }
}
