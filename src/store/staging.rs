//! Half-made things: everything that will be part of the store begins in `tmp/`, locked by whoever makes it, and
//! moves to its place in one rename. Whatever is there and not locked was left by a process that died.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use super::lock::{flock, locked};
use super::{Store, StoreError};
use crate::sys::{Attempt, SysError};

/// A file or directory in `tmp/`, locked as long as this lives. Dropping it does not remove it.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    file: File,
}

impl Staged {
    /// Where it is now.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file or directory, which holds the lock.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Is it a directory?
    pub fn is_dir(&self) -> bool {
        self.file.metadata().is_ok_and(|m| m.is_dir())
    }
}

impl Store {
    /// Makes an empty directory in `tmp/`, mode 0700.
    ///
    /// # Errors
    /// ENOSPC, EROFS, EACCES.
    pub fn stage_dir(&self) -> Result<Staged, StoreError> {
        self.stage(|path| {
            DirBuilder::new().mode(0o700).create(path)?;
            File::open(path)
        })
    }

    /// Makes an empty file in `tmp/`, mode 0600.
    ///
    /// # Errors
    /// ENOSPC, EROFS, EACCES.
    pub fn stage_file(&self) -> Result<Staged, StoreError> {
        self.stage(|path| OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path))
    }

    /// A file that is gone as soon as it is closed.
    ///
    /// # Errors
    /// ENOSPC, EROFS, EACCES.
    pub fn scratch(&self) -> Result<File, StoreError> {
        let staged = self.stage_file()?;
        std::fs::remove_file(&staged.path).attempt(|| format!("remove {}", staged.path.display()))?;
        Ok(staged.file)
    }

    /// Moves a directory of the store into `tmp/`, from where it is removed. Returns it locked.
    ///
    /// # Errors
    /// Those of open, flock and rename.
    pub(super) fn stage_away(&self, victim: &Path) -> Result<Staged, StoreError> {
        self.stage(|path| {
            let file = File::open(victim)?;
            flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            std::fs::rename(victim, path)?;
            Ok(file)
        })
    }

    /// What dead processes left in `tmp/`, locked now by us.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn stale(&self) -> Result<Vec<Staged>, StoreError> {
        let tmp = self.data().join("tmp");
        let _gate = self.gate(FlockOperation::LockExclusive)?;
        let what = || format!("read directory {}", tmp.display());
        let mut stale = Vec::new();
        for entry in std::fs::read_dir(&tmp).attempt(what)? {
            let entry = entry.attempt(what)?;
            if entry.file_name() == ".lock" {
                continue;
            }
            let path = entry.path();
            // What cannot be opened any more has been moved to its place or removed by somebody else.
            let Ok(file) = OpenOptions::new().read(true).custom_flags(no_tricks()).open(&path) else {
                continue;
            };
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && path.exists() {
                stale.push(Staged { path, file });
            }
        }
        Ok(stale)
    }

    /// Between making a name in `tmp/` and locking it, no sweeper may look: makers hold the gate shared, sweepers alone.
    fn stage(&self, make: impl Fn(&Path) -> std::io::Result<File>) -> Result<Staged, StoreError> {
        let tmp = self.data().join("tmp");
        let _gate = self.gate(FlockOperation::LockShared)?;
        loop {
            let path = tmp.join(random_name().attempt(|| "read random bytes")?);
            let what = || format!("create {}", path.display());
            match make(&path) {
                Ok(file) => {
                    flock(&file, FlockOperation::NonBlockingLockExclusive).attempt(what)?;
                    return Ok(Staged { path, file });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(SysError::new(what(), error).into()),
            }
        }
    }

    fn gate(&self, operation: FlockOperation) -> Result<File, StoreError> {
        Ok(locked(&self.data().join("tmp/.lock"), operation)?)
    }
}

/// O_NOFOLLOW and O_NONBLOCK, as std wants them.
fn no_tricks() -> i32 {
    (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits().cast_signed()
}

fn random_name() -> rustix::io::Result<String> {
    let mut bytes = [0u8; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;

    #[test]
    fn only_what_nobody_holds_is_stale() {
        let (_dir, store) = store();
        let held = store.stage_dir().unwrap();
        let dropped = store.stage_dir().unwrap().path().to_owned();
        let file = store.stage_file().unwrap().path().to_owned();
        let mut stale: Vec<_> = store.stale().unwrap().iter().map(|s| s.path().to_owned()).collect();
        stale.sort();
        let mut want = vec![dropped, file];
        want.sort();
        assert_eq!(stale, want);
        assert!(held.path().is_dir() && held.is_dir());
    }

    #[test]
    fn written_files_leave_nothing_behind() {
        let (_dir, store) = store();
        store.write(&store.data().join("images/x"), b"1").unwrap();
        store.write(&store.data().join("images/x"), b"22").unwrap();
        assert_eq!(std::fs::read(store.data().join("images/x")).unwrap(), b"22");
        assert!(store.stale().unwrap().is_empty());
        assert!(store.write(&store.data().join("nowhere/x"), b"1").is_err());
        assert!(store.stale().unwrap().is_empty());
    }
}
