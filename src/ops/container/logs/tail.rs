//! `--tail`: where the last lines of a log begin, found from its end.

use std::fs::File;
use std::os::unix::fs::FileExt;

use memchr::memrchr;

use super::chain::{Chain, LogFile};
use super::file::Parse;
use crate::model::moment::Point;
use crate::sys::{Attempt, SysError};

/// What is read at once.
const BLOCK: u64 = 64 * 1024;

/// So much of a record is looked at: more than any that we write.
const RECORD: u64 = 256 * 1024;

/// Which lines.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    /// So many of the last.
    pub lines: u64,
    /// Not counting what was written after.
    pub until: Option<Point>,
}

/// Finds the file and the offset where the last lines begin; none when there is no log. Pieces of a line count as one.
///
/// # Errors
/// EACCES, EIO.
pub fn start(chain: &Chain, parse: Parse, tail: Tail) -> Result<Option<(LogFile, u64)>, SysError> {
    let what = || format!("read the log {}", chain.path().display());
    let Some(mut file) = chain.newest()? else { return Ok(None) };
    let mut line = Vec::new();
    let mut counted = Counted { left: tail.lines, inside: false };
    loop {
        let mut lines = Backward::new(&file.file, file.size);
        while let Some((from, to)) = lines.previous().attempt(what)? {
            line.resize(usize::try_from((to - from).min(RECORD)).unwrap_or(0), 0);
            file.file.read_exact_at(&mut line, from).attempt(what)?;
            let Some(record) = parse(&line) else { continue };
            let counts = tail.until.is_none_or(|until| record.at.point <= until);
            if counts && !counted.take(record.whole) {
                return Ok(Some((file, to + 1)));
            }
        }
        match chain.previous(file.id)? {
            Some(older) => file = older,
            None => return Ok(Some((file, 0))),
        }
    }
}

/// Counts lines backward.
struct Counted {
    left: u64,
    /// What comes before may be a piece of a line that was counted.
    inside: bool,
}

impl Counted {
    /// Is this record one of those wanted?
    fn take(&mut self, whole: bool) -> bool {
        if !whole && self.inside {
            return true;
        }
        let wanted = self.left > 0;
        self.left = self.left.saturating_sub(1);
        self.inside = true;
        wanted
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
