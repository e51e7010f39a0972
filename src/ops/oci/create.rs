//! `create`: a container up to the point where its program would be executed, left to the caller.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use jiff::Timestamp;

use super::RuntimeError;
use super::kept::{Kept, LIMIT, Place, Record};
use super::pid_file::PidFile;
use crate::engine::gate::Gate;
use crate::engine::{HandOver, HandedOver, Launch};
use crate::model::ContainerSpec;
use crate::model::oci_request::OciCreate;
use crate::model::spec::RootfsSource;
use crate::ops::{Context, OpsError, host, seccomp};
use crate::spec::oci;
use crate::sys::{Attempt, file};

/// A container that waits to be started.
pub(super) struct Created {
    pub kept: Kept,
    pub first: HandedOver,
}

/// Makes it; its terminal goes to the socket that is named.
pub(super) fn create(ctx: &Context, place: &Place, request: &OciCreate) -> Result<Created, OpsError> {
    let spec = decide(ctx, place, request)?;
    let console = console(request.console_socket.as_deref(), spec.process.terminal)?;
    make(ctx, place, request, &spec, console)
}

/// Reads the bundle.
pub(super) fn decide(ctx: &Context, place: &Place, request: &OciCreate) -> Result<ContainerSpec, OpsError> {
    place.dir(&request.id)?;
    preserved(request.preserve_fds)?;
    let dir = bundle(ctx, request);
    let path = match &request.config {
        Some(config) => ctx.host.cwd.join(config),
        None => dir.join("config.json"),
    };
    let text = file::read_regular(&path, LIMIT)?;
    let machine_root = ctx.host.uid == 0 && !host::is_nested()?;
    let bundle = oci::Bundle { name: &request.id, dir: &dir, machine_root };
    let mut spec = oci::read(&text, &bundle, &ctx.host).map_err(RuntimeError::from)?;
    spec.process.preserve_fds = request.preserve_fds;
    spec.confinement.keep_keyring = request.keep_keyring;
    Ok(spec)
}

/// Makes it, with whoever takes its terminal.
pub(super) fn make(
    ctx: &Context,
    place: &Place,
    request: &OciCreate,
    spec: &ContainerSpec,
    console: Option<OwnedFd>,
) -> Result<Created, OpsError> {
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let pid_file = request.pid_file.as_deref().map(PidFile::begin).transpose()?;
    let rootfs = match &spec.rootfs.source {
        RootfsSource::Directory(dir) => dir.clone(),
        _ => Default::default(),
    };
    let record = Record {
        id: request.id.clone(),
        bundle: bundle(ctx, request),
        rootfs,
        created: Timestamp::now(),
        owner: ctx.host.user.clone().unwrap_or_default(),
        annotations: spec.annotations.clone(),
        pid: 0,
        pid_start: 0,
        boot_id: String::new(),
        whole: false,
    };
    let mut kept = Kept { dir: place.make(&request.id)?, record };
    let made = (|| {
        kept.write_spec(spec)?;
        kept.write()?;
        let gate = Gate::make(&kept.dir)?;
        let plan = crate::plan::hand_over(spec);
        let launch = Launch { plan: &plan, host: &ctx.host, seccomp: program.as_deref(), attached: true };
        let dir = kept.dir.clone();
        let console = console.as_ref().map(AsFd::as_fd);
        let first = HandOver { launch: &launch, dir: &dir, gate: &gate, console }
            .run(|pid| Ok(kept.has_process(pid)?))
            .map_err(|failure| OpsError::Create { name: request.id.clone(), failure })?;
        if let Some(file) = pid_file {
            file.finish(first.pid)?;
        }
        kept.record.whole = true;
        kept.write()?;
        Ok(first)
    })();
    match made {
        Ok(first) => Ok(Created { kept, first }),
        Err(error) => {
            // The first error is the one to tell. A process that waits already reads the end of nothing: it is killed.
            if let Some(process) = kept.process() {
                let _ = process.signal(9);
            }
            let _ = std::fs::remove_dir_all(&kept.dir);
            Err(error)
        }
    }
}

fn bundle(ctx: &Context, request: &OciCreate) -> std::path::PathBuf {
    match &request.bundle {
        Some(bundle) => ctx.host.cwd.join(bundle),
        None => ctx.host.cwd.clone(),
    }
}

/// Whoever takes the terminal of a process that is left to its caller.
pub(super) fn console(socket: Option<&Path>, terminal: bool) -> Result<Option<OwnedFd>, OpsError> {
    match (socket, terminal) {
        (None, false) => Ok(None),
        (Some(_), false) => Err(RuntimeError::NoTerminal.into()),
        (None, true) => Err(RuntimeError::NoConsole.into()),
        (Some(path), true) => {
            let stream = UnixStream::connect(path).attempt(|| format!("connect to {}", path.display()))?;
            Ok(Some(stream.into()))
        }
    }
}

/// What is to be handed on is open: what this process opens itself gets no such number.
pub(super) fn preserved(count: u32) -> Result<(), RuntimeError> {
    let missing = (3..)
        .take(count as usize)
        .find(|fd| Path::new(&format!("/proc/self/fd/{fd}")).symlink_metadata().is_err());
    missing.map_or(Ok(()), |fd| Err(RuntimeError::NotOpen { count, fd }))
}
