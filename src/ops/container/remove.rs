//! `rm`, `container prune`, and what `run --replace` does first. A container leaves the store in one rename; its files are
//! deleted after that, and what a killed remover leaves of them is swept.

use std::collections::BTreeSet;

use super::dependents::Dependents;
use super::seen::{self, Phase, SeenContainer};
use super::signal::{self, Purpose};
use super::turn::Turn;
use super::{Chosen, choose, failure};
use crate::model::container_request::{Grace, RemoveContainersRequest};
use crate::model::{Action, ContainerId};
use crate::ops::prunable::Prunable;
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, happened, unpack};
use crate::store::{Claim, Staged, Store, StoreError};

/// Removes containers; what fails does not stop the rest.
pub(super) fn remove(
    ctx: &Context,
    store: &Store,
    request: &RemoveContainersRequest,
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut which = request.which.clone();
    which.ignore |= request.force;
    let chosen = choose(store, &which, |_| true, &mut done)?;
    let joining = seen::joining(store)?;
    let dependents = Dependents::among(&joining);
    let chosen = dependents.arrange(chosen, joining, request.depend);
    let retired = retire(store, chosen, &dependents, request.force.then_some(request.grace), &mut done);
    unpack::delete(ctx, retired)?;
    Ok(Outcome::DoneToContainers(done))
}

/// Removes every container that does not run and fits.
pub(super) fn prune(ctx: &Context, store: &Store, filters: &[String]) -> Result<Outcome, OpsError> {
    Ok(Outcome::DoneToContainers(prune_all(ctx, store, &Prunable::read(filters)?)?))
}

/// Removes every container that may go.
pub(in crate::ops) fn prune_all(
    ctx: &Context,
    store: &Store,
    prunable: &Prunable,
) -> Result<DoneToContainers, OpsError> {
    let mut done = DoneToContainers::default();
    let all = seen::all(store)?;
    let dependents = Dependents::among(&all);
    let (mut chosen, mut going) = (Vec::new(), BTreeSet::new());
    // Not what others use that stay.
    let named = |container: SeenContainer| Chosen { shown: container.id.to_string(), container };
    for one in dependents.arrange(all.into_iter().map(named).collect(), Vec::new(), false) {
        let id = &one.container.id;
        if prunable.has_container(&one.container) && dependents.left(id, &going).is_empty() {
            going.insert(id.clone());
            chosen.push(one);
        }
    }
    let retired = retire(store, chosen, &dependents, None, &mut done);
    unpack::delete(ctx, retired)?;
    Ok(done)
}

/// Stops and removes the container that has this name, if there is one.
pub(in crate::ops) fn replace(ctx: &Context, store: &Store, name: &str) -> Result<(), OpsError> {
    let Some(id) = store.container_by_name(name) else { return Ok(()) };
    let container = match seen::one(store, &id) {
        Err(StoreError::NoSuchContainer(_)) => return Ok(()),
        other => other?,
    };
    check(&Dependents::among(&seen::joining(store)?), &id, &BTreeSet::new())?;
    let mut notices = Vec::new();
    let chosen = Chosen { shown: name.to_owned(), container };
    let asked = signal::ask(store, chosen, Grace::Own, Purpose::Remove, &mut notices)?;
    let chosen = signal::end(asked, true, &mut notices)?;
    unpack::delete(ctx, take(store, &chosen.container)?.into_iter().collect())
}

/// Nobody who is not gone uses its namespaces.
fn check(dependents: &Dependents, id: &ContainerId, gone: &BTreeSet<ContainerId>) -> Result<(), OpsError> {
    match dependents.left(id, gone).as_slice() {
        [] => Ok(()),
        left => Err(OpsError::HasDependents { id: id.to_string(), dependents: left.join(", ") }),
    }
}

/// Takes containers out of the store, in this order; those that run are stopped with a grace, and refused without. All that are to be
/// stopped are asked before any is waited for.
fn retire(
    store: &Store,
    chosen: Vec<Chosen>,
    dependents: &Dependents,
    grace: Option<Grace>,
    done: &mut DoneToContainers,
) -> Vec<Staged> {
    let mut asked = Vec::new();
    let mut going = BTreeSet::new();
    for chosen in chosen {
        let id = chosen.container.id.clone();
        // Somebody else who removes it meanwhile does what was asked for.
        let shown = chosen.shown.clone();
        let result = match grace {
            // It is not stopped in vain.
            _ if !stays(&chosen.container, grace)
                && let Err(error) = check(dependents, &id, &going) =>
            {
                Err(error)
            }
            // That it is killed in the end is what was asked for, and needs no word.
            Some(grace) => signal::ask(store, chosen, grace, Purpose::Remove, &mut Vec::new()),
            None if stays(&chosen.container, grace) => Err(refusal(&chosen.container)),
            None => signal::ask(store, chosen, Grace::Forever, Purpose::Remove, &mut Vec::new()),
        };
        match result {
            Ok(ending) => {
                going.insert(id.clone());
                asked.push((id, ending));
            }
            Err(OpsError::Store(StoreError::NoSuchContainer(_))) => {
                going.insert(id);
                done.done.push(shown);
            }
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    let mut retired = Vec::new();
    for (id, ending) in asked {
        let taken = signal::end(ending, true, &mut Vec::new()).and_then(|chosen| {
            check(dependents, &id, &going)?;
            Ok((take(store, &chosen.container)?, chosen.shown))
        });
        match taken {
            Ok((staged, shown)) => {
                retired.extend(staged);
                done.done.push(shown);
            }
            Err(error) => {
                going.remove(&id);
                done.failures.push(failure(store, error));
            }
        }
    }
    retired
}

/// Does it run, and is not to be stopped? What waits to be started has not begun (podman).
fn stays(container: &SeenContainer, grace: Option<Grace>) -> bool {
    grace.is_none() && container.phase.lives() && container.phase != Phase::Initialized
}

/// Waits for whoever holds the container for a moment, and takes it out of the store; none when it is gone by then.
fn take(store: &Store, container: &SeenContainer) -> Result<Option<Staged>, OpsError> {
    let id = &container.id;
    let mut turn = Turn::default();
    loop {
        match store.claim_container(id)? {
            Claim::Taken(taken) => {
                let staged = store.retire_container(taken)?;
                if let Some(spec) = &container.spec {
                    happened(store, Action::Remove, spec);
                }
                return Ok(Some(staged));
            }
            Claim::Gone => return Ok(None),
            Claim::Busy => match seen::one(store, id) {
                // Somebody has started it again.
                Ok(container) if container.phase.runs() => return Err(refusal(&container)),
                _ => turn.wait(store, id)?,
            },
        }
    }
}

fn refusal(container: &SeenContainer) -> OpsError {
    OpsError::Running { id: container.id.to_string(), status: container.phase.word() }
}
