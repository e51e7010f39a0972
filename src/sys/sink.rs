//! Writing to a descriptor that we were given (stdout, stderr) without ever being stuck in it, and without changing
//! the open file behind it: O_NONBLOCK would hit everybody who shares that, the user's shell for one.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, send};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, ReadWriteFlags};

use super::{Attempt, SysError};

/// What poll(2) promises to fit into a pipe that is ready (PIPE_BUF, pipe(7)).
const SURE: usize = 4096;

/// A descriptor to write to.
pub struct Sink<'fd> {
    given: BorrowedFd<'fd>,
    name: &'static str,
    way: Way,
}

/// How not to block.
enum Way {
    /// Files and devices: they do not make a writer wait for a reader.
    Plain,
    /// Pipes since Linux 6.5: a flag of the single write (pwritev2(2), RWF_NOWAIT).
    NoWait,
    /// Terminals, and pipes before that: an open file of our own for the same thing, non-blocking.
    Own(OwnedFd),
    /// Sockets have a flag for it.
    Socket,
    /// What could not be opened again (the terminal of another user): no more at once than poll(2) promises.
    Careful,
}

/// What became of a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// So many bytes, at least one.
    Some(usize),
    /// None; wait until [`Sink::as_fd`] is writable.
    Later,
    /// Nobody reads any more.
    Closed,
}

impl<'fd> Sink<'fd> {
    /// Finds out how to write to `fd`, called `name` in errors.
    pub fn new(fd: BorrowedFd<'fd>, name: &'static str) -> Self {
        let kind = rustix::fs::fstat(fd).map(|stat| FileType::from_raw_mode(stat.st_mode));
        let way = match kind {
            Ok(FileType::Fifo) => Way::NoWait,
            Ok(FileType::CharacterDevice) if rustix::termios::isatty(fd) => Way::reopened(fd),
            Ok(FileType::Socket) => Way::Socket,
            _ => Way::Plain,
        };
        Self { given: fd, name, way }
    }

    /// Writes what fits without waiting.
    ///
    /// # Errors
    /// ENOSPC, EIO and what else write(2) has for files; a reader gone is not an error but [`Written::Closed`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<Written, SysError> {
        loop {
            let result = match &self.way {
                Way::Plain => rustix::io::write(self.given, bytes),
                Way::NoWait => match no_wait(self.given, bytes) {
                    Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                        self.way = Way::reopened(self.given);
                        continue;
                    }
                    other => other,
                },
                Way::Own(own) => rustix::io::write(own, bytes),
                Way::Socket => {
                    send(self.given.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL)
                        .map_err(|errno| Errno::from_raw_os_error(errno as i32))
                }
                Way::Careful if self.ready() => {
                    rustix::io::write(self.given, &bytes[..bytes.len().min(SURE)])
                }
                Way::Careful => Err(Errno::AGAIN),
            };
            return match result {
                Ok(0) | Err(Errno::AGAIN) => Ok(Written::Later),
                Ok(count) => Ok(Written::Some(count)),
                Err(Errno::INTR) => continue,
                Err(Errno::PIPE | Errno::CONNRESET) => Ok(Written::Closed),
                // A terminal that was hung up.
                Err(Errno::IO) if !matches!(self.way, Way::Plain | Way::Socket) => Ok(Written::Closed),
                Err(errno) => Err(errno).attempt(|| format!("write to {}", self.name)),
            };
        }
    }

    fn ready(&self) -> bool {
        let mut fds = [PollFd::new(self.given, PollFlags::POLLOUT)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}

impl AsFd for Sink<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.way {
            Way::Own(own) => own.as_fd(),
            _ => self.given,
        }
    }
}

impl Way {
    /// Opens the same thing once more; needs the permission to, which the owner of a pipe or terminal has.
    fn reopened(fd: BorrowedFd<'_>) -> Self {
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).map_or(Self::Careful, Self::Own)
    }
}

fn no_wait(fd: BorrowedFd<'_>, bytes: &[u8]) -> rustix::io::Result<usize> {
    // An offset of -1 is the current position, the only one that a pipe has.
    rustix::io::pwritev2(fd, &[IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    type Choose = fn(BorrowedFd<'_>) -> Way;

    /// Fills the sink until it would block, reads everything back, and sees the end of the reader.
    fn fill_and_drain(write: OwnedFd, mut read: std::fs::File, way: Option<Choose>) {
        let mut sink = Sink::new(write.as_fd(), "test");
        if let Some(way) = way {
            sink.way = way(write.as_fd());
        }
        let chunk = vec![b'x'; 32 * 1024];
        let mut total = 0;
        while let Written::Some(count) = sink.write(&chunk).unwrap() {
            total += count;
        }
        assert!(total > 0);
        let mut back = vec![0; total];
        read.read_exact(&mut back).unwrap();
        assert!(matches!(sink.write(&chunk).unwrap(), Written::Some(_)));
        drop(read);
        assert_eq!(sink.write(&chunk).unwrap(), Written::Closed);
    }

    #[test]
    fn pipes_and_sockets_are_never_waited_for() {
        for way in [None, Some(Way::reopened as Choose), Some(|_| Way::Careful)] {
            let (read, write) = rustix::pipe::pipe().unwrap();
            fill_and_drain(write, read.into(), way);
        }
        let (a, b) = std::os::unix::net::UnixStream::pair().unwrap();
        fill_and_drain(a.into(), OwnedFd::from(b).into(), None);
    }

    #[test]
    fn a_terminal_that_nobody_reads() {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut sink = Sink::new(pty.slave.as_fd(), "test");
        let chunk = [b'x'; 4096];
        while let Written::Some(_) = sink.write(&chunk).unwrap() {}
        drop(pty.master);
        assert_eq!(sink.write(&chunk).unwrap(), Written::Closed);
    }

    #[test]
    fn the_open_file_given_stays_as_it_is() {
        let (_read, write) = rustix::pipe::pipe().unwrap();
        assert!(matches!(Way::reopened(write.as_fd()), Way::Own(_)));
        assert!(!rustix::fs::fcntl_getfl(&write).unwrap().contains(OFlags::NONBLOCK));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = Sink::new(full.as_fd(), "stdout").write(b"x").unwrap_err();
        assert_eq!(error.to_string(), "write to stdout: no space left on device");
    }
}
