//! The processes of a container, told from those of containers that share namespaces with it.

use super::seen::SeenContainer;
use crate::model::spec::NsMode;
use crate::model::{ContainerState, Status};
use crate::store::{Store, StoreError};
use crate::sys::members::Members;

/// Those of a container whose first process lives; none when it does not (any more).
///
/// # Errors
/// The store cannot be read.
pub(super) fn of(store: &Store, container: &SeenContainer) -> Result<Option<Members>, StoreError> {
    let Some(spec) = &container.spec else { return Ok(None) };
    let own = |mode: &NsMode| *mode == NsMode::Private;
    let own_pids = own(&spec.namespaces.pid);
    let owner = own_pids || own(&spec.namespaces.user);
    let state = &container.state;
    let Some(mut members) = Members::of(state.pid, state.pid_start, own_pids, owner) else { return Ok(None) };
    if state.monitor > 0 {
        members = members.except(state.monitor);
    }
    for id in store.live_containers()?.into_iter().filter(|id| *id != container.id) {
        // One that has just gone has no processes.
        let Ok(ContainerState { status: Status::Running, pid, pid_start, monitor, .. }) =
            store.container_state(&id)
        else {
            continue;
        };
        members = members.except_container(pid, pid_start).except(monitor);
    }
    Ok(Some(members))
}
