//! `start` and `init`: a container that is in the store and does not run gets a monitor of its own again.

use super::super::attach::terminal_size;
use super::super::container::seen::{self, Phase, SeenContainer};
use super::super::{Context, OpsError, Outcome, container as containers, seccomp};
use super::home::ContainerHome;
use super::prepare::with_joins;
use super::session::{Manner, Session};
use crate::engine::{FailureKind, Launch};
use crate::model::ContainerSpec;
use crate::model::container_request::AttachRequest;
use crate::plan::{self, Plan};
use crate::store::Store;
use crate::sys::signal;

/// Starts one; `attach`: stays with it. One that runs already is left alone, or attached to.
pub fn start(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    attach: Option<&AttachRequest>,
) -> Result<Outcome, OpsError> {
    let id = container.id.to_string();
    let done = match (container.phase, attach) {
        (Phase::Created | Phase::Exited, _) => launch(ctx, store, container, attach, plan::start)?,
        (Phase::Running, Some(attach)) => return containers::attach(ctx, store, &id, attach),
        (Phase::Running | Phase::Restarting, _) => return Ok(Outcome::Done),
        (Phase::Initialized, _) => return containers::let_go(ctx, store, container, attach),
        (Phase::Starting, _) => None,
        (phase, _) => return Err(OpsError::NotStartable { id, status: phase.word() }),
    };
    match done {
        Some(done) => Ok(done),
        None => start(ctx, store, &again(store, container)?, attach),
    }
}

/// Prepares one up to the point where its program would be executed.
pub fn init(ctx: &Context, store: &Store, container: &SeenContainer) -> Result<Outcome, OpsError> {
    let done = match container.phase {
        Phase::Created | Phase::Exited => launch(ctx, store, container, None, plan::init)?,
        Phase::Starting => None,
        _ => return Err(OpsError::Initialized { id: container.id.to_string() }),
    };
    match done {
        Some(done) => Ok(done),
        None => init(ctx, store, &again(store, container)?),
    }
}

/// Somebody else has started it meanwhile, or is just doing so: what has become of it.
fn again(store: &Store, container: &SeenContainer) -> Result<SeenContainer, OpsError> {
    containers::started(store, seen::one(store, &container.id)?)
}

/// Gives it a monitor; none when somebody else has just done so.
fn launch(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    attach: Option<&AttachRequest>,
    plan: fn(&ContainerSpec) -> Plan<'_>,
) -> Result<Option<Outcome>, OpsError> {
    let mut spec = store.container_spec(&container.id)?;
    if spec.process.terminal && attach.is_some() {
        spec.process.terminal_size = terminal_size().or(spec.process.terminal_size);
    }
    let running = with_joins(store, &spec)?;
    let plan = plan(&running);
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let signals = signal::block_forwarded_signals()?;
    let attached = attach.is_some_and(|attach| attach.output);
    let launch = Launch { plan: &plan, host: &ctx.host, seccomp: program.as_deref(), attached };
    let mut home = ContainerHome::existing(ctx, store, &spec).attached(attach.is_some());
    let launched = launch.run(&mut home, None);
    drop(home);
    let end = match launched {
        Err(failure) if failure.kind == FailureKind::Taken => Ok(None),
        Err(failure) => Err(OpsError::start(&spec, failure)),
        Ok(launched) => {
            let manner = Manner::of_start(attach, &spec);
            Session { ctx, store, spec: &spec, manner }.stay(launched, &signals).map(Some)
        }
    };
    signals.restore()?;
    end
}
