//! Run a container: decide it, plan it, hand it to a monitor, stay attached.

mod backend;
mod home;
mod mapped;
mod prepare;

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::attach::{AttachEnd, AttachEvent, AttachOptions, attach};
use super::{Context, OpsError, Outcome, container, seccomp, sweep};
use crate::engine::{FailureKind, Launch, parse_failure};
use crate::model::run_request::{IdMapRequest, RunRequest};
use crate::model::spec::RootfsSource;
use crate::model::{ContainerSpec, HostFacts, MapWriter};
use crate::store::Store;
use crate::sys::signal::{self, SavedMask};
use crate::sys::{Attempt, process};
use home::ContainerHome;
use mapped::Translation;

/// Makes a container and runs it to its end.
pub(super) fn run(ctx: &Context, request: &RunRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    if let Err(error) = sweep::sweep(ctx, &store) {
        // What is left of another container is no reason not to run this one.
        tell(&error.to_string());
    }
    match run_once(ctx, &store, request) {
        // newuidmap is there and may not do its work (no_new_privs, a nested user namespace, not setuid): what it
        // would have given is done without.
        Err(OpsError::Start { failure, .. })
            if failure.kind == FailureKind::IdMaps && request.id_maps == IdMapRequest::default() =>
        {
            tell(&format!("{failure}"));
            let host = HostFacts { newuidmap: None, newgidmap: None, ..ctx.host.clone() };
            run_once(&Context { host }, &store, request)
        }
        other => other,
    }
}

fn run_once(ctx: &Context, store: &Store, request: &RunRequest) -> Result<Outcome, OpsError> {
    // Nobody takes the image's layers away before the container's record says that they are used.
    let images = store.lock_shared()?;
    let mut prepared = prepare::prepare(ctx, store, request)?;
    if !request.dry_run {
        backend::choose(ctx, store, request.mounts.backend.is_some(), &mut prepared.spec)?;
    }
    let translation = Translation::of(ctx, &prepared.spec);
    if let Some(translation) = translation.as_ref().filter(|_| !request.dry_run) {
        translation.layers(ctx, store, &mut prepared.spec)?;
    }
    if let (RootfsSource::Layers(layers), None) = (&mut prepared.spec.rootfs.source, &translation)
        && !request.dry_run
    {
        layers.push(store.skeleton()?);
    }
    let spec = &prepared.spec;
    let plan = crate::plan::start(spec);
    if request.dry_run {
        return Ok(Outcome::Text(plan.to_string()));
    }
    if spec.id_maps.writer == MapWriter::Own && !request.quiet {
        tell(
            "only your own id is mapped: every file and user in the container is yours (rctr doctor tells why)",
        );
    }
    if let Some(name) = request.name.as_deref().filter(|_| request.replace) {
        container::replace(ctx, store, name)?;
    }
    claim_file(request.cidfile.as_deref(), "--cidfile")?;
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let signals = signal::block_forwarded_signals()?;
    let mut home = ContainerHome::new(ctx, store, spec, prepared.root_mode, translation.as_ref(), images);
    let launch = Launch { plan: &plan, host: &ctx.host, seccomp: program.as_deref(), attached: true };
    let launched = launch.run(&mut home).map_err(|f| OpsError::start(spec, f));
    drop(home);
    let end = launched.and_then(|launched| {
        let end = stay(request, spec, launched.socket, &signals)?;
        finish(ctx, store, spec, end, launched.monitor)
    });
    signals.restore()?;
    end
}

/// Relays until the container ends.
fn stay(
    request: &RunRequest,
    spec: &ContainerSpec,
    socket: OwnedFd,
    signals: &SavedMask,
) -> Result<AttachEnd, OpsError> {
    if let Some(path) = &request.cidfile {
        let made = std::fs::File::create_new(path);
        made.and_then(|mut file| file.write_all(spec.id.as_str().as_bytes()))
            .attempt(|| format!("write {}", path.display()))?;
    }
    let options = AttachOptions {
        terminal: spec.process.terminal,
        interactive: spec.process.interactive,
        sig_proxy: request.sig_proxy,
    };
    let mut pidfile = Ok(());
    let end = attach(socket, options, signals, &mut |event| match event {
        AttachEvent::Started(pid) => {
            if let Some(path) = &request.pidfile {
                pidfile = write_file(path, &pid.to_string());
            }
        }
        AttachEvent::Notice(line) => tell(&String::from_utf8_lossy(line)),
    })?;
    pidfile?;
    Ok(end)
}

/// Waits for the monitor where it has ended or is about to, and turns the end into an outcome.
fn finish(
    ctx: &Context,
    store: &Store,
    spec: &ContainerSpec,
    end: AttachEnd,
    monitor: i32,
) -> Result<Outcome, OpsError> {
    match end {
        AttachEnd::Exited(code) => {
            process::wait(monitor)?;
            Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
        }
        AttachEnd::Failed(json) => {
            process::wait(monitor)?;
            // A monitor that failed before the container was handed to it has left that alone.
            if let Err(error) = sweep::sweep(ctx, store) {
                tell(&error.to_string());
            }
            Err(OpsError::start(spec, parse_failure(&json)))
        }
        AttachEnd::Disconnected => {
            process::wait(monitor)?;
            sweep::sweep(ctx, store)?;
            Err(OpsError::MonitorLost { name: spec.name.clone() })
        }
    }
}

/// An id file must not be there yet, not even as a symlink to nothing: it may belong to another container, or be laid
/// out by somebody who wants a file of ours elsewhere.
fn claim_file(path: Option<&Path>, flag: &'static str) -> Result<(), OpsError> {
    match path {
        Some(path) if path.symlink_metadata().is_ok() => {
            Err(OpsError::FileExists { flag, path: path.to_owned() })
        }
        _ => Ok(()),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), OpsError> {
    Ok(std::fs::write(path, text).attempt(|| format!("write {}", path.display()))?)
}

/// One line for the user's eyes.
fn tell(line: &str) {
    // A stderr that is closed cannot be told anything.
    let _ = writeln!(std::io::stderr(), "Note: {line}");
}
