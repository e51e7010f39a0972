//! Waiting until something happens in a directory (inotify(7)).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags};
use rustix::fs::inotify;

use super::{Attempt, SysError, wait};

/// Directories that are watched.
#[derive(Debug)]
pub struct Watch(OwnedFd);

impl Watch {
    /// Watches for files that are put in place, and for the end of the directory.
    ///
    /// # Errors
    /// ENOENT; EMFILE, ENOSPC at a limit of the user's.
    pub fn new(dir: &Path) -> Result<Self, SysError> {
        let what = || format!("watch {}", dir.display());
        let fd = inotify::init(inotify::CreateFlags::CLOEXEC).attempt(what)?;
        let flags = inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::DELETE_SELF;
        inotify::add_watch(&fd, dir, flags | inotify::WatchFlags::MOVE_SELF).attempt(what)?;
        Ok(Self(fd))
    }

    /// Also watches for what is made or removed in another directory, or in the same.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn also_made_and_removed(&self, dir: &Path) -> Result<(), SysError> {
        use inotify::WatchFlags as Flags;
        let flags = Flags::MOVED_TO | Flags::CREATE | Flags::DELETE | Flags::DELETE_SELF | Flags::MOVE_SELF;
        inotify::add_watch(&self.0, dir, flags).attempt(|| format!("watch {}", dir.display())).map(drop)
    }

    /// Waits for the next event, or until the process of one of these pidfds has ended.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn next_or_end(&self, processes: &[BorrowedFd<'_>]) -> Result<(), SysError> {
        let what = || "wait for an event";
        let mut fds = vec![PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        fds.extend(processes.iter().map(|process| PollFd::new(*process, PollFlags::POLLIN)));
        wait::ready(&mut fds, None)?;
        if fds[0].revents().is_some_and(|revents| !revents.is_empty()) {
            rustix::io::read(&self.0, &mut [0; 4096]).attempt(what)?;
        }
        Ok(())
    }

    /// Waits for the next event, at most so long; false when there was none.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn next(&self, at_most: Duration) -> Result<bool, SysError> {
        if !wait::readable(self.0.as_fd(), Some(at_most))? {
            return Ok(false);
        }
        let mut events = [0; 4096];
        rustix::io::read(&self.0, &mut events).attempt(|| "read the events of a directory")?;
        Ok(true)
    }
}

/// Directories in whose files something is written; also what comes in and is renamed there.
#[derive(Debug)]
pub struct WriteWatch(OwnedFd);

impl WriteWatch {
    /// Of no directory yet.
    ///
    /// # Errors
    /// EMFILE at the user's limit of watches (inotify(7), "/proc interfaces").
    pub fn new() -> Result<Self, SysError> {
        let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
        Ok(Self(inotify::init(flags).attempt(|| "watch for what is written")?))
    }

    /// Adds a directory.
    ///
    /// # Errors
    /// ENOENT, EACCES; ENOSPC at the user's limit.
    pub fn add(&self, dir: &Path) -> Result<(), SysError> {
        let flags = inotify::WatchFlags::MODIFY | inotify::WatchFlags::CREATE | inotify::WatchFlags::MOVED_TO;
        inotify::add_watch(&self.0, dir, flags).attempt(|| format!("watch {}", dir.display()))?;
        Ok(())
    }

    /// Waits until something has happened, at most so long, and takes it. False: nobody reads any more what is written to
    /// `output`, and there is no point in waiting.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn wait(&self, at_most: Option<Duration>, output: BorrowedFd<'_>) -> Result<bool, SysError> {
        // Nothing is asked of the output: that it is hung up or broken is told unasked.
        let output = PollFd::new(output, PollFlags::empty());
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN), output];
        if !wait::ready(&mut fds, wait::deadline(at_most))? {
            return Ok(true);
        }
        if fds[1].any().unwrap_or(true) {
            return Ok(false);
        }
        self.take().map(|()| true)
    }

    /// Takes what has happened until now, so that the descriptor is ready at what comes next.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn take(&self) -> Result<(), SysError> {
        let mut events = [0; 4096];
        loop {
            match rustix::io::read(&self.0, &mut events) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(errno) => return Err(errno).attempt(|| "read the events of a directory"),
            }
        }
    }
}

impl AsFd for WriteWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process;

    #[test]
    fn what_is_made_and_removed_and_who_ends() {
        let dir = tempfile::tempdir().unwrap();
        let watch = Watch::new(dir.path()).unwrap();
        watch.also_made_and_removed(dir.path()).unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        watch.next_or_end(&[]).unwrap();
        std::fs::remove_file(dir.path().join("f")).unwrap();
        watch.next_or_end(&[]).unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pidfd = process::pidfd_open(child.id().cast_signed()).unwrap();
        watch.next_or_end(&[pidfd.as_fd()]).unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_file_put_in_place_is_an_event() {
        let dir = tempfile::tempdir().unwrap();
        let watch = Watch::new(dir.path()).unwrap();
        assert!(!watch.next(Duration::ZERO).unwrap());
        super::super::file::write_atomic(&dir.path().join("f"), b"x", 0o600, false).unwrap();
        assert!(watch.next(Duration::from_secs(5)).unwrap());
        std::fs::remove_dir_all(dir.path()).unwrap();
        assert!(watch.next(Duration::from_secs(5)).unwrap());
    }

    #[test]
    fn a_write_wakes_and_so_does_the_end_of_the_reader() {
        let dir = tempfile::tempdir().unwrap();
        let watch = WriteWatch::new().unwrap();
        watch.add(dir.path()).unwrap();
        let (read, write) = rustix::pipe::pipe().unwrap();
        let long = Some(Duration::from_secs(30));
        assert!(watch.wait(Some(Duration::ZERO), write.as_fd()).unwrap());
        std::fs::write(dir.path().join("f"), b"x").unwrap();
        assert!(watch.wait(long, write.as_fd()).unwrap());
        drop(read);
        assert!(!watch.wait(long, write.as_fd()).unwrap());
    }

    #[test]
    fn writes_creations_and_renames_are_events() {
        let dir = tempfile::tempdir().unwrap();
        let watch = WriteWatch::new().unwrap();
        watch.add(dir.path()).unwrap();
        let ready = || wait::readable(watch.as_fd(), Some(Duration::ZERO)).unwrap();
        let path = dir.path().join("log");
        let mut steps: Vec<Box<dyn FnMut()>> = vec![
            Box::new(|| drop(std::fs::File::create(&path).unwrap())),
            Box::new(|| std::fs::write(&path, "x").unwrap()),
            Box::new(|| std::fs::rename(&path, dir.path().join("log.1")).unwrap()),
        ];
        for step in &mut steps {
            assert!(!ready());
            step();
            assert!(ready());
            watch.take().unwrap();
        }
    }
}
