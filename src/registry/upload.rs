//! Things on their way into a registry (distribution-spec, "Push"): blobs in one request where that goes through, in
//! pieces from where it broke off where it does not, and the manifest that names them.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::body::{Content, Part, Payload, Sent};
use super::http::{Answer, Asked, shorten};
use super::retry::is_passing;
use super::url::{Url, encode};
use super::{Client, Endpoint, RegistryError};
use crate::model::Digest;

/// A piece of a blob, once its way has turned out to be rough; more where the registry wants more.
const PIECE: u64 = 16 << 20;
/// A connection that breaks after so many bytes more has not failed in a row.
const PROGRESS: u64 = 1 << 20;

/// A blob to upload.
pub struct Upload<'a> {
    /// Of all of it.
    pub digest: &'a Digest,
    /// How many bytes.
    pub size: u64,
    /// The bytes.
    pub content: Content<'a>,
    /// Is told how far it is.
    pub sent: Sent<'a>,
}

/// An upload that the registry has begun.
struct Session<'a> {
    client: &'a Client,
    at: &'a Endpoint,
    blob: &'a Upload<'a>,
    attempt: String,
    /// Where the next bytes go.
    place: Url,
    /// How many bytes the registry has.
    offset: u64,
    /// How many go into one request.
    piece: u64,
    /// The least that the registry takes at once.
    least: u64,
}

/// Why a request did not bring the upload further.
enum Setback {
    /// It may the next time, after so long at the least.
    Passing(RegistryError, Option<Duration>),
    /// The registry knows nothing of this upload any more, or takes the bytes for others.
    Lost(RegistryError),
    /// So many bytes at once are too many.
    TooMuch(RegistryError),
    /// It never will.
    Final(RegistryError),
}

impl From<RegistryError> for Setback {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Broken { .. } => Self::Passing(error, None),
            other => Self::Final(other),
        }
    }
}

impl Client {
    /// How many bytes a blob has in the registry; none when it is not there.
    ///
    /// # Errors
    /// As [`Client::manifest`].
    pub fn blob_size(&self, at: &Endpoint, digest: &Digest) -> Result<Option<u64>, RegistryError> {
        let attempt = format!("checking whether a blob {digest} exists in {}", at.repository());
        let mut asked = self.asked(at, &format!("blobs/{digest}"), &attempt)?;
        asked.method = "HEAD";
        let answer = self.ask(at, asked, &scope(at))?;
        match answer.status {
            200 => Ok(answer.header("content-length").and_then(|length| length.parse().ok())),
            404 => Ok(None),
            // Where it sent us on to they may know a blob by other ways of asking alone.
            _ if !answer.own => Ok(None),
            _ => Err(self.failure(at, answer, attempt)),
        }
    }

    /// Has a blob taken over from another repository of the same registry; false when the registry does not do that.
    ///
    /// # Errors
    /// No connection.
    pub fn mount(&self, at: &Endpoint, digest: &Digest, from: &str) -> Result<bool, RegistryError> {
        let attempt = format!("mounting blob {digest} from {from} in {}", at.repository());
        let path = format!("blobs/uploads/?mount={}&from={}", encode(&digest.to_string()), encode(from));
        let mut asked = self.asked(at, &path, &attempt)?;
        asked.method = "POST";
        let base = asked.url.clone();
        // Who must not read the other repository is told so by the token service already.
        let answer = match self.ask(at, asked, &format!("{} repository:{from}:pull", scope(at))) {
            Err(
                RegistryError::Denied { .. } | RegistryError::Answer { .. } | RegistryError::NotFound { .. },
            ) => return Ok(false),
            other => other?,
        };
        // It has begun an upload instead, which nobody will go on with; if it cannot be told, it finds out by itself.
        if answer.status == 202
            && let Ok(place) = destination(&base, &answer, &attempt)
        {
            let gone =
                Asked { method: "DELETE", again: false, ..Asked::get(place, self.way(at)?.1, &attempt) };
            let _ = self.send_on(at, &base, gone);
        }
        Ok(answer.status == 201)
    }

    /// Uploads a blob that is not there.
    ///
    /// # Errors
    /// Whatever [`RegistryError`] has. What the registry has of the blob then is no blob yet.
    pub fn upload(&self, at: &Endpoint, blob: &Upload<'_>) -> Result<(), RegistryError> {
        let mut session = Session::begin(self, at, blob)?;
        let (mut failures, mut failed_at, mut lost, mut whole) = (0, 0, 0, true);
        loop {
            let (error, asked) = match session.step() {
                Ok(true) => return Ok(()),
                Ok(false) => continue,
                Err(Setback::Final(error)) => return Err(error),
                Err(Setback::TooMuch(error)) if session.piece <= PIECE.max(session.least) => {
                    return Err(error);
                }
                Err(Setback::TooMuch(error)) => {
                    whole = false;
                    (error, Some(Duration::ZERO))
                }
                Err(Setback::Lost(error)) => (error, Some(Duration::ZERO)),
                Err(Setback::Passing(error, asked)) => (error, asked),
            };
            if !(blob.sent)(session.offset) {
                return Err(error);
            }
            if session.offset >= failed_at + PROGRESS {
                failures = 0;
            }
            failures += 1;
            failed_at = session.offset;
            let Some(wait) = self.http.policy.wait(failures, asked) else { return Err(error) };
            // Nothing tells when a server is there again.
            std::thread::sleep(wait);
            match session.look() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(Setback::Final(error)) => return Err(error),
                // A registry that is still gone fails the next step too, and that is counted.
                Err(Setback::Passing(..)) => {}
                Err(Setback::Lost(_) | Setback::TooMuch(_)) => {
                    lost += 1;
                    if lost > self.http.policy.more {
                        return Err(error);
                    }
                    // Not every registry takes pieces: once more as a whole, unless it said that this is too much.
                    let piece = if whole && lost == 1 { u64::MAX } else { session.piece };
                    session = Session { piece, ..Session::begin(self, at, blob)? };
                    failed_at = 0;
                }
            }
        }
    }

    /// Puts a manifest or index in place, under a tag or its own digest.
    ///
    /// # Errors
    /// As [`Client::manifest`]; a registry that says it has got something else.
    pub fn put_manifest(
        &self,
        at: &Endpoint,
        reference: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let attempt = format!("uploading manifest {reference} to {}", at.repository());
        let mut asked = self.asked(at, &format!("manifests/{reference}"), &attempt)?;
        asked.method = "PUT";
        asked.headers.push(("content-type", media_type.to_owned()));
        asked.body = Payload::Part(Part::whole(bytes));
        let answer = self.ask(at, asked, &scope(at))?;
        if !matches!(answer.status, 200..=202 | 204) {
            return Err(self.failure(at, answer, attempt));
        }
        let digest = Digest::from_bytes(&Sha256::digest(bytes).into());
        same(&answer, &digest, &attempt)?;
        Ok(digest)
    }

    /// Sends a request that belongs to an upload: who we are is for the registry alone, wherever it sends us.
    fn send_on(&self, at: &Endpoint, registry: &Url, asked: Asked<'_>) -> Result<Answer, RegistryError> {
        if asked.url.same_origin(registry) { self.ask(at, asked, &scope(at)) } else { self.http.send(&asked) }
    }
}

impl<'a> Session<'a> {
    fn begin(client: &'a Client, at: &'a Endpoint, blob: &'a Upload<'a>) -> Result<Self, RegistryError> {
        let path = format!("/v2/{}/blobs/uploads/", at.path);
        let attempt =
            format!("writing blob {}: initiating layer upload to {path} in {}", blob.digest, at.domain);
        let mut asked = client.asked(at, "blobs/uploads/", &attempt)?;
        asked.method = "POST";
        let base = asked.url.clone();
        let answer = client.ask(at, asked, &scope(at))?;
        if answer.status != 202 {
            return Err(client.failure(at, answer, attempt));
        }
        let place = destination(&base, &answer, &attempt)?;
        let least = answer.header("oci-chunk-min-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let attempt = format!("writing blob {} to {}", blob.digest, at.repository());
        Ok(Self { client, at, blob, attempt, place, offset: 0, piece: u64::MAX, least })
    }

    /// The next request; true when it was the last one.
    fn step(&mut self) -> Result<bool, Setback> {
        let left = self.blob.size - self.offset;
        if left == 0 || self.offset == 0 && left <= self.piece {
            self.close(left)?;
            return Ok(true);
        }
        let length = left.min(self.piece);
        let end = self.offset + length - 1;
        let mut asked = self.asked("PATCH", self.place.clone());
        asked.headers.push(("content-range", format!("{}-{end}", self.offset)));
        let answer = self.send(with(asked, self.part(length)))?;
        if answer.status == 416 {
            return Err(Setback::Lost(self.client.failure(self.at, answer, self.attempt.clone())));
        }
        let answer = self.accepted(answer)?;
        let range = answer.header("range").map(last_of);
        self.place = destination(&self.place, &answer, &self.attempt)?;
        // Not every registry says how much it has got.
        let got = range.unwrap_or(Some(end)).map_or(self.offset, |last| last + 1);
        if got > end + 1 {
            return Err(Setback::Final(self.more_than_sent(got, end + 1)));
        }
        if got <= self.offset {
            let reason = "the registry takes a part of the blob and has not got it".to_owned();
            return Err(Setback::Lost(RegistryError::Broken { attempt: self.attempt.clone(), reason }));
        }
        self.offset = got;
        Ok(false)
    }

    /// The request that ends the upload, with the last bytes of the blob.
    fn close(&self, left: u64) -> Result<(), Setback> {
        let mut url = self.place.clone();
        url.path.push(if url.path.contains('?') { '&' } else { '?' });
        url.path.push_str(&format!("digest={}", encode(&self.blob.digest.to_string())));
        let asked = self.asked("PUT", url);
        let asked = if self.blob.size == 0 || left > 0 { with(asked, self.part(left)) } else { asked };
        let answer = self.accepted(self.send(asked)?)?;
        Ok(same(&answer, self.blob.digest, &self.attempt)?)
    }

    /// Asks how much has arrived; true when it is all there already, and as a blob.
    fn look(&mut self) -> Result<bool, Setback> {
        let sent =
            if self.piece == u64::MAX { self.blob.size } else { self.offset.saturating_add(self.piece) };
        // What broke once as a whole goes on in pieces.
        self.piece = PIECE.max(self.least);
        let answer = self.send(self.asked("GET", self.place.clone()))?;
        let lost = || RegistryError::Broken {
            attempt: self.attempt.clone(),
            reason: "the registry has lost the upload".to_owned(),
        };
        if answer.status == 404 {
            let there = self.client.blob_size(self.at, self.blob.digest)? == Some(self.blob.size);
            return if there { Ok(true) } else { Err(Setback::Lost(lost())) };
        }
        let answer = self.accepted(answer)?;
        // `0-0` is a byte, or none: some registries say it for both.
        let Some(last) = answer.header("range").and_then(last_of).filter(|last| *last > 0) else {
            return Err(Setback::Lost(lost()));
        };
        if last >= sent.min(self.blob.size) {
            return Err(Setback::Final(self.more_than_sent(last + 1, sent.min(self.blob.size))));
        }
        if answer.header("location").is_some() {
            self.place = destination(&self.place, &answer, &self.attempt)?;
        }
        self.offset = last + 1;
        Ok(false)
    }

    fn asked(&self, method: &'static str, url: Url) -> Asked<'_> {
        // Whether a certificate is looked at was settled when the upload began.
        let verify = self.client.way(self.at).is_ok_and(|(_, verify)| verify);
        Asked { method, again: false, ..Asked::get(url, verify, &self.attempt) }
    }

    fn part(&self, length: u64) -> Part<'a> {
        Part { content: self.blob.content, from: self.offset, length, sent: self.blob.sent }
    }

    fn send(&self, asked: Asked<'_>) -> Result<Answer, Setback> {
        let registry = self.client.asked(self.at, "", &self.attempt)?.url;
        Ok(self.client.send_on(self.at, &registry, asked)?)
    }

    fn accepted(&self, answer: Answer) -> Result<Answer, Setback> {
        if matches!(answer.status, 200..=299) {
            return Ok(answer);
        }
        let (status, wait) = (answer.status, answer.wait());
        let error = self.client.failure(self.at, answer, self.attempt.clone());
        Err(match status {
            _ if is_passing(status) => Setback::Passing(error, wait),
            404 => Setback::Lost(error),
            413 => Setback::TooMuch(error),
            _ => Setback::Final(error),
        })
    }

    fn more_than_sent(&self, says: u64, sent: u64) -> RegistryError {
        let reason = format!("the registry says that it has {says} bytes, and {sent} were sent at most");
        RegistryError::Hostile { attempt: self.attempt.clone(), reason }
    }
}

fn with<'a>(asked: Asked<'a>, part: Part<'a>) -> Asked<'a> {
    let mut asked = Asked { body: Payload::Part(part), ..asked };
    asked.headers.push(("content-type", "application/octet-stream".to_owned()));
    asked
}

fn scope(at: &Endpoint) -> String {
    format!("repository:{}:pull,push", at.path)
}

/// Where a registry wants the next bytes.
fn destination(base: &Url, answer: &Answer, attempt: &str) -> Result<Url, RegistryError> {
    let hostile = |reason: String| RegistryError::Hostile { attempt: attempt.to_owned(), reason };
    let Some(location) = answer.header("location") else {
        return Err(hostile("the registry begins an upload and does not say where".to_owned()));
    };
    let Some(url) = base.join(location) else {
        return Err(hostile(format!(
            "the registry wants the blob at {:?}, which is no place",
            shorten(location)
        )));
    };
    if base.https && !url.https {
        return Err(hostile(format!("the registry wants the blob at {url}, which is not encrypted")));
    }
    Ok(url)
}

/// Is what the registry says it has what it was to get?
fn same(answer: &Answer, digest: &Digest, attempt: &str) -> Result<(), RegistryError> {
    match answer.header("docker-content-digest") {
        Some(said) if Digest::parse(said).ok().as_ref() != Some(digest) => Err(RegistryError::Hostile {
            attempt: attempt.to_owned(),
            reason: format!("the registry has got {:?}, it should be {digest}", shorten(said)),
        }),
        _ => Ok(()),
    }
}

/// The last byte of `0-LAST`, with `bytes=` before it or without; a range that begins elsewhere is none.
fn last_of(range: &str) -> Option<u64> {
    let range = range.trim();
    let (first, last) = range.strip_prefix("bytes=").unwrap_or(range).split_once('-')?;
    if first != "0" {
        return None;
    }
    last.parse().ok().filter(|last| *last < u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_at_the_start() {
        for (text, want) in [
            ("0-99", Some(99)),
            ("bytes=0-99", Some(99)),
            ("0-0", Some(0)),
            ("5-99", None),
            ("0-", None),
            ("0--1", None),
            ("0-18446744073709551615", None),
            ("0-99999999999999999999999", None),
            ("", None),
        ] {
            assert_eq!(last_of(text), want, "{text}");
        }
    }
}
