//! What has become of a container. The monitor writes it, everybody reads it; that it lives is told by the lock on its
//! `live/` file, never by this record.

use serde::{Deserialize, Serialize};

use super::limits::Ignored;

/// `containers/<id>/state.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// Where it is in its life.
    pub status: Status,
    /// Pid of the first process, as the host sees it; 0 when there is none.
    pub pid: i32,
    /// That process's start time in clock ticks since boot (proc_pid_stat(5), field 22): pids come back.
    pub pid_start: u64,
    /// Pid of the monitor; 0 in records that do not tell.
    #[serde(default)]
    pub monitor: i32,
    /// The monitor's start time, as above.
    #[serde(default)]
    pub monitor_start: u64,
    /// When the program began: milliseconds since the epoch.
    pub started_ms: i64,
    /// When it ended.
    pub finished_ms: i64,
    /// Its exit code; 128+n for signal n.
    pub exit_code: i32,
    /// The boot in which this was written (/proc/sys/kernel/random/boot_id): pids and start times come back in another.
    #[serde(default)]
    pub boot_id: String,
    /// How often its monitor has started it again.
    #[serde(default)]
    pub restarts: u32,
    /// Somebody asked it to stop: it is not started again by itself.
    #[serde(default)]
    pub stopped_by_user: bool,
    /// Why its output is not kept any more (a full disk); the container goes on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log_error: String,
    /// The path of its cgroup on the host; empty where it has none of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cgroup: String,
    /// The limits that this host does not keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// The kernel has killed a process of it because memory ran out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub oom_killed: bool,
    /// Why it did not start.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// podman's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Made, not started.
    #[default]
    Created,
    /// Its first process lives, and waits for the word to become the program.
    Initialized,
    /// Its first process lives.
    Running,
    /// It has ended and is about to start again.
    Restarting,
    /// It has ended.
    Exited,
}
