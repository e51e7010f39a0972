//! `system reset`: takes away everything that rctr keeps, running containers too.

use std::io;

use crate::model::container_request::{ContainerRequest, Grace, RemoveContainersRequest, Which};
use crate::ops::{Context, OpsError, Outcome, container, unpack};
use crate::store::{Store, StoreLock};
use crate::sys::tree;

/// How often containers that somebody makes meanwhile are removed too.
const ATTEMPTS: usize = 5;

/// Ends and removes every container, then the store and the cache. A reset that is killed has left a store that is whole,
/// or empty and to be swept.
pub(super) fn reset(ctx: &Context) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let lock = without_containers(ctx, &store)?;
    let staged = store.retire_everything(&lock)?;
    unpack::delete(ctx, staged)?;
    unpack::sweep(ctx, &store)?;
    store.remove_empty(lock)?;
    tree::remove(&ctx.host.dirs.cache)?;
    // Shared with stores elsewhere (--root): it goes when there is nothing of theirs in it.
    match std::fs::remove_dir(&ctx.host.dirs.runtime) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
            let attempt = format!("remove {}", ctx.host.dirs.runtime.display());
            Err(crate::sys::SysError::new(attempt, error).into())
        }
        _ => Ok(Outcome::Done),
    }
}

/// The store's lock, at a moment when there is no container.
fn without_containers(ctx: &Context, store: &Store) -> Result<StoreLock, OpsError> {
    let all = Which { all: true, ..Which::default() };
    let request = RemoveContainersRequest {
        which: all,
        force: true,
        grace: Grace::Seconds(0),
        ..RemoveContainersRequest::default()
    };
    for _ in 0..ATTEMPTS {
        let outcome = container::execute(ctx, &ContainerRequest::Remove(request.clone()))?;
        if let Outcome::DoneToContainers(done) = outcome
            && let Some(failure) = done.failures.into_iter().next()
        {
            return Err(OpsError::BadRequest(failure.message));
        }
        let lock = store.lock_exclusive()?;
        if store.container_ids()?.is_empty() {
            return Ok(lock);
        }
    }
    Err(OpsError::BadRequest("somebody goes on making containers: end that first".to_owned()))
}
