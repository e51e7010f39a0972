//! What `docker save` writes: `manifest.json`, a list of images with the places of their configuration and layers. In the
//! old layout those are `<id>.json` and `<id>/layer.tar`, in the new one blobs of an OCI layout beside it.

use serde::Deserialize;

use super::bundle::{Bundle, Layer, read_configuration, sha256};
use super::document::{self, DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, DOCUMENT_MAX, Descriptor};
use super::error::ImageError;
use super::source::Source;
use super::stream::Expected;
use crate::model::{Digest, Reference};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// Reads all images of an archive, given its `manifest.json`.
///
/// # Errors
/// What is missing or disagrees.
pub(super) fn read(source: &Source, list: &[u8]) -> Result<Vec<Bundle>, ImageError> {
    let items: Vec<Item> = document::parse_json(list, &format!("manifest.json of {}", source.name()))?;
    if items.is_empty() {
        return Err(ImageError::corrupt(source.name(), "manifest.json names no image"));
    }
    items.into_iter().map(|item| image(source, item)).collect()
}

fn image(source: &Source, item: Item) -> Result<Bundle, ImageError> {
    let config = source
        .read(&item.config, DOCUMENT_MAX)?
        .ok_or_else(|| ImageError::corrupt(source.name(), format!("{:?} is missing", item.config)))?;
    let id = sha256(&config);
    if let Some(want) = digest_in_name(&item.config).filter(|want| *want != id) {
        return Err(ImageError::Digest { what: item.config, want, got: id });
    }
    let configuration = read_configuration(&config, item.layers.len(), source.name())?;
    let mut layers = Vec::new();
    let mut descriptors = Vec::new();
    for (place, diff_id) in item.layers.iter().zip(&configuration.rootfs.diff_ids) {
        let blob = source.must_open(place)?;
        // Only a blob's name is a digest of its bytes; `<id>/layer.tar` is named after something else.
        let digest = place.strip_prefix("blobs/sha256/").and_then(Digest::from_hex);
        descriptors.push(descriptor(
            DOCKER_LAYER,
            digest.clone().unwrap_or_else(|| diff_id.clone()),
            blob.size(),
        ));
        let expected =
            Expected { digest, size: None, diff_id: Some(diff_id.clone()), media_type: String::new() };
        layers.push(Layer { diff_id: diff_id.clone(), blob, expected });
    }
    // The format has no manifest: this is the one that a registry would get.
    let manifest = Manifest {
        schema_version: 2,
        media_type: DOCKER_MANIFEST,
        config: descriptor(DOCKER_CONFIG, id, config.len() as u64),
        layers: descriptors,
    };
    let manifest =
        serde_json::to_vec(&manifest).map_err(|e| ImageError::corrupt(source.name(), e.to_string()))?;
    let names = item.repo_tags.unwrap_or_default();
    let names = names.iter().map(|name| Reference::parse(name)).collect::<Result<_, _>>();
    let names = names
        .map_err(|e| ImageError::corrupt(format!("manifest.json of {}", source.name()), e.to_string()))?;
    Ok(Bundle {
        transport: "docker-archive",
        names,
        manifest,
        media_type: DOCKER_MANIFEST.to_owned(),
        config,
        configuration,
        layers,
    })
}

fn descriptor(media_type: &str, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        urls: None,
        platform: None,
        annotations: None,
    }
}

/// `<64 hex>.json` or `blobs/sha256/<64 hex>`.
fn digest_in_name(place: &str) -> Option<Digest> {
    let last = place.rsplit('/').next()?;
    Digest::from_hex(last.strip_suffix(".json").unwrap_or(last))
}
