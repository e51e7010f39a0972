//! Taking images away: records go under the store's lock, layers that nothing needs any more move to `tmp/` in the same
//! breath, and the slow deletion of their files happens after the lock is gone, by the caller (the files belong to
//! subordinate ids).

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use super::{Staged, Store, StoreError, StoreLock};
use crate::model::Digest;
use crate::sys::SysError;

impl Store {
    /// Takes a name away; `false` when there was none. The caller holds the lock alone.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_ref(&self, name: &str) -> Result<bool, StoreError> {
        unlink(&self.ref_path(name))
    }

    /// Takes an image's record away. Its names are gone already; the rest goes with [`Self::sweep_layers`] and
    /// [`Self::sweep_blobs`].
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_image(&self, id: &Digest, _lock: &StoreLock) -> Result<(), StoreError> {
        unlink(&self.id_path(id)).map(drop)
    }

    /// Images that containers were made from, each with the ids of those containers. One whose record cannot be read
    /// cannot be started any more, and needs none.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn images_in_use(&self) -> Result<HashMap<Digest, Vec<String>>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Record {
            image: Option<Image>,
        }
        #[derive(serde::Deserialize)]
        struct Image {
            id: Digest,
        }
        let mut used: HashMap<Digest, Vec<String>> = HashMap::new();
        for container in self.list("containers")? {
            let path = self.data().join("containers").join(&container).join("spec.json");
            if let Ok(Some(Record { image: Some(image) })) = self.read_json(&path) {
                used.entry(image.id).or_default().push(container);
            }
        }
        Ok(used)
    }

    /// Takes away manifests and configurations that no image, no name and no list has. A record that cannot be read keeps
    /// everything, because it may name any of them.
    ///
    /// # Errors
    /// Those of reading and unlink.
    pub fn sweep_blobs(&self, _lock: &StoreLock) -> Result<(), StoreError> {
        if !self.damaged_records()?.is_empty() {
            return Ok(());
        }
        let mut needed: HashSet<Digest> = HashSet::new();
        for image in self.images()?.into_iter().chain(self.listed_images()?) {
            needed.extend([image.id, image.digest].into_iter().chain(image.index));
        }
        for name in self.refs()? {
            needed.extend([name.digest].into_iter().chain(name.index));
        }
        for name in self.list("images/blobs/sha256")? {
            if let Some(digest) = Digest::from_hex(&name).filter(|digest| !needed.contains(digest)) {
                unlink(&self.blob_path(&digest))?;
            }
        }
        Ok(())
    }

    /// Moves every layer that no image and no list has to `tmp/`, except those that somebody is about to make an image of; none when there
    /// is a record that cannot be read, as with documents.
    ///
    /// # Errors
    /// Those of rename.
    pub fn sweep_layers(&self, _lock: &StoreLock) -> Result<Vec<Staged>, StoreError> {
        if !self.damaged_records()?.is_empty() {
            return Ok(Vec::new());
        }
        let images = self.images()?.into_iter().chain(self.listed_images()?);
        let needed: HashSet<Digest> = images.flat_map(|image| image.layers).map(|l| l.diff_id).collect();
        let mut swept = Vec::new();
        for name in self.list("layers")? {
            if Digest::from_hex(&name).is_some_and(|id| !needed.contains(&id) && !self.is_claimed(&id)) {
                swept.push(self.stage_away(&self.data().join("layers").join(&name))?);
            }
        }
        Ok(swept)
    }
}

pub(super) fn unlink(path: &Path) -> Result<bool, StoreError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(SysError::new(format!("remove {}", path.display()), error).into()),
    }
}
