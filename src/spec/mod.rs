//! Pure: (request, image configuration, host facts) -> a decided container.

pub mod error;
pub mod idmaps;
pub mod seccomp;

pub use error::SpecError;
