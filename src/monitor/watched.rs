//! What the monitor's loop waits for: descriptors that are polled together, and whose each of them is.

use std::os::fd::AsFd;
use std::time::Instant;

use nix::poll::{PollFd, PollFlags};

use crate::engine::Failure;
use crate::sys::wait;

/// What can be ready; clients by their place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Child,
    Signals,
    Write(usize),
    Read(usize),
    Listener,
    Stdin,
    Stdout,
    Stderr,
    CheckOutput,
    CheckEnded,
    Server,
    Ended,
}

/// Descriptors that are polled, and whose they are.
#[derive(Default)]
pub(super) struct Watched<'a> {
    fds: Vec<PollFd<'a>>,
    sources: Vec<Source>,
}

impl<'a> Watched<'a> {
    /// Adds one.
    pub fn add(&mut self, fd: &'a impl AsFd, flags: PollFlags, source: Source) {
        self.fds.push(PollFd::new(fd.as_fd(), flags));
        self.sources.push(source);
    }

    /// Waits until something is ready, or until the deadline: what is, in the order in which it was added.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn ready(mut self, deadline: Option<Instant>) -> Result<Vec<Source>, Failure> {
        wait::ready(&mut self.fds, deadline)?;
        let ready = |fd: &PollFd<'_>| fd.revents().is_some_and(|revents| !revents.is_empty());
        let found = self.fds.iter().zip(self.sources).filter(|(fd, _)| ready(fd));
        Ok(found.map(|(_, source)| source).collect())
    }
}
