//! Where the signatures of an image are looked up: a signature store beside the registry, the registry itself, the
//! directory of a `dir:` image.

use std::path::Path;

use serde::Deserialize;

use super::super::OpsError;
use super::{Gate, in_directory};
use crate::image::Source;
use crate::image::document::Descriptor;
use crate::model::{Digest, Reference};
use crate::registry::{Client, Endpoint};
use crate::sys::file::read_regular;
use crate::trust::{
    Attachment, Evidence, MIME_TYPE, Place, SIGNATURE_ANNOTATION, SIGNATURE_MAX, SIGNATURES_MAX, TrustError,
    attachment_tag,
};

/// Of an image in a registry.
pub(super) struct RemoteEvidence<'a> {
    pub gate: &'a Gate<'a>,
    pub client: &'a Client,
    pub name: &'a Reference,
    pub manifest: &'a Digest,
    pub places: &'a [Endpoint],
}

impl Evidence for RemoteEvidence<'_> {
    type Error = OpsError;

    fn simple(&self) -> Result<Vec<Vec<u8>>, OpsError> {
        let below = Place::below(self.name, self.manifest);
        match self.gate.lookaside()?.reading(self.name)? {
            Place::Directory(top) => numbered(&self.name.to_string(), |file| {
                let path = top.join(&below).join(file);
                match read_regular(&path, SIGNATURE_MAX) {
                    Err(error) if is_absent(error.errno()) => Ok(None),
                    other => Ok(Some(other?)),
                }
            }),
            Place::Web(top) => numbered(&self.name.to_string(), |file| {
                Ok(self.client.file(&format!("{top}/{below}/{file}"), SIGNATURE_MAX as u64)?)
            }),
        }
    }

    fn sigstore(&self) -> Result<Vec<Attachment>, OpsError> {
        if !self.gate.lookaside()?.has_attachments(self.name) {
            return Ok(Vec::new());
        }
        let tag = attachment_tag(self.manifest);
        for place in self.places {
            match self.client.manifest(place, &tag) {
                Ok(found) => return self.attached(&found.bytes, &tag),
                Err(error) if error.is_absence() => {}
                Err(error) => return Err(OpsError::pull(self.name, error)),
            }
        }
        Ok(Vec::new())
    }

    fn in_directory<T>(&self, work: impl FnOnce(&Path) -> Result<T, TrustError>) -> Result<T, OpsError> {
        in_directory(self.gate.store, work)
    }
}

impl RemoteEvidence<'_> {
    /// The layers of an attachment that are payloads of signatures.
    fn attached(&self, manifest: &[u8], tag: &str) -> Result<Vec<Attachment>, OpsError> {
        #[derive(Deserialize)]
        struct Manifest {
            layers: Vec<Descriptor>,
        }
        let Manifest { layers } = serde_json::from_slice(manifest).map_err(|error| {
            crate::image::ImageError::corrupt(format!("manifest {tag} of {}", self.name), error.to_string())
        })?;
        let payloads: Vec<_> = layers.into_iter().filter(|layer| layer.media_type == MIME_TYPE).collect();
        if payloads.len() > SIGNATURES_MAX {
            return Err(too_many(&self.name.to_string()).into());
        }
        payloads
            .into_iter()
            .map(|layer| {
                if layer.size > SIGNATURE_MAX as u64 {
                    let image = self.name.to_string();
                    let what = "a longer signature";
                    return Err(TrustError::TooMuch { image, what, limit: SIGNATURE_MAX }.into());
                }
                let payload = self.client.document(self.places, &layer.digest, layer.size);
                let payload = payload.map_err(|error| OpsError::pull(self.name, error))?;
                let signature = layer.annotation(SIGNATURE_ANNOTATION).unwrap_or_default().to_owned();
                Ok(Attachment { payload, signature })
            })
            .collect()
    }
}

/// Of an image in a file or directory; only `dir:` has room for signatures.
pub(super) struct LocalEvidence<'a> {
    pub gate: &'a Gate<'a>,
    pub source: &'a Source,
    pub transport: &'static str,
}

impl LocalEvidence<'_> {
    fn all(&self) -> Result<Vec<Vec<u8>>, OpsError> {
        if self.transport != "dir" {
            return Ok(Vec::new());
        }
        numbered(self.source.name(), |file| Ok(self.source.read(file, SIGNATURE_MAX as u64)?))
    }
}

impl Evidence for LocalEvidence<'_> {
    type Error = OpsError;

    fn simple(&self) -> Result<Vec<Vec<u8>>, OpsError> {
        Ok(self.all()?.into_iter().filter(|blob| !Attachment::is_blob(blob)).collect())
    }

    fn sigstore(&self) -> Result<Vec<Attachment>, OpsError> {
        Ok(self.all()?.iter().filter_map(|blob| Attachment::from_blob(blob)).collect())
    }

    fn in_directory<T>(&self, work: impl FnOnce(&Path) -> Result<T, TrustError>) -> Result<T, OpsError> {
        in_directory(self.gate.store, work)
    }
}

/// `signature-1`, `signature-2` … up to the first that is not there.
fn numbered(
    image: &str,
    read: impl Fn(&str) -> Result<Option<Vec<u8>>, OpsError>,
) -> Result<Vec<Vec<u8>>, OpsError> {
    let mut found = Vec::new();
    while let Some(one) = read(&Place::signature(found.len() + 1))? {
        if found.len() == SIGNATURES_MAX {
            return Err(too_many(image).into());
        }
        found.push(one);
    }
    Ok(found)
}

fn too_many(image: &str) -> TrustError {
    TrustError::TooMuch { image: image.to_owned(), what: "more signatures", limit: SIGNATURES_MAX }
}

fn is_absent(errno: i32) -> bool {
    [nix::errno::Errno::ENOENT as i32, nix::errno::Errno::ENOTDIR as i32].contains(&errno)
}
