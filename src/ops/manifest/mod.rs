//! Lists of images: made here, of images of this store and of registries, and brought to a registry.

mod entries;
mod index;
mod push;

use std::collections::BTreeMap;

pub(super) use index::summary;
pub(super) use push::push;

use super::{Context, OpsError, Outcome, access, rmi};
use crate::image::ImageError;
use crate::model::manifest_request::{AddImages, EntryChange, ManifestRequest};
use crate::model::registry_request::{PullOptions, RegistryAccess};
use crate::model::{Digest, Reference};
use crate::store::{ListEntry, ListRecord, ListSource, Store, StoreError};
use crate::sys::Attempt;
use entries::Finder;

/// Most images of one list: its index must stay a document that registries take.
const ENTRIES_MAX: usize = 1000;

/// Does what is asked of lists.
pub(super) fn execute(ctx: &Context, request: ManifestRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    match request {
        ManifestRequest::Create { list, amend, annotations, add } => {
            create(ctx, &store, &list, amend, annotations, &add)
        }
        ManifestRequest::Add { list, add } => {
            store.find_list(&list)?;
            let entries = Finder::new(ctx, &store, &add)?.entries()?;
            change(&store, &list, |list| put(&store, list, entries))
        }
        ManifestRequest::Annotate { list, image, change: what } => {
            change(&store, &list, |list| annotate(&store, list, image.as_deref(), &what))
        }
        ManifestRequest::Inspect { list, access } => inspect(ctx, &store, &list, &access),
        ManifestRequest::Exists(list) => match store.find_list(&list) {
            Ok(_) => Ok(Outcome::Exit(0)),
            Err(StoreError::NoSuchImage(_)) => Ok(Outcome::Exit(1)),
            Err(error) => Err(error.into()),
        },
        ManifestRequest::Remove { list, digests } => change(&store, &list, |list| {
            digests.iter().try_for_each(|text| {
                let at = position(list, text)?;
                list.entries.remove(at);
                Ok(())
            })
        }),
        ManifestRequest::Delete(lists) => rmi::remove_lists(ctx, &lists),
        ManifestRequest::Push { list, destination, all, remove, options } => {
            let found = store.find_list(&list)?;
            let digest = push(ctx, &store, &found, destination.as_deref(), all, &options)?;
            if remove {
                rmi::remove_lists(ctx, &[found.name])?;
            }
            Ok(Outcome::Pushed(digest))
        }
    }
}

fn create(
    ctx: &Context,
    store: &Store,
    name: &str,
    amend: bool,
    annotations: Vec<(String, String)>,
    add: &AddImages,
) -> Result<Outcome, OpsError> {
    let name = Reference::parse_local(name).map_err(StoreError::from)?;
    if name.digest().is_some() {
        return Err(OpsError::BadRequest(format!(
            "{name}: a list has a tag, and gets its digest when it is pushed"
        )));
    }
    let entries = Finder::new(ctx, store, add)?.entries()?;
    let lock = store.lock_exclusive()?;
    let taken = |id: &Digest| {
        Err(OpsError::BadRequest(format!(
            "image name \"{name}\" is already associated with image \"{}\": that name is already in use",
            id.hex()
        )))
    };
    if let Some(image) = store.reference(&name)? {
        return taken(&image.id);
    }
    let mut list = match store.find_list(&name.to_string()) {
        Ok(list) if !amend => return taken(&list.id),
        Ok(list) => list,
        Err(StoreError::NoSuchImage(_)) => ListRecord {
            name: name.to_string(),
            id: random_id()?,
            created: jiff::Timestamp::now().to_string(),
            annotations: BTreeMap::new(),
            entries: Vec::new(),
        },
        Err(error) => return Err(error.into()),
    };
    list.annotations.extend(annotations);
    put(store, &mut list, entries)?;
    store.put_list(&list, &lock)?;
    Ok(shown(&list))
}

/// Changes a list as a whole, one change at a time; a change that fails leaves it as it was.
fn change(
    store: &Store,
    text: &str,
    change: impl FnOnce(&mut ListRecord) -> Result<(), OpsError>,
) -> Result<Outcome, OpsError> {
    let lock = store.lock_exclusive()?;
    let mut list = store.find_list(text)?;
    change(&mut list)?;
    store.put_list(&list, &lock)?;
    Ok(shown(&list))
}

/// podman's answer: the id.
fn shown(list: &ListRecord) -> Outcome {
    Outcome::Text(format!("{}\n", list.id.hex()))
}

/// Puts images into a list, each once. The caller holds the store's lock: what they need is there, and stays.
fn put(store: &Store, list: &mut ListRecord, entries: Vec<ListEntry>) -> Result<(), OpsError> {
    for entry in entries {
        if let ListSource::Store(image) = &entry.source {
            store.blob(&image.digest)?;
            store.blob(&image.id)?;
            if !image.layers.iter().all(|layer| store.has_layer(&layer.diff_id)) {
                return Err(StoreError::NoSuchImage(image.id.to_string()).into());
            }
        }
        match list.entries.iter_mut().find(|known| known.digest == entry.digest) {
            Some(known) => *known = entry,
            None => list.entries.push(entry),
        }
    }
    if list.entries.len() > ENTRIES_MAX {
        let reason = format!("more than {ENTRIES_MAX} images");
        return Err(ImageError::Limit { what: list.name.clone(), reason }.into());
    }
    Ok(())
}

fn annotate(
    store: &Store,
    list: &mut ListRecord,
    image: Option<&str>,
    change: &EntryChange,
) -> Result<(), OpsError> {
    let Some(image) = image else {
        list.annotations.extend(change.annotations.iter().cloned());
        return Ok(());
    };
    let at = match store.find_image(image) {
        Ok((record, _)) if Digest::parse(image).is_err() => {
            let held = list.entries.iter().position(|entry| entry.digest == record.digest);
            held.ok_or_else(|| no_entry(list, image))?
        }
        _ => position(list, image)?,
    };
    entries::say(&mut list.entries[at], change);
    Ok(())
}

/// Which image of a list has this digest?
fn position(list: &ListRecord, text: &str) -> Result<usize, OpsError> {
    let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
    let digest = Digest::parse(digest).map_err(|_| {
        OpsError::BadRequest(format!("invalid image digest {text:?}: want sha256: and 64 hex digits"))
    })?;
    list.entries.iter().position(|entry| entry.digest == digest).ok_or_else(|| no_entry(list, text))
}

fn no_entry(list: &ListRecord, image: &str) -> OpsError {
    OpsError::BadRequest(format!("no instance matching {image:?} found in manifest list {}", list.name))
}

/// A list of this store, or what a registry has under the name.
fn inspect(ctx: &Context, store: &Store, text: &str, access: &RegistryAccess) -> Result<Outcome, OpsError> {
    let (name, remote) = match text.strip_prefix("docker://") {
        Some(name) => (name, true),
        None => (text, false),
    };
    if !remote {
        match store.find_list(name) {
            Ok(list) => return Ok(Outcome::Facts(index::value(&list)?)),
            Err(StoreError::NoSuchImage(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let options = PullOptions { access: access.clone(), ..PullOptions::default() };
    let finder = super::pull::remote::Remote::new(ctx, store, access::client(ctx, access)?, &options);
    let names = if remote {
        vec![Reference::parse(name).map_err(StoreError::from)?]
    } else {
        finder.candidates(name)?
    };
    let raw = entries::first_of(&names, |name| finder.raw(name))?.0;
    Ok(Outcome::Facts(crate::image::document::parse_json(&raw.bytes, "manifest")?))
}

fn random_id() -> Result<Digest, OpsError> {
    let mut bytes = [0; 32];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .attempt(|| "read random bytes")?;
    Ok(Digest::from_bytes(&bytes))
}
