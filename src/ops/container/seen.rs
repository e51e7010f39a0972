//! A container as it is now: its records, and the truth of its locks and its first process beside them.

use super::pause;
use crate::model::container_id::ContainerId;
use crate::model::spec::NsMode;
use crate::model::{ContainerSpec, ContainerState, HealthRecord, Status};
use crate::ops::cgroups;
use crate::store::{Store, StoreError};
use crate::sys::process;

/// What becomes of a container whose monitor was killed: its first process is killed with it.
const KILLED: i32 = 137;

/// Where a container is in its life, in podman's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Made, not started.
    Created,
    /// Made, and about to run.
    Starting,
    /// Its first process lives, and waits for the word to become the program.
    Initialized,
    /// Its first process lives.
    Running,
    /// All its processes are stopped, until they may go on.
    Paused,
    /// Its first process has ended, its monitor has not.
    Stopping,
    /// It has ended, and its monitor is about to start it again.
    Restarting,
    /// It has ended.
    Exited,
    /// Its record cannot be read.
    Unknown,
}

impl Phase {
    /// As `ps` and `inspect` have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Starting | Self::Initialized => "initialized",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Unknown => "unknown",
        }
    }

    /// Does a monitor look after it?
    pub fn lives(self) -> bool {
        !matches!(self, Self::Created | Self::Exited | Self::Unknown)
    }

    /// Does its program run?
    pub fn runs(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// From the lock and the record; `alive` looks at the recorded first process.
    fn of(live: bool, state: Option<&ContainerState>, alive: impl Fn(&ContainerState) -> bool) -> Self {
        match (state.map(|state| (state.status, state)), live) {
            (None | Some((Status::Created, _)), true) => Self::Starting,
            // Its monitor was killed, and nothing has come of it.
            (None | Some((Status::Created | Status::Initialized, _)), false) => Self::Created,
            (Some((Status::Initialized, state)), true) if alive(state) => Self::Initialized,
            (Some((Status::Running, state)), true) if alive(state) => Self::Running,
            (Some((Status::Running | Status::Initialized, _)), true) => Self::Stopping,
            (Some((Status::Restarting, _)), true) => Self::Restarting,
            (Some(_), _) => Self::Exited,
        }
    }
}

/// A container and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenContainer {
    /// Its identity.
    pub id: ContainerId,
    /// Its name; empty when it has lost it.
    pub name: String,
    /// When it was made: milliseconds since the epoch.
    pub created_ms: i64,
    /// How it is.
    pub phase: Phase,
    /// What was decided; none when the record is gone or damaged.
    pub spec: Option<ContainerSpec>,
    /// What has become of it.
    pub state: ContainerState,
    /// What the checks of its health have found; none when there are no checks.
    pub health: Option<HealthRecord>,
}

impl SeenContainer {
    /// Is its first process the first of a pid namespace?
    pub fn leads_pid_namespace(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.namespaces.pid == NsMode::Private)
    }
}

/// Is the recorded first process still the one with that pid?
pub fn alive(state: &ContainerState) -> bool {
    process::start_time(state.pid).is_ok_and(|start| start == state.pid_start)
}

/// Has `pause` recorded it, and does the kernel say so? A first process that somebody else has let go on, or that is
/// another one by now, runs.
fn paused(store: &Store, id: &ContainerId, state: &ContainerState) -> bool {
    let Some(record) = store.pause_record(id).filter(|record| record.complete && record.is_of(state)) else {
        return false;
    };
    if let Some(group) = cgroups::of(state) {
        return group.is_frozen();
    }
    record.first.open().is_some_and(|first| pause::is_stopped(&first))
}

/// Looks at one container.
///
/// # Errors
/// [`StoreError::NoSuchContainer`].
pub fn one(store: &Store, id: &ContainerId) -> Result<SeenContainer, StoreError> {
    look(store, id, store.is_live(id)).ok_or_else(|| StoreError::NoSuchContainer(id.to_string()))
}

/// Looks at every container, the oldest first.
///
/// # Errors
/// Those of reading the store's directories.
pub fn all(store: &Store) -> Result<Vec<SeenContainer>, StoreError> {
    let ids = store.container_ids()?;
    Ok(sorted(ids.iter().filter_map(|id| look(store, id, store.is_live(id))).collect()))
}

/// The same of those only that use namespaces of others, and perhaps of a few more.
///
/// # Errors
/// As [`all`].
pub fn joining(store: &Store) -> Result<Vec<SeenContainer>, StoreError> {
    let ids = store.containers_that_join()?;
    Ok(sorted(ids.iter().filter_map(|id| look(store, id, store.is_live(id))).collect()))
}

/// The same with what a look at all lives has just told; without `ended` only those that live.
///
/// # Errors
/// As [`all`].
pub fn among(store: &Store, held: &[ContainerId], ended: bool) -> Result<Vec<SeenContainer>, StoreError> {
    if !ended {
        return Ok(sorted(held.iter().filter_map(|id| look(store, id, true)).collect()));
    }
    let ids = store.container_ids()?;
    Ok(sorted(ids.iter().filter_map(|id| look(store, id, held.binary_search(id).is_ok())).collect()))
}

fn sorted(mut containers: Vec<SeenContainer>) -> Vec<SeenContainer> {
    containers.sort_by_key(|container| container.created_ms);
    containers
}

/// None: it is gone by now, or only being made. `live` is from before the call: what the lock said when the record is
/// read later can only have ended meanwhile, or begun; of the latter the record tells.
fn look(store: &Store, id: &ContainerId, mut live: bool) -> Option<SeenContainer> {
    let mut spec = store.container_spec(id).ok();
    let mut state = store.container_state(id).ok();
    let says_so = |state: &ContainerState| !matches!(state.status, Status::Created | Status::Exited);
    if !live && (spec.is_none() || state.as_ref().is_some_and(says_so)) {
        live = store.is_live(id);
        spec = spec.or_else(|| store.container_spec(id).ok());
        state = store.container_state(id).ok();
    }
    // A command that has borrowed it for its own time is no life; whose state tells of one needs no second look.
    if live && !state.as_ref().is_some_and(says_so) {
        live = !store.is_borrowed(id);
    }
    // Looked at last: between two reads it may have gone.
    if (spec.is_none() && live) || ((spec.is_none() || state.is_none()) && !store.container_dir(id).is_dir())
    {
        return None;
    }
    let phase = match &spec {
        Some(_) => Phase::of(live, state.as_ref(), alive),
        None => Phase::Unknown,
    };
    let stopped = phase == Phase::Running && state.as_ref().is_some_and(|state| paused(store, id, state));
    let phase = if stopped { Phase::Paused } else { phase };
    if let Some(state) =
        state.as_mut().filter(|state| phase == Phase::Exited && state.status == Status::Running)
    {
        // A dead monitor's that nobody has swept yet.
        (state.pid, state.exit_code) = (0, KILLED);
    }
    let (made, name) = match &spec {
        Some(spec) => (spec.created_ms, spec.name.clone()),
        None => (made_about(&store.container_dir(id)), name_of(store, id)),
    };
    let checked = spec.as_ref().is_some_and(|spec| spec.health.is_some());
    Some(SeenContainer {
        id: id.clone(),
        name,
        created_ms: made,
        phase,
        spec,
        state: state.unwrap_or_default(),
        health: checked.then(|| store.container_health(id).unwrap_or_default()),
    })
}

/// The name of a container whose record is gone.
fn name_of(store: &Store, id: &ContainerId) -> String {
    store.container_names().ok().and_then(|mut names| names.remove(id)).unwrap_or_default()
}

/// When a directory was last changed: the nearest there is to when it was made.
fn made_about(dir: &std::path::Path) -> i64 {
    let changed = dir.metadata().and_then(|metadata| metadata.modified()).ok();
    let since = changed.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_decides_over_the_record() {
        let state = |status| ContainerState { status, ..ContainerState::default() };
        let (running, exited) = (state(Status::Running), state(Status::Exited));
        let waiting = state(Status::Restarting);
        let ready = state(Status::Initialized);
        for (live, state, alive, want) in [
            (true, None, false, Phase::Starting),
            (false, None, false, Phase::Created),
            (true, Some(&running), true, Phase::Running),
            (true, Some(&running), false, Phase::Stopping),
            // The pid may be somebody else's by now: without the lock nothing of it counts.
            (false, Some(&running), true, Phase::Exited),
            (false, Some(&exited), false, Phase::Exited),
            (true, Some(&exited), false, Phase::Exited),
            (true, Some(&ready), true, Phase::Initialized),
            (true, Some(&ready), false, Phase::Stopping),
            (false, Some(&ready), true, Phase::Created),
            (true, Some(&waiting), false, Phase::Restarting),
            (false, Some(&waiting), false, Phase::Exited),
        ] {
            assert_eq!(Phase::of(live, state, |_| alive), want, "{live} {state:?} {alive}");
        }
    }
}
