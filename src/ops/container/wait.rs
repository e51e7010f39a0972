//! `wait`: for the end of a container, or until something else is true of it. Nothing is asked again and again: the
//! container's directory, the directory of lives and the end of its processes tell when to look.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;

use super::seen::{self, Phase, SeenContainer};
use super::{Chosen, choose, failure};
use crate::model::container_request::{Condition, Which};
use crate::model::{ContainerId, ContainerState, HealthStatus};
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, sweep};
use crate::store::{Life, Store, StoreError};
use crate::sys::process_dir::ProcessDir;
use crate::sys::watch::Watch;
use crate::sys::{SysError, process};

/// What a container ended with whose monitor was killed.
const KILLED: i32 = 137;
/// What is printed for a condition that is not the end, and for what is not there with --ignore (podman).
const NO_CODE: i32 = -1;

/// Waits for each, one after the other, and tells its exit code.
pub(super) fn wait(
    ctx: &Context,
    store: &Store,
    which: &Which,
    conditions: &[Condition],
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let conditions = if conditions.is_empty() { &[Condition::Exited] } else { conditions };
    let each = which.names.iter().map(|name| Which { names: vec![name.clone()], ..which.clone() });
    let each: Vec<_> = if which.names.is_empty() { vec![which.clone()] } else { each.collect() };
    for which in each {
        let failed = done.failures.len();
        let chosen = choose(store, &which, |_| true, &mut done)?;
        if chosen.is_empty() && done.failures.len() == failed {
            done.done.push(NO_CODE.to_string());
        }
        for Chosen { container, .. } in chosen {
            let wait = Wait { ctx, store, conditions, id: container.id.clone() };
            match wait.run(&container) {
                Ok(code) => done.done.push(code.to_string()),
                Err(error) => done.failures.push(failure(store, error)),
            }
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

struct Wait<'a> {
    ctx: &'a Context,
    store: &'a Store,
    conditions: &'a [Condition],
    id: ContainerId,
}

impl Wait<'_> {
    fn run(&self, begin: &SeenContainer) -> Result<i32, OpsError> {
        self.check_health_conditions(begin)?;
        let watch = match self.watch() {
            Err(error) if error.errno() == Errno::ENOENT as i32 => return self.gone(None),
            other => other?,
        };
        let mut life = self.store.life(&self.id)?;
        let only_end = self.conditions == [Condition::Exited];
        if only_end && begin.phase == Phase::Created {
            return Err(OpsError::NotRunning { id: self.id.to_string() });
        }
        loop {
            let now = match seen::one(self.store, &self.id) {
                Err(StoreError::NoSuchContainer(_)) => return self.gone(life.as_ref()),
                other => other?,
            };
            // Of one that is being removed some files are gone already: its directory tells when all are.
            let half_gone = begin.state.started_ms != 0 && now.state.started_ms == 0;
            let code = if half_gone { None } else { self.holds(&begin.state, &now, life.as_ref())? };
            if let Some(code) = code {
                return Ok(code);
            }
            life = self.store.life(&self.id)?.or(life);
            let hold = |pid, start| held(pid, start);
            let state = &now.state;
            let processes = [hold(state.monitor, state.monitor_start), hold(state.pid, state.pid_start)];
            let processes: Vec<_> = processes.iter().flatten().map(AsFd::as_fd).collect();
            // The first process ends before its monitor records that, which is the next event.
            let processes =
                if now.phase.runs() { &processes[..] } else { &processes[..processes.len().min(1)] };
            watch.next_or_end(processes)?;
        }
    }

    fn watch(&self) -> Result<Watch, SysError> {
        let watch = Watch::new(&self.store.container_dir(&self.id))?;
        watch.also_made_and_removed(&self.store.lives_dir())?;
        watch.also_made_and_removed(&self.store.container_dir(&self.id))?;
        Ok(watch)
    }

    fn check_health_conditions(&self, container: &SeenContainer) -> Result<(), OpsError> {
        let asked = self.conditions.iter().find(|c| matches!(c, Condition::Healthy | Condition::Unhealthy));
        let checked = container.spec.as_ref().is_some_and(|spec| spec.health.is_some());
        match asked.filter(|_| !checked) {
            Some(condition) => {
                Err(OpsError::NoHealthToWaitFor { condition: condition.word(), id: self.id.to_string() })
            }
            None => Ok(()),
        }
    }

    /// The code to tell when one of the conditions holds.
    fn holds(
        &self,
        begin: &ContainerState,
        now: &SeenContainer,
        life: Option<&Life>,
    ) -> Result<Option<i32>, OpsError> {
        for condition in self.conditions {
            if let Some(code) = self.ended(*condition, begin, now, life)? {
                return Ok(Some(code));
            }
            if fits(*condition, now.phase) || self.health_is(*condition) {
                return Ok(Some(NO_CODE));
            }
        }
        let health = |condition: &Condition| matches!(condition, Condition::Healthy | Condition::Unhealthy);
        if self.conditions.iter().all(health) && now.phase == Phase::Exited {
            return Err(OpsError::Ended { id: self.id.to_string() });
        }
        Ok(None)
    }

    /// The exit code of a container that has ended since `begin`, also when it runs again by now.
    fn ended(
        &self,
        condition: Condition,
        begin: &ContainerState,
        now: &SeenContainer,
        life: Option<&Life>,
    ) -> Result<Option<i32>, OpsError> {
        if condition != Condition::Exited {
            return Ok(None);
        }
        let state = &now.state;
        // A record that is just being removed with its container tells of no start.
        let again = begin.started_ms != 0 && state.started_ms > begin.started_ms;
        Ok(match now.phase {
            Phase::Exited if state.pid == 0 && state.finished_ms != 0 => Some(state.exit_code),
            // Its monitor was killed, and nobody has recorded that yet.
            Phase::Exited => Some(match life.and_then(Life::code) {
                Some(code) => code,
                None => self.recorded_code()?,
            }),
            // Its monitor is about to start it again, or has done so.
            Phase::Restarting => Some(state.exit_code),
            _ if again => Some(state.exit_code),
            _ => None,
        })
    }

    fn health_is(&self, condition: Condition) -> bool {
        let want = match condition {
            Condition::Healthy => HealthStatus::Healthy,
            Condition::Unhealthy => HealthStatus::Unhealthy,
            _ => return false,
        };
        self.store.health_status(&self.id) == Some(want)
    }

    /// The container is gone, which is one way to end.
    fn gone(&self, life: Option<&Life>) -> Result<i32, OpsError> {
        if self.conditions.iter().any(|c| matches!(c, Condition::Removing | Condition::Exited)) {
            return Ok(life.and_then(Life::code).unwrap_or(KILLED));
        }
        Err(StoreError::NoSuchContainer(self.id.to_string()).into())
    }

    /// The code of a container whose monitor was killed.
    fn recorded_code(&self) -> Result<i32, OpsError> {
        sweep::sweep(self.ctx, self.store)?;
        match seen::one(self.store, &self.id) {
            Ok(container) => Ok(container.state.exit_code),
            // It was to be removed at its end (`--rm`).
            Err(StoreError::NoSuchContainer(_)) => Ok(KILLED),
            Err(error) => Err(error.into()),
        }
    }
}

/// Is that what is to be waited for? The end, the removal and the health are looked at elsewhere.
fn fits(condition: Condition, phase: Phase) -> bool {
    match condition {
        Condition::Created => phase == Phase::Created,
        Condition::Initialized => matches!(phase, Phase::Starting | Phase::Initialized),
        Condition::Paused => phase == Phase::Paused,
        Condition::Running => phase == Phase::Running,
        Condition::Stopping => phase == Phase::Stopping,
        Condition::Unknown => phase == Phase::Unknown,
        Condition::Exited | Condition::Healthy | Condition::Removing | Condition::Unhealthy => false,
    }
}

/// The process with that pid, if it still is the one that began then and has not ended: the end of one that nobody has
/// waited for yet would be told again and again.
fn held(pid: i32, start: u64) -> Option<OwnedFd> {
    let held = process::pidfd_open(pid).ok()?;
    ProcessDir::find(pid, start)?.stat().is_some_and(|stat| !stat.is_dead()).then_some(held)
}
