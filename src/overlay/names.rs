//! What makes, moves and removes names. All of it happens in the upper layer, with a whiteout where a layer below has
//! something of that name.

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Statx, XattrFlags};
use rustix::io::Errno;

use super::merge::{Merged, UPPER};
use super::nodes::NodeId;
use super::place::{Place, kind, stat_at};
use super::stack::OPAQUE;
use super::tree::{Attributes, Caller, Overlay, c_name, made};
use super::{Result, lock};

/// An extended attribute that new files inherit.
const DEFAULT_ACL: &CStr = c"system.posix_acl_default";
const SET_GROUP: u32 = 0o2000;
/// Set-user-id and set-group-id.
const SET_IDS: u32 = 0o6000;

thread_local! {
    /// The ids of the server, which new files have at first. They do not change.
    static OWN_IDS: (u32, u32) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
}

/// What is to be made under a new name.
#[derive(Clone, Copy, Debug)]
pub enum New<'a> {
    /// mknod(2): a file, FIFO, socket or device, with its number.
    Node(FileType, u64),
    /// mkdir(2).
    Directory,
    /// symlink(2).
    Symlink(&'a OsStr),
    /// open(2) with O_CREAT: flags of the open file.
    Open(OFlags),
}

impl Overlay {
    /// Makes something under a name; the umask is this thread's. The kernel is told of it.
    pub fn make(
        &self,
        parent: NodeId,
        name: &OsStr,
        new: New<'_>,
        mode: u32,
        caller: Caller,
    ) -> Result<(Attributes, Option<OwnedFd>)> {
        if matches!(new, New::Node(FileType::CharacterDevice, 0)) {
            // That would be a whiteout; the kernel's overlay refuses it, too.
            return Err(Errno::PERM);
        }
        let c_name = c_name(name)?;
        self.upper_directory(parent)?;
        let _names = self.by_name();
        let directory = self.directory(parent, UPPER)?;
        let place = Place { dir: directory.clone(), name: c_name.clone() };
        let file = match make_at(directory.as_fd(), &c_name, new, mode) {
            Err(Errno::EXIST) if self.is_whiteout(parent, name)? => {
                self.make_over_whiteout(&directory, &c_name, new, mode, caller)?
            }
            Err(errno) => return Err(errno),
            Ok(file) => {
                if let Err(errno) = give(&directory, &place, mode, caller) {
                    let directory = matches!(new, New::Directory);
                    let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
                    // The first error is the one to tell.
                    let _ = rustix::fs::unlinkat(&place.dir, &place.name, flags);
                    return Err(errno);
                }
                file
            }
        };
        let stat = match &file {
            Some(file) => stat_at(file.as_fd(), c"")?,
            None => place.stat()?,
        };
        let attributes = self.enter(parent, name, &made(&self.stack, &stat), stat)?;
        Ok((attributes, file))
    }

    /// Has the upper layer a whiteout under this name?
    fn is_whiteout(&self, parent: NodeId, name: &OsStr) -> Result<bool> {
        Ok(self.find_in(parent, &[UPPER], name)?.is_none())
    }

    fn make_over_whiteout(
        &self,
        directory: &Arc<OwnedFd>,
        name: &CStr,
        new: New<'_>,
        mode: u32,
        caller: Caller,
    ) -> Result<Option<OwnedFd>> {
        let nest = self.nest(directory)?;
        let place = match &nest {
            Some((dir, _)) => Place { dir: dir.clone(), name: c"new".into() },
            None => self.work.place(&self.work.name()),
        };
        let done = (|| {
            let file = make_at(place.dir(), &place.name, new, mode)?;
            give(directory, &place, mode, caller)?;
            if matches!(new, New::Directory) {
                place.set_attribute(OPAQUE, b"y", XattrFlags::empty())?;
                self.work.put_directory(&place, directory, name)?;
            } else {
                rustix::fs::renameat(&place.dir, &place.name, directory, name)?;
            }
            Ok(file)
        })();
        match &nest {
            Some((_, nest)) => self.work.discard(nest),
            None if done.is_err() => self.work.discard(&place.name),
            None => {}
        }
        done
    }

    /// A directory in the work directory in which new files inherit what they would in this one; none where there is
    /// nothing to inherit.
    fn nest(&self, directory: &Arc<OwnedFd>) -> Result<Option<(Arc<OwnedFd>, std::ffi::CString)>> {
        let parent = Place::of(directory.clone());
        let stat = parent.stat()?;
        let acl = parent.attribute(DEFAULT_ACL).ok();
        if acl.is_none() && u32::from(stat.stx_mode) & SET_GROUP == 0 {
            return Ok(None);
        }
        let name = self.work.name();
        rustix::fs::mkdirat(self.work.directory(), &name, Mode::RWXU)?;
        let nest = self.work.place(&name);
        let made = (|| {
            nest.chown(None, Some(stat.stx_gid))?;
            nest.chmod(u32::from(stat.stx_mode) & 0o7777)?;
            if let Some(acl) = acl {
                nest.set_attribute(DEFAULT_ACL, &acl, XattrFlags::empty())?;
            }
            nest.hold()
        })();
        match made {
            Ok(directory) => Ok(Some((Arc::new(directory), name))),
            Err(errno) => {
                self.work.discard(&name);
                Err(errno)
            }
        }
    }

    /// Gives a file one more name. The kernel is told of it.
    pub fn link(&self, id: NodeId, parent: NodeId, name: &OsStr) -> Result<Attributes> {
        let c_name = c_name(name)?;
        self.copy_up(id, u64::MAX)?;
        self.upper_directory(parent)?;
        let _names = self.change_names();
        let source = self.place(id)?;
        let directory = self.directory(parent, UPPER)?;
        match source.link_to(directory.as_fd(), &c_name) {
            Err(Errno::EXIST) if self.is_whiteout(parent, name)? => {
                let aside = self.work.name();
                source.link_to(self.work.directory().as_fd(), &aside)?;
                let moved = rustix::fs::renameat(self.work.directory(), &aside, &directory, &c_name);
                if moved.is_err() {
                    self.work.discard(&aside);
                }
                moved?;
            }
            other => other?,
        }
        {
            let mut nodes = lock(&self.nodes);
            nodes.add_link(id, parent, name.as_bytes());
            nodes.count(id);
        }
        self.attributes_held(id)
    }

    /// unlink(2).
    pub fn unlink(&self, parent: NodeId, name: &OsStr) -> Result<()> {
        let c_name = c_name(name)?;
        self.upper_directory(parent)?;
        let _names = self.change_names();
        let directory = self.directory(parent, UPPER)?;
        let (found, stat) = self.find(parent, name)?.ok_or(Errno::NOENT)?;
        let Merged::Other(layer) = found.merged else { return Err(Errno::ISDIR) };
        let below = self.is_below(parent, name)?;
        let child = self.keep(parent, name)?;
        let removed = if below {
            self.work.put_whiteout(&directory, &c_name)
        } else {
            rustix::fs::unlinkat(&directory, &c_name, AtFlags::empty())
        };
        if let Err(errno) = removed {
            if let Some(id) = child {
                self.let_go(id);
            }
            return Err(errno);
        }
        self.name_is_gone(parent, name, child);
        if layer == UPPER && stat.stx_nlink <= 1 {
            lock(&self.nodes).gone(found.real);
        }
        Ok(())
    }

    /// Holds on to what is about to lose this name.
    fn keep(&self, parent: NodeId, name: &OsStr) -> Result<Option<NodeId>> {
        let child = lock(&self.nodes).child(parent, name.as_bytes());
        if let Some(id) = child {
            self.hold(id, &self.place(id)?);
        }
        Ok(child)
    }

    fn name_is_gone(&self, parent: NodeId, name: &OsStr, child: Option<NodeId>) {
        let Some(id) = child else { return };
        let orphan = lock(&self.nodes).remove_name(parent, name.as_bytes());
        if !orphan {
            self.let_go(id);
        }
    }

    /// rmdir(2).
    pub fn rmdir(&self, parent: NodeId, name: &OsStr) -> Result<()> {
        let c_name = c_name(name)?;
        self.upper_directory(parent)?;
        let _names = self.change_names();
        let directory = self.directory(parent, UPPER)?;
        let (found, _) = self.find(parent, name)?.ok_or(Errno::NOENT)?;
        let Merged::Directory(layers) = found.merged else { return Err(Errno::NOTDIR) };
        let id = lock(&self.nodes).child(parent, name.as_bytes()).ok_or(Errno::STALE)?;
        if !self.is_empty(id)? {
            return Err(Errno::NOTEMPTY);
        }
        let below = self.is_below(parent, name)?;
        self.keep(parent, name)?;
        let removed = match (layers.first() == Some(&UPPER), below) {
            (true, true) => self.work.put_whiteout_over_directory(&directory, &c_name),
            (true, false) => self.work.remove_directory(&directory, &c_name),
            (false, _) => self.work.put_whiteout(&directory, &c_name),
        };
        if let Err(errno) = removed {
            self.let_go(id);
            return Err(errno);
        }
        self.name_is_gone(parent, name, Some(id));
        Ok(())
    }

    /// rename(2), renameat2(2) with RENAME_NOREPLACE (which the kernel has looked after) or RENAME_EXCHANGE.
    pub fn rename(&self, from: (NodeId, &OsStr), to: (NodeId, &OsStr), exchange: bool) -> Result<()> {
        let (from_name, to_name) = (c_name(from.1)?, c_name(to.1)?);
        let source = self.movable(from)?;
        let other = exchange.then(|| self.movable(to)).transpose()?;
        // Nothing is copied for a move that cannot be.
        for id in std::iter::once(source).chain(other) {
            if !self.seen(id)?.directory {
                self.copy_up(id, u64::MAX)?;
            }
        }
        self.upper_directory(from.0)?;
        self.upper_directory(to.0)?;
        let _names = self.change_names();
        let (from_dir, to_dir) = (self.directory(from.0, UPPER)?, self.directory(to.0, UPPER)?);
        let (from_below, to_below) = (self.is_below(from.0, from.1)?, self.is_below(to.0, to.1)?);
        let source_place = Place { dir: from_dir.clone(), name: from_name.clone() };
        let is_directory = self.seen(source)?.directory;
        let hide = |place: &Place, below: bool| {
            // A directory is not merged with one that it did not come from.
            let directory = below && kind(&place.stat()?) == FileType::Directory;
            if directory { place.set_attribute(OPAQUE, b"y", XattrFlags::empty()) } else { Ok(()) }
        };
        if exchange {
            hide(&source_place, to_below)?;
            hide(&Place { dir: to_dir.clone(), name: to_name.clone() }, from_below)?;
            let flags = RenameFlags::EXCHANGE;
            rustix::fs::renameat_with(&from_dir, &from_name, &to_dir, &to_name, flags)?;
            lock(&self.nodes).exchange((from.0, from.1.as_bytes()), (to.0, to.1.as_bytes()));
            return Ok(());
        }
        let target = self.find(to.0, to.1)?;
        let target_place = Place { dir: to_dir.clone(), name: to_name.clone() };
        if let Some((found, _)) = &target {
            self.make_way(to, &found.merged, is_directory, &target_place)?;
        }
        let replaced = if target.is_some() { self.keep(to.0, to.1)? } else { None };
        let moved = hide(&source_place, to_below).and_then(|()| {
            self.move_upper(&source_place, &target_place, from_below, is_directory, target.as_ref())
        });
        if let Err(errno) = moved {
            if let Some(id) = replaced {
                self.let_go(id);
            }
            return Err(errno);
        }
        self.name_is_gone(to.0, to.1, replaced);
        let mut nodes = lock(&self.nodes);
        nodes.rename((from.0, from.1.as_bytes()), (to.0, to.1.as_bytes()));
        if let Some((found, stat)) = target
            && found.merged == Merged::Other(UPPER)
            && stat.stx_nlink <= 1
        {
            nodes.gone(found.real);
        }
        Ok(())
    }

    /// What is to be moved. A directory of which a lower layer has a part cannot be (overlayfs.rst, "Renaming directories", as
    /// without redirects).
    fn movable(&self, (parent, name): (NodeId, &OsStr)) -> Result<NodeId> {
        let id = {
            let _names = self.by_name();
            let known = lock(&self.nodes).child(parent, name.as_bytes());
            match known {
                Some(id) => id,
                None => return Err(self.find(parent, name)?.map_or(Errno::NOENT, |_| Errno::STALE)),
            }
        };
        let here = !self.seen(id)?.directory || *self.layers(id)? == [UPPER];
        if here { Ok(id) } else { Err(Errno::XDEV) }
    }

    /// Sees that what stands at the target may be replaced.
    fn make_way(
        &self,
        (parent, name): (NodeId, &OsStr),
        target: &Merged,
        by_directory: bool,
        place: &Place,
    ) -> Result<()> {
        match (target, by_directory) {
            (Merged::Other(_), false) => Ok(()),
            (Merged::Other(_), true) => Err(Errno::NOTDIR),
            (Merged::Directory(_), false) => Err(Errno::ISDIR),
            (Merged::Directory(layers), true) => {
                let id = lock(&self.nodes).child(parent, name.as_bytes()).ok_or(Errno::STALE)?;
                if !self.is_empty(id)? {
                    return Err(Errno::NOTEMPTY);
                }
                if layers.first() == Some(&UPPER) {
                    // It shows nothing, whatever lies below it: then its whiteouts may go.
                    if layers.len() > 1 {
                        place.set_attribute(OPAQUE, b"y", XattrFlags::empty())?;
                    }
                    self.work.clear_whiteouts(place)?;
                }
                Ok(())
            }
        }
    }

    /// The one rename(2) of it, or an exchange with the whiteout that stands at the target.
    fn move_upper(
        &self,
        from: &Place,
        to: &Place,
        from_below: bool,
        directory: bool,
        target: Option<&(super::nodes::Found, Statx)>,
    ) -> Result<()> {
        let whiteout = directory
            && !matches!(target, Some((found, _)) if found.merged.top() == UPPER)
            && to.stat().is_ok();
        if whiteout {
            rustix::fs::renameat_with(&from.dir, &from.name, &to.dir, &to.name, RenameFlags::EXCHANGE)?;
            if !from_below {
                let _ = rustix::fs::unlinkat(&from.dir, &from.name, AtFlags::empty());
            }
            return Ok(());
        }
        if !from_below {
            return rustix::fs::renameat(&from.dir, &from.name, &to.dir, &to.name);
        }
        let flags = RenameFlags::WHITEOUT;
        match rustix::fs::renameat_with(&from.dir, &from.name, &to.dir, &to.name, flags) {
            Err(Errno::INVAL | Errno::PERM | Errno::OPNOTSUPP) => {
                rustix::fs::renameat(&from.dir, &from.name, &to.dir, &to.name)?;
                self.work.put_whiteout(&from.dir, &from.name)
            }
            other => other,
        }
    }
}

fn make_at(directory: BorrowedFd<'_>, name: &CStr, new: New<'_>, mode: u32) -> Result<Option<OwnedFd>> {
    let bits = Mode::from_raw_mode(mode & 0o7777);
    match new {
        New::Node(kind, device) => rustix::fs::mknodat(directory, name, kind, bits, device).map(|()| None),
        New::Directory => rustix::fs::mkdirat(directory, name, bits).map(|()| None),
        New::Symlink(target) => rustix::fs::symlinkat(target, directory, name).map(|()| None),
        New::Open(flags) => {
            let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            rustix::fs::openat(directory, name, flags, bits).map(Some)
        }
    }
}

/// Gives a new file to its owner. Its group is the directory's where that says so (inode(7), S_ISGID).
fn give(parent: &Arc<OwnedFd>, place: &Place, mode: u32, caller: Caller) -> Result<()> {
    if OWN_IDS.with(|own| *own == (caller.uid, caller.gid)) {
        return Ok(());
    }
    let inherits = u32::from(stat_at(parent.as_fd(), c"")?.stx_mode) & SET_GROUP != 0;
    place.chown(Some(caller.uid), (!inherits).then_some(caller.gid))?;
    let stat = place.stat()?;
    // A change of the owner takes these away.
    if mode & SET_IDS != 0 && kind(&stat) == FileType::RegularFile {
        place.chmod(u32::from(stat.stx_mode) & 0o7777 | mode & SET_IDS)?;
    }
    Ok(())
}
