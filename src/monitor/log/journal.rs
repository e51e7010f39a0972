//! The journal (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram an entry, with the fields that conmon writes and docker's
//! documentation has.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;

use nix::poll::{PollFd, PollFlags, poll};

use super::{LogIdentity, Lost, PIECE, Stream, pieces};
use crate::sys::SysError;

/// Where journald listens.
pub const SOCKET: &str = "/run/systemd/journal/socket";

/// A journal that has no room may take so many milliseconds to make some; one that has not is not waited for again.
const PATIENCE: u8 = 50;

/// A container's entries in the journal.
#[derive(Debug)]
pub struct JournalLog {
    socket: Option<UnixDatagram>,
    /// The fields that are the same in each entry.
    fields: Vec<u8>,
    /// Of each stream the beginning of a line that is not whole yet: an entry should be a line.
    held: [Vec<u8>; 2],
    /// It had no room, and was waited for in vain.
    stuck: bool,
}

impl JournalLog {
    /// Connects to nothing yet.
    pub fn new(identity: &LogIdentity, tag: Option<&str>) -> Self {
        let LogIdentity { id, name } = identity;
        let short = &id[..id.len().min(12)];
        let mut fields = format!("CONTAINER_ID={short}\nCONTAINER_ID_FULL={id}\nCONTAINER_NAME={name}\n");
        if let Some(tag) = tag {
            fields.push_str(&format!("CONTAINER_TAG={tag}\n"));
        }
        fields.push_str(&format!("SYSLOG_IDENTIFIER={}\n", tag.unwrap_or(name)));
        Self { socket: None, fields: fields.into_bytes(), held: [Vec::new(), Vec::new()], stuck: false }
    }

    /// Is there something that [`Self::close`] would write?
    pub fn holds(&self) -> bool {
        self.held.iter().any(|held| !held.is_empty())
    }

    /// Sends an entry for each line.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Lost> {
        let mut start = std::mem::take(&mut self.held[stream.index()]);
        let mut lost: Option<Lost> = None;
        for (text, whole) in pieces(bytes) {
            start.extend_from_slice(text);
            // A rest at the end waits for more, as long as it would still be one piece.
            if !whole && start.len() < PIECE {
                self.held[stream.index()] = start;
                break;
            }
            if let Err(error) = self.send(stream, &start, !whole) {
                let bytes = start.len() as u64 + u64::from(whole) + lost.map_or(0, |lost| lost.bytes);
                lost = Some(Lost { bytes, why: error.to_string(), errno: error.errno() });
            }
            start.clear();
        }
        lost.map_or(Ok(()), Err)
    }

    /// Sends what is held back.
    pub fn close(&mut self) -> Result<(), Lost> {
        for stream in [Stream::Out, Stream::Err] {
            let rest = std::mem::take(&mut self.held[stream.index()]);
            if !rest.is_empty() {
                let bytes = rest.len() as u64;
                self.send(stream, &rest, true).map_err(|error| Lost {
                    bytes,
                    why: error.to_string(),
                    errno: error.errno(),
                })?;
            }
        }
        Ok(())
    }

    fn send(&mut self, stream: Stream, text: &[u8], partial: bool) -> Result<(), SysError> {
        let entry = entry(&self.fields, stream, text, partial);
        let failed = |error| SysError::new(format!("write to the journal at {SOCKET}"), error);
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(connect().map_err(failed)?),
        };
        let mut sent = socket.send(&entry);
        if matches!(&sent, Err(error) if error.kind() == io::ErrorKind::WouldBlock) && !self.stuck {
            // It is behind: its pace is the container's, as with a file on a slow disk.
            let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
            // Whatever poll(2) says, the write knows.
            self.stuck = poll(&mut fds, PATIENCE).is_ok_and(|ready| ready == 0);
            sent = socket.send(&entry);
        }
        match sent {
            Ok(_) => {
                self.stuck = false;
                Ok(())
            }
            Err(error) => {
                // One that was started again listens at another socket of the same name.
                if error.kind() != io::ErrorKind::WouldBlock {
                    self.socket = None;
                }
                Err(failed(error))
            }
        }
    }
}

fn connect() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(SOCKET)?;
    Ok(socket)
}

/// An entry as journald takes it. No value has a newline in it: the text ends before its own.
fn entry(fields: &[u8], stream: Stream, text: &[u8], partial: bool) -> Vec<u8> {
    let mut entry = Vec::with_capacity(text.len() + fields.len() + 64);
    entry.extend_from_slice(b"MESSAGE=");
    entry.extend_from_slice(text);
    // syslog(3): informational, error.
    entry.extend_from_slice(if stream == Stream::Out { b"\nPRIORITY=6\n" } else { b"\nPRIORITY=3\n" });
    entry.extend_from_slice(fields);
    if partial {
        entry.extend_from_slice(b"CONTAINER_PARTIAL_MESSAGE=true\n");
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(socket: UnixDatagram) -> JournalLog {
        let identity = LogIdentity { id: "ab".repeat(32), name: "web".to_owned() };
        JournalLog { socket: Some(socket), ..JournalLog::new(&identity, Some("tag")) }
    }

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = vec![0; 64 * 1024];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn entries_are_conmons() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut log = log(ours);
        log.write(Stream::Out, b"one\ntw").unwrap();
        log.write(Stream::Err, b"err\n").unwrap();
        log.write(Stream::Out, b"o\nrest").unwrap();
        log.close().unwrap();
        let full = "ab".repeat(32);
        let fields = format!(
            "CONTAINER_ID=abababababab\nCONTAINER_ID_FULL={full}\nCONTAINER_NAME=web\nCONTAINER_TAG=tag\n\
             SYSLOG_IDENTIFIER=tag\n"
        );
        for (text, priority, partial) in
            [("one", 6, ""), ("err", 3, ""), ("two", 6, ""), ("rest", 6, "CONTAINER_PARTIAL_MESSAGE=true\n")]
        {
            let want = format!("MESSAGE={text}\nPRIORITY={priority}\n{fields}{partial}");
            assert_eq!(received(&theirs), want);
        }
    }

    #[test]
    fn a_line_without_end_is_sent_in_pieces() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut log = log(ours);
        log.write(Stream::Out, &vec![b'x'; 40_000]).unwrap();
        log.write(Stream::Out, b"\n").unwrap();
        let lengths: Vec<_> = (0..3)
            .map(|_| received(&theirs))
            .map(|text| (text.find('\n').unwrap() - "MESSAGE=".len(), text.contains("CONTAINER_PARTIAL")))
            .collect();
        assert_eq!(lengths, [(PIECE, true), (PIECE, true), (40_000 - 2 * PIECE, false)]);
    }

    #[test]
    fn a_journal_that_does_not_read_is_waited_for_once() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut log = log(ours);
        let lost = loop {
            if let Err(lost) = log.write(Stream::Out, b"12345\n") {
                break lost;
            }
        };
        assert_eq!(lost.bytes, 6);
        assert!(lost.why.contains(SOCKET), "{}", lost.why);
        assert!(log.stuck);
        received(&theirs);
        log.write(Stream::Out, b"x\n").unwrap();
        assert!(!log.stuck);
    }
}
