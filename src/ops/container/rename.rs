//! `rename`.

use crate::model::Action;
use crate::ops::{OpsError, Outcome, happened};
use crate::spec::names;
use crate::store::{Store, StoreError};

/// Gives a container another name. One that runs keeps the host name that it has.
pub(super) fn rename(store: &Store, container: &str, name: &str) -> Result<Outcome, OpsError> {
    let id = store.find_container(container)?;
    let name = name.strip_prefix('/').unwrap_or(name);
    names::check(name).map_err(|_| {
        let why = "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument";
        OpsError::BadRequest(format!("invalid name {name:?}: {why}"))
    })?;
    match store.rename_container(&id, name) {
        Ok(()) => {
            // A record that cannot be read has no event.
            if let Ok(spec) = store.container_spec(&id) {
                happened(store, Action::Rename, &spec);
            }
            Ok(Outcome::Done)
        }
        Err(StoreError::NameInUse { name, .. }) => Err(OpsError::NameTaken { id: id.to_string(), name }),
        Err(error) => Err(error.into()),
    }
}
