//! What a layer, or a whole root file system, has that the layers below it have not: the upper directory of an overlay
//! as its marks say it (overlayfs.rst, "Whiteouts and opaque directories"), a plain copy by comparing.
//!
//! The layers are looked at by descriptor; nothing is mounted for it, and no symlink is followed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::error::{ImageError, show};
use super::pack::{join, names, open_dir};
use crate::model::ChangeKind;
use crate::sys::{Attempt, SysError};

/// Deeper than any real tree; each level holds a descriptor.
const DEPTH_MAX: usize = 900;

/// What is told of one change: its kind, its path, and where to find it.
pub type Visit<'v> = dyn FnMut(ChangeKind, &[u8], BorrowedFd<'_>, &CStr) -> Result<(), ImageError> + 'v;

/// A tree and what lies below it.
pub struct Comparison<'a> {
    /// The layers below, the topmost first.
    pub lowers: &'a [OwnedFd],
    /// The tree is a whole copy, and not an overlay's upper directory.
    pub whole: bool,
    /// Where something is mounted (`a/b`): what was made there only for that is no change.
    pub mounts: &'a [Vec<u8>],
}

/// Where a walk is: its directory, and whether that was told of.
struct Level<'l> {
    above: Option<&'l Level<'l>>,
    dir: BorrowedFd<'l>,
    name: &'l CStr,
    path: &'l [u8],
    kind: ChangeKind,
    told: Cell<bool>,
    /// Layers that have this directory too, so that what is not in the tree was removed.
    lowers: Vec<usize>,
    /// Nothing of the layers shows through.
    covers: bool,
    depth: usize,
}

impl Comparison<'_> {
    /// Tells of every change below `top`, parents before what is in them, sorted by name.
    ///
    /// # Errors
    /// Those of reading, and the visitor's own.
    pub fn walk(&self, top: BorrowedFd<'_>, visit: &mut Visit<'_>) -> Result<(), ImageError> {
        let dir = open_dir(top, c".").attempt(|| "read the root file system")?;
        let root = Level {
            above: None,
            dir: dir.as_fd(),
            name: c".",
            path: b"",
            kind: ChangeKind::Modified,
            told: Cell::new(true),
            lowers: (0..self.lowers.len()).collect(),
            covers: self.whole,
            depth: 0,
        };
        self.level(&root, &dir, visit)
    }

    fn level(&self, level: &Level<'_>, dir: &OwnedFd, visit: &mut Visit<'_>) -> Result<(), ImageError> {
        let what = || format!("read {}", show(level.path));
        if level.depth > DEPTH_MAX {
            return Err(SysError::new(what(), Errno::LOOP).into());
        }
        let mut all: BTreeMap<CString, bool> =
            names(dir.as_fd()).attempt(what)?.into_iter().map(|name| (name, true)).collect();
        if level.covers {
            for name in self.below(level).attempt(what)? {
                all.entry(name).or_insert(false);
            }
        }
        for (name, here) in all {
            let path = join(level.path, &name);
            let what = || format!("read {}", show(&path));
            let stat = match rustix::fs::statat(dir, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => Some(stat).filter(|_| here),
                Err(Errno::NOENT) if !here => None,
                // Gone by now.
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(errno).attempt(what).map_err(Into::into),
            };
            let stat = stat.filter(|stat| self.whole || !is_whiteout(dir.as_fd(), &name, stat));
            let under = self.find(&level.lowers, &path).attempt(what)?;
            match (stat, under) {
                (Some(stat), under) if is_directory(&stat) => {
                    self.directory(level, &name, &path, &stat, under, visit)?;
                }
                (Some(stat), under) => {
                    let mount_point = stat.st_size == 0 && under.is_none() && self.is_mount(&path);
                    let same = self.whole
                        && under.as_ref().is_some_and(|under| {
                            equal(&stat, &under.stat) && self.same_target(&stat, dir, &name, under, &path)
                        });
                    if !mount_point && !same {
                        let kind = if under.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
                        tell(level, kind, &path, &name, visit)?;
                    }
                }
                (None, Some(_)) => tell(level, ChangeKind::Deleted, &path, &name, visit)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn directory(
        &self,
        level: &Level<'_>,
        name: &CStr,
        path: &[u8],
        stat: &Stat,
        under: Option<Under>,
        visit: &mut Visit<'_>,
    ) -> Result<(), ImageError> {
        let fd = match open_dir(level.dir, name) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            other => other.attempt(|| format!("read {}", show(path)))?,
        };
        let kind = if under.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        // A directory on the way to a mount is told of when there is something else in it.
        let on_the_way = self.mounts.iter().any(|mount| {
            mount.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        });
        let silent = match &under {
            None => on_the_way,
            Some(under) => is_directory(&under.stat) && same_directory(stat, &under.stat, on_the_way),
        };
        let lowers = under.map(|under| under.directories).unwrap_or_default();
        let covers = level.covers || is_opaque(fd.as_fd(), b"y");
        let below = Level {
            above: Some(level),
            dir: fd.as_fd(),
            name: c".",
            path,
            kind,
            told: Cell::new(false),
            lowers,
            covers,
            depth: level.depth + 1,
        };
        if !silent {
            tell_of(&below, visit)?;
        }
        self.level(&below, &fd, visit)
    }

    /// A copy of a symlink has a time of its own; what counts is where it leads.
    fn same_target(&self, stat: &Stat, dir: &OwnedFd, name: &CStr, under: &Under, path: &[u8]) -> bool {
        if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
            return true;
        }
        let below = self.open(under.layer, path, OFlags::PATH);
        let below = below.and_then(|link| rustix::fs::readlinkat(&link, c"", Vec::new()));
        below.is_ok_and(|below| {
            rustix::fs::readlinkat(dir, name, Vec::new()).is_ok_and(|target| target == below)
        })
    }

    fn is_mount(&self, path: &[u8]) -> bool {
        self.mounts.iter().any(|mount| mount == path)
    }

    /// The names that the layers have in a directory.
    fn below(&self, level: &Level<'_>) -> rustix::io::Result<Vec<CString>> {
        let mut all = Vec::new();
        for layer in &level.lowers {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            match self.open(*layer, level.path, flags) {
                Ok(dir) => all.extend(names(dir.as_fd())?),
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(all)
    }

    /// What these layers together have at a path.
    fn find(&self, layers: &[usize], path: &[u8]) -> rustix::io::Result<Option<Under>> {
        let mut found: Option<Under> = None;
        for layer in layers {
            let fd = match self.open(*layer, path, OFlags::PATH) {
                Err(Errno::NOENT | Errno::NOTDIR) => continue,
                other => other?,
            };
            let stat = rustix::fs::statat(&fd, c"", AtFlags::EMPTY_PATH)?;
            if !is_directory(&stat) {
                if found.is_none() && !self.is_whiteout(*layer, path, &stat)? {
                    found = Some(Under { stat, layer: *layer, directories: Vec::new() });
                }
                break;
            }
            found
                .get_or_insert(Under { stat, layer: *layer, directories: Vec::new() })
                .directories
                .push(*layer);
            let dir = self.open(*layer, path, OFlags::RDONLY | OFlags::DIRECTORY)?;
            if is_opaque(dir.as_fd(), b"y") {
                break;
            }
        }
        Ok(found)
    }

    fn is_whiteout(&self, layer: usize, path: &[u8], stat: &Stat) -> rustix::io::Result<bool> {
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::CharacterDevice => stat.st_rdev == 0,
            FileType::RegularFile if stat.st_size == 0 => {
                has_mark(self.open(layer, path, OFlags::RDONLY | OFlags::NONBLOCK)?.as_fd())
            }
            _ => false,
        })
    }

    fn open(&self, layer: usize, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let path = if path.is_empty() { b"." } else { path };
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(&self.lowers[layer], path, flags, Mode::empty(), resolve) {
            // A symlink on the way: this layer has nothing there.
            Err(Errno::LOOP) => Err(Errno::NOTDIR),
            other => other,
        }
    }
}

/// What layers have at a path.
struct Under {
    stat: Stat,
    /// The layer that decides what it is.
    layer: usize,
    /// The layers whose directories make it up.
    directories: Vec<usize>,
}

fn tell(
    level: &Level<'_>,
    kind: ChangeKind,
    path: &[u8],
    name: &CStr,
    visit: &mut Visit<'_>,
) -> Result<(), ImageError> {
    tell_of(level, visit)?;
    visit(kind, path, level.dir, name)
}

/// Tells of a directory and of those above it, if nobody has yet.
fn tell_of(level: &Level<'_>, visit: &mut Visit<'_>) -> Result<(), ImageError> {
    if level.told.replace(true) {
        return Ok(());
    }
    if let Some(above) = level.above {
        tell_of(above, visit)?;
    }
    visit(level.kind, level.path, level.dir, level.name)
}

fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Is this mark of an upper directory a whiteout?
fn is_whiteout(dir: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> bool {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::CharacterDevice => stat.st_rdev == 0,
        FileType::RegularFile if stat.st_size == 0 && is_opaque(dir, b"x") => {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            rustix::fs::openat(dir, name, flags, Mode::empty()).is_ok_and(|fd| has_mark(fd.as_fd()))
        }
        _ => false,
    }
}

fn has_mark(file: BorrowedFd<'_>) -> bool {
    rustix::fs::fgetxattr(file, "user.overlay.whiteout", &mut [0_u8; 8][..]).is_ok()
}

fn is_opaque(dir: BorrowedFd<'_>, value: &[u8]) -> bool {
    let mut found = [0_u8; 8];
    rustix::fs::fgetxattr(dir, "user.overlay.opaque", &mut found[..])
        .is_ok_and(|length| &found[..length] == value)
}

/// As docker compares directories of which nobody says that they were changed.
fn same_directory(one: &Stat, other: &Stat, any_time: bool) -> bool {
    let owner = |stat: &Stat| (stat.st_mode, stat.st_uid, stat.st_gid);
    owner(one) == owner(other) && (any_time || time(one) == time(other))
}

/// As far as it can be told without reading both.
fn equal(one: &Stat, other: &Stat) -> bool {
    let timeless = [FileType::Symlink, FileType::Fifo].contains(&FileType::from_raw_mode(one.st_mode));
    same_directory(one, other, timeless)
        && one.st_rdev == other.st_rdev
        && (one.st_size == other.st_size || FileType::from_raw_mode(one.st_mode) == FileType::CharacterDevice)
}

fn time(stat: &Stat) -> (i64, i64) {
    (stat.st_mtime, stat.st_mtime_nsec as i64)
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
