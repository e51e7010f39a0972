//! The records of images and their names. Whoever calls these holds the store's lock: shared to add, exclusive to remove.

use std::io;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::{ImageRecord, RefRecord, Store, StoreError};
use crate::model::Digest;
use crate::model::reference::Reference;
use crate::sys::{Attempt, SysError};

impl Store {
    /// The record of a name; none when the store does not have it.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn reference(&self, reference: &Reference) -> Result<Option<RefRecord>, StoreError> {
        self.read_json(&self.ref_path(&reference.to_string()))
    }

    /// Every name whose record can be read, sorted.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn refs(&self) -> Result<Vec<RefRecord>, StoreError> {
        Ok(self.all_refs()?.0)
    }

    /// Every name, sorted; and what is wrong with the records that cannot be read.
    ///
    /// # Errors
    /// As [`Self::refs`].
    pub fn all_refs(&self) -> Result<(Vec<RefRecord>, Vec<StoreError>), StoreError> {
        let dir = self.data().join("images/refs");
        let names = self.list("images/refs")?.into_iter().filter(|name| name.ends_with(".json"));
        let (mut refs, damaged) = self.read_each::<RefRecord>(names.map(|name| dir.join(name)));
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((refs, damaged))
    }

    /// Records of names and images that cannot be read: what they need is not known.
    ///
    /// # Errors
    /// Those of reading the directories.
    pub fn damaged_records(&self) -> Result<Vec<StoreError>, StoreError> {
        let (_, mut damaged) = self.all_refs()?;
        damaged.extend(self.all_images()?.1);
        damaged.extend(self.all_lists()?.1);
        Ok(damaged)
    }

    pub(super) fn read_each<T: DeserializeOwned>(
        &self,
        paths: impl Iterator<Item = PathBuf>,
    ) -> (Vec<T>, Vec<StoreError>) {
        let (mut found, mut damaged) = (Vec::new(), Vec::new());
        for path in paths {
            match self.read_json(&path) {
                // One may go between the listing and the reading.
                Ok(record) => found.extend(record),
                Err(error) => damaged.push(error),
            }
        }
        (found, damaged)
    }

    /// The ids of all images, sorted.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn image_ids(&self) -> Result<Vec<Digest>, StoreError> {
        let mut ids: Vec<_> = self
            .list("images/ids")?
            .iter()
            .filter_map(|name| Digest::from_hex(name.strip_suffix(".json")?))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// Every image whose record can be read.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn images(&self) -> Result<Vec<ImageRecord>, StoreError> {
        Ok(self.all_images()?.0)
    }

    /// Every image; and what is wrong with the records that cannot be read.
    ///
    /// # Errors
    /// As [`Self::images`].
    pub fn all_images(&self) -> Result<(Vec<ImageRecord>, Vec<StoreError>), StoreError> {
        Ok(self.read_each(self.image_ids()?.iter().map(|id| self.id_path(id))))
    }

    /// The record of an image.
    ///
    /// # Errors
    /// [`StoreError::NoSuchImage`], or a file that cannot be understood.
    pub fn image(&self, id: &Digest) -> Result<ImageRecord, StoreError> {
        self.read_json(&self.id_path(id))?.ok_or_else(|| StoreError::NoSuchImage(id.to_string()))
    }

    /// Writes an image's manifest, configuration and record. Its layers are in place already.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn put_image(&self, record: &ImageRecord, manifest: &[u8], config: &[u8]) -> Result<(), StoreError> {
        self.put_blob(&record.digest, manifest)?;
        self.put_blob(&record.id, config)?;
        self.write_json(&self.id_path(&record.id), record)
    }

    /// Keeps a small document under its digest, which the caller has verified.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn put_blob(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.blob_path(digest);
        if path.exists() { Ok(()) } else { self.write(&path, bytes) }
    }

    /// Gives an image a name, taking it from the one that had it.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn put_ref(&self, reference: &Reference, record: &ImageRecord) -> Result<(), StoreError> {
        let name = reference.to_string();
        self.write_json(&self.ref_path(&name), &record.named(name.clone()))
    }

    /// The bytes of a manifest or configuration.
    ///
    /// # Errors
    /// Those of reading the file; [`StoreError::Damaged`] when they are not what the digest says.
    pub fn blob(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.blob_path(digest);
        let bytes = std::fs::read(&path).attempt(|| format!("read {}", path.display()))?;
        let real = digest_of(&bytes);
        if real != *digest {
            return Err(StoreError::Damaged { path, reason: format!("its digest is {real}") });
        }
        Ok(bytes)
    }

    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.data().join("images/blobs/sha256").join(digest.hex())
    }

    pub(super) fn id_path(&self, id: &Digest) -> PathBuf {
        self.data().join("images/ids").join(format!("{}.json", id.hex()))
    }

    pub(super) fn ref_path(&self, name: &str) -> PathBuf {
        let hash = digest_of(name.as_bytes());
        self.data().join("images/refs").join(format!("{}.json", hash.hex()))
    }

    pub(super) fn list(&self, dir: &str) -> Result<Vec<String>, StoreError> {
        let path = self.data().join(dir);
        let what = || format!("read directory {}", path.display());
        let entries = std::fs::read_dir(&path).attempt(what)?;
        let names = entries.map(|e| Ok(e?.file_name().to_string_lossy().into_owned()));
        Ok(names.collect::<io::Result<_>>().attempt(what)?)
    }

    pub(super) fn read_json<T: DeserializeOwned>(
        &self,
        path: &std::path::Path,
    ) -> Result<Option<T>, StoreError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SysError::new(format!("read {}", path.display()), error).into()),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| StoreError::Damaged { path: path.to_owned(), reason: e.to_string() })
    }

    pub(super) fn write_json<T: serde::Serialize>(
        &self,
        path: &std::path::Path,
        value: &T,
    ) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value)
            .map_err(|e| StoreError::Damaged { path: path.to_owned(), reason: e.to_string() })?;
        self.write(path, &bytes)
    }
}

/// sha256 of some bytes.
pub(super) fn digest_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(&Sha256::digest(bytes).into())
}
