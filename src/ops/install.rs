//! Whole images into the store: the layers that are missing, then the records, then the names. Shared by everything that
//! brings images. No lock of the store is held while layers are unpacked.

use std::collections::{BTreeMap, HashMap};
use std::os::fd::AsFd;

use super::unpack::{Beside, FROM_DISK, Unpacked, Wanted, abandon, delete, unpack_each};
use super::{Context, OpsError};
use crate::engine::run_mapped;
use crate::image::document::{Configuration, Descriptor};
use crate::image::{LayerReport, adopt, parse_manifest, sha256};
use crate::model::{Digest, Reference};
use crate::spec::idmaps;
use crate::store::{BlobRef, ImageRecord, LayerLock, LayerRef, Staged, Store, StoreError};
use crate::sys;

/// How often layers that somebody removes meanwhile are fetched again.
const ATTEMPTS: usize = 3;

/// Opens a layer's bytes; again when somebody removed the layer meanwhile.
pub(super) type Fetch = Box<dyn Fn() -> Wanted>;

/// An image on its way into the store.
pub(super) struct Arrival {
    /// Digest of the configuration.
    pub id: Digest,
    /// What it will be called.
    pub names: Vec<Reference>,
    /// Byte for byte.
    pub manifest: Vec<u8>,
    /// Of the manifest.
    pub media_type: String,
    /// Byte for byte.
    pub config: Vec<u8>,
    /// The same, read.
    pub configuration: Configuration,
    /// How to get at each of its layers.
    pub layers: Vec<(Digest, Fetch)>,
    /// Where it comes from, when that is a registry.
    pub origin: Option<Origin>,
}

/// The registry that an image comes from.
pub(super) struct Origin {
    /// `docker.io/library/busybox`.
    pub repository: String,
    /// The index that led to the manifest.
    pub index: Option<(Digest, Vec<u8>)>,
}

/// What is in the store now.
pub(super) struct Installed {
    /// Images and the names that they got.
    pub images: Vec<(ImageRecord, Vec<Reference>)>,
    /// What was left out, for the user.
    pub notices: Vec<String>,
}

/// Puts images into the store. `ready` are layers of theirs that are unpacked already.
pub(super) fn install(
    ctx: &Context,
    store: &Store,
    arrivals: Vec<Arrival>,
    ready: Vec<(Digest, Staged)>,
) -> Result<Installed, OpsError> {
    install_beside(ctx, store, arrivals, ready, FROM_DISK, None)
}

/// The same with so many layers at a time, and something that goes on beside the unpacking.
pub(super) fn install_beside(
    ctx: &Context,
    store: &Store,
    arrivals: Vec<Arrival>,
    ready: Vec<(Digest, Staged)>,
    workers: usize,
    beside: Option<Beside<'_>>,
) -> Result<Installed, OpsError> {
    let installed = try_install(ctx, store, arrivals, ready, workers, beside);
    if installed.is_err() {
        abandon(ctx, store);
    }
    installed
}

fn try_install(
    ctx: &Context,
    store: &Store,
    arrivals: Vec<Arrival>,
    mut ready: Vec<(Digest, Staged)>,
    workers: usize,
    beside: Option<Beside<'_>>,
) -> Result<Installed, OpsError> {
    let mut reports = Vec::new();
    let mut spare = Vec::new();
    let mut attempt = 0;
    loop {
        attempt += 1;
        // Two loads of one layer: the second waits here, and then finds it in the store.
        let Claims { claims, wanted } = claim(store, &arrivals, &ready)?;
        let mut implicit = Vec::new();
        unpack_each(ctx, store, wanted, workers, beside, |Unpacked { staged, sums, report }| {
            let diff_id = sums.diff_id;
            // A layer that lists all of its directories is whole without those below it: it is there for everybody at
            // once, and for the next attempt should this one be killed.
            if report.implicit.is_empty() {
                let _lock = store.lock_shared()?;
                spare.extend(settle(store, staged, &diff_id)?);
                claims.get(&diff_id).map_or(Ok(()), LayerLock::share)?;
            } else {
                implicit.push((diff_id.clone(), report.implicit.clone()));
                ready.push((diff_id, staged));
            }
            reports.push(report);
            Ok(())
        })?;
        complete(ctx, store, &arrivals, &ready, &implicit)?;
        let lock = store.lock_shared()?;
        for (diff_id, staged) in ready.drain(..) {
            spare.extend(settle(store, staged, &diff_id)?);
        }
        let all = arrivals.iter().flat_map(diff_ids).all(|id| store.has_layer(id));
        if !all && attempt < ATTEMPTS {
            continue;
        }
        let mut images = Vec::new();
        for arrival in arrivals {
            let record = record(store, &arrival)?;
            if let Some((digest, bytes)) = arrival.origin.as_ref().and_then(|origin| origin.index.as_ref()) {
                store.put_blob(digest, bytes)?;
            }
            store.put_image(&record, &arrival.manifest, &arrival.config)?;
            for name in &arrival.names {
                store.put_ref(name, &record)?;
            }
            images.push((record, arrival.names));
        }
        drop(claims);
        drop(lock);
        delete(ctx, spare)?;
        return Ok(Installed { images, notices: notice(reports.iter()) });
    }
}

/// Moves a layer to its place. Where it is there already, the staged one is given back, and what an older rctr has not written
/// down is taken over from it.
fn settle(store: &Store, staged: Staged, diff_id: &Digest) -> Result<Option<Staged>, StoreError> {
    if !store.has_layer(diff_id) {
        return store.place_layer(staged, diff_id).map(|()| None);
    }
    if !store.has_recipe(diff_id) {
        store.adopt_recipe(&staged, diff_id)?;
    }
    Ok(Some(staged))
}

/// Every layer of what arrives, claimed, and those of them that are not there.
struct Claims {
    claims: BTreeMap<Digest, LayerLock>,
    wanted: Vec<Wanted>,
}

/// Claims every layer, in one order for everybody, and says which are to be unpacked.
fn claim(store: &Store, arrivals: &[Arrival], ready: &[(Digest, Staged)]) -> Result<Claims, OpsError> {
    let mut layers: BTreeMap<&Digest, Option<&Fetch>> = ready.iter().map(|(id, _)| (id, None)).collect();
    for (id, fetch) in arrivals.iter().flat_map(|a| &a.layers) {
        layers.entry(id).or_insert(Some(fetch));
    }
    let mut claims = BTreeMap::new();
    let mut wanted = Vec::new();
    for (id, fetch) in layers {
        let (lock, present) = store.claim_layer(id)?;
        claims.insert(id.clone(), lock);
        if !present {
            wanted.extend(fetch.map(|fetch| fetch()));
        }
    }
    Ok(Claims { claims, wanted })
}

/// Directories that new layers do not list get what the layers below them say.
fn complete(
    ctx: &Context,
    store: &Store,
    arrivals: &[Arrival],
    ready: &[(Digest, Staged)],
    implicit: &[(Digest, Vec<String>)],
) -> Result<(), OpsError> {
    let open = |id: &Digest| {
        let staged = ready.iter().find(|(ready, _)| ready == id);
        let path = staged.map_or_else(|| store.layer_fs(id), |(_, staged)| staged.path().join("fs"));
        sys::root::open_directory(&path)
    };
    let mut work = Vec::new();
    for (id, names) in implicit.iter().filter(|(_, names)| !names.is_empty()) {
        let holder =
            arrivals.iter().map(diff_ids).find_map(|ids| Some(&ids[..ids.iter().position(|i| i == id)?]));
        let below = holder.unwrap_or_default().iter().rev().map(open).collect::<Result<Vec<_>, _>>();
        // A layer that somebody removed this moment: it is fetched again, and this one with it.
        if let Ok(below) = below
            && !below.is_empty()
        {
            work.push((open(id)?, names, below));
        }
    }
    if work.is_empty() {
        return Ok(());
    }
    // The lowest first: what it gets may be what one above it takes over.
    work.sort_by_key(|(_, _, below)| below.len());
    let maps = idmaps::default_maps(&ctx.host);
    let done = run_mapped(&maps, &ctx.host, || {
        work.iter().try_for_each(|(layer, names, below)| adopt(layer.as_fd(), names, below))
    })?;
    Ok(done?)
}

fn diff_ids(arrival: &Arrival) -> &[Digest] {
    &arrival.configuration.rootfs.diff_ids
}

/// What is written down of an image whose layers are all in place.
pub(super) fn record(store: &Store, arrival: &Arrival) -> Result<ImageRecord, OpsError> {
    let mut sizes = HashMap::new();
    let mut layers = Vec::new();
    let mut blobs = blobs(arrival)?.into_iter();
    // What is known of registries stays known when the image comes again.
    let known = match store.image(&arrival.id) {
        Ok(known) => Some(known),
        Err(StoreError::NoSuchImage(_) | StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let known_layers = known.as_ref().map(|known| known.layers.as_slice()).unwrap_or_default();
    for (at, diff_id) in diff_ids(arrival).iter().enumerate() {
        let size = match sizes.get(diff_id) {
            Some(size) => *size,
            None => store.layer_meta(diff_id)?.size,
        };
        sizes.insert(diff_id, size);
        let known = known_layers.get(at).filter(|known| known.diff_id == *diff_id);
        let blob = blobs.next().or_else(|| known?.blob.clone());
        let pushed = known.map(|known| known.pushed.clone()).unwrap_or_default();
        layers.push(LayerRef { diff_id: diff_id.clone(), size, blob, pushed });
    }
    let configuration = &arrival.configuration;
    let index = arrival.origin.as_ref().and_then(|origin| origin.index.as_ref());
    Ok(ImageRecord {
        id: arrival.id.clone(),
        digest: sha256(&arrival.manifest),
        media_type: arrival.media_type.clone(),
        index: index.map(|(digest, _)| digest.clone()),
        created: configuration.created.clone(),
        architecture: configuration.architecture.clone(),
        os: configuration.os.clone(),
        layers,
        config: configuration.config.clone().unwrap_or_default(),
        pushed: known.map(|known| known.pushed).unwrap_or_default(),
    })
}

/// The layers as the registry has them, the lowest first; none for what is from elsewhere.
fn blobs(arrival: &Arrival) -> Result<Vec<BlobRef>, OpsError> {
    let Some(origin) = &arrival.origin else { return Ok(Vec::new()) };
    let manifest = parse_manifest(&arrival.manifest, &arrival.media_type, "manifest")?;
    let blob = |layer: Descriptor| BlobRef {
        digest: layer.digest,
        size: layer.size,
        media_type: layer.media_type,
        repository: origin.repository.clone(),
    };
    Ok(manifest.layers.into_iter().map(blob).collect())
}

/// What layers lost on the way, in one sentence each.
pub(super) fn notice<'a>(reports: impl Iterator<Item = &'a LayerReport>) -> Vec<String> {
    let (mut devices, mut xattrs, mut unknown, mut owners) = (0, 0, 0, 0);
    for report in reports {
        devices += report.devices;
        xattrs += report.xattrs;
        unknown += report.unknown;
        owners += report.owners;
    }
    let many =
        |n: u64, one: &str, more: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {more}") };
    let mut notices = Vec::new();
    if devices > 0 {
        let what = many(devices, "device node", "device nodes");
        notices.push(format!("skipped {what}: a container has those of the host"));
    }
    if xattrs > 0 {
        let what = many(xattrs, "extended attribute", "extended attributes");
        notices.push(format!("skipped {what}: only user.* and security.capability can be set"));
    }
    if unknown > 0 {
        notices.push(format!("skipped {} of unknown type", many(unknown, "entry", "entries")));
    }
    if owners > 0 {
        let what = many(owners, "symlink or FIFO", "symlinks and FIFOs");
        notices
            .push(format!("lost the owner of {what}: there is a single id and it cannot be recorded there"));
    }
    notices
}
