//! Programs that `exec` runs in containers. The process that holds one has a locked file for it beside the container's
//! record: it runs as long as the lock is held, whoever started it.
//!
//! That process lives in the container's mount namespace, where the store's path means something else: what it has to
//! write there it reaches through a descriptor.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::{AtFlags, FlockOperation};

use super::containers::names;
use super::lock::flock;
use super::{Store, StoreError, events};
use crate::model::{ContainerId, Event};
use crate::sys::Attempt;

/// What the files are called, before the id.
const PREFIX: &str = "exec-";

/// A program that runs in a container, for the process that holds it.
#[derive(Debug)]
pub struct ExecSession {
    id: String,
    data: OwnedFd,
    lock: File,
    /// Seen from `data`.
    path: PathBuf,
}

impl ExecSession {
    /// 64 hexadecimal digits (podman, docker).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the process needs that holds the program.
    pub fn descriptors(&self) -> [RawFd; 2] {
        [self.data.as_raw_fd(), self.lock.as_raw_fd()]
    }

    /// Writes down what has happened, if that can be done.
    pub fn record_event(&self, event: &Event) {
        events::record_at(&self.data, event);
    }

    /// It runs no more.
    pub fn end(&self) {
        // What stays is not locked and counts for nothing; mostly its container is gone.
        let _ = rustix::fs::unlinkat(&self.data, &self.path, AtFlags::empty());
    }
}

impl Store {
    /// Begins one, for the process that is to hold it: it lasts until the last copy of the result is gone.
    ///
    /// # Errors
    /// [`StoreError::NoSuchContainer`]; ENOSPC, EROFS.
    pub fn begin_exec(&self, container: &ContainerId) -> Result<ExecSession, StoreError> {
        let what = || format!("begin an exec session of container {}", container.short());
        let mut bytes = [0; 32];
        rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).attempt(what)?;
        // Of the same kind as a container's.
        let id = String::from(ContainerId::from_bytes(bytes));
        let name = format!("{PREFIX}{id}");
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.container_dir(container).join(&name));
        let lock = match made {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoSuchContainer(container.to_string()));
            }
            other => other.attempt(what)?,
        };
        flock(&lock, FlockOperation::NonBlockingLockExclusive).attempt(what)?;
        let data = OwnedFd::from(File::open(self.data()).attempt(what)?);
        let path = ["containers", container.as_str(), &name].iter().collect();
        Ok(ExecSession { id, data, lock, path })
    }

    /// The ids of those that run in a container.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn exec_sessions(&self, container: &ContainerId) -> Result<Vec<String>, StoreError> {
        let mut ids = self.exec_marks(container)?;
        ids.retain(|id| {
            File::open(self.exec_path(container, id))
                .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
        });
        ids.sort();
        Ok(ids)
    }

    /// Clears away what killed sessions have left. For a container that does not run.
    ///
    /// # Errors
    /// Those of reading the directory and of unlink.
    pub fn forget_execs(&self, container: &ContainerId) -> Result<(), StoreError> {
        let marks = self.exec_marks(container)?;
        marks.iter().try_for_each(|id| super::containers::unlink(&self.exec_path(container, id)))
    }

    fn exec_marks(&self, container: &ContainerId) -> Result<Vec<String>, StoreError> {
        let names = names(&self.container_dir(container))?;
        Ok(names.iter().filter_map(|name| Some(name.strip_prefix(PREFIX)?.to_owned())).collect())
    }

    fn exec_path(&self, container: &ContainerId, id: &str) -> PathBuf {
        self.container_dir(container).join(format!("{PREFIX}{id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;
    use crate::model::Action;

    #[test]
    fn one_lasts_as_long_as_its_holder() {
        let (_dir, store) = store();
        let id = ContainerId::from_bytes([1; 32]);
        assert!(matches!(store.begin_exec(&id), Err(StoreError::NoSuchContainer(_))));
        std::fs::create_dir(store.container_dir(&id)).unwrap();
        let (one, other) = (store.begin_exec(&id).unwrap(), store.begin_exec(&id).unwrap());
        let mut both = vec![one.id().to_owned(), other.id().to_owned()];
        both.sort();
        assert_eq!(store.exec_sessions(&id).unwrap(), both);
        one.end();
        assert_eq!(store.exec_sessions(&id).unwrap(), [other.id()]);
        // Killed: its file stays, and counts for nothing.
        let left = other.id().to_owned();
        drop(other);
        assert!(store.exec_sessions(&id).unwrap().is_empty() && store.exec_path(&id, &left).exists());
        store.forget_execs(&id).unwrap();
        assert!(!store.exec_path(&id, &left).exists());
    }

    #[test]
    fn events_go_to_the_store_wherever_its_path_leads() {
        let (dir, store) = store();
        let id = ContainerId::from_bytes([2; 32]);
        std::fs::create_dir(store.container_dir(&id)).unwrap();
        let session = store.begin_exec(&id).unwrap();
        let moved = dir.path().join("moved");
        std::fs::rename(store.data(), &moved).unwrap();
        session.record_event(&Event::system(jiff::Timestamp::UNIX_EPOCH, Action::Refresh));
        session.end();
        std::fs::rename(&moved, store.data()).unwrap();
        assert_eq!(store.events().next().unwrap().map(|event| event.action), Some(Action::Refresh));
        assert!(store.exec_marks(&id).unwrap().is_empty());
    }
}
