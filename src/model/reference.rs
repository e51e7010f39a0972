//! Image references: `registry.example:5000/team/app:1.2@sha256:…`.
//!
//! The grammar is that of the distribution project's `reference` package (reference.go, "Grammar"), read by hand: a
//! regular expression engine would cost more than the rest of the start-up. Only sha256 digests are taken.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Digest;

/// The registry of names that give none.
pub const DEFAULT_DOMAIN: &str = "docker.io";
/// The pseudo registry of images made on this machine, as podman names them.
pub const LOCAL_DOMAIN: &str = "localhost";
/// Longest `domain/path`, in bytes (reference.go, "NameTotalLengthMax").
const NAME_MAX: usize = 255;
/// Longest tag, in bytes.
const TAG_MAX: usize = 128;

/// A whole image reference: always a domain and a path, a tag unless a digest stands alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is no image reference; starts with the words that docker and podman have for all of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid reference format: {reason}: {text:?}")]
pub struct ReferenceError {
    /// The text, cut to 300 characters.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Reference {
    /// Parses a name as docker does: without a domain it is docker.io's, `busybox` is `docker.io/library/busybox:latest`.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_in(text, DEFAULT_DOMAIN)
    }

    /// Parses a name for something made here: without a domain it is `localhost/…` (podman's rule for tag and import).
    pub fn parse_local(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_in(text, LOCAL_DOMAIN)
    }

    /// What a name typed by the user may stand for, likeliest first: a short one is looked for among the images made
    /// here, then among docker.io's.
    pub fn candidates(text: &str) -> Result<Vec<Self>, ReferenceError> {
        let remote = Self::parse(text)?;
        Ok(if split_domain(text).0.is_none() { vec![Self::parse_local(text)?, remote] } else { vec![remote] })
    }

    fn parse_in(text: &str, default_domain: &str) -> Result<Self, ReferenceError> {
        let fail =
            |reason: &'static str| Err(ReferenceError { text: text.chars().take(300).collect(), reason });
        let (rest, digest) = match text.split_once('@') {
            None => (text, None),
            Some((rest, digest)) => match Digest::parse(digest) {
                Ok(digest) => (rest, Some(digest)),
                Err(_) => return fail("the digest must be sha256: and 64 hex digits"),
            },
        };
        let (domain, rest) = split_domain(rest);
        let (path, tag) = match rest.split_once(':') {
            None => (rest, None),
            Some((path, tag)) if is_tag(tag) => (path, Some(tag.to_owned())),
            Some(_) => return fail("a tag is up to 128 letters, digits, '_', '.' and '-'"),
        };
        if domain.is_some_and(|d| !is_domain(d)) {
            return fail("bad registry name");
        }
        if path.bytes().any(|b| b.is_ascii_uppercase()) {
            return fail("repository name must be lowercase");
        }
        if path.is_empty() || !path.split('/').all(is_component) {
            return fail("bad repository name");
        }
        if domain.is_none() && Digest::from_hex(path).is_some() {
            return fail("64 hex digits are an image id, not a repository name");
        }
        let domain = match domain {
            None => default_domain,
            Some("index.docker.io") => DEFAULT_DOMAIN,
            Some(given) => given,
        };
        let path = if domain == DEFAULT_DOMAIN && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        if domain.len() + 1 + path.len() > NAME_MAX {
            return fail("a repository name has at most 255 characters");
        }
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Self { domain: domain.to_owned(), path, tag, digest })
    }

    /// Is this `HOST[:PORT][/PATH]`: a registry, or repositories of one?
    pub fn is_place(text: &str) -> bool {
        match text.split_once('/') {
            None => is_domain(text),
            Some((domain, path)) => is_domain(domain) && path.split('/').all(is_component),
        }
    }

    /// The registry: `docker.io`, `localhost:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/busybox`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Registry and repository: `docker.io/library/busybox`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The tag; none only beside a digest.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The manifest digest that the reference is pinned to.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}

/// Splits off the domain: the part before the first slash, when it looks like a host (reference.go, "splitDockerDomain").
fn split_domain(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first == LOCAL_DOMAIN
                || first.contains(['.', ':'])
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = if let Some(literal) = domain.strip_prefix('[') {
        let Some((address, after)) = literal.split_once(']') else { return false };
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return false;
        }
        match after.strip_prefix(':') {
            None if after.is_empty() => return true,
            None => return false,
            Some(port) => return is_port(port),
        }
    } else {
        match domain.split_once(':') {
            None => (domain, None),
            Some((host, port)) => (host, Some(port)),
        }
    };
    port.is_none_or(is_port) && host.split('.').all(is_domain_label)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_domain_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `[a-z0-9]+` runs, joined by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !component.starts_with(alnum) || !component.ends_with(alnum) {
        return false;
    }
    component
        .split(alnum)
        .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= TAG_MAX
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;
