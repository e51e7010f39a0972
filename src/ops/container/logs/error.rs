//! Why there is no log to read, or to write.

use crate::sys::SysError;

/// Why a log cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// Nothing is kept of it (podman's words).
    #[error(
        "this container is using the '{0}' log driver, cannot read logs: this container is not logging output"
    )]
    NotKept(&'static str),
    /// `--log-driver journald` without a journal.
    #[error("cannot log to the journal: {why}")]
    NoJournal {
        /// What is missing.
        why: String,
    },
    /// journalctl(1) failed; it has told why.
    #[error("journalctl ended with exit code {0}")]
    Journalctl(i32),
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl LogsError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoJournal { .. } => {
                Some("--log-driver k8s-file, which is the default, needs no journal".to_owned())
            }
            _ => None,
        }
    }
}
