//! A log in the journal, read through journalctl(1): its files have a format that only systemd's own library keeps up with.

use std::borrow::Cow;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::error::LogsError;
use crate::model::ContainerId;
use crate::model::moment::Point;
use crate::model::stamp::Stamp;
use crate::monitor::log::{Record, Stream};
use crate::sys::clock::LocalClock;
use crate::sys::{Attempt, SysError};

/// What is read at once.
const BLOCK: usize = 64 * 1024;

/// A larger entry is none of ours.
const LARGEST: usize = 4 * 1024 * 1024;

/// journalctl ended as it should.
const FINE: i32 = 0;

/// A container's entries.
#[derive(Debug)]
pub struct JournalSource {
    id: ContainerId,
    child: Option<(Child, ChildStdout)>,
    follow: bool,
    buffer: Vec<u8>,
    current: Option<(Entry, Stamp)>,
    /// The last entry that was read.
    cursor: Option<String>,
    clock: LocalClock,
}

/// The fields of an entry that we look at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    micros: i64,
    error: bool,
    partial: bool,
    text: Vec<u8>,
    cursor: String,
}

impl JournalSource {
    /// All entries, or the last so many; with `follow` also those that come.
    ///
    /// # Errors
    /// There is no journalctl.
    pub fn open(id: &ContainerId, lines: Option<u64>, follow: bool) -> Result<Self, LogsError> {
        let mut source = Self {
            id: id.clone(),
            child: None,
            follow,
            buffer: Vec::new(),
            current: None,
            cursor: None,
            clock: LocalClock::default(),
        };
        let mut options = vec![format!("--lines={}", lines.map_or("all".to_owned(), |n| n.to_string()))];
        options.extend(follow.then(|| "--follow".to_owned()));
        source.start(&options)?;
        Ok(source)
    }

    fn start(&mut self, options: &[String]) -> Result<(), LogsError> {
        let mut child = Command::new("journalctl")
            .args(["--quiet", "--no-pager", "--all", "--output=export"])
            .arg("--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE")
            .args(options)
            .arg(format!("CONTAINER_ID_FULL={}", self.id))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .attempt(|| "start journalctl")?;
        if let Some(stdout) = child.stdout.take() {
            rustix::io::ioctl_fionbio(&stdout, self.follow).attempt(|| "make a pipe non-blocking")?;
            self.child = Some((child, stdout));
        }
        Ok(())
    }

    /// The entry that is next, read already.
    pub fn current(&self) -> Option<Record<'_>> {
        let (entry, at) = self.current.as_ref()?;
        Some(Record {
            at: *at,
            stream: if entry.error { Stream::Err } else { Stream::Out },
            whole: !entry.partial,
            text: Cow::Borrowed(&entry.text),
        })
    }

    /// Done with that.
    pub fn advance(&mut self) {
        self.current = None;
    }

    /// Makes sure that an entry is read, if there is another one by now.
    ///
    /// # Errors
    /// EIO; journalctl failed.
    pub fn fill(&mut self) -> Result<bool, LogsError> {
        while self.current.is_none() {
            if let Some((entry, length)) = next_entry(&self.buffer) {
                self.buffer.drain(..length);
                self.cursor = Some(entry.cursor.clone());
                let point = Point::from_nanos(i128::from(entry.micros) * 1000);
                let at = Stamp { point, offset: self.clock.offset(point.seconds) };
                self.current = Some((entry, at));
            } else if !self.read_more()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_more(&mut self) -> Result<bool, LogsError> {
        let Some((_, stdout)) = &mut self.child else { return Ok(false) };
        let length = self.buffer.len();
        if length > LARGEST {
            let error = io::Error::other("an entry without an end");
            return Err(SysError::new("read the journal", error).into());
        }
        self.buffer.resize(length + BLOCK, 0);
        let result = loop {
            match stdout.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(length + result.as_ref().copied().unwrap_or(0));
        match result {
            Ok(0) => {
                self.finish()?;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(SysError::new("read the journal", error).into()),
        }
    }

    /// The container has ended: what the journal has of it, it has now or will have after a sync. To be read to its end
    /// once more.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn ended(&mut self) -> Result<(), LogsError> {
        if !std::mem::take(&mut self.follow) {
            return Ok(());
        }
        self.stop();
        // Only root may ask for it; to others journald's own delay is what there is.
        let _ = Command::new("journalctl")
            .arg("--sync")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        self.buffer.clear();
        let after = self.cursor.as_ref().map(|cursor| format!("--after-cursor={cursor}"));
        self.start(&after.into_iter().collect::<Vec<_>>())
    }

    /// What is to be waited for.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.child.as_ref().filter(|_| self.follow).map(|(_, stdout)| stdout.as_fd())
    }

    fn finish(&mut self) -> Result<(), LogsError> {
        let Some((mut child, _)) = self.child.take() else { return Ok(()) };
        let status = child.wait().attempt(|| "wait for journalctl")?;
        match status.code().unwrap_or(FINE) {
            FINE => Ok(()),
            // That is what it says when there is no entry.
            1 if self.cursor.is_none() => Ok(()),
            code => Err(LogsError::Journalctl(code)),
        }
    }

    fn stop(&mut self) {
        if let Some((mut child, _)) = self.child.take() {
            // One that has ended by itself needs no signal.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for JournalSource {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The first entry of an export (systemd.io/JOURNAL_EXPORT_FORMATS), and its length; none when it is not whole.
fn next_entry(bytes: &[u8]) -> Option<(Entry, usize)> {
    let mut entry = Entry::default();
    let mut at = 0;
    loop {
        let length = bytes[at..].iter().position(|byte| *byte == b'\n')?;
        let line = &bytes[at..at + length];
        at += length + 1;
        if line.is_empty() {
            return Some((entry, at));
        }
        let (name, value) = match line.iter().position(|byte| *byte == b'=') {
            Some(sign) => (&line[..sign], &line[sign + 1..]),
            // A value with any bytes in it: its length in 64 bits, little-endian, then itself.
            None => {
                let size = u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
                let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST)?;
                let value = bytes.get(at + 8..at + 8 + size)?;
                at += 8 + size + 1;
                (line, value)
            }
        };
        match name {
            b"MESSAGE" => entry.text = value.to_vec(),
            b"PRIORITY" => entry.error = value == b"3",
            b"CONTAINER_PARTIAL_MESSAGE" => entry.partial = value == b"true",
            b"__CURSOR" => entry.cursor = String::from_utf8_lossy(value).into_owned(),
            b"__REALTIME_TIMESTAMP" => {
                entry.micros = std::str::from_utf8(value).ok()?.parse().unwrap_or_default();
            }
            _ => {}
        }
        if at > bytes.len() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_when_they_are_whole() {
        let mut bytes =
            b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795748163000005\nPRIORITY=6\nMESSAGE=one\n\n".to_vec();
        let first = bytes.len();
        bytes.extend_from_slice(b"__CURSOR=c\nPRIORITY=3\nMESSAGE\n\x05\0\0\0\0\0\0\0a\n\n\xffb\n");
        bytes.extend_from_slice(b"CONTAINER_PARTIAL_MESSAGE=true\n\n");
        let whole = bytes.len();
        let (entry, length) = next_entry(&bytes).unwrap();
        let want = Entry {
            micros: 1_795_748_163_000_005,
            text: b"one".to_vec(),
            cursor: "s=1;i=2".to_owned(),
            ..Entry::default()
        };
        assert_eq!((entry, length), (want, first));
        let (entry, length) = next_entry(&bytes[first..]).unwrap();
        let want = Entry {
            error: true,
            partial: true,
            text: b"a\n\n\xffb".to_vec(),
            cursor: "c".to_owned(),
            ..Entry::default()
        };
        assert_eq!((entry, first + length), (want, whole));
        for cut in first..whole {
            assert_eq!(next_entry(&bytes[first..cut]), None, "{cut}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_an_export(pieces in proptest::collection::vec(proptest::prop_oneof![
            proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..20),
            proptest::sample::select(vec![
                b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(), b"MESSAGE\n\x03\0\0\0\0\0\0\0abc\n".to_vec(),
                b"\n".to_vec(), b"__REALTIME_TIMESTAMP=".to_vec(), b"=\n".to_vec(),
            ]),
        ], 0..8)) {
            let bytes = pieces.concat();
            if let Some((_, length)) = next_entry(&bytes) {
                proptest::prop_assert!(length > 0 && length <= bytes.len());
            }
        }
    }
}
