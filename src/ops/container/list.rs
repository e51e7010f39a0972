//! `ps`: the containers that there are, and which of them to show.

use std::collections::BTreeMap;

use super::filter::{self, Filter};
use super::seen::{self, Phase, SeenContainer};
use super::size;
use crate::model::ContainerId;
use crate::model::container_request::ListContainersRequest;
use crate::ops::{Context, ListedContainer, OpsError, Outcome};
use crate::store::Store;
use crate::sys::procfs;

/// Lists containers, the oldest first: those that run, unless more is asked for. `held` is what a look at all lives has
/// just told.
pub(super) fn list(
    ctx: &Context,
    store: &Store,
    request: &ListContainersRequest,
    held: &[ContainerId],
) -> Result<Outcome, OpsError> {
    let filters = filter::parse_all(&request.filters, filter::LIST, store)?;
    // Asking for a status asks for all (docker's rule, and podman's).
    let all = request.all
        || request.last.is_some()
        || filters.iter().any(|filter| matches!(filter, Filter::Status(_)));
    let mut containers = seen::among(store, held, all)?;
    let shown = |phase: Phase| phase.lives() && phase != Phase::Initialized;
    containers.retain(|container| (all || shown(container.phase)) && filter::fit(&filters, container));
    if let Some(last) = request.last {
        containers.drain(..containers.len().saturating_sub(last));
    }
    let mut sizes = if request.size { size::of(ctx, store, &containers)? } else { BTreeMap::new() };
    let listed = containers.into_iter().map(|seen| ListedContainer {
        size: sizes.remove(&seen.id),
        namespaces: if request.namespaces { namespaces(&seen) } else { BTreeMap::new() },
        seen,
    });
    Ok(Outcome::Containers(listed.collect()))
}

/// Those of its first process; none when it does not run.
fn namespaces(container: &SeenContainer) -> BTreeMap<&'static str, u64> {
    if !container.phase.lives() || container.state.pid <= 0 {
        return BTreeMap::new();
    }
    let numbers = procfs::NAMESPACES.iter().filter_map(|kind| {
        // One that ends meanwhile has none.
        procfs::namespace(container.state.pid, kind).ok().map(|number| (*kind, number))
    });
    let numbers = numbers.collect();
    // They are another process's when the pid is.
    if seen::alive(&container.state) { numbers } else { BTreeMap::new() }
}
