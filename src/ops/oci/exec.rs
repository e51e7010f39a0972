//! `exec`: another program in a container.

use std::os::fd::AsFd;

use super::foreground::{Taken, take};
use super::kept::{LIMIT, Life, Place};
use super::pid_file::PidFile;
use super::{RuntimeError, console, create};
use crate::engine::Joining;
use crate::engine::door::Door;
use crate::engine::exec::Exec;
use crate::model::oci_request::OciExec;
use crate::ops::{Context, OpsError, Outcome, seccomp};
use crate::spec::oci;
use crate::sys::signal::block_forwarded_signals;
use crate::sys::{file, process};

/// Runs it: to its end, or until it runs.
pub(super) fn exec(ctx: &Context, place: &Place, request: &OciExec) -> Result<Outcome, OpsError> {
    create::preserved(request.process.preserve_fds)?;
    let kept = place.find(&request.id)?;
    let named = request.process.file.as_ref().map(|path| file::read_regular(&ctx.host.cwd.join(path), LIMIT));
    let text = named.transpose()?;
    let mut spec = oci::exec(&kept.spec()?, &request.process, text.as_deref()).map_err(RuntimeError::from)?;
    if kept.life() != Life::Running {
        return Err(kept.is_not("exec in", "running").into());
    }
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let pid_file = request.pid_file.as_deref().map(PidFile::begin).transpose()?;
    let pidfd = process::pidfd_open(kept.record.pid)?;
    if kept.process().is_none() {
        return Err(RuntimeError::NotRunning(request.id.clone()).into());
    }
    let signals = block_forwarded_signals()?;
    let Taken { console, ours } =
        take(request.console_socket.as_deref(), spec.process.terminal, request.detach)?;
    if ours.is_some() {
        spec.process.terminal_size = console::callers_size();
    }
    let door = Door::Process(pidfd);
    let exec = Exec { spec: &spec, seccomp: program.as_deref(), door: &door, cgroup: None, attached: true };
    let joined = Joining { exec: &exec, console: console.as_ref().map(AsFd::as_fd) }
        .run()
        .map_err(|failure| OpsError::Exec { name: request.id.clone(), failure })?;
    if let Some(file) = pid_file {
        file.finish(joined.pid)?;
    }
    if request.detach {
        return Ok(Outcome::Done);
    }
    let code = console::stay(&joined, ours, &signals)?;
    signals.restore()?;
    Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
}
