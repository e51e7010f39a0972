//! An image of one layer out of a tarball of a root file system.

use std::fs::File;

use super::install::{Arrival, install, notice};
use super::load::{shown, stdin};
use super::trust::Gate;
use super::unpack::{Unpacked, Wanted, sweep, unpack_layers};
use super::{Context, OpsError, Outcome, happened_to_image};
use crate::image::document::{
    Configuration, Descriptor, History, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Platform, RootFs,
};
use crate::image::{Expected, ImageError, apply_change, sha256};
use crate::model::image_request::ImportRequest;
use crate::model::{Action, ImageConfig, Reference};
use crate::store::Store;
use crate::sys::Attempt;

/// Unpacks the tarball as a layer and writes the documents around it.
pub(super) fn import(ctx: &Context, request: &ImportRequest) -> Result<Outcome, OpsError> {
    let mut config = ImageConfig::default();
    for change in &request.changes {
        apply_change(&mut config, change).map_err(OpsError::BadRequest)?;
    }
    let name = request.reference.as_deref().map(Reference::parse_local).transpose();
    let name = name.map_err(crate::store::StoreError::from)?;
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    let (file, shown) = match &request.input {
        Some(path) => {
            let path = ctx.host.cwd.join(path);
            (File::open(&path).attempt(|| format!("open {}", path.display()))?, shown(&path))
        }
        None if ctx.host.terminals[0] => return Err(OpsError::InputIsTerminal { option: "a file name" }),
        None => (stdin()?, "standard input".to_owned()),
    };
    if file.metadata().attempt(|| format!("read {shown}"))?.is_dir() {
        return Err(OpsError::BadRequest(format!(
            "cannot import {shown}: it is a directory, import takes a tarball"
        )));
    }
    Gate::read(ctx, &store, request.signature_policy.as_deref())?.admit_tarball(request.input.as_deref())?;
    let expected = Expected { digest: None, size: None, diff_id: None, media_type: String::new() };
    let wanted = Wanted { blob: Box::new(file), size: 0, expected };
    let Some(Unpacked { staged, sums, report }) = unpack_layers(ctx, &store, vec![wanted])?.pop() else {
        return Err(ImageError::Cancelled.into());
    };
    if report.entries == 0 {
        super::unpack::delete(ctx, vec![staged])?;
        return Err(ImageError::corrupt(shown, "it holds nothing").into());
    }
    let now = jiff::Timestamp::now().to_string();
    let comment = request.message.clone().unwrap_or_else(|| format!("Imported from {shown}"));
    let platform = Platform::of_machine(&ctx.host.machine);
    let configuration = Configuration {
        created: Some(now.clone()),
        architecture: platform.architecture,
        os: platform.os,
        variant: platform.variant,
        config: Some(config),
        rootfs: RootFs { kind: "layers".to_owned(), diff_ids: vec![sums.diff_id.clone()] },
        history: Some(vec![History {
            created: Some(now),
            created_by: Some(format!("/bin/sh -c #(nop) ADD {shown} in /")),
            comment: Some(comment),
            ..History::default()
        }]),
        ..Configuration::default()
    };
    let json =
        |value: serde_json::Result<Vec<u8>>| value.map_err(|e| ImageError::corrupt("image", e.to_string()));
    let bytes = json(serde_json::to_vec(&configuration))?;
    let part = |media_type: &str, digest, size| Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        urls: None,
        platform: None,
        annotations: None,
    };
    let manifest = json(serde_json::to_vec(&serde_json::json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": part(OCI_CONFIG, sha256(&bytes), bytes.len() as u64),
        "layers": [part(OCI_LAYER, sums.diff_id.clone(), sums.tar_size)],
    })))?;
    let id = sha256(&bytes);
    let notices = notice(std::iter::once(&report));
    let called = name.as_ref().map(ToString::to_string).unwrap_or_default();
    let arrival = Arrival {
        id: id.clone(),
        names: name.into_iter().collect(),
        manifest,
        media_type: OCI_MANIFEST.to_owned(),
        config: bytes,
        configuration,
        layers: Vec::new(),
        origin: None,
    };
    install(ctx, &store, vec![arrival], vec![(sums.diff_id, staged)])?;
    happened_to_image(&store, Action::Import, &id, &called);
    Ok(Outcome::Imported { id, notices })
}
