//! Cleaning up after monitors that were killed: done at the start of the next command that makes or lists containers.

use std::os::fd::AsFd;

use super::{Context, OpsError, cgroups, happened, run_as_owner};
use crate::model::{Action, ContainerState, Event, Status};
use crate::store::containers::write_state;
use crate::store::{DeadContainer, Store};
use crate::sys::{process, procfs};

/// What a container whose monitor was killed is recorded with: its first process was killed with it.
const KILLED: i32 = 137;

/// Ends what is left of containers without a monitor: those that were to be removed, or never ran, are removed, the
/// others are recorded as ended.
///
/// # Errors
/// The store cannot be read. What cannot be removed now is found again by the next command.
pub fn sweep(ctx: &Context, store: &Store) -> Result<(), OpsError> {
    sweep_these(ctx, store, store.dead_containers()?)
}

/// The same for those that were found already.
///
/// # Errors
/// As [`sweep`].
pub fn sweep_these(ctx: &Context, store: &Store, found: Vec<DeadContainer>) -> Result<(), OpsError> {
    let mut all = Ok(());
    if found.is_empty() {
        return all;
    }
    let boot = procfs::boot_id()?;
    for dead in found {
        let this_boot =
            dead.state.as_ref().is_none_or(|state| state.boot_id.is_empty() || state.boot_id == boot);
        if let Some(state) = dead.state.as_ref().filter(|_| this_boot) {
            kill_orphan(state);
            cgroups::clear(state);
        }
        let done = match (&dead.spec, &dead.state) {
            _ if dead.borrowed => store.end_life(&dead.container.id).map_err(Into::into),
            (Some(spec), Some(state)) if !spec.remove => record_end(store, &dead, state, this_boot),
            _ => remove(ctx, store, &dead),
        };
        // One that resists keeps the others from nothing.
        all = all.and(done);
    }
    all
}

/// The first process dies with its monitor, unless it executed a setuid program: it is known by pid and start time.
fn kill_orphan(state: &ContainerState) {
    if !matches!(state.status, Status::Running | Status::Initialized) || state.pid <= 0 {
        return;
    }
    // The pidfd is opened before the start time is compared, so that the signal meets the process that was compared.
    let Ok(pidfd) = process::pidfd_open(state.pid) else { return };
    if process::start_time(state.pid).is_ok_and(|start| start == state.pid_start) {
        // It may have ended in between.
        let _ = process::pidfd_signal(pidfd.as_fd(), 9);
    }
}

fn record_end(
    store: &Store,
    dead: &DeadContainer,
    state: &ContainerState,
    this_boot: bool,
) -> Result<(), OpsError> {
    let why =
        if this_boot { "the container's monitor was killed" } else { "the machine went down while it ran" };
    if state.status == Status::Initialized {
        // Nothing has come of it.
        let never =
            ContainerState { status: Status::Created, pid: 0, error: why.to_owned(), ..state.clone() };
        write_state(&dead.container.dir, &never)?;
    }
    if matches!(state.status, Status::Running | Status::Restarting) {
        let ended = ContainerState {
            status: Status::Exited,
            pid: 0,
            exit_code: KILLED,
            finished_ms: super::now_ms(),
            error: why.to_owned(),
            ..state.clone()
        };
        write_state(&dead.container.dir, &ended)?;
        died(store, dead, state);
    }
    Ok(store.end_life(&dead.container.id)?)
}

fn remove(ctx: &Context, store: &Store, dead: &DeadContainer) -> Result<(), OpsError> {
    let name = dead.spec.as_ref().map_or("", |s| s.name.as_str());
    let id = &dead.container.id;
    run_as_owner(ctx, || store.remove_container(id, name).map_err(|e| e.to_string()))?
        .map_err(|reason| OpsError::Sweep { id: id.short().to_owned(), reason })?;
    if let Some(spec) = &dead.spec {
        if let Some(state) = &dead.state {
            died(store, dead, state);
        }
        happened(store, Action::Remove, spec);
    }
    Ok(())
}

/// Its monitor was killed before it could say so.
fn died(store: &Store, dead: &DeadContainer, state: &ContainerState) {
    if let Some(spec) = dead.spec.as_ref().filter(|_| state.status == Status::Running) {
        let event = Event::container(jiff::Timestamp::now(), Action::Died, spec);
        store.record_event(&event.exit_code(KILLED));
    }
}
