//! Containers on disk: the directory is the record, the name is a symlink, the lock says that it lives.
//!
//! ```text
//! DATA/containers/<id>/   spec.json, state.json, upper, work, volumes/, small files that are bound inside, exec-<id>
//! DATA/names/<name>       symlink to the id
//! DATA/live/<id>          flocked by the monitor (at first by its maker); whose lock can be taken is dead
//! ```

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation};

use super::lock::is_at;
use super::{Store, StoreError};
use crate::model::{ContainerId, ContainerSpec, ContainerState, HealthRecord, MountKind};
use crate::sys::{Attempt, SysError, file};

/// The file with what was asked for a container's end.
const INTENT: &str = "intent";

/// A record larger than this is none of ours.
const RECORD_LIMIT: usize = 16 * 1024 * 1024;

/// A container that this process keeps alive: its lock goes when the last holder ends.
#[derive(Debug)]
pub struct LiveContainer {
    /// Identity.
    pub id: ContainerId,
    /// Its directory.
    pub dir: PathBuf,
    pub(super) lock: File,
}

impl LiveContainer {
    /// The descriptor that holds the lock.
    pub fn lock(&self) -> BorrowedFd<'_> {
        self.lock.as_fd()
    }
}

/// What a look at the lives of all containers found.
#[derive(Debug, Default)]
pub struct Lives {
    /// Those that somebody keeps alive, sorted.
    pub held: Vec<ContainerId>,
    /// Those whose monitor has died, each locked for the caller.
    pub dead: Vec<DeadContainer>,
}

/// What a sweep found: a container without a monitor.
#[derive(Debug)]
pub struct DeadContainer {
    /// Its lock, taken now, and its place.
    pub container: LiveContainer,
    /// Its specification; none when it was killed while being made.
    pub spec: Option<ContainerSpec>,
    /// Its last state.
    pub state: Option<ContainerState>,
    /// It had no monitor: a command held it and was killed.
    pub borrowed: bool,
}

impl Store {
    /// Makes directory, name and record of a container; all of it goes again when a part fails.
    ///
    /// # Errors
    /// [`StoreError::NameInUse`]; ENOSPC, EROFS.
    pub fn create_container(
        &self,
        spec: &ContainerSpec,
        root_mode: u32,
    ) -> Result<LiveContainer, StoreError> {
        let lock = self.lock_new(&spec.id, b"")?;
        let container = LiveContainer { id: spec.id.clone(), dir: self.container_dir(&spec.id), lock };
        let made = self.claim_name(&spec.name, &spec.id).and_then(|()| fill(&container.dir, spec, root_mode));
        if let Err(error) = made {
            // Nothing in it is anybody else's yet. The first error is the one to tell.
            let _ = std::fs::remove_dir_all(&container.dir);
            let _ = self.release_name(&spec.name, &spec.id);
            let _ = self.end_life(&spec.id);
            return Err(error);
        }
        Ok(container)
    }

    /// Where a container's things are.
    pub fn container_dir(&self, id: &ContainerId) -> PathBuf {
        self.data().join("containers").join(id.as_str())
    }

    /// Reads a container's specification.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; ENOENT.
    pub fn container_spec(&self, id: &ContainerId) -> Result<ContainerSpec, StoreError> {
        self.record(&self.container_dir(id).join("spec.json"))
    }

    /// What the checks of a container's health have found; none before the first.
    pub fn container_health(&self, id: &ContainerId) -> Option<HealthRecord> {
        self.record(&self.container_dir(id).join("health.json")).ok()
    }

    /// Reads a container's state.
    ///
    /// # Errors
    /// As [`Self::container_spec`].
    pub fn container_state(&self, id: &ContainerId) -> Result<ContainerState, StoreError> {
        self.record(&self.container_dir(id).join("state.json"))
    }

    pub(super) fn record<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<T, StoreError> {
        let bytes = file::read_regular(path, RECORD_LIMIT)?;
        serde_json::from_slice(&bytes)
            .map_err(|e| StoreError::Damaged { path: path.to_owned(), reason: e.to_string() })
    }

    /// Every container's id.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn container_ids(&self) -> Result<Vec<ContainerId>, StoreError> {
        let dir = self.data().join("containers");
        let mut ids: Vec<_> = names(&dir)?.iter().filter_map(|n| ContainerId::parse(n)).collect();
        ids.sort();
        Ok(ids)
    }

    /// The ids of those that use namespaces of others, and perhaps of a few more: each record is read, and none understood,
    /// which is the dear part where there are many.
    ///
    /// # Errors
    /// As [`Self::container_ids`].
    pub fn containers_that_join(&self) -> Result<Vec<ContainerId>, StoreError> {
        // As `NsMode::Container` is written; the `container` of an id map is a number.
        let mark = memchr::memmem::Finder::new(br#""container":""#);
        let mut ids = self.container_ids()?;
        ids.retain(|id| {
            let path = self.container_dir(id).join("spec.json");
            file::read_regular(&path, RECORD_LIMIT).is_ok_and(|text| mark.find(&text).is_some())
        });
        Ok(ids)
    }

    /// Finds a container by name, id or the beginning of its id.
    ///
    /// # Errors
    /// [`StoreError::NoSuchContainer`], [`StoreError::AmbiguousContainer`].
    pub fn find_container(&self, text: &str) -> Result<ContainerId, StoreError> {
        if let Some(id) = ContainerId::parse(text).filter(|id| self.container_dir(id).is_dir()) {
            return Ok(id);
        }
        if !text.contains('/')
            && let Some(id) = self.container_by_name(text).filter(|id| self.container_dir(id).is_dir())
        {
            return Ok(id);
        }
        let mut fitting = self.container_ids()?;
        fitting.retain(|id| !text.is_empty() && id.as_str().starts_with(text));
        match fitting.as_slice() {
            [] => Err(StoreError::NoSuchContainer(text.to_owned())),
            [_] => Ok(fitting.remove(0)),
            several => {
                Err(StoreError::AmbiguousContainer { text: text.to_owned(), found: self.labels(several)? })
            }
        }
    }

    /// How containers are told from each other: by enough of the id, and the name. The first few.
    fn labels(&self, ids: &[ContainerId]) -> Result<Vec<String>, StoreError> {
        const SHOWN: usize = 5;
        let names = self.container_names()?;
        let label = |id: &ContainerId| match names.get(id) {
            Some(name) => format!("{} ({name})", id.short()),
            None => id.short().to_owned(),
        };
        let more = ids.len().saturating_sub(SHOWN);
        let more = (more > 0).then(|| format!("and {more} more"));
        Ok(ids.iter().take(SHOWN).map(label).chain(more).collect())
    }

    /// Does somebody hold the container's lock?
    pub fn is_live(&self, id: &ContainerId) -> bool {
        File::open(self.live_path(id))
            .is_ok_and(|f| rustix::fs::flock(&f, FlockOperation::NonBlockingLockShared).is_err())
    }

    /// Containers whose monitor has died, each locked for the caller.
    ///
    /// # Errors
    /// As [`Self::lives`].
    pub fn dead_containers(&self) -> Result<Vec<DeadContainer>, StoreError> {
        Ok(self.lives()?.dead)
    }

    /// Looks at every life. Costs one directory read when there are none.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn lives(&self) -> Result<Lives, StoreError> {
        let mut lives = Lives::default();
        for id in names(&self.data().join("live"))?.iter().filter_map(|n| ContainerId::parse(n)) {
            let path = self.live_path(&id);
            let Ok(lock) = File::open(&path) else { continue };
            if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
                lives.held.push(id);
                continue;
            }
            // A lock on a file that was unlinked and made anew meanwhile says nothing of the new one's holder.
            if !is_at(&lock, &path) {
                lives.held.extend(Some(id).filter(|id| self.is_live(id)));
                continue;
            }
            let spec = self.container_spec(&id).ok();
            let state = self.container_state(&id).ok();
            let borrowed = self.is_borrowed(&id);
            let container = LiveContainer { dir: self.container_dir(&id), id, lock };
            lives.dead.push(DeadContainer { container, spec, state, borrowed });
        }
        lives.held.sort();
        Ok(lives)
    }

    /// Says that nobody keeps the container alive any more.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn end_life(&self, id: &ContainerId) -> Result<(), StoreError> {
        unlink(&self.live_path(id))
    }

    /// Takes a container out of the store: its directory, its name (every name of it when it has lost that one), its life.
    /// To be called where its files can be removed: as root of its user namespace.
    ///
    /// # Errors
    /// EACCES; the container can still be found then.
    pub fn remove_container(&self, id: &ContainerId, name: &str) -> Result<(), StoreError> {
        let containers = crate::sys::root::open_directory(&self.data().join("containers"))?;
        let directory =
            std::ffi::CString::new(id.as_str()).map_err(io::Error::from).attempt(|| "remove a container")?;
        crate::sys::remove::remove_tree(containers.as_fd(), &directory)?;
        if self.data().join("names").join(name).read_link().is_ok_and(|to| to.as_os_str() == id.as_str()) {
            self.release_name(name, id)?;
        } else {
            // It was renamed meanwhile, or a remover was killed in the middle.
            self.release_names(id, None)?;
        }
        self.end_life(id)
    }

    pub(super) fn live_path(&self, id: &ContainerId) -> PathBuf {
        self.data().join("live").join(id.as_str())
    }

    /// Makes the life's file already locked and with this word in it, so that nobody ever sees it otherwise.
    pub(super) fn lock_new(&self, id: &ContainerId, word: &[u8]) -> Result<File, StoreError> {
        let live = self.data().join("live");
        let what = || format!("lock container {} in {}", id.short(), live.display());
        let nameless = |dir: &Path| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .mode(0o600)
                .custom_flags(rustix::fs::OFlags::TMPFILE.bits().cast_signed())
                .open(dir)
        };
        let file = match nameless(&live) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                for name in ["live", "names", "containers"] {
                    let dir = self.data().join(name);
                    DirBuilder::new().recursive(true).mode(0o700).create(&dir).attempt(what)?;
                }
                nameless(&live)
            }
            other => other,
        };
        let path = self.live_path(id);
        match file {
            Ok(file) => {
                rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).attempt(what)?;
                io::Write::write_all(&mut &file, word).attempt(what)?;
                let proc = format!("/proc/self/fd/{}", file.as_raw_fd());
                rustix::fs::linkat(rustix::fs::CWD, proc, rustix::fs::CWD, &path, AtFlags::SYMLINK_FOLLOW)
                    .attempt(what)?;
                Ok(file)
            }
            // A file system without nameless files (NFS): made and locked in two steps; a sweeper in between takes it
            // for dead, and the flock here then fails.
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::EOPNOTSUPP as i32) => {
                let file = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .attempt(what)?;
                rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).attempt(what)?;
                io::Write::write_all(&mut &file, word).attempt(what)?;
                Ok(file)
            }
            Err(error) => Err(SysError::new(what(), error).into()),
        }
    }
}

/// Puts another specification in the place of a container's, whole.
///
/// # Errors
/// ENOSPC, EROFS.
pub(super) fn write_spec(dir: &Path, spec: &ContainerSpec) -> Result<(), SysError> {
    let json =
        serde_json::to_vec(spec).map_err(io::Error::from).attempt(|| "encode the container's record")?;
    file::write_atomic(&dir.join("spec.json"), &json, 0o600, true)
}

/// Writes what is known of a container's health, whole.
///
/// # Errors
/// ENOSPC, EROFS.
pub fn write_health(dir: &Path, health: &HealthRecord) -> Result<(), SysError> {
    let json =
        serde_json::to_vec(health).map_err(io::Error::from).attempt(|| "encode the container's health")?;
    file::write_atomic(&dir.join("health.json"), &json, 0o600, false)
}

/// Writes a container's state, whole.
///
/// # Errors
/// ENOSPC, EROFS.
pub fn write_state(dir: &Path, state: &ContainerState) -> Result<(), SysError> {
    let json =
        serde_json::to_vec(state).map_err(io::Error::from).attempt(|| "encode the container's state")?;
    file::write_atomic(&dir.join("state.json"), &json, 0o600, false)
}

/// Leaves word for the container's monitor, for when the container ends.
///
/// # Errors
/// ENOSPC, EROFS.
pub fn write_intent(dir: &Path, word: &str) -> Result<(), SysError> {
    file::write_atomic(&dir.join(INTENT), word.as_bytes(), 0o600, false)
}

/// Takes the word that was left, so that it counts once; empty when there is none.
pub fn take_intent(dir: &Path) -> String {
    let path = dir.join(INTENT);
    // One that cannot be read is none.
    let Ok(word) = file::read_text(&path, 64) else { return String::new() };
    // Should it stay, it is there for the next end, too, which is no worse.
    let _ = std::fs::remove_file(&path);
    word
}

fn fill(dir: &Path, spec: &ContainerSpec, root_mode: u32) -> Result<(), StoreError> {
    let make = |path: &Path, mode: u32| {
        DirBuilder::new().mode(0o700).create(path)?;
        if mode == 0o700 { Ok(()) } else { std::fs::set_permissions(path, PermissionsExt::from_mode(mode)) }
    };
    for (path, mode) in [(dir.to_owned(), 0o700), (dir.join("upper"), root_mode), (dir.join("work"), 0o700)] {
        make(&path, mode).attempt(|| format!("create directory {}", path.display()))?;
    }
    for mount in &spec.mounts {
        if let MountKind::Volume { name } = &mount.kind {
            let path = dir.join("volumes").join(name);
            let made = DirBuilder::new().recursive(true).mode(0o755).create(&path);
            made.attempt(|| format!("create directory {}", path.display()))?;
        }
    }
    let json =
        serde_json::to_vec(spec).map_err(io::Error::from).attempt(|| "encode the container's record")?;
    let path = dir.join("spec.json");
    Ok(std::fs::write(&path, json).attempt(|| format!("write {}", path.display()))?)
}

/// The names in a directory; none when it is not there.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, StoreError> {
    let what = || format!("read directory {}", dir.display());
    match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => Ok(other
            .attempt(what)?
            .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()
            .attempt(what)?),
    }
}

/// Unlinks; gone already is fine.
pub(super) fn unlink(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SysError::new(format!("remove {}", path.display()), error).into())
        }
        _ => Ok(()),
    }
}
