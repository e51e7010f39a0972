//! `rctr logs`: which containers' output is shown, how much of it and in which form.

use super::container_request::Which;
use super::moment::Moment;

/// `rctr logs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one a switch")]
pub struct LogsRequest {
    /// Which containers.
    pub which: Which,
    /// `-f`: go on until they have ended.
    pub follow: bool,
    /// `--since`: nothing that was written before.
    pub since: Option<Moment>,
    /// `--until`: nothing that was written after.
    pub until: Option<Moment>,
    /// `--tail`: the last so many lines of each; none is all.
    pub tail: Option<u64>,
    /// `-t`: with the time of each line.
    pub timestamps: bool,
    /// `-n`: several containers are told apart by name, not by id.
    pub names: bool,
    /// `--color`: each container in a colour of its own.
    pub color: bool,
}
