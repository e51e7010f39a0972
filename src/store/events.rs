//! The event log: what happened, one JSON object a line, appended by whoever did it.
//!
//! ```text
//! DATA/events/events.log       the newest; each line came in one write(2) with O_APPEND, which the kernel never tears
//! DATA/events/events.log.1     older ones, the highest number the oldest
//! DATA/events/lock             flock: whoever renames these; who cannot have it leaves the work to its holder
//! ```
//!
//! Writing takes no lock and waits for nothing. An event that cannot be written (full disk, read-only file system) is
//! lost, and nothing else comes of it.

mod reader;

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::Store;
use super::lock::flock;
use crate::model::Event;

pub use reader::EventReader;

/// A file that has grown over this is put aside, in bytes: some 15,000 events.
const LIMIT: u64 = 4 * 1024 * 1024;
/// So many are kept beside the newest.
const OLD: usize = 2;

impl Store {
    /// Writes down what has happened, if that can be done.
    pub fn record_event(&self, event: &Event) {
        self.record_events(std::slice::from_ref(event));
    }

    /// Writes down what has happened at once, in one piece.
    pub fn record_events(&self, events: &[Event]) {
        // What has happened has happened: that it cannot be written down is no reason to fail.
        let _lost = self.event_log().append(CWD, events);
    }

    /// Reads the event log from its beginning.
    pub fn events(&self) -> EventReader {
        EventReader::new(self.event_log(), false)
    }

    /// Reads what is written to the event log from now on.
    pub fn events_from_now(&self) -> EventReader {
        EventReader::new(self.event_log(), true)
    }

    /// The directory to watch for new events; it is made when it is not there.
    ///
    /// # Errors
    /// EACCES, ENOSPC, EROFS.
    pub fn events_dir(&self) -> Result<PathBuf, crate::sys::SysError> {
        use crate::sys::Attempt as _;
        let log = self.event_log();
        log.make().attempt(|| format!("create directory {}", log.dir.display()))?;
        Ok(log.dir)
    }

    fn event_log(&self) -> EventLog {
        EventLog { dir: self.data().join("events"), limit: LIMIT }
    }
}

/// [`Store::record_event`] for who holds the store's directory open, and may be where its path leads elsewhere.
pub(super) fn record_at(data: impl AsFd, event: &Event) {
    let log = EventLog { dir: "events".into(), limit: LIMIT };
    let _lost = log.append(data.as_fd(), std::slice::from_ref(event));
}

/// The files of the log. Those who change them say where its path begins.
#[derive(Clone, Debug)]
struct EventLog {
    dir: PathBuf,
    limit: u64,
}

impl EventLog {
    /// The file with this number; 0 is the newest.
    fn path(&self, number: usize) -> PathBuf {
        match number {
            0 => self.dir.join("events.log"),
            n => self.dir.join(format!("events.log.{n}")),
        }
    }

    fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)
    }

    fn append(&self, at: BorrowedFd<'_>, events: &[Event]) -> io::Result<()> {
        let mut lines = Vec::with_capacity(512);
        for event in events {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        let file = match self.open(at, &self.path(0), OFlags::APPEND) {
            // A store that an older rctr made.
            Err(Errno::NOENT) => {
                self.make()?;
                self.open(at, &self.path(0), OFlags::APPEND)?
            }
            other => other?,
        };
        // Once and not again: what did not fit (full disk) is a piece of a line, which readers pass over.
        rustix::io::retry_on_intr(|| rustix::io::write(&file, &lines))?;
        // After an append the position is the end of the file.
        if rustix::fs::tell(&file)? > self.limit { self.rotate(at) } else { Ok(()) }
    }

    fn open(&self, at: BorrowedFd<'_>, path: &Path, flags: OFlags) -> rustix::io::Result<File> {
        let flags = flags | OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::io::retry_on_intr(|| rustix::fs::openat(at, path, flags, mode)).map(File::from)
    }

    /// Renames every file to the next number; the oldest goes. A rotation that was killed in the middle leaves a number
    /// out, which nobody minds.
    fn rotate(&self, at: BorrowedFd<'_>) -> io::Result<()> {
        let lock = self.open(at, &self.dir.join("lock"), OFlags::empty())?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(()),
            other => other?,
        }
        // Somebody may have just done it, and nobody have written since.
        match rustix::fs::statat(at, self.path(0), AtFlags::empty()) {
            Err(Errno::NOENT) => return Ok(()),
            newest => {
                if u64::try_from(newest?.st_size).unwrap_or_default() <= self.limit {
                    return Ok(());
                }
            }
        }
        let rename = |n| match rustix::fs::renameat(at, self.path(n), at, self.path(n + 1)) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        };
        (0..OLD).rev().try_for_each(rename)
    }

    /// The newest file first; those that there are.
    fn open_all(&self) -> io::Result<Vec<File>> {
        let mut files = Vec::new();
        // A rotation meanwhile moves files to where they are looked for next: one may be met twice, none is missed.
        for number in 0..=OLD {
            match File::open(self.path(number)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => files.push(other?),
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
