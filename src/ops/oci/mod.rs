//! The verbs of an OCI runtime. Containers here are their callers': no monitor stays with them, and they are kept below
//! a directory of their own, not in rctr's store.

mod console;
mod create;
mod error;
mod exec;
mod features;
mod foreground;
mod kept;
mod pid_file;
mod signal;
mod starter;

pub use error::RuntimeError;

use serde_json::{Value, json};

use super::{Context, OpsError, Outcome};
use crate::engine::gate;
use crate::model::{OciRequest, OciVerb};
use kept::{Kept, Life, Place};

/// Does one.
pub(super) fn execute(ctx: &Context, request: &OciRequest) -> Result<Outcome, OpsError> {
    let place = Place::of(ctx, request.root.as_deref());
    let text = |value: Value| Ok(Outcome::Text(format!("{value:#}\n")));
    match &request.verb {
        OciVerb::Create(create) => create::create(ctx, &place, create).map(|_| Outcome::Done),
        OciVerb::Run { create, detach, keep } => foreground::run(ctx, &place, create, *detach, *keep),
        OciVerb::Start(id) => start(&place, id).map(|()| Outcome::Done),
        OciVerb::State(id) => text(state(&place.find(id)?)),
        OciVerb::Kill { id, signal, all } => {
            signal::kill(&place.find(id)?, *signal, *all).map(|()| Outcome::Done)
        }
        OciVerb::Delete { id, force } => signal::delete(&place, id, *force).map(|()| Outcome::Done),
        OciVerb::List => Ok(Outcome::Facts(place.all()?.iter().map(state).collect())),
        OciVerb::Processes(id) => Ok(Outcome::Facts(signal::pids(&place.find(id)?)?.into())),
        OciVerb::Exec(exec) => exec::exec(ctx, &place, exec),
        OciVerb::Spec { bundle } => starter::write(ctx, bundle.as_deref()).map(|()| Outcome::Done),
        OciVerb::Features => text(features::features()),
    }
}

/// Has the program of a created container executed.
fn start(place: &Place, id: &str) -> Result<(), OpsError> {
    let kept = place.find(id)?;
    let _one_at_a_time = kept.lock()?;
    if kept.life() != Life::Created {
        return Err(kept.is_not("start", "created").into());
    }
    gate::pass(&kept.dir)?.map_err(|failure| OpsError::Start { name: id.to_owned(), failure })
}

/// runtime.md, "State", and what runc adds to it.
fn state(kept: &Kept) -> Value {
    let record = &kept.record;
    let life = kept.life();
    json!({
        "ociVersion": features::VERSION,
        "id": record.id,
        "pid": if life == Life::Stopped { 0 } else { record.pid },
        "status": life.word(),
        "bundle": record.bundle,
        "rootfs": record.rootfs,
        "created": record.created.to_string(),
        "owner": record.owner,
        "annotations": record.annotations,
    })
}
