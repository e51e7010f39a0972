//! Names of containers: symlinks in `names/`, of which the record decides. A link whose container calls itself otherwise was
//! left by a rename that was killed in the middle, and counts for nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use rustix::fs::FlockOperation;

use super::containers::{names, unlink, write_spec};
use super::lock::flock;
use super::{Store, StoreError};
use crate::model::{ContainerId, ContainerSpec};
use crate::sys::{Attempt, SysError};

impl Store {
    /// The container that a name belongs to.
    pub fn container_by_name(&self, name: &str) -> Option<ContainerId> {
        self.linked(name).filter(|id| self.bears(id, name))
    }

    /// Has the container this name? Read from the name alone: during a `rename` it has both.
    pub fn has_name(&self, id: &ContainerId, name: &str) -> bool {
        self.linked(name).as_ref() == Some(id)
    }

    /// The names of containers by id.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn container_names(&self) -> Result<BTreeMap<ContainerId, String>, StoreError> {
        let mut by_id = BTreeMap::new();
        for name in names(&self.data().join("names"))? {
            let Some(id) = self.linked(&name) else { continue };
            // Only what has two names has to be looked at.
            if !by_id.contains_key(&id) || self.bears(&id, &name) {
                by_id.insert(id, name);
            }
        }
        Ok(by_id)
    }

    /// Gives a container another name; at every moment it has the old one or the new one.
    ///
    /// # Errors
    /// [`StoreError::NameInUse`]; ENOSPC, EROFS.
    pub fn rename_container(&self, id: &ContainerId, name: &str) -> Result<(), StoreError> {
        if self.container_by_name(name).as_ref() == Some(id) {
            return Ok(());
        }
        let _one_at_a_time = self.lock_names()?;
        self.claim_locked(name, id)?;
        // From the moment that the record is in place, the new name counts and the old one does not.
        let renamed = self.change_spec(id, |spec| -> Result<(), StoreError> {
            name.clone_into(&mut spec.name);
            Ok(())
        });
        if let Err(error) = renamed {
            // The first error is the one to tell; a name that stays counts for nothing.
            let _ = self.release_name(name, id);
            return Err(error);
        }
        self.release_names(id, Some(name))
    }

    /// Changes a container's record, whole; one change at a time. A change that fails leaves it as it was.
    ///
    /// # Errors
    /// That of the change; [`StoreError::NoSuchContainer`], [`StoreError::Damaged`]; ENOSPC, EROFS.
    pub fn change_spec<E: From<StoreError>>(
        &self,
        id: &ContainerId,
        change: impl FnOnce(&mut ContainerSpec) -> Result<(), E>,
    ) -> Result<(), E> {
        let _one_at_a_time = self.lock_container(id)?;
        let mut spec = self.container_spec(id)?;
        change(&mut spec)?;
        write_spec(&self.container_dir(id), &spec).map_err(StoreError::from)?;
        Ok(())
    }

    /// Keeps others from changing the container's record, or what stands beside it, until the file is dropped. Waits for
    /// those who do.
    ///
    /// # Errors
    /// [`StoreError::NoSuchContainer`].
    pub fn lock_container(&self, id: &ContainerId) -> Result<File, StoreError> {
        let dir = self.container_dir(id);
        let file = match File::open(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoSuchContainer(id.to_string()));
            }
            other => other.attempt(|| format!("open {}", dir.display()))?,
        };
        flock(&file, FlockOperation::LockExclusive).attempt(|| format!("lock {}", dir.display()))?;
        Ok(file)
    }

    /// Takes a name for a container. Free ones cost one system call.
    pub(super) fn claim_name(&self, name: &str, id: &ContainerId) -> Result<(), StoreError> {
        if self.link(name, id)? {
            return Ok(());
        }
        // Somebody has it, was killed with it, or is just changing it: no two look into that at once.
        let _one_at_a_time = self.lock_names()?;
        self.claim_locked(name, id)
    }

    fn claim_locked(&self, name: &str, id: &ContainerId) -> Result<(), StoreError> {
        loop {
            if self.link(name, id)? {
                return Ok(());
            }
            if let Some(holder) = self.linked(name)
                && (self.container_dir(&holder).is_dir() || self.is_live(&holder))
                && self.bears(&holder, name)
            {
                return Err(StoreError::NameInUse { name: name.to_owned(), id: holder.to_string() });
            }
            // A name whose container is gone or has another: its maker, remover or renamer was killed between two steps.
            unlink(&self.name_path(name))?;
        }
    }

    /// Gives the name up, if it is still this container's.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn release_name(&self, name: &str, id: &ContainerId) -> Result<(), StoreError> {
        if self.linked(name).as_ref() == Some(id) {
            unlink(&self.name_path(name))?;
        }
        Ok(())
    }

    /// Gives every name of the container up but this one.
    pub(super) fn release_names(&self, id: &ContainerId, but: Option<&str>) -> Result<(), StoreError> {
        names(&self.data().join("names"))?
            .iter()
            .filter(|name| but != Some(name))
            .try_for_each(|name| self.release_name(name, id))
    }

    /// False: the name is taken.
    fn link(&self, name: &str, id: &ContainerId) -> Result<bool, StoreError> {
        match std::os::unix::fs::symlink(id.as_str(), self.name_path(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => {
                let what = format!("claim name {name} in {}", self.data().display());
                Err(SysError::new(what, error).into())
            }
        }
    }

    fn linked(&self, name: &str) -> Option<ContainerId> {
        ContainerId::parse(std::fs::read_link(self.name_path(name)).ok()?.to_str()?)
    }

    /// Is that what the container calls itself? One without a record is just being made, or was torn apart.
    fn bears(&self, id: &ContainerId, name: &str) -> bool {
        self.container_spec(id).map_or(true, |spec| spec.name == name)
    }

    fn lock_names(&self) -> Result<File, StoreError> {
        let dir = self.data().join("names");
        let what = || format!("lock {}", dir.display());
        let file = File::open(&dir).attempt(what)?;
        flock(&file, FlockOperation::LockExclusive).attempt(what)?;
        Ok(file)
    }

    fn name_path(&self, name: &str) -> PathBuf {
        self.data().join("names").join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;
    use crate::model::host::tests::plain;
    use crate::model::run_request::{RunRequest, RunSource};
    use crate::spec::{Creation, resolve};

    fn made(store: &Store, n: u8, name: &str) -> ContainerId {
        let request = RunRequest {
            source: RunSource::Rootfs { path: "/srv/root".into(), overlay: false },
            command: vec!["sh".to_owned()],
            ..RunRequest::default()
        };
        let creation = Creation::new(ContainerId::from_bytes([n; 32]), name, 1000);
        let spec = resolve(&request, None, &plain(), &creation).unwrap();
        drop(store.create_container(&spec, 0o755).unwrap());
        spec.id
    }

    fn links(store: &Store) -> Vec<String> {
        let mut all = names(&store.data().join("names")).unwrap();
        all.sort();
        all
    }

    #[test]
    fn a_container_gets_another_name() {
        let (_dir, store) = store();
        let (web, db) = (made(&store, 1, "web"), made(&store, 2, "db"));
        store.rename_container(&web, "www").unwrap();
        assert_eq!(
            (store.container_by_name("www").as_ref(), store.container_by_name("web")),
            (Some(&web), None)
        );
        assert_eq!(store.container_spec(&web).unwrap().name, "www");
        store.rename_container(&web, "www").unwrap();
        let error = store.rename_container(&db, "www").unwrap_err();
        assert!(matches!(error, StoreError::NameInUse { id, .. } if id == web.to_string()));
        // The old name is free.
        store.rename_container(&db, "web").unwrap();
        assert_eq!(links(&store), ["web", "www"]);
        // Whoever still knows it by its old name takes all of it away.
        store.remove_container(&web, "web").unwrap();
        assert_eq!(links(&store), ["web"]);
        assert_eq!(store.container_by_name("web"), Some(db));
    }

    #[test]
    fn a_rename_that_was_killed_leaves_one_name_that_counts() {
        let (_dir, store) = store();
        let link = |name: &str, id: &ContainerId| {
            std::os::unix::fs::symlink(id.as_str(), store.data().join("names").join(name)).unwrap();
        };
        let web = made(&store, 1, "web");
        // Before the record was in place.
        link("www", &web);
        assert_eq!(
            (store.container_by_name("web"), store.container_by_name("www")),
            (Some(web.clone()), None)
        );
        assert_eq!(store.container_names().unwrap()[&web], "web");
        let db = made(&store, 2, "www");
        assert_eq!(store.container_by_name("www"), Some(db.clone()));
        // After that, and before the old name was given up.
        link("data", &db);
        let rename = |spec: &mut ContainerSpec| -> Result<(), StoreError> {
            spec.name = "data".to_owned();
            Ok(())
        };
        store.change_spec(&db, rename).unwrap();
        assert_eq!(
            (store.container_by_name("data"), store.container_by_name("www")),
            (Some(db.clone()), None)
        );
        assert_eq!(store.container_names().unwrap()[&db], "data");
        store.rename_container(&web, "www").unwrap();
        assert_eq!(links(&store), ["data", "www"]);
    }
}
