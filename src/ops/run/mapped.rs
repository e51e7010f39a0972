//! Other id maps than the one that layers are unpacked in: each layer is copied once a map, with the owners that the
//! map gives the same ids inside, and kept beside the layer. The FUSE overlay will do without the copy.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::{Context, OpsError};
use crate::engine::run_mapped;
use crate::model::idmap::{agrees, to_container, to_host};
use crate::model::spec::RootfsSource;
use crate::model::{ContainerSpec, IdMapSpec, IdRange, MapWriter};
use crate::spec::idmaps;
use crate::store::{Store, StoreError};
use crate::sys::root::open_directory;
use crate::sys::tree::{Copy, Marks};
use crate::sys::{Attempt, SysError};

/// How the ids of one map are written in terms of another.
pub struct Translation {
    base: IdMapSpec,
    target: IdMapSpec,
}

impl Translation {
    /// From the default map to the container's; none when they agree, or when there is only one id anyway.
    pub fn of(ctx: &Context, spec: &ContainerSpec) -> Option<Self> {
        let (base, target) = (idmaps::default_maps(&ctx.host), spec.id_maps.clone());
        let own = |maps: &IdMapSpec| matches!(maps.writer, MapWriter::Own | MapWriter::None);
        let same = agrees(&target.uids, &base.uids) && agrees(&target.gids, &base.gids);
        (!same && !own(&base) && !own(&target)).then_some(Self { base, target })
    }

    /// Who owns in the default map what is to be `uid:gid`'s in the container. An id that the container does not have
    /// stays as it is: nobody's.
    fn owner(&self, uid: u32, gid: u32) -> (u32, u32) {
        (
            translate(&self.target.uids, &self.base.uids, uid),
            translate(&self.target.gids, &self.base.gids, gid),
        )
    }

    /// Names the map, for a directory.
    fn name(&self) -> String {
        let mut hash = Sha256::new();
        for range in self
            .target
            .uids
            .iter()
            .chain([&IdRange { container: 0, host: 0, size: 0 }])
            .chain(&self.target.gids)
        {
            for number in [range.container, range.host, range.size] {
                hash.update(number.to_le_bytes());
            }
        }
        let digits: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("map-{digits}")
    }

    /// Makes sure that there is a copy of every layer for the container's map, and puts those in the specification.
    pub fn layers(&self, ctx: &Context, store: &Store, spec: &mut ContainerSpec) -> Result<(), OpsError> {
        let RootfsSource::Layers(layers) = &mut spec.rootfs.source else { return Ok(()) };
        let name = self.name();
        let place = |layer: &Path| layer.with_file_name(&name).join("fs");
        let missing: Vec<PathBuf> = layers.iter().filter(|l| !place(l).is_dir()).cloned().collect();
        if !missing.is_empty() {
            super::tell(&format!("copying {} layers for this id map, once", missing.len()));
            run_mapped(&self.base, &ctx.host, || {
                missing.iter().try_for_each(|layer| self.copy(store, layer, &name)).map_err(|e| e.to_string())
            })?
            .map_err(|reason| OpsError::MappedCopy { reason })?;
        }
        for layer in layers {
            *layer = place(layer);
        }
        Ok(())
    }

    /// One layer: made in `tmp/`, synced, then moved beside the layer. Somebody else's copy that came first is kept.
    fn copy(&self, store: &Store, layer: &Path, name: &str) -> Result<(), StoreError> {
        let staged = store.stage_dir()?;
        let fs = staged.path().join("fs");
        std::fs::create_dir(&fs).attempt(|| format!("create directory {}", fs.display()))?;
        let to = open_directory(&fs)?;
        let copy = Copy { owner: &|uid, gid| self.owner(uid, gid), marks: Marks::Keep };
        let made = copy.run(open_directory(layer)?.as_fd(), to.as_fd(), &layer.display().to_string());
        let place = layer.with_file_name(name);
        let moved = made.and_then(|()| {
            rustix::fs::syncfs(staged.file()).attempt(|| format!("sync {}", fs.display()))?;
            match std::fs::rename(staged.path(), &place) {
                Err(_) if place.join("fs").is_dir() => crate::sys::tree::remove(staged.path()),
                other => other.attempt(|| format!("move the copy to {}", place.display())),
            }
        });
        if moved.is_err() {
            // The first error is the one to tell; what is left in tmp/ is swept.
            let _ = crate::sys::tree::remove(staged.path());
        }
        Ok(moved?)
    }

    /// Gives the container's own directories to its root.
    pub fn own(&self, ctx: &Context, container: &Path) -> Result<(), OpsError> {
        let (uid, gid) = self.owner(0, 0);
        run_mapped(&self.base, &ctx.host, || {
            let give = |path: &Path| {
                std::os::unix::fs::lchown(path, Some(uid), Some(gid))
                    .attempt(|| format!("give {} away", path.display()))
            };
            own_directories(container).iter().try_for_each(|d| give(d)).map_err(|e: SysError| e.to_string())
        })?
        .map_err(|reason| OpsError::MappedCopy { reason })
    }
}

/// Gives the container's own directories to its root, whoever that is on the host: only real root can, directly.
pub fn own_as_root(maps: &IdMapSpec, container: &Path) -> Result<(), OpsError> {
    let (Some(uid), Some(gid)) = (to_host(&maps.uids, 0), to_host(&maps.gids, 0)) else { return Ok(()) };
    for directory in own_directories(container) {
        std::os::unix::fs::lchown(&directory, Some(uid), Some(gid))
            .attempt(|| format!("give {} away", directory.display()))?;
    }
    Ok(())
}

/// What of a container's directory is the container's.
fn own_directories(container: &Path) -> Vec<PathBuf> {
    let volumes = std::fs::read_dir(container.join("volumes")).into_iter().flatten().flatten();
    [container.join("upper"), container.join("work")].into_iter().chain(volumes.map(|v| v.path())).collect()
}

/// The id in `base` that is on the host what `id` is in `target`.
fn translate(target: &[IdRange], base: &[IdRange], id: u32) -> u32 {
    to_host(target, id).and_then(|host| to_container(base, host)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_keep_their_meaning_inside() {
        let range = |container, host, size| IdRange { container, host, size };
        let base = [range(0, 1000, 1), range(1, 100_000, 65_536)];
        // keep-id: 1000 stays 1000, everything below and above is subordinate.
        let target = [range(0, 100_000, 1000), range(1000, 1000, 1), range(1001, 101_000, 64_536)];
        for (inside, in_base) in
            [(0, 1), (33, 34), (999, 1000), (1000, 0), (1001, 1001), (65_534, 65_534), (70_000, 70_000)]
        {
            assert_eq!(translate(&target, &base, inside), in_base, "{inside}");
        }
    }
}
