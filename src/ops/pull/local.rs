//! An image out of an archive or a directory, for `pull TRANSPORT:PATH`.

use std::path::Path;

use super::super::install::install;
use super::super::load::{arrival, open};
use super::super::trust::Gate;
use super::super::{OpsError, happened_to_image};
use super::{Pulled, Remote};
use crate::image::{ImageError, read_images};
use crate::model::image_request::LoadRequest;
use crate::model::{Action, Reference};
use crate::store::StoreError;

/// Takes one image; `wanted` names it where there are several.
pub(super) fn image(remote: &Remote<'_>, path: &Path, wanted: Option<&str>) -> Result<Pulled, OpsError> {
    let (ctx, store) = (remote.ctx, remote.store);
    let source = open(ctx, store, &LoadRequest { input: Some(path.to_owned()), signature_policy: None })?;
    let mut bundles = read_images(&source, &remote.platform)?;
    let name = wanted.map(Reference::parse_local).transpose().map_err(StoreError::from)?;
    if let Some(name) = &name {
        let foreign = wanted.map(Reference::parse).transpose().map_err(StoreError::from)?;
        let named =
            |names: &[Reference]| names.contains(name) || foreign.as_ref().is_some_and(|f| names.contains(f));
        // A layout's own names may be any text, of which only names of images are kept.
        let nameless = bundles.len() == 1 && bundles[0].names.is_empty();
        bundles.retain(|bundle| nameless || named(&bundle.names));
        if bundles.is_empty() {
            let reason = format!("there is no image {name} in it");
            return Err(ImageError::corrupt(source.name(), reason).into());
        }
    }
    if bundles.len() > 1 {
        let names = bundles.iter().flat_map(|bundle| &bundle.names).map(ToString::to_string);
        return Err(OpsError::BadRequest(format!(
            "{} has several images, name one of them after the path and a colon: {}",
            source.name(),
            names.collect::<Vec<_>>().join(", ")
        )));
    }
    let gate = Gate::read(ctx, store, remote.options.signature_policy.as_deref())?;
    gate.admit_local(&source, &bundles, Some(path))?;
    let mut arrivals: Vec<_> = bundles.into_iter().map(arrival).collect();
    if let (Some(name), Some(arrival)) = (name, arrivals.first_mut())
        && arrival.names.is_empty()
    {
        arrival.names = vec![name];
    }
    let installed = install(ctx, store, arrivals, Vec::new())?;
    let Some((record, names)) = installed.images.into_iter().next() else {
        return Err(ImageError::corrupt(source.name(), "there is no image in it").into());
    };
    let called = names.first().map(ToString::to_string).unwrap_or_default();
    happened_to_image(store, Action::Pull, &record.id, &called);
    Ok(Pulled { id: record.id, notices: installed.notices })
}
