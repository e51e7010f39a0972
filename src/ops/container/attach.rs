//! `attach`, and what else is said to the monitor of a container that runs.

use std::os::fd::{AsFd, OwnedFd};

use super::exec::find;
use super::seen::{Phase, SeenContainer};
use crate::model::Action;
use crate::model::container_request::AttachRequest;
use crate::monitor::protocol::Message;
use crate::monitor::socket;
use crate::ops::attach::{AttachEnd, AttachEvent, AttachOptions, attach as relay};
use crate::ops::{Context, OpsError, Outcome, happened, sweep};
use crate::store::Store;
use crate::sys::{packet, signal};

/// Relays until the container ends or is left.
pub(in crate::ops) fn attach(
    ctx: &Context,
    store: &Store,
    name: &str,
    attach: &AttachRequest,
) -> Result<Outcome, OpsError> {
    let container = find(store, name)?;
    let attempt = "you can only attach to running containers";
    if container.phase == Phase::Initialized {
        return Err(improper(&container, attempt, container.phase));
    }
    let socket = connect(store, &container, attempt)?;
    stay(ctx, store, &container, socket, options(&container, attach))
}

/// Lets a container go that waits for that; `attach`: stays with it.
pub(in crate::ops) fn start(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    attach: Option<&AttachRequest>,
) -> Result<Outcome, OpsError> {
    let socket = connect(store, container, "cannot start")?;
    let options = match attach {
        Some(attach) => options(container, attach),
        None => AttachOptions { until_started: true, ..AttachOptions::default() },
    };
    stay(ctx, store, container, socket, AttachOptions { starts: true, ..options })
}

/// As its own settings and the caller's wishes have it.
fn options(container: &SeenContainer, attach: &AttachRequest) -> AttachOptions {
    let process = container.spec.as_ref().map(|spec| &spec.process);
    AttachOptions {
        terminal: process.is_some_and(|process| process.terminal),
        interactive: process.is_some_and(|process| process.interactive) && attach.stdin,
        sig_proxy: attach.sig_proxy,
        detach_keys: attach.detach_keys.clone(),
        joins: true,
        ..AttachOptions::default()
    }
}

/// Relays until the container ends or is left.
fn stay(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    socket: OwnedFd,
    options: AttachOptions,
) -> Result<Outcome, OpsError> {
    if let Some(spec) = container.spec.as_ref().filter(|_| options.joins) {
        happened(store, Action::Attach, spec);
    }
    let signals = signal::block_forwarded_signals()?;
    let end = relay(socket, options, &signals, &mut |event| {
        if let AttachEvent::Notice(line) = event {
            super::tell(&String::from_utf8_lossy(line));
        }
    });
    signals.restore()?;
    match end? {
        AttachEnd::Exited(code) => Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX))),
        AttachEnd::Failed(json) => {
            let (name, failure) = (container.name.clone(), crate::engine::parse_failure(&json));
            Err(OpsError::Start { name, failure })
        }
        AttachEnd::Detached => Ok(Outcome::Done),
        AttachEnd::Disconnected => {
            sweep::sweep(ctx, store)?;
            Err(OpsError::MonitorLost { name: container.name.clone() })
        }
    }
}

/// `healthcheck run`: its monitor looks now; 0 when the check succeeded, else 1.
pub(super) fn check_health(store: &Store, name: &str) -> Result<Outcome, OpsError> {
    let container = find(store, name)?;
    if container.spec.as_ref().is_none_or(|spec| spec.health.is_none()) {
        return Err(OpsError::NoHealthCheck { id: container.id.to_string() });
    }
    let attempt = "cannot check the health";
    if container.phase == Phase::Initialized {
        return Err(improper(&container, attempt, container.phase));
    }
    let socket = connect(store, &container, attempt)?;
    match ask(&socket, &Message::CheckHealth)? {
        Some(code) => Ok(Outcome::Exit(u8::try_from(code).unwrap_or(1))),
        None => Err(OpsError::MonitorLost { name: container.name }),
    }
}

/// A connection to the container's monitor.
pub(super) fn connect(
    store: &Store,
    container: &SeenContainer,
    attempt: &'static str,
) -> Result<OwnedFd, OpsError> {
    if !container.phase.lives() {
        return Err(improper(container, attempt, container.phase));
    }
    // It may end this moment; or a start is not that far yet.
    socket::connect(&store.container_dir(&container.id))
        .map_err(|_| improper(container, attempt, Phase::Stopping))
}

fn improper(container: &SeenContainer, attempt: &'static str, status: Phase) -> OpsError {
    OpsError::NotRunningFor { attempt, id: container.id.short().to_owned(), status: status.word() }
}

/// Says something and waits for the code that answers it; none when the monitor has gone.
pub(super) fn ask(socket: &OwnedFd, message: &Message<'_>) -> Result<Option<i32>, OpsError> {
    let mut packet = Vec::new();
    message.encode(&mut packet);
    packet::send(socket.as_fd(), &packet)?;
    let mut answer = [0; 64];
    let (length, _) = packet::receive(socket.as_fd(), &mut answer)?;
    match Message::decode(&answer[..length]) {
        Some(Message::Exited(code)) => Ok(Some(code)),
        _ => Ok(None),
    }
}
