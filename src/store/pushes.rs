//! What registries have of the images here: for `RepoDigests`, and so that the next push finds out before it packs anything.

use std::collections::HashMap;

use super::{BlobRef, Store, StoreError};
use crate::model::Digest;

/// So many are remembered of an image and of a layer.
const MOST: usize = 16;

impl Store {
    /// Writes down that an image was pushed as `name` (`registry.example/team/app@sha256:…`), and how the registry has its
    /// layers. An image that was removed meanwhile stays away.
    ///
    /// # Errors
    /// Those of reading and writing the record; ENOSPC, EROFS.
    pub fn record_push(
        &self,
        id: &Digest,
        name: &str,
        blobs: &HashMap<Digest, BlobRef>,
    ) -> Result<(), StoreError> {
        let _alone = self.lock_exclusive()?;
        let mut record = match self.image(id) {
            Err(StoreError::NoSuchImage(_)) => return Ok(()),
            other => other?,
        };
        let before = record.clone();
        first(&mut record.pushed, name.to_owned(), |known, name| known == name);
        for layer in &mut record.layers {
            let Some(blob) = blobs.get(&layer.diff_id).filter(|blob| layer.blob.as_ref() != Some(blob))
            else {
                continue;
            };
            first(&mut layer.pushed, blob.clone(), |known, blob| {
                (&known.digest, &known.repository) == (&blob.digest, &blob.repository)
            });
        }
        if record == before { Ok(()) } else { self.write_json(&self.id_path(id), &record) }
    }

    /// How registries have layers, as far as any image here tells: by diff-id, what was pushed last first.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn known_blobs(&self) -> Result<HashMap<Digest, Vec<BlobRef>>, StoreError> {
        let mut known: HashMap<Digest, Vec<BlobRef>> = HashMap::new();
        for layer in self.images()?.into_iter().flat_map(|image| image.layers) {
            let all = known.entry(layer.diff_id).or_default();
            for blob in layer.pushed.into_iter().chain(layer.blob) {
                if !all.contains(&blob) {
                    all.push(blob);
                }
            }
        }
        Ok(known)
    }
}

/// Puts something at the head of a short list, once.
fn first<T>(list: &mut Vec<T>, value: T, same: impl Fn(&T, &T) -> bool) {
    list.retain(|known| !same(known, &value));
    list.insert(0, value);
    list.truncate(MOST);
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::super::{ImageRecord, LayerRef};
    use super::*;
    use crate::model::ImageConfig;

    fn digest(n: u8) -> Digest {
        Digest::from_bytes(&[n; 32])
    }

    fn blob(n: u8, repository: &str) -> BlobRef {
        BlobRef {
            digest: digest(n),
            size: 1,
            media_type: "tar+gzip".to_owned(),
            repository: repository.to_owned(),
        }
    }

    #[test]
    fn what_was_pushed_last_comes_first_and_once() {
        let (_dir, store) = store();
        let record = ImageRecord {
            id: digest(1),
            digest: digest(2),
            media_type: String::new(),
            index: None,
            created: None,
            architecture: String::new(),
            os: String::new(),
            layers: vec![LayerRef::new(digest(3), 1, Some(blob(4, "a/a")))],
            config: ImageConfig::default(),
            pushed: Vec::new(),
        };
        store.put_image(&record, b"m", b"c").unwrap();
        for n in 0..40 {
            let names = [(digest(3), blob(n % 20, "b/b"))].into();
            store.record_push(&digest(1), &format!("b/b@{}", n % 20), &names).unwrap();
        }
        let same = [(digest(3), blob(4, "a/a"))].into();
        store.record_push(&digest(1), "b/b@19", &same).unwrap();
        let record = store.image(&digest(1)).unwrap();
        assert_eq!(
            (record.pushed.len(), record.pushed[0].as_str(), record.pushed[1].as_str()),
            (MOST, "b/b@19", "b/b@18")
        );
        let known = &store.known_blobs().unwrap()[&digest(3)];
        assert_eq!(
            (known.len(), &known[0], known.last()),
            (MOST + 1, &blob(19, "b/b"), Some(&blob(4, "a/a")))
        );
        store.record_push(&digest(9), "b/b@1", &HashMap::new()).unwrap();
        assert!(store.image(&digest(9)).is_err(), "it is not made by that");
    }
}
