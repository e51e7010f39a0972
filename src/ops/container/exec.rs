//! `exec`: another program in a container that runs.

use std::os::fd::{AsFd, RawFd};

use jiff::Timestamp;
use nix::errno::Errno;

use super::door;
use super::seen::{self, SeenContainer};
use crate::engine::exec::{Exec, Started, Witness};
use crate::engine::{Failure, parse_failure};
use crate::model::exec_request::ExecRequest;
use crate::model::{Action, ContainerSpec, Event};
use crate::ops::attach::{AttachEnd, AttachEvent, AttachOptions, attach, terminal_size};
use crate::ops::{Context, OpsError, Outcome, cgroups, seccomp};
use crate::store::{ExecSession, Store, StoreError};
use crate::sys::{process, signal};

/// What a program ends with whose session was killed.
const KILLED: i32 = 137;

/// Runs it: to its end, or with `--detach` until it has begun.
pub(super) fn exec(ctx: &Context, store: &Store, request: &ExecRequest) -> Result<Outcome, OpsError> {
    let container = find(store, &request.container)?;
    let door = door::open(store, &container, "can only create exec sessions on running containers")?;
    let own = store.container_spec(&container.id)?;
    let mut spec = crate::spec::exec::decide(&own, request, &ctx.host)?;
    if spec.process.terminal {
        spec.process.terminal_size = terminal_size();
    }
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let signals = signal::block_forwarded_signals()?;
    let failed = |failure: Failure| OpsError::Exec { name: own.name.clone(), failure };
    let cgroup = cgroups::go_beside(ctx, &container.id, &container.state).unwrap_or_else(|error| {
        super::tell(&format!("the limits of the container do not count for this program: {error}"));
        None
    });
    let exec = Exec {
        spec: &spec,
        seccomp: program.as_deref(),
        door: &door,
        cgroup: cgroup.as_ref().map(AsFd::as_fd),
        attached: !request.detach,
    };
    let mark = Mark { session: begin(store, &container)?, own: &own };
    let started = exec.start(&mark).map_err(failed);
    if started.is_err() {
        mark.ended(None);
    }
    let Started { socket, session } = started?;
    let killed = mark.event(Action::ExecDied).exit_code(KILLED);
    // From here on it is the session's alone, which may be killed.
    drop(mark);
    let options = AttachOptions {
        terminal: request.terminal,
        interactive: request.interactive && !request.detach,
        sig_proxy: false,
        detach_keys: request.detach_keys.clone(),
        until_started: request.detach,
        ..AttachOptions::default()
    };
    let end = attach(socket, options, &signals, &mut |event| {
        if let AttachEvent::Notice(line) = event {
            super::tell(&String::from_utf8_lossy(line));
        }
    });
    signals.restore()?;
    let end = end?;
    if end != AttachEnd::Detached {
        process::wait(session)?;
    }
    match end {
        AttachEnd::Exited(code) => Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX))),
        AttachEnd::Failed(json) => Err(failed(parse_failure(&json))),
        AttachEnd::Detached => Ok(Outcome::Done),
        // Its program was killed with it.
        AttachEnd::Disconnected => {
            store.record_event(&Event { time: Timestamp::now(), ..killed });
            Err(OpsError::MonitorLost { name: own.name })
        }
    }
}

/// On a full disk there is no mark: that is told, and what is to be run may be what makes room.
fn begin(store: &Store, container: &SeenContainer) -> Result<Option<ExecSession>, OpsError> {
    match store.begin_exec(&container.id) {
        Ok(session) => Ok(Some(session)),
        Err(StoreError::Sys(error))
            if [Errno::ENOSPC as i32, Errno::EDQUOT as i32].contains(&error.errno()) =>
        {
            super::tell(&format!("inspect and events will not tell of it: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the session leaves in the store.
struct Mark<'a> {
    session: Option<ExecSession>,
    own: &'a ContainerSpec,
}

impl Mark<'_> {
    /// With docker's name for the id.
    fn event(&self, action: Action) -> Event {
        let event = Event::container(Timestamp::now(), action, self.own);
        match &self.session {
            Some(session) => event.attribute("execID", session.id()),
            None => event,
        }
    }

    fn record(&self, event: &Event) {
        if let Some(session) = &self.session {
            session.record_event(event);
        }
    }
}

impl Witness for Mark<'_> {
    fn descriptors(&self) -> Vec<RawFd> {
        self.session.iter().flat_map(ExecSession::descriptors).collect()
    }

    fn began(&self) {
        self.record(&self.event(Action::Exec));
    }

    fn ended(&self, code: Option<i32>) {
        self.session.iter().for_each(ExecSession::end);
        if let Some(code) = code {
            self.record(&self.event(Action::ExecDied).exit_code(code));
        }
    }
}

/// By name; without one, what was made last.
pub(super) fn find(store: &Store, name: &str) -> Result<SeenContainer, OpsError> {
    if name.is_empty() {
        let latest = seen::all(store)?.into_iter().max_by_key(|container| container.created_ms);
        return latest.ok_or_else(|| StoreError::NoSuchContainer("latest".to_owned()).into());
    }
    Ok(seen::one(store, &store.find_container(name)?)?)
}
