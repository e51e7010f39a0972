//! The lives of containers as others than their monitors see them: waiting for the end, taking a container over, taking
//! it away.
//!
//! The exit code is written into the `live/` file before it is unlinked: who waits has it open, and learns the code even
//! of a container that is gone by then. A command that holds a container for its own time writes that into it: the
//! container neither runs nor starts then, and when that command was killed nothing became of the container.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use rustix::fs::FlockOperation;

use super::containers::names;
use super::lock::{flock, is_at};
use super::{LiveContainer, Staged, Store, StoreError};
use crate::model::{ContainerId, HealthRecord, HealthStatus};
use crate::sys::{Attempt, SysError};

/// What came of trying to take a container over.
#[derive(Debug)]
pub enum Claim {
    /// It is the caller's now.
    Taken(LiveContainer),
    /// Somebody else holds it: its monitor, or another command for a moment.
    Busy,
    /// There is no such container any more.
    Gone,
}

/// One run of a container, as others see it; held open it tells the exit code also after the container is gone.
#[derive(Debug)]
pub struct Life(File);

impl Life {
    /// The exit code, if its monitor has left it by now.
    pub fn code(&self) -> Option<i32> {
        let mut text = [0; 16];
        // What cannot be read was not left.
        let length = self.0.read_at(&mut text, 0).ok()?;
        std::str::from_utf8(&text[..length]).ok().and_then(|text| text.trim().parse().ok())
    }
}
/// What a `live/` file says that a command holds, and no monitor.
const BORROWED: &[u8] = b"borrowed\n";

impl LiveContainer {
    /// Leaves the exit code for those who wait.
    ///
    /// # Errors
    /// ENOSPC.
    pub fn leave_code(&self, code: i32) -> Result<(), SysError> {
        let what = || format!("leave the exit code of container {}", self.id.short());
        self.lock.write_all_at(format!("{code}\n").as_bytes(), 0).attempt(what)
    }
}

impl Store {
    /// Containers that somebody may keep alive: those that live, and those whose monitor was killed.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn live_containers(&self) -> Result<Vec<ContainerId>, StoreError> {
        Ok(names(&self.data().join("live"))?.iter().filter_map(|name| ContainerId::parse(name)).collect())
    }

    /// Waits until nobody keeps the container alive. Gives the exit code, if its monitor lived to leave it.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn wait_container(&self, id: &ContainerId) -> Result<Option<i32>, StoreError> {
        let Some(life) = self.life(id)? else { return Ok(None) };
        flock(&life.0, FlockOperation::LockShared)
            .attempt(|| format!("wait for container {}", id.short()))?;
        Ok(life.code())
    }

    /// The life of a container that somebody keeps alive, or did until now.
    ///
    /// # Errors
    /// Those of open.
    pub fn life(&self, id: &ContainerId) -> Result<Option<Life>, StoreError> {
        match File::open(self.live_path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => Ok(Some(Life(other.attempt(|| format!("open the life of container {}", id.short()))?))),
        }
    }

    /// What the last checks of the container's health have decided; none without any.
    pub fn health_status(&self, id: &ContainerId) -> Option<HealthStatus> {
        let path = self.container_dir(id).join("health.json");
        self.record::<HealthRecord>(&path).ok().map(|record| record.status)
    }

    /// Where the lives are.
    pub fn lives_dir(&self) -> std::path::PathBuf {
        self.data().join("live")
    }

    /// Takes over a container that no monitor holds, without waiting.
    ///
    /// # Errors
    /// Those of open and flock.
    pub fn claim_container(&self, id: &ContainerId) -> Result<Claim, StoreError> {
        self.claim_as(id, b"")
    }

    /// As [`Self::claim_container`], for the time of a command that leaves the container as it is.
    ///
    /// # Errors
    /// As there; ENOSPC.
    pub fn borrow_container(&self, id: &ContainerId) -> Result<Claim, StoreError> {
        self.claim_as(id, BORROWED)
    }

    /// Does a command hold the container, or did until it was killed?
    pub fn is_borrowed(&self, id: &ContainerId) -> bool {
        std::fs::read(self.live_path(id)).is_ok_and(|text| text == BORROWED)
    }

    fn claim_as(&self, id: &ContainerId, word: &[u8]) -> Result<Claim, StoreError> {
        let what = || format!("lock container {}", id.short());
        let path = self.live_path(id);
        let lock = match self.lock_new(id, word) {
            Ok(lock) => lock,
            Err(StoreError::Sys(error)) if error.errno() == Errno::EEXIST as i32 => {
                let lock = match File::options().read(true).write(true).open(&path) {
                    // It ended this moment.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Claim::Busy),
                    other => other.attempt(what)?,
                };
                match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                    Err(rustix::io::Errno::WOULDBLOCK) => return Ok(Claim::Busy),
                    other => other.attempt(what)?,
                }
                if !is_at(&lock, &path) {
                    return Ok(Claim::Busy);
                }
                // A dead one's code or word.
                lock.set_len(0).and_then(|()| lock.write_all_at(word, 0)).attempt(what)?;
                lock
            }
            Err(error) => return Err(error),
        };
        let dir = self.container_dir(id);
        if dir.is_dir() {
            return Ok(Claim::Taken(LiveContainer { id: id.clone(), dir, lock }));
        }
        self.end_life(id)?;
        Ok(Claim::Gone)
    }

    /// Takes a container out of the store at one stroke; its files, which may belong to other ids, are left for the
    /// caller to delete.
    ///
    /// # Errors
    /// Those of rename and unlink.
    pub fn retire_container(&self, container: LiveContainer) -> Result<Staged, StoreError> {
        let staged = self.stage_away(&container.dir)?;
        self.release_names(&container.id, None)?;
        self.end_life(&container.id)?;
        Ok(staged)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    fn made(store: &Store, n: u8, name: &str) -> LiveContainer {
        let id = ContainerId::from_bytes([n; 32]);
        let lock = store.lock_new(&id, b"").unwrap();
        let dir = store.container_dir(&id);
        std::fs::create_dir_all(dir.join("upper")).unwrap();
        std::os::unix::fs::symlink(id.as_str(), store.data().join("names").join(name)).unwrap();
        LiveContainer { id, dir, lock }
    }

    #[test]
    fn one_of_many_takes_a_container_over_and_away() {
        let (_dir, store) = store();
        let live = made(&store, 1, "web");
        let id = live.id.clone();
        assert!(matches!(store.claim_container(&id).unwrap(), Claim::Busy));
        drop(live);
        // A dead monitor's: its file is still there.
        let Claim::Taken(live) = store.claim_container(&id).unwrap() else { panic!("dead, so to be had") };
        assert!(matches!(store.claim_container(&id).unwrap(), Claim::Busy));
        let staged = store.retire_container(live).unwrap();
        assert!(staged.path().join("upper").is_dir());
        assert!(store.container_ids().unwrap().is_empty() && store.container_by_name("web").is_none());
        assert!(matches!(store.claim_container(&id).unwrap(), Claim::Gone));
        assert!(names(&store.data().join("live")).unwrap().is_empty());
    }

    #[test]
    fn a_command_that_holds_a_container_is_told_from_a_monitor() {
        let (_dir, store) = store();
        let live = made(&store, 5, "web");
        let id = live.id.clone();
        store.end_life(&id).unwrap();
        drop(live);
        let Claim::Taken(held) = store.borrow_container(&id).unwrap() else { panic!("ended, so to be had") };
        assert!(store.is_borrowed(&id) && store.is_live(&id));
        assert!(matches!(store.borrow_container(&id).unwrap(), Claim::Busy));
        drop(held);
        // Killed: the word stays until somebody takes the container over.
        let dead = store.dead_containers().unwrap();
        assert!(dead.len() == 1 && dead[0].borrowed);
        drop(dead);
        let Claim::Taken(taken) = store.claim_container(&id).unwrap() else { panic!("dead, so to be had") };
        assert!(!store.is_borrowed(&id));
        drop(taken);
        assert!(!store.dead_containers().unwrap()[0].borrowed);
    }

    #[test]
    fn a_sweeper_with_an_old_lock_leaves_the_new_holder_alone() {
        let (_dir, store) = store();
        let live = made(&store, 4, "web");
        let id = live.id.clone();
        let old = File::open(store.live_path(&id)).unwrap();
        store.end_life(&id).unwrap();
        drop(live);
        let Claim::Taken(taken) = store.claim_container(&id).unwrap() else { panic!("ended, so to be had") };
        flock(&old, FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(!is_at(&old, &store.live_path(&id)) && is_at(&taken.lock, &store.live_path(&id)));
        assert!(store.dead_containers().unwrap().is_empty());
    }

    #[test]
    fn an_ended_container_is_taken_over_too() {
        let (_dir, store) = store();
        let live = made(&store, 2, "db");
        let id = live.id.clone();
        store.end_life(&id).unwrap();
        drop(live);
        assert!(matches!(store.claim_container(&id).unwrap(), Claim::Taken(_)));
    }

    #[test]
    fn who_waits_gets_the_code_even_when_all_is_gone() {
        let (_dir, store) = store();
        let live = made(&store, 3, "job");
        let (id, waiting) = (live.id.clone(), store.clone());
        assert!(store.is_live(&id));
        let file = File::open(store.live_path(&id)).unwrap();
        let waiter = std::thread::spawn({
            let id = id.clone();
            move || waiting.wait_container(&id).unwrap()
        });
        live.leave_code(137).unwrap();
        // Held open as the waiter does: the code can be read after the unlink.
        store.end_life(&id).unwrap();
        drop(live);
        let mut text = [0; 4];
        file.read_exact_at(&mut text, 0).unwrap();
        assert_eq!(&text, b"137\n");
        // None when it came after the unlink.
        assert!(matches!(waiter.join().unwrap(), Some(137) | None));
        assert_eq!(store.wait_container(&id).unwrap(), None);
    }
}
