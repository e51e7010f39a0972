//! The distribution API (distribution-spec, "API"): manifests, blobs, tags, and the way in.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::auth_file::Credentials;
use super::certs::CertPlaces;
use super::challenge;
use super::http::{Answer, Asked, Http};
use super::token::Grant;
use super::url::Url;
use super::{CredentialPlaces, Endpoint, Registries, RegistryError, RetryPolicy};
use crate::model::Digest;

/// Longest manifest or configuration, in bytes (what docker's registry takes, too).
pub const DOCUMENT_LIMIT: u64 = 4 << 20;
/// How much of an error's text is read.
const ERROR_LIMIT: u64 = 64 * 1024;

/// What manifests are taken. Schema 1 is asked for so that it can be refused by its name.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5, \
    application/vnd.docker.distribution.manifest.v1+json;q=0.5";

/// How to reach registries.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For proxies.
    pub env: Vec<(String, String)>,
    /// Where the user's certificates are.
    pub home: Option<PathBuf>,
    /// `--cert-dir`.
    pub cert_dir: Option<PathBuf>,
    /// `--tls-verify`, when it was given; else registries.conf decides.
    pub tls_verify: Option<bool>,
    /// registries.conf.
    pub registries: Registries,
    /// Who we are.
    pub credentials: CredentialPlaces,
    /// When to ask again.
    pub retry: RetryPolicy,
    /// The longest silence of a server.
    pub stall: Duration,
}

/// Talks to registries; may be used from several threads, and goes on in a forked child.
pub struct Client {
    pub(super) http: Http,
    registries: Registries,
    credentials: CredentialPlaces,
    tls_verify: Option<bool>,
    /// `Authorization` by host and scope.
    granted: Mutex<HashMap<(String, String), String>>,
    /// Hosts that were found to speak TLS or not to.
    encrypted: Mutex<HashMap<String, bool>>,
}

/// A manifest or index as it came, which is what its digest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawManifest {
    /// Byte for byte.
    pub bytes: Vec<u8>,
    /// What the registry says that it is.
    pub media_type: String,
    /// Of the bytes.
    pub digest: Digest,
}

impl Client {
    /// Nothing is opened before the first request.
    pub fn new(settings: Settings) -> Self {
        let places = CertPlaces::usual(settings.home.as_deref(), settings.cert_dir);
        Self {
            http: Http::new(&settings.env, places, settings.retry, settings.stall),
            registries: settings.registries,
            credentials: settings.credentials,
            tls_verify: settings.tls_verify,
            granted: Mutex::default(),
            encrypted: Mutex::default(),
        }
    }

    /// What is configured.
    pub fn registries(&self) -> &Registries {
        &self.registries
    }

    /// Fetches a manifest or index by tag or digest.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; bytes that are not what the digest says; whatever [`RegistryError`] has.
    pub fn manifest(&self, at: &Endpoint, reference: &str) -> Result<RawManifest, RegistryError> {
        let attempt = format!("reading manifest {reference} in {}", at.repository());
        let answer = self.get(at, &format!("manifests/{reference}"), &attempt, |asked| {
            asked.headers.push(("accept", MANIFESTS.to_owned()));
        })?;
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let said = answer.header("docker-content-digest").and_then(|text| Digest::parse(text).ok());
        let bytes = self.http.read(answer, DOCUMENT_LIMIT, &attempt)?;
        let digest = Digest::from_bytes(&Sha256::digest(&bytes).into());
        for want in Digest::parse(reference).ok().into_iter().chain(said) {
            if want != digest {
                let reason = format!("its digest is {digest}, it should be {want}");
                return Err(RegistryError::Hostile { attempt, reason });
            }
        }
        Ok(RawManifest { bytes, media_type, digest })
    }

    /// Fetches a small blob whole, from the first place that has it.
    ///
    /// # Errors
    /// As [`Self::manifest`]; another length than `size`.
    pub fn document(
        &self,
        places: &[Endpoint],
        digest: &Digest,
        size: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut last = None;
        for at in places {
            match self.document_at(at, digest, size) {
                Err(error) => last = Some(error),
                done => return done,
            }
        }
        Err(last.unwrap_or_else(|| no_place(digest)))
    }

    fn document_at(&self, at: &Endpoint, digest: &Digest, size: u64) -> Result<Vec<u8>, RegistryError> {
        let attempt = format!("reading blob {digest} in {}", at.repository());
        if size > DOCUMENT_LIMIT {
            return Err(RegistryError::TooLong { attempt, limit: DOCUMENT_LIMIT });
        }
        let answer = self.get(at, &format!("blobs/{digest}"), &attempt, |_| {})?;
        let bytes = self.http.read(answer, size, &attempt)?;
        let got = Digest::from_bytes(&Sha256::digest(&bytes).into());
        if got != *digest {
            let reason = format!("its digest is {got}, it should be {digest}");
            return Err(RegistryError::Hostile { attempt, reason });
        }
        if bytes.len() as u64 != size {
            let reason = format!("it has {} bytes, the manifest says {size}", bytes.len());
            return Err(RegistryError::Hostile { attempt, reason });
        }
        Ok(bytes)
    }

    /// A small file of any server, asked for without saying who we are; none where there is none.
    ///
    /// # Errors
    /// As [`Self::manifest`]; a text that is no URL.
    pub fn file(&self, url: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
        // What is no URL may have a password in it.
        let place = Url::parse(url).ok_or_else(|| RegistryError::Hostile {
            attempt: "reading a file of a server".to_owned(),
            reason: "its URL cannot be understood".to_owned(),
        })?;
        let attempt = format!("reading {place}");
        let verify = self.tls_verify != Some(false);
        let answer = self.http.send(&Asked::get(place, verify, &attempt))?;
        match answer.status {
            200 => self.http.read(answer, limit, &attempt).map(Some),
            404 | 410 => Ok(None),
            status => Err(RegistryError::Answer {
                reason: format!("received unexpected HTTP status: {status}"),
                attempt,
                status,
            }),
        }
    }

    /// Do these credentials (or those that are kept) open the registry?
    ///
    /// # Errors
    /// [`RegistryError::WrongPassword`]; no connection.
    pub fn check(&self, domain: &str) -> Result<(), RegistryError> {
        let insecure = self.registries.is_insecure(domain);
        let at = Endpoint { domain: domain.to_owned(), path: String::new(), insecure, own: true };
        let attempt = format!("logging into {domain:?}");
        let (https, verify) = self.way(&at)?;
        let asked = Asked::get(Url::new(https, at.host(), "/v2/"), verify, &attempt);
        let answer = match self.ask(&at, asked, "") {
            Err(RegistryError::Denied { .. }) => {
                return Err(RegistryError::WrongPassword { registry: domain.to_owned() });
            }
            other => other?,
        };
        match answer.status {
            200 => Ok(()),
            401 => Err(RegistryError::WrongPassword { registry: domain.to_owned() }),
            _ => Err(self.failure(&at, answer, attempt)),
        }
    }

    /// Asks for something of a repository; whatever is not what was asked for is an error.
    pub(super) fn get(
        &self,
        at: &Endpoint,
        path: &str,
        attempt: &str,
        more: impl FnOnce(&mut Asked<'_>),
    ) -> Result<Answer, RegistryError> {
        let mut asked = self.asked(at, path, attempt)?;
        more(&mut asked);
        let answer = self.ask(at, asked, &format!("repository:{}:pull", at.path))?;
        match answer.status {
            200 | 206 => Ok(answer),
            _ => Err(self.failure(at, answer, attempt.to_owned())),
        }
    }

    /// A `GET` of something of a repository, not sent yet.
    pub(super) fn asked<'a>(
        &self,
        at: &Endpoint,
        path: &str,
        attempt: &'a str,
    ) -> Result<Asked<'a>, RegistryError> {
        let (https, verify) = self.way(at)?;
        let url = Url::new(https, at.host(), format!("/v2/{}/{path}", at.path));
        Ok(Asked::get(url, verify, attempt))
    }

    /// Asks, and once more with what a challenge wants to see.
    pub(super) fn ask(
        &self,
        at: &Endpoint,
        mut asked: Asked<'_>,
        scope: &str,
    ) -> Result<Answer, RegistryError> {
        let key = (at.host().to_owned(), scope.to_owned());
        let mut fresh = false;
        loop {
            asked.authorization = lock(&self.granted).get(&key).cloned();
            let answer = self.http.send(&asked)?;
            // Whoever we were sent on to has no business asking who we are.
            if answer.status != 401 || !answer.own || fresh {
                return Ok(answer);
            }
            let headers = answer.headers.get_all("www-authenticate").into_iter();
            let challenges: Vec<_> =
                headers.filter_map(|value| value.to_str().ok()).flat_map(challenge::parse).collect();
            let credentials = self.credentials_for(at)?;
            let grant = Grant {
                host: at.host(),
                from: &asked.url,
                scope,
                verify: asked.verify,
                credentials: credentials.as_ref(),
                attempt: asked.attempt,
            };
            let Some(authorization) = grant.authorization(&self.http, &challenges)? else {
                return Ok(answer);
            };
            lock(&self.granted).insert(key.clone(), authorization);
            fresh = true;
        }
    }

    /// What was given on the command line is for the registry of the name, not for mirrors that a file names.
    fn credentials_for(&self, at: &Endpoint) -> Result<Option<Credentials>, RegistryError> {
        let repository = at.repository();
        let repository = repository.trim_end_matches('/');
        if at.own {
            return self.credentials.find(repository);
        }
        CredentialPlaces { given: None, ..self.credentials.clone() }.find(repository)
    }

    /// With TLS? And is the certificate looked at? An insecure registry is first asked whether it speaks TLS at all.
    pub(super) fn way(&self, at: &Endpoint) -> Result<(bool, bool), RegistryError> {
        let insecure = self.tls_verify.map_or(at.insecure, |verify| !verify);
        if !insecure {
            return Ok((true, true));
        }
        if let Some(https) = lock(&self.encrypted).get(at.host()) {
            return Ok((*https, false));
        }
        let ping = |https| Asked::get(Url::new(https, at.host(), "/v2/"), false, "pinging the registry");
        let https = match self.http.follow(&ping(true)) {
            Ok(_) => true,
            // A server of TLS has an answer for plain HTTP, too, which is no registry's. Of two failures the first is
            // the one to tell: it is about what should have been.
            Err(error) => match self.http.send(&ping(false)) {
                Ok(answer) if matches!(answer.status, 200 | 401) => false,
                _ => return Err(error),
            },
        };
        lock(&self.encrypted).insert(at.host().to_owned(), https);
        Ok((https, false))
    }

    /// What an answer that is not wanted says.
    pub(super) fn failure(&self, at: &Endpoint, answer: Answer, attempt: String) -> RegistryError {
        let status = answer.status;
        // An error without words is told by its number.
        let body = self.http.read(answer, ERROR_LIMIT, &attempt).unwrap_or_default();
        let words = words(&body);
        match status {
            404 => {
                RegistryError::NotFound { attempt, reason: words.unwrap_or_else(|| "not found".to_owned()) }
            }
            401 | 403 => RegistryError::Denied {
                attempt,
                reason: words.unwrap_or_else(|| "unauthorized: authentication required".to_owned()),
                host: at.domain.clone(),
                known: matches!(self.credentials_for(at), Ok(Some(_))),
            },
            429 => RegistryError::Answer {
                attempt,
                reason: format!(
                    "too many requests to registry{}",
                    words.map_or(String::new(), |w| format!(": {w}"))
                ),
                status,
            },
            405 => RegistryError::Answer {
                attempt,
                reason: words
                    .unwrap_or_else(|| "the registry does not do that: it may be read-only".to_owned()),
                status,
            },
            _ => RegistryError::Answer {
                attempt,
                reason: format!(
                    "received unexpected HTTP status: {status}{}",
                    words.map_or(String::new(), |words| format!(": {words}"))
                ),
                status,
            },
        }
    }
}

pub(super) fn no_place(digest: &Digest) -> RegistryError {
    RegistryError::NotFound {
        attempt: format!("reading blob {digest}"),
        reason: "there is no place to ask".to_owned(),
    }
}

/// A registry's own words for an error (distribution-spec, "Error codes"), fit to be shown.
pub(super) fn words(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<Problem>,
    }
    #[derive(Deserialize)]
    struct Problem {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let errors: Errors = serde_json::from_slice(body).ok()?;
    let first = errors.errors.first()?;
    let code = first.code.to_ascii_lowercase().replace('_', " ");
    let text = match (code.is_empty(), first.message.is_empty() || first.message == code) {
        (true, true) => return None,
        (false, true) => code,
        (true, false) => first.message.clone(),
        (false, false) => format!("{code}: {}", first.message),
    };
    Some(text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_words() {
        for (body, want) in [
            (
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#,
                Some("manifest unknown"),
            ),
            (r#"{"errors":[{"code":"DENIED","message":"no\u001b[2J"}]}"#, Some("denied: no [2J")),
            (r#"{"errors":[{"message":"m"}]}"#, Some("m")),
            (r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#, Some("unauthorized")),
            (r#"{"errors":[]}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(words(body.as_bytes()).as_deref(), want, "{body}");
        }
    }
}
