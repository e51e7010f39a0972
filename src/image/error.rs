//! What can be wrong with an image's bytes. Travels out of the mapped child that unpacks, so it is plain data.

use serde::{Deserialize, Serialize};

use crate::model::Digest;
use crate::sys::SysError;

/// Why an image was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ImageError {
    /// A system call failed.
    #[error("{attempt}: {reason}")]
    Sys {
        /// What was attempted, with its object.
        attempt: String,
        /// The kernel's answer in words.
        reason: String,
        /// Its number; 0 where there is none.
        errno: i32,
    },
    /// The bytes are not what their format demands.
    #[error("corrupted {what}: {reason}")]
    Corrupt {
        /// Which part.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// No format that is known.
    #[error("{what} is no image archive that rctr knows: {reason}")]
    UnknownFormat {
        /// The file.
        what: String,
        /// What was looked for.
        reason: String,
    },
    /// A document that can be read in two ways, or that nobody should write any more.
    #[error("refusing {what}: {reason}")]
    Refused {
        /// Which document or blob.
        what: String,
        /// Why.
        reason: String,
    },
    /// An entry of a layer that reaches for something outside of it, or has two meanings.
    #[error("refusing entry {entry:?}: {reason}")]
    Entry {
        /// Its name.
        entry: String,
        /// Why.
        reason: String,
    },
    /// Content that is not what its digest says.
    #[error("digest of {what} is wrong: want {want}, got {got}")]
    Digest {
        /// Which blob.
        what: String,
        /// What it should be.
        want: Digest,
        /// What it is.
        got: Digest,
    },
    /// Larger than the limit.
    #[error("{what} is over the limit: {reason}")]
    Limit {
        /// What is too large.
        what: String,
        /// The limit.
        reason: String,
    },
    /// A file belongs to somebody that the user namespace has no number for.
    #[error(
        "subuid range too small for this image: {entry:?} belongs to {kind} {id}, the range has {available} ids"
    )]
    OwnerOutsideMap {
        /// The file.
        entry: String,
        /// `user` or `group`.
        kind: String,
        /// Its number in the image.
        id: u64,
        /// How many numbers there are.
        available: u64,
    },
    /// No image in the archive is for this machine.
    #[error("no image for {wanted} in {what}: it has {}", .found.join(", "))]
    NoPlatform {
        /// The archive or index.
        what: String,
        /// `linux/amd64`.
        wanted: String,
        /// The platforms that it has.
        found: Vec<String>,
    },
    /// The bytes could not be had from where they are.
    #[error("{0}")]
    Unreachable(String),
    /// Another layer failed first.
    #[error("given up")]
    Cancelled,
    /// In one layer.
    #[error("layer {diff_id}: {error}")]
    Layer {
        /// Which one.
        diff_id: Digest,
        /// What happened.
        error: Box<ImageError>,
    },
}

impl ImageError {
    /// An error of these bytes.
    pub fn corrupt(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), reason: reason.into() }
    }

    /// An entry that is refused. Its name is the archive's: shown with `{:?}`, so that it cannot drive a terminal.
    pub fn entry(entry: &[u8], reason: impl Into<String>) -> Self {
        Self::Entry { entry: show(entry), reason: reason.into() }
    }

    /// What an I/O error means: one of ours that a reader carried, the end of the bytes, or the kernel's.
    pub fn from_io(attempt: impl Into<String>, error: std::io::Error) -> Self {
        if let Some(inner) = error.get_ref().and_then(|e| e.downcast_ref::<Self>()) {
            return inner.clone();
        }
        match error.raw_os_error() {
            Some(_) => SysError::new(attempt, error).into(),
            None => Self::Corrupt { what: attempt.into(), reason: error.to_string() },
        }
    }

    /// The errno at the bottom of it, or 0.
    pub fn errno(&self) -> i32 {
        match self {
            Self::Sys { errno, .. } => *errno,
            Self::Layer { error, .. } => error.errno(),
            _ => 0,
        }
    }

    /// With the layer that it happened in.
    pub fn in_layer(self, diff_id: &Digest) -> Self {
        Self::Layer { diff_id: diff_id.clone(), error: Box::new(self) }
    }
}

impl From<SysError> for ImageError {
    fn from(error: SysError) -> Self {
        let errno = error.errno();
        Self::Sys { reason: crate::sys::describe(&error.source), attempt: error.attempt, errno }
    }
}

impl From<ImageError> for std::io::Error {
    fn from(error: ImageError) -> Self {
        Self::other(error)
    }
}

/// A name out of an archive for a message: at most 300 characters of it.
pub fn show(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    if text.chars().count() <= 300 {
        text.into_owned()
    } else {
        text.chars().take(297).chain("...".chars()).collect()
    }
}
