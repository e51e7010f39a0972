//! What `pause` has done to a container without a cgroup: its processes are stopped one by one.

use serde::{Deserialize, Serialize};

use super::ContainerState;

/// `containers/<id>/paused.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseRecord {
    /// The container's first process then.
    pub first: Stopped,
    /// A look has found none that runs; before that, `pause` is at it or was killed.
    pub complete: bool,
    /// Processes that were stopped before, which are not to go on.
    pub before: Vec<Stopped>,
}

/// One process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stopped {
    /// Its pid.
    pub pid: i32,
    /// When it began, in clock ticks since boot.
    pub start: u64,
}

impl PauseRecord {
    /// Is it about this life of the container?
    pub fn is_of(&self, state: &ContainerState) -> bool {
        self.first == Stopped { pid: state.pid, start: state.pid_start }
    }
}
