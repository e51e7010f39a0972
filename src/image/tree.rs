//! Making files below one directory, whatever their names and the symlinks between them say. Every parent is opened by
//! openat2(2) from that directory: with RESOLVE_IN_ROOT in a layer, whose symlinks end inside the layer, and through no
//! symlink at all where others have files too. The last component is only ever used with calls that do not follow it.

mod directories;
mod names;
mod parents;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use rustix::fs::{AtFlags, Mode, OFlags, XattrFlags};
use rustix::io::Errno;

pub(super) use directories::DirMeta;
use names::{IMPLIED_MAX, NAMES_MAX, Names};

use super::error::{ImageError, show};
use super::path::EntryPath;
use super::recipe::Recipe;
use crate::sys::SysError;
use crate::sys::remove::remove_tree;

/// What becomes of something that stands where something else is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// It is the layer's own, and the later entry counts.
    Replace,
    /// As [`Self::Replace`], in a directory in which others have files too.
    Overwrite,
    /// Files give way to files. A directory gives way to no file, and no file to a directory.
    Refuse,
}

/// A layer's files in the making, or a copy's.
pub(super) struct Tree<'a> {
    root: BorrowedFd<'a>,
    clash: Clash,
    record: Option<Record<'a>>,
    open: HashMap<EntryPath, Rc<Parent>>,
    /// Every directory, to be finished deepest first.
    pub(super) dirs: BTreeMap<EntryPath, DirMeta>,
    /// Where this layer put a whiteout.
    whiteouts: HashSet<EntryPath>,
    /// How long the names in both are.
    names: Names,
    /// The same of the directories that the tar did not list.
    implied: Names,
}

/// What is written down of a layer, so that its tar can be given out again.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    /// How the tar is made.
    pub recipe: &'a RefCell<Recipe>,
    /// Where files go that give way to later entries: the tar has them still.
    pub kept: BorrowedFd<'a>,
}

/// A directory that things are made in, O_PATH.
pub(super) struct Parent {
    fd: OwnedFd,
    /// Its path, through no symlink.
    real: EntryPath,
}

impl AsFd for Parent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A directory and the name in it that a call works on.
pub(super) struct Place<'p> {
    /// The parent, O_PATH.
    pub dir: Rc<Parent>,
    /// The last component.
    pub name: CString,
    path: &'p EntryPath,
}

impl<'a> Tree<'a> {
    /// Works below `root`, for [`Clash::Replace`] an empty directory that nobody else works in.
    pub fn new(root: BorrowedFd<'a>, clash: Clash) -> Self {
        let (dirs, whiteouts) = (BTreeMap::new(), HashSet::new());
        let names = Names { length: 0, most: NAMES_MAX, whose: "its directories and whiteouts" };
        let implied = Names { length: 0, most: IMPLIED_MAX, whose: "directories that it does not list" };
        Self { root, clash, record: None, open: HashMap::new(), dirs, whiteouts, names, implied }
    }

    /// The same for a layer whose tar must not be lost.
    pub fn recorded(root: BorrowedFd<'a>, record: Record<'a>) -> Self {
        Self { record: Some(record), ..Self::new(root, Clash::Replace) }
    }

    /// The next content goes to a place, in these pieces.
    pub fn content(&self, place: &Place<'_>, pieces: &[(u64, u64)]) -> Result<(), ImageError> {
        match self.record {
            Some(record) => record.recipe.borrow_mut().content(&place.dir.real.join(&place.name), pieces),
            None => Ok(()),
        }
    }

    /// The place of a path, its parents made as far as they are missing; none for the root.
    pub fn place<'p>(&mut self, path: &'p EntryPath) -> Result<Option<Place<'p>>, ImageError> {
        let Some((parent, name)) = path.split() else { return Ok(None) };
        let name = CString::new(name).map_err(|_| ImageError::entry(path.bytes(), "a NUL in its name"))?;
        Ok(Some(Place { dir: self.parent(&parent)?, name, path }))
    }

    /// The place of something that is there already: no parent is made.
    pub fn existing<'p>(&self, path: &'p EntryPath) -> Result<Option<Place<'p>>, ImageError> {
        let Some((parent, name)) = path.split() else { return Ok(None) };
        let name = CString::new(name).map_err(|_| ImageError::entry(path.bytes(), "a NUL in its name"))?;
        match self.open_dir(&parent) {
            Ok(dir) => Ok(Some(Place { dir: Rc::new(dir), name, path })),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(sys(&parent, errno)),
        }
    }

    /// Runs `make` at a place; when something is there, removes it and runs `make` once more.
    pub fn replace<T>(
        &mut self,
        place: &Place<'_>,
        make: impl Fn(&Place<'_>) -> rustix::io::Result<T>,
    ) -> Result<T, ImageError> {
        match make(place) {
            Err(Errno::EXIST) => {
                if self.clash == Clash::Refuse && is_dir(place) {
                    let reason = "a directory stands there, and would be overwritten (--overwrite allows it)";
                    return Err(ImageError::entry(place.path.bytes(), reason));
                }
                self.remove(place)?;
                make(place).map_err(|errno| sys(place.path, errno))
            }
            result => result.map_err(|errno| sys(place.path, errno)),
        }
    }

    /// Makes a directory, or keeps the one that is there.
    pub fn directory(&mut self, path: &EntryPath, mut meta: DirMeta) -> Result<(), ImageError> {
        if let Some(place) = self.place(path)? {
            if self.whiteouts.contains(path) {
                // What the layers below have of that name is hidden; so must be what they have in it.
                meta.opaque = true;
            }
            let make = |p: &Place<'_>| rustix::fs::mkdirat(&*p.dir, &*p.name, Mode::RWXU);
            match make(&place) {
                Err(Errno::EXIST) if is_dir(&place) => {}
                Err(Errno::EXIST) if self.clash == Clash::Refuse => {
                    let reason =
                        "what stands there is no directory, and would be overwritten (--overwrite allows it)";
                    return Err(ImageError::entry(path.bytes(), reason));
                }
                Err(Errno::EXIST) => {
                    self.remove(&place)?;
                    make(&place).map_err(|errno| sys(path, errno))?;
                }
                result => result.map_err(|errno| sys(path, errno))?,
            }
        }
        let before = self.dirs.get(path);
        meta.opaque |= before.is_some_and(|b| b.opaque);
        meta.xattr_whiteouts |= before.is_some_and(|b| b.xattr_whiteouts);
        if before.is_none() {
            self.names.take(path, self.clash)?;
        }
        self.dirs.insert(path.clone(), meta);
        Ok(())
    }

    /// Hides what the layers below have at `path`. What this layer has there stays (image-spec layer.md: whiteouts
    /// apply to lower layers only), but as a directory it then hides what is below it.
    pub fn whiteout(&mut self, path: &EntryPath) -> Result<(), ImageError> {
        self.names.take(path, self.clash)?;
        self.whiteouts.insert(path.clone());
        let Some(place) = self.place(path)? else { return Ok(()) };
        if is_dir(&place) {
            self.dirs.entry(path.clone()).or_insert_with(DirMeta::implied).opaque = true;
            return Ok(());
        }
        let device = rustix::fs::makedev(0, 0);
        let kind = rustix::fs::FileType::CharacterDevice;
        match rustix::fs::mknodat(&*place.dir, &*place.name, kind, Mode::empty(), device) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(Errno::PERM | Errno::OPNOTSUPP) => self.xattr_whiteout(&place),
            Err(errno) => Err(sys(path, errno)),
        }
    }

    /// The other form (overlayfs.rst, "Whiteouts and opaque directories"): an empty file with an attribute, in a directory
    /// marked to hold such.
    fn xattr_whiteout(&mut self, place: &Place<'_>) -> Result<(), ImageError> {
        let fd = match create(place) {
            Err(Errno::EXIST) => return Ok(()),
            result => result.map_err(|errno| sys(place.path, errno))?,
        };
        rustix::fs::fsetxattr(&fd, "user.overlay.whiteout", b"y", XattrFlags::empty())
            .map_err(|errno| sys(place.path, errno))?;
        let parent = place.path.split().map(|(parent, _)| parent);
        if let Some(parent) = parent {
            self.dirs.entry(parent).or_insert_with(DirMeta::implied).xattr_whiteouts = true;
        }
        Ok(())
    }

    /// Hides everything that the layers below have in a directory.
    pub fn opaque(&mut self, path: &EntryPath) -> Result<(), ImageError> {
        self.parent(path)?;
        self.dirs.entry(path.clone()).or_insert_with(DirMeta::implied).opaque = true;
        Ok(())
    }

    /// Removes what is at a place, and forgets what was known of it.
    fn remove(&mut self, place: &Place<'_>) -> Result<(), ImageError> {
        if self.keep(&place.dir, &place.name)? {
            self.open.clear();
            self.forget(place.path);
            return Ok(());
        }
        match rustix::fs::unlinkat(&*place.dir, &*place.name, AtFlags::empty()) {
            // Symlinks may have led to directories by this name: descriptors got through it are no longer right.
            Ok(()) => self.open.clear(),
            Err(Errno::NOENT) => {}
            Err(Errno::ISDIR | Errno::PERM) => {
                self.open.clear();
                self.forget(place.path);
                remove_tree(place.dir.as_fd(), &place.name)?;
            }
            Err(errno) => return Err(sys(place.path, errno)),
        }
        Ok(())
    }

    /// Forgets the directories at and below a path.
    fn forget(&mut self, path: &EntryPath) {
        self.dirs.remove(path);
        let (first, last) = path.below();
        let gone: Vec<_> = self.dirs.range(first..last).map(|(path, _)| path.clone()).collect();
        for path in gone {
            self.dirs.remove(&path);
        }
    }

    /// Moves aside what has content that the layer's tar needs; `false` when there is nothing of that kind.
    fn keep(&self, dir: &Parent, name: &CStr) -> Result<bool, ImageError> {
        use rustix::fs::FileType;
        let Some(record) = self.record else { return Ok(false) };
        let Ok(stat) = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) else { return Ok(false) };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {}
            FileType::RegularFile if stat.st_size > 0 => {}
            _ => return Ok(false),
        }
        let path = dir.real.join(name);
        let number = record.recipe.borrow_mut().moved(&path)?.to_string();
        rustix::fs::renameat(dir, name, record.kept, number.as_str()).map_err(|errno| sys(&path, errno))?;
        Ok(true)
    }

    /// Opens for new content what stands at a place and cannot be replaced: a file that something is mounted on.
    pub fn reopen(&self, place: &Place<'_>) -> Result<OwnedFd, ImageError> {
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = || {
            let fd = rustix::fs::openat(&*place.dir, &*place.name, flags, Mode::empty())?;
            let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
            if kind != rustix::fs::FileType::RegularFile {
                return Err(Errno::BUSY);
            }
            rustix::fs::ftruncate(&fd, 0).map(|()| fd)
        };
        open().map_err(|errno| sys(place.path, errno))
    }
}

/// Makes an empty file that is not there yet, private until its mode is set.
pub(super) fn create(place: &Place<'_>) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(&*place.dir, &*place.name, flags, Mode::RUSR | Mode::WUSR)
}

/// chown(2) by descriptor.
pub(super) fn chown_fd(fd: &OwnedFd, uid: u32, gid: u32) -> rustix::io::Result<()> {
    let (uid, gid) = (rustix::fs::Uid::from_raw(uid), rustix::fs::Gid::from_raw(gid));
    rustix::fs::fchown(fd, Some(uid), Some(gid))
}

/// Modification time for both times: when a file of a layer was read last means nothing.
pub(super) fn times((seconds, nanos): (i64, u32)) -> rustix::fs::Timestamps {
    let time = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: nanos.into() };
    rustix::fs::Timestamps { last_access: time, last_modification: time }
}

/// Is there a directory, and no symlink to one?
pub(super) fn is_dir(place: &Place<'_>) -> bool {
    rustix::fs::statat(&*place.dir, &*place.name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|s| rustix::fs::FileType::from_raw_mode(s.st_mode) == rustix::fs::FileType::Directory)
}

/// A system call that failed on something of the layer.
pub(super) fn sys(path: &EntryPath, errno: Errno) -> ImageError {
    SysError::new(format!("unpack {}", show(path.bytes())), errno).into()
}
