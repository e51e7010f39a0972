//! A log in files, read forward: record after record, across rotations, with constant memory.

use std::borrow::Cow;
use std::os::unix::fs::FileExt;

use memchr::memchr;

use super::chain::{Chain, FileId, LogFile};
use super::tail::{self, Start, Tail};
use crate::model::stamp::Stamp;
use crate::monitor::log::{Record, Stream};
use crate::sys::{Attempt, SysError};

/// What is read at once.
const BLOCK: usize = 128 * 1024;

/// A longer line is no record of anybody's, and passed over.
const LONGEST: usize = 1024 * 1024;

/// Reads one line of a log.
pub type Parse = fn(&[u8]) -> Option<Record<'_>>;

/// A log that is being read.
#[derive(Debug)]
pub struct FileSource {
    chain: Chain,
    parse: Parse,
    file: Option<LogFile>,
    /// Where in the file the buffer ends.
    offset: u64,
    buffer: Vec<u8>,
    /// What of the buffer is not used up.
    start: usize,
    end: usize,
    /// In a line that is passed over.
    skipping: bool,
    /// So many records of stdout and of stderr that come are not asked for.
    skip: [u64; 2],
    current: Option<Current>,
    limit: Limit,
    /// Lines that are no records.
    pub damaged: u64,
}

/// Where to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// Nowhere: it is followed.
    None,
    /// At what the log was when it was opened: in this file, at this offset.
    At(FileId, u64),
    /// Before anything: there was no log.
    Here,
}

/// A file that got shorter by no more than this has lost its last records (a full disk), else it was begun anew.
const CUT: u64 = 32 * 1024;

/// The record that is next.
#[derive(Debug)]
struct Current {
    at: Stamp,
    stream: Stream,
    whole: bool,
    text: Text,
}

#[derive(Debug)]
enum Text {
    /// Of the buffer.
    Here(std::ops::Range<usize>),
    /// Decoded.
    Own(Vec<u8>),
}

impl FileSource {
    /// A log from its beginning, or from its last lines; not followed, to where it ends now.
    ///
    /// # Errors
    /// EACCES, EIO.
    pub fn open(chain: Chain, parse: Parse, tail: Option<Tail>, follow: bool) -> Result<Self, SysError> {
        let limit = match follow {
            true => Limit::None,
            false => chain.newest()?.map_or(Limit::Here, |file| Limit::At(file.id, file.size)),
        };
        let start = match tail {
            Some(tail) => tail::start(&chain, parse, tail)?,
            None => None,
        };
        let (file, offset, skip) = match start {
            Some(Start { file, offset, skipped }) => (Some(file), offset, skipped),
            None => (None, 0, [0; 2]),
        };
        Ok(Self {
            chain,
            parse,
            file,
            offset,
            buffer: vec![0; BLOCK],
            start: 0,
            end: 0,
            skipping: false,
            skip,
            current: None,
            limit,
            damaged: 0,
        })
    }

    /// The record that is next, read already.
    pub fn current(&self) -> Option<Record<'_>> {
        let Current { at, stream, whole, text } = self.current.as_ref()?;
        let text = match text {
            Text::Here(range) => &self.buffer[range.clone()],
            Text::Own(bytes) => bytes,
        };
        Some(Record { at: *at, stream: *stream, whole: *whole, text: Cow::Borrowed(text) })
    }

    /// Done with that.
    pub fn advance(&mut self) {
        self.current = None;
    }

    /// Makes sure that a record is read, if there is another one by now.
    ///
    /// # Errors
    /// EIO.
    pub fn fill(&mut self) -> Result<bool, SysError> {
        while self.current.is_none() {
            match memchr(b'\n', &self.buffer[self.start..self.end]) {
                Some(length) => self.take_line(length),
                None if !self.read_more()? => return Ok(false),
                None => {}
            }
        }
        Ok(true)
    }

    fn take_line(&mut self, length: usize) {
        let first = self.start;
        self.start += length + 1;
        let line = &self.buffer[first..first + length];
        if std::mem::take(&mut self.skipping) || line.is_empty() {
            return;
        }
        let Some(Record { at, stream, whole, text }) = (self.parse)(line) else {
            self.damaged += 1;
            return;
        };
        if let Some(left) = self.skip[stream.index()].checked_sub(1) {
            self.skip[stream.index()] = left;
            return;
        }
        let text = match text {
            // The formats have the text somewhere in the line.
            Cow::Borrowed(b"") => Text::Here(first..first),
            Cow::Borrowed(text) => {
                let from = first + (text.as_ptr().addr() - line.as_ptr().addr());
                Text::Here(from..from + text.len())
            }
            Cow::Owned(text) => Text::Own(text),
        };
        self.current = Some(Current { at, stream, whole, text });
    }

    /// Reads on in this file, or in the one that came after it. False: that is all for now.
    fn read_more(&mut self) -> Result<bool, SysError> {
        if self.read_block()? {
            return Ok(true);
        }
        let id = self.file.as_ref().map(|file| file.id);
        match self.limit {
            Limit::Here => return Ok(false),
            Limit::At(last, _) if Some(last) == id => return Ok(false),
            _ => {}
        }
        match self.chain.next(id)? {
            None => {
                self.step_back()?;
                Ok(false)
            }
            // What was written before it was put aside is all there once another has its name.
            Some(_) if self.read_block()? => Ok(true),
            Some(next) => {
                self.damaged += u64::from(self.end > self.start);
                self.begin(next);
                Ok(true)
            }
        }
    }

    /// At the end for now: half a line may be cut off again and written anew, so it is read from its beginning then.
    fn step_back(&mut self) -> Result<(), SysError> {
        self.offset -= (self.end - self.start) as u64;
        self.end = self.start;
        if let Some(file) = &self.file {
            let metadata = file.file.metadata();
            let size = metadata.attempt(|| format!("look at the log {}", self.chain.path().display()))?.len();
            if size < self.offset {
                self.offset = if self.offset - size <= CUT { size } else { 0 };
            }
        }
        Ok(())
    }

    fn begin(&mut self, file: LogFile) {
        (self.file, self.offset) = (Some(file), 0);
        (self.start, self.end, self.skipping) = (0, 0, false);
    }

    /// Reads from the file. False: it has no more.
    fn read_block(&mut self) -> Result<bool, SysError> {
        let Some(file) = &self.file else { return Ok(false) };
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            if self.buffer.len() < LONGEST {
                self.buffer.resize(self.buffer.len() * 2, 0);
            } else {
                self.damaged += u64::from(!self.skipping);
                (self.end, self.skipping) = (0, true);
            }
        }
        let mut room = self.buffer.len() - self.end;
        if let Limit::At(last, size) = self.limit
            && last == file.id
        {
            room = room.min(usize::try_from(size.saturating_sub(self.offset)).unwrap_or(usize::MAX));
        }
        let into = &mut self.buffer[self.end..self.end + room];
        let count = loop {
            match file.file.read_at(into, self.offset) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => {
                    break other.attempt(|| format!("read the log {}", self.chain.path().display()))?;
                }
            }
        };
        self.end += count;
        self.offset += count as u64;
        Ok(count > 0)
    }
}
