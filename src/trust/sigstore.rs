//! Signatures as cosign lays them beside an image in its registry, checked with a public key (sigstore's "simple signing").

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;

use super::TrustError;
use super::policy::KeySource;
use crate::model::Digest;
use crate::sys::file::read_regular;

/// The annotation of a layer that its signature is in.
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// The media type of a layer that is a payload.
pub const MIME_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Longest file with a public key, in bytes.
const KEY_MAX: usize = 64 * 1024;
/// Most keys of one requirement.
const KEYS_MAX: usize = 64;

/// SubjectPublicKeyInfo of a key on P-256, up to its point (RFC 5480, section 2; uncompressed).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same of an Ed25519 key (RFC 8410, section 4).
const EDWARDS: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A signature and what it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Byte for byte.
    pub payload: Vec<u8>,
    /// As the annotation has it: base64.
    pub signature: String,
}

/// The tag that an image's signatures are under in its repository.
pub fn tag(manifest: &Digest) -> String {
    format!("sha256-{}.sig", manifest.hex())
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    P256,
    Ed25519,
}

impl PublicKey {
    /// Reads every key of a source.
    ///
    /// # Errors
    /// [`TrustError::Key`]; those of reading files.
    pub fn all(keys: &KeySource) -> Result<Vec<Self>, TrustError> {
        let named: Vec<(String, Vec<u8>)> = match keys {
            KeySource::Data(data) => {
                data.iter().map(|pem| ("in the policy".to_owned(), pem.clone())).collect()
            }
            KeySource::Files(paths) => paths
                .iter()
                .take(KEYS_MAX + 1)
                .map(|path| Ok((path.display().to_string(), read_regular(path, KEY_MAX)?)))
                .collect::<Result<_, TrustError>>()?,
        };
        if named.len() > KEYS_MAX {
            let reason = format!("there are more than {KEYS_MAX}");
            return Err(TrustError::Key { name: named[0].0.clone(), reason });
        }
        named
            .into_iter()
            .map(|(name, pem)| Self::parse(&pem).map_err(|reason| TrustError::Key { name, reason }))
            .collect()
    }

    /// Reads one PEM file (RFC 7468, section 13).
    fn parse(pem: &[u8]) -> Result<Self, String> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem)
            .map_err(|_| "want PEM that begins with -----BEGIN PUBLIC KEY-----".to_owned())?;
        let of = |prefix: &[u8], length| der.strip_prefix(prefix).filter(|key| key.len() == length);
        // 4 is an uncompressed point.
        if let Some(point) = of(&P256, 65).filter(|point| point[0] == 4) {
            return Ok(Self { kind: Kind::P256, bytes: point.to_vec() });
        }
        if let Some(point) = of(&EDWARDS, 32) {
            return Ok(Self { kind: Kind::Ed25519, bytes: point.to_vec() });
        }
        Err("only ECDSA keys on P-256 and Ed25519 keys can be used".to_owned())
    }

    /// Is the signature by this key, and over this payload?
    pub fn verifies(&self, payload: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::P256 => &ECDSA_P256_SHA256_ASN1,
            Kind::Ed25519 => &ED25519,
        };
        UnparsedPublicKey::new(algorithm, &self.bytes).verify(payload, signature).is_ok()
    }
}

/// How a `dir:` image has a signature of this kind: this line, then JSON.
const BLOB: &[u8] = b"\0sigstore-json\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Blob {
    mime_type: String,
    payload: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Attachment {
    /// Is this a signature of another kind than simple signing's?
    pub fn is_blob(bytes: &[u8]) -> bool {
        bytes.first() == Some(&0)
    }

    /// Reads what a file of a `dir:` image has; none when that is no signature of this kind.
    pub fn from_blob(bytes: &[u8]) -> Option<Self> {
        let blob: Blob = serde_json::from_slice(bytes.strip_prefix(BLOB)?).ok()?;
        let signature = blob.annotations.get(SIGNATURE_ANNOTATION).filter(|_| blob.mime_type == MIME_TYPE)?;
        Some(Self { payload: STANDARD.decode(blob.payload).ok()?, signature: signature.clone() })
    }

    /// Is it by one of these keys?
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check(&self, keys: &[PublicKey]) -> Result<(), String> {
        let signature =
            STANDARD.decode(&self.signature).map_err(|_| "the signature is not base64".to_owned())?;
        match keys.iter().any(|key| key.verifies(&self.payload, &signature)) {
            true => Ok(()),
            false => Err("cryptographic signature verification failed: it is not by one of the trusted keys"
                .to_owned()),
        }
    }
}

#[cfg(test)]
#[path = "sigstore_tests.rs"]
mod tests;
