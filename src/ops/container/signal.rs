//! `kill`, `stop` and `wait`: by pidfd, and never to a process that only has the pid of one that was the container's.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::seen::{self, Phase, SeenContainer};
use super::{Chosen, choose, failure};
use crate::model::container_request::{Grace, Which};
use crate::model::{ContainerId, ContainerState};
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, sweep};
use crate::spec::signal;
use crate::store::{Store, StoreError};
use crate::sys::watch::Watch;
use crate::sys::{process, procfs};

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
/// How long a container may take from being made to running.
const START: Duration = Duration::from_secs(30);
/// How long a monitor may take after its container: it hands on what was written, at the reader's pace.
const END: Duration = Duration::from_secs(3);
/// What a container ended with whose monitor was killed.
const KILLED: i32 = 137;

/// The processes of a container that lives.
pub(super) struct Held {
    /// The first process; none when it has ended.
    init: Option<OwnedFd>,
    monitor: Option<OwnedFd>,
}

impl Held {
    fn of(state: &ContainerState) -> Self {
        // Opened first and compared then: what is held is what was compared.
        let hold = |pid: i32, start: u64| {
            let process = process::pidfd_open(pid).ok()?;
            process::start_time(pid).is_ok_and(|now| now == start).then_some(process)
        };
        Self { init: hold(state.pid, state.pid_start), monitor: hold(state.monitor, state.monitor_start) }
    }

    /// False: there is nobody to signal.
    fn signal(&self, number: i32) -> bool {
        // It may have ended in between, which is what a signal is for, mostly.
        self.init.as_ref().is_some_and(|init| process::pidfd_signal(init.as_fd(), number).is_ok())
    }

    /// Waits for the end of the first process; false when it does not come in time.
    fn ended(&self, at_most: Option<Duration>) -> Result<bool, OpsError> {
        match &self.init {
            Some(init) => Ok(process::wait_readable(init.as_fd(), at_most)?),
            None => Ok(true),
        }
    }

    /// Waits until the monitor has recorded the end; false when it does not come to it.
    fn settle(&self) -> Result<bool, OpsError> {
        match &self.monitor {
            Some(monitor) => Ok(process::wait_readable(monitor.as_fd(), Some(END))?),
            None => Ok(true),
        }
    }
}

/// A container on its way to its end.
pub(super) struct Ending {
    chosen: Chosen,
    held: Option<Held>,
    deadline: Option<Instant>,
}

/// Asks a container to stop. What is not running already has.
pub(super) fn ask(
    store: &Store,
    chosen: Chosen,
    grace: Grace,
    notices: &mut Vec<String>,
) -> Result<Ending, OpsError> {
    let Chosen { shown, container } = chosen;
    let container = started(store, container)?;
    let held = container.phase.lives().then(|| Held::of(&container.state));
    let deadline = match grace {
        Grace::Seconds(seconds) => Instant::now().checked_add(Duration::from_secs(seconds.into())),
        Grace::Forever => None,
    };
    if let Some(held) = held.as_ref().filter(|held| held.init.is_some()) {
        let number = container.spec.as_ref().map_or(SIGTERM, |spec| spec.stop_signal);
        let deaf =
            container.leads_pid_namespace() && procfs::hears(container.state.pid, number).is_ok_and(|h| !h);
        if deaf && grace != Grace::Forever && number != SIGKILL {
            let name = signal::name(number);
            notices.push(format!(
                "{shown} does not handle {name}, which its first process never sees then: killed at once"
            ));
            held.signal(SIGKILL);
        } else {
            held.signal(number);
        }
    }
    Ok(Ending { chosen: Chosen { shown, container }, held, deadline })
}

/// Waits for the end of a container that was asked to stop, and kills it when it takes too long. `insist` also ends a
/// monitor that does not come to its end.
pub(super) fn end(ending: Ending, insist: bool, notices: &mut Vec<String>) -> Result<Chosen, OpsError> {
    let Ending { chosen, held, deadline } = ending;
    let Some(held) = held else { return Ok(chosen) };
    let asked = Instant::now();
    let left = deadline.map(|deadline| deadline.saturating_duration_since(asked));
    if !held.ended(left)? {
        let signal = signal::name(chosen.container.spec.as_ref().map_or(SIGTERM, |spec| spec.stop_signal));
        notices.push(format!("{signal} failed to stop {} in time, resorting to SIGKILL", chosen.shown));
        held.signal(SIGKILL);
        held.ended(None)?;
    }
    if !held.settle()? {
        if let Some(monitor) = held.monitor.as_ref().filter(|_| insist) {
            let _ = process::pidfd_signal(monitor.as_fd(), SIGKILL);
            process::wait_readable(monitor.as_fd(), None)?;
        } else {
            notices.push(format!("{} has ended, and waits for its output to be read", chosen.shown));
        }
    }
    Ok(chosen)
}

/// A container that is only being started has nothing to signal yet: waits until it runs, or is gone.
fn started(store: &Store, mut container: SeenContainer) -> Result<SeenContainer, OpsError> {
    if container.phase != Phase::Starting {
        return Ok(container);
    }
    let watch = match Watch::new(&store.container_dir(&container.id)) {
        Err(error) if error.errno() == Errno::ENOENT as i32 => {
            return Err(StoreError::NoSuchContainer(container.id.to_string()).into());
        }
        other => other?,
    };
    let deadline = Instant::now() + START;
    loop {
        container = seen::one(store, &container.id)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if container.phase != Phase::Starting || left.is_zero() {
            return Ok(container);
        }
        watch.next(left)?;
    }
}

/// Asks all of them at once, then waits for each.
pub(super) fn stop(store: &Store, which: &Which, grace: Grace) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut asked = Vec::new();
    for chosen in choose(store, which, |container| container.phase.lives(), &mut done)? {
        match ask(store, chosen, grace, &mut done.notices) {
            Ok(ending) => asked.push(ending),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    for ending in asked {
        let chosen = end(ending, false, &mut done.notices)?;
        done.done.push(chosen.shown);
    }
    Ok(Outcome::DoneToContainers(done))
}

/// Sends a signal to the first process of each.
pub(super) fn kill(store: &Store, which: &Which, number: i32) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut killed = Vec::new();
    for Chosen { shown, container } in
        choose(store, which, |container| container.phase == Phase::Running, &mut done)?
    {
        let container = started(store, container)?;
        let held = Held::of(&container.state);
        if container.phase == Phase::Running && held.signal(number) {
            killed.push(held);
            done.done.push(shown);
            continue;
        }
        let id = container.id.to_string();
        let status = if container.phase == Phase::Running { Phase::Exited } else { container.phase };
        done.failures.push(failure(store, OpsError::NotKillable { id, status: status.word() }));
    }
    // Nothing survives this one: who looks afterwards sees that.
    if number == SIGKILL {
        killed.iter().try_for_each(|held| held.settle().map(drop))?;
    }
    Ok(Outcome::DoneToContainers(done))
}

/// Waits for each, and tells its exit code.
pub(super) fn wait(ctx: &Context, store: &Store, which: &Which) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    for Chosen { container, .. } in choose(store, which, |_| true, &mut done)? {
        if container.phase == Phase::Created {
            let id = container.id.to_string();
            done.failures.push(failure(store, OpsError::NotRunning { id }));
            continue;
        }
        let code = if container.phase.lives() { store.wait_container(&container.id)? } else { None };
        let code = match code {
            Some(code) => code,
            None => recorded_code(ctx, store, &container.id)?,
        };
        done.done.push(code.to_string());
    }
    Ok(Outcome::DoneToContainers(done))
}

/// The code of a container that had ended before, or whose monitor was killed.
fn recorded_code(ctx: &Context, store: &Store, id: &ContainerId) -> Result<i32, OpsError> {
    sweep::sweep(ctx, store)?;
    match seen::one(store, id) {
        Ok(container) => Ok(container.state.exit_code),
        // It was to be removed at its end (`--rm`).
        Err(StoreError::NoSuchContainer(_)) => Ok(KILLED),
        Err(error) => Err(error.into()),
    }
}
