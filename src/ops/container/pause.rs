//! `pause` and `unpause`: every process of a container is stopped, and let go on.
//!
//! A container with a cgroup of its own is frozen there, of which its processes see nothing. Otherwise each process gets
//! SIGSTOP. They can
//! see that it happened (waitpid(2), a handler for SIGCONT), parents are therefore stopped before their children and go on
//! after them. A process that was stopped before is recorded, and stays stopped.
//!
//! The record comes first and says when all are stopped: a `pause` that was killed in the middle is done again or undone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::seen::{self, Phase, SeenContainer};
use super::{Chosen, choose, failure, processes};
use crate::cgroup::Cgroup;
use crate::model::Action;
use crate::model::container_request::Which;
use crate::model::pause_record::{PauseRecord, Stopped};
use crate::ops::{DoneToContainers, OpsError, Outcome, cgroups, happened};
use crate::store::Store;
use crate::sys::members::Member;
use crate::sys::process_dir::ProcessDir;
use crate::sys::procfs;

const SIGCONT: i32 = 18;
const SIGSTOP: i32 = 19;
/// How long the processes of a container may go on making new ones.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for processes to stop: nothing tells who is not their parent.
const MOMENT: Duration = Duration::from_millis(1);

impl Stopped {
    /// The process; none when it has ended.
    pub(super) fn open(&self) -> Option<ProcessDir> {
        ProcessDir::find(self.pid, self.start)
    }
}

/// Is it stopped, or does it stop before it does anything else?
pub(super) fn is_stopped(process: &ProcessDir) -> bool {
    let Some(stat) = process.stat() else { return true };
    match stat.state {
        'T' | 't' => true,
        // In the kernel, maybe until a child that vfork(2) has made goes on.
        'D' => process.read("status").is_ok_and(|status| procfs::waits(&status, SIGSTOP)),
        // The first thread has ended; the others tell.
        'Z' => process.threads().iter().all(|(state, _)| matches!(state, 'T' | 't' | 'Z' | 'X')),
        _ => false,
    }
}

pub(super) fn pause(store: &Store, which: &Which) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    for Chosen { shown, container } in choose(store, which, |c| c.phase == Phase::Running, &mut done)? {
        let spec = container.spec.clone();
        match stop_all(store, container, which.all) {
            Ok(true) => {
                spec.iter().for_each(|spec| happened(store, Action::Pause, spec));
                done.done.push(shown);
            }
            Ok(false) => {}
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

pub(super) fn unpause(store: &Store, which: &Which) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let halted = |container: &SeenContainer| container.phase.runs() && record_of(store, container).is_some();
    for Chosen { shown, container } in choose(store, which, halted, &mut done)? {
        let (id, spec) = (container.id.to_string(), container.spec.clone());
        match go_on(store, container) {
            Ok(true) => {
                spec.iter().for_each(|spec| happened(store, Action::Unpause, spec));
                done.done.push(shown);
            }
            Ok(false) if which.all => {}
            Ok(false) => done.failures.push(failure(store, OpsError::NotPaused { id })),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

/// What `pause` has recorded of the container's first process.
fn record_of(store: &Store, container: &SeenContainer) -> Option<PauseRecord> {
    store.pause_record(&container.id).filter(|record| record.is_of(&container.state))
}

/// Stops all processes of a container that runs. False: it does not, and that is no error with `-a`.
pub(super) fn stop_all(store: &Store, container: SeenContainer, all: bool) -> Result<bool, OpsError> {
    let _one_at_a_time = store.lock_container(&container.id)?;
    // As it is now: somebody else may have paused it while we waited.
    let container = seen::one(store, &container.id)?;
    let id = container.id.to_string();
    let members = match container.phase {
        Phase::Running => processes::of(store, &container)?,
        Phase::Paused => return Err(OpsError::AlreadyPaused { id }),
        _ => None,
    };
    let Some(members) = members else {
        return if all { Ok(false) } else { Err(OpsError::NotPausable { status: container.phase.word() }) };
    };
    let state = &container.state;
    if let Some(group) = cgroups::of(state) {
        freeze(store, &container, &group)?;
        return Ok(true);
    }
    let first = Stopped { pid: state.pid, start: state.pid_start };
    // Of a pause that was killed: what is stopped now may have been by that one.
    let begun = record_of(store, &container);
    let fresh = begun.is_none();
    let mut record = begun.unwrap_or(PauseRecord { first, ..PauseRecord::default() });
    let mut sent: BTreeSet<Stopped> = BTreeSet::new();
    let deadline = Instant::now() + PATIENCE;
    let mut turn = 0;
    loop {
        let list = members.list()?;
        let (stopped, running): (Vec<_>, Vec<_>) = list
            .iter()
            .filter(|member| !member.is_dead())
            .partition(|member| member.open().is_none_or(|process| is_stopped(&process)));
        if fresh {
            let others = stopped.iter().map(|member| named(member)).filter(|one| !sent.contains(one));
            let others: Vec<_> = others.filter(|one| !record.before.contains(one)).collect();
            record.before.extend(others);
        }
        if turn == 0 || running.is_empty() {
            record.complete = running.is_empty();
            if let Err(error) = store.write_pause_record(&container.id, &record) {
                // Nobody would know that it is paused: what was stopped here goes on.
                if fresh {
                    undo(&list, &record);
                }
                return Err(error.into());
            }
        }
        if running.is_empty() {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            let left = running.len();
            undo(&list, &record);
            // What cannot be removed says itself that it is not complete.
            let _ = store.remove_pause_record(&container.id);
            return Err(OpsError::PauseEscaped { id, left });
        }
        for member in parents_first(running) {
            // One that has ended needs no signal; one that may not be signalled is found again.
            if member.open().is_some_and(|process| process.signal(SIGSTOP).unwrap_or(false)) {
                sent.insert(named(member));
            }
        }
        turn += 1;
        // That the process of another stops is told to its parent alone (ptrace(2) apart).
        std::thread::sleep(MOMENT * turn.min(20));
    }
}

/// Freezes a cgroup, and records it.
fn freeze(store: &Store, container: &SeenContainer, group: &Cgroup) -> Result<(), OpsError> {
    let first = Stopped { pid: container.state.pid, start: container.state.pid_start };
    let mut record = PauseRecord { first, ..PauseRecord::default() };
    store.write_pause_record(&container.id, &record)?;
    if !group.freeze(true, PATIENCE)? {
        group.freeze(false, PATIENCE)?;
        // What cannot be removed says itself that it is not complete.
        let _ = store.remove_pause_record(&container.id);
        return Err(OpsError::PauseEscaped { id: container.id.to_string(), left: group.processes()?.len() });
    }
    record.complete = true;
    if let Err(error) = store.write_pause_record(&container.id, &record) {
        // Nobody would know that it is paused.
        group.freeze(false, PATIENCE)?;
        return Err(error.into());
    }
    Ok(())
}

/// Lets the processes of a paused container go on, also when the pause was killed in the middle. False: it is not paused.
pub(super) fn go_on(store: &Store, container: SeenContainer) -> Result<bool, OpsError> {
    let _one_at_a_time = store.lock_container(&container.id)?;
    let container = seen::one(store, &container.id)?;
    let Some(record) = record_of(store, &container).filter(|_| container.phase.runs()) else {
        return Ok(false);
    };
    if let Some(group) = cgroups::of(&container.state) {
        group.freeze(false, PATIENCE)?;
    } else if let Some(members) = processes::of(store, &container)? {
        undo(&members.list()?, &record);
    }
    store.remove_pause_record(&container.id)?;
    Ok(true)
}

fn undo(list: &[Member], record: &PauseRecord) {
    let paused = list.iter().filter(|member| !member.is_dead() && !record.before.contains(&named(member)));
    for member in parents_first(paused.collect()).into_iter().rev() {
        // One that has ended meanwhile needs no signal, one that runs does not mind, and one that may not be signalled was
        // not stopped.
        if let Some(process) = member.open().filter(is_stopped) {
            let _ = process.signal(SIGCONT);
        }
    }
}

fn named(member: &Member) -> Stopped {
    Stopped { pid: member.pid, start: member.start }
}

/// Each process after its parent.
fn parents_first(members: Vec<&Member>) -> Vec<&Member> {
    let parents: BTreeMap<i32, i32> = members.iter().map(|member| (member.pid, member.parent)).collect();
    let depth = |member: &&Member| {
        let mut at = member.parent;
        let mut depth = 0;
        // A chain that bites its tail is the work of pids that came back.
        while let Some(parent) = parents.get(&at).filter(|_| depth <= parents.len()) {
            (at, depth) = (*parent, depth + 1);
        }
        depth
    };
    let mut members = members;
    members.sort_by_cached_key(depth);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first() {
        let member = |pid, parent| Member { pid, start: 1, parent, state: 'S', threads: 1 };
        let all = [member(2, 9), member(3, 4), member(4, 9), member(9, 1), member(20, 21), member(21, 20)];
        let order: Vec<_> = parents_first(all.iter().collect()).iter().map(|member| member.pid).collect();
        assert_eq!(order, [9, 2, 4, 3, 20, 21]);
    }

    #[test]
    fn a_stopped_process_is_seen_to_be() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let process = ProcessDir::open(child.id().cast_signed()).unwrap();
        assert!(!is_stopped(&process));
        process.signal(SIGSTOP).unwrap();
        while !is_stopped(&process) {
            std::thread::yield_now();
        }
        process.signal(9).unwrap();
        child.wait().unwrap();
        assert!(is_stopped(&process), "what has ended does not run");
    }
}
