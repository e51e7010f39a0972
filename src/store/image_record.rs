//! What the store writes down about images. Read by every later version: fields are only ever added.

use serde::{Deserialize, Serialize};

use crate::model::{Digest, ImageConfig};

/// A name and all that running it needs: `images/refs/<sha256 of the name>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefRecord {
    /// The whole name: `docker.io/library/busybox:latest`.
    pub name: String,
    /// Digest of the manifest that the name was given to.
    pub digest: Digest,
    /// Digest of the index that a registry had under this name and that led to the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Digest>,
    /// The image: digest of its configuration.
    pub id: Digest,
    /// diff-ids, the lowest layer first, each once.
    pub layers: Vec<Digest>,
    /// How it wants to run.
    pub config: ImageConfig,
}

/// An image: `images/ids/<id>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Digest of its configuration.
    pub id: Digest,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Media type of its manifest.
    pub media_type: String,
    /// Digest of the index that led to the manifest when the image was last pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Digest>,
    /// When it was made, as its configuration says (RFC 3339); absent in reproducible builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// `linux`.
    #[serde(default)]
    pub os: String,
    /// The lowest first.
    pub layers: Vec<LayerRef>,
    /// How it wants to run.
    pub config: ImageConfig,
    /// What it was pushed as, the last one first: `registry.example/team/app@sha256:…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pushed: Vec<String>,
}

/// One layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRef {
    /// Digest of the uncompressed tar.
    pub diff_id: Digest,
    /// Bytes of file content in it.
    pub size: u64,
    /// How a registry has it; none when it did not come from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobRef>,
    /// How registries have it that it was pushed to, the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pushed: Vec<BlobRef>,
}

impl LayerRef {
    /// A layer that nobody has pushed.
    pub fn new(diff_id: Digest, size: u64, blob: Option<BlobRef>) -> Self {
        Self { diff_id, size, blob, pushed: Vec::new() }
    }
}

/// A layer as a registry has it: what a push needs to know to leave it out or to have it taken over from another
/// repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// Digest of the packed bytes.
    pub digest: Digest,
    /// How many.
    pub size: u64,
    /// What the manifest says of them.
    pub media_type: String,
    /// A repository that has them: `docker.io/library/debian`.
    pub repository: String,
}

impl RefRecord {
    /// Is this a digest of what the name stands for: of its manifest, or of the index that led to it?
    pub fn has_digest(&self, digest: &Digest) -> bool {
        self.digest == *digest || self.index.as_ref() == Some(digest)
    }
}

impl ImageRecord {
    /// Bytes of file content in all layers.
    pub fn size(&self) -> u64 {
        self.layers.iter().map(|l| l.size).fold(0, u64::saturating_add)
    }

    /// The digest that its registry gave for it: that of the index, when it was found through one (podman's `Digest`).
    pub fn known_as(&self) -> &Digest {
        self.index.as_ref().unwrap_or(&self.digest)
    }

    /// The record of a name for this image.
    pub fn named(&self, name: String) -> RefRecord {
        let mut layers = Vec::new();
        // overlayfs takes a directory once. Of a layer that comes twice the upper one counts: it has all that the lower
        // one has, and what is between them cannot change that.
        for layer in self.layers.iter().rev() {
            if !layers.contains(&layer.diff_id) {
                layers.push(layer.diff_id.clone());
            }
        }
        layers.reverse();
        RefRecord {
            name,
            digest: self.digest.clone(),
            index: self.index.clone(),
            id: self.id.clone(),
            layers,
            config: self.config.clone(),
        }
    }
}

/// What unpacking a layer counted: `layers/<diff-id>/meta.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerMeta {
    /// Bytes of file content.
    pub size: u64,
    /// Bytes of the uncompressed tar.
    pub tar_size: u64,
    /// Entries of the tar.
    pub entries: u64,
    /// Owners are recorded in `user.rctr.owner` instead of being set: there was only one id.
    #[serde(default)]
    pub owners_recorded: bool,
    /// Directories that the tar did not list but that others of its entries lie in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implicit: Vec<String>,
}
