//! Runs plans: one loop a place, one `match`. Decides nothing.

pub use crate::sys::userns::{UsernsError, run_mapped};

pub mod init;
pub mod seccomp;
