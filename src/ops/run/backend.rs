//! Which way a root file system is put together here: tried for real once a kernel and file system, then remembered.

use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use super::super::{Context, OpsError, run_as_owner};
use crate::engine::run_mapped;
use crate::model::MapWriter;
use crate::model::idmap::to_host;
use crate::model::spec::{ContainerSpec, RootfsBackend, RootfsSource};
use crate::spec::idmaps;
use crate::store::Store;
use crate::sys::Attempt;
use crate::sys::file::{read_text, write_atomic};
use crate::sys::root::open_directory;

/// What was found, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// Kernel release.
    kernel: String,
    /// Device number of the store's file system.
    device: u64,
    /// What works.
    backend: RootfsBackend,
    /// Why not an overlay.
    reason: String,
}

/// What was found to work here, as far as that was looked at.
pub fn known(ctx: &Context) -> Option<RootfsBackend> {
    let text = read_text(&ctx.host.dirs.cache.join(CACHE), 64 * 1024).ok()?;
    let found: Found = serde_json::from_str(&text).ok()?;
    (found.kernel == ctx.host.kernel).then_some(found.backend)
}

/// The cache's name.
const CACHE: &str = "rootfs-backend.json";

/// Puts the backend that works here into a specification that has none of the user's; tells when it is the slow one.
pub fn choose(ctx: &Context, store: &Store, asked: bool, spec: &mut ContainerSpec) -> Result<(), OpsError> {
    let needs_one = matches!(spec.rootfs.source, RootfsSource::Layers(_) | RootfsSource::DirectoryOverlay(_));
    if asked || !needs_one {
        return Ok(());
    }
    let what = || format!("look at {}", store.data().display());
    let device = store.data().metadata().attempt(what)?.dev();
    let cache = ctx.host.dirs.cache.join(CACHE);
    let known = read_text(&cache, 64 * 1024).ok().and_then(|text| serde_json::from_str::<Found>(&text).ok());
    let found = match known.filter(|f| f.kernel == ctx.host.kernel && f.device == device) {
        Some(found) => found,
        None => {
            let found = probe(ctx, store, device)?;
            // A cache that cannot be written costs time, never the container.
            let _ = std::fs::create_dir_all(&ctx.host.dirs.cache);
            let json = serde_json::to_vec(&found).unwrap_or_default();
            let _ = write_atomic(&cache, &json, 0o600, false);
            found
        }
    };
    if found.backend == RootfsBackend::Copy {
        super::tell(&format!("no overlay here, the image is copied for each container: {}", found.reason));
    }
    spec.rootfs.backend = found.backend;
    Ok(())
}

fn probe(ctx: &Context, store: &Store, device: u64) -> Result<Found, OpsError> {
    let maps = idmaps::default_maps(&ctx.host);
    let found = |backend, reason| Found { kernel: ctx.host.kernel.clone(), device, backend, reason };
    if maps.writer == MapWriter::None {
        return Ok(found(RootfsBackend::Overlay, String::new()));
    }
    let staged = store.stage_dir()?;
    let directory = open_directory(staged.path())?;
    if ctx.host.uid == 0 {
        // The root of the map is another one than real root, who owns the store.
        let (uid, gid) = (to_host(&maps.uids, 0), to_host(&maps.gids, 0));
        std::os::unix::fs::chown(staged.path(), uid, gid)
            .attempt(|| "give the directory of the trial away")?;
    }
    let tried = run_mapped(&maps, &ctx.host, || {
        crate::sys::overlay::probe(directory.as_fd()).map_err(|e| e.to_string())
    });
    // Where the kernel mounts none of its own, ours may do.
    let served = match &tried {
        Ok(Err(_)) => run_mapped(&maps, &ctx.host, || {
            crate::overlay::probe(directory.as_fd()).map_err(|e| e.to_string())
        })?,
        _ => Ok(()),
    };
    let removed = run_as_owner(ctx, || crate::sys::tree::remove(staged.path()).map_err(|e| e.to_string()));
    // What is left of the trial lies in tmp/ and is swept.
    drop(removed);
    Ok(match (tried?, served) {
        (Ok(()), _) => found(RootfsBackend::Overlay, String::new()),
        (Err(reason), Ok(())) => found(RootfsBackend::Fuse, reason),
        (Err(reason), Err(_)) => found(RootfsBackend::Copy, reason),
    })
}
