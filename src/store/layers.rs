//! Unpacked layers, each under its diff-id and shared by all images that have it.

use std::fs::File;
use std::path::PathBuf;

use rustix::fs::FlockOperation;

use super::lock::locked;
use super::{LayerMeta, Staged, Store, StoreError};
use crate::model::Digest;
use crate::sys::Attempt;

/// The right to unpack one layer, held until dropped.
#[derive(Debug)]
pub struct LayerLock {
    path: PathBuf,
    _file: File,
}

impl Drop for LayerLock {
    fn drop(&mut self) {
        // Only tidiness: whoever waits for the lock notices that the file is gone (see lock.rs).
        let _ = std::fs::remove_file(&self.path);
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

    /// What unpacking the layer counted.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when there is no such file.
    pub fn layer_meta(&self, diff_id: &Digest) -> Result<LayerMeta, StoreError> {
        let path = self.layer_dir(diff_id).join("meta.json");
        self.read_json(&path)?.ok_or(StoreError::Damaged { path, reason: "missing".to_owned() })
    }

    /// Waits until nobody else unpacks this layer. Several are locked in the order of their digests.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn lock_layer(&self, diff_id: &Digest) -> Result<LayerLock, StoreError> {
        let path = self.data().join("locks").join(format!("layer-{}", diff_id.hex()));
        let file = locked(&path, FlockOperation::LockExclusive)?;
        Ok(LayerLock { path, _file: file })
    }

    /// Writes down what unpacking counted, into a layer that is not placed yet.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn describe_layer(&self, staged: &Staged, meta: &LayerMeta) -> Result<(), StoreError> {
        self.write_json(&staged.path().join("meta.json"), meta)
    }

    /// Moves a whole, synced layer to its place. The caller holds the layer's lock and the store's.
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
