//! The file of a log that is being written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use rustix::fs::OFlags;

use crate::sys::{Attempt, SysError};

/// Permission bits of a log: what a container says is its user's.
pub const MODE: u32 = 0o600;

/// One that is open.
#[derive(Debug)]
pub(super) struct OpenLog {
    pub file: File,
    /// How long it is.
    pub size: u64,
}

impl OpenLog {
    /// Opens it, or makes it.
    pub fn new(path: &Path) -> Result<Self, SysError> {
        let file = open(path)?;
        let mut size = file.metadata().attempt(|| what("look at", path))?.len();
        // A writer that was killed leaves half a line: what comes now begins a line of its own.
        let mut last = [b'\n'];
        if size > 0 {
            file.read_exact_at(&mut last, size - 1).attempt(|| what("read", path))?;
        }
        if last != [b'\n'] {
            (&file).write_all(b"\n").attempt(|| what("write", path))?;
            size += 1;
        }
        Ok(Self { file, size })
    }

    /// Cuts off what a failed write left behind the whole records, unless somebody else has written there since.
    pub fn keep(&mut self, kept: usize, written: usize) {
        let end = self.size + written as u64;
        self.size += kept as u64;
        if kept < written && self.file.metadata().is_ok_and(|metadata| metadata.len() == end) {
            // Where that fails too, the next write goes on behind half a line, which readers leave out.
            let _ = self.file.set_len(self.size);
        }
    }

    /// Has it still its name?
    pub fn is_at(&self, path: &Path) -> bool {
        match (self.file.metadata(), path.symlink_metadata()) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }
}

/// Opens a log to append to it, and makes it where there is none. Where it lies may be the user's choice (`--log-opt
/// path=`) and a directory that others write to: no symlink is followed, nothing is waited for, and what is there already
/// must be a plain file of the user's own.
///
/// # Errors
/// ENOENT, EACCES, ELOOP for a symlink; "not a regular file", "not yours".
pub fn open(path: &Path) -> Result<File, SysError> {
    let attempt = || what("open", path);
    let flags = OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::NONBLOCK;
    let refuse = |why| SysError::new(attempt(), io::Error::other(why));
    let opened = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(MODE)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Err(error) if error.raw_os_error() == Some(Errno::ELOOP as i32) => {
            return Err(refuse("a symlink, which is not followed"));
        }
        other => other.attempt(attempt)?,
    };
    let metadata = file.metadata().attempt(attempt)?;
    if !metadata.is_file() {
        return Err(refuse("not a regular file"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(refuse("the file belongs to somebody else"));
    }
    Ok(file)
}

/// What was attempted, for an error.
pub(super) fn what(attempt: &str, path: &Path) -> String {
    format!("{attempt} the log {}", path.display())
}
