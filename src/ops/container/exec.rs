//! `exec`: another program in a container that runs.

use jiff::Timestamp;

use super::door;
use super::seen::{self, SeenContainer};
use crate::engine::exec::{Exec, Started};
use crate::engine::{Failure, parse_failure};
use crate::model::exec_request::ExecRequest;
use crate::model::{Action, Event};
use crate::ops::attach::{AttachEnd, AttachEvent, AttachOptions, attach, terminal_size};
use crate::ops::{Context, OpsError, Outcome, happened, seccomp};
use crate::store::{Store, StoreError};
use crate::sys::{process, signal};

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
    let exec = Exec { spec: &spec, seccomp: program.as_deref(), door: &door, attached: !request.detach };
    let Started { socket, session } = exec.start().map_err(failed)?;
    happened(store, Action::Exec, &own);
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
        AttachEnd::Exited(code) => {
            store.record_event(&Event::container(Timestamp::now(), Action::ExecDied, &own).exit_code(code));
            Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
        }
        AttachEnd::Failed(json) => Err(failed(parse_failure(&json))),
        AttachEnd::Detached => Ok(Outcome::Done),
        AttachEnd::Disconnected => Err(OpsError::MonitorLost { name: own.name }),
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
