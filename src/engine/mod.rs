//! Runs plans: one loop a place, one `match`. Decides nothing.

mod child;
mod failure;
mod home;
pub mod init;
mod launch;
mod message;
mod monitor;
pub mod seccomp;
mod sources;

pub use child::FileId;
pub use failure::{Failure, FailureKind};
pub use home::Home;
pub use launch::{Launch, Launched};
pub use message::{FAILURE, LIMIT as MESSAGE_LIMIT, NOTICE, parse_failure};

pub use crate::sys::userns::{UsernsError, run_mapped};
