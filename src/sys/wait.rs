//! Waiting for descriptors (poll(2)): through interruptions, and with an end.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Attempt, SysError};

/// Waits until one of these is ready, or until the deadline, and without one for ever. False: nothing was in time.
///
/// # Errors
/// ENOMEM.
pub fn ready(fds: &mut [PollFd<'_>], deadline: Option<Instant>) -> Result<bool, SysError> {
    loop {
        let timeout = match deadline {
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                // A part of a millisecond is waited for whole, so that nobody asks again and again in it.
                PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
            }
            None => PollTimeout::NONE,
        };
        match poll(fds, timeout) {
            Ok(0) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => return Ok(false),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(errno) => return Err(errno).attempt(|| "wait for a descriptor"),
        }
    }
}

/// So long from now; none for ever.
pub fn deadline(at_most: Option<Duration>) -> Option<Instant> {
    at_most.and_then(|time| Instant::now().checked_add(time))
}

/// Waits until a pidfd tells that its process has ended, or any other descriptor that there is something to read; at most
/// so long, and without a time for ever. False: nothing came.
///
/// # Errors
/// ENOMEM.
pub fn readable(fd: BorrowedFd<'_>, at_most: Option<Duration>) -> Result<bool, SysError> {
    ready(&mut [PollFd::new(fd, PollFlags::POLLIN)], deadline(at_most))
}

/// Waits until a descriptor takes something, or nobody reads there any more; at most so long.
///
/// # Errors
/// ENOMEM.
pub fn writable(fd: BorrowedFd<'_>, at_most: Option<Duration>) -> Result<bool, SysError> {
    ready(&mut [PollFd::new(fd, PollFlags::POLLOUT)], deadline(at_most))
}

/// Waits until one of these can be read, at most so long: which one, none in time.
///
/// # Errors
/// ENOMEM.
pub fn first(fds: &[BorrowedFd<'_>], at_most: Duration) -> Result<Option<usize>, SysError> {
    let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    ready(&mut polled, deadline(Some(at_most)))?;
    Ok(polled.iter().position(|fd| fd.any().unwrap_or(false)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn what_comes_and_what_does_not() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (other, _held) = rustix::pipe::pipe().unwrap();
        assert!(!readable(read.as_fd(), Some(Duration::ZERO)).unwrap());
        assert!(writable(write.as_fd(), None).unwrap());
        assert_eq!(first(&[read.as_fd(), other.as_fd()], Duration::from_millis(1)).unwrap(), None);
        rustix::io::write(&write, b"x").unwrap();
        assert!(readable(read.as_fd(), None).unwrap());
        assert_eq!(first(&[other.as_fd(), read.as_fd()], Duration::from_secs(60)).unwrap(), Some(1));
    }
}
