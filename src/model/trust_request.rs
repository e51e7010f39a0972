//! What can be asked about signatures of images.

use std::path::PathBuf;

use super::registry_request::RegistryAccess;

/// `rctr image trust`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustRequest {
    /// Say who is trusted.
    Show {
        /// Only what holds for this registry or repository, and the default.
        registry: Option<String>,
        /// The policy as it is written.
        raw: bool,
        /// `--policypath`: another policy.json.
        policy: Option<PathBuf>,
        /// `--registrypath`: another registries.d.
        registries: Option<PathBuf>,
    },
    /// Say who is to be trusted.
    Set {
        /// A registry, a part of one, or `default`.
        scope: String,
        /// What images of it need.
        kind: TrustKind,
        /// `-f`: files with public keys.
        keys: Vec<PathBuf>,
        /// `--policypath`: another policy.json.
        policy: Option<PathBuf>,
    },
}

/// What images need to be let in, in the words of podman-image-trust(1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustKind {
    /// Nothing.
    Accept,
    /// None is let in.
    Reject,
    /// A simple signature.
    #[default]
    SignedBy,
    /// A sigstore signature.
    SigstoreSigned,
}

/// `rctr image sign`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignRequest {
    /// Names in registries.
    pub images: Vec<String>,
    /// `--sign-by`: a key of gpg's.
    pub key: String,
    /// `--directory`: where signatures go instead of where registries.d says.
    pub directory: Option<PathBuf>,
    /// `--all`: every platform.
    pub all: bool,
    /// How to get in.
    pub access: RegistryAccess,
}
