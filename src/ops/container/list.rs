//! `ps`: the containers that there are, and which of them to show.

use super::filter::{self, Filter};
use super::seen;
use crate::model::container_request::ListContainersRequest;
use crate::ops::{OpsError, Outcome};
use crate::store::Store;

/// Lists containers, the oldest first: those that run, unless more is asked for.
pub(super) fn list(store: &Store, request: &ListContainersRequest) -> Result<Outcome, OpsError> {
    let filters = filter::parse_all(&request.filters, filter::LIST, store)?;
    // Asking for a status asks for all (docker's rule, and podman's).
    let all = request.all
        || request.last.is_some()
        || filters.iter().any(|filter| matches!(filter, Filter::Status(_)));
    let mut containers = seen::all(store)?;
    containers.retain(|container| (all || container.phase.lives()) && filter::fit(&filters, container));
    if let Some(last) = request.last {
        containers.drain(..containers.len().saturating_sub(last));
    }
    Ok(Outcome::Containers(containers))
}
