//! Waiting for more: until something is written, until containers have ended, until nobody reads what we show.
//!
//! That a container has ended is told by the lock on its `live/` file. For a lock one can only wait in flock(2), so a thread
//! a container does that, and its end of a pipe closes.

use std::io::PipeReader;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::thread::JoinHandle;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::error::LogsError;
use super::source::Source;
use crate::model::moment::Point;
use crate::model::{ContainerId, LogDriver, LogSpec};
use crate::monitor::log::file_of;
use crate::store::{Store, StoreError};
use crate::sys::watch::WriteWatch;
use crate::sys::{Attempt, clock};

/// What is waited for.
pub struct Follow {
    watch: WriteWatch,
    lives: Vec<Option<Life>>,
}

/// A container that lives, as far as is known.
struct Life {
    /// Hangs up at its end.
    ended: PipeReader,
    waiter: JoinHandle<Result<(), StoreError>>,
}

impl Follow {
    /// Nothing yet.
    ///
    /// # Errors
    /// EMFILE.
    pub fn new() -> Result<Self, LogsError> {
        Ok(Self { watch: WriteWatch::new()?, lives: Vec::new() })
    }

    /// Another container, whose directory this is. False: it does not live, and there is nothing to wait for.
    ///
    /// # Errors
    /// ENOSPC at the user's limit of watches.
    pub fn add(
        &mut self,
        store: &Store,
        id: &ContainerId,
        dir: &Path,
        log: &LogSpec,
    ) -> Result<bool, LogsError> {
        if !store.is_live(id) {
            self.lives.push(None);
            return Ok(false);
        }
        let path = file_of(dir, log);
        if let (LogDriver::K8sFile | LogDriver::JsonFile, Some(dir)) = (log.driver, path.parent()) {
            self.watch.add(dir)?;
        }
        let (ended, lives) = std::io::pipe().attempt(|| "make a pipe")?;
        let (store, id) = (store.clone(), id.clone());
        let waiter = std::thread::Builder::new().spawn(move || {
            let waited = store.wait_container(&id).map(drop);
            drop(lives);
            waited
        });
        self.lives.push(Some(Life { ended, waiter: waiter.attempt(|| "start a thread")? }));
        Ok(true)
    }

    /// Does one of them still live? Tells the sources of those that have just ended.
    ///
    /// # Errors
    /// The end of a container could not be waited for.
    pub fn goes_on(&mut self, sources: &mut [Source]) -> Result<bool, LogsError> {
        for (life, source) in self.lives.iter_mut().zip(sources) {
            if life.as_ref().is_some_and(Life::has_ended)
                && let Some(Life { waiter, .. }) = life.take()
            {
                match waiter.join() {
                    Ok(Err(StoreError::Sys(error))) => return Err(error.into()),
                    // Of a thread that panicked there is nothing more to hear: as if the container had ended.
                    _ => source.ended()?,
                }
            }
        }
        Ok(self.lives.iter().any(Option::is_some))
    }

    /// Waits until there may be more. False: there is no point in it, because nobody reads our stdout any more, or because
    /// `until` has come.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn wait(
        &mut self,
        sources: &[Source],
        stdout: BorrowedFd<'_>,
        until: Option<Point>,
    ) -> Result<bool, LogsError> {
        let timeout = match until.map(|until| clock::now().until(until)) {
            None => PollTimeout::NONE,
            Some(None) => return Ok(false),
            Some(Some(nanos)) => PollTimeout::try_from(nanos / 1_000_000 + 1).unwrap_or(PollTimeout::MAX),
        };
        // Only for what it tells unasked: an error, a hang-up.
        let mut fds = vec![PollFd::new(stdout, PollFlags::empty())];
        fds.push(PollFd::new(self.watch.as_fd(), PollFlags::POLLIN));
        let lives = self.lives.iter().flatten().map(|life| life.ended.as_fd());
        let journals = sources.iter().filter_map(Source::descriptor);
        fds.extend(lives.chain(journals).map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno).attempt(|| "wait for output").map_err(LogsError::from),
        }
        let gone = fds[0].revents().is_some_and(|revents| !revents.is_empty());
        self.watch.take()?;
        Ok(!gone)
    }
}

impl Life {
    fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(self.ended.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}
