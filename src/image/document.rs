//! Manifests, indexes and configurations: read into one meaning or refused (CVE-2021-41190 was a document with two).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::ImageError;
use crate::model::{Digest, ImageConfig};

/// Longest document, in bytes.
pub const DOCUMENT_MAX: u64 = 4 << 20;

/// Docker's image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's image configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// A plain layer of docker's.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// Docker's index.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// OCI's image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI's index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI's image configuration.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A plain layer of OCI's.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A pointer to a blob (image-spec descriptor.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    #[serde(default)]
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Where else it could be had: only for layers that nobody may distribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    /// What it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Names and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Descriptor {
    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }
}

/// What an image runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// GOARCH.
    #[serde(default)]
    pub architecture: String,
    /// GOOS.
    #[serde(default)]
    pub os: String,
    /// `v7` of arm and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

impl Platform {
    /// This machine, by uname(2)'s word for it.
    pub fn of_machine(machine: &str) -> Self {
        let (architecture, variant) = match machine {
            "x86_64" => ("amd64", None),
            "aarch64" => ("arm64", None),
            "armv7l" | "armv8l" => ("arm", Some("v7")),
            "armv6l" => ("arm", Some("v6")),
            "i386" | "i486" | "i586" | "i686" => ("386", None),
            "loongarch64" => ("loong64", None),
            other => (other, None),
        };
        Self {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            variant: variant.map(str::to_owned),
        }
    }

    /// Can an image for `self` be meant where one for `wanted` is?
    pub fn fits(&self, wanted: &Self) -> bool {
        self.os == wanted.os && self.architecture == wanted.architecture
    }

    /// How well an image for `self` runs on `host`: none is not at all, less is better.
    pub fn distance(&self, host: &Self) -> Option<u32> {
        if self.os != host.os || self.architecture != host.architecture {
            return None;
        }
        let level = |p: &Self| p.variant.as_ref().and_then(|v| v.trim_start_matches('v').parse::<u32>().ok());
        match (level(self), level(host)) {
            (Some(mine), Some(hosts)) => hosts.checked_sub(mine),
            // amd64/v2 and above ask for more than every machine of that name has.
            (Some(mine), None) if self.architecture == "amd64" && mine > 1 => None,
            _ => Some(0),
        }
    }
}

/// A document with one meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Pointers to manifests.
    Index(Vec<Descriptor>),
    /// One image.
    Manifest(Box<Manifest>),
}

/// One image: pointers to its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its configuration.
    pub config: Descriptor,
    /// Its layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// Its own media type.
    pub media_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Any {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    fs_layers: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Reads a manifest or an index. `media_type` is what pointed here said of it; may be empty.
    ///
    /// # Errors
    /// [`ImageError::Refused`] for a document of two meanings, schema 1 and artifacts; [`ImageError::Corrupt`].
    pub fn parse(bytes: &[u8], media_type: &str, what: &str) -> Result<Self, ImageError> {
        let refuse = |reason: String| Err(ImageError::Refused { what: what.to_owned(), reason });
        if let Ok(Some(1)) = serde_json::from_slice::<serde_json::Value>(bytes)
            .map(|v| v.get("schemaVersion").and_then(serde_json::Value::as_u64))
        {
            return refuse(
                "manifest schema 1 is not supported: push the image again with a current tool".to_owned(),
            );
        }
        let any: Any = parse_json(bytes, what)?;
        if any.schema_version != 2 || any.fs_layers.is_some() {
            return refuse(format!("manifest schema {} is not supported", any.schema_version));
        }
        let own = any.media_type.unwrap_or_default();
        if !own.is_empty() && !media_type.is_empty() && own != media_type {
            return refuse(format!("it says it is {own}, what points to it says {media_type}"));
        }
        let kind = if own.is_empty() { media_type } else { &own };
        match (any.manifests, any.config, any.layers) {
            (Some(_), None, None) if matches!(kind, DOCKER_MANIFEST | OCI_MANIFEST) => {
                refuse("it is an index and says it is a manifest".to_owned())
            }
            (Some(manifests), None, None) => Ok(Self::Index(manifests)),
            (None, Some(_), Some(_)) if matches!(kind, DOCKER_LIST | OCI_INDEX) => {
                refuse("it is a manifest and says it is an index".to_owned())
            }
            (None, Some(config), Some(layers)) => {
                if let Err(reason) = check_parts(&config, &layers) {
                    return refuse(reason);
                }
                let media_type = if kind.is_empty() { OCI_MANIFEST } else { kind }.to_owned();
                Ok(Self::Manifest(Box::new(Manifest { config, layers, media_type })))
            }
            (None, None, None) => refuse("it is neither a manifest nor an index".to_owned()),
            (None, ..) => refuse("a manifest needs both config and layers".to_owned()),
            (Some(_), ..) => refuse("it is a manifest and an index at once".to_owned()),
        }
    }
}

fn check_parts(config: &Descriptor, layers: &[Descriptor]) -> Result<(), String> {
    if !matches!(config.media_type.as_str(), "" | DOCKER_CONFIG | OCI_CONFIG) {
        return Err(format!("it is no container image: its configuration is {}", config.media_type));
    }
    for layer in layers {
        let kind = layer.media_type.as_str();
        if layer.urls.as_ref().is_some_and(|urls| !urls.is_empty())
            || kind.contains("foreign")
            || kind.contains("nondistributable")
        {
            return Err(format!("layer {} is foreign: it must be fetched from elsewhere", layer.digest));
        }
        let known = ["", OCI_LAYER, DOCKER_LAYER].contains(&kind)
            || kind.strip_prefix(OCI_LAYER).is_some_and(|s| matches!(s, "+gzip" | "+zstd"))
            || kind.strip_prefix(DOCKER_LAYER).is_some_and(|s| matches!(s, ".gzip" | ".zstd" | "+zstd"));
        if !known {
            return Err(format!("layer {} is no file system: its type is {kind:?}", layer.digest));
        }
    }
    Ok(())
}

/// An image's configuration as far as rctr reads it (image-spec config.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// GOARCH.
    #[serde(default)]
    pub architecture: String,
    /// GOOS.
    #[serde(default)]
    pub os: String,
    /// CPU variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Free text (docker).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ImageConfig>,
    /// Its layers.
    pub rootfs: RootFs,
    /// How it came about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<History>>,
}

/// The layers of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFs {
    /// Always `layers`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Digests of the tars, the lowest first.
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
}

/// One step of an image's making.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// It made no layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_layer: Option<bool>,
}

/// Parses JSON of an image.
///
/// # Errors
/// [`ImageError::Corrupt`] with the parser's line and column.
pub fn parse_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, ImageError> {
    serde_json::from_slice(bytes).map_err(|e| ImageError::corrupt(what, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn parse(text: &str, media_type: &str) -> Result<Document, ImageError> {
        Document::parse(text.replace("$D", D).as_bytes(), media_type, "manifest")
    }

    const CONFIG: &str =
        r#""config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"$D","size":2}"#;

    #[test]
    fn documents_have_one_meaning_or_none() {
        let manifest = format!(r#"{{"schemaVersion":2,{CONFIG},"layers":[]}}"#);
        assert!(matches!(parse(&manifest, "").unwrap(), Document::Manifest(_)));
        assert!(matches!(
            parse(r#"{"schemaVersion":2,"manifests":[]}"#, OCI_INDEX).unwrap(),
            Document::Index(_)
        ));
        for (text, media_type, want) in [
            (format!(r#"{{"schemaVersion":2,{CONFIG},"layers":[],"manifests":[]}}"#), "", "at once"),
            (r#"{"schemaVersion":2,"layers":[],"manifests":[]}"#.to_owned(), "", "at once"),
            (format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}",{CONFIG},"layers":[]}}"#), "", "says it is an index"),
            (format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}",{CONFIG},"layers":[]}}"#), DOCKER_MANIFEST, "what points to it"),
            (manifest.clone(), OCI_INDEX, "says it is an index"),
            (r#"{"schemaVersion":2,"manifests":[]}"#.to_owned(), OCI_MANIFEST, "says it is a manifest"),
            (r#"{"schemaVersion":1,"name":"x","fsLayers":[]}"#.to_owned(), "", "schema 1"),
            (r#"{"schemaVersion":2}"#.to_owned(), "", "neither"),
            (r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"$D","size":1},"layers":[]}"#.to_owned(), "", "no container image"),
            (format!(r#"{{"schemaVersion":2,{CONFIG},"layers":[{{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"$D","size":1}}]}}"#), "", "foreign"),
            (format!(r#"{{"schemaVersion":2,{CONFIG},"layers":[{{"mediaType":"text/plain","digest":"$D","size":1}}]}}"#), "", "no file system"),
            (r#"{"schemaVersion":2,"manifests":[{"digest":"sha256:../../x","size":1}]}"#.to_owned(), "", "corrupted manifest"),
            ("[".to_owned(), "", "corrupted manifest"),
        ] {
            let error = parse(&text, media_type).unwrap_err().to_string();
            assert!(error.contains(want), "{error}\nwant {want}");
        }
    }

    #[test]
    fn platforms() {
        let p = |os: &str, architecture: &str, variant: Option<&str>| Platform {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
        };
        let amd64 = Platform::of_machine("x86_64");
        let arm = Platform::of_machine("armv7l");
        for (image, host, distance) in [
            (p("linux", "amd64", None), &amd64, Some(0)),
            (p("linux", "amd64", Some("v1")), &amd64, Some(0)),
            (p("linux", "amd64", Some("v3")), &amd64, None),
            (p("windows", "amd64", None), &amd64, None),
            (p("unknown", "unknown", None), &amd64, None),
            (p("linux", "arm", Some("v5")), &arm, Some(2)),
            (p("linux", "arm", Some("v8")), &arm, None),
            (p("linux", "arm64", Some("v8")), &Platform::of_machine("aarch64"), Some(0)),
        ] {
            assert_eq!(image.distance(host), distance, "{image}");
        }
    }
}
