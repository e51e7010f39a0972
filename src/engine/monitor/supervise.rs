//! One run of the program, and what comes after it: a new start, the record of the end, or taking everything back.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::{Init, Made, Start, now_ms};
use crate::cgroup::Cgroup;
use crate::engine::door;
use crate::engine::duty::Duty;
use crate::engine::failure::{Failure, FailureKind};
use crate::engine::home::Intent;
use crate::engine::message;
use crate::model::spec::NsMode;
use crate::model::{ContainerState, Status};
use crate::monitor::{Container, Relay, socket};
use crate::sys::members::Members;
use crate::sys::{packet, process};

/// How long processes that were killed may take to end.
const KILL: Duration = Duration::from_secs(10);

/// How the program ended.
pub(super) struct End {
    pub code: i32,
    /// It is started again.
    pub again: bool,
}

impl Start<'_> {
    pub(super) fn supervise(&self, made: &mut Made, relay: &mut Relay) -> Result<End, Failure> {
        let missing = || Failure::new(FailureKind::Other, "internal error: nothing to supervise");
        if let Some(network) = &mut made.network {
            network.wait_ready()?;
            let init = made.child.as_ref().ok_or_else(missing)?;
            // A child that has failed before this is heard of below.
            let _ = packet::send(init.sync.as_fd(), message::NETWORK_READY);
        }
        let Init { pid, pidfd, sync, stdio, namespaces, members, server: _ } =
            made.child.take().ok_or_else(missing)?;
        let spec = self.spec();
        // What is started anew is what `update` has made of it.
        let updated = if made.ran { self.home.reload() } else { None };
        let current = updated.as_ref().unwrap_or(spec);
        let mut container = Container {
            pid,
            pidfd,
            sync: Some(sync),
            held: self.launch.plan.held && !made.ran,
            awaits: false,
            stdio,
            server: made.server.take(),
            timeout: spec.timeout,
            leads: spec.namespaces.pid == NsMode::Private,
            stop_signal: spec.stop_signal,
            stop_timeout: spec.stop_timeout,
            health: current.health.clone(),
        };
        if !made.ran {
            match socket::listen(self.home.dir()) {
                Ok(listener) => relay.listen(listener),
                // What waits for a word has to hear it.
                Err(error) if self.launch.plan.held => return Err(error.into()),
                // Some file systems have no sockets: the container runs all the same.
                Err(error) => relay.notice(&format!("nobody else can attach to the container: {error}")),
            }
        }
        let namespaces = if door::is_closed(self.launch.plan) { namespaces } else { Vec::new() };
        let group = made.placement.cgroup.as_ref();
        let oom_before = group.map_or(0, Cgroup::oom_kills);
        let mut duty =
            Duty::new(self, &container, namespaces, &made.placement, made.restarts.count, current.restart)?;
        let began = Instant::now();
        let ended = relay.supervise(&mut container, &mut duty);
        let (policy, ill) = (duty.policy(), duty.starts_again());
        let mut state = duty.end();
        // The helper watches a descriptor of ours; of a container that starts anew it must be gone first.
        made.network = None;
        // What it serves is of no use to anybody any more.
        container.server = None;
        end_others(members.as_ref(), relay);
        state.oom_killed = group.is_some_and(|group| group.oom_kills() > oom_before);
        let code = match ended {
            Ok(code) => code,
            Err(failure) => {
                made.child = None;
                return Err(failure);
            }
        };
        made.ran = true;
        let intent = self.home.take_intent();
        state.stopped_by_user = intent == Intent::Stop;
        let wait = match intent {
            Intent::Stop => None,
            // It has never been started.
            _ if container.held => None,
            Intent::Restart => Some(Duration::ZERO),
            Intent::None if relay.dismissed() => None,
            Intent::None if ill => Some(Duration::ZERO),
            Intent::None => made.restarts.after(policy, code, began.elapsed()),
        };
        state = ContainerState { pid: 0, exit_code: code, finished_ms: now_ms(), ..state };
        if let Some(wait) = wait {
            state.status = Status::Restarting;
            // On a full disk it starts again without being called so meanwhile; that it lives is told by the lock.
            let _ = self.home.record(&state);
            let woken = relay.pause(wait)?;
            match self.home.take_intent() {
                Intent::Stop => state.stopped_by_user = true,
                Intent::None if woken => {}
                Intent::None | Intent::Restart => return Ok(End { code, again: true }),
            }
        }
        state.status = Status::Exited;
        remove_cgroup(made);
        if let Some(lock) = &made.lock {
            // For those who wait with the file open, also for one that is gone by then. On a full disk they read the record.
            let _ = rustix::io::pwrite(lock, format!("{code}\n").as_bytes(), 0);
        }
        // What is to be removed lives until then, and needs no record of its end: a monitor that is killed
        // meanwhile is swept up after.
        if !spec.remove {
            self.home.record(&state)?;
            self.home.end()?;
        }
        Ok(End { code, again: false })
    }

    /// Takes back everything: the child is killed, the helper ends with us, the container goes or stays as it was. Gives
    /// the failure that the child told before it ended by itself, if it did.
    pub(super) fn give_up(&self, made: &mut Made, failure: Failure) -> Failure {
        let released = made.lock.is_some();
        let told = made.child.take().and_then(|init| {
            let _ = process::pidfd_signal(init.pidfd.as_fd(), 9);
            let _ = process::wait(init.pid);
            last_words(init.sync.as_fd())
        });
        (made.network, made.server) = (None, None);
        remove_cgroup(made);
        let failure = told.unwrap_or(failure);
        // Before the release the container is still the command line's, which may just be making it.
        if released {
            // What cannot be removed is dead and half-made: the next command sweeps it.
            let _ = if made.ran { self.home.fail(&failure) } else { self.home.abandon(&failure) };
        }
        failure
    }
}

/// The container has ended for good. The scope around its cgroup, where there is one, ends with this process.
///
/// Not between two runs: what is cloned from elsewhere into a cgroup that was killed once is killed at once, since
/// cgroup_css_set_fork() compares with how often the parent's own cgroup was killed (Linux 6.18).
fn remove_cgroup(made: &Made) {
    if let Some(group) = &made.placement.cgroup {
        // Mostly there is nobody any more; before Linux 5.14 there is no such file.
        let _ = group.kill();
        // What is left of it is found by the next command.
        let _ = Cgroup::remove(group.path());
    }
}

/// Ends what does not end with the first process, where that leads no pid namespace.
fn end_others(members: Option<&Members>, relay: &mut Relay) {
    let Some(members) = members else { return };
    let left = match members.kill(KILL) {
        Ok(left) if left.is_empty() => return,
        Ok(left) => {
            let pids: Vec<_> = left.iter().map(|member| member.pid.to_string()).collect();
            format!("{} do not end when killed", pids.join(", "))
        }
        Err(error) => error.to_string(),
    };
    relay.notice(&format!("processes of the container may be left: {left}"));
}

/// The failure among what a dead child left in its socket.
fn last_words(sync: BorrowedFd<'_>) -> Option<Failure> {
    let mut buffer = vec![0; message::LIMIT];
    loop {
        match packet::receive(sync, &mut buffer) {
            Ok((length, _)) if length > 0 => {
                if let [message::FAILURE, json @ ..] = &buffer[..length] {
                    return Some(message::parse_failure(json));
                }
            }
            _ => return None,
        }
    }
}
