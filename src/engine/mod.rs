//! Runs plans: one loop a place, one `match`. Decides nothing.

mod child;
pub mod door;
mod duty;
pub mod enter;
pub mod exec;
mod failure;
pub mod gate;
mod hand_over;
mod home;
pub mod init;
mod launch;
pub mod message;
mod monitor;
pub mod seccomp;
mod sources;

pub use child::Lookup;
pub use failure::{Failure, FailureKind};
pub use hand_over::{HandOver, HandedOver, Joining};
pub use home::{Home, Intent, Placement};
pub use launch::{Launch, Launched};
pub use message::parse_failure;

pub use crate::sys::userns::{UsernsError, run_mapped, run_mapped_telling};
pub use crate::sys::userns_ahead::UserNamespace;
