//! A log in a file: records are gathered and appended with one write(2) where they fit; the file rotates before it grows
//! over its limit.

use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use memchr::{memchr, memchr_iter, memrchr};
use nix::errno::Errno;

use super::format::Format;
use super::open::{OpenLog, what};
use super::{Lost, PIECE, Stream, json, k8s, pieces, rotate};
use crate::model::LogSpec;
use crate::model::stamp::Stamp;
use crate::sys::SysError;

/// Records are written when there are so many bytes of them, and at the end of each piece of output.
const BATCH: usize = 64 * 1024;

/// A disk that was full is written again when it has so many bytes.
const ROOM: u64 = 128 * 1024;

/// So much of a log is given up when the disk is full, for the container's record to say so.
const GIVEN: u64 = 16 * 1024;

/// One log file and what came before it.
#[derive(Debug)]
pub struct FileLog {
    path: PathBuf,
    format: Format,
    max_size: Option<u64>,
    max_file: u32,
    /// It lies beside the container's record.
    gives: bool,
    open: Option<OpenLog>,
    /// Records of the output that is being written; empty between two writes.
    batch: Vec<u8>,
    /// The disk is full.
    full: Option<Full>,
}

/// When a full disk is tried again: a log that took each byte that comes free would leave none for anybody's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    /// As soon as there are [`ROOM`] bytes.
    Disk,
    /// At this time in seconds: how much a quota leaves is not known.
    Quota(i64),
}

impl FileLog {
    /// Opens nothing yet.
    pub fn new(path: PathBuf, format: Format, spec: &LogSpec) -> Self {
        let LogSpec { max_size, max_file, .. } = *spec;
        let gives = spec.path.is_none();
        Self { path, format, max_size, max_file, gives, open: None, batch: Vec::new(), full: None }
    }

    /// Are its times those of the local clock? docker's are UTC.
    pub fn is_local(&self) -> bool {
        matches!(self.format, Format::K8s)
    }

    /// Is there something that [`Self::close`] would write?
    pub fn holds(&self) -> bool {
        matches!(&self.format, Format::Json { held, .. } if held.iter().any(|held| !held.is_empty()))
    }

    /// Appends output.
    pub fn write(&mut self, stream: Stream, bytes: &[u8], at: Stamp) -> Result<(), Lost> {
        if !self.has_room(at.point.seconds) {
            let why = SysError::new(what("write", &self.path), Errno::ENOSPC);
            return Err(lost(bytes, &why));
        }
        let done = self.put(stream, bytes, at);
        let full = match &done {
            Err(Lost { errno, .. }) if *errno == Errno::ENOSPC as i32 => Some(Full::Disk),
            Err(Lost { errno, .. }) if *errno == Errno::EDQUOT as i32 => {
                Some(Full::Quota(at.point.seconds.saturating_add(1)))
            }
            _ => None,
        };
        let was = std::mem::replace(&mut self.full, full);
        match done {
            Err(lost) if full.is_some() && was.is_none() => {
                Err(Lost { bytes: lost.bytes + self.give_room(), ..lost })
            }
            done => done,
        }
    }

    fn put(&mut self, stream: Stream, bytes: &[u8], at: Stamp) -> Result<(), Lost> {
        // The frame of the records is the same for all of one output.
        match &mut self.format {
            Format::K8s => {
                let prefix = k8s::prefix(stream, at);
                self.append(bytes, |out, text, whole| k8s::put(out, &prefix, text, whole))
            }
            Format::Json { attributes, held } => {
                let suffix = json::suffix(stream, at, attributes);
                let mut start = std::mem::take(&mut held[stream.index()]);
                start.extend_from_slice(bytes);
                let end = start.split_off(start.len() - json::unfinished(&start));
                held[stream.index()] = end;
                self.append(&start, |out, text, whole| json::put(out, &suffix, text, whole))
            }
        }
    }

    /// Writes what is held back.
    pub fn close(&mut self, at: Stamp) -> Result<(), Lost> {
        let Format::Json { attributes, held } = &mut self.format else { return Ok(()) };
        let rests =
            [(Stream::Out, std::mem::take(&mut held[0])), (Stream::Err, std::mem::take(&mut held[1]))];
        let suffixes = rests.each_ref().map(|(stream, _)| json::suffix(*stream, at, attributes));
        for ((_, rest), suffix) in rests.iter().zip(suffixes) {
            self.append(rest, |out, text, whole| json::put(out, &suffix, text, whole))?;
        }
        Ok(())
    }

    /// Is there any point in writing?
    fn has_room(&self, now: i64) -> bool {
        match self.full {
            None => true,
            Some(Full::Quota(until)) => now >= until,
            Some(Full::Disk) => {
                let stat = match &self.open {
                    Some(open) => rustix::fs::fstatvfs(&open.file),
                    None => rustix::fs::statvfs(self.path.parent().unwrap_or(&self.path)),
                };
                stat.is_ok_and(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) >= ROOM)
            }
        }
    }

    /// Gives up the last records, in the store only, where the container's own record wants to be written. How many bytes of
    /// output they held.
    fn give_room(&mut self) -> u64 {
        let Some(open) = self.open.as_mut().filter(|_| self.gives) else { return 0 };
        if open.size < 4 * GIVEN {
            return 0;
        }
        let mut tail = vec![0; GIVEN as usize];
        let start = open.size - GIVEN;
        if open.file.read_exact_at(&mut tail, start).is_err() {
            return 0;
        }
        let Some(end) = memchr(b'\n', &tail) else { return 0 };
        let cut = start + end as u64 + 1;
        if open.file.set_len(cut).is_err() {
            return 0;
        }
        open.size = cut;
        let parse = self.format.parser();
        let records = tail[end + 1..].split(|byte| *byte == b'\n').filter_map(parse);
        records.map(|record| record.text.len() as u64 + u64::from(record.whole)).sum()
    }

    /// Makes records of an output and appends them. When a write fails, what comes after it is lost too: the disk is full.
    fn append(&mut self, bytes: &[u8], put: impl Fn(&mut Vec<u8>, &[u8], bool)) -> Result<(), Lost> {
        let (mut written, mut gathered) = (0, 0);
        self.batch.clear();
        self.batch.reserve_exact(BATCH + PIECE);
        for (text, whole) in pieces(bytes) {
            let before = self.batch.len();
            put(&mut self.batch, text, whole);
            if let Some(limit) = self.max_size {
                let size = self.opened().map_err(|error| lost(&bytes[written..], &error))?.size;
                // Alone in its file a record may be larger than the limit.
                if size + self.batch.len() as u64 > limit && size + before as u64 > 0 {
                    let last = self.batch.split_off(before);
                    self.flush(&bytes[written..])?;
                    written += std::mem::take(&mut gathered);
                    self.rotate().map_err(|error| lost(&bytes[written..], &error))?;
                    self.batch = last;
                }
            }
            gathered += text.len() + usize::from(whole);
            if self.batch.len() >= BATCH {
                self.flush(&bytes[written..])?;
                written += std::mem::take(&mut gathered);
            }
        }
        self.flush(&bytes[written..])
    }

    /// Writes the batch, which `rest` begins with. Of a batch that does not fit, whole records are left in the file.
    fn flush(&mut self, rest: &[u8]) -> Result<(), Lost> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        let result = self.write_all(&batch).map_err(|(error, written)| {
            let kept = memrchr(b'\n', &batch[..written]).map_or(0, |end| end + 1);
            if let Some(open) = &mut self.open {
                open.keep(kept, written);
            }
            let records = memchr_iter(b'\n', &batch[..kept]).count();
            let known = pieces(rest).take(records).map(|(text, whole)| text.len() + usize::from(whole));
            lost(&rest[known.sum::<usize>()..], &error)
        });
        batch.clear();
        self.batch = batch;
        result
    }

    /// Appends bytes; how many there are in the file when it fails.
    fn write_all(&mut self, batch: &[u8]) -> Result<(), (SysError, usize)> {
        let write = what("write", &self.path);
        let open = self.opened().map_err(|error| (error, 0))?;
        let mut written = 0;
        while written < batch.len() {
            match open.file.write(&batch[written..]) {
                Ok(0) => return Err((SysError::new(write, io::ErrorKind::WriteZero), written)),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((SysError::new(write, error), written)),
            }
        }
        open.size += written as u64;
        Ok(())
    }

    fn opened(&mut self) -> Result<&mut OpenLog, SysError> {
        match &mut self.open {
            Some(open) => Ok(open),
            none => Ok(none.insert(OpenLog::new(&self.path)?)),
        }
    }

    /// Puts the file aside; the next write makes a new one.
    fn rotate(&mut self) -> Result<(), SysError> {
        let Some(open) = self.open.take_if(|open| open.is_at(&self.path)) else {
            // Somebody else has put it aside (logrotate, another container with the same path).
            self.open = None;
            return Ok(());
        };
        match rotate::rotate(&self.path, self.max_file) {
            Ok(()) => Ok(()),
            // A directory in which nothing can be renamed: the file's own content goes, so that its limit holds.
            Err(_) if open.file.set_len(0).is_ok() => {
                self.open = Some(OpenLog { size: 0, ..open });
                Ok(())
            }
            Err(error) => Err(SysError::new(what("rotate", &self.path), error)),
        }
    }
}

fn lost(bytes: &[u8], error: &SysError) -> Lost {
    Lost { bytes: bytes.len() as u64, why: error.to_string(), errno: error.errno() }
}
