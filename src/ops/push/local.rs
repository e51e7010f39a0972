//! Images into archives and directories, through what `save` does.

use std::path::Path;

use super::super::save::{give_out, open};
use super::super::{Context, OpsError};
use crate::image::document::{DOCKER_MANIFEST, OCI_MANIFEST};
use crate::image::save::manifest_of;
use crate::image::sha256;
use crate::model::image_request::SaveFormat;
use crate::model::registry_request::{ManifestFormat, PushOptions};
use crate::model::{Digest, Reference};
use crate::store::{ImageRecord, Store, StoreError};

/// Writes one image; the digest of its manifest there.
pub(super) fn image(
    ctx: &Context,
    store: &Store,
    record: ImageRecord,
    destination: &str,
    path: &Path,
    name: Option<String>,
    options: &PushOptions,
) -> Result<Digest, OpsError> {
    let (format, kind) = match destination.split(':').next() {
        Some("oci") => (SaveFormat::OciDir, ManifestFormat::Oci),
        Some("oci-archive") => (SaveFormat::OciArchive, ManifestFormat::Oci),
        Some("dir") => (SaveFormat::DockerDir, ManifestFormat::Docker),
        _ => (SaveFormat::DockerArchive, ManifestFormat::Docker),
    };
    let refuse = |text: &str| Err(OpsError::BadRequest(format!("{destination}: {text}")));
    if options.format.is_some_and(|asked| asked != kind) {
        return refuse(match kind {
            ManifestFormat::Oci => "an OCI layout has manifests of --format oci",
            ManifestFormat::Docker => "it has a manifest of --format v2s2",
        });
    }
    if kind == ManifestFormat::Docker && (options.compression.is_some() || options.level.is_some()) {
        return refuse("its layers are not packed: oci: and oci-archive: have packed ones");
    }
    if kind == ManifestFormat::Oci
        && let Some(name) = name.as_ref().filter(|name| !is_ref_name(name))
    {
        return refuse(&format!("{name:?} can be no name in an OCI layout"));
    }
    // An archive of docker's has whole names, an OCI layout whatever it is told.
    let name = match (name, format) {
        (Some(name), SaveFormat::DockerArchive) => {
            Some(Reference::parse(&name).map_err(StoreError::from)?.to_string())
        }
        (name, _) => name,
    };
    let layers = {
        let _lock = store.lock_shared()?;
        open(store, std::iter::once(&record))?
    };
    let packing = if kind == ManifestFormat::Oci { Some(super::packing(options)?) } else { None };
    let chosen = [(record, name.into_iter().collect())];
    let images = give_out(ctx, store, &chosen, layers, packing, format, Some(path))?;
    let media_type = if kind == ManifestFormat::Oci { OCI_MANIFEST } else { DOCKER_MANIFEST };
    Ok(sha256(&manifest_of(&images[0], media_type)?))
}

/// The grammar of `org.opencontainers.image.ref.name` (image-spec annotations.md).
fn is_ref_name(name: &str) -> bool {
    let is_separator = |c: char| "-._:@/+".contains(c);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    // `--` is one separator.
    name.replace("--", "-").split(is_separator).all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_layout() {
        for (name, fits) in [
            ("latest", true),
            ("docker.io/library/app:1.2", true),
            ("a--b+c@d", true),
            ("", false),
            ("some name", false),
            ("a..b", false),
            ("/a", false),
            ("a:", false),
        ] {
            assert_eq!(is_ref_name(name), fits, "{name:?}");
        }
    }
}
