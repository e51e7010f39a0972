//! `update`: settings of a container that can change while it runs. The record changes first; a monitor that runs reads it
//! again when it is told to.

use super::attach::{ask, connect};
use super::{Chosen, choose, failure};
use crate::model::container_request::UpdateRequest;
use crate::model::{ContainerSpec, RestartPolicy};
use crate::monitor::protocol::Message;
use crate::ops::run::prepare::look_up_devices;
use crate::ops::{DoneToContainers, OpsError, Outcome, cgroups};
use crate::spec::{SpecError, health, limits};
use crate::store::Store;

/// Changes them.
pub(super) fn update(store: &Store, request: &UpdateRequest) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    for chosen in choose(store, &request.which, |_| true, &mut done)? {
        match update_one(store, &chosen, request) {
            Ok(notices) => {
                done.notices.extend(notices);
                done.done.push(chosen.shown);
            }
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::DoneToContainers(done))
}

fn update_one(store: &Store, chosen: &Chosen, request: &UpdateRequest) -> Result<Vec<String>, OpsError> {
    let mut notices = Vec::new();
    let runs = chosen.container.phase.runs();
    store.change_spec(&chosen.container.id, |spec| {
        let before = spec.cgroup.clone();
        change(spec, request)?;
        look_up_devices(&mut spec.cgroup.limits)?;
        if runs {
            notices = cgroups::change(&chosen.container.state, &before, &spec.cgroup)?;
        }
        Ok::<(), OpsError>(())
    })?;
    if chosen.container.phase.lives() {
        // One that ends meanwhile has no use for it; its next start reads the record.
        if let Ok(socket) = connect(store, &chosen.container, "cannot update") {
            ask(&socket, &Message::Reload)?;
        }
    }
    Ok(notices)
}

fn change(spec: &mut ContainerSpec, request: &UpdateRequest) -> Result<(), SpecError> {
    if let Some(restart) = request.restart {
        if spec.remove && restart != RestartPolicy::No {
            let why = "what is removed at its end cannot start again";
            return Err(SpecError::Conflict("--restart", "--rm", why));
        }
        spec.restart = restart;
    }
    spec.cgroup.limits = limits::merge(&spec.cgroup.limits, &request.limits)?;
    limits::check(&spec.cgroup)?;
    if let Some(asked) = &request.health {
        spec.health = health::update(spec.health.as_ref(), asked)?;
    }
    Ok(())
}
