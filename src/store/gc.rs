//! Taking images away: records go under the store's lock, layers that nothing needs any more move to `tmp/` in the same
//! breath, and the slow deletion of their files happens after the lock is gone, by the caller (the files belong to
//! subordinate ids).

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::{ImageRecord, Staged, Store, StoreError, StoreLock};
use crate::model::Digest;
use crate::sys::SysError;

/// What a removal did.
#[derive(Debug, Default)]
pub struct Removed {
    /// Names that are gone.
    pub untagged: Vec<String>,
    /// Images that are gone.
    pub deleted: Vec<Digest>,
    /// Layers to delete, moved to `tmp/`.
    pub layers: Vec<Staged>,
}

impl Store {
    /// Takes a name away; `false` when there was none. The caller holds the lock alone.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_ref(&self, name: &str) -> Result<bool, StoreError> {
        unlink(&self.ref_path(name))
    }

    /// Takes an image's record, manifest and configuration away. Its names are gone already; its layers go with
    /// [`Self::sweep_layers`].
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_image(&self, image: &ImageRecord, _lock: &StoreLock) -> Result<(), StoreError> {
        unlink(&self.id_path(&image.id))?;
        unlink(&self.blob_path(&image.id))?;
        if !self.images()?.iter().any(|other| other.digest == image.digest) {
            unlink(&self.blob_path(&image.digest))?;
        }
        Ok(())
    }

    /// Moves every layer that no image has to `tmp/`.
    ///
    /// # Errors
    /// Those of rename; a record that cannot be understood keeps everything, because it may name any layer.
    pub fn sweep_layers(&self, _lock: &StoreLock) -> Result<Vec<Staged>, StoreError> {
        let needed: HashSet<Digest> =
            self.images()?.into_iter().flat_map(|image| image.layers).map(|l| l.diff_id).collect();
        let mut swept = Vec::new();
        for name in self.list("layers")? {
            if Digest::from_hex(&name).is_some_and(|id| !needed.contains(&id)) {
                swept.push(self.stage_away(&self.data().join("layers").join(&name))?);
            }
        }
        Ok(swept)
    }
}

fn unlink(path: &Path) -> Result<bool, StoreError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(SysError::new(format!("remove {}", path.display()), error).into()),
    }
}
