//! How a file's records are written.

use super::{Record, json, k8s};

/// The form of a record.
#[derive(Debug)]
pub enum Format {
    /// See [`k8s`].
    K8s,
    /// See [`json`].
    Json {
        /// The same in each record.
        attributes: String,
        /// Of each stream the beginning of a character whose rest is still to come.
        held: [Vec<u8>; 2],
    },
}

impl Format {
    /// docker's format.
    pub fn json(tag: Option<&str>) -> Self {
        Self::Json { attributes: json::attributes(tag), held: [Vec::new(), Vec::new()] }
    }

    /// What reads it.
    pub fn parser(&self) -> fn(&[u8]) -> Option<Record<'_>> {
        match self {
            Self::K8s => k8s::parse,
            Self::Json { .. } => json::parse,
        }
    }
}
