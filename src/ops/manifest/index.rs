//! A list as the document that registries have of it (image-spec image-index.md; docker's manifest list).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::OpsError;
use super::super::outcome::ImageSummary;
use crate::image::document::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX};
use crate::image::{ImageError, sha256};
use crate::model::registry_request::ManifestFormat;
use crate::model::{Digest, Reference};
use crate::store::{ListEntry, ListPlatform, ListRecord};

/// A pointer to an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pointer {
    #[serde(default)]
    pub media_type: String,
    pub size: u64,
    pub digest: Digest,
    #[serde(default)]
    pub platform: ListPlatform,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<Pointer>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// Which kind of document a list becomes.
pub(super) fn kind(list: &ListRecord, asked: Option<ManifestFormat>) -> &'static str {
    // Docker's kind knows no annotations.
    let plain = list.annotations.is_empty() && list.entries.iter().all(|entry| entry.annotations.is_empty());
    let docker = !list.entries.is_empty() && list.entries.iter().all(|e| e.media_type == DOCKER_MANIFEST);
    match asked {
        Some(ManifestFormat::Docker) => DOCKER_LIST,
        None if docker && plain => DOCKER_LIST,
        Some(ManifestFormat::Oci) | None => OCI_INDEX,
    }
}

/// The document, byte for byte.
pub(super) fn bytes(list: &ListRecord, kind: &'static str) -> Result<Vec<u8>, OpsError> {
    serde_json::to_vec(&index(list, kind)).map_err(broken)
}

/// The document to be shown.
pub(super) fn value(list: &ListRecord) -> Result<Value, OpsError> {
    serde_json::to_value(index(list, kind(list, None))).map_err(broken)
}

/// A list among images: its size is that of the document.
pub(in crate::ops) fn summary(list: &ListRecord) -> ImageSummary {
    let bytes = bytes(list, kind(list, None)).unwrap_or_default();
    let digest = sha256(&bytes);
    let created = list.created.parse::<jiff::Timestamp>().map_or(0, |time| time.as_millisecond());
    let repository = Reference::parse(&list.name).map(|name| name.repository()).unwrap_or_default();
    ImageSummary {
        names: vec![list.name.clone()],
        digests: vec![format!("{repository}@{digest}")],
        containers: 0,
        id: list.id.clone(),
        digest,
        created: Some(list.created.clone()),
        created_ms: created,
        size: bytes.len() as u64,
        labels: BTreeMap::new(),
    }
}

fn index(list: &ListRecord, kind: &'static str) -> Index {
    let docker = kind == DOCKER_LIST;
    let kept = |annotations: &BTreeMap<String, String>| {
        if docker { BTreeMap::new() } else { annotations.clone() }
    };
    let pointer = |entry: &ListEntry| Pointer {
        media_type: entry.media_type.clone(),
        size: entry.size,
        digest: entry.digest.clone(),
        platform: entry.platform.clone(),
        annotations: kept(&entry.annotations),
    };
    Index {
        schema_version: 2,
        media_type: kind,
        manifests: list.entries.iter().map(pointer).collect(),
        annotations: kept(&list.annotations),
    }
}

fn broken(error: serde_json::Error) -> OpsError {
    ImageError::corrupt("manifest list", error.to_string()).into()
}
