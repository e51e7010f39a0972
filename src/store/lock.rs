//! flock(2) on files of the store. Locks go with their descriptors, so a killed process holds none.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::FlockOperation;

use super::{Store, StoreError};
use crate::sys::{Attempt, SysError};

/// The store's lock, held until dropped.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl Store {
    /// Keeps others from taking anything away; many may hold this. Held for moments, never while unpacking.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn lock_shared(&self) -> Result<StoreLock, StoreError> {
        self.lock(FlockOperation::LockShared)
    }

    /// Keeps everybody else from adding or taking anything away.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn lock_exclusive(&self) -> Result<StoreLock, StoreError> {
        self.lock(FlockOperation::LockExclusive)
    }

    fn lock(&self, operation: FlockOperation) -> Result<StoreLock, StoreError> {
        Ok(StoreLock { _file: locked(&self.data().join("lock"), operation)? })
    }
}

/// Opens (and makes) a lock file and locks it, waiting as long as it takes.
///
/// The holder may unlink the file before it lets go: then the lock got is one on a file that nobody else will find, and
/// the wait starts again.
pub(super) fn locked(path: &Path, operation: FlockOperation) -> Result<File, SysError> {
    let what = || format!("lock {}", path.display());
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .attempt(what)?;
        flock(&file, operation).attempt(what)?;
        if is_at(&file, path) {
            return Ok(file);
        }
    }
}

/// Is that path still the file that was opened?
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let same = |mine: std::fs::Metadata| {
        std::fs::metadata(path).is_ok_and(|there| there.ino() == mine.ino() && there.dev() == mine.dev())
    };
    file.metadata().is_ok_and(same)
}

/// flock(2), again after a signal.
pub(super) fn flock(file: &File, operation: FlockOperation) -> rustix::io::Result<()> {
    rustix::io::retry_on_intr(|| rustix::fs::flock(file, operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_on_an_unlinked_file_is_not_taken_for_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("l");
        let first = locked(&path, FlockOperation::LockExclusive).unwrap();
        let waiter = std::thread::spawn({
            let path = path.clone();
            move || locked(&path, FlockOperation::LockExclusive).unwrap()
        });
        std::fs::remove_file(&path).unwrap();
        drop(first);
        let second = waiter.join().unwrap();
        assert_eq!(second.metadata().unwrap().ino(), std::fs::metadata(&path).unwrap().ino());
    }
}
