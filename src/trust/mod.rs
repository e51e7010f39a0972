//! Which images are let in: the policy (containers-policy.json(5)), where signatures are (containers-registries.d(5)), and
//! what a signature is worth. Knows no registry and no store: whoever asks brings the signatures.
//!
//! Nothing here accepts by default. What cannot be read, understood or checked is an error, and an error lets nothing in.

mod error;
mod gpg;
mod identity;
mod judge;
mod lookaside;
mod payload;
mod policy;
mod private_key;
mod scope;
mod sigstore;
mod unique;

pub use error::TrustError;
pub use gpg::{key_names, sign as sign_simple};
pub use identity::{Named, is_prefix};
pub use judge::{Evidence, admit, refuse_unseen};
pub use lookaside::{Lookaside, Place};
pub use payload::{ATOMIC, Payload};
pub use policy::{KeySource, Policy, Requirement, parse as parse_policy, policy_file};
pub use private_key::SigningKey;
pub use scope::Subject;
pub use sigstore::{Attachment, MIME_TYPE, SIGNATURE_ANNOTATION, tag as attachment_tag};

/// Most signatures of one image.
pub const SIGNATURES_MAX: usize = 128;
/// Longest signature, and longest payload of one, in bytes.
pub const SIGNATURE_MAX: usize = 64 * 1024;

#[cfg(test)]
mod never_panics_tests;
