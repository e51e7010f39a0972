//! Waiting until something happens in a directory (inotify(7)).

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::fs::inotify;

use super::{Attempt, SysError, process};

/// A directory that is watched.
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

    /// Waits for the next event, at most so long; false when there was none.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn next(&self, at_most: Duration) -> Result<bool, SysError> {
        if !process::wait_readable(self.0.as_fd(), Some(at_most))? {
            return Ok(false);
        }
        let mut events = [0; 4096];
        rustix::io::read(&self.0, &mut events).attempt(|| "read the events of a directory")?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
