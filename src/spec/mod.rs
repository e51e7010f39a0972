//! Pure: (request, image configuration, host facts) -> a decided container.

pub mod error;
pub mod idmaps;

pub use error::SpecError;
