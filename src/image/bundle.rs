//! An image as it comes out of an archive, before anything of it is believed or stored.

use sha2::{Digest as _, Sha256};

use super::document::{self, Configuration, DOCUMENT_MAX, Descriptor, Document, Manifest};
use super::error::ImageError;
use super::source::{Blob, Source};
use super::stream::Expected;
use crate::model::{Digest, Reference};

/// One image of an archive.
#[derive(Debug)]
pub struct Bundle {
    /// What containers-transports(5) calls such a place: `docker-archive`, `oci-archive`, `oci`, `dir`.
    pub transport: &'static str,
    /// What the archive calls it.
    pub names: Vec<Reference>,
    /// The manifest, byte for byte; made up where the format has none.
    pub manifest: Vec<u8>,
    /// Its media type.
    pub media_type: String,
    /// The configuration, byte for byte.
    pub config: Vec<u8>,
    /// The same, read.
    pub configuration: Configuration,
    /// The lowest first.
    pub layers: Vec<Layer>,
}

/// One layer of an image.
#[derive(Debug)]
pub struct Layer {
    /// Digest of its tar.
    pub diff_id: Digest,
    /// Its bytes.
    pub blob: Blob,
    /// What they must be.
    pub expected: Expected,
}

impl Bundle {
    /// The image's id: digest of its configuration.
    pub fn id(&self) -> Digest {
        sha256(&self.config)
    }

    /// Puts an image together from a manifest whose blobs `open` finds.
    ///
    /// # Errors
    /// A configuration that is not what the manifest says, or that disagrees about the layers.
    pub(super) fn of_manifest(
        source: &Source,
        transport: &'static str,
        manifest: Vec<u8>,
        parsed: Manifest,
        place: impl Fn(&Digest) -> String,
    ) -> Result<Self, ImageError> {
        let Manifest { config, layers, media_type } = parsed;
        let bytes = read_blob(source, &config, &place(&config.digest))?;
        let configuration = read_configuration(&bytes, layers.len(), source.name())?;
        let layers = layers
            .into_iter()
            .zip(&configuration.rootfs.diff_ids)
            .map(|(layer, diff_id)| {
                let blob = source.must_open(&place(&layer.digest))?;
                if blob.size() != layer.size {
                    let reason = format!("it has {} bytes, the manifest says {}", blob.size(), layer.size);
                    return Err(ImageError::corrupt(format!("blob {}", layer.digest), reason));
                }
                let expected = Expected {
                    digest: Some(layer.digest),
                    size: Some(layer.size),
                    diff_id: Some(diff_id.clone()),
                    media_type: layer.media_type,
                };
                Ok(Layer { diff_id: diff_id.clone(), blob, expected })
            })
            .collect::<Result<_, ImageError>>()?;
        Ok(Self { transport, names: Vec::new(), manifest, media_type, config: bytes, configuration, layers })
    }
}

/// Reads a document that a descriptor points to, and verifies it.
///
/// # Errors
/// Missing, too long, of another length or digest.
pub(super) fn read_blob(
    source: &Source,
    descriptor: &Descriptor,
    place: &str,
) -> Result<Vec<u8>, ImageError> {
    let bytes = source
        .read(place, DOCUMENT_MAX)?
        .ok_or_else(|| ImageError::corrupt(source.name(), format!("{place:?} is missing")))?;
    let got = sha256(&bytes);
    if got != descriptor.digest {
        return Err(ImageError::Digest { what: place.to_owned(), want: descriptor.digest.clone(), got });
    }
    if bytes.len() as u64 != descriptor.size {
        let reason = format!("it has {} bytes, what points to it says {}", bytes.len(), descriptor.size);
        return Err(ImageError::corrupt(place, reason));
    }
    Ok(bytes)
}

/// Reads a configuration and checks that it has as many layers as the manifest.
///
/// # Errors
/// [`ImageError::Corrupt`], [`ImageError::Refused`].
pub fn read_configuration(bytes: &[u8], layers: usize, what: &str) -> Result<Configuration, ImageError> {
    let configuration: Configuration =
        document::parse_json(bytes, &format!("image configuration in {what}"))?;
    let rootfs = &configuration.rootfs;
    if rootfs.kind != "layers" {
        let reason = format!("its file system is of type {:?}", rootfs.kind);
        return Err(ImageError::Refused { what: format!("image configuration in {what}"), reason });
    }
    if rootfs.diff_ids.len() != layers {
        let reason = format!("it names {} layers, the manifest {layers}", rootfs.diff_ids.len());
        return Err(ImageError::corrupt(format!("image configuration in {what}"), reason));
    }
    Ok(configuration)
}

/// Parses a manifest that must be no index.
///
/// # Errors
/// As [`Document::parse`].
pub fn parse_manifest(bytes: &[u8], media_type: &str, what: &str) -> Result<Manifest, ImageError> {
    match Document::parse(bytes, media_type, what)? {
        Document::Manifest(manifest) => Ok(*manifest),
        Document::Index(_) => Err(ImageError::Refused {
            what: what.to_owned(),
            reason: "an index where a manifest must be".to_owned(),
        }),
    }
}

/// Digest of bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(&Sha256::digest(bytes).into())
}
