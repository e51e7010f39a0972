//! `inspect`: the containers and images that were asked for.

use serde_json::Value;

use super::seen::{self, SeenContainer};
use super::{choose, details, failure, size};
use crate::model::container_request::Which;
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, image_inspect};
use crate::store::{Store, StoreError};

/// What is told besides containers as they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Images, where no container has the name.
    pub(super) images: bool,
    /// What the containers' files take.
    pub(super) size: bool,
}

/// Tells all of containers, and of images: a name of both is the container's.
pub(super) fn inspect(
    ctx: &Context,
    store: &Store,
    which: &Which,
    wanted: Wanted,
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut objects = Vec::new();
    if which.latest || which.all {
        for chosen in choose(store, which, |_| true, &mut done)? {
            objects.push(container(ctx, store, &chosen.container, wanted.size)?);
        }
    }
    for name in which.names.iter().filter(|_| !which.all) {
        let found = store.find_container(name).and_then(|id| seen::one(store, &id));
        let object = match found {
            Ok(seen) => container(ctx, store, &seen, wanted.size),
            Err(StoreError::NoSuchContainer(_)) if wanted.images => image(ctx, store, name),
            Err(StoreError::NoSuchContainer(_)) => {
                Err(OpsError::NothingToInspect { kind: "container ", name: name.clone() })
            }
            Err(error) => Err(error.into()),
        };
        match object {
            Ok(object) => objects.push(object),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::Inspected { objects, failures: done.failures })
}

fn container(ctx: &Context, store: &Store, seen: &SeenContainer, sized: bool) -> Result<Value, OpsError> {
    let mut object = details::object(store, seen);
    if sized && let Some(size) = size::of(ctx, store, std::slice::from_ref(seen))?.get(&seen.id) {
        object["SizeRw"] = size.writable.into();
        object["SizeRootFs"] = size.whole.into();
    }
    Ok(object)
}

fn image(ctx: &Context, store: &Store, name: &str) -> Result<Value, OpsError> {
    match store.find_image(name) {
        Ok(_) => {}
        Err(StoreError::NoSuchImage(_) | StoreError::Reference(_)) => {
            return Err(OpsError::NothingToInspect { kind: "object: ", name: format!("{name:?}") });
        }
        Err(error) => return Err(error.into()),
    }
    let Outcome::ImageDetails(details) = image_inspect::inspect(ctx, &[name.to_owned()])? else {
        return Err(OpsError::BadRequest("internal error: a result of the wrong kind".to_owned()));
    };
    let object = details.first().map(serde_json::to_value).transpose();
    object.map(Option::unwrap_or_default).map_err(|e| OpsError::BadRequest(format!("write JSON: {e}")))
}
