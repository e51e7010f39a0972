//! Containers that are there: listed, looked at, signalled, waited for, removed.

mod attach;
mod cleanup;
mod commit;
mod copy;
mod dependents;
mod details;
mod diff;
mod door;
mod exec;
mod export;
mod filter;
mod host_config;
mod inspect;
mod list;
pub mod logs;
mod pause;
mod port;
mod processes;
mod remove;
mod rename;
mod rootfs;
pub mod seen;
mod signal;
mod size;
mod start;
mod stats;
mod top;
mod turn;
mod update;
mod wait;

pub(super) use attach::{attach, start as let_go};
pub(super) use remove::{prune_all, replace};
pub(super) use signal::started;
pub(super) use turn::Turn;

use std::io::Write as _;

use super::{ContainerFailure, Context, DoneToContainers, OpsError, Outcome, WhyNot, sweep};
use crate::model::container_request::{ContainerRequest, Which};
use crate::model::{ContainerId, nearest};
use crate::store::{Lives, Store, StoreError};
use seen::SeenContainer;

/// Does what is asked of containers.
pub(super) fn execute(ctx: &Context, request: &ContainerRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let Lives { held, dead } = store.lives()?;
    // What a dead monitor left is cleared away first; where that cannot be done now, the rest still is.
    if let Err(error) = sweep::sweep_these(ctx, &store, dead) {
        tell(&error.to_string());
    }
    answer(ctx, &store, request, &held).map_err(|error| with_nearest(&store, error))
}

fn answer(
    ctx: &Context,
    store: &Store,
    request: &ContainerRequest,
    held: &[ContainerId],
) -> Result<Outcome, OpsError> {
    match request {
        ContainerRequest::Attach { name, attach } => attach::attach(ctx, store, name, attach),
        ContainerRequest::CheckHealth(name) => attach::check_health(store, name),
        ContainerRequest::Exec(request) => exec::exec(ctx, store, request),
        ContainerRequest::Restart { which, grace, running } => {
            start::restart(ctx, store, which, *grace, *running)
        }
        ContainerRequest::Init(which) => start::init(ctx, store, which),
        ContainerRequest::Start(request) => start::start(ctx, store, request),
        ContainerRequest::Update(request) => update::update(store, request),
        ContainerRequest::List(request) => list::list(ctx, store, request, held),
        ContainerRequest::Inspect { which, images, size } => {
            inspect::inspect(ctx, store, which, inspect::Wanted { images: *images, size: *size })
        }
        ContainerRequest::Logs(request) => logs::logs(store, request),
        ContainerRequest::Commit(request) => commit::commit(ctx, store, request),
        ContainerRequest::Copy(request) => copy::copy(ctx, store, request),
        ContainerRequest::Diff(request) => diff::diff(ctx, store, request),
        ContainerRequest::Export(request) => export::export(ctx, store, request),
        ContainerRequest::Exists(name) => match store.find_container(name) {
            Ok(_) => Ok(Outcome::Exit(0)),
            Err(StoreError::NoSuchContainer(_)) => Ok(Outcome::Exit(1)),
            Err(error) => Err(error.into()),
        },
        ContainerRequest::Cleanup { which, remove, remove_image } => {
            cleanup::cleanup(ctx, store, which, *remove, *remove_image)
        }
        ContainerRequest::Remove(request) => remove::remove(ctx, store, request),
        ContainerRequest::Prune(filters) => remove::prune(ctx, store, filters),
        ContainerRequest::Kill { which, signal } => signal::kill(store, which, *signal),
        ContainerRequest::Pause(which) => pause::pause(store, which),
        ContainerRequest::Port { which, port } => port::port(store, which, port.as_deref()),
        ContainerRequest::Rename { container, name } => rename::rename(store, container, name),
        ContainerRequest::Stats(request) => stats::stats(store, request),
        ContainerRequest::Stop { which, grace } => signal::stop(store, which, *grace),
        ContainerRequest::Top(request) => top::top(store, request),
        ContainerRequest::Unpause(which) => pause::unpause(store, which),
        ContainerRequest::Wait { which, conditions } => wait::wait(ctx, store, which, conditions),
    }
}

/// Tells what an image's topmost layer adds to the others.
pub(super) fn diff_image(ctx: &Context, name: &str) -> Result<Outcome, OpsError> {
    diff::image(ctx, &Store::open(&ctx.host.dirs)?, name)
}

/// One line for the user's eyes.
fn tell(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "Note: {line}");
}

/// A container that a verb is about, and what to call it in the answer: as it was given, else its id.
struct Chosen {
    shown: String,
    container: SeenContainer,
}

/// Finds the containers that a verb is about; what is not found becomes a failure. With `-a`, or filters and no names, those
/// that fit.
fn choose(
    store: &Store,
    which: &Which,
    fit: impl Fn(&SeenContainer) -> bool,
    done: &mut DoneToContainers,
) -> Result<Vec<Chosen>, OpsError> {
    let by_id = |container: SeenContainer| Chosen { shown: container.id.to_string(), container };
    let mut chosen: Vec<Chosen> = Vec::new();
    let filters = filter::parse_all(&which.filters, filter::LIST, store)?;
    if which.all || (which.names.is_empty() && !which.latest && !filters.is_empty()) {
        let fits = |container: &SeenContainer| fit(container) && filter::fit(&filters, container);
        return Ok(seen::all(store)?.into_iter().filter(fits).map(by_id).collect());
    }
    if which.latest {
        let latest = seen::all(store)?.into_iter().max_by_key(|container| container.created_ms);
        let none = || StoreError::NoSuchContainer("latest".to_owned());
        chosen.push(latest.map(by_id).ok_or_else(none)?);
    }
    for name in &which.names {
        let found = store.find_container(name).and_then(|id| seen::one(store, &id));
        match found {
            Ok(container) if chosen.iter().any(|known| known.container.id == container.id) => {}
            Ok(container) => chosen.push(Chosen { shown: name.clone(), container }),
            Err(StoreError::NoSuchContainer(_)) if which.ignore => {}
            Err(error) => done.failures.push(failure(store, error.into())),
        }
    }
    chosen.retain(|chosen| filter::fit(&filters, &chosen.container));
    Ok(chosen)
}

/// What is told of a container to which something was not done.
fn failure(store: &Store, error: OpsError) -> ContainerFailure {
    let why = match &error {
        OpsError::Store(StoreError::NoSuchContainer(_)) | OpsError::NothingToInspect { .. } => {
            WhyNot::Missing
        }
        OpsError::Running { .. } => WhyNot::InUse,
        _ => WhyNot::Other,
    };
    let hint = match (&error, why) {
        (_, WhyNot::InUse) => Some("-f stops it first".to_owned()),
        (OpsError::HasDependents { .. }, _) => Some("rctr rm --depend removes those, too".to_owned()),
        _ => near(store, &error).map(|name| format!("did you mean {name}?")),
    };
    ContainerFailure { why, message: error.to_string(), hint }
}

/// The error with the name that may have been meant, if it is one about a name.
pub(super) fn with_nearest(store: &Store, error: OpsError) -> OpsError {
    match near(store, &error) {
        Some(name) => OpsError::Nearest { error: Box::new(error), name },
        None => error,
    }
}

fn near(store: &Store, error: &OpsError) -> Option<String> {
    let text = match error {
        OpsError::Store(StoreError::NoSuchContainer(text)) => text.as_str(),
        OpsError::NothingToInspect { name, .. } => name.trim_matches('"'),
        _ => return None,
    };
    let names = store.container_names().ok()?;
    nearest(text, names.values().map(String::as_str)).map(str::to_owned)
}
