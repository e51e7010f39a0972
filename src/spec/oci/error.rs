//! Why a bundle is not run.

/// Each names the field, as jq(1) would without the first dot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OciError {
    /// Not JSON, or a field of the wrong kind.
    #[error("cannot read {file}: {why}")]
    Json {
        /// `config.json`, or the file of a process.
        file: String,
        /// The place and what is wrong there.
        why: String,
    },
    /// What it says cannot be.
    #[error("{field}: {why}")]
    Invalid {
        /// The field.
        field: String,
        /// What is wrong with it.
        why: String,
    },
    /// What it asks for is not done here, and so nothing is.
    #[error("{field} is not supported: {why}")]
    Unsupported {
        /// The field.
        field: String,
        /// Why not.
        why: String,
    },
}

impl OciError {
    pub(super) fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), why: why.into() }
    }

    pub(super) fn unsupported(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unsupported { field: field.into(), why: why.into() }
    }
}
