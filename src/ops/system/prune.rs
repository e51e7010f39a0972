//! `system prune`: containers that do not run, then the images that nothing needs any more.

use jiff::Timestamp;

use super::usage::{container_sizes, layer_bytes};
use crate::model::system_request::PruneRequest;
use crate::model::{Action, Digest, Event};
use crate::ops::container::{self, seen};
use crate::ops::prunable::Prunable;
use crate::ops::{ContainerFailure, Context, OpsError, rmi, sweep, unpack};
use crate::store::Store;

/// What was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Ids of containers.
    pub containers: Vec<String>,
    /// Images.
    pub images: Vec<Digest>,
    /// Bytes that were had back.
    pub reclaimed: u64,
    /// One sentence each.
    pub notices: Vec<String>,
    /// What stays, and why.
    pub failures: Vec<ContainerFailure>,
}

/// Takes away what is not used and fits the filters.
pub(super) fn prune(ctx: &Context, request: &PruneRequest) -> Result<Pruned, OpsError> {
    let prunable = Prunable::read(&request.filters)?;
    let store = Store::open(&ctx.host.dirs)?;
    sweep::sweep(ctx, &store)?;
    unpack::sweep(ctx, &store)?;
    let mut idle = seen::all(&store)?;
    idle.retain(|container| prunable.has_container(container));
    let (sizes, notices) = container_sizes(ctx, &store, &idle)?;
    let done = container::prune_all(ctx, &store, &prunable)?;
    let written =
        done.done.iter().filter_map(|id| sizes.get(id)).fold(0_u64, |sum, size| sum.saturating_add(*size));
    let before = layer_bytes(&store)?;
    let images = rmi::prune_all(ctx, &store, request.all, &prunable)?;
    let layers = before.saturating_sub(layer_bytes(&store)?);
    store.record_event(&Event::system(Timestamp::now(), Action::Prune));
    Ok(Pruned {
        containers: done.done,
        images,
        reclaimed: written.saturating_add(layers),
        failures: done.failures,
        notices,
    })
}
