//! `start`: a container that is in the store and does not run gets a monitor of its own again.

use super::super::attach::terminal_size;
use super::super::container::seen::{Phase, SeenContainer};
use super::super::{Context, OpsError, Outcome, seccomp};
use super::home::ContainerHome;
use super::prepare::with_joins;
use super::session::{Manner, Session};
use crate::engine::Launch;
use crate::model::container_request::AttachRequest;
use crate::store::Store;
use crate::sys::signal;

/// Starts one; `attach`: stays with it. One that runs already is left alone.
pub fn start(
    ctx: &Context,
    store: &Store,
    container: &SeenContainer,
    attach: Option<&AttachRequest>,
) -> Result<Outcome, OpsError> {
    let id = container.id.to_string();
    match container.phase {
        Phase::Created | Phase::Exited => {}
        Phase::Running | Phase::Restarting => return Ok(Outcome::Done),
        phase => return Err(OpsError::NotStartable { id, status: phase.word() }),
    }
    let mut spec = store.container_spec(&container.id)?;
    if spec.process.terminal && attach.is_some() {
        spec.process.terminal_size = terminal_size().or(spec.process.terminal_size);
    }
    let running = with_joins(store, &spec)?;
    let plan = crate::plan::start(&running);
    let program = seccomp::program(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let signals = signal::block_forwarded_signals()?;
    let attached = attach.is_some_and(|attach| attach.output);
    let launch = Launch { plan: &plan, host: &ctx.host, seccomp: program.as_deref(), attached };
    let mut home = ContainerHome::existing(ctx, store, &spec).attached(attach.is_some());
    let launched = launch.run(&mut home).map_err(|failure| OpsError::start(&spec, failure));
    drop(home);
    let end = launched.and_then(|launched| {
        let manner = Manner::of_start(attach, &spec);
        Session { ctx, store, spec: &spec, manner }.stay(launched, &signals)
    });
    signals.restore()?;
    end
}
