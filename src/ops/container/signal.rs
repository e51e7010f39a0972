//! `kill` and `stop`: by pidfd, and never to a process that only has the pid of one that was the container's.
//!
//! With the first process of a pid namespace go all others. Where a container has no pid namespace of its own, they are found
//! before the first process is signalled, and killed after it has ended.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::seen::{self, Phase, SeenContainer};
use super::{Chosen, choose, failure, pause, processes};
use crate::model::container_request::{Grace, Which};
use crate::model::spec::DEFAULT_STOP_TIMEOUT;
use crate::model::{Action, ContainerState, Event, RestartPolicy};
use crate::ops::{DoneToContainers, OpsError, Outcome, happened};
use crate::spec::signal;
use crate::store::containers::write_intent;
use crate::store::{Store, StoreError};
use crate::sys::members::Members;
use crate::sys::watch::Watch;
use crate::sys::{process, procfs, wait};

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
/// How long a container may take from being made to running.
const START: Duration = Duration::from_secs(30);
/// How long a monitor may take after its container: it hands on what was written, at the reader's pace.
const END: Duration = Duration::from_secs(3);
/// How long processes that were killed may take to end.
const KILL: Duration = Duration::from_secs(10);

/// What is to become of a container that is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It stays, and is not started again by itself.
    Stop,
    /// It is removed then.
    Remove,
}

/// The processes of a container that lives.
pub(super) struct Held {
    /// The first process; none when it has ended.
    init: Option<OwnedFd>,
    monitor: Option<OwnedFd>,
    /// The others, where they do not end with the first one.
    members: Option<Members>,
}

impl Held {
    /// Whoever of them is still there.
    pub(super) fn of(store: &Store, container: &SeenContainer) -> Result<Self, OpsError> {
        let ContainerState { pid, pid_start, monitor, monitor_start, .. } = container.state;
        let members = if container.leads_pid_namespace() { None } else { processes::of(store, container)? };
        // Opened first and compared then: what is held is what was compared.
        let hold = |pid: i32, start: u64| {
            let process = process::pidfd_open(pid).ok()?;
            process::start_time(pid).is_ok_and(|now| now == start).then_some(process)
        };
        Ok(Self { init: hold(pid, pid_start), monitor: hold(monitor, monitor_start), members })
    }

    /// False: there is nobody to signal.
    fn signal(&self, number: i32) -> bool {
        // It may have ended in between, which is what a signal is for, mostly.
        self.init.as_ref().is_some_and(|init| process::pidfd_signal(init.as_fd(), number).is_ok())
    }

    /// Waits for the end of the first process; false when it does not come in time.
    fn ended(&self, at_most: Option<Duration>) -> Result<bool, OpsError> {
        match &self.init {
            Some(init) => Ok(wait::readable(init.as_fd(), at_most)?),
            None => Ok(true),
        }
    }

    /// Waits for the end of a first process that was killed. That of a pid namespace ends only after all others in it were
    /// waited for (pid_namespaces(7)), also those of a parent outside that does not.
    fn dies(&self, chosen: &Chosen) -> Result<(), OpsError> {
        if self.ended(Some(KILL))? {
            return Ok(());
        }
        let pids = chosen.container.state.pid.to_string();
        Err(OpsError::Undying { container: chosen.shown.clone(), pids })
    }

    /// Ends what has not ended with the first process; its monitor does the same, should it live.
    fn end_others(&self, shown: &str) -> Result<(), OpsError> {
        let Some(members) = &self.members else { return Ok(()) };
        let left = members.kill(KILL)?;
        if left.is_empty() {
            return Ok(());
        }
        let pids: Vec<_> = left.iter().map(|member| member.pid.to_string()).collect();
        Err(OpsError::Undying { container: shown.to_owned(), pids: pids.join(", ") })
    }

    /// Wakes a monitor that waits until it starts its container again.
    fn wake_monitor(&self) {
        if let Some(monitor) = self.monitor.as_ref().filter(|_| self.init.is_none()) {
            // One that has ended needs no waking.
            let _ = process::pidfd_signal(monitor.as_fd(), SIGTERM);
        }
    }

    /// Waits until the monitor has recorded the end; false when it does not come to it.
    pub(super) fn settle(&self) -> Result<bool, OpsError> {
        match &self.monitor {
            Some(monitor) => Ok(wait::readable(monitor.as_fd(), Some(END))?),
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
    purpose: Purpose,
    notices: &mut Vec<String>,
) -> Result<Ending, OpsError> {
    let Chosen { shown, container } = chosen;
    let container = started(store, container)?;
    let held = if container.phase.lives() { Some(Held::of(store, &container)?) } else { None };
    let own = || container.spec.as_ref().map_or(DEFAULT_STOP_TIMEOUT, |spec| spec.stop_timeout);
    let deadline = match grace {
        Grace::Own => Instant::now().checked_add(Duration::from_secs(own().into())),
        Grace::Seconds(seconds) => Instant::now().checked_add(Duration::from_secs(seconds.into())),
        Grace::Forever => None,
    };
    if let Some(held) = &held {
        stays_stopped(store, &container)?;
        held.wake_monitor();
    }
    if let Some(held) = held.as_ref().filter(|held| held.init.is_some()) {
        let paused = container.phase == Phase::Paused;
        let number = container.spec.as_ref().map_or(SIGTERM, |spec| spec.stop_signal);
        let deaf =
            container.leads_pid_namespace() && procfs::hears(container.state.pid, number).is_ok_and(|h| !h);
        // What waits to become the program hears nothing else.
        if container.phase == Phase::Initialized || (paused && purpose == Purpose::Remove) {
            held.signal(SIGKILL);
        } else if deaf && grace != Grace::Forever && number != SIGKILL {
            let name = signal::name(number);
            notices.push(format!(
                "{shown} does not handle {name}, which its first process never sees then: killed at once"
            ));
            held.signal(SIGKILL);
        } else {
            held.signal(number);
            if paused {
                // What is stopped hears of it when it goes on.
                pause::go_on(store, container.clone())?;
            }
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
        held.dies(&chosen)?;
    }
    held.end_others(&chosen.shown)?;
    if !held.settle()? {
        if let Some(monitor) = held.monitor.as_ref().filter(|_| insist) {
            let _ = process::pidfd_signal(monitor.as_fd(), SIGKILL);
            wait::readable(monitor.as_fd(), None)?;
        } else {
            notices.push(format!("{} has ended, and waits for its output to be read", chosen.shown));
        }
    }
    Ok(chosen)
}

/// Leaves word that it is not to be started again by itself.
fn stays_stopped(store: &Store, container: &SeenContainer) -> Result<(), OpsError> {
    match write_intent(&store.container_dir(&container.id), "stop") {
        Err(error) if container.spec.as_ref().is_some_and(|spec| spec.restart != RestartPolicy::No) => {
            Err(error.into())
        }
        // It ends anyhow, or is gone.
        _ => Ok(()),
    }
}

/// A container that is only being started has nothing to signal yet: waits until it runs, or is gone.
pub(in crate::ops) fn started(
    store: &Store,
    mut container: SeenContainer,
) -> Result<SeenContainer, OpsError> {
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
    // Not those that are paused (podman).
    let fit = |container: &SeenContainer| container.phase.lives() && container.phase != Phase::Paused;
    for chosen in choose(store, which, fit, &mut done)? {
        match ask(store, chosen, grace, Purpose::Stop, &mut done.notices) {
            Ok(ending) => asked.push(ending),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    for ending in asked {
        let lived = ending.held.is_some();
        match end(ending, false, &mut done.notices) {
            Ok(chosen) => {
                if let Some(spec) = chosen.container.spec.as_ref().filter(|_| lived) {
                    happened(store, Action::Stop, spec);
                }
                done.done.push(chosen.shown);
            }
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

/// Sends a signal to the first process of each.
pub(super) fn kill(store: &Store, which: &Which, number: i32) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut killed = Vec::new();
    for Chosen { shown, container } in choose(store, which, |container| container.phase.runs(), &mut done)? {
        let container = started(store, container)?;
        let held = Held::of(store, &container)?;
        if [Some(SIGKILL), container.spec.as_ref().map(|spec| spec.stop_signal)].contains(&Some(number)) {
            stays_stopped(store, &container)?;
        }
        if container.phase.runs() && held.signal(number) {
            if let Some(spec) = &container.spec {
                let event = Event::container(jiff::Timestamp::now(), Action::Kill, spec);
                store.record_event(&event.attribute("signal", number.to_string()));
            }
            done.done.push(shown.clone());
            killed.push((held, Chosen { shown, container }));
            continue;
        }
        let id = container.id.to_string();
        let status = if container.phase.runs() { Phase::Exited } else { container.phase };
        done.failures.push(failure(store, OpsError::NotKillable { id, status: status.word() }));
    }
    // Nothing survives this one: who looks afterwards sees that.
    if number == SIGKILL {
        for (held, chosen) in killed {
            let ended = held.dies(&chosen).and_then(|()| held.end_others(&chosen.shown));
            match ended {
                Ok(()) => drop(held.settle()?),
                Err(error) => done.failures.push(failure(store, error)),
            }
        }
    }
    Ok(Outcome::DoneToContainers(done))
}
