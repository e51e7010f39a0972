//! What still has to be sent to the monitor. Bounded: one piece of stdin, one window size, each signal once, each lost reader once.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};

use super::keys::Keys;
use crate::monitor::protocol::Message;
use crate::sys::SysError;

/// Messages on their way out, the urgent ones first.
pub(super) struct Outgoing {
    /// Bit n-1 is signal n.
    signals: u64,
    /// Rows and columns.
    pub(super) resize: Option<(u16, u16)>,
    /// Streams that lost their reader, until the monitor knows: stdout, stderr.
    pub(super) readers_gone: [bool; 2],
    stdin: Stdin,
    keys: Keys,
    /// The keys to leave were typed: after what was typed before them.
    pub(super) leaves: bool,
    /// The first word on a container's socket.
    pub(super) greets: bool,
    /// The second: the container may go.
    pub(super) starts: bool,
    /// The packet that did not fit is made anew each time, here.
    packet: Vec<u8>,
    /// The monitor does not read any more.
    closed: bool,
}

/// How far stdin is.
enum Stdin {
    /// Nothing read that is not sent.
    Open,
    /// Read and not sent.
    Piece(Vec<u8>),
    /// At its end, which is not told yet.
    Ended,
    /// Not passed on, or not any more.
    Off,
}

impl Outgoing {
    pub(super) fn new(interactive: bool, detach_keys: Vec<u8>) -> Self {
        Self {
            signals: 0,
            resize: None,
            readers_gone: [false; 2],
            stdin: if interactive { Stdin::Open } else { Stdin::Off },
            keys: Keys::new(detach_keys),
            leaves: false,
            greets: false,
            starts: false,
            packet: Vec::new(),
            closed: false,
        }
    }

    /// Was everything said that was to be said before leaving?
    pub(super) fn has_left(&self) -> bool {
        self.leaves && !self.waiting()
    }

    /// Adds a signal. Two of the same kind that wait together are one, as for any process.
    pub(super) fn signal(&mut self, number: i32) {
        self.signals |= u32::try_from(number - 1).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
    }

    /// Should stdin be read?
    pub(super) fn wants_stdin(&self) -> bool {
        !self.closed && !self.leaves && matches!(self.stdin, Stdin::Open)
    }

    /// Is there something that the socket had no room for?
    pub(super) fn waiting(&self) -> bool {
        !self.closed
            && (self.greets
                || self.starts
                || self.signals != 0
                || self.resize.is_some()
                || self.readers_gone != [false; 2]
                || matches!(self.stdin, Stdin::Piece(_) | Stdin::Ended))
    }

    /// Reads a piece of stdin. Whatever keeps it from being read any further is its end.
    pub(super) fn read_stdin(&mut self, fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<(), SysError> {
        match nix::unistd::read(fd, buffer) {
            Ok(0) => self.stdin = Stdin::Ended,
            Ok(count) => {
                let (bytes, complete) = self.keys.filter(&buffer[..count]);
                self.leaves |= complete;
                self.stdin = if bytes.is_empty() { Stdin::Open } else { Stdin::Piece(bytes) };
            }
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // A terminal that was hung up, a descriptor that cannot be read.
            Err(Errno::EIO | Errno::EBADF | Errno::EISDIR | Errno::ECONNRESET) => self.stdin = Stdin::Ended,
            Err(errno) => return Err(SysError::new("read stdin", errno)),
        }
        Ok(())
    }

    /// Sends until nothing is left or nothing fits.
    pub(super) fn send(&mut self, socket: BorrowedFd<'_>) -> Result<(), SysError> {
        while self.waiting() {
            let signal = self.signals.trailing_zeros();
            let gone = self.readers_gone.iter().position(|gone| *gone);
            let message = match (&self.stdin, self.resize) {
                _ if self.greets => Message::Attach,
                _ if self.starts => Message::Start,
                _ if self.signals != 0 => Message::Signal(signal as i32 + 1),
                _ if gone == Some(0) => Message::ReaderGone(1),
                _ if gone.is_some() => Message::ReaderGone(2),
                (_, Some((rows, columns))) => Message::Resize { rows, columns },
                (Stdin::Piece(bytes), _) => Message::Stdin(bytes),
                _ => Message::StdinClosed,
            };
            message.encode(&mut self.packet);
            match send(socket.as_raw_fd(), &self.packet, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EPIPE | Errno::ECONNRESET | Errno::ENOTCONN) => self.closed = true,
                Err(errno) => return Err(SysError::new("write to the monitor", errno)),
            }
            if self.greets {
                self.greets = false;
            } else if self.starts {
                self.starts = false;
            } else if self.signals != 0 {
                self.signals &= !(1 << signal);
            } else if let Some(stream) = gone {
                self.readers_gone[stream] = false;
            } else if self.resize.is_some() {
                self.resize = None;
            } else {
                let ended = matches!(self.stdin, Stdin::Ended);
                self.stdin = if ended { Stdin::Off } else { Stdin::Open };
            }
        }
        Ok(())
    }
}
