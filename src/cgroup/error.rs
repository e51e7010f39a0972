//! What can go wrong with cgroups.

use crate::cgroup::dbus::BusError;
use crate::sys::SysError;

/// Why there is no cgroup, or none as wanted.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// The kernel's answer.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The user's bus.
    #[error("ask systemd over {address}: {source}")]
    Bus {
        /// The bus.
        address: String,
        /// What it said.
        source: BusError,
    },
    /// The unit that systemd was to make did not come to be.
    #[error("systemd started {unit} with result {result:?}")]
    Job {
        /// The scope.
        unit: String,
        /// systemd's word.
        result: String,
    },
    /// There is a scope, and the process is not in it.
    #[error("systemd made {unit}, and process {pid} is in {path}")]
    Elsewhere {
        /// The scope.
        unit: String,
        /// Whose process.
        pid: i32,
        /// Where it is.
        path: String,
    },
}
