//! Why an image is not let in, in podman's words where it has them.

use std::path::PathBuf;

use crate::sys::SysError;

/// An image that is not let in, or something that is needed to tell.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A policy that cannot be understood lets nothing in.
    #[error("invalid policy in {}: {reason}", .path.display())]
    BadPolicy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of registries.d that cannot be understood.
    #[error("invalid signature configuration in {}: {reason}", .path.display())]
    BadLookaside {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The policy says no.
    #[error("Source image rejected: Running image {0} is rejected by policy")]
    Rejected(String),
    /// The policy wants signatures that are not there.
    #[error("Source image rejected: A signature was required, but no signature exists")]
    Unsigned,
    /// There are signatures, and none of them will do.
    #[error("Source image rejected: {}", reasons(.0))]
    NoneAccepted(Vec<String>),
    /// The policy asks for a check that rctr cannot make.
    #[error("Source image rejected: the policy wants {what} for {image}, which rctr cannot check")]
    Unsupported {
        /// Names it as the policy does.
        what: String,
        /// The image.
        image: String,
    },
    /// More signatures than an image can sensibly have, or larger ones.
    #[error("{image} has {what}, at most {limit} are looked at")]
    TooMuch {
        /// The image.
        image: String,
        /// `more than 128 signatures`.
        what: &'static str,
        /// Pieces or bytes.
        limit: usize,
    },
    /// A key that cannot be used.
    #[error("key {name}: {reason}")]
    Key {
        /// Its file, or what else says where it is from.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// gpg is not there, or did not do it.
    #[error("gpg: {reason}")]
    Gpg {
        /// Its words, or how it ended.
        reason: String,
        /// There is no such program.
        missing: bool,
    },
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl TrustError {
    /// The policy was understood, and it does not let the image in.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Rejected(_) | Self::Unsigned | Self::NoneAccepted(_) | Self::Unsupported { .. })
    }
}

fn reasons(reasons: &[String]) -> String {
    match reasons {
        [one] => one.clone(),
        several => {
            // A thousand reasons are not told.
            let told: Vec<&str> = several.iter().take(5).map(String::as_str).collect();
            let more = if several.len() > told.len() { "; …" } else { "" };
            format!("None of the signatures were accepted, reasons: {}{more}", told.join("; "))
        }
    }
}
