//! What a use case can fail with: the rooms' own errors, unchanged. Their hints and exit codes are in `cli::failure`.

use super::host::HostError;
use crate::spec::SpecError;

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// The world cannot be read.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The request makes no container.
    #[error(transparent)]
    Spec(#[from] SpecError),
}
