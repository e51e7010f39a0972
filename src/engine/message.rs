//! What the processes of one container say to each other while it starts.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::failure::{Failure, FailureKind};
use super::home::Placement;
use crate::cgroup::Cgroup;
use crate::model::limits::Ignored;

/// Monitor to parent: the user namespace stands, write its maps.
pub const USERNS_READY: &[u8] = b"U";
/// Parent to monitor to child: the maps are written.
pub const MAPS_READY: &[u8] = b"M";
/// Monitor to child: the uplink stands.
pub const NETWORK_READY: &[u8] = b"N";
/// Child to monitor: only the word is missing.
pub const AWAITS_START: u8 = b'I';
/// Monitor to child: that word.
pub const START: &[u8] = b"S";
/// Child to monitor, with the terminal's master.
pub const TERMINAL: &[u8] = b"T";
/// First byte of a failure in JSON.
pub const FAILURE: u8 = b'F';

/// First byte of a line for the user.
pub const NOTICE: u8 = b'L';

/// Room for the largest message.
pub const LIMIT: usize = 16 * 1024;

/// Packs a failure; one too long for a message is cut.
pub fn failure(failure: &Failure) -> Vec<u8> {
    let mut message = vec![FAILURE];
    let mut short = failure.clone();
    if short.message.len() > LIMIT / 8 {
        short.message = short.message.chars().take(LIMIT / 8).collect();
    }
    // Strings and numbers always serialise.
    message.extend(serde_json::to_vec(&short).unwrap_or_default());
    message
}

/// Packs where the container is put; its descriptor goes beside it.
pub fn placement(placed: &Placement) -> Vec<u8> {
    let path = placed.cgroup.as_ref().map(|group| group.path().to_owned()).unwrap_or_default();
    // Each is a flag and a line: a few kilobytes at most.
    let mut message = serde_json::to_vec(&(path, &placed.ignored)).unwrap_or_default();
    message.truncate(LIMIT);
    message
}

/// Reads that.
pub fn parse_placement(json: &[u8], fd: Option<OwnedFd>) -> Result<Placement, Failure> {
    let (path, ignored): (PathBuf, Vec<Ignored>) = serde_json::from_slice(json).map_err(|_| {
        Failure::new(FailureKind::Other, "the command line ended before the container was made")
    })?;
    Ok(Placement { cgroup: fd.map(|fd| Cgroup::from_descriptor(fd, &path)), ignored })
}

/// Packs a line for the user.
pub fn notice(text: &str) -> Vec<u8> {
    std::iter::once(NOTICE).chain(text.bytes().take(LIMIT / 8)).collect()
}

/// Unpacks the JSON of a failure.
pub fn parse_failure(json: &[u8]) -> Failure {
    serde_json::from_slice(json).unwrap_or_else(|_| {
        let text = format!("internal error: unreadable failure {:?}", String::from_utf8_lossy(json));
        Failure::new(FailureKind::Other, text)
    })
}
