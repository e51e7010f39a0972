//! `--pid-file`: begun before this process joins anything, for a path means something else afterwards.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};

use crate::sys::root::open_directory;
use crate::sys::{Attempt, SysError};

/// A file under a temporary name, until it says something.
pub(super) struct PidFile {
    dir: OwnedFd,
    name: std::ffi::OsString,
    temporary: String,
    file: File,
}

impl PidFile {
    /// Makes it.
    pub fn begin(path: &Path) -> Result<Self, SysError> {
        let what = || format!("write {}", path.display());
        let name = path.file_name().ok_or_else(|| std::io::Error::other("it names no file")).attempt(what)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let dir =
            open_directory(parent.unwrap_or(Path::new("."))).map_err(|e| SysError::new(what(), e.source))?;
        let temporary = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&dir, &temporary, flags, Mode::from_raw_mode(0o644)).attempt(what)?;
        Ok(Self { dir, name: name.to_owned(), temporary, file: file.into() })
    }

    /// Says it, under the name that was asked for.
    pub fn finish(mut self, pid: i32) -> Result<(), SysError> {
        let what = || "write the pid file";
        self.file.write_all(pid.to_string().as_bytes()).attempt(what)?;
        rustix::fs::renameat(&self.dir, &self.temporary, &self.dir, &self.name).attempt(what)
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Gone where it was finished.
        let _ = rustix::fs::unlinkat(&self.dir, &self.temporary, AtFlags::empty());
    }
}
