//! Run a container: decide it, plan it, hand it to a monitor.

use super::{Context, OpsError, Outcome};
use crate::model::RunRequest;
use crate::spec::idmaps;

/// Makes a container and runs it to its end.
pub(super) fn run(ctx: &Context, request: &RunRequest) -> Result<Outcome, OpsError> {
    let maps = idmaps::default_maps(&ctx.host);
    Ok(Outcome::Text(format!("{request:#?}\n{maps:#?}\n")))
}
