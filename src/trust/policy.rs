//! The policy file (containers-policy.json(5)): read to the letter. Unknown, doubled or missing words make all of it invalid,
//! and an invalid policy lets nothing in.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::identity::{Named, SignedIdentity, is_prefix};
use super::unique::Unique;
use super::{Subject, TrustError};
use crate::sys::file::read_regular;

/// Longest policy, in bytes.
const FILE_MAX: usize = 1 << 20;
/// Where the system's is.
const SYSTEM: &str = "/etc/containers/policy.json";

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What holds where nothing narrower does.
    pub default: Vec<Requirement>,
    /// By transport and scope.
    pub transports: BTreeMap<String, BTreeMap<String, Vec<Requirement>>>,
}

/// One condition; all of an image's have to be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Anything will do.
    InsecureAcceptAnything,
    /// Nothing will do.
    Reject,
    /// A simple signature by one of these OpenPGP keys.
    SignedBy {
        /// Keyrings.
        keys: KeySource,
        /// What the signature must call the image.
        identity: SignedIdentity,
    },
    /// A sigstore signature by one of these keys.
    SigstoreSigned {
        /// Public keys, PEM.
        keys: KeySource,
        /// What the signature must call the image.
        identity: SignedIdentity,
    },
    /// A sigstore signature of a kind that rctr cannot check: it is met by nothing.
    Unsupported(String),
}

/// Where keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In files.
    Files(Vec<PathBuf>),
    /// In the policy itself.
    Data(Vec<Vec<u8>>),
}

impl Policy {
    /// What holds where there is no policy at all.
    pub fn built_in() -> Self {
        Self { default: vec![Requirement::InsecureAcceptAnything], transports: BTreeMap::new() }
    }

    /// The policy that is in force, and its file; none is [`Self::built_in`].
    ///
    /// # Errors
    /// A file that cannot be read or understood; a missing one that was asked for.
    pub fn read(given: Option<&Path>, home: Option<&Path>) -> Result<(Self, Option<PathBuf>), TrustError> {
        let Some(path) = policy_file(given, home) else { return Ok((Self::built_in(), None)) };
        let bytes = read_regular(&path, FILE_MAX)?;
        let policy = parse(&bytes).map_err(|reason| TrustError::BadPolicy { path: path.clone(), reason })?;
        Ok((policy, Some(path)))
    }

    /// What holds for an image: what its narrowest scope says, and nothing else.
    pub fn requirements(&self, subject: &Subject) -> &[Requirement] {
        let Some(scopes) = self.transports.get(subject.transport) else { return &self.default };
        let narrowest =
            subject.scopes.iter().map(String::as_str).chain([""]).find_map(|scope| scopes.get(scope));
        narrowest.unwrap_or(&self.default)
    }
}

/// The file of the policy that is in force: the one that was asked for, the user's, the system's.
pub fn policy_file(given: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    let usual = || {
        let own = home.map(|home| home.join(".config/containers/policy.json"));
        own.into_iter().chain([PathBuf::from(SYSTEM)]).find(|path| path.symlink_metadata().is_ok())
    };
    given.map(Path::to_path_buf).or_else(usual)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Vec<Written>,
    #[serde(default)]
    transports: Unique<Unique<Vec<Written>>>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Written {
    #[serde(rename = "insecureAcceptAnything")]
    InsecureAcceptAnything(Nothing),
    #[serde(rename = "reject")]
    Reject(Nothing),
    #[serde(rename = "signedBy")]
    SignedBy(WrittenSignedBy),
    #[serde(rename = "sigstoreSigned")]
    SigstoreSigned(WrittenSigstore),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WrittenSignedBy {
    key_type: String,
    key_path: Option<PathBuf>,
    key_paths: Option<Vec<PathBuf>>,
    key_data: Option<String>,
    signed_identity: Option<WrittenIdentity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WrittenSigstore {
    key_path: Option<PathBuf>,
    key_paths: Option<Vec<PathBuf>>,
    key_data: Option<String>,
    key_datas: Option<Vec<String>>,
    fulcio: Option<IgnoredAny>,
    pki: Option<IgnoredAny>,
    rekor_public_key_path: Option<IgnoredAny>,
    rekor_public_key_paths: Option<IgnoredAny>,
    rekor_public_key_data: Option<IgnoredAny>,
    rekor_public_key_datas: Option<IgnoredAny>,
    signed_identity: Option<WrittenIdentity>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum WrittenIdentity {
    MatchExact {},
    MatchRepoDigestOrExact {},
    MatchRepository {},
    ExactReference { docker_reference: String },
    ExactRepository { docker_repository: String },
    RemapIdentity { prefix: String, signed_prefix: String },
}

/// Reads a policy.
///
/// # Errors
/// What is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Policy, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut transports = BTreeMap::new();
    for (transport, scopes) in file.transports.0 {
        let mut known = BTreeMap::new();
        for (scope, requirements) in scopes.0 {
            check_scope(&transport, &scope)?;
            let place = format!("{transport} scope {scope:?}");
            known.insert(scope, decided(requirements, &place)?);
        }
        transports.insert(transport, known);
    }
    Ok(Policy { default: decided(file.default, "default")?, transports })
}

/// A scope that no image can have is a slip of the pen.
fn check_scope(transport: &str, scope: &str) -> Result<(), String> {
    let bad = |why: &str| Err(format!("{transport} scope {scope:?}: {why}"));
    match transport {
        _ if scope.is_empty() => Ok(()),
        "docker-archive" | "tarball" => bad("images of this transport have no scopes but \"\""),
        "dir" | "oci" | "oci-archive" => {
            let path = Path::new(scope);
            let plain =
                path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
            // Components leave out what does not count, so what is left is compared with the whole.
            let clean = path.components().collect::<PathBuf>().as_os_str() == path.as_os_str();
            match path.is_absolute() && plain && clean && scope != "/" {
                true => Ok(()),
                false => bad("want an absolute path below / without . and .."),
            }
        }
        _ => Ok(()),
    }
}

fn decided(written: Vec<Written>, place: &str) -> Result<Vec<Requirement>, String> {
    if written.is_empty() {
        return Err(format!("{place}: want at least one requirement"));
    }
    written.into_iter().map(|one| requirement(one).map_err(|why| format!("{place}: {why}"))).collect()
}

fn requirement(written: Written) -> Result<Requirement, String> {
    match written {
        Written::InsecureAcceptAnything(Nothing {}) => Ok(Requirement::InsecureAcceptAnything),
        Written::Reject(Nothing {}) => Ok(Requirement::Reject),
        Written::SignedBy(by) => {
            if by.key_type != "GPGKeys" {
                return Err(format!("signedBy: keyType {:?} is none, want \"GPGKeys\"", by.key_type));
            }
            let sources =
                [one_file(by.key_path), files(by.key_paths), data(by.key_data.map(|one| vec![one]))?];
            let keys = only(sources, "signedBy: want exactly one of keyPath, keyPaths and keyData")?;
            Ok(Requirement::SignedBy { keys, identity: identity(by.signed_identity)? })
        }
        Written::SigstoreSigned(signed) => {
            let identity = identity(signed.signed_identity)?;
            let unsupported = [
                ("fulcio", signed.fulcio),
                ("pki", signed.pki),
                ("rekorPublicKeyPath", signed.rekor_public_key_path),
                ("rekorPublicKeyPaths", signed.rekor_public_key_paths),
                ("rekorPublicKeyData", signed.rekor_public_key_data),
                ("rekorPublicKeyDatas", signed.rekor_public_key_datas),
            ];
            let named: Vec<&str> =
                unsupported.into_iter().filter_map(|(name, given)| given.map(|_| name)).collect();
            if !named.is_empty() {
                return Ok(Requirement::Unsupported(format!("sigstoreSigned with {}", named.join(" and "))));
            }
            let sources = [
                one_file(signed.key_path),
                files(signed.key_paths),
                data(signed.key_data.map(|one| vec![one]))?,
                data(signed.key_datas)?,
            ];
            let why = "sigstoreSigned: want exactly one of keyPath, keyPaths, keyData and keyDatas";
            Ok(Requirement::SigstoreSigned { keys: only(sources, why)?, identity })
        }
    }
}

fn one_file(path: Option<PathBuf>) -> Option<KeySource> {
    path.map(|path| KeySource::Files(vec![path]))
}

fn files(paths: Option<Vec<PathBuf>>) -> Option<KeySource> {
    paths.map(KeySource::Files)
}

fn data(texts: Option<Vec<String>>) -> Result<Option<KeySource>, String> {
    let decode = |text: &String| STANDARD.decode(text).map_err(|_| "keyData is not base64".to_owned());
    let decoded = texts.map(|texts| texts.iter().map(decode).collect::<Result<Vec<_>, _>>()).transpose()?;
    Ok(decoded.map(KeySource::Data))
}

/// The one source that is there, with something in it.
fn only<const N: usize>(sources: [Option<KeySource>; N], why: &str) -> Result<KeySource, String> {
    let mut given = sources.into_iter().flatten();
    let (Some(one), None) = (given.next(), given.next()) else { return Err(why.to_owned()) };
    let empty = match &one {
        KeySource::Files(paths) => paths.iter().any(|path| path.as_os_str().is_empty()) || paths.is_empty(),
        KeySource::Data(data) => data.iter().any(Vec::is_empty) || data.is_empty(),
    };
    if empty { Err(why.to_owned()) } else { Ok(one) }
}

fn identity(written: Option<WrittenIdentity>) -> Result<SignedIdentity, String> {
    Ok(match written {
        None | Some(WrittenIdentity::MatchRepoDigestOrExact {}) => SignedIdentity::RepoDigestOrExact,
        Some(WrittenIdentity::MatchExact {}) => SignedIdentity::Exact,
        Some(WrittenIdentity::MatchRepository {}) => SignedIdentity::Repository,
        Some(WrittenIdentity::ExactReference { docker_reference: text }) => {
            let named = Named::parse(&text).map_err(|error| format!("dockerReference: {error}"))?;
            if named.tag.is_none() && named.digest.is_none() {
                return Err(format!("dockerReference {text:?} has neither a tag nor a digest"));
            }
            SignedIdentity::ExactReference(named)
        }
        Some(WrittenIdentity::ExactRepository { docker_repository: text }) => {
            let named = Named::parse(&text).map_err(|error| format!("dockerRepository: {error}"))?;
            if named.tag.is_some() || named.digest.is_some() {
                return Err(format!("dockerRepository {text:?} has a tag or digest"));
            }
            SignedIdentity::ExactRepository(named.repository)
        }
        Some(WrittenIdentity::RemapIdentity { prefix, signed_prefix: signed }) => {
            for text in [&prefix, &signed] {
                if !is_prefix(text) {
                    return Err(format!(
                        "remapIdentity: {text:?} is neither a host nor the beginning of a repository's whole name"
                    ));
                }
            }
            SignedIdentity::Remap { prefix, signed }
        }
    })
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
