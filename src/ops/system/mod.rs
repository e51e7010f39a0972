//! The store as a whole: how much room it takes, cleared of what is not used, taken away.

mod check;
mod prune;
mod reset;
mod usage;

use super::{Context, OpsError, Outcome};
use crate::model::SystemRequest;

pub use check::{CheckReport, FoundProblem};
pub use prune::Pruned;
pub use usage::{ContainerUsage, DiskUsage, ImageUsage, VolumeUsage};

/// Does what is asked of the store.
pub(super) fn execute(ctx: &Context, request: &SystemRequest) -> Result<Outcome, OpsError> {
    match request {
        SystemRequest::Check(request) => Ok(Outcome::Checked(check::check(ctx, request)?)),
        SystemRequest::DiskUsage => Ok(Outcome::DiskUsage(Box::new(usage::disk_usage(ctx)?))),
        SystemRequest::Prune(request) => Ok(Outcome::Pruned(prune::prune(ctx, request)?)),
        SystemRequest::Reset => reset::reset(ctx),
    }
}
