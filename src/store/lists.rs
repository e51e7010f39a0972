//! Lists of images: `images/lists/<sha256 of the name>.json`. A list holds what it needs of its images itself, so that
//! removing one of them takes nothing away from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gc::unlink;
use super::{ImageRecord, Store, StoreError, StoreLock};
use crate::model::{Digest, Reference};

/// A list under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRecord {
    /// The whole name: `localhost/app:1`.
    pub name: String,
    /// Stays the same for as long as there is the list, whatever is in it.
    pub id: Digest,
    /// When it was made (RFC 3339).
    pub created: String,
    /// Of the list itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// In the order in which they were put in.
    pub entries: Vec<ListEntry>,
}

/// One image of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Of its manifest.
    pub media_type: String,
    /// Of its manifest.
    pub digest: Digest,
    /// Of its manifest, in bytes.
    pub size: u64,
    /// What it runs on.
    pub platform: ListPlatform,
    /// What is said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Where it is.
    pub source: ListSource,
}

/// Where an image of a list is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListSource {
    /// Here.
    Store(Box<ImageRecord>),
    /// In this repository.
    Repository(String),
}

/// What an image of a list runs on (image-spec image-index.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPlatform {
    /// GOARCH.
    pub architecture: String,
    /// GOOS.
    pub os: String,
    /// Version of the operating system.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the operating system must have.
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// CPU variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What the CPU must have (docker's).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

impl Store {
    /// Finds a list by name, id or a unique beginning of it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchImage`], which is podman's word for it; a text that is no reference.
    pub fn find_list(&self, text: &str) -> Result<ListRecord, StoreError> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        if Digest::from_hex(hex).is_none() {
            for name in Reference::candidates(text)? {
                if let Some(list) = self.read_json(&self.list_path(&name.to_string()))? {
                    return Ok(list);
                }
            }
        }
        let mut lists = self.lists()?;
        lists.retain(|list| !hex.is_empty() && list.id.hex().starts_with(hex));
        match lists.len() {
            1 => Ok(lists.remove(0)),
            0 => Err(StoreError::NoSuchImage(text.to_owned())),
            _ => Err(StoreError::AmbiguousId {
                text: text.to_owned(),
                ids: lists.iter().map(|list| list.id.short().to_owned()).collect(),
            }),
        }
    }

    /// Every list whose record can be read, by name.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn lists(&self) -> Result<Vec<ListRecord>, StoreError> {
        Ok(self.all_lists()?.0)
    }

    /// The same, and what is wrong with the other records.
    pub(super) fn all_lists(&self) -> Result<(Vec<ListRecord>, Vec<StoreError>), StoreError> {
        let dir = self.data().join("images/lists");
        // A store of an older rctr has none.
        if !dir.exists() {
            return Ok((Vec::new(), Vec::new()));
        }
        let names = self.list("images/lists")?.into_iter().filter(|name| name.ends_with(".json"));
        let (mut lists, damaged) = self.read_each::<ListRecord>(names.map(|name| dir.join(name)));
        lists.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((lists, damaged))
    }

    /// Writes a list down in the place of the one of its name.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn put_list(&self, list: &ListRecord, _lock: &StoreLock) -> Result<(), StoreError> {
        self.make_dir("images/lists")?;
        self.write_json(&self.list_path(&list.name), list)
    }

    /// Takes a list away; what it alone needs goes with the next sweep.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_list(&self, list: &ListRecord, _lock: &StoreLock) -> Result<(), StoreError> {
        unlink(&self.list_path(&list.name)).map(drop)
    }

    /// The images that lists hold on to, whatever else becomes of them.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub(super) fn listed_images(&self) -> Result<Vec<ImageRecord>, StoreError> {
        let entries = self.lists()?.into_iter().flat_map(|list| list.entries);
        Ok(entries
            .filter_map(|entry| match entry.source {
                ListSource::Store(record) => Some(*record),
                ListSource::Repository(_) => None,
            })
            .collect())
    }

    fn list_path(&self, name: &str) -> std::path::PathBuf {
        let file = self.ref_path(name);
        self.data().join("images/lists").join(file.file_name().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::LayerRef;
    use super::super::tests::store;
    use super::*;
    use crate::model::ImageConfig;

    fn digest(n: u8) -> Digest {
        Digest::from_bytes(&[n; 32])
    }

    fn record() -> ImageRecord {
        ImageRecord {
            id: crate::store::images::digest_of(b"c"),
            digest: crate::store::images::digest_of(b"m"),
            media_type: String::new(),
            index: None,
            created: None,
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            layers: vec![LayerRef::new(digest(3), 1, None)],
            config: ImageConfig::default(),
            pushed: Vec::new(),
        }
    }

    fn list(name: &str, n: u8) -> ListRecord {
        let entry = ListEntry {
            media_type: String::new(),
            digest: record().digest,
            size: 1,
            platform: ListPlatform::default(),
            annotations: BTreeMap::new(),
            source: ListSource::Store(Box::new(record())),
        };
        ListRecord {
            name: name.to_owned(),
            id: digest(n),
            created: String::new(),
            annotations: BTreeMap::new(),
            entries: vec![entry],
        }
    }

    #[test]
    fn lists_are_found_as_images_are() {
        let (_dir, store) = store();
        assert!(store.lists().unwrap().is_empty());
        let lock = store.lock_exclusive().unwrap();
        let (app, other) = (list("localhost/app:latest", 0xa1), list("docker.io/library/b:1", 0xa2));
        store.put_list(&app, &lock).unwrap();
        store.put_list(&other, &lock).unwrap();
        for (text, want) in [
            ("app", Some(&app)),
            ("localhost/app:latest", Some(&app)),
            ("b:1", Some(&other)),
            ("a1a1", Some(&app)),
            ("b", None),
            ("a", None),
        ] {
            assert_eq!(store.find_list(text).ok().as_ref(), want, "{text}");
        }
        assert!(matches!(store.find_list("a"), Err(StoreError::AmbiguousId { .. })));
        store.remove_list(&app, &lock).unwrap();
        assert_eq!(store.lists().unwrap(), [other]);
    }

    #[test]
    fn what_a_list_needs_outlives_the_image() {
        let (_dir, store) = store();
        let lock = store.lock_exclusive().unwrap();
        store.put_image(&record(), b"m", b"c").unwrap();
        std::fs::create_dir(store.data().join("layers").join(digest(3).hex())).unwrap();
        let list = list("localhost/app:latest", 1);
        store.put_list(&list, &lock).unwrap();
        store.remove_image(&record().id, &lock).unwrap();
        store.sweep_blobs(&lock).unwrap();
        assert!(store.sweep_layers(&lock).unwrap().is_empty());
        assert!(store.blob(&record().digest).is_ok() && store.blob(&record().id).is_ok());
        store.remove_list(&list, &lock).unwrap();
        store.sweep_blobs(&lock).unwrap();
        assert_eq!(store.sweep_layers(&lock).unwrap().len(), 1);
        assert!(store.blob(&record().digest).is_err());
    }

    #[test]
    fn a_list_that_cannot_be_read_keeps_everything() {
        let (_dir, store) = store();
        let lock = store.lock_exclusive().unwrap();
        store.put_blob(&record().digest, b"m").unwrap();
        store.put_list(&list("localhost/app:latest", 1), &lock).unwrap();
        let path = store.list_path("localhost/app:latest");
        std::fs::write(path, "{").unwrap();
        store.sweep_blobs(&lock).unwrap();
        assert!(store.blob(&record().digest).is_ok());
        assert_eq!(store.damaged_records().unwrap().len(), 1);
    }
}
