//! What a container's files take. Many belong to subordinate ids, so one process that is root over these walks all trees.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::seen::SeenContainer;
use crate::model::spec::{ContainerSpec, RootfsBackend, RootfsSource};
use crate::model::{ContainerId, Digest};
use crate::ops::{ContainerSize, Context, OpsError, run_as_owner};
use crate::store::Store;
use crate::sys::usage;

/// Measures containers. One that cannot be measured is left out, and said so.
pub(super) fn of(
    ctx: &Context,
    store: &Store,
    containers: &[SeenContainer],
) -> Result<BTreeMap<ContainerId, ContainerSize>, OpsError> {
    let trees: Vec<_> = containers.iter().map(|container| written_to(store, container)).collect();
    let measured: Vec<Result<u64, String>> = run_as_owner(ctx, || {
        let size = |tree: &Option<PathBuf>| tree.as_deref().map_or(Ok(0), usage::content_size);
        Ok::<_, String>(trees.iter().map(|tree| size(tree).map_err(|error| error.to_string())).collect())
    })?
    .map_err(OpsError::BadRequest)?;
    let mut images = BTreeMap::new();
    let mut sizes = BTreeMap::new();
    for (container, written) in containers.iter().zip(measured) {
        let image = container.spec.as_ref().and_then(|spec| spec.image.as_ref());
        let image =
            image.map_or(0, |image| *images.entry(&image.id).or_insert_with(|| image_size(store, &image.id)));
        match written {
            Ok(written) => {
                sizes.insert(container.id.clone(), size(container.spec.as_ref(), written, image));
            }
            Err(reason) => {
                super::tell(&format!("{}: {reason}", container.id.short()));
            }
        }
    }
    Ok(sizes)
}

/// The tree that has what the container has written; none where that is in memory, or where nothing is known of it.
fn written_to(store: &Store, container: &SeenContainer) -> Option<PathBuf> {
    let rootfs = &container.spec.as_ref()?.rootfs;
    let own = |name: &str| Some(store.container_dir(&container.id).join(name));
    match (&rootfs.source, rootfs.backend) {
        (RootfsSource::Directory(dir), _) => Some(dir.clone()),
        (RootfsSource::Host, _) => None,
        (_, RootfsBackend::Copy) => own("rootfs"),
        (_, RootfsBackend::Overlay | RootfsBackend::Fuse) => own("upper"),
    }
}

fn size(spec: Option<&ContainerSpec>, written: u64, image: u64) -> ContainerSize {
    match spec.map(|spec| spec.rootfs.backend) {
        // The tree has the image in it.
        Some(RootfsBackend::Copy) if image > 0 => {
            ContainerSize { writable: written.saturating_sub(image), whole: written }
        }
        _ => ContainerSize { writable: written, whole: written.saturating_add(image) },
    }
}

/// An image whose record is damaged has no size.
fn image_size(store: &Store, id: &Digest) -> u64 {
    store.image(id).map(|image| image.size()).unwrap_or_default()
}
