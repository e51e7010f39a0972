//! Which archive is it? Told by its members, never by its file name.

use std::path::Path;

use super::bundle::Bundle;
use super::document::{DOCUMENT_MAX, Platform};
use super::error::ImageError;
use super::source::Source;
use super::{docker_archive, oci_layout};

/// Reads all images of an archive or directory that run on `host`.
///
/// # Errors
/// [`ImageError::UnknownFormat`]; what is missing or disagrees.
pub fn read_images(source: &Source, host: &Platform) -> Result<Vec<Bundle>, ImageError> {
    if let Some(manifest) = source.read("manifest.json", DOCUMENT_MAX)? {
        return match manifest.trim_ascii_start().first() {
            Some(b'{') => oci_layout::read_dir(source, manifest),
            _ => docker_archive::read(source, &manifest),
        };
    }
    if let Some(index) = source.read("index.json", DOCUMENT_MAX)? {
        return oci_layout::read(source, &index, host);
    }
    Err(ImageError::UnknownFormat {
        what: source.name().to_owned(),
        reason: "neither manifest.json (docker) nor index.json (OCI) is in it".to_owned(),
    })
}

/// Does a directory look like an image?
pub fn is_image_dir(path: &Path) -> bool {
    ["index.json", "manifest.json"].iter().any(|name| path.join(name).is_file())
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
