//! What the tar says of directories, and giving it to them when all else is made.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, XattrFlags};
use rustix::io::Errno;

use super::{Tree, chown_fd, sys, times};
use crate::image::error::{ImageError, show};
use crate::image::owner::OWNER_XATTR;
use crate::image::path::EntryPath;
use crate::sys::Attempt;

/// What is set on a directory only at the end: making files in it would change its times, and its mode might forbid it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::image) struct DirMeta {
    /// uid and gid.
    pub owner: Option<(u32, u32)>,
    /// Permission bits.
    pub mode: u32,
    /// Modification time.
    pub mtime: Option<(i64, u32)>,
    /// Extended attributes.
    pub xattrs: Vec<(String, Vec<u8>)>,
    /// The tar did not list it.
    pub implicit: bool,
    /// It hides what the layers below have in it.
    pub opaque: bool,
    /// Whiteouts in it are files with an attribute.
    pub xattr_whiteouts: bool,
}

impl DirMeta {
    pub(super) fn implied() -> Self {
        Self { mode: 0o755, implicit: true, ..Self::default() }
    }
}

impl Tree<'_> {
    /// Gives every directory what the tar said of it, the deepest first. Returns those that it did not list, and how many
    /// attributes were left out.
    pub fn finish(mut self) -> Result<(Vec<EntryPath>, u64), ImageError> {
        self.open.clear();
        let mut implicit = Vec::new();
        let mut omitted = 0;
        for (path, meta) in std::mem::take(&mut self.dirs).into_iter().rev() {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let fd = match self.existing(&path)? {
                Some(place) => rustix::fs::openat(&*place.dir, &*place.name, flags, Mode::empty()),
                None if path.is_root() => rustix::fs::openat(self.root, c".", flags, Mode::empty()),
                None => continue,
            };
            let fd = match fd {
                // Known by another name too, and replaced under that one.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
                result => result.map_err(|errno| sys(&path, errno))?,
            };
            omitted += finish_dir(&fd, &path, &meta)?;
            if meta.implicit {
                implicit.push(path);
            }
        }
        Ok((implicit, omitted))
    }
}

/// Gives how many attributes this file system does not take.
fn finish_dir(fd: &OwnedFd, path: &EntryPath, meta: &DirMeta) -> Result<u64, ImageError> {
    let what = || format!("finish directory {}", show(path.bytes()));
    let marks = [
        (meta.opaque, "y"),
        // An opaque directory needs no whiteouts; the kernel takes one value or the other.
        (meta.xattr_whiteouts && !meta.opaque, "x"),
    ];
    for (_, value) in marks.iter().filter(|(wanted, _)| *wanted) {
        rustix::fs::fsetxattr(fd, "user.overlay.opaque", value.as_bytes(), XattrFlags::empty())
            .attempt(what)?;
    }
    let mut omitted = 0;
    for (name, value) in &meta.xattrs {
        match rustix::fs::fsetxattr(fd, name.as_str(), value, XattrFlags::empty()) {
            Err(Errno::PERM | Errno::OPNOTSUPP) if name != OWNER_XATTR => omitted += 1,
            result => result.attempt(what)?,
        }
    }
    if let Some((uid, gid)) = meta.owner {
        chown_fd(fd, uid, gid).attempt(what)?;
    }
    rustix::fs::fchmod(fd, Mode::from_raw_mode(meta.mode)).attempt(what)?;
    if let Some(mtime) = meta.mtime {
        rustix::fs::futimens(fd, &times(mtime)).attempt(what)?;
    }
    Ok(omitted)
}
