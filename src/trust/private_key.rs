//! Sigstore signatures, made with a private key in a file: cosign's own kind, which a passphrase protects, or PKCS#8.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use salsa20::XSalsa20;
use salsa20::cipher::{KeyIvInit, StreamCipher};
use serde::Deserialize;

use super::payload::{COSIGN, Payload};
use super::sigstore::Attachment;
use super::{Named, TrustError};
use crate::model::Digest;
use crate::sys::file::read_regular;

/// Longest file, in bytes.
const KEY_MAX: usize = 64 * 1024;
/// What cosign and its successors call their keys.
const LABELS: [&str; 2] = ["ENCRYPTED COSIGN PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY"];
/// The most work that a file may ask for: memory is 128·N·r bytes, here 256 MiB.
const LOG_N_MAX: u32 = 18;
const R_MAX: u32 = 8;
const P_MAX: u32 = 4;

/// A key that signs images.
pub enum SigningKey {
    /// ECDSA on P-256.
    P256(Box<EcdsaKeyPair>),
    /// Ed25519.
    Ed25519(Box<Ed25519KeyPair>),
}

/// Says which kind, and nothing of the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256(_) => "a key on P-256",
            Self::Ed25519(_) => "an Ed25519 key",
        })
    }
}

/// The JSON of an encrypted key (go-securesystemslib's `encrypted`: scrypt and NaCl's secretbox).
#[derive(Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl SigningKey {
    /// Reads a private key; the passphrase is for those that have one.
    ///
    /// # Errors
    /// [`TrustError::Key`]: no such key, another passphrase; the file cannot be read.
    pub fn read(path: &Path, passphrase: &[u8]) -> Result<Self, TrustError> {
        let bytes = read_regular(path, KEY_MAX)?;
        Self::parse(&bytes, passphrase)
            .map_err(|reason| TrustError::Key { name: path.display().to_string(), reason: reason.to_owned() })
    }

    fn parse(pem: &[u8], passphrase: &[u8]) -> Result<Self, &'static str> {
        let sealed = std::str::from_utf8(pem).ok().and_then(sealed);
        let der = match sealed {
            Some(sealed) => open(&sealed?, passphrase)?,
            None => PrivatePkcs8KeyDer::from_pem_slice(pem)
                .map_err(|_| "want PEM that begins with -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----")?
                .secret_pkcs8_der()
                .to_vec(),
        };
        if let Ok(pair) =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der, &SystemRandom::new())
        {
            return Ok(Self::P256(Box::new(pair)));
        }
        let edwards = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
        edwards
            .map(|pair| Self::Ed25519(Box::new(pair)))
            .map_err(|_| "only ECDSA keys on P-256 and Ed25519 keys can be used")
    }

    /// Signs the image with this manifest under this name, as cosign would.
    ///
    /// # Errors
    /// [`TrustError::Key`] without random numbers.
    pub fn sign(&self, manifest: &Digest, name: &Named, seconds: i64) -> Result<Attachment, TrustError> {
        let payload = Payload { digest: manifest.clone(), reference: name.clone() }.write(COSIGN, seconds);
        let signature = match self {
            Self::P256(pair) => {
                let failed = |_| TrustError::Key {
                    name: "to sign with".to_owned(),
                    reason: "there are no random numbers".to_owned(),
                };
                pair.sign(&SystemRandom::new(), &payload).map_err(failed)?
            }
            Self::Ed25519(pair) => pair.sign(&payload),
        };
        Ok(Attachment { payload, signature: STANDARD.encode(signature.as_ref()) })
    }
}

/// What is between the lines of an encrypted key; none where there are no such lines.
fn sealed(text: &str) -> Option<Result<Sealed, &'static str>> {
    let between = LABELS.iter().find_map(|label| {
        let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
        Some(rest.split_once(&format!("-----END {label}-----"))?.0)
    })?;
    let packed: String = between.split_ascii_whitespace().collect();
    let damaged = "the encrypted key is damaged";
    let json = STANDARD.decode(packed).map_err(|_| damaged);
    Some(json.and_then(|json| serde_json::from_slice(&json).map_err(|_| damaged)))
}

fn open(sealed: &Sealed, passphrase: &[u8]) -> Result<Vec<u8>, &'static str> {
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        return Err("it is encrypted in another way than by scrypt and nacl/secretbox");
    }
    let Params { n, r, p } = sealed.kdf.params;
    if !n.is_power_of_two() || n.ilog2() > LOG_N_MAX || r > R_MAX || p > P_MAX {
        return Err("it asks for more work than any key needs");
    }
    let damaged = "the encrypted key is damaged";
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| damaged);
    let params =
        u8::try_from(n.ilog2()).ok().and_then(|n| scrypt::Params::new(n, r, p).ok()).ok_or(damaged)?;
    let mut key = [0; 32];
    scrypt::scrypt(passphrase, &bytes(&sealed.kdf.salt)?, &params, &mut key).map_err(|_| damaged)?;
    let nonce: [u8; 24] = bytes(&sealed.cipher.nonce)?.try_into().map_err(|_| damaged)?;
    unseal(&key, &nonce, &bytes(&sealed.ciphertext)?).ok_or("the passphrase is wrong, or the key is damaged")
}

/// NaCl's secretbox: the first 32 bytes of the stream are the key of the sum that stands before the text.
fn unseal(key: &[u8; 32], nonce: &[u8; 24], boxed: &[u8]) -> Option<Vec<u8>> {
    let (sum, text) = boxed.split_at_checked(16)?;
    let mut stream = XSalsa20::new(&(*key).into(), &(*nonce).into());
    let mut first = [0; 32];
    stream.apply_keystream(&mut first);
    if Poly1305::new(&first.into()).compute_unpadded(text)[..] != *sum {
        return None;
    }
    let mut text = text.to_vec();
    stream.apply_keystream(&mut text);
    Some(text)
}

#[cfg(test)]
#[path = "private_key_tests.rs"]
mod tests;
