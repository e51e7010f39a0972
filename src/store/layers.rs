//! Unpacked layers, each under its diff-id and shared by all images that have it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use nix::errno::Errno;
use rustix::fs::FlockOperation;

use super::lock::{flock, locked};
use super::{LayerMeta, Staged, Store, StoreError};
use crate::model::Digest;
use crate::sys::Attempt;

/// What a layer's tar is made of.
#[derive(Debug)]
pub struct LayerParts {
    /// Its files.
    pub fs: File,
    /// Files that gave way to later entries of the tar.
    pub kept: Option<File>,
    /// How the tar is made of both.
    pub recipe: File,
}

/// A claim on one layer, held until dropped. Alone it is the right to unpack it; shared it keeps the layer, which is there,
/// from being swept before an image says that it needs it.
#[derive(Debug)]
pub struct LayerLock {
    path: PathBuf,
    file: File,
}

impl LayerLock {
    /// The layer is in its place now: others who wait for it may go on.
    ///
    /// # Errors
    /// Those of flock.
    pub fn share(&self) -> Result<(), StoreError> {
        let what = || format!("lock {}", self.path.display());
        Ok(flock(&self.file, FlockOperation::NonBlockingLockShared).attempt(what)?)
    }
}

impl Drop for LayerLock {
    fn drop(&mut self) {
        // Only tidiness, for the last holder: whoever waits for the lock notices that the file is gone (see lock.rs).
        if flock(&self.file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Store {
    /// Where the files of a layer are.
    pub fn layer_fs(&self, diff_id: &Digest) -> PathBuf {
        self.layer_dir(diff_id).join("fs")
    }

    pub(super) fn layer_dir(&self, diff_id: &Digest) -> PathBuf {
        self.data().join("layers").join(diff_id.hex())
    }

    /// Is the layer here? One that is here is whole.
    pub fn has_layer(&self, diff_id: &Digest) -> bool {
        self.layer_dir(diff_id).exists()
    }

    /// Is it written down how the layer's tar is made? It is not where an older rctr unpacked it.
    pub fn has_recipe(&self, diff_id: &Digest) -> bool {
        self.layer_dir(diff_id).join("recipe").exists()
    }

    /// Makes the file that says how the tar of a staged layer is made.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn create_recipe(&self, staged: &Staged) -> Result<File, StoreError> {
        let path = staged.path().join("recipe");
        let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        Ok(made.attempt(|| format!("create {}", path.display()))?)
    }

    /// Removes a staged layer's place for files that gave way, when none did.
    ///
    /// # Errors
    /// Those of rmdir.
    pub fn drop_empty_kept(&self, staged: &Staged) -> Result<(), StoreError> {
        let path = staged.path().join("kept");
        match std::fs::remove_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => Ok(()),
            other => Ok(other.attempt(|| format!("remove {}", path.display()))?),
        }
    }

    /// Opens what a layer's tar is made of; none where it is not written down how.
    ///
    /// # Errors
    /// Those of open: also that there is no such layer.
    pub fn layer_files(&self, diff_id: &Digest) -> Result<Option<LayerParts>, StoreError> {
        let dir = self.layer_dir(diff_id);
        let open = |name: &str| {
            let path = dir.join(name);
            match File::open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                other => other.map(Some).attempt(|| format!("open {}", path.display())),
            }
        };
        let Some(fs) = open("fs")? else {
            return Err(StoreError::Damaged { path: dir.join("fs"), reason: "missing".to_owned() });
        };
        let (kept, recipe) = (open("kept")?, open("recipe")?);
        Ok(recipe.map(|recipe| LayerParts { fs, kept, recipe }))
    }

    /// Gives a layer that an older rctr unpacked what a staged one of the same tar has written down. What is kept comes
    /// first: it counts only with the recipe.
    ///
    /// # Errors
    /// Those of rename and fsync.
    pub fn adopt_recipe(&self, staged: &Staged, diff_id: &Digest) -> Result<(), StoreError> {
        let place = self.layer_dir(diff_id);
        for name in ["kept", "recipe"] {
            let what = || format!("move {name} to {}", place.display());
            match std::fs::rename(staged.path().join(name), place.join(name)) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && name == "kept" => {}
                // Somebody was killed before the recipe came: what is there is of the same tar.
                Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
                other => other.attempt(what)?,
            }
        }
        Ok(File::open(&place).and_then(|d| d.sync_all()).attempt(|| format!("sync {}", place.display()))?)
    }

    /// What unpacking the layer counted.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when there is no such file.
    pub fn layer_meta(&self, diff_id: &Digest) -> Result<LayerMeta, StoreError> {
        let path = self.layer_dir(diff_id).join("meta.json");
        self.read_json(&path)?.ok_or(StoreError::Damaged { path, reason: "missing".to_owned() })
    }

    /// Claims a layer: waits until nobody else unpacks it, and says whether it is there now. Then the claim is shared, else
    /// it is ours alone. Several are claimed in the order of their digests.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn claim_layer(&self, diff_id: &Digest) -> Result<(LayerLock, bool), StoreError> {
        let path = self.layer_lock_path(diff_id);
        loop {
            match locked(&path, FlockOperation::NonBlockingLockExclusive) {
                Ok(file) => {
                    let lock = LayerLock { path, file };
                    let present = self.is_whole(diff_id);
                    if present {
                        lock.share()?;
                    }
                    return Ok((lock, present));
                }
                Err(error) if error.errno() == Errno::EWOULDBLOCK as i32 => {}
                Err(error) => return Err(error.into()),
            }
            // Whoever unpacks it shares it when it is done, or dies.
            let file = locked(&path, FlockOperation::LockShared)?;
            if self.is_whole(diff_id) {
                return Ok((LayerLock { path, file }, true));
            }
        }
    }

    /// Is the layer here, with all that is written down of it today?
    fn is_whole(&self, diff_id: &Digest) -> bool {
        self.has_layer(diff_id) && self.has_recipe(diff_id)
    }

    /// Does somebody have a claim on the layer?
    pub(super) fn is_claimed(&self, diff_id: &Digest) -> bool {
        File::open(self.layer_lock_path(diff_id))
            .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_err())
    }

    fn layer_lock_path(&self, diff_id: &Digest) -> PathBuf {
        self.data().join("locks").join(format!("layer-{}", diff_id.hex()))
    }

    /// Writes down what unpacking counted, into a layer that is not placed yet.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn describe_layer(&self, staged: &Staged, meta: &LayerMeta) -> Result<(), StoreError> {
        self.write_json(&staged.path().join("meta.json"), meta)
    }

    /// Moves a whole, synced layer to its place. The caller has claimed the layer and holds the store's lock.
    ///
    /// # Errors
    /// Those of rename and fsync.
    pub fn place_layer(&self, staged: Staged, diff_id: &Digest) -> Result<(), StoreError> {
        let place = self.layer_dir(diff_id);
        let what = || format!("move layer to {}", place.display());
        std::fs::rename(staged.path(), &place).attempt(what)?;
        Ok(File::open(self.data().join("layers")).and_then(|d| d.sync_all()).attempt(what)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    fn digest(n: u8) -> Digest {
        Digest::from_bytes(&[n; 32])
    }

    fn make(store: &Store, id: &Digest) {
        std::fs::create_dir(store.layer_dir(id)).unwrap();
        std::fs::write(store.layer_dir(id).join("recipe"), "").unwrap();
    }

    #[test]
    fn who_waits_for_a_layer_goes_on_when_it_is_there() {
        let (_dir, store) = store();
        let (first, present) = store.claim_layer(&digest(1)).unwrap();
        assert!(!present);
        let waiter = std::thread::spawn({
            let store = store.clone();
            move || store.claim_layer(&digest(1)).unwrap()
        });
        make(&store, &digest(1));
        first.share().unwrap();
        let (second, present) = waiter.join().unwrap();
        assert!(present);
        drop(first);
        assert!(store.is_claimed(&digest(1)), "the second holds it still");
        drop(second);
        assert!(!store.is_claimed(&digest(1)));
        assert!(std::fs::read_dir(store.data().join("locks")).unwrap().next().is_none());
    }

    #[test]
    fn who_waits_for_a_layer_that_never_comes_unpacks_it() {
        let (_dir, store) = store();
        let (first, _) = store.claim_layer(&digest(1)).unwrap();
        let waiter = std::thread::spawn({
            let store = store.clone();
            move || store.claim_layer(&digest(1)).unwrap().1
        });
        drop(first);
        assert!(!waiter.join().unwrap());
    }

    #[test]
    fn a_claimed_layer_is_not_swept() {
        let (_dir, store) = store();
        std::fs::create_dir(store.layer_dir(&digest(1))).unwrap();
        assert!(!store.claim_layer(&digest(1)).unwrap().1, "what an older rctr unpacked is unpacked again");
        std::fs::write(store.layer_dir(&digest(1)).join("recipe"), "").unwrap();
        let (claim, present) = store.claim_layer(&digest(1)).unwrap();
        assert!(present);
        let lock = store.lock_exclusive().unwrap();
        assert!(store.sweep_layers(&lock).unwrap().is_empty());
        drop(claim);
        assert_eq!(store.sweep_layers(&lock).unwrap().len(), 1);
    }
}
