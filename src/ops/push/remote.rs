//! One image to a registry: its layers, its configuration, and last of all the manifest that names them.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::progress::Board;
use super::super::{Context, OpsError};
use super::layers::Layers;
use super::{packing, tell};
use crate::image::codec::Codec;
use crate::image::document::{DOCKER_MANIFEST, OCI_MANIFEST};
use crate::image::save::{OutgoingImage, OutgoingLayer, Packing, manifest_of};
use crate::model::registry_request::{ManifestFormat, PushOptions};
use crate::model::{Digest, Reference};
use crate::registry::{Client, Content, Endpoint, Upload};
use crate::store::{BlobRef, ImageRecord, Store};

/// Brings images to one repository.
pub(in crate::ops) struct Remote<'a> {
    pub ctx: &'a Context,
    pub store: &'a Store,
    pub options: &'a PushOptions,
    pub client: Arc<Client>,
    /// What the image is called there.
    pub name: Reference,
    /// Where that is.
    pub at: Endpoint,
    /// How layers are packed that have to be.
    pub packing: Packing,
}

/// A manifest that is there now.
pub(in crate::ops) struct Sent {
    pub digest: Digest,
    pub media_type: &'static str,
    pub size: u64,
}

impl<'a> Remote<'a> {
    pub fn new(
        ctx: &'a Context,
        store: &'a Store,
        client: Arc<Client>,
        options: &'a PushOptions,
        name: Reference,
    ) -> Result<Self, OpsError> {
        let mut places =
            client.registries().endpoints(&name).map_err(|error| OpsError::push(&name, error))?;
        // Mirrors are for reading: the registry itself is the last one.
        let at = places.pop().filter(|at| at.own);
        let at = at.ok_or_else(|| OpsError::BadRequest(format!("{name}: there is no place to push to")))?;
        Ok(Self { ctx, store, options, client, name, at, packing: packing(options)? })
    }

    /// Brings an image there under the name.
    pub fn image(&self, record: &ImageRecord) -> Result<Sent, OpsError> {
        self.bring(record, Some(&self.reference()))
    }

    /// The tag or digest that the name ends with.
    pub fn reference(&self) -> String {
        let digest = self.name.digest().map(ToString::to_string);
        digest.unwrap_or_else(|| self.name.tag().unwrap_or("latest").to_owned())
    }

    /// Brings an image there under a tag or digest; without one under its own digest.
    pub fn bring(&self, record: &ImageRecord, reference: Option<&str>) -> Result<Sent, OpsError> {
        let media_type = self.media_type(record);
        let mut sizes: Vec<(Digest, u64)> = Vec::new();
        for layer in &record.layers {
            if sizes.iter().all(|(known, _)| *known != layer.diff_id) {
                sizes.push((layer.diff_id.clone(), self.store.layer_meta(&layer.diff_id)?.tar_size));
            }
        }
        let (config, manifest) = (self.store.blob(&record.id)?, self.store.blob(&record.digest)?);
        let board = Board::outgoing(&self.name.to_string(), &sizes);
        let layers = Layers { remote: self, media_type, sizes: &sizes, board: &board };
        let there = layers.bring()?;
        self.document(&record.id, &config)?;
        let image = OutgoingImage {
            names: Vec::new(),
            config,
            manifest: (manifest, record.media_type.clone()),
            layers: record.layers.iter().filter_map(|layer| there.get(&layer.diff_id).cloned()).collect(),
        };
        let manifest = manifest_of(&image, media_type)?;
        let sent = self.manifest(media_type, &manifest, reference)?;
        let blobs = self.blobs(media_type, &there);
        let pushed = format!("{}@{}", self.name.repository(), sent.digest);
        self.store.record_push(&record.id, &pushed, &blobs)?;
        Ok(sent)
    }

    /// Puts a manifest or index there that is named by its digest, or by a tag.
    pub fn manifest(
        &self,
        media_type: &'static str,
        bytes: &[u8],
        reference: Option<&str>,
    ) -> Result<Sent, OpsError> {
        let digest = crate::image::sha256(bytes);
        if let Some(want) = self.name.digest().filter(|want| reference.is_some() && **want != digest) {
            return Err(OpsError::BadRequest(format!(
                "{}: the digest of what would be pushed is {digest}, not {want}: give it a tag",
                self.name
            )));
        }
        tell(self.options, "Writing manifest to image destination");
        let own = digest.to_string();
        let put = self.client.put_manifest(&self.at, reference.unwrap_or(&own), media_type, bytes);
        let digest = put.map_err(|error| self.failed(error))?;
        Ok(Sent { digest, media_type, size: bytes.len() as u64 })
    }

    /// Brings a small blob there, if it is not.
    pub fn document(&self, digest: &Digest, bytes: &[u8]) -> Result<(), OpsError> {
        let size = bytes.len() as u64;
        let there = self.client.blob_size(&self.at, digest).map_err(|error| self.failed(error))?;
        if there == Some(size) {
            return Ok(());
        }
        let upload = Upload { digest, size, content: Content::Bytes(bytes), sent: &|_| true };
        self.client.upload(&self.at, &upload).map_err(|error| self.failed(error))
    }

    /// What went wrong with this destination.
    pub fn failed(&self, error: crate::registry::RegistryError) -> OpsError {
        OpsError::push(&self.name, error)
    }

    fn media_type(&self, record: &ImageRecord) -> &'static str {
        match self.options.format {
            Some(ManifestFormat::Docker) => DOCKER_MANIFEST,
            Some(ManifestFormat::Oci) => OCI_MANIFEST,
            // Docker's manifests know no zstd.
            None if record.media_type == DOCKER_MANIFEST && self.packing.codec != Codec::Zstd => {
                DOCKER_MANIFEST
            }
            None => OCI_MANIFEST,
        }
    }

    /// The layers as they are there now.
    fn blobs(&self, media_type: &str, there: &HashMap<Digest, OutgoingLayer>) -> HashMap<Digest, BlobRef> {
        let blob = |layer: &OutgoingLayer| BlobRef {
            digest: layer.digest.clone(),
            size: layer.size,
            media_type: layer.media_type(media_type),
            repository: self.name.repository(),
        };
        there.iter().map(|(diff_id, layer)| (diff_id.clone(), blob(layer))).collect()
    }
}
