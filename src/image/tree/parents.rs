//! Directories that things are made in: found, made where they are missing, and kept open.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::{Clash, DirMeta, Parent, Tree, sys};
use crate::image::error::ImageError;
use crate::image::path::EntryPath;

/// How many directories are kept open.
const OPEN_MAX: usize = 64;

impl Tree<'_> {
    /// Opens a directory of the layer, making it and those above it when they are missing.
    pub(super) fn parent(&mut self, path: &EntryPath) -> Result<Rc<Parent>, ImageError> {
        // One after the other, not one within the other: a path has up to 2,048 components.
        let mut missing = Vec::new();
        let mut path = path.clone();
        let mut parent = loop {
            if let Some(there) = self.opened(&path)? {
                break there;
            }
            let Some((above, _)) = path.split() else { return Err(sys(&path, Errno::NOENT)) };
            missing.push(std::mem::replace(&mut path, above));
        };
        while let Some(path) = missing.pop() {
            let made = self.make_parent(&path, &parent)?;
            parent = self.remember(path, made);
        }
        Ok(parent)
    }

    /// A directory that is there; none when it is missing, or may be for what was seen.
    fn opened(&mut self, path: &EntryPath) -> Result<Option<Rc<Parent>>, ImageError> {
        if let Some(parent) = self.open.get(path) {
            return Ok(Some(Rc::clone(parent)));
        }
        match self.open_dir(path) {
            Err(Errno::NOENT | Errno::NOTDIR) if !path.is_root() => Ok(None),
            Err(Errno::LOOP) if self.clash != Clash::Replace => {
                Err(ImageError::entry(path.bytes(), "a symlink stands where a directory must be"))
            }
            Err(errno) => Err(sys(path, errno)),
            Ok(parent) => Ok(Some(self.remember(path.clone(), parent))),
        }
    }

    fn remember(&mut self, path: EntryPath, parent: Parent) -> Rc<Parent> {
        if self.open.len() >= OPEN_MAX {
            self.open.clear();
        }
        let parent = Rc::new(parent);
        self.open.insert(path, Rc::clone(&parent));
        parent
    }

    fn make_parent(&mut self, path: &EntryPath, above: &Parent) -> Result<Parent, ImageError> {
        let Some((_, name)) = path.split() else { return Err(sys(path, Errno::NOENT)) };
        let name = CString::new(name).map_err(|_| ImageError::entry(path.bytes(), "a NUL in its name"))?;
        let mut meta = DirMeta::implied();
        if self.whiteouts.contains(path) {
            // The whiteout of what the layers below have here makes room; what is in it stays hidden.
            meta.opaque = true;
            if !self.keep(above, &name)? {
                match rustix::fs::unlinkat(above, &*name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(errno) => return Err(sys(path, errno)),
                }
            }
        }
        match rustix::fs::mkdirat(above, &*name, Mode::RWXU) {
            Ok(()) => {
                self.implied.take(path, self.clash)?;
                self.names.take(path, self.clash)?;
                self.dirs.insert(path.clone(), meta);
                // From where it was made: the way from the root may be long.
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let fd = rustix::fs::openat(above, &*name, flags, Mode::empty());
                let fd = fd.map_err(|errno| sys(path, errno))?;
                return Ok(Parent { fd, real: above.real.join(&name) });
            }
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(sys(path, errno)),
        }
        self.open_dir(path).map_err(|errno| match errno {
            Errno::NOENT => {
                ImageError::entry(path.bytes(), "a symlink to nowhere stands where a directory must be")
            }
            Errno::NOTDIR => ImageError::entry(path.bytes(), "a file stands where a directory must be"),
            Errno::LOOP if self.clash != Clash::Replace => {
                ImageError::entry(path.bytes(), "a symlink stands where a directory must be")
            }
            errno => sys(path, errno),
        })
    }

    pub(super) fn open_dir(&self, path: &EntryPath) -> rustix::io::Result<Parent> {
        match self.open_by(path, ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS) {
            Err(Errno::LOOP) if self.clash == Clash::Replace => {
                let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
                let fd = self.open_by(path, inside)?;
                let real = if self.record.is_some() { self.real(&fd)? } else { path.clone() };
                Ok(Parent { fd, real })
            }
            result => result.map(|fd| Parent { fd, real: path.clone() }),
        }
    }

    fn open_by(&self, path: &EntryPath, resolve: ResolveFlags) -> rustix::io::Result<OwnedFd> {
        let name = if path.is_root() { b"." } else { path.bytes() };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        loop {
            match rustix::fs::openat2(self.root, name, flags, Mode::empty(), resolve) {
                // A rename somewhere raced with a ".." of a symlink: the kernel asks to look again.
                Err(Errno::AGAIN) => {}
                result => return result,
            }
        }
    }

    /// Where a directory really is, which was reached through symlinks.
    fn real(&self, fd: &OwnedFd) -> rustix::io::Result<EntryPath> {
        let at = |fd: BorrowedFd<'_>| {
            rustix::fs::readlink(format!("/proc/self/fd/{}", fd.as_raw_fd()), Vec::new())
        };
        let (root, path) = (at(self.root)?, at(fd.as_fd())?);
        let below = path.to_bytes().strip_prefix(root.to_bytes()).ok_or(Errno::XDEV)?;
        EntryPath::clean(below).map_err(|_| Errno::NAMETOOLONG)
    }
}
