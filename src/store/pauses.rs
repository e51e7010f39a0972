//! The record of a paused container, beside its own. It counts for the first process that it names, so that nobody has to
//! take it away in time.

use std::io;
use std::path::PathBuf;

use super::containers::unlink;
use super::{Store, StoreError};
use crate::model::ContainerId;
use crate::model::pause_record::PauseRecord;
use crate::sys::{Attempt, file};

impl Store {
    /// What `pause` has recorded.
    pub fn pause_record(&self, id: &ContainerId) -> Option<PauseRecord> {
        self.record(&self.pause_path(id)).ok()
    }

    /// Records it, whole.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn write_pause_record(&self, id: &ContainerId, record: &PauseRecord) -> Result<(), StoreError> {
        let json =
            serde_json::to_vec(record).map_err(io::Error::from).attempt(|| "encode the record of a pause")?;
        Ok(file::write_atomic(&self.pause_path(id), &json, 0o600, false)?)
    }

    /// It is not paused any more.
    ///
    /// # Errors
    /// Those of unlink.
    pub fn remove_pause_record(&self, id: &ContainerId) -> Result<(), StoreError> {
        unlink(&self.pause_path(id))
    }

    fn pause_path(&self, id: &ContainerId) -> PathBuf {
        self.container_dir(id).join("paused.json")
    }
}
