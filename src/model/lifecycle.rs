//! What becomes of a container over time: when it is started again, how its health is looked at, where its output is
//! kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// When a container that has ended is started again (podman-run(1), `--restart`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// Never.
    #[default]
    No,
    /// When its exit code is not 0, at most so often; 0 is without end.
    OnFailure {
        /// How often.
        max: u32,
    },
    /// Whenever it ends by itself.
    Always,
    /// As `Always`; what was stopped before the machine went down stays stopped.
    UnlessStopped,
}

/// How a container's health is looked at (docker's HEALTHCHECK).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthSpec {
    /// docker's `Test`: `["CMD", …]` or `["CMD-SHELL", TEXT]`.
    pub test: Vec<String>,
    /// Milliseconds between two checks; 0 is never by itself.
    pub interval_ms: u64,
    /// Milliseconds that a check may take.
    pub timeout_ms: u64,
    /// Milliseconds after the start in which failures do not count.
    pub start_period_ms: u64,
    /// Milliseconds between two checks in the start period; 0 is `interval_ms`.
    pub start_interval_ms: u64,
    /// So many failures in a row make it unhealthy.
    pub retries: u32,
    /// What then becomes of it.
    pub on_failure: HealthAction,
}

/// What becomes of a container that is unhealthy (`--health-on-failure`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthAction {
    /// Nothing.
    #[default]
    None,
    /// It is killed.
    Kill,
    /// It is started anew.
    Restart,
    /// It is stopped.
    Stop,
}

/// Where a container's output is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSpec {
    /// In which form.
    pub driver: LogDriver,
    /// `path=`: the file; none is `log` in the container's directory.
    pub path: Option<PathBuf>,
    /// `max-size=` in bytes; a file that would grow over it is rotated.
    pub max_size: Option<u64>,
    /// `max-file=`: how many files there are with the one that is written, at least 1.
    pub max_file: u32,
    /// `tag=`.
    pub tag: Option<String>,
}

impl Default for LogSpec {
    fn default() -> Self {
        Self { driver: LogDriver::default(), path: None, max_size: None, max_file: 1, tag: None }
    }
}

/// The form of a log (podman-run(1), `--log-driver`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogDriver {
    /// A line each: time, stream, F or P, text.
    #[default]
    K8sFile,
    /// A JSON object each (docker's).
    JsonFile,
    /// The journal.
    Journald,
    /// Nowhere: the container has the caller's own streams.
    Passthrough,
    /// Nowhere.
    None,
}
