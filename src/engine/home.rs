//! What the engine needs of the place where a container is kept. `ops` gives it a directory of the store.

use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::model::ContainerState;

use super::failure::Failure;

/// A container's place in the store, as its makers and its monitor see it.
pub trait Home {
    /// Makes directory, name, record and lock.
    ///
    /// # Errors
    /// The name is taken, the disk is full.
    fn create(&mut self) -> Result<(), Failure>;

    /// The container's directory.
    fn dir(&self) -> &Path;

    /// The descriptor whose lock says that the container lives; handed to the monitor, who keeps it until it ends.
    fn lock(&self) -> Option<BorrowedFd<'_>>;

    /// Records what has become of it.
    ///
    /// # Errors
    /// The disk is full.
    fn record(&self, state: &ContainerState) -> Result<(), Failure>;

    /// Removes everything of it. Called as root of its user namespace, or before anything of it ran.
    ///
    /// # Errors
    /// Files of ids that this process has no right over.
    fn remove(&self) -> Result<(), Failure>;

    /// It lives no longer, and stays as a record.
    ///
    /// # Errors
    /// Those of unlink.
    fn end(&self) -> Result<(), Failure>;
}
