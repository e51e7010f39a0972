//! Layers into the store: staged, unpacked and verified by a child that is root of the default id map, and described.
//! Nothing is visible before it is placed by the caller.

use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;

use super::progress::Over;
use super::{Context, OpsError};
use crate::engine::{run_mapped, run_mapped_telling};
use crate::image::{Expected, ImageError, LayerDirs, LayerReport, Limits, OwnerPolicy, Sums, unpack_blob};
use crate::model::{IdMapSpec, MapWriter, idmap};
use crate::spec::idmaps;
use crate::store::{LayerMeta, Staged, Store};
use crate::sys::remove::{remove_contents, remove_tree};
use crate::sys::userns::Teller;
use crate::sys::{Attempt, SysError};

/// How many layers of an archive are unpacked at once: bound by file creation, more gain nothing.
pub(super) const FROM_DISK: usize = 2;
/// How many that come from a network, where some wait while others come.
pub(super) const FROM_NETWORK: usize = 4;

/// A layer to unpack.
pub(super) struct Wanted {
    /// Its bytes.
    pub blob: Box<dyn Read + Send>,
    /// How many there are, to begin with the largest; 0 when unknown.
    pub size: u64,
    /// What they must be.
    pub expected: Expected,
}

/// A layer that is whole, in `tmp/`.
pub(super) struct Unpacked {
    /// Where it is.
    pub staged: Staged,
    /// What it is.
    pub sums: Sums,
    /// What was made and left out.
    pub report: LayerReport,
}

struct Job {
    index: usize,
    wanted: Wanted,
    place: LayerPlace,
}

/// The parts of a staged layer, opened.
struct LayerPlace {
    fs: File,
    kept: File,
    recipe: File,
}

/// What goes on beside the unpacking, in the process that does it: it is called once, and returns when this is over.
pub(super) type Beside<'a> = &'a (dyn Fn(&Over) + Sync);

/// Unpacks layers that are on this machine; all or none.
pub(super) fn unpack_layers(
    ctx: &Context,
    store: &Store,
    wanted: Vec<Wanted>,
) -> Result<Vec<Unpacked>, OpsError> {
    let mut unpacked = Vec::new();
    let keep = |layer| {
        unpacked.push(layer);
        Ok(())
    };
    match unpack_each(ctx, store, wanted, FROM_DISK, None, keep) {
        Ok(()) => Ok(unpacked),
        Err(error) => {
            // The error that led here is the one to tell; what cannot be removed now is swept later.
            let _ = delete(ctx, unpacked.into_iter().map(|layer| layer.staged).collect());
            Err(error)
        }
    }
}

/// Unpacks layers, so many at a time; `done` gets each as soon as it is whole. An error gives up those that are not.
pub(super) fn unpack_each(
    ctx: &Context,
    store: &Store,
    wanted: Vec<Wanted>,
    workers: usize,
    beside: Option<Beside<'_>>,
    mut done: impl FnMut(Unpacked) -> Result<(), OpsError> + Send,
) -> Result<(), OpsError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let limits = Limits::from_env(&ctx.host.env).map_err(|(name, value)| OpsError::BadVariable {
        name,
        value,
        want: "a number",
    })?;
    let maps = idmaps::default_maps(&ctx.host);
    let mut staged = Vec::new();
    let mut jobs = Vec::new();
    for (index, wanted) in wanted.into_iter().enumerate() {
        let dir = store.stage_dir()?;
        let place = LayerPlace {
            fs: make_dir(&dir, "fs", &maps)?,
            kept: make_dir(&dir, "kept", &maps)?,
            recipe: store.create_recipe(&dir)?,
        };
        staged.push(Some(dir));
        jobs.push(Job { index, wanted, place });
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.wanted.size));
    let owners = OwnerPolicy::of(&maps);
    let mut failed = None;
    let hear = |(index, report, sums): (usize, LayerReport, Sums)| {
        let Some(staged) = staged.get_mut(index).and_then(Option::take) else { return true };
        let meta = LayerMeta {
            size: report.size,
            tar_size: sums.tar_size,
            entries: report.entries,
            owners_recorded: owners == OwnerPolicy::Record,
            implicit: report.implicit.clone(),
        };
        let described = store.describe_layer(&staged, &meta).and_then(|()| store.drop_empty_kept(&staged));
        let described = described.map_err(OpsError::from);
        let taken = described.and_then(|()| done(Unpacked { staged, sums, report }));
        taken.map_err(|error| failed = Some(error)).is_ok()
    };
    let result = run_mapped_telling(
        &maps,
        &ctx.host,
        |teller| work(jobs, workers, &owners, &limits, beside, teller),
        hear,
    );
    let result = match (failed, result) {
        (Some(error), _) => Err(error),
        (None, Ok(Ok(()))) => return Ok(()),
        (None, Ok(Err(error))) => Err(error.into()),
        (None, Err(error)) => Err(error.into()),
    };
    drop(staged);
    abandon(ctx, store);
    result
}

/// A directory for files, belonging to root of the map.
fn make_dir(dir: &Staged, name: &str, maps: &IdMapSpec) -> Result<File, OpsError> {
    let path = dir.path().join(name);
    let what = || format!("create directory {}", path.display());
    DirBuilder::new().mode(0o755).create(&path).attempt(what)?;
    if maps.writer == MapWriter::Root {
        let (uid, gid) = (idmap::to_host(&maps.uids, 0), idmap::to_host(&maps.gids, 0));
        std::os::unix::fs::chown(&path, uid, gid).attempt(what)?;
    }
    let fs = File::open(&path).attempt(what)?;
    // The caller's umask may have taken something away.
    rustix::fs::fchmod(&fs, rustix::fs::Mode::from_raw_mode(0o755)).attempt(what)?;
    Ok(fs)
}

/// In the child: all jobs, the largest first, each told when it is done; the first error stops the others and nothing of
/// what was not told stays.
fn work(
    jobs: Vec<Job>,
    workers: usize,
    owners: &OwnerPolicy,
    limits: &Limits,
    beside: Option<Beside<'_>>,
    teller: &Teller<'_, (usize, LayerReport, Sums)>,
) -> Result<(), ImageError> {
    let stop = AtomicBool::new(false);
    let over = Over::default();
    let workers = workers.min(jobs.len());
    let queue = Mutex::new(jobs.into_iter());
    let error = Mutex::new(None);
    // A lock taken in the head of the loop would be held through its body, and one would work at a time.
    let next = || lock(&queue).next();
    let worker = || {
        while let Some(job) = next() {
            let done = one(job.wanted, &job.place, owners, limits, &stop);
            let told = done.map(|(report, sums)| teller.tell((job.index, report, sums)));
            let failed = match told {
                Ok(true) => continue,
                Ok(false) => ImageError::Cancelled,
                Err(failed) => failed,
            };
            stop.store(true, Ordering::Relaxed);
            lock(&error).get_or_insert(failed);
            // The error that led here is the one to tell; the place is swept later.
            for made in [&job.place.fs, &job.place.kept] {
                let _ = remove_contents(made.as_fd());
            }
            break;
        }
    };
    std::thread::scope(|scope| {
        let watcher = beside.map(|beside| scope.spawn(|| beside(&over)));
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let panicked = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        over.set();
        drop(watcher);
        if panicked > 0 {
            lock(&error).get_or_insert(ImageError::corrupt("layer", "the unpacking of it panicked"));
        }
    });
    match lock(&error).take() {
        None => Ok(()),
        Some(failed) => Err(failed),
    }
}

fn one(
    wanted: Wanted,
    place: &LayerPlace,
    owners: &OwnerPolicy,
    limits: &Limits,
    stop: &AtomicBool,
) -> Result<(LayerReport, Sums), ImageError> {
    let Wanted { blob, expected, .. } = wanted;
    let dirs = LayerDirs { fs: place.fs.as_fd(), kept: place.kept.as_fd(), recipe: &place.recipe };
    let done = unpack_blob(blob, &expected, dirs, owners, limits, stop);
    let name = expected.diff_id.as_ref().or(expected.digest.as_ref());
    let done = done.map_err(|error| match name {
        Some(name) => error.in_layer(name),
        None => error,
    })?;
    // One for the whole layer costs next to nothing; one a file would double the time.
    rustix::fs::syncfs(&place.fs).attempt(|| "write the layer to disk")?;
    Ok(done)
}

/// A thread that panicked has left nothing half-changed behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes what is staged with all its files: layers and containers taken out of use, and what dead processes left. Where
/// files belong to subordinate ids, a child that is root over these does it.
pub(super) fn delete(ctx: &Context, staged: Vec<Staged>) -> Result<(), OpsError> {
    let mut foreign = Vec::new();
    for item in &staged {
        match remove_staged(item) {
            Err(error) if matches!(Errno::from_raw(error.errno()), Errno::EACCES | Errno::EPERM) => {
                foreign.push(item)
            }
            other => other?,
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    let maps = idmaps::default_maps(&ctx.host);
    let cleared = run_mapped(&maps, &ctx.host, || {
        let mut directories = foreign.iter().filter(|item| item.is_dir());
        directories.try_for_each(|item| remove_contents(item.file().as_fd())).map_err(ImageError::from)
    })?;
    cleared?;
    Ok(foreign.into_iter().try_for_each(remove_staged)?)
}

fn remove_staged(item: &Staged) -> Result<(), SysError> {
    let what = || format!("remove {}", item.path().display());
    let (Some(parent), Some(name)) = (item.path().parent(), item.path().file_name()) else { return Ok(()) };
    let parent = File::open(parent).attempt(what)?;
    let name = std::ffi::CString::new(name.as_encoded_bytes()).map_err(std::io::Error::from).attempt(what)?;
    remove_tree(parent.as_fd(), &name)
}

/// Deletes what a failure has left, of which nobody holds anything any more: on a full disk its room is needed. The error
/// that led here is the one to tell; what cannot be removed now is swept later.
pub(super) fn abandon(ctx: &Context, store: &Store) {
    let _ = sweep(ctx, store);
}

/// Deletes what dead processes left in the store.
pub(super) fn sweep(ctx: &Context, store: &Store) -> Result<(), OpsError> {
    let stale = store.stale()?;
    if stale.is_empty() { Ok(()) } else { delete(ctx, stale) }
}
