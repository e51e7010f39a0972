//! A difference between a file system and what it was made from.

use serde::{Deserialize, Serialize};

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It was there, and is different now.
    Modified,
    /// It is gone.
    Deleted,
}

impl ChangeKind {
    /// docker's and podman's letter for it.
    pub fn letter(self) -> char {
        match self {
            Self::Added => 'A',
            Self::Modified => 'C',
            Self::Deleted => 'D',
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// Absolute path inside; bytes that are no UTF-8 are replaced.
    pub path: String,
}
