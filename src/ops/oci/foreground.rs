//! `run`: create and start, and stay until the end or leave.

use std::os::fd::OwnedFd;

use super::create::{self, Created};
use super::kept::Place;
use super::{RuntimeError, console, signal, start};
use crate::model::oci_request::OciCreate;
use crate::ops::{Context, OpsError, Outcome};
use crate::sys::packet;
use crate::sys::signal::block_forwarded_signals;

/// Runs it.
pub(super) fn run(
    ctx: &Context,
    place: &Place,
    request: &OciCreate,
    detach: bool,
    keep: bool,
) -> Result<Outcome, OpsError> {
    let mut spec = create::decide(ctx, place, request)?;
    let signals = block_forwarded_signals()?;
    let Taken { console, ours } = take(request.console_socket.as_deref(), spec.process.terminal, detach)?;
    if ours.is_some() {
        spec.process.terminal_size = console::callers_size();
    }
    let Created { kept, first } = create::make(ctx, place, request, &spec, console)?;
    let started = start(place, &request.id);
    if detach && started.is_ok() {
        return Ok(Outcome::Done);
    }
    let ended = started.and_then(|()| Ok(console::stay(&first, ours, &signals)?));
    if ended.is_err() {
        // The first error is the one to tell.
        let _ = first.end();
    }
    if !keep || ended.is_err() {
        signal::delete(place, &kept.record.id, true)?;
    }
    signals.restore()?;
    ended.map(|code| Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
}

/// Where the master of a terminal goes.
pub(super) struct Taken {
    /// Whoever it is sent to.
    pub console: Option<OwnedFd>,
    /// Where this process receives it.
    pub ours: Option<OwnedFd>,
}

/// Nobody else takes the terminal of a process that this one stays with: then it does.
pub(super) fn take(
    socket: Option<&std::path::Path>,
    terminal: bool,
    detach: bool,
) -> Result<Taken, OpsError> {
    if terminal && socket.is_none() && !detach {
        let (console, ours) = packet::pair()?;
        return Ok(Taken { console: Some(console), ours: Some(ours) });
    }
    match create::console(socket, terminal) {
        // A socket that nothing comes to does no harm to one who stays.
        Err(OpsError::Runtime(RuntimeError::NoTerminal)) if !detach => {
            Ok(Taken { console: None, ours: None })
        }
        other => other.map(|console| Taken { console, ours: None }),
    }
}
