//! Look at the machine and judge it.

use super::{Context, Outcome};
use crate::doctor::{checks, probe};
use crate::spec::idmaps;

/// All checks, and a container at the end.
pub(super) fn doctor(ctx: &Context) -> Outcome {
    let maps = idmaps::default_maps(&ctx.host);
    Outcome::Findings(checks::run(&probe::probe(&ctx.host, &maps, true)))
}
