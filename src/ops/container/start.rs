//! `start`, `restart` and `init`.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::seen::{self, Phase, SeenContainer};
use super::{Chosen, choose, failure, filter, pause};
use crate::model::Action;
use crate::model::container_request::{Grace, StartRequest, Which};
use crate::ops::run::start;
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, happened};
use crate::store::containers::write_intent;
use crate::store::{Life, Store, StoreError};
use crate::sys::watch::Watch;
use crate::sys::{process, procfs, wait};

/// How long a container may take from its end to running again.
const AGAIN: Duration = Duration::from_secs(60);

/// Starts containers. With an attachment there is one, and its code is the result.
pub(super) fn start(ctx: &Context, store: &Store, request: &StartRequest) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let filters = filter::parse_all(&request.filters, filter::LIST, store)?;
    let idle = |container: &SeenContainer| {
        matches!(container.phase, Phase::Created | Phase::Exited | Phase::Initialized)
            && filter::fit(&filters, container)
    };
    let mut chosen = choose(store, &request.which, idle, &mut done)?;
    if !request.which.all && !filters.is_empty() {
        chosen.retain(|chosen| filter::fit(&filters, &chosen.container));
    }
    if let Some(attach) = &request.attach {
        if let Some(failed) = done.failures.pop() {
            return Err(OpsError::BadRequest(failed.message));
        }
        let [chosen] = chosen.as_slice() else {
            return Err(OpsError::BadRequest(
                "you cannot start and attach multiple containers at once".to_owned(),
            ));
        };
        return start::start(ctx, store, &chosen.container, Some(attach));
    }
    for Chosen { shown, container } in chosen {
        match start::start(ctx, store, &container, None) {
            Ok(_) => done.done.push(shown),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

/// Prepares containers; with `-a` those that can be.
pub(super) fn init(ctx: &Context, store: &Store, which: &Which) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let idle = |container: &SeenContainer| matches!(container.phase, Phase::Created | Phase::Exited);
    for Chosen { shown, container } in choose(store, which, idle, &mut done)? {
        match start::init(ctx, store, &container) {
            Ok(_) => done.done.push(shown),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

/// Restarts containers: one that runs is stopped and started by its own monitor, so that what is attached stays; another
/// is started. All are asked to stop before any is waited for.
pub(super) fn restart(
    ctx: &Context,
    store: &Store,
    which: &Which,
    grace: Option<Grace>,
    only_running: bool,
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let fit = |container: &SeenContainer| !only_running || container.phase == Phase::Running;
    let mut chosen = choose(store, which, fit, &mut done)?;
    chosen.retain(|chosen| fit(&chosen.container));
    let asked: Vec<_> = chosen
        .into_iter()
        .map(|chosen| {
            let asked = ask_again(store, &chosen.container, grace);
            (chosen, asked)
        })
        .collect();
    for (Chosen { shown, container }, asked) in asked {
        let again = asked.and_then(|asked| match asked {
            Some(asked) => asked.wait(store, &container),
            None => start::start(ctx, store, &seen::one(store, &container.id)?, None).map(drop),
        });
        match again {
            Ok(()) => {
                if let Some(spec) = &container.spec {
                    happened(store, Action::Restart, spec);
                }
                done.done.push(shown);
            }
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

/// A container that is to end and start again.
struct Again {
    watch: Watch,
    life: Option<Life>,
    kill_at: Option<Instant>,
    pidfd: std::os::fd::OwnedFd,
}

/// Asks a container that runs to stop, its monitor to start it then; none when it does not run.
fn ask_again(
    store: &Store,
    container: &SeenContainer,
    grace: Option<Grace>,
) -> Result<Option<Again>, OpsError> {
    if !container.phase.runs() {
        return Ok(None);
    }
    let Ok(pidfd) = process::pidfd_open(container.state.pid) else { return Ok(None) };
    if !seen::alive(&container.state) {
        return Ok(None);
    }
    let dir = store.container_dir(&container.id);
    let watch = Watch::new(&dir)?;
    let life = store.life(&container.id)?;
    write_intent(&dir, "restart")?;
    let (signal, own) =
        container.spec.as_ref().map_or((15, 10), |spec| (spec.stop_signal, spec.stop_timeout));
    let grace = grace.unwrap_or_default();
    let deaf =
        container.leads_pid_namespace() && procfs::hears(container.state.pid, signal).is_ok_and(|h| !h);
    let kill_at = match grace {
        // It would never see the signal.
        Grace::Own | Grace::Seconds(_) if deaf => Some(Instant::now()),
        Grace::Own => Instant::now().checked_add(Duration::from_secs(own.into())),
        Grace::Seconds(seconds) => Instant::now().checked_add(Duration::from_secs(seconds.into())),
        Grace::Forever => None,
    };
    // One that has ended this moment is started again all the same.
    let _ = process::pidfd_signal(pidfd.as_fd(), signal);
    if container.phase == Phase::Paused {
        // What is stopped hears of it when it goes on.
        pause::go_on(store, container.clone())?;
    }
    Ok(Some(Again { watch, life, kill_at, pidfd }))
}

impl Again {
    /// Waits for its end, then for its next start.
    fn wait(self, store: &Store, before: &SeenContainer) -> Result<(), OpsError> {
        let left = self.kill_at.map(|at| at.saturating_duration_since(Instant::now()));
        if !wait::readable(self.pidfd.as_fd(), left)? {
            // It may have ended this moment.
            let _ = process::pidfd_signal(self.pidfd.as_fd(), 9);
        }
        let deadline = Instant::now() + AGAIN;
        loop {
            let now = match seen::one(store, &before.id) {
                // With --rm: it has run again, ended and gone, or its monitor was killed and left no code.
                Err(StoreError::NoSuchContainer(_)) => {
                    let ended = self.life.as_ref().and_then(Life::code).is_some();
                    let lost = || OpsError::MonitorLost { name: before.name.clone() };
                    return if ended { Ok(()) } else { Err(lost()) };
                }
                other => other?,
            };
            match now.phase {
                // It may have ended again by now. A record that is just being removed tells of no start.
                _ if ![0, before.state.started_ms].contains(&now.state.started_ms) => return Ok(()),
                Phase::Exited => {
                    let why = if now.state.error.is_empty() { "it has ended" } else { &now.state.error };
                    return Err(OpsError::BadRequest(format!("cannot restart {}: {why}", before.name)));
                }
                _ => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let text = format!("cannot restart {}: it does not come to run", before.name);
                return Err(OpsError::BadRequest(text));
            }
            self.watch.next(left)?;
        }
    }
}
