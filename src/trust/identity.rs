//! What an image is called, and which names in a signature will do for it (containers-policy.json(5), "signedBy",
//! `signedIdentity`). Pure.

use std::fmt;

use crate::model::{Digest, Reference};

/// A whole name as signatures have it: other than in a [`Reference`] a tag is there only if it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `docker.io/library/busybox`.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<Digest>,
}

impl Named {
    /// The name of an image.
    pub fn of(name: &Reference) -> Self {
        Self {
            repository: name.repository(),
            tag: name.tag().map(str::to_owned),
            digest: name.digest().cloned(),
        }
    }

    /// Reads a name out of a signature or policy.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = Self::of(&Reference::parse(text).map_err(|error| error.to_string())?);
        let before = text.split('@').next().unwrap_or_default();
        let written = before.rsplit('/').next().is_some_and(|last| last.contains(':'));
        Ok(Self { tag: named.tag.filter(|_| written), ..named })
    }

    /// Neither a tag nor a digest.
    fn is_bare(&self) -> bool {
        self.tag.is_none() && self.digest.is_none()
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// Which names will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIdentity {
    /// The image's own.
    Exact,
    /// The image's own; of its repository when the image is named by its digest.
    RepoDigestOrExact,
    /// Any of the image's repository.
    Repository,
    /// This one.
    ExactReference(Named),
    /// Any of this repository.
    ExactRepository(String),
    /// As [`Self::RepoDigestOrExact`], after the beginning of the image's name has been replaced.
    Remap {
        /// What the image's name begins with.
        prefix: String,
        /// What stands there in signatures.
        signed: String,
    },
}

impl SignedIdentity {
    /// Does a signature with this name speak of the image?
    pub fn accepts(&self, image: Option<&Named>, signed: &Named) -> bool {
        match self {
            Self::ExactReference(wanted) => !signed.is_bare() && signed == wanted,
            Self::ExactRepository(wanted) => signed.repository == *wanted,
            _ => image.is_some_and(|image| self.accepts_for(image, signed)),
        }
    }

    fn accepts_for(&self, image: &Named, signed: &Named) -> bool {
        match self {
            Self::Exact => !image.is_bare() && !signed.is_bare() && image == signed,
            Self::RepoDigestOrExact => repo_digest_or_exact(image, signed),
            Self::Repository => image.repository == signed.repository,
            Self::Remap { prefix, signed: replacement } => {
                repo_digest_or_exact(&remapped(image, prefix, replacement), signed)
            }
            Self::ExactReference(_) | Self::ExactRepository(_) => false,
        }
    }
}

fn repo_digest_or_exact(image: &Named, signed: &Named) -> bool {
    if signed.is_bare() || image.is_bare() {
        return false;
    }
    match image.tag {
        Some(_) => image == signed,
        // That the manifest has this digest is settled before anything is looked up.
        None => image.repository == signed.repository,
    }
}

/// A prefix ends at a slash or with the name.
fn remapped(image: &Named, prefix: &str, replacement: &str) -> Named {
    let rest = image.repository.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match rest {
        Some(rest) => Named { repository: format!("{replacement}{rest}"), ..image.clone() },
        None => image.clone(),
    }
}

/// A host, with or without a port, or the beginning of a repository's path: neither tag nor digest, nothing to be expanded.
pub fn is_prefix(text: &str) -> bool {
    let whole = format!("{text}/x");
    let plain = Named::parse(&whole).is_ok_and(|named| named.repository == whole && named.is_bare());
    // docker.io is the one host whose repositories have short names.
    plain || text == crate::model::reference::DEFAULT_DOMAIN
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
