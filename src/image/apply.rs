//! A layer's tar becomes files in a directory: the one place where an archive's entries turn into system calls.
//!
//! Whiteouts become what overlayfs reads: character devices 0/0, and `user.overlay.opaque` on directories
//! (overlayfs.rst, "Whiteouts and opaque directories"). Devices are left out: no user namespace may make them.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, XattrFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::error::{ImageError, show};
use super::limits::Limits;
use super::owner::{OWNER_XATTR, Owner, OwnerPolicy};
use super::path::{Asked, EntryPath, judge};
use super::recipe::{Recipe, Tap};
use super::tar::{Entry, Kind, TarReader};
use super::tree::{DirMeta, Place, Record, Tree, chown_fd, create, sys, times};
use crate::sys::Attempt;

/// How much of a file is moved at once; so many zeros become a hole.
const CHUNK: usize = 128 * 1024;

/// What was made, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Entries of the tar.
    pub entries: u64,
    /// Bytes of file content.
    pub size: u64,
    /// Device nodes left out.
    pub devices: u64,
    /// Extended attributes left out.
    pub xattrs: u64,
    /// Entries of unknown types left out.
    pub unknown: u64,
    /// Symlinks and FIFOs whose owner could be neither set nor recorded.
    pub owners: u64,
    /// Directories that the tar did not list although other entries lie in them.
    pub implicit: Vec<String>,
}

/// Where a layer goes: all of it is empty, and nobody else works there.
#[derive(Clone, Copy, Debug)]
pub struct LayerDirs<'a> {
    /// The directory for its files.
    pub fs: BorrowedFd<'a>,
    /// The directory for what its tar has and its files have not any more. On the same file system.
    pub kept: BorrowedFd<'a>,
    /// How the tar is made of both (see `recipe`).
    pub recipe: &'a File,
}

/// Unpacks a layer, and takes the stream to its end.
///
/// # Errors
/// An entry that is refused, a limit, a stream that is no tar, a system call. There is a part then.
pub fn apply_layer(
    stream: impl Read,
    dirs: LayerDirs<'_>,
    owners: &OwnerPolicy,
    limits: &Limits,
) -> Result<LayerReport, ImageError> {
    let file = dirs.recipe.try_clone().attempt(|| "open the recipe of the tar")?;
    let recipe = RefCell::new(Recipe::new(file)?);
    let mut tar = TarReader::new(Tap { stream, recipe: &recipe });
    let tree = Tree::recorded(dirs.fs, Record { recipe: &recipe, kept: dirs.kept });
    let mut work = Work::new(tree, owners, limits, &judge);
    while let Some(entry) = tar.next_entry()? {
        work.entry(&entry, &mut tar)?;
    }
    tar.drain()?;
    let report = work.finish()?;
    recipe.into_inner().finish()?;
    Ok(report)
}

/// What a name in a tar asks for.
pub(super) type Judge<'a> = dyn Fn(&[u8]) -> Result<Asked, ImageError> + 'a;

/// Entries on their way to becoming files.
pub(super) struct Work<'a> {
    tree: Tree<'a>,
    owners: &'a OwnerPolicy,
    limits: &'a Limits,
    judge: &'a Judge<'a>,
    report: LayerReport,
    buffer: Vec<u8>,
}

impl<'a> Work<'a> {
    /// Nothing done yet.
    pub fn new(tree: Tree<'a>, owners: &'a OwnerPolicy, limits: &'a Limits, judge: &'a Judge<'a>) -> Self {
        Self { tree, owners, limits, judge, report: LayerReport::default(), buffer: vec![0; CHUNK] }
    }

    /// All entries are made: directories get what waits for that.
    pub fn finish(mut self) -> Result<LayerReport, ImageError> {
        let (implicit, omitted) = self.tree.finish()?;
        self.report.implicit =
            implicit.iter().map(|p| String::from_utf8_lossy(p.bytes()).into_owned()).collect();
        self.report.xattrs += omitted;
        Ok(self.report)
    }

    /// Makes what one entry says.
    pub fn entry<R: Read>(&mut self, entry: &Entry, tar: &mut TarReader<R>) -> Result<(), ImageError> {
        self.report.entries += 1;
        self.limits.check_entries(self.report.entries)?;
        let path = match (self.judge)(&entry.path)? {
            Asked::Make(path) => path,
            Asked::Whiteout(path) => return self.tree.whiteout(&path),
            Asked::Opaque(path) => return self.tree.opaque(&path),
            Asked::Bookkeeping => return Ok(()),
        };
        match entry.kind {
            Kind::Directory => self.directory(&path, entry),
            // The global header of git is none, but volume labels and the like are.
            Kind::Other(_) => {
                self.report.unknown += 1;
                Ok(())
            }
            Kind::Device => {
                self.report.devices += 1;
                Ok(())
            }
            kind => {
                let Some(place) = self.tree.place(&path)? else {
                    return Err(ImageError::entry(&entry.path, "the root of a layer must be a directory"));
                };
                match kind {
                    Kind::File => self.file(&place, entry, tar),
                    Kind::HardLink => self.hard_link(&place, &path, entry),
                    Kind::Symlink => self.symlink(&place, entry),
                    _ => self.fifo(&place, entry),
                }
            }
        }
    }

    fn directory(&mut self, path: &EntryPath, entry: &Entry) -> Result<(), ImageError> {
        let owner = self.owners.owner(entry)?.map(|o| (o.uid, o.gid));
        let mut xattrs = Vec::new();
        for (name, value) in &entry.xattrs {
            match xattr_name(name) {
                Some(name) => xattrs.push((name, value.clone())),
                None => self.report.xattrs += 1,
            }
        }
        xattrs.extend(self.owners.record(entry).map(|record| (OWNER_XATTR.to_owned(), record.into_bytes())));
        let mode = self.owners.mode(entry);
        let meta = DirMeta { owner, mode, mtime: Some(entry.mtime), xattrs, ..DirMeta::default() };
        self.tree.directory(path, meta)
    }

    fn file<R: Read>(
        &mut self,
        place: &Place<'_>,
        entry: &Entry,
        tar: &mut TarReader<R>,
    ) -> Result<(), ImageError> {
        self.limits.check_file(&entry.path, entry.size)?;
        let owner = self.owners.owner(entry)?;
        let fd = match self.tree.replace(place, create) {
            Err(error) if error.errno() == Errno::BUSY.raw_os_error() => {
                return self.content(&self.tree.reopen(place)?.into(), place, entry, tar);
            }
            result => result?,
        };
        let file = File::from(fd);
        let what = || format!("unpack {}", show(&entry.path));
        self.content(&file, place, entry, tar)?;
        let fd = file.into();
        // Changing the owner takes setuid bits and capabilities away, so it comes first.
        if let Some(owner) = owner {
            chown_fd(&fd, owner.uid, owner.gid).attempt(what)?;
        }
        for (name, value) in &entry.xattrs {
            let set = xattr_name(name)
                .map(|name| rustix::fs::fsetxattr(&fd, name.as_str(), value, XattrFlags::empty()));
            match set {
                Some(Ok(())) => {}
                None | Some(Err(Errno::PERM | Errno::OPNOTSUPP)) => self.report.xattrs += 1,
                Some(Err(errno)) => {
                    let what = format!("set attribute {} of {}", show(name), show(&entry.path));
                    return Err(crate::sys::SysError::new(what, errno).into());
                }
            }
        }
        if let Some(record) = self.owners.record(entry) {
            rustix::fs::fsetxattr(&fd, OWNER_XATTR, record.as_bytes(), XattrFlags::empty())
                .attempt(|| format!("record the owner of {}", show(&entry.path)))?;
        }
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(self.owners.mode(entry))).attempt(what)?;
        rustix::fs::futimens(&fd, &times(entry.mtime)).attempt(what)?;
        Ok(())
    }

    fn content<R: Read>(
        &mut self,
        file: &File,
        place: &Place<'_>,
        entry: &Entry,
        tar: &mut TarReader<R>,
    ) -> Result<(), ImageError> {
        let mut written = 0;
        let whole = [(0, entry.size)];
        let pieces = entry.sparse.as_deref().unwrap_or(&whole);
        self.tree.content(place, pieces)?;
        for (offset, length) in pieces {
            written = self.piece(file, *offset, *length, written, entry, tar)?;
        }
        if written < entry.size {
            file.set_len(entry.size).attempt(|| format!("unpack {}", show(&entry.path)))?;
        }
        self.report.size = self.report.size.saturating_add(entry.size);
        Ok(())
    }

    /// Moves `length` bytes to `offset`; gives how far the file reaches now.
    fn piece<R: Read>(
        &mut self,
        file: &File,
        offset: u64,
        length: u64,
        mut reach: u64,
        entry: &Entry,
        tar: &mut TarReader<R>,
    ) -> Result<u64, ImageError> {
        let mut done = 0;
        while done < length {
            let want = CHUNK.min(usize::try_from(length - done).unwrap_or(CHUNK));
            let mut filled = 0;
            while filled < want {
                match tar.read_data(&mut self.buffer[filled..want]) {
                    Ok(0) => return Err(ImageError::entry(&entry.path, "its content is cut off")),
                    Ok(n) => filled += n,
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                        return Err(ImageError::corrupt("tar", "it is cut off"));
                    }
                    Err(e) => return Err(ImageError::from_io("tar", e)),
                }
            }
            let bytes = &self.buffer[..want];
            if want < CHUNK || bytes.iter().any(|b| *b != 0) {
                file.write_all_at(bytes, offset + done)
                    .attempt(|| format!("unpack {}", show(&entry.path)))?;
                reach = offset + done + want as u64;
            }
            done += want as u64;
        }
        Ok(reach)
    }

    fn hard_link(&mut self, place: &Place<'_>, path: &EntryPath, entry: &Entry) -> Result<(), ImageError> {
        let refuse = |reason: &str| {
            Err(ImageError::entry(
                &entry.path,
                format!("it is a hard link to {:?}, {reason}", show(&entry.link)),
            ))
        };
        let target = match (self.judge)(&entry.link) {
            Ok(Asked::Make(target)) => target,
            Ok(_) => return refuse("a whiteout"),
            Err(_) => return refuse("which is no path inside the layer"),
        };
        if target == *path {
            return Ok(());
        }
        let Some(from) = self.tree.existing(&target)? else {
            return refuse("which this layer does not have");
        };
        // Without AT_SYMLINK_FOLLOW a symlink is linked itself, not what it points to.
        let link = |p: &Place<'_>| match rustix::fs::linkat(
            &*from.dir,
            &*from.name,
            &*p.dir,
            &*p.name,
            AtFlags::empty(),
        ) {
            Err(Errno::NOENT) => Ok(Err("which this layer does not have")),
            Err(Errno::PERM) => Ok(Err("which cannot have another name")),
            other => other.map(Ok),
        };
        self.tree.replace(place, link)?.or_else(refuse)
    }

    fn symlink(&mut self, place: &Place<'_>, entry: &Entry) -> Result<(), ImageError> {
        if entry.link.is_empty() || entry.link.contains(&0) {
            return Err(ImageError::entry(&entry.path, "a symlink to nothing"));
        }
        self.tree.replace(place, |p| rustix::fs::symlinkat(entry.link.as_slice(), &*p.dir, &*p.name))?;
        let fail = |errno| sys_entry(entry, errno);
        if let Some(owner) = self.node_owner(entry)? {
            let (uid, gid) = (rustix::fs::Uid::from_raw(owner.uid), rustix::fs::Gid::from_raw(owner.gid));
            let (dir, name) = (&*place.dir, &*place.name);
            rustix::fs::chownat(dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        }
        rustix::fs::utimensat(&*place.dir, &*place.name, &times(entry.mtime), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(fail)
    }

    /// By descriptor, once it is there: somebody else may put something in its place.
    fn fifo(&mut self, place: &Place<'_>, entry: &Entry) -> Result<(), ImageError> {
        self.tree
            .replace(place, |p| rustix::fs::mknodat(&*p.dir, &*p.name, FileType::Fifo, Mode::RUSR, 0))?;
        let fail = |errno| sys_entry(entry, errno);
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&*place.dir, &*place.name, flags, Mode::empty()).map_err(fail)?;
        let owner = self.node_owner(entry)?;
        if FileType::from_raw_mode(rustix::fs::fstat(&fd).map_err(fail)?.st_mode) != FileType::Fifo {
            return Err(fail(Errno::EXIST));
        }
        if let Some(owner) = owner {
            chown_fd(&fd, owner.uid, owner.gid).map_err(fail)?;
        }
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(self.owners.mode(entry))).map_err(fail)?;
        rustix::fs::futimens(&fd, &times(entry.mtime)).map_err(fail)
    }

    /// The owner of what holds no attributes: user attributes are for files and directories only (xattr(7)).
    fn node_owner(&mut self, entry: &Entry) -> Result<Option<Owner>, ImageError> {
        let owner = self.owners.owner(entry)?;
        self.report.owners += u64::from(owner.is_none() && self.owners.record(entry).is_some());
        Ok(owner)
    }
}

/// The name to set an attribute under; none for those that are left out.
fn xattr_name(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok().filter(|n| n.len() < 240 && !n.contains('\0'))?;
    if let Some(rest) = name.strip_prefix("user.overlay.") {
        // What the overlay reads would be obeyed; escaped as the kernel does it, the container sees the name it gave.
        return Some(format!("user.overlay.overlay.{rest}"));
    }
    let ours = name.starts_with("user.rctr.");
    (name == "security.capability" || (name.starts_with("user.") && !ours)).then(|| name.to_owned())
}

fn sys_entry(entry: &Entry, errno: Errno) -> ImageError {
    match EntryPath::clean(&entry.path) {
        Ok(path) => sys(&path, errno),
        Err(error) => error,
    }
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
