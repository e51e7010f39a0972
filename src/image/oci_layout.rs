//! An OCI image layout (image-spec image-layout.md), in a directory or a tar: `index.json` and blobs by digest. Also
//! skopeo's `dir:`, which is one manifest and its blobs side by side.

use super::bundle::{Bundle, parse_manifest, read_blob};
use super::document::{Descriptor, Document, Platform};
use super::error::ImageError;
use super::source::Source;
use crate::model::{Digest, Reference};

/// How deep indexes may point to indexes.
const DEPTH_MAX: usize = 4;
/// Where containerd and buildkit put the whole name.
const NAME: &str = "io.containerd.image.name";
/// Where the specification puts a name or a tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Reads the images that run on `host`, given the layout's `index.json`.
///
/// # Errors
/// [`ImageError::NoPlatform`]; what is missing or disagrees.
pub(super) fn read(source: &Source, index: &[u8], host: &Platform) -> Result<Vec<Bundle>, ImageError> {
    let what = format!("index.json of {}", source.name());
    let Document::Index(manifests) = Document::parse(index, "", &what)? else {
        return Err(ImageError::Refused { what, reason: "it is a manifest, no index".to_owned() });
    };
    if manifests.is_empty() {
        return Err(ImageError::corrupt(what, "it names no image"));
    }
    // Manifests of one name are one image for several platforms.
    let mut groups: Vec<(Vec<Reference>, Vec<Descriptor>)> = Vec::new();
    for descriptor in manifests {
        let names: Vec<Reference> = name(&descriptor).into_iter().collect();
        match groups.iter_mut().find(|(known, _)| *known == names) {
            Some((_, group)) if descriptor.platform.is_some() => group.push(descriptor),
            _ => groups.push((names, vec![descriptor])),
        }
    }
    let transport = if source.is_directory() { "oci" } else { "oci-archive" };
    let mut bundles = Vec::new();
    for (names, group) in groups {
        let (descriptor, bytes) = choose(source, &group, host, DEPTH_MAX)?;
        let parsed =
            parse_manifest(&bytes, &descriptor.media_type, &format!("manifest {}", descriptor.digest))?;
        let mut bundle = Bundle::of_manifest(source, transport, bytes, parsed, blob_place)?;
        bundle.names = names;
        bundles.push(bundle);
    }
    Ok(bundles)
}

/// Reads the one image of a `dir:` directory, given its `manifest.json`.
///
/// # Errors
/// What is missing or disagrees.
pub(super) fn read_dir(source: &Source, manifest: Vec<u8>) -> Result<Vec<Bundle>, ImageError> {
    let parsed = parse_manifest(&manifest, "", &format!("manifest.json of {}", source.name()))?;
    Ok(vec![Bundle::of_manifest(source, "dir", manifest, parsed, |digest| digest.hex().to_owned())?])
}

/// The manifest of the fitting platform, behind any number of indexes.
fn choose(
    source: &Source,
    among: &[Descriptor],
    host: &Platform,
    depth: usize,
) -> Result<(Descriptor, Vec<u8>), ImageError> {
    let distance = |d: &Descriptor| match &d.platform {
        Some(platform) => platform.distance(host),
        None => Some(0),
    };
    let best = among.iter().filter(|d| distance(d).is_some()).min_by_key(|d| distance(d));
    let Some(best) = best else {
        let found = among.iter().filter_map(|d| d.platform.as_ref()).filter(|p| p.os != "unknown");
        return Err(ImageError::NoPlatform {
            what: source.name().to_owned(),
            wanted: host.to_string(),
            found: found.map(ToString::to_string).collect(),
        });
    };
    let bytes = read_blob(source, best, &blob_place(&best.digest))?;
    match Document::parse(&bytes, &best.media_type, &format!("manifest {}", best.digest))? {
        Document::Manifest(_) => Ok((best.clone(), bytes)),
        Document::Index(_) if depth == 0 => Err(ImageError::Limit {
            what: format!("manifest {}", best.digest),
            reason: format!("indexes point to indexes more than {DEPTH_MAX} times"),
        }),
        Document::Index(inner) => choose(source, &inner, host, depth - 1),
    }
}

fn blob_place(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// A name for the image. A bare `latest` is a tag without a name, and any text is allowed there: what is no name is none.
fn name(descriptor: &Descriptor) -> Option<Reference> {
    let name = descriptor.annotation(NAME).or_else(|| descriptor.annotation(REF_NAME))?;
    Reference::parse_local(name).ok().filter(|_| name != "latest")
}
