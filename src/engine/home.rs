//! What the engine needs of the place where a container is kept. `ops` gives it a directory of the store.

use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::cgroup::Cgroup;
use crate::model::limits::Ignored;
use crate::model::{ContainerSpec, ContainerState, HealthRecord};

use super::failure::Failure;

/// What somebody has asked of a container's monitor for the time when the container ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// Nothing: its restart policy decides.
    #[default]
    None,
    /// It stays down.
    Stop,
    /// It starts again.
    Restart,
}

/// Where a container's processes are counted and limited.
#[derive(Debug, Default)]
pub struct Placement {
    /// Its cgroup; none: that of its monitor.
    pub cgroup: Option<Cgroup>,
    /// The limits that are not kept.
    pub ignored: Vec<Ignored>,
}

/// A container's place in the store, as its makers and its monitor see it.
pub trait Home {
    /// Makes directory, name, record and lock; or takes over what is there already.
    ///
    /// # Errors
    /// The name is taken, the disk is full; somebody else has it.
    fn create(&mut self) -> Result<(), Failure>;

    /// Makes its cgroup, puts the monitor beside it and sets the limits; says which of these are not kept.
    ///
    /// # Errors
    /// With strict limits, one that is not kept.
    fn place(&self, monitor: i32) -> Result<Placement, Failure>;

    /// The container's directory.
    fn dir(&self) -> &Path;

    /// The descriptor whose lock says that the container lives; handed to the monitor, who keeps it until it ends.
    fn lock(&self) -> Option<BorrowedFd<'_>>;

    /// Records what has become of it.
    ///
    /// # Errors
    /// The disk is full.
    fn record(&self, state: &ContainerState) -> Result<(), Failure>;

    /// Records how its health is.
    ///
    /// # Errors
    /// The disk is full.
    fn record_health(&self, health: &HealthRecord) -> Result<(), Failure>;

    /// It does not come to run: one that was only made for this is removed, one that was there before stays.
    ///
    /// # Errors
    /// As [`Self::remove`].
    fn abandon(&self, why: &Failure) -> Result<(), Failure>;

    /// It has run and cannot be started again: that is recorded, and it lives no longer.
    ///
    /// # Errors
    /// As [`Self::remove`].
    fn fail(&self, why: &Failure) -> Result<(), Failure>;

    /// Removes everything of it, at the end of a run with the code of that. Called as root of its user namespace, or before
    /// anything of it ran.
    ///
    /// # Errors
    /// Files of ids that this process has no right over.
    fn remove(&self, code: Option<i32>) -> Result<(), Failure>;

    /// It lives no longer, and stays as a record.
    ///
    /// # Errors
    /// Those of unlink.
    fn end(&self) -> Result<(), Failure>;

    /// What was asked for its end; it is taken from there, so that it counts once.
    fn take_intent(&self) -> Intent;

    /// Its specification as it is on disk now; none when it cannot be read.
    fn reload(&self) -> Option<ContainerSpec>;
}
