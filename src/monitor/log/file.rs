//! A log in a file: records are gathered and appended with one write(2) where they fit; the file rotates before it grows
//! over its limit.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use rustix::fs::OFlags;

use super::{Lost, Record, Stream, json, k8s, pieces, rotate};
use crate::model::LogSpec;
use crate::model::stamp::Stamp;
use crate::sys::{Attempt, SysError};

/// Permission bits of a log: what a container says is its user's.
pub const MODE: u32 = 0o600;

/// Records are written when there are so many bytes of them, and at the end of each piece of output.
const BATCH: usize = 64 * 1024;

/// A disk that was full is written again when it has so many bytes.
const ROOM: u64 = 128 * 1024;

/// So much of a log is given up when the disk is full, for the container's record to say so.
const GIVEN: u64 = 16 * 1024;

/// How a record is written.
#[derive(Debug)]
pub enum Format {
    /// See [`k8s`].
    K8s,
    /// See [`json`].
    Json {
        /// The same in each record.
        attributes: String,
        /// Of each stream the beginning of a character whose rest is still to come.
        held: [Vec<u8>; 2],
    },
}

impl Format {
    /// docker's format.
    pub fn json(tag: Option<&str>) -> Self {
        Self::Json { attributes: json::attributes(tag), held: [Vec::new(), Vec::new()] }
    }

    /// What reads it.
    fn parser(&self) -> fn(&[u8]) -> Option<Record<'_>> {
        match self {
            Self::K8s => k8s::parse,
            Self::Json { .. } => json::parse,
        }
    }
}

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

#[derive(Debug)]
struct OpenLog {
    file: File,
    size: u64,
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
        let Some(end) = tail.iter().position(|byte| *byte == b'\n') else { return 0 };
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
        let batch = std::mem::take(&mut self.batch);
        let result = self.write_all(&batch);
        let kept = match result {
            Ok(()) => batch.len(),
            Err((_, written)) => batch[..written].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1),
        };
        if let (Some(open), Err((_, written))) = (&mut self.open, &result) {
            open.keep(kept, *written);
        }
        let records = batch[..kept].iter().filter(|byte| **byte == b'\n').count();
        self.batch = batch;
        self.batch.clear();
        result.map_err(|(error, _)| {
            let known: usize =
                pieces(rest).take(records).map(|(text, whole)| text.len() + usize::from(whole)).sum();
            lost(&rest[known..], &error)
        })
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

impl OpenLog {
    fn new(path: &Path) -> Result<Self, SysError> {
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
    fn keep(&mut self, kept: usize, written: usize) {
        let end = self.size + written as u64;
        self.size += kept as u64;
        if kept < written && self.file.metadata().is_ok_and(|metadata| metadata.len() == end) {
            // Where that fails too, the next write goes on behind half a line, which readers leave out.
            let _ = self.file.set_len(self.size);
        }
    }

    fn is_at(&self, path: &Path) -> bool {
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

fn what(attempt: &str, path: &Path) -> String {
    format!("{attempt} the log {}", path.display())
}

fn lost(bytes: &[u8], error: &SysError) -> Lost {
    Lost { bytes: bytes.len() as u64, why: error.to_string(), errno: error.errno() }
}
