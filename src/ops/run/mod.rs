//! Make a container: decide it, put it in the store, and with `run` start it and stay with it.

pub(super) mod backend;
mod home;
mod mapped;
pub(super) mod prepare;
mod session;
pub(super) mod start;

use std::io::Write as _;
use std::path::Path;

use super::{Context, OpsError, Outcome, container, pull, seccomp, sweep};
use crate::engine::{FailureKind, Home as _, Launch, UserNamespace};
use crate::model::registry_request::{PullOptions, PullPolicy};
use crate::model::run_request::{IdMapRequest, RunRequest, RunSource};
use crate::model::spec::RootfsSource;
use crate::model::{ContainerSpec, ContainerState, Digest, HostFacts, MapWriter};
use crate::spec::idmaps;
use crate::store::{Store, StoreError, StoreLock};
use crate::sys::signal;
use home::ContainerHome;
use mapped::Translation;
use session::{Manner, Session};

/// Makes a container and runs it: to its end, or with `--detach` until its program runs.
pub(super) fn run(ctx: &Context, request: &RunRequest) -> Result<Outcome, OpsError> {
    let maps = idmaps::default_maps(&ctx.host);
    let mut ahead = None;
    if !request.dry_run && request.id_maps == IdMapRequest::default() {
        // While the helpers write the maps, it is decided what is to run. Where there is no user namespace to be had, the
        // launch says why.
        ahead = UserNamespace::begin(&maps, &ctx.host).unwrap_or_default();
    }
    let done = run_in(ctx, request, &mut ahead);
    if let Some(ahead) = ahead {
        // Something else has failed, and that is told.
        let _ = ahead.finish();
    }
    done
}

fn run_in(
    ctx: &Context,
    request: &RunRequest,
    ahead: &mut Option<UserNamespace<'_>>,
) -> Result<Outcome, OpsError> {
    let store = open(ctx)?;
    match run_once(ctx, &store, request, ahead) {
        // newuidmap is there and may not do its work (no_new_privs, a nested user namespace, not setuid): what it
        // would have given is done without.
        Err(OpsError::Start { failure, .. })
            if failure.kind == FailureKind::IdMaps && request.id_maps == IdMapRequest::default() =>
        {
            tell(&format!("{failure}"));
            let host = HostFacts { newuidmap: None, newgidmap: None, ..ctx.host.clone() };
            run_once(&Context { host }, &store, request, &mut None)
        }
        other => other,
    }
}

fn run_once(
    ctx: &Context,
    store: &Store,
    request: &RunRequest,
    ahead: &mut Option<UserNamespace<'_>>,
) -> Result<Outcome, OpsError> {
    let decided = decide(ctx, store, request)?;
    let spec = &decided.spec;
    let running = prepare::with_joins(store, spec)?;
    let plan = crate::plan::start(&running);
    if request.dry_run {
        return Ok(Outcome::Text(plan.to_string()));
    }
    make_ready(ctx, store, request, spec)?;
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let signals = signal::block_forwarded_signals()?;
    let attached = !request.detach;
    let launch = Launch { plan: &plan, host: &ctx.host, seccomp: program.as_deref(), attached };
    let (translation, images) = (decided.translation.as_ref(), decided.images);
    let home = ContainerHome::new(ctx, store, spec, decided.root_mode, translation, images);
    let mut home = home.attached(attached);
    let launched = launch.run(&mut home, ahead.take()).map_err(|f| OpsError::start(spec, f));
    drop(home);
    let end = launched.and_then(|launched| {
        Session { ctx, store, spec, manner: Manner::of_run(request, spec) }.stay(launched, &signals)
    });
    signals.restore()?;
    end
}

/// Makes a container and leaves it for `start`.
pub(super) fn create(ctx: &Context, request: &RunRequest) -> Result<Outcome, OpsError> {
    let store = open(ctx)?;
    let decided = decide(ctx, &store, request)?;
    let spec = &decided.spec;
    if request.dry_run {
        return Ok(Outcome::Text(crate::plan::start(spec).to_string()));
    }
    make_ready(ctx, &store, request, spec)?;
    // A filter that cannot be had is told now and not at the start.
    seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let (translation, images) = (decided.translation.as_ref(), decided.images);
    let mut home = ContainerHome::new(ctx, &store, spec, decided.root_mode, translation, images);
    let failed = |failure| OpsError::Create { name: spec.name.clone(), failure };
    home.create().map_err(failed)?;
    let kept = home
        .record(&ContainerState::default())
        .map_err(failed)
        .and_then(|()| session::write_cidfile(request.cidfile.as_deref(), spec))
        .and_then(|()| home.end().map_err(failed));
    match kept {
        Ok(()) => Ok(Outcome::Text(format!("{}\n", spec.id))),
        Err(error) => {
            home.take_back();
            Err(error)
        }
    }
}

/// The store, without what dead monitors left in it.
fn open(ctx: &Context) -> Result<Store, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    if let Err(error) = sweep::sweep(ctx, &store) {
        // What is left of another container is no reason not to run this one.
        tell(&error.to_string());
    }
    Ok(store)
}

/// A decided container, and what its maker needs besides.
struct Decided {
    spec: ContainerSpec,
    /// Permission bits of its root directory.
    root_mode: u32,
    /// Whose its files are, under another id map than the default.
    translation: Option<Translation>,
    /// Nobody takes the image's layers away before the container's record says that they are used.
    images: StoreLock,
}

/// Decides the container; an image that is not here is fetched first. One that is here costs nothing more.
fn decide(ctx: &Context, store: &Store, request: &RunRequest) -> Result<Decided, OpsError> {
    let RunSource::Image(name) = &request.source else { return decide_here(ctx, store, request) };
    if let Some(name) = name.strip_prefix("docker://") {
        let source = RunSource::Image(name.to_owned());
        return decide(ctx, store, &RunRequest { source, ..request.clone() });
    }
    let (policy, platform) = (request.pull.policy, &request.pull.platform);
    let ask_first = match policy {
        PullPolicy::Always | PullPolicy::Newer => true,
        PullPolicy::Missing => !platform.is_default(),
        PullPolicy::Never => false,
    };
    if !ask_first || request.dry_run {
        // An id is nobody's name.
        let is_id = name.starts_with("sha256:") || Digest::from_hex(name).is_some();
        let may_pull = policy != PullPolicy::Never && !is_id && !request.dry_run;
        match decide_here(ctx, store, request) {
            Err(OpsError::Store(StoreError::NoSuchImage(_))) if may_pull => {}
            done => return done,
        }
    }
    let options = PullOptions { quiet: request.quiet || request.pull.quiet, ..request.pull.clone() };
    let (name, notices) = pull::for_container(ctx, store, name, &options)?;
    if !options.quiet {
        notices.iter().for_each(|notice| tell(notice));
    }
    decide_here(ctx, store, &RunRequest { source: RunSource::Image(name), ..request.clone() })
}

fn decide_here(ctx: &Context, store: &Store, request: &RunRequest) -> Result<Decided, OpsError> {
    let images = store.lock_shared()?;
    let prepare::Prepared { mut spec, root_mode } = prepare::prepare(ctx, store, request)?;
    let translation = Translation::of(ctx, &spec);
    if !request.dry_run {
        backend::choose(ctx, store, request.mounts.backend.is_some(), &mut spec)?;
        if let Some(translation) = &translation {
            translation.layers(ctx, store, &mut spec)?;
        } else if let RootfsSource::Layers(layers) = &mut spec.rootfs.source {
            layers.push(store.skeleton()?);
        }
    }
    Ok(Decided { spec, root_mode, translation, images })
}

/// What comes before the first thing is made: a word about the ids, the old container of the name, the id file.
fn make_ready(
    ctx: &Context,
    store: &Store,
    request: &RunRequest,
    spec: &ContainerSpec,
) -> Result<(), OpsError> {
    if spec.id_maps.writer == MapWriter::Own && !request.quiet {
        tell(
            "only your own id is mapped: every file and user in the container is yours (rctr doctor tells why)",
        );
    }
    if let Some(name) = request.name.as_deref().filter(|_| request.replace) {
        container::replace(ctx, store, name)?;
    }
    claim_file(request.cidfile.as_deref(), "--cidfile")
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

/// One line for the user's eyes.
fn tell(line: &str) {
    // A stderr that is closed cannot be told anything.
    let _ = writeln!(std::io::stderr(), "Note: {line}");
}
