//! A blob as a stream: asked for when it is first read, and again from where it broke off. Its length is what the manifest
//! says; its digest is for the reader to check.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::no_place;
use super::http::words_of_io;
use super::{Client, Endpoint, RegistryError};
use crate::model::Digest;

/// A connection that breaks after so many bytes more has not failed in a row.
const PROGRESS: u64 = 1 << 20;
/// A server that gives fewer bytes in a second is as good as silent.
const SLOWEST: u64 = 1024;

/// Reads one blob.
pub struct BlobReader {
    client: Arc<Client>,
    /// Those that may have it, the likeliest first; what failed for good is taken away.
    places: Vec<Endpoint>,
    digest: Digest,
    size: u64,
    position: u64,
    open: Option<Box<dyn Read + Send>>,
    failures: u32,
    /// Where the last failure was.
    failed_at: u64,
    pace: Pace,
}

impl BlobReader {
    /// Nothing is asked before the first read.
    pub fn new(client: Arc<Client>, places: Vec<Endpoint>, digest: Digest, size: u64) -> Self {
        let pace = Pace::default();
        Self { client, places, digest, size, position: 0, open: None, failures: 0, failed_at: 0, pace }
    }

    fn attempt(&self) -> String {
        let repository = self.places.first().map(Endpoint::repository).unwrap_or_default();
        format!("fetching blob {} of {repository}", self.digest)
    }

    /// Asks for the rest of the blob.
    fn start(&mut self) -> Result<Box<dyn Read + Send>, RegistryError> {
        let Some(at) = self.places.first() else { return Err(no_place(&self.digest)) };
        let attempt = self.attempt();
        let from = self.position;
        let answer = self.client.get(at, &format!("blobs/{}", self.digest), &attempt, |asked| {
            if from > 0 {
                asked.headers.push(("range", format!("bytes={from}-")));
            }
        })?;
        let hostile = |reason: String| RegistryError::Hostile { attempt: attempt.clone(), reason };
        let resumed = answer.status == 206;
        if resumed && !answer.header("content-range").is_some_and(|range| starts_at(range, from)) {
            return Err(hostile("the registry sends another part than was asked for".to_owned()));
        }
        let wanted = if resumed { self.size - from } else { self.size };
        if let Some(length) = answer.body.content_length().filter(|length| *length != wanted) {
            return Err(hostile(format!("it has {length} bytes, the manifest says {wanted}")));
        }
        let mut reader = answer.body.into_with_config().limit(u64::MAX).reader();
        if !resumed && from > 0 {
            // A server that knows no ranges: what is here already is read once more.
            let skipped = io::copy(&mut (&mut reader).take(from), &mut io::sink());
            let broken = |reason: String| RegistryError::Broken { attempt: attempt.clone(), reason };
            if skipped.map_err(|e| broken(words_of_io(&e)))? < from {
                return Err(broken("unexpected EOF".to_owned()));
            }
        }
        Ok(Box::new(reader))
    }

    fn read_once(&mut self, buffer: &mut [u8]) -> Result<usize, RegistryError> {
        let attempt = self.attempt();
        let broken = |reason: String| RegistryError::Broken { attempt: attempt.clone(), reason };
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.start()?,
        };
        let left = self.size - self.position;
        // One byte more than there may be tells a blob that is too long.
        let most = buffer.len().min(usize::try_from(left.max(1)).unwrap_or(usize::MAX));
        let began = Instant::now();
        let count = loop {
            match open.read(&mut buffer[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| broken(words_of_io(&e)))?,
            }
        };
        if left == 0 && count > 0 {
            let reason = format!("it has more than the {} bytes that the manifest says", self.size);
            return Err(RegistryError::Hostile { attempt, reason });
        }
        if count == 0 && left > 0 {
            return Err(broken("unexpected EOF".to_owned()));
        }
        self.pace.add(count, began.elapsed(), self.client.http.stall).map_err(broken)?;
        self.position += count as u64;
        self.open = Some(open);
        Ok(count)
    }

    /// What to do about a failure: wait and go on, go on elsewhere, or give up.
    fn recover(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        self.open = None;
        if matches!(error, RegistryError::Broken { .. }) {
            if self.position - self.failed_at >= PROGRESS {
                self.failures = 0;
            }
            self.failures += 1;
            self.failed_at = self.position;
            if let Some(wait) = self.client.http.policy.wait(self.failures, None) {
                // Nothing tells when a server is there again.
                std::thread::sleep(wait);
                return Ok(());
            }
        }
        if self.places.len() <= 1 {
            return Err(error);
        }
        self.places.remove(0);
        self.failures = 0;
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || (self.position == self.size && self.open.is_none()) {
            return Ok(0);
        }
        loop {
            match self.read_once(buffer) {
                Ok(count) => return Ok(count),
                Err(error) => self.recover(error).map_err(io::Error::other)?,
            }
        }
    }
}

/// `bytes FROM-TO/LENGTH`.
fn starts_at(range: &str, from: u64) -> bool {
    let first = range.trim().strip_prefix("bytes ").and_then(|rest| rest.split('-').next());
    first.and_then(|first| first.trim().parse().ok()) == Some(from)
}

/// How fast the other side is, without the time that we take ourselves.
#[derive(Default)]
struct Pace {
    waited: Duration,
    came: u64,
}

impl Pace {
    fn add(&mut self, count: usize, waited: Duration, stall: Duration) -> Result<(), String> {
        self.waited += waited;
        self.came += count as u64;
        if self.waited < stall {
            return Ok(());
        }
        let (came, seconds) = (self.came, self.waited.as_secs_f64());
        *self = Self::default();
        if (came as f64) < SLOWEST as f64 * seconds {
            return Err(format!("only {came} bytes came in {seconds:.0} s"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (text, from, fits) in [
            ("bytes 5-9/10", 5, true),
            ("bytes 5-9/*", 5, true),
            ("bytes 0-9/10", 5, false),
            ("items 5-9/10", 5, false),
            ("bytes */10", 5, false),
            ("", 0, false),
        ] {
            assert_eq!(starts_at(text, from), fits, "{text}");
        }
    }

    #[test]
    fn only_the_others_time_counts() {
        let stall = Duration::from_secs(10);
        let mut pace = Pace::default();
        for _ in 0..9 {
            pace.add(1, Duration::from_secs(1), stall).unwrap();
        }
        assert!(pace.add(1, Duration::from_secs(1), stall).unwrap_err().contains("10 bytes"));
        pace.add(1 << 20, Duration::from_secs(11), stall).unwrap();
    }
}
