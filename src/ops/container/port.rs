//! `port`: the ports of a container that are published. None can be yet, so that there is nothing to list.

use super::{choose, failure};
use crate::model::container_request::Which;
use crate::ops::{DoneToContainers, OpsError, Outcome};
use crate::store::Store;

/// A port that was asked for and is not published is an error where the container runs (podman).
pub(super) fn port(store: &Store, which: &Which, port: Option<&str>) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    for chosen in choose(store, which, |container| container.phase.runs(), &mut done)? {
        if let Some(port) = port.filter(|_| chosen.container.phase.runs()) {
            done.failures.push(failure(store, OpsError::NoSuchPort(port.to_owned())));
        }
    }
    Ok(Outcome::DoneToContainers(done))
}
