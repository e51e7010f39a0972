//! From what the user typed to an image: by name (one small read), by digest, by id or a unique beginning of it.

use super::{ImageRecord, RefRecord, Store, StoreError};
use crate::model::reference::Reference;
use crate::model::spec::ImageOrigin;
use crate::model::{Digest, ResolvedImage};

impl Store {
    /// Finds an image as far as running it needs.
    ///
    /// # Errors
    /// [`StoreError::NoSuchImage`], [`StoreError::AmbiguousId`], or a text that is no reference.
    pub fn resolve_image(&self, text: &str) -> Result<ResolvedImage, StoreError> {
        let found = self.find_ref(text)?;
        let layers = found.layers.iter().rev().map(|l| self.layer_fs(l)).collect();
        Ok(ResolvedImage {
            origin: ImageOrigin { name: found.name, id: found.id },
            layers,
            config: found.config,
        })
    }

    /// Finds the record of an image, and the whole name that fitted; none when it was found by id.
    ///
    /// # Errors
    /// As [`Self::resolve_image`].
    pub fn find_image(&self, text: &str) -> Result<(ImageRecord, Option<String>), StoreError> {
        if let Some(found) = self.find_by_name(text)? {
            return Ok((self.image(&found.id)?, Some(found.name)));
        }
        Ok((self.image(&self.find_by_id(text)?)?, None))
    }

    /// Finds the id of an image, and the whole name that fitted, without looking at its record.
    ///
    /// # Errors
    /// As [`Self::resolve_image`].
    pub fn find_image_id(&self, text: &str) -> Result<(Digest, Option<String>), StoreError> {
        Ok(match self.find_by_name(text)? {
            Some(found) => (found.id, Some(found.name)),
            None => (self.find_by_id(text)?, None),
        })
    }

    fn find_ref(&self, text: &str) -> Result<RefRecord, StoreError> {
        if let Some(found) = self.find_by_name(text)? {
            return Ok(found);
        }
        let id = self.find_by_id(text)?;
        // A container is better off with a name to show than with an id.
        match self.refs()?.into_iter().find(|r| r.id == id) {
            Some(found) => Ok(found),
            None => Ok(self.image(&id)?.named(id.to_string())),
        }
    }

    fn find_by_name(&self, text: &str) -> Result<Option<RefRecord>, StoreError> {
        if text.starts_with("sha256:") || Digest::from_hex(text).is_some() {
            return Ok(None);
        }
        for candidate in Reference::candidates(text)? {
            let exact = self.reference(&candidate)?;
            let found = match candidate.digest() {
                _ if exact.is_some() => exact,
                None => None,
                Some(digest) => {
                    let prefix = candidate.repository();
                    let fits = |r: &RefRecord| {
                        r.has_digest(digest)
                            && Reference::parse(&r.name).is_ok_and(|n| n.repository() == prefix)
                    };
                    self.refs()?.into_iter().find(fits)
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_by_id(&self, text: &str) -> Result<Digest, StoreError> {
        let none = || StoreError::NoSuchImage(text.to_owned());
        if text.contains('@') {
            // What it is called where it was pushed to.
            let name = Reference::parse(text)?;
            let pinned = name.digest().map(|digest| format!("{}@{digest}", name.repository()));
            let mut images = self.images()?.into_iter();
            let found = images.find(|image| image.pushed.iter().any(|known| Some(known) == pinned.as_ref()));
            return found.map(|image| image.id).ok_or_else(none);
        }
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        if hex.is_empty()
            || hex.len() > 64
            || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return Err(none());
        }
        let mut ids = self.image_ids()?;
        ids.retain(|id| id.hex().starts_with(hex));
        match ids.as_slice() {
            [] => Err(none()),
            [_] => Ok(ids.remove(0)),
            _ => Err(StoreError::AmbiguousId {
                text: text.to_owned(),
                ids: ids.iter().map(|id| id.short().to_owned()).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::LayerRef;
    use super::super::tests::store;
    use super::*;
    use crate::model::ImageConfig;

    fn record(n: u8) -> ImageRecord {
        ImageRecord {
            id: Digest::from_bytes(&[n; 32]),
            digest: Digest::from_bytes(&[n ^ 0xff; 32]),
            media_type: String::new(),
            index: None,
            created: None,
            architecture: "amd64".into(),
            os: "linux".into(),
            layers: vec![
                LayerRef::new(Digest::from_bytes(&[1; 32]), 3, None),
                LayerRef::new(Digest::from_bytes(&[2; 32]), 4, None),
            ],
            config: ImageConfig { cmd: vec!["sh".into()], ..Default::default() },
            pushed: Vec::new(),
        }
    }

    fn filled() -> (tempfile::TempDir, Store) {
        let (dir, store) = store();
        for (n, name) in [(0xa1, Some("busybox")), (0xa2, None), (0xb1, Some("localhost/app:1"))] {
            store.put_image(&record(n), b"m", b"c").unwrap();
            if let Some(name) = name {
                store.put_ref(&Reference::parse(name).unwrap(), &record(n)).unwrap();
            }
        }
        (dir, store)
    }

    #[test]
    fn every_way_of_naming_an_image_finds_it() {
        let (_dir, store) = filled();
        let digest = record(0xa1).digest;
        for (text, n, name) in [
            ("busybox", 0xa1, "docker.io/library/busybox:latest"),
            ("docker.io/library/busybox:latest", 0xa1, "docker.io/library/busybox:latest"),
            (&format!("busybox@{digest}"), 0xa1, "docker.io/library/busybox:latest"),
            (&format!("busybox:latest@{digest}"), 0xa1, "docker.io/library/busybox:latest"),
            ("app:1", 0xb1, "localhost/app:1"),
            ("b1", 0xb1, "localhost/app:1"),
            (&format!("sha256:{}", "b1".repeat(32)), 0xb1, "localhost/app:1"),
            (&"a2".repeat(32), 0xa2, &format!("sha256:{}", "a2".repeat(32))),
        ] {
            let found = store.resolve_image(text).unwrap();
            assert_eq!((found.origin.id, found.origin.name.as_str()), (record(n).id, name), "{text}");
            assert_eq!(found.config.cmd, ["sh"]);
            assert_eq!(
                found.layers[0],
                store.layer_fs(&Digest::from_bytes(&[2; 32])),
                "the topmost is first"
            );
        }
    }

    #[test]
    fn what_is_not_there_says_so() {
        let (_dir, store) = filled();
        for text in ["nope", "busybox:2", "sha256:ff", "app", "sha256:", &"cc".repeat(32)] {
            let error = store.resolve_image(text).unwrap_err();
            assert!(matches!(error, StoreError::NoSuchImage(_)), "{text}: {error}");
        }
        assert!(matches!(store.resolve_image("a").unwrap_err(), StoreError::AmbiguousId { .. }));
        assert!(matches!(store.resolve_image("Bad Name").unwrap_err(), StoreError::Reference(_)));
    }

    #[test]
    fn removal_takes_only_what_nobody_needs() {
        let (_dir, store) = filled();
        let layer = |n| store.layer_dir(&Digest::from_bytes(&[n; 32]));
        for n in [1, 2, 9] {
            std::fs::create_dir(layer(n)).unwrap();
        }
        let lock = store.lock_exclusive().unwrap();
        let first = store.sweep_layers(&lock).unwrap();
        assert_eq!(first.len(), 1);
        assert!(layer(1).exists() && layer(2).exists() && !layer(9).exists());
        for n in [0xa1, 0xa2, 0xb1] {
            store.remove_image(&record(n).id, &lock).unwrap();
        }
        let swept = store.sweep_layers(&lock).unwrap();
        assert_eq!(swept.len(), 2);
        assert!(swept.iter().all(|s| s.path().parent() == Some(&store.data().join("tmp"))));
        assert!(store.stale().unwrap().is_empty(), "they are locked until their files are gone");
    }
}
