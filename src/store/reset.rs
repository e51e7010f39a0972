//! Taking the whole store away: what is in it moves to `tmp/` piece by piece under the lock, where whatever a killed reset
//! leaves is swept from. Only what a store has by name is touched: DATA may be a directory with other things in it.

use std::io;
use std::path::Path;

use super::{DIRECTORIES, Staged, Store, StoreError, StoreLock};
use crate::sys::SysError;

/// What goes, in this order: images before the layers that they name.
const CONTENT: [&str; 9] =
    ["images", "layers", "containers", "names", "live", "skeleton", "volumes", "networks", "events"];

impl Store {
    /// Moves everything out of its place, and leaves an empty store. The caller holds the lock alone, deletes what is
    /// returned, and has seen that there is no container.
    ///
    /// # Errors
    /// Those of rename.
    pub fn retire_everything(&self, _lock: &StoreLock) -> Result<Vec<Staged>, StoreError> {
        // Without its version a store is made anew by whoever opens it: killed from here on, nothing is half there.
        remove_file(&self.data().join("version"))?;
        let mut staged = Vec::new();
        for name in CONTENT {
            let path = self.data().join(name);
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                staged.push(self.stage_away(&path)?);
            }
        }
        self.make()?;
        Ok(staged)
    }

    /// Removes an empty store; what is not rctr's stays, and so does what somebody has put into it meanwhile.
    ///
    /// # Errors
    /// Those of unlink and rmdir.
    pub fn remove_empty(&self, lock: StoreLock) -> Result<(), StoreError> {
        for name in DIRECTORIES.iter().rev().filter(|name| **name != "tmp") {
            remove_dir(&self.data().join(name))?;
        }
        for name in ["images/blobs", "images"] {
            remove_dir(&self.data().join(name))?;
        }
        for name in ["version", "tmp/.lock", "lock"] {
            remove_file(&self.data().join(name))?;
        }
        drop(lock);
        remove_dir(&self.data().join("tmp"))?;
        remove_dir(self.data())
    }
}

fn remove_dir(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_dir(path) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
            Err(SysError::new(format!("remove {}", path.display()), error).into())
        }
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SysError::new(format!("remove {}", path.display()), error).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;

    #[test]
    fn everything_goes_but_what_is_somebody_elses() {
        let (_dir, store) = store();
        store.write(&store.data().join("images/refs/x.json"), b"{}").unwrap();
        std::fs::write(store.data().join("mine"), "x").unwrap();
        let lock = store.lock_exclusive().unwrap();
        for staged in store.retire_everything(&lock).unwrap() {
            std::fs::remove_dir_all(staged.path()).unwrap();
        }
        assert!(store.image_ids().unwrap().is_empty(), "an empty store that works");
        store.remove_empty(lock).unwrap();
        let left: Vec<_> = std::fs::read_dir(store.data()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["mine"]);
    }
}
