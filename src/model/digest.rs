//! Content digests. Only sha256 is taken: anything else is refused before it can become part of a path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sha256 digest, printed as `sha256:<64 hex digits>`.
///
/// Parsing follows the grammar of the OCI image spec (descriptor.md, "Digests"), narrowed to sha256.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// Why a text is no digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid digest {0:?}: want sha256: and 64 lower-case hex digits")]
pub struct DigestError(pub String);

impl Digest {
    /// Parses `sha256:<hex>`.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        text.strip_prefix("sha256:")
            .and_then(Self::from_hex)
            .ok_or_else(|| DigestError(text.chars().take(100).collect()))
    }

    /// Takes the 64 hex digits alone.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (hex.len() == 64 && hex.bytes().all(digit)).then(|| Self(hex.to_owned()))
    }

    /// Takes the 32 bytes of a finished hash.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(bytes.iter().map(|b| format!("{b:02x}")).collect())
    }

    /// The 64 hex digits; safe as a file name.
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// The first 12 hex digits, as lists show them.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let text = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
        assert_eq!(Digest::from_bytes(&[10; 32]).to_string(), text);
    }

    #[test]
    fn nothing_that_could_be_a_path_parses() {
        for bad in
            ["", "sha256:", "sha256:../../etc/passwd", "md5:aa", &format!("sha512:{}", "0".repeat(128))]
        {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }
}
