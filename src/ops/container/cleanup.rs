//! `container cleanup`: what a dead monitor has left is cleared away at the start of every verb; here by name, and on
//! demand the container and its image with it.

use super::seen::SeenContainer;
use super::{choose, failure, remove};
use crate::model::container_request::{RemoveContainersRequest, Which};
use crate::model::image_request::{ImageRequest, RemoveImagesRequest};
use crate::model::{Action, Request};
use crate::ops::{ContainerFailure, Context, DoneToContainers, OpsError, Outcome, WhyNot, happened};
use crate::store::Store;

/// Looks after containers that have ended. `remove_too` also takes them away, `image_too` their images.
pub(super) fn cleanup(
    ctx: &Context,
    store: &Store,
    which: &Which,
    remove_too: bool,
    image_too: bool,
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut images = Vec::new();
    for chosen in choose(store, which, |container| !container.phase.lives(), &mut done)? {
        let container = &chosen.container;
        if container.phase.lives() {
            let id = container.id.to_string();
            done.failures.push(failure(store, OpsError::NotCleaned { id }));
            continue;
        }
        if let Some(spec) = &container.spec {
            happened(store, Action::Cleanup, spec);
            images.extend(spec.image.as_ref().map(|image| image.id.to_string()));
        }
        if remove_too {
            remove_one(ctx, store, container, &mut done)?;
        }
        done.done.push(chosen.shown);
    }
    images.sort();
    images.dedup();
    if image_too && !images.is_empty() {
        remove_images(ctx, images, &mut done)?;
    }
    Ok(Outcome::DoneToContainers(done))
}

fn remove_one(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    done: &mut DoneToContainers,
) -> Result<(), OpsError> {
    let which = Which { names: vec![container.id.to_string()], ignore: true, ..Which::default() };
    let request = RemoveContainersRequest { which, ..RemoveContainersRequest::default() };
    if let Outcome::DoneToContainers(removed) = remove::remove(ctx, store, &request)? {
        done.failures.extend(removed.failures);
    }
    Ok(())
}

fn remove_images(ctx: &Context, images: Vec<String>, done: &mut DoneToContainers) -> Result<(), OpsError> {
    // A name of its own or several: the image goes, unless another container needs it.
    let request = RemoveImagesRequest { images, force: true, ignore: true, ..RemoveImagesRequest::default() };
    let outcome = crate::ops::execute(ctx, Request::Image(ImageRequest::Remove(request)))?;
    if let Outcome::RemovedImages(removed) = outcome {
        let failures = removed.failures.into_iter();
        done.failures.extend(failures.map(|failure| ContainerFailure {
            why: WhyNot::Other,
            message: failure.message,
            hint: None,
        }));
    }
    Ok(())
}
