//! `diff`: what a container has changed of what it was made from, and what an image's topmost layer adds to the others.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::seen;
use crate::engine::enter::{Way, enter};
use crate::image::ImageError;
use crate::image::changes::Comparison;
use crate::model::files_request::DiffRequest;
use crate::model::spec::{RootfsBackend, RootfsSource};
use crate::model::{Change, ContainerSpec, IdMapSpec};
use crate::ops::{Context, OpsError, Outcome};
use crate::spec::idmaps;
use crate::store::{Store, StoreError};
use crate::sys::root::open_directory;

/// Directories to compare.
pub(super) struct Sides {
    /// The one that may have changes.
    pub top: PathBuf,
    /// What lies below it, the topmost first.
    pub lowers: Vec<PathBuf>,
    /// The top is a whole copy, and not an overlay's upper directory.
    pub whole: bool,
}

impl Sides {
    /// What a container writes to, and what that lies on; none when it writes in place.
    pub fn of(spec: &ContainerSpec, dir: &Path) -> Option<Self> {
        let lowers = match &spec.rootfs.source {
            RootfsSource::Layers(layers) => layers.clone(),
            RootfsSource::DirectoryOverlay(below) => vec![below.clone()],
            RootfsSource::Directory(_) | RootfsSource::Host => return None,
        };
        Some(match spec.rootfs.backend {
            RootfsBackend::Overlay | RootfsBackend::Fuse => {
                Self { top: dir.join("upper"), lowers, whole: false }
            }
            RootfsBackend::Copy => Self { top: dir.join("rootfs"), lowers, whole: true },
        })
    }

    /// Opened by the caller: who walks them later may not be able to get there.
    pub fn open(&self) -> Result<(OwnedFd, Vec<OwnedFd>), OpsError> {
        let lowers = self.lowers.iter().map(|lower| open_directory(lower)).collect::<Result<_, _>>()?;
        Ok((open_directory(&self.top)?, lowers))
    }
}

/// Where things are mounted in a container, as [`Comparison`] wants it.
pub(super) fn mount_points(spec: &ContainerSpec) -> Vec<Vec<u8>> {
    let mounts = spec.mounts.iter().map(|mount| &mount.destination);
    let devices = spec.devices.iter().map(|device| &device.destination);
    let work_dir = &spec.process.cwd;
    mounts.chain(devices).chain([work_dir]).map(|path| path.trim_matches('/').as_bytes().to_vec()).collect()
}

/// Tells what differs. Takes no lock: of a container that runs it is a glance.
pub(super) fn diff(ctx: &Context, store: &Store, request: &DiffRequest) -> Result<Outcome, OpsError> {
    let found = if request.latest {
        let latest = seen::all(store)?.into_iter().max_by_key(|container| container.created_ms);
        latest.map(|container| container.id).ok_or(StoreError::NoSuchContainer("latest".to_owned()))
    } else {
        store.find_container(&request.object)
    };
    let id = match found {
        Err(StoreError::NoSuchContainer(_)) if !request.containers_only && !request.latest => {
            return image(ctx, store, &request.object);
        }
        other => other?,
    };
    let spec = store.container_spec(&id)?;
    let Some(sides) = Sides::of(&spec, &store.container_dir(&id)) else {
        return Err(OpsError::BadRequest(match &spec.rootfs.source {
            RootfsSource::Directory(dir) => format!(
                "{} is written in place by {}: there is nothing to compare it with (--rootfs {}:O keeps them apart)",
                dir.display(),
                spec.name,
                dir.display()
            ),
            _ => format!("what {} writes is only in memory (--rootfs /)", spec.name),
        }));
    };
    compare(ctx, &sides, &spec.id_maps, &mount_points(&spec), &spec.name)
}

/// Tells what an image's topmost layer adds to the others.
pub(super) fn image(ctx: &Context, store: &Store, name: &str) -> Result<Outcome, OpsError> {
    let (image, _) = store.find_image(name)?;
    let mut layers: Vec<_> = image.layers.iter().rev().map(|layer| store.layer_fs(&layer.diff_id)).collect();
    if layers.is_empty() {
        return Ok(Outcome::Changes(Vec::new()));
    }
    let sides = Sides { top: layers.remove(0), lowers: layers, whole: false };
    compare(ctx, &sides, &idmaps::default_maps(&ctx.host), &[], name)
}

fn compare(
    ctx: &Context,
    sides: &Sides,
    maps: &IdMapSpec,
    mounts: &[Vec<u8>],
    name: &str,
) -> Result<Outcome, OpsError> {
    let failed = |failure| OpsError::Enter { name: name.to_owned(), failure };
    let (top, lowers) = sides.open()?;
    let keep: Vec<_> = lowers.iter().chain([&top]).map(AsFd::as_fd).collect();
    let worker = enter(&Way::Outside, maps, &ctx.host, &keep, |_| {
        let mut changes = Vec::new();
        let comparison = Comparison { lowers: &lowers, whole: sides.whole, mounts };
        comparison.walk(top.as_fd(), &mut |kind, path, _, _| {
            changes.push(Change { kind, path: format!("/{}", String::from_utf8_lossy(path)) });
            Ok(())
        })?;
        Ok::<_, ImageError>(changes)
    });
    let changes = worker.and_then(|worker| worker.finish()).map_err(failed)??;
    Ok(Outcome::Changes(changes))
}
