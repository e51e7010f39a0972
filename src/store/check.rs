//! What is wrong with the store as far as its own files tell: records, documents, and which layers there are.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::{ImageRecord, RefRecord, Store, StoreError, StoreLock};
use crate::model::Digest;

/// Something of the store that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The record of a name: its file, and the name where it can be read.
    Name(PathBuf, Option<String>),
    /// An image's record, or a document of it.
    Image(Digest),
    /// A layer.
    Layer(Digest),
    /// A layer that is whole, and cannot be given out.
    Recipe(Digest),
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one.
    pub object: Object,
    /// Why.
    pub reason: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Layers that are there, and whether an image needs each.
    pub layers: BTreeMap<Digest, bool>,
    /// Images whose records can be read.
    pub images: Vec<ImageRecord>,
    /// Documents that no image has.
    pub spare_blobs: usize,
}

impl Store {
    /// Looks at everything but the content of layers. The caller holds the lock, shared: nothing goes meanwhile.
    ///
    /// # Errors
    /// A directory of the store that cannot be read.
    pub fn check_structure(&self, _lock: &StoreLock) -> Result<Structure, StoreError> {
        let mut found = Structure::default();
        let mut tell = |object, reason: String| found.problems.push(Problem { object, reason });
        let mut images = Vec::new();
        for id in self.image_ids()? {
            match self.image(&id) {
                Ok(image) if image.id == id => images.push(image),
                Ok(_) => tell(Object::Image(id), "its record is another image's".to_owned()),
                Err(error) => tell(Object::Image(id), error.to_string()),
            }
        }
        for name in self.list("images/refs")?.into_iter().filter(|name| name.ends_with(".json")) {
            let path = self.data().join("images/refs").join(&name);
            match self.read_json::<RefRecord>(&path) {
                Ok(Some(record)) if self.ref_path(&record.name) != path => {
                    tell(
                        Object::Name(path, Some(record.name)),
                        "its record has another name's place".to_owned(),
                    );
                }
                Ok(Some(record)) if !self.id_path(&record.id).exists() => {
                    let reason = format!("it names image {}, which is not here", record.id.short());
                    tell(Object::Name(path, Some(record.name)), reason);
                }
                Ok(_) => {}
                Err(error) => tell(Object::Name(path, None), error.to_string()),
            }
        }
        let mut needed = HashSet::new();
        for image in &images {
            for digest in [&image.id, &image.digest] {
                needed.insert(digest.clone());
                if let Err(error) = self.blob(digest) {
                    tell(Object::Image(image.id.clone()), error.to_string());
                }
            }
            for layer in &image.layers {
                if !self.has_layer(&layer.diff_id) {
                    let reason = format!("its layer {} is missing", layer.diff_id.short());
                    tell(Object::Image(image.id.clone()), reason);
                }
            }
        }
        let listed = self.listed_images()?;
        needed.extend(listed.iter().flat_map(|image| [image.id.clone(), image.digest.clone()]));
        let all = images.iter().chain(&listed);
        let used: HashSet<&Digest> = all.flat_map(|image| &image.layers).map(|l| &l.diff_id).collect();
        for id in self.list("layers")?.iter().filter_map(|name| Digest::from_hex(name)) {
            if !self.layer_fs(&id).is_dir() {
                tell(Object::Layer(id.clone()), "its files are missing".to_owned());
            } else if let Err(error) = self.layer_meta(&id) {
                tell(Object::Layer(id.clone()), error.to_string());
            }
            let is_used = used.contains(&id);
            found.layers.insert(id, is_used);
        }
        let blobs = self.list("images/blobs/sha256")?;
        found.spare_blobs =
            blobs.iter().filter_map(|name| Digest::from_hex(name)).filter(|d| !needed.contains(d)).count();
        found.images = images;
        Ok(found)
    }

    /// Takes the record of a name away by its file.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_name_file(&self, path: &std::path::Path, _lock: &StoreLock) -> Result<(), StoreError> {
        super::gc::unlink(path).map(drop)
    }

    /// Takes an image's record away with its names and documents, whatever of these can be read. Gives the names.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn discard_image(&self, id: &Digest, lock: &StoreLock) -> Result<Vec<String>, StoreError> {
        let names: Vec<_> = self.refs()?.into_iter().filter(|r| r.id == *id).map(|r| r.name).collect();
        for name in &names {
            self.remove_ref(name)?;
        }
        // What is wrong with a document must not be taken for right by the next image that has it.
        for digest in [Some(id.clone()), self.image(id).ok().map(|image| image.digest)].into_iter().flatten()
        {
            let right = std::fs::read(self.blob_path(&digest))
                .is_ok_and(|bytes| Digest::from_bytes(&Sha256::digest(bytes).into()) == digest);
            if !right {
                super::gc::unlink(&self.blob_path(&digest))?;
            }
        }
        self.remove_image(id, lock)?;
        Ok(names)
    }

    /// Moves a layer to `tmp/`.
    ///
    /// # Errors
    /// Those of rename.
    pub fn discard_layer(&self, id: &Digest, _lock: &StoreLock) -> Result<super::Staged, StoreError> {
        self.stage_away(&self.layer_dir(id))
    }

    /// Takes a layer's recipe away: loading it again brings another.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn discard_recipe(&self, id: &Digest, _lock: &StoreLock) -> Result<(), StoreError> {
        super::gc::unlink(&self.layer_dir(id).join("recipe")).map(drop)
    }
}
