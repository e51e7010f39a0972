//! All that is known of an image, in podman's structure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::images::Names;
use super::{Context, OpsError, Outcome};
use crate::image::document::{self, History};
use crate::model::Digest;
use crate::store::{ImageRecord, Store};

/// `podman image inspect`'s object, which has docker's fields too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs)] // podman's names
pub struct ImageDetails {
    pub id: String,
    pub digest: Digest,
    pub repo_tags: Vec<String>,
    pub repo_digests: Vec<String>,
    pub parent: String,
    pub comment: String,
    pub created: Option<String>,
    pub config: Value,
    pub version: String,
    pub author: String,
    pub architecture: String,
    pub variant: Option<String>,
    pub os: String,
    pub size: u64,
    pub virtual_size: u64,
    pub graph_driver: GraphDriver,
    #[serde(rename = "RootFS")]
    pub root_fs: RootFs,
    pub labels: Option<BTreeMap<String, String>>,
    pub annotations: Value,
    pub manifest_type: String,
    pub user: String,
    pub history: Vec<History>,
    pub names_history: Vec<String>,
}

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs)]
pub struct GraphDriver {
    pub name: &'static str,
    pub data: BTreeMap<&'static str, String>,
}

/// The layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_docs)]
pub struct RootFs {
    #[serde(rename = "Type")]
    pub kind: &'static str,
    pub layers: Vec<Digest>,
}

/// Tells all of several images.
pub(super) fn inspect(ctx: &Context, names: &[String]) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let images = names.iter().map(|name| {
        let (image, _) = store.find_image(name)?;
        details(&store, &image)
    });
    Ok(Outcome::ImageDetails(images.collect::<Result<_, _>>()?))
}

fn details(store: &Store, image: &ImageRecord) -> Result<ImageDetails, OpsError> {
    let bytes = store.blob(&image.id)?;
    let whole: Value = document::parse_json(&bytes, "image configuration")?;
    let configuration: document::Configuration = document::parse_json(&bytes, "image configuration")?;
    let manifest: Value = document::parse_json(&store.blob(&image.digest)?, "image manifest")?;
    let refs: Vec<_> = store.refs()?.into_iter().filter(|r| r.id == image.id).collect();
    let Names { tags: repo_tags, digests: repo_digests, .. } = Names::of(&refs, &image.pushed);
    let fs: Vec<String> = image
        .named(String::new())
        .layers
        .iter()
        .rev()
        .map(|id| store.layer_fs(id).display().to_string())
        .collect();
    let mut data = BTreeMap::new();
    if let Some((upper, lower)) = fs.split_first() {
        data.insert("UpperDir", upper.clone());
        if !lower.is_empty() {
            data.insert("LowerDir", lower.join(":"));
        }
    }
    let config = whole.get("config").cloned().filter(|c| !c.is_null());
    Ok(ImageDetails {
        id: image.id.hex().to_owned(),
        digest: image.known_as().clone(),
        names_history: repo_tags.clone(),
        repo_tags,
        repo_digests,
        parent: String::new(),
        comment: configuration.comment.unwrap_or_default(),
        created: configuration.created,
        config: config.unwrap_or_else(|| Value::Object(Default::default())),
        version: whole.get("docker_version").and_then(Value::as_str).unwrap_or_default().to_owned(),
        author: configuration.author.unwrap_or_default(),
        architecture: configuration.architecture,
        variant: configuration.variant,
        os: configuration.os,
        size: image.size(),
        virtual_size: image.size(),
        graph_driver: GraphDriver { name: "overlay", data },
        root_fs: RootFs { kind: "layers", layers: configuration.rootfs.diff_ids },
        labels: Some(image.config.labels.clone()).filter(|labels| !labels.is_empty()),
        annotations: manifest
            .get("annotations")
            .cloned()
            .filter(|a| !a.is_null())
            .unwrap_or_else(|| Value::Object(Default::default())),
        manifest_type: image.media_type.clone(),
        user: image.config.user.clone(),
        history: configuration.history.unwrap_or_default(),
    })
}
