//! Reading the event log while others write to it and rename its files.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::{EventLog, OLD};
use crate::model::Event;
use crate::sys::{Attempt, SysError};

/// How every line begins; within a JSON string the quotes would have a backslash before them.
pub(super) const BEGINNING: &[u8] = b"{\"Time\":\"";
/// A line that is longer than this is none of ours.
const LINE_MAX: usize = 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// Where a reader is in the log.
#[derive(Debug)]
pub struct EventReader {
    log: EventLog,
    /// The oldest first. Files stay open when they are renamed: who opened one before that still writes to it.
    tails: Vec<Tail>,
    ready: VecDeque<Event>,
    /// What is in the files that are found first is passed over.
    skip: bool,
}

#[derive(Debug)]
struct Tail {
    file: File,
    device: u64,
    inode: u64,
    at: u64,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
}

impl EventReader {
    pub(super) fn new(log: EventLog, skip: bool) -> Self {
        Self { log, tails: Vec::new(), ready: VecDeque::new(), skip }
    }

    /// Finds out where the log ends now: what comes later is what [`Self::next`] gives of a reader from now on.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn begin(&mut self) -> Result<(), SysError> {
        self.discover().map(drop)
    }

    /// The next event; none when there is none yet.
    ///
    /// # Errors
    /// Those of open and read.
    #[allow(clippy::should_implement_trait)] // none is not the end of it
    pub fn next(&mut self) -> Result<Option<Event>, SysError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads a piece of the oldest file that has something; false when none has.
    fn fill(&mut self) -> Result<bool, SysError> {
        loop {
            for tail in &mut self.tails {
                if tail.read(&mut self.ready).attempt(|| format!("read {}", self.log.dir.display()))? {
                    return Ok(true);
                }
            }
            if !self.discover()? {
                return Ok(false);
            }
        }
    }

    /// Takes files that are new since the last time; false when there are none.
    fn discover(&mut self) -> Result<bool, SysError> {
        let what = || format!("read {}", self.log.dir.display());
        let mut fresh: Vec<Tail> = Vec::new();
        for file in self.log.open_all().attempt(what)? {
            let metadata = file.metadata().attempt(what)?;
            let (device, inode) = (metadata.dev(), metadata.ino());
            let is = |tail: &Tail| (tail.device, tail.inode) == (device, inode);
            // What comes after one that is known is known, or was too old for it.
            if self.tails.iter().any(is) {
                break;
            }
            if !fresh.iter().any(is) {
                let at = if self.skip { metadata.len() } else { 0 };
                fresh.push(Tail { file, device, inode, at, rest: Vec::new() });
            }
        }
        self.skip = false;
        let found = !fresh.is_empty();
        self.tails.extend(fresh.into_iter().rev());
        // All of these were read to their end before.
        let many = self.tails.len().saturating_sub(OLD + 2);
        self.tails.drain(..many);
        Ok(found)
    }
}

impl Tail {
    /// Reads a piece; false at the end.
    fn read(&mut self, into: &mut VecDeque<Event>) -> std::io::Result<bool> {
        let mut chunk = [0; CHUNK];
        let length = self.file.read_at(&mut chunk, self.at)?;
        self.at += length as u64;
        let mut pieces = chunk[..length].split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            if self.rest.len() + piece.len() <= LINE_MAX {
                self.rest.extend_from_slice(piece);
            }
            if pieces.peek().is_some() {
                into.extend(parse(&self.rest));
                self.rest.clear();
            }
        }
        Ok(length > 0)
    }
}

/// Reads a line. Where a full disk has cut one off, the next follows on the same line.
fn parse(line: &[u8]) -> Option<Event> {
    serde_json::from_slice(line).ok().or_else(|| {
        let at = line.windows(BEGINNING.len()).rposition(|window| window == BEGINNING)?;
        serde_json::from_slice(&line[at..]).ok()
    })
}
