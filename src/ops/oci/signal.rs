//! `kill`, `delete` and `ps`: the processes of a container.

use std::time::Duration;

use super::RuntimeError;
use super::kept::{Kept, Life, Place};
use crate::model::spec::NsMode;
use crate::ops::OpsError;
use crate::sys::members::Members;
use crate::sys::{Attempt, SysError};

/// How long what was killed may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a signal to its first process, or to all.
pub(super) fn kill(kept: &Kept, signal: i32, all: bool) -> Result<(), OpsError> {
    let not_running = || RuntimeError::NotRunning(kept.record.id.clone());
    if !all {
        let process = kept.process().ok_or_else(not_running)?;
        return if process.signal(signal)? { Ok(()) } else { Err(not_running().into()) };
    }
    let members = members(kept)?.ok_or_else(not_running)?.list()?;
    for process in members.iter().filter_map(|member| member.open()) {
        // One that has ended meanwhile needs none.
        process.signal(signal)?;
    }
    Ok(())
}

/// Takes it away. One that waits to be started is ended first, as by runc and crun.
pub(super) fn delete(place: &Place, id: &str, force: bool) -> Result<(), OpsError> {
    let kept = match place.find(id) {
        Err(OpsError::Runtime(RuntimeError::NoSuch(_))) if force => return Ok(()),
        Err(OpsError::Runtime(RuntimeError::Half(_))) if force => {
            return remove(&place.dir(id)?).map_err(OpsError::from);
        }
        other => other?,
    };
    let lock = kept.lock()?;
    let life = kept.life();
    if !force && [Life::Running, Life::Creating].contains(&life) {
        return Err(kept.is_not("delete", "stopped").into());
    }
    if life != Life::Stopped {
        end(&kept)?;
    }
    remove(&kept.dir)?;
    drop(lock);
    Ok(())
}

/// The pids of its processes, as this one sees them.
pub(super) fn pids(kept: &Kept) -> Result<Vec<i32>, OpsError> {
    let Some(members) = members(kept)? else { return Ok(Vec::new()) };
    let members = members.list()?;
    Ok(members.iter().filter(|member| !member.is_dead()).map(|member| member.pid).collect())
}

/// Kills all that is in it, and waits for their ends.
fn end(kept: &Kept) -> Result<(), OpsError> {
    let Some(members) = members(kept)? else { return Ok(()) };
    if members.kill(PATIENCE)?.is_empty() {
        Ok(())
    } else {
        Err(RuntimeError::Lives(kept.record.id.clone()).into())
    }
}

/// None: its first process has ended.
fn members(kept: &Kept) -> Result<Option<Members>, OpsError> {
    if kept.process().is_none() {
        return Ok(None);
    }
    let namespaces = kept.spec()?.namespaces;
    let own_pids = namespaces.pid == NsMode::Private;
    let owner = own_pids || namespaces.user == NsMode::Private;
    Ok(Members::of(kept.record.pid, kept.record.pid_start, own_pids, owner))
}

fn remove(dir: &std::path::Path) -> Result<(), SysError> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.attempt(|| format!("remove {}", dir.display())),
    }
}
