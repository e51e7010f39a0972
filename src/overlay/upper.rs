//! The work directory: what is made there gets into the tree by one rename(2), so that no crash leaves a part of it. The
//! kernel's overlay uses the same one and clears it likewise.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, XattrFlags};
use rustix::io::Errno;

use super::Result;
use super::place::Place;
use super::stack::{OPAQUE, WHITEOUT};

/// `work` in the directory that is given as the work directory.
#[derive(Debug)]
pub struct Work {
    directory: Arc<OwnedFd>,
    serial: AtomicU64,
    /// What is copied up is on the disk before it gets its name.
    pub sync: bool,
}

impl Work {
    /// Takes it over, with nothing of an earlier mount left in it.
    pub fn new(work: OwnedFd, sync: bool) -> Result<Self> {
        match rustix::fs::mkdirat(&work, "work", Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
        let directory = open_directory(work.as_fd(), c"work")?;
        clear(directory.as_fd(), 2)?;
        Ok(Self { directory: Arc::new(directory), serial: AtomicU64::new(0), sync })
    }

    /// Can it mark what it hides? On some file systems there are neither devices nor attributes.
    pub fn try_marks(&self) -> Result<()> {
        let name = self.name();
        rustix::fs::mkdirat(&self.directory, &name, Mode::RWXU)?;
        let directory = self.place(&name);
        let done = directory.set_attribute(OPAQUE, b"y", XattrFlags::empty()).and_then(|()| {
            let directory = Arc::new(directory.hold()?);
            self.put_whiteout(&directory, c"whiteout")
        });
        self.discard(&name);
        done
    }

    /// Where things are made.
    pub fn directory(&self) -> &Arc<OwnedFd> {
        &self.directory
    }

    /// A name there that nothing has.
    pub fn name(&self) -> CString {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        CString::new(format!("#{serial:x}")).unwrap_or_default()
    }

    /// What a name there stands for.
    pub fn place(&self, name: &CStr) -> Place {
        Place { dir: self.directory.clone(), name: name.into() }
    }

    /// Removes what is not needed any more. What cannot be removed now is when the overlay is mounted next.
    pub fn discard(&self, name: &CStr) {
        let _ = remove(self.directory.as_fd(), name, 2);
    }

    /// Makes a whiteout, to be moved into this directory.
    pub fn whiteout(&self, parent: &Arc<OwnedFd>) -> Result<CString> {
        let name = self.name();
        match make_device(self.directory.as_fd(), &name) {
            Err(Errno::PERM | Errno::OPNOTSUPP) => {}
            other => return other.map(|()| name),
        }
        // On another overlay there are no such devices, but the second form.
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        rustix::fs::openat(&self.directory, &name, flags, Mode::empty())?;
        let marked = self
            .place(&name)
            .set_attribute(WHITEOUT, b"y", XattrFlags::empty())
            .and_then(|()| Place::of(parent.clone()).set_attribute(OPAQUE, b"x", XattrFlags::empty()));
        if marked.is_err() {
            self.discard(&name);
        }
        marked.map(|()| name)
    }

    /// Puts a whiteout under a name that nothing has in this directory, or something that is no directory.
    pub fn put_whiteout(&self, parent: &Arc<OwnedFd>, name: &CStr) -> Result<()> {
        match make_device(parent.as_fd(), name) {
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::EXIST) => {}
            other => return other,
        }
        let whiteout = self.whiteout(parent)?;
        let moved = rustix::fs::renameat(&self.directory, &whiteout, parent, name);
        if moved.is_err() {
            self.discard(&whiteout);
        }
        moved
    }

    /// Puts a whiteout in the place of a directory, which goes with what is left in it.
    pub fn put_whiteout_over_directory(&self, parent: &Arc<OwnedFd>, name: &CStr) -> Result<()> {
        let whiteout = self.whiteout(parent)?;
        match rustix::fs::renameat_with(&self.directory, &whiteout, parent, name, RenameFlags::EXCHANGE) {
            // The file system cannot: for a moment what lies below is shown.
            Err(Errno::INVAL) => {
                let aside = self.name();
                rustix::fs::renameat(parent, name, &self.directory, &aside)?;
                rustix::fs::renameat(&self.directory, &whiteout, parent, name)?;
                self.discard(&aside);
                Ok(())
            }
            other => {
                self.discard(&whiteout);
                other
            }
        }
    }

    /// Removes a directory that shows nothing; whiteouts may be left in it.
    pub fn remove_directory(&self, parent: &Arc<OwnedFd>, name: &CStr) -> Result<()> {
        match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            other => return other,
        }
        let aside = self.name();
        rustix::fs::renameat(parent, name, &self.directory, &aside)?;
        self.discard(&aside);
        Ok(())
    }

    /// Moves a directory from here to a name; a whiteout that stands there goes.
    pub fn put_directory(&self, made: &Place, parent: &Arc<OwnedFd>, name: &CStr) -> Result<()> {
        match rustix::fs::renameat_with(&made.dir, &made.name, parent, name, RenameFlags::EXCHANGE) {
            Ok(()) => {
                // The whiteout, in a directory that is cleared when the overlay is mounted next.
                let _ = rustix::fs::unlinkat(&made.dir, &made.name, AtFlags::empty());
                Ok(())
            }
            Err(Errno::INVAL) => {
                rustix::fs::unlinkat(parent, name, AtFlags::empty())?;
                rustix::fs::renameat(&made.dir, &made.name, parent, name)
            }
            Err(errno) => Err(errno),
        }
    }

    /// Empties a directory that shows nothing of its whiteouts; they must not matter any more.
    pub fn clear_whiteouts(&self, directory: &Place) -> Result<()> {
        clear(open_directory(directory.dir(), &directory.name)?.as_fd(), 0)
    }
}

/// A whiteout of the first form; since Linux 5.8 everybody may make one.
fn make_device(directory: BorrowedFd<'_>, name: &CStr) -> Result<()> {
    rustix::fs::mknodat(directory, name, FileType::CharacterDevice, Mode::empty(), 0)
}

fn open_directory(parent: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

/// Removes what is in a directory, so many levels deep: deeper than that nothing is ever made here.
fn clear(directory: BorrowedFd<'_>, depth: u8) -> Result<()> {
    let mut names: Vec<CString> = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().into());
        }
    }
    names.iter().try_for_each(|name| remove(directory, name, depth))
}

fn remove(parent: BorrowedFd<'_>, name: &CStr, depth: u8) -> Result<()> {
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        other => return other,
    }
    if let Some(depth) = depth.checked_sub(1) {
        clear(open_directory(parent, name)?.as_fd(), depth)?;
    }
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)
}
