//! `--tail`: where the last lines of a log begin, found from its end.

use std::fs::File;
use std::os::unix::fs::FileExt;

use memchr::memrchr;

use super::chain::{Chain, LogFile};
use super::file::Parse;
use crate::model::moment::Point;
use crate::monitor::log::Stream;
use crate::sys::{Attempt, SysError};

/// What is read at once.
const BLOCK: u64 = 64 * 1024;

/// So much of a record is looked at: more than any that we write.
const RECORD: u64 = 256 * 1024;

/// The pieces of a line are looked for across so much of another output's.
const INTERRUPTION: u64 = 256 * 1024;

/// Which lines.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    /// So many of the last.
    pub lines: u64,
    /// Not counting what was written after.
    pub until: Option<Point>,
}

/// Where the last lines of a log begin.
#[derive(Debug)]
pub struct Start {
    /// In which file.
    pub file: LogFile,
    /// Where in it.
    pub offset: u64,
    /// So many records of stdout and of stderr come after that and are not wanted: they lie between the pieces of a line.
    pub skipped: [u64; 2],
}

/// Finds where the last lines begin; none when there is no log. Pieces of a line count as one.
///
/// # Errors
/// EACCES, EIO.
pub fn start(chain: &Chain, parse: Parse, tail: Tail) -> Result<Option<Start>, SysError> {
    let what = || format!("read the log {}", chain.path().display());
    let Some(mut file) = chain.newest()? else { return Ok(None) };
    let mut line = Vec::new();
    let mut counted = Counted { left: tail.lines, ..Counted::default() };
    // Where what is wanted begins: in this file, or in one that came after it.
    let mut here = None;
    let mut later: Option<(LogFile, u64)> = None;
    'files: loop {
        let mut lines = Backward::new(&file.file, file.size);
        while let Some((from, to)) = lines.previous().attempt(what)? {
            line.resize(usize::try_from((to - from).min(RECORD)).unwrap_or(0), 0);
            file.file.read_exact_at(&mut line, from).attempt(what)?;
            let Some(record) = parse(&line) else { continue };
            if tail.until.is_some_and(|until| record.at.point > until) {
                counted.reaches();
                (here, later) = (Some(from), None);
            } else if counted.take(record.stream, record.whole, to - from) {
                (here, later) = (Some(from), None);
            } else if later.is_none() {
                here = here.or(Some(to + 1));
            }
            if counted.is_complete() {
                break 'files;
            }
        }
        match chain.previous(file.id)? {
            Some(older) => {
                let newer = std::mem::replace(&mut file, older);
                later = later.or(here.map(|offset| (newer, offset)));
                here = None;
            }
            None => {
                // All that there is; with what is damaged at the beginning, which is told of.
                here = if counted.left > 0 { Some(0) } else { here };
                break;
            }
        }
    }
    let (file, offset) = later.unwrap_or((file, here.unwrap_or(0)));
    Ok(Some(Start { file, offset, skipped: counted.skipped }))
}

/// Counts lines backward. Each output has lines of its own, whose pieces lie between those of the other's.
#[derive(Debug, Default)]
struct Counted {
    left: u64,
    /// Of the line of each output that what comes before may be a piece of: is it wanted?
    lines: [Option<bool>; 2],
    /// So many of each output that are not wanted lie between those that are.
    skipped: [u64; 2],
    /// So many lie before all that are.
    passed: [u64; 2],
    /// Bytes of these.
    length: u64,
}

impl Counted {
    /// Is this record one of those wanted?
    fn take(&mut self, stream: Stream, whole: bool, length: u64) -> bool {
        let line = &mut self.lines[stream.index()];
        let wanted = match *line {
            Some(wanted) if !whole => wanted,
            _ => *line.insert(
                self.left > 0 && {
                    self.left -= 1;
                    true
                },
            ),
        };
        if wanted {
            self.reaches();
        } else {
            self.passed[stream.index()] += 1;
            self.length += length;
        }
        wanted
    }

    /// What is wanted reaches back to here.
    fn reaches(&mut self) {
        for (skipped, passed) in self.skipped.iter_mut().zip(&mut self.passed) {
            *skipped += std::mem::take(passed);
        }
        self.length = 0;
    }

    /// Is nothing wanted that comes before? Of a line that the other output has interrupted for long the rest will do.
    fn is_complete(&self) -> bool {
        self.left == 0 && (!self.lines.contains(&Some(true)) || self.length > INTERRUPTION)
    }
}

/// What a walk backward comes to.
#[derive(Clone, Copy)]
enum Next {
    /// The end of the file, at this size: behind its last newline there is half a line at most.
    End(u64),
    /// The line that this newline ends.
    Line(u64),
    /// Nothing: the first line has been.
    Nothing,
}

/// The whole lines of a file, the last first.
struct Backward<'a> {
    file: &'a File,
    block: Vec<u8>,
    /// Where in the file the block lies.
    at: u64,
    next: Next,
}

impl<'a> Backward<'a> {
    fn new(file: &'a File, size: u64) -> Self {
        Self { file, block: Vec::new(), at: size, next: Next::End(size) }
    }

    /// From where to where: the newline is not part of it.
    fn previous(&mut self) -> std::io::Result<Option<(u64, u64)>> {
        let end = match self.next {
            Next::End(size) => self.newline_before(size)?,
            Next::Line(end) => Some(end),
            Next::Nothing => None,
        };
        let Some(end) = end else { return Ok(None) };
        let before = self.newline_before(end)?;
        self.next = before.map_or(Next::Nothing, Next::Line);
        Ok(Some((before.map_or(0, |newline| newline + 1), end)))
    }

    fn newline_before(&mut self, mut before: u64) -> std::io::Result<Option<u64>> {
        while before > 0 {
            if before <= self.at || before > self.at + self.block.len() as u64 {
                self.at = before.saturating_sub(BLOCK);
                self.block.resize(usize::try_from(before - self.at).unwrap_or(0), 0);
                self.file.read_exact_at(&mut self.block, self.at)?;
            }
            let part = &self.block[..usize::try_from(before - self.at).unwrap_or(0)];
            match memrchr(b'\n', part) {
                Some(place) => return Ok(Some(self.at + place as u64)),
                None => before = self.at,
            }
        }
        Ok(None)
    }
}
