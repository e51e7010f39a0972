//! What the formats hold, in the order in which it is written: what `podman save` and skopeo write, without what only
//! docker before 1.10 read.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::image::codec::Codec;
use crate::image::document::{
    DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, Descriptor, Document, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST,
};
use crate::image::{ImageError, sha256};
use crate::model::Digest;
use crate::model::image_request::SaveFormat;

/// An image as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingImage {
    /// What it is called there.
    pub names: Vec<String>,
    /// Its configuration, byte for byte.
    pub config: Vec<u8>,
    /// The manifest that it has in the store, and its type. It is given out where it says what leaves.
    pub manifest: (Vec<u8>, String),
    /// The lowest first.
    pub layers: Vec<OutgoingLayer>,
}

/// A layer as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingLayer {
    /// Digest of its tar.
    pub diff_id: Digest,
    /// Digest of what leaves.
    pub digest: Digest,
    /// Length of what leaves.
    pub size: u64,
    /// How it is packed.
    pub codec: Codec,
}

impl OutgoingLayer {
    /// What a manifest of this type says of it.
    pub fn media_type(&self, of_manifest: &str) -> String {
        let (of_layer, sign) =
            if of_manifest == DOCKER_MANIFEST { (DOCKER_LAYER, '.') } else { (OCI_LAYER, '+') };
        match self.codec {
            Codec::Plain => of_layer.to_owned(),
            Codec::Gzip => format!("{of_layer}{sign}gzip"),
            Codec::Zstd => format!("{of_layer}{sign}zstd"),
        }
    }
}

/// One file of an archive or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// A document.
    Bytes(String, Vec<u8>),
    /// A layer.
    Layer(String, OutgoingLayer),
}

impl Member {
    /// Its path.
    pub fn name(&self) -> &str {
        match self {
            Self::Bytes(name, _) | Self::Layer(name, _) => name,
        }
    }
}

/// Everything that images of a format consist of, each file once.
///
/// # Errors
/// A manifest of the store that cannot be read.
pub fn members(format: SaveFormat, images: &[OutgoingImage]) -> Result<Vec<Member>, ImageError> {
    let mut all = match format {
        SaveFormat::DockerArchive => docker_archive(images),
        SaveFormat::DockerDir => docker_dir(images)?,
        SaveFormat::OciArchive | SaveFormat::OciDir => oci_layout(images)?,
    };
    let mut known = HashSet::new();
    all.retain(|member| known.insert(member.name().to_owned()));
    Ok(all)
}

fn docker_archive(images: &[OutgoingImage]) -> Vec<Member> {
    let mut all = Vec::new();
    let mut list = Vec::new();
    for image in images {
        let place = |layer: &OutgoingLayer| format!("{}.tar", layer.digest.hex());
        let config = format!("{}.json", sha256(&image.config).hex());
        let places: Vec<_> = image.layers.iter().map(place).collect();
        list.push(json!({"Config": config, "RepoTags": image.names, "Layers": places}));
        all.extend(image.layers.iter().map(|layer| Member::Layer(place(layer), layer.clone())));
        all.push(Member::Bytes(config, image.config.clone()));
    }
    all.push(document("manifest.json", &Value::Array(list)));
    all
}

/// One image only: the caller sees to that.
fn docker_dir(images: &[OutgoingImage]) -> Result<Vec<Member>, ImageError> {
    let mut all = vec![Member::Bytes("version".to_owned(), b"Directory Transport Version: 1.1\n".to_vec())];
    for image in images {
        all.extend(blobs(image, |digest| digest.hex().to_owned()));
        all.push(Member::Bytes("manifest.json".to_owned(), manifest_of(image, DOCKER_MANIFEST)?));
    }
    Ok(all)
}

fn oci_layout(images: &[OutgoingImage]) -> Result<Vec<Member>, ImageError> {
    let place = |digest: &Digest| format!("blobs/sha256/{}", digest.hex());
    let mut all = vec![document("oci-layout", &json!({"imageLayoutVersion": "1.0.0"}))];
    let mut entries = Vec::new();
    for image in images {
        all.extend(blobs(image, place));
        let manifest = manifest_of(image, OCI_MANIFEST)?;
        let (digest, size) = (sha256(&manifest), manifest.len());
        all.push(Member::Bytes(place(&digest), manifest));
        let entry = json!({"mediaType": OCI_MANIFEST, "digest": digest, "size": size});
        let named = |name: &String| {
            let mut entry = entry.clone();
            entry["annotations"] = json!({"org.opencontainers.image.ref.name": name});
            entry
        };
        entries.extend(image.names.iter().map(named));
        if image.names.is_empty() {
            entries.push(entry);
        }
    }
    all.push(document("index.json", &json!({"schemaVersion": 2, "manifests": entries})));
    Ok(all)
}

fn blobs(image: &OutgoingImage, place: impl Fn(&Digest) -> String) -> Vec<Member> {
    let layers = image.layers.iter().map(|layer| Member::Layer(place(&layer.digest), layer.clone()));
    layers.chain([Member::Bytes(place(&sha256(&image.config)), image.config.clone())]).collect()
}

/// The manifest of an image as it leaves: the store's own where it has the type and names these very blobs, else one that
/// does.
///
/// # Errors
/// A manifest of the store that cannot be read.
pub fn manifest_of(image: &OutgoingImage, media_type: &str) -> Result<Vec<u8>, ImageError> {
    let (own, own_type) = &image.manifest;
    if own_type == media_type
        && let Document::Manifest(parsed) = Document::parse(own, own_type, "manifest")?
        && parsed.layers.iter().map(|layer| &layer.digest).eq(image.layers.iter().map(|layer| &layer.digest))
    {
        return Ok(own.clone());
    }
    let of_config = if media_type == DOCKER_MANIFEST { DOCKER_CONFIG } else { OCI_CONFIG };
    let part = |media_type: String, digest: &Digest, size| Descriptor {
        media_type,
        digest: digest.clone(),
        size,
        urls: None,
        platform: None,
        annotations: None,
    };
    let layers =
        image.layers.iter().map(|layer| part(layer.media_type(media_type), &layer.digest, layer.size));
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": part(of_config.to_owned(), &sha256(&image.config), image.config.len() as u64),
        "layers": layers.collect::<Vec<_>>(),
    });
    // What is said of the image is still true; docker's manifests have no place for it.
    if media_type == OCI_MANIFEST
        && let Ok(Value::Object(own)) = serde_json::from_slice(own)
        && let Some(annotations) = own.get("annotations").filter(|annotations| annotations.is_object())
    {
        manifest["annotations"] = annotations.clone();
    }
    Ok(manifest.to_string().into_bytes())
}

fn document(name: &str, value: &Value) -> Member {
    Member::Bytes(name.to_owned(), value.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reference;

    fn image(names: &[&str], packed: bool) -> OutgoingImage {
        let diff_id = sha256(b"tar");
        let (digest, codec) =
            if packed { (sha256(b"packed"), Codec::Gzip) } else { (diff_id.clone(), Codec::Plain) };
        OutgoingImage {
            names: names.iter().map(|name| Reference::parse(name).unwrap().to_string()).collect(),
            config: b"{}".to_vec(),
            manifest: (b"{}".to_vec(), "something else".to_owned()),
            layers: vec![OutgoingLayer { diff_id, digest, size: 3, codec }],
        }
    }

    fn text(members: &[Member], name: &str) -> String {
        let found = members.iter().find(|member| member.name() == name);
        let Some(Member::Bytes(_, bytes)) = found else { panic!("no document {name} in {members:?}") };
        String::from_utf8(bytes.clone()).unwrap()
    }

    #[test]
    fn a_docker_archive_lists_its_images() {
        let all = members(SaveFormat::DockerArchive, &[image(&["a:1", "b:2"], false), image(&[], false)]);
        let all = all.unwrap();
        assert_eq!(all.len(), 3, "what is shared is there once: {all:?}");
        let list: Value = serde_json::from_str(&text(&all, "manifest.json")).unwrap();
        assert_eq!(list[0]["RepoTags"], json!(["docker.io/library/a:1", "docker.io/library/b:2"]));
        assert_eq!(list[1]["RepoTags"], json!([]));
        assert_eq!(list[0]["Layers"], json!([format!("{}.tar", sha256(b"tar").hex())]));
        assert_eq!(list[0]["Config"], json!(format!("{}.json", sha256(b"{}").hex())));
        assert_eq!(all.last().unwrap().name(), "manifest.json", "what points to the rest comes last");
    }

    #[test]
    fn packed_layers_say_so() {
        for (format, packed, want) in [
            (SaveFormat::OciArchive, true, "application/vnd.oci.image.layer.v1.tar+gzip"),
            (SaveFormat::OciArchive, false, "application/vnd.oci.image.layer.v1.tar\""),
            (SaveFormat::DockerDir, true, "application/vnd.docker.image.rootfs.diff.tar.gzip"),
            (SaveFormat::DockerDir, false, "application/vnd.docker.image.rootfs.diff.tar\""),
        ] {
            let all = members(format, &[image(&["a"], packed)]).unwrap();
            let manifests = all.iter().filter_map(|member| match member {
                Member::Bytes(_, bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                Member::Layer(..) => None,
            });
            assert!(manifests.into_iter().any(|text| text.contains(want)), "{format:?} {packed} {all:?}");
        }
    }

    #[test]
    fn each_name_is_an_entry_of_the_index() {
        let all = members(SaveFormat::OciDir, &[image(&["a", "quay.io/x/b:3"], true)]).unwrap();
        let index: Value = serde_json::from_str(&text(&all, "index.json")).unwrap();
        let names = index["manifests"].as_array().unwrap().iter().map(|entry| {
            entry["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap().to_owned()
        });
        assert_eq!(names.collect::<Vec<_>>(), ["docker.io/library/a:latest", "quay.io/x/b:3"]);
    }

    #[test]
    fn the_stores_manifest_stays_where_it_fits() {
        let mut image = image(&["a"], false);
        let annotated = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "annotations": {"k": "v"},
            "config": {"mediaType": OCI_CONFIG, "digest": sha256(b"{}"), "size": 2},
            "layers": [{"mediaType": OCI_LAYER, "digest": sha256(b"tar"), "size": 3}],
        });
        image.manifest = (annotated.to_string().into_bytes(), OCI_MANIFEST.to_owned());
        assert_eq!(manifest_of(&image, OCI_MANIFEST).unwrap(), image.manifest.0);
        assert_ne!(manifest_of(&image, DOCKER_MANIFEST).unwrap(), image.manifest.0);
        image.layers[0].digest = sha256(b"packed");
        let changed = manifest_of(&image, OCI_MANIFEST).unwrap();
        assert_ne!(changed, image.manifest.0);
        assert!(String::from_utf8(changed).unwrap().contains(r#""annotations":{"k":"v"}"#));
        let docker = manifest_of(&image, DOCKER_MANIFEST).unwrap();
        assert!(!String::from_utf8(docker).unwrap().contains("annotations"));
    }
}
