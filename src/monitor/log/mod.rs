//! Where a container's output is kept while it lives: files that rotate, the journal, or nowhere.
//!
//! Lives in the monitor's single-threaded loop: opens nothing before the first byte, waits for nobody, and never fails
//! upward. What cannot be written is dropped and counted, the container goes on, and writing does too once it can.
//!
//! The formats are pure and go both ways: `rctr logs` reads with what wrote.

mod counted;
mod file;
mod format;
mod journal;
pub mod json;
pub mod k8s;
mod open;
mod record;
mod rotate;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memchr::memchr;

pub use journal::SOCKET as JOURNAL_SOCKET;
pub use open::open;
pub use record::Record;
pub use rotate::rotated;

use crate::model::stamp::Stamp;
use crate::model::{LogDriver, LogSpec};
use crate::sys::clock::{self, LocalClock};
use counted::Counted;
use file::FileLog;
use format::Format;
use journal::JournalLog;

/// A line is cut into pieces of at most so many bytes of text (docker's and containerd's measure).
pub const PIECE: usize = 16 * 1024;

/// One of a container's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// stdout, or its terminal.
    Out,
    /// stderr.
    Err,
}

impl Stream {
    /// As the formats spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Out => "stdout",
            Self::Err => "stderr",
        }
    }

    /// 0 or 1, for what is kept a stream.
    pub fn index(self) -> usize {
        usize::from(self == Self::Err)
    }
}

/// Whose output it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogIdentity {
    /// All 64 digits.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The log file of a container whose directory this is.
pub fn file_of(dir: &Path, spec: &LogSpec) -> PathBuf {
    spec.path.clone().unwrap_or_else(|| dir.join("log"))
}

/// Writes one container's output.
#[derive(Debug)]
pub struct LogWriter {
    sink: Sink,
    clock: LocalClock,
    counted: Counted,
}

#[derive(Debug)]
enum Sink {
    Nowhere,
    File(FileLog),
    Journal(JournalLog),
}

impl LogWriter {
    /// The log of a container whose directory this is. Opens nothing; a log that is there already is continued.
    pub fn new(dir: &Path, spec: &LogSpec, identity: &LogIdentity) -> Self {
        let file = |format| Sink::File(FileLog::new(file_of(dir, spec), format, spec));
        let sink = match spec.driver {
            LogDriver::K8sFile => file(Format::K8s),
            LogDriver::JsonFile => file(Format::json(spec.tag.as_deref())),
            LogDriver::Journald => Sink::Journal(JournalLog::new(identity, spec.tag.as_deref())),
            LogDriver::None | LogDriver::Passthrough => Sink::Nowhere,
        };
        Self { sink, clock: LocalClock::default(), counted: Counted::default() }
    }

    /// Keeps a piece of output that was read just now. True: what [`Self::error`] says has begun or ended, and wants
    /// recording.
    pub fn write(&mut self, stream: Stream, bytes: &[u8], now: SystemTime) -> bool {
        if bytes.is_empty() {
            return false;
        }
        let at = self.stamp(now);
        let done = match &mut self.sink {
            Sink::Nowhere => Ok(()),
            Sink::File(log) => log.write(stream, bytes, at),
            Sink::Journal(log) => log.write(stream, bytes),
        };
        self.counted.add(done)
    }

    /// Writes what is held back until its line is whole. The log can be written again afterwards. True: as for
    /// [`Self::write`].
    pub fn close(&mut self, now: SystemTime) -> bool {
        let at = self.stamp(now);
        let done = match &mut self.sink {
            Sink::Nowhere => return false,
            Sink::File(log) if !log.holds() => return false,
            Sink::File(log) => log.close(at),
            Sink::Journal(log) if !log.holds() => return false,
            Sink::Journal(log) => log.close(),
        };
        self.counted.add(done)
    }

    /// The time, by the local clock where the format has that.
    fn stamp(&mut self, now: SystemTime) -> Stamp {
        let point = clock::point(now);
        let local = matches!(&self.sink, Sink::File(log) if log.is_local());
        Stamp { point, offset: if local { self.clock.offset(point.seconds) } else { 0 } }
    }

    /// What is missing from the log, and why.
    pub fn error(&self) -> Option<String> {
        self.counted.text()
    }
}

/// Output that was not kept.
#[derive(Debug)]
struct Lost {
    /// So many bytes of it.
    bytes: u64,
    /// The attempt and the reason.
    why: String,
    /// The kernel's word for it, or 0.
    errno: i32,
}

/// The pieces of an output: each ends with its line, or after [`PIECE`] bytes (between two characters), or with the output.
/// The text comes without the newline, which is told of.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let window = &rest[..rest.len().min(PIECE + 1)];
        let (text, whole) = match memchr(b'\n', window) {
            Some(end) => (&window[..end], true),
            None if window.len() <= PIECE => (window, false),
            None => (&window[..PIECE - json::unfinished(&window[..PIECE])], false),
        };
        rest = &rest[text.len() + usize::from(whole)..];
        Some((text, whole))
    })
}

#[cfg(test)]
mod tests;
