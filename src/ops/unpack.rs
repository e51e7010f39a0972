//! Layers into the store: staged, unpacked and verified by a child that is root of the default id map, and described.
//! Nothing is visible before it is placed by the caller.

use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;

use super::{Context, OpsError};
use crate::engine::run_mapped;
use crate::image::{Expected, ImageError, LayerDirs, LayerReport, Limits, OwnerPolicy, Sums, unpack_blob};
use crate::model::{IdMapSpec, MapWriter, idmap};
use crate::spec::idmaps;
use crate::store::{LayerMeta, Staged, Store};
use crate::sys::remove::{remove_contents, remove_tree};
use crate::sys::{Attempt, SysError};

/// How many layers are unpacked at once: bound by file creation, more gain nothing.
const WORKERS: usize = 2;

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

/// Unpacks layers, two at a time; all or none.
pub(super) fn unpack_layers(
    ctx: &Context,
    store: &Store,
    wanted: Vec<Wanted>,
) -> Result<Vec<Unpacked>, OpsError> {
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
        staged.push(dir);
        jobs.push(Job { index, wanted, place });
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.wanted.size));
    let owners = OwnerPolicy::of(&maps);
    let result = if jobs.is_empty() {
        Ok(Ok(Vec::new()))
    } else {
        run_mapped(&maps, &ctx.host, || work(jobs, &owners, &limits))
    };
    let done = match result {
        Ok(Ok(done)) => done,
        failed => {
            discard(staged);
            return Err(match failed {
                Ok(Err(error)) => error.into(),
                Err(error) => error.into(),
                Ok(Ok(_)) => return Ok(Vec::new()),
            });
        }
    };
    let mut unpacked = Vec::new();
    for (staged, (report, sums)) in staged.into_iter().zip(done) {
        let meta = LayerMeta {
            size: report.size,
            tar_size: sums.tar_size,
            entries: report.entries,
            owners_recorded: owners == OwnerPolicy::Record,
            implicit: report.implicit.clone(),
        };
        store.describe_layer(&staged, &meta)?;
        store.drop_empty_kept(&staged)?;
        unpacked.push(Unpacked { staged, sums, report });
    }
    Ok(unpacked)
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

/// In the child: all jobs, the largest first; the first error stops the others and nothing of them stays.
fn work(
    jobs: Vec<Job>,
    owners: &OwnerPolicy,
    limits: &Limits,
) -> Result<Vec<(LayerReport, Sums)>, ImageError> {
    let stop = AtomicBool::new(false);
    let made = jobs.iter().flat_map(|job| [&job.place.fs, &job.place.kept]);
    let roots: Vec<_> = made.filter_map(|dir| dir.try_clone().ok()).collect();
    let workers = WORKERS.min(jobs.len());
    let count = jobs.len();
    let queue = Mutex::new(jobs.into_iter());
    let results = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
    let error = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(job) = lock(&queue).next() {
                    match one(job.wanted, &job.place, owners, limits, &stop) {
                        Ok(done) => {
                            lock(&results)[job.index] = Some(done);
                        }
                        Err(failed) => {
                            stop.store(true, Ordering::Relaxed);
                            lock(&error).get_or_insert(failed);
                            break;
                        }
                    }
                }
            });
        }
    });
    let failed = lock(&error).take();
    let done: Option<Vec<_>> = std::mem::take(&mut *lock(&results)).into_iter().collect();
    match (failed, done) {
        (None, Some(done)) => Ok(done),
        (failed, _) => {
            for root in &roots {
                // The error that led here is the one to tell; the place is swept later.
                let _ = remove_contents(root.as_fd());
            }
            Err(failed.unwrap_or(ImageError::Cancelled))
        }
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
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Removes staged directories whose files are gone already.
fn discard(staged: Vec<Staged>) {
    for dir in staged {
        // What cannot be removed now is swept by a later command.
        let _ = std::fs::remove_dir_all(dir.path());
    }
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

/// Deletes what dead processes left in the store.
pub(super) fn sweep(ctx: &Context, store: &Store) -> Result<(), OpsError> {
    let stale = store.stale()?;
    if stale.is_empty() { Ok(()) } else { delete(ctx, stale) }
}
