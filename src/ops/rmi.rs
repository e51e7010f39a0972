//! Taking images away. Names and records go under the store's lock, files after it.

use std::collections::HashMap;

use super::outcome::{ImageFailure, RemovedImages, WhyNot};
use super::prunable::Prunable;
use super::unpack::{delete, sweep};
use super::{Context, OpsError, Outcome, happened_to_image, images};
use crate::model::image_request::{PruneImagesRequest, RemoveImagesRequest};
use crate::model::{Action, Digest};
use crate::store::{Store, StoreError, StoreLock};

/// Removes names, and images that have none left; what fails does not stop the rest.
pub(super) fn remove(ctx: &Context, request: &RemoveImagesRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    let lock = store.lock_exclusive()?;
    let mut removal = Removal { store: &store, used: store.images_in_use()?, done: RemovedImages::default() };
    let wanted: Vec<String> = if request.all {
        let ids = store.image_ids()?.into_iter().map(|id| id.to_string());
        ids.chain(store.lists()?.into_iter().map(|list| list.name)).collect()
    } else {
        request.images.clone()
    };
    for name in &wanted {
        match removal.one(name, request.force || request.all, &lock) {
            Ok(()) => {}
            Err(StoreError::NoSuchImage(_)) if request.ignore => {}
            Err(error) => removal.done.failures.push(ImageFailure {
                why: match error {
                    StoreError::NoSuchImage(_) => WhyNot::Missing,
                    StoreError::ImageInUse { .. } => WhyNot::InUse,
                    StoreError::ManyNames { .. } => WhyNot::ManyNames,
                    _ => WhyNot::Other,
                },
                message: error.to_string(),
            }),
        }
    }
    let done = removal.done;
    finish(ctx, &store, lock)?;
    Ok(Outcome::RemovedImages(done))
}

/// Removes lists of images, and nothing else.
pub(super) fn remove_lists(ctx: &Context, names: &[String]) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let lock = store.lock_exclusive()?;
    let mut removal = Removal { store: &store, used: HashMap::new(), done: RemovedImages::default() };
    for name in names {
        if let Err(error) = removal.list(name, &lock) {
            removal.done.failures.push(ImageFailure { why: WhyNot::Missing, message: error.to_string() });
        }
    }
    let done = removal.done;
    finish(ctx, &store, lock)?;
    Ok(Outcome::RemovedImages(done))
}

/// Removes images without a name, or all that no container was made from.
pub(super) fn prune(ctx: &Context, request: &PruneImagesRequest) -> Result<Outcome, OpsError> {
    let prunable = Prunable::read(&request.filters)?;
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    Ok(Outcome::PrunedImages(prune_all(ctx, &store, request.all, &prunable)?))
}

/// Removes images that may go: those without a name, or all that no container was made from.
pub(super) fn prune_all(
    ctx: &Context,
    store: &Store,
    all: bool,
    prunable: &Prunable,
) -> Result<Vec<Digest>, OpsError> {
    let lock = store.lock_exclusive()?;
    let mut removal = Removal { store, used: store.images_in_use()?, done: RemovedImages::default() };
    for image in images::summaries(store)? {
        if prunable.has_image(&image, all) {
            removal.one(&image.id.to_string(), true, &lock)?;
        }
    }
    let deleted = removal.done.deleted;
    finish(ctx, store, lock)?;
    Ok(deleted)
}

struct Removal<'a> {
    store: &'a Store,
    used: HashMap<Digest, Vec<String>>,
    done: RemovedImages,
}

impl Removal<'_> {
    fn one(&mut self, text: &str, force: bool, lock: &StoreLock) -> Result<(), StoreError> {
        // Whatever its records say: what is damaged can be removed too.
        let (id, name) = match self.store.find_image_id(text) {
            Err(StoreError::Damaged { path, .. }) => {
                self.store.remove_name_file(&path, lock)?;
                self.done.untagged.push(text.to_owned());
                return Ok(());
            }
            Err(StoreError::NoSuchImage(_)) => return self.list(text, lock),
            found => found?,
        };
        let names: Vec<String> =
            self.store.refs()?.into_iter().filter(|r| r.id == id).map(|r| r.name).collect();
        if let Some(name) = name.filter(|_| names.len() > 1) {
            return self.untag(&id, name);
        }
        if names.len() > 1 && !force {
            return Err(StoreError::ManyNames { id: id.short().to_owned(), names });
        }
        if let Some(container) = self.used.get(&id).and_then(|containers| containers.first()) {
            return Err(StoreError::ImageInUse { image: text.to_owned(), container: container.clone() });
        }
        for name in names {
            self.untag(&id, name)?;
        }
        self.store.remove_image(&id, lock)?;
        happened_to_image(self.store, Action::Remove, &id, "");
        self.done.deleted.push(id);
        Ok(())
    }

    /// A list of images goes alone: they have names and ids of their own.
    fn list(&mut self, text: &str, lock: &StoreLock) -> Result<(), StoreError> {
        let list = self.store.find_list(text)?;
        self.store.remove_list(&list, lock)?;
        happened_to_image(self.store, Action::Remove, &list.id, &list.name);
        self.done.untagged.push(list.name);
        self.done.deleted.push(list.id);
        Ok(())
    }

    fn untag(&mut self, id: &Digest, name: String) -> Result<(), StoreError> {
        self.store.remove_ref(&name)?;
        happened_to_image(self.store, Action::Untag, id, &name);
        self.done.untagged.push(name);
        Ok(())
    }
}

/// Moves what nothing needs any more out of the way, lets go of the lock, and only then deletes it.
fn finish(ctx: &Context, store: &Store, lock: StoreLock) -> Result<(), OpsError> {
    store.sweep_blobs(&lock)?;
    let layers = store.sweep_layers(&lock)?;
    drop(lock);
    delete(ctx, layers)
}
