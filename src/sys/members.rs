//! Which processes are a container's, told by the kernel alone: namespaces and parents, no list that somebody keeps.
//!
//! With a pid namespace of its own: everything in it and below it. Without: everything in its user namespace and below.
//! Who owns a user namespace may look at the namespaces of all processes in it, whatever ids these have
//! (user_namespaces(7), "Capabilities"), so that nothing has to be joined. A process that lets nobody look at it (its
//! program may not be read, or it is rctr's own init) belongs where its parent belongs.
//!
//! Containers that share namespaces are told apart by the mount namespace, which every container has for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use super::process_dir::{self, ProcessDir};
use super::{SysError, process, wait};

const SIGKILL: i32 = 9;
/// How long to wait for one of many processes to end before looking at all again.
const MOMENT: Duration = Duration::from_millis(50);

/// One process of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its pid, as this process sees it.
    pub pid: i32,
    /// When it began; with the pid this names it.
    pub start: u64,
    /// Pid of its parent.
    pub parent: i32,
    /// As in [`super::procfs::Stat::state`].
    pub state: char,
    /// Its threads.
    pub threads: u64,
}

impl Member {
    /// The process itself; none when it has ended.
    pub fn open(&self) -> Option<ProcessDir> {
        ProcessDir::find(self.pid, self.start)
    }

    /// Has it ended, but for being waited for?
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x') && self.threads <= 1
    }
}

/// Where a process is, in namespaces of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It lets nobody look.
    Hidden,
    /// Where this process is.
    Here,
    /// In the one with this inode number, which was made here, or below that one.
    Below(u64),
    /// Beside this process's.
    Elsewhere,
}

/// What makes a process one of the container's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// It is in this pid namespace or below it.
    Pid(u64),
    /// It is in this user namespace or below it.
    User(u64),
    /// It is in the caller's own user namespace or below it.
    OwnUser,
    /// No namespace tells: only mounts and parents do.
    Nothing,
}

/// What is known of a process before it is decided whose it is.
#[derive(Clone, Debug)]
struct Facts {
    member: Member,
    /// Is it within? None: it lets nobody look.
    within: Option<bool>,
    mount: Option<u64>,
}

/// How the processes of one container are told from all others.
#[derive(Debug)]
pub struct Members {
    /// The first process: its pid, and when it began; after its end the pid may be anybody's.
    first: i32,
    start: u64,
    within: Within,
    mount: Option<u64>,
    /// What is within and nobody's child is the container's: the namespace is its own.
    owner: bool,
    /// Mount namespaces of other containers.
    foreign: BTreeSet<u64>,
    /// Processes that, with what they started, are not the container's: other containers' first processes, monitors.
    heads: BTreeSet<i32>,
    /// Processes that are not the container's, whatever they started.
    exceptions: BTreeSet<i32>,
    /// The container's user namespace.
    users: Option<OwnedFd>,
    /// Other namespaces of it: as long as these are open, their inode numbers mean them.
    pins: Vec<OwnedFd>,
}

impl Members {
    /// Those of the container with this first process, which has to live. `own_pids`: it has a pid namespace of its own;
    /// `owner`: that, or else the user namespace, is not joined from another container.
    ///
    /// None: the first process has ended.
    pub fn of(first: i32, start: u64, own_pids: bool, owner: bool) -> Option<Self> {
        let process = ProcessDir::find(first, start)?;
        let seen = visible(process);
        let outer = |kind| seen.as_ref().and_then(|seen| outermost(seen, kind, here(kind)).ok());
        let users = outer("user");
        let pids = if own_pids { outer("pid") } else { None };
        let within = match (pids.as_ref().and_then(number_of), users.as_ref().and_then(number_of)) {
            (Some(number), _) => Within::Pid(number),
            (None, Some(number)) if !own_pids => Within::User(number),
            _ => Within::Nothing,
        };
        let mut members = Self::within((first, start), within, seen.as_ref(), owner);
        members.users = users.map(OwnedFd::from);
        members.pins.extend(pids.map(OwnedFd::from));
        Some(members)
    }

    /// Those of a container whose monitor asks, in the container's user namespace: `first` has just been made and can
    /// still be looked at. `own_users`: the namespace is the container's own, or was joined from containers alike. As those may
    /// have started what is nobody's child by now, only what has this one's mounts, or descends from it, is meant.
    pub fn of_child(first: i32, own_users: bool) -> Self {
        let within = if own_users { Within::OwnUser } else { Within::Nothing };
        let process = ProcessDir::open(first);
        // One that has ended already has nothing to be told by but what it has left in its namespaces.
        let start = process.as_ref().and_then(ProcessDir::stat).map_or(0, |stat| stat.start);
        let mut members = Self::within((first, start), within, process.as_ref(), false);
        members.exceptions.insert(std::process::id().cast_signed());
        members
    }

    fn within((first, start): (i32, u64), within: Within, seen: Option<&ProcessDir>, owner: bool) -> Self {
        let pins = seen.and_then(|seen| seen.open_namespace("mnt")).into_iter().collect();
        Self {
            first,
            start,
            within,
            // Whatever first process this is: mounts that are the caller's tell nothing.
            mount: seen.and_then(|seen| seen.namespace("mnt")).filter(|mount| here("mnt") != Some(*mount)),
            owner,
            foreign: BTreeSet::new(),
            heads: BTreeSet::new(),
            exceptions: BTreeSet::new(),
            users: None,
            pins,
        }
    }

    /// `pid`, and what it has started, is not the container's: its monitor, or the monitor's helper.
    pub fn except(mut self, pid: i32) -> Self {
        self.heads.insert(pid);
        self
    }

    /// The container with that first process is another one.
    pub fn except_container(mut self, first: i32, start: u64) -> Self {
        if let Some(process) = ProcessDir::find(first, start) {
            self.heads.insert(first);
            self.foreign.extend(visible(process).and_then(|seen| seen.namespace("mnt")));
        }
        self
    }

    /// The user namespace that all of them are in or below; none where that is the caller's.
    pub fn user_namespace(&self) -> Option<BorrowedFd<'_>> {
        self.users.as_ref().map(AsFd::as_fd)
    }

    /// Does a namespace tell them from all others?
    pub fn told_by_namespace(&self) -> bool {
        self.within != Within::Nothing
    }

    /// Looks at all processes once. What is made meanwhile may be missing.
    ///
    /// # Errors
    /// Those of reading /proc.
    pub fn list(&self) -> Result<Vec<Member>, SysError> {
        let here = match self.within {
            Within::Pid(_) => here("pid"),
            _ => here("user"),
        };
        let all: BTreeMap<i32, Facts> = process_dir::pids()?
            .into_iter()
            .filter_map(|pid| Some((pid, self.facts(&ProcessDir::open(pid)?, here)?)))
            .collect();
        Ok(self.choose(all))
    }

    /// Kills all of them, again and again until a look finds none that lives, so that nothing escapes by forking. Those
    /// that do not end in time are given.
    ///
    /// # Errors
    /// Those of reading /proc.
    pub fn kill(&self, patience: Duration) -> Result<Vec<Member>, SysError> {
        let deadline = Instant::now() + patience;
        loop {
            let mut left = self.list()?;
            left.retain(|member| !member.is_dead());
            if left.is_empty() || Instant::now() >= deadline {
                return Ok(left);
            }
            for process in left.iter().filter_map(Member::open) {
                // One that may not be signalled is among those that are given.
                let _ = process.signal(SIGKILL);
            }
            wait_for_one(&left)?;
        }
    }

    /// None: it has ended, or cannot be the container's.
    fn facts(&self, process: &ProcessDir, here: Option<u64>) -> Option<Facts> {
        let place = match self.within {
            Within::Pid(_) => place(process, "pid", here),
            Within::User(_) | Within::OwnUser => place(process, "user", here),
            Within::Nothing => Place::Hidden,
        };
        let within = match (self.within, place) {
            (Within::Nothing, _) | (_, Place::Hidden) => None,
            (Within::Pid(number) | Within::User(number), place) => Some(place == Place::Below(number)),
            (Within::OwnUser, place) => Some(matches!(place, Place::Here | Place::Below(_))),
        };
        if within == Some(false) && process.pid() != self.first {
            return None;
        }
        // Looked at after the namespaces: a process that has ended meanwhile has no such text.
        let mount = process.namespace("mnt");
        let stat = process.stat()?;
        if within == Some(false) && stat.start != self.start {
            return None;
        }
        let member = Member {
            pid: process.pid(),
            start: stat.start,
            parent: stat.parent,
            state: stat.state,
            threads: stat.threads,
        };
        Some(Facts { member, within, mount })
    }

    fn choose(&self, all: BTreeMap<i32, Facts>) -> Vec<Member> {
        let ours: Vec<i32> = all.keys().copied().filter(|pid| self.has(*pid, &all)).collect();
        let mut all = all;
        ours.into_iter().filter_map(|pid| all.remove(&pid)).map(|facts| facts.member).collect()
    }

    /// Is it one of the container's? Decided by the nearest of its ancestors and itself of which that is certain.
    fn has(&self, pid: i32, all: &BTreeMap<i32, Facts>) -> bool {
        if self.exceptions.contains(&pid) {
            return false;
        }
        let mut at = pid;
        // Parents are read one after the other: a chain that bites its tail is the work of pids that came back.
        for _ in 0..=all.len() {
            if let Some(certain) = self.certainly(at, all.get(&at)) {
                return certain;
            }
            match all.get(&at) {
                Some(facts) => at = facts.member.parent,
                None => break,
            }
        }
        // What has ended tells nothing of its mounts: it may have been another container's.
        let told =
            |facts: &Facts| facts.within == Some(true) && (facts.mount.is_some() || !facts.member.is_dead());
        self.owner && all.get(&pid).is_some_and(told)
    }

    fn certainly(&self, pid: i32, facts: Option<&Facts>) -> Option<bool> {
        if self.heads.contains(&pid) {
            return Some(false);
        }
        let facts = facts?;
        if (pid, facts.member.start) == (self.first, self.start) {
            return Some(true);
        }
        let mount = facts.mount?;
        if self.mount == Some(mount) {
            return Some(true);
        }
        self.foreign.contains(&mount).then_some(false)
    }
}

/// The process, or the nearest of those that it has started, that lets itself be looked at: rctr's own init does not.
fn visible(process: ProcessDir) -> Option<ProcessDir> {
    let mut waiting = vec![process];
    while let Some(process) = waiting.pop() {
        if process.namespace("user").is_some() && process.namespace("mnt").is_some() {
            return Some(process);
        }
        let parent = process.pid();
        let children = process.children().into_iter().filter_map(ProcessDir::open);
        waiting.extend(children.filter(|child| child.stat().is_some_and(|stat| stat.parent == parent)));
    }
    None
}

/// The inode number of this process's own namespace.
fn here(kind: &str) -> Option<u64> {
    ProcessDir::open(std::process::id().cast_signed())?.namespace(kind)
}

fn place(process: &ProcessDir, kind: &str, here: Option<u64>) -> Place {
    match outermost(process, kind, here) {
        Ok(namespace) => number_of(&namespace).map_or(Place::Elsewhere, Place::Below),
        Err(place) => place,
    }
}

/// The namespace that was made here and is the process's, or has the process's below it.
fn outermost(process: &ProcessDir, kind: &str, here: Option<u64>) -> Result<File, Place> {
    match process.namespace(kind) {
        None => return Err(Place::Hidden),
        number if number == here => return Err(Place::Here),
        Some(_) => {}
    }
    let mut namespace = process.open_namespace(kind).ok_or(Place::Hidden)?;
    // The kernel lets nest 32 of them (user_namespaces(7), pid_namespaces(7)).
    loop {
        let parent = File::from(process::parent_namespace(&namespace).map_err(|_| Place::Elsewhere)?);
        if number_of(&parent) == here {
            return Ok(namespace.into());
        }
        namespace = parent.into();
    }
}

fn number_of(namespace: &File) -> Option<u64> {
    Some(namespace.metadata().ok()?.ino())
}

/// Waits until one of them has ended, or for a moment.
fn wait_for_one(members: &[Member]) -> Result<(), SysError> {
    let living = members.iter().find_map(|member| {
        // Opened first and compared then: what is held is what was compared.
        let pidfd = process::pidfd_open(member.pid).ok()?;
        member.open().filter(|process| process.stat().is_some_and(|stat| !stat.is_dead()))?;
        Some(pidfd)
    });
    match living {
        Some(pidfd) => wait::readable(pidfd.as_fd(), Some(MOMENT)).map(drop),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
