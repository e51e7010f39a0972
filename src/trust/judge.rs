//! Is an image let in? Every requirement of its scope has to be met (containers-policy.json(5), "Policy Requirements").

use std::path::Path;

use super::gpg::Keyring;
use super::identity::SignedIdentity;
use super::payload::{ATOMIC, COSIGN, Payload};
use super::policy::{KeySource, Requirement};
use super::sigstore::{Attachment, PublicKey};
use super::{Subject, TrustError};
use crate::model::Digest;

/// The signatures of an image, looked up when they are asked for.
pub trait Evidence {
    /// What looking them up can fail with.
    type Error: From<TrustError>;

    /// Simple signatures.
    ///
    /// # Errors
    /// One that cannot be had; too many.
    fn simple(&self) -> Result<Vec<Vec<u8>>, Self::Error>;

    /// Sigstore's.
    ///
    /// # Errors
    /// One that cannot be had, or is not what its digest says; too many.
    fn sigstore(&self) -> Result<Vec<Attachment>, Self::Error>;

    /// Runs work that needs an empty directory, and removes the directory.
    ///
    /// # Errors
    /// The work's own; no directory.
    fn in_directory<T>(&self, work: impl FnOnce(&Path) -> Result<T, TrustError>) -> Result<T, Self::Error>;
}

/// Lets the image with this manifest in, or says why not. Cheap where nothing asks for signatures.
///
/// # Errors
/// [`TrustError`], and what the evidence fails with.
pub fn admit<E: Evidence>(
    requirements: &[Requirement],
    subject: &Subject,
    manifest: &Digest,
    evidence: &E,
) -> Result<(), E::Error> {
    refuse_unseen(requirements, subject)?;
    for requirement in requirements {
        match requirement {
            Requirement::SignedBy { keys, identity } => {
                let signatures = evidence.simple()?;
                let wanted = Wanted { subject, manifest, identity };
                evidence.in_directory(|home| simple(home, keys, &signatures, &wanted))?;
            }
            Requirement::SigstoreSigned { keys, identity } => {
                let keys = PublicKey::all(keys)?;
                let wanted = Wanted { subject, manifest, identity };
                sigstore(&keys, &evidence.sigstore()?, &wanted)?;
            }
            Requirement::InsecureAcceptAnything | Requirement::Reject | Requirement::Unsupported(_) => {}
        }
    }
    match requirements {
        // No requirement is no permission.
        [] => Err(TrustError::Rejected(subject.shown.clone()).into()),
        _ => Ok(()),
    }
}

/// What needs no look at the image: such a one is not even asked for.
///
/// # Errors
/// [`TrustError::Rejected`], [`TrustError::Unsupported`].
pub fn refuse_unseen(requirements: &[Requirement], subject: &Subject) -> Result<(), TrustError> {
    let image = &subject.shown;
    requirements.iter().try_for_each(|requirement| match requirement {
        Requirement::Reject => Err(TrustError::Rejected(image.clone())),
        Requirement::Unsupported(what) => {
            Err(TrustError::Unsupported { what: what.clone(), image: image.clone() })
        }
        _ => Ok(()),
    })
}

/// What a signature has to say.
struct Wanted<'a> {
    subject: &'a Subject,
    manifest: &'a Digest,
    identity: &'a SignedIdentity,
}

impl Wanted<'_> {
    /// Does what was signed speak of this image?
    fn met_by(&self, payload: &[u8], kind: &str) -> Result<(), String> {
        let Payload { digest, reference } = Payload::parse(payload, kind)?;
        if !self.identity.accepts(self.subject.identity.as_ref(), &reference) {
            return Err(format!("Signature for identity {:?} is not accepted", reference.to_string()));
        }
        if digest != *self.manifest {
            return Err(format!("Signature for docker digest {:?} does not match", digest.to_string()));
        }
        Ok(())
    }
}

fn simple(
    home: &Path,
    keys: &KeySource,
    signatures: &[Vec<u8>],
    wanted: &Wanted<'_>,
) -> Result<(), TrustError> {
    if signatures.is_empty() {
        return Err(TrustError::Unsigned);
    }
    let keyring = Keyring::fill(home, keys)?;
    let mut reasons = Vec::new();
    for signature in signatures {
        let payload = keyring.verify(signature)?;
        match payload.and_then(|payload| wanted.met_by(&payload, ATOMIC)) {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(TrustError::NoneAccepted(reasons))
}

fn sigstore(keys: &[PublicKey], signatures: &[Attachment], wanted: &Wanted<'_>) -> Result<(), TrustError> {
    if signatures.is_empty() {
        return Err(TrustError::Unsigned);
    }
    let mut reasons = Vec::new();
    for signature in signatures {
        match signature.check(keys).and_then(|()| wanted.met_by(&signature.payload, COSIGN)) {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(TrustError::NoneAccepted(reasons))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
