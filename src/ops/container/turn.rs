//! Waiting for one's turn with a container that somebody else holds.

use std::time::Duration;

use nix::errno::Errno;

use crate::model::ContainerId;
use crate::store::Store;
use crate::sys::SysError;
use crate::sys::watch::Watch;

/// A holder that is killed changes no file: the lock is looked at again after so long.
const MOMENT: Duration = Duration::from_millis(100);

/// What may change about a container while somebody else holds it. To wait for its lock would not do: by the time that is
/// waited for it may be another's, who has just begun to hold it for the whole life of the container.
#[derive(Debug, Default)]
pub(in crate::ops) struct Turn(Option<Watch>);

impl Turn {
    /// Waits until the container's record, or who holds it, may have changed since the last call. The first call only begins
    /// to watch: what has happened before has to be looked at once more.
    ///
    /// # Errors
    /// EMFILE, ENOSPC at the user's limit of watches.
    pub fn wait(&mut self, store: &Store, id: &ContainerId) -> Result<(), SysError> {
        if let Some(watch) = &self.0 {
            return watch.next(MOMENT).map(drop);
        }
        match Watch::new(&store.container_dir(id)) {
            Ok(watch) => {
                watch.also_made_and_removed(&store.lives_dir())?;
                self.0 = Some(watch);
                Ok(())
            }
            // It has just gone, which is what is seen then.
            Err(error) if error.errno() == Errno::ENOENT as i32 => Ok(()),
            Err(error) => Err(error),
        }
    }
}
