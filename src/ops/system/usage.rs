//! `system df`: how much room images, containers and volumes take, and how much of it could be had back.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::model::{ContainerId, Digest, MountKind};
use crate::ops::container::seen::{self, SeenContainer};
use crate::ops::outcome::ImageSummary;
use crate::ops::{Context, OpsError, images, run_as_owner};
use crate::store::Store;
use crate::sys::usage::content_size;

/// How much room things take, in bytes of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskUsage {
    /// Every image.
    pub images: Vec<ImageUsage>,
    /// All layers of images, each once.
    pub layers: u64,
    /// Those that no container needs.
    pub unused_layers: u64,
    /// Every container.
    pub containers: Vec<ContainerUsage>,
    /// Every volume.
    pub volumes: Vec<VolumeUsage>,
    /// What could not be counted, one sentence each.
    pub notices: Vec<String>,
}

/// An image and its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageUsage {
    /// The image.
    pub image: ImageSummary,
    /// Layers that other images have too.
    pub shared: u64,
    /// Layers that are its alone.
    pub unique: u64,
}

/// A container and its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUsage {
    /// The container.
    pub container: SeenContainer,
    /// What it has written over its image.
    pub size: u64,
    /// How many volumes of the store it has.
    pub volumes: usize,
}

/// A volume and its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeUsage {
    /// Its name.
    pub name: String,
    /// How many containers have it.
    pub links: usize,
    /// What is in it.
    pub size: u64,
}

/// Counts everything.
pub(super) fn disk_usage(ctx: &Context) -> Result<DiskUsage, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let containers = seen::all(&store)?;
    let volumes: Vec<(ContainerId, String)> = containers
        .iter()
        .flat_map(|container| {
            anonymous_volumes(container).map(|name| (container.id.clone(), name.to_owned()))
        })
        .collect();
    let mut places = BTreeMap::new();
    for container in &containers {
        places.insert(container.id.to_string(), written_places(&store, &container.id));
    }
    for (id, name) in &volumes {
        places.insert(name.clone(), vec![store.container_dir(id).join("volumes").join(name)]);
    }
    let (sizes, notices) = sizes(ctx, &places)?;
    let size = |name: &str| sizes.get(name).copied().unwrap_or_default();
    let (images, layers, unused_layers) = image_usage(&store)?;
    Ok(DiskUsage {
        images,
        layers,
        unused_layers,
        containers: containers
            .into_iter()
            .map(|container| ContainerUsage {
                size: size(container.id.as_str()),
                volumes: anonymous_volumes(&container).count(),
                container,
            })
            .collect(),
        volumes: volumes
            .into_iter()
            .map(|(_, name)| VolumeUsage { size: size(&name), links: 1, name })
            .collect(),
        notices,
    })
}

/// How much containers have written.
pub(super) fn container_sizes(
    ctx: &Context,
    store: &Store,
    containers: &[SeenContainer],
) -> Result<Sizes, OpsError> {
    let places = containers.iter().map(|container| {
        let mut places = written_places(store, &container.id);
        places.push(store.container_dir(&container.id).join("volumes"));
        (container.id.to_string(), places)
    });
    sizes(ctx, &places.collect())
}

/// Bytes of all layers that images have, each layer once.
pub(super) fn layer_bytes(store: &Store) -> Result<u64, OpsError> {
    let layers: HashMap<Digest, u64> = store
        .images()?
        .into_iter()
        .flat_map(|image| image.layers)
        .map(|layer| (layer.diff_id, layer.size))
        .collect();
    Ok(layers.values().fold(0, |sum, size| sum.saturating_add(*size)))
}

/// Where a container's writes go: over an overlay, or into its copy of the image.
fn written_places(store: &Store, id: &ContainerId) -> Vec<PathBuf> {
    let dir = store.container_dir(id);
    vec![dir.join("upper"), dir.join("rootfs")]
}

fn anonymous_volumes(container: &SeenContainer) -> impl Iterator<Item = &str> {
    container.spec.iter().flat_map(|spec| &spec.mounts).filter_map(|mount| match &mount.kind {
        MountKind::Volume { name } => Some(name.as_str()),
        _ => None,
    })
}

/// Bytes by name, and what could not be counted.
type Sizes = (BTreeMap<String, u64>, Vec<String>);

/// Counts directories, as whoever may look into all of them.
fn sizes(ctx: &Context, places: &BTreeMap<String, Vec<PathBuf>>) -> Result<Sizes, OpsError> {
    if places.is_empty() {
        return Ok(Sizes::default());
    }
    let counted = run_as_owner(ctx, || {
        let (mut sizes, mut notices) = Sizes::default();
        for (name, dirs) in places {
            for dir in dirs {
                match content_size(dir) {
                    Ok(size) => {
                        let sum: &mut u64 = sizes.entry(name.clone()).or_default();
                        *sum = sum.saturating_add(size);
                    }
                    // There is none, or it has gone meanwhile.
                    Err(error) if error.errno() == nix::errno::Errno::ENOENT as i32 => {}
                    Err(error) => notices.push(error.to_string()),
                }
            }
        }
        Ok::<_, String>((sizes, notices))
    })?;
    counted.map_err(OpsError::BadRequest)
}

/// Images, the bytes of all their layers, and the bytes of those that no container needs.
fn image_usage(store: &Store) -> Result<(Vec<ImageUsage>, u64, u64), OpsError> {
    let summaries = images::summaries(store)?;
    let used: HashMap<&Digest, bool> =
        summaries.iter().map(|image| (&image.id, image.containers > 0)).collect();
    // For each layer its size, how many images have it, and whether one of them is used.
    let mut layers: HashMap<Digest, (u64, usize, bool)> = HashMap::new();
    let mut of_image: HashMap<Digest, Vec<Digest>> = HashMap::new();
    for record in store.images()? {
        let mut own: Vec<Digest> = Vec::new();
        for layer in record.layers {
            if own.contains(&layer.diff_id) {
                continue;
            }
            let entry = layers.entry(layer.diff_id.clone()).or_insert((layer.size, 0, false));
            entry.1 += 1;
            entry.2 |= used.get(&record.id).copied().unwrap_or(true);
            own.push(layer.diff_id);
        }
        of_image.insert(record.id, own);
    }
    let all = layers.values().map(|(size, ..)| *size).fold(0, u64::saturating_add);
    let unused =
        layers.values().filter(|(_, _, used)| !used).map(|(size, ..)| *size).fold(0, u64::saturating_add);
    let images = summaries.into_iter().map(|image| {
        let (mut shared, mut unique) = (0_u64, 0_u64);
        for layer in of_image.get(&image.id).into_iter().flatten() {
            match layers.get(layer) {
                Some((size, 1, _)) => unique = unique.saturating_add(*size),
                Some((size, ..)) => shared = shared.saturating_add(*size),
                None => {}
            }
        }
        ImageUsage { image, shared, unique }
    });
    Ok((images.collect(), all, unused))
}
