//! Unpacked layers, each under its diff-id and shared by all images that have it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::FlockOperation;

use super::lock::locked;
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
