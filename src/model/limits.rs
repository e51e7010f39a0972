//! What a container may use, as decided: cgroup v2 has a file for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Resource limits; what is none is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitSpec {
    /// `--memory`, bytes.
    pub memory: Option<u64>,
    /// `--memory-swap`: memory and swap together, bytes; -1 is no limit of swap.
    pub memory_swap: Option<i64>,
    /// `--memory-reservation`, bytes.
    pub memory_reservation: Option<u64>,
    /// `--cpus` in billionths.
    pub nano_cpus: Option<u64>,
    /// `--cpu-period`, microseconds.
    pub cpu_period: Option<u64>,
    /// `--cpu-quota`, microseconds a period; -1 is no limit.
    pub cpu_quota: Option<i64>,
    /// `--cpu-shares`: 2 to 262144, 1024 is what everybody has.
    pub cpu_shares: Option<u64>,
    /// `--cpuset-cpus`.
    pub cpuset_cpus: Option<String>,
    /// `--cpuset-mems`.
    pub cpuset_mems: Option<String>,
    /// `--pids-limit`; -1 is no limit.
    pub pids: Option<i64>,
    /// `--blkio-weight`: 10 to 1000.
    pub blkio_weight: Option<u16>,
    /// `--device-read-bps` and its like.
    pub devices: Vec<DeviceLimit>,
    /// `--cgroup-conf`: files of the cgroup, by name.
    pub conf: BTreeMap<String, String>,
}

/// How fast a block device may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLimit {
    /// Its node on the host.
    pub path: String,
    /// Its number (major, minor), which `ops` looks up.
    pub number: (u32, u32),
    /// What is counted.
    pub rate: Rate,
    /// Bytes or operations a second.
    pub value: u64,
}

/// What of a block device is limited: the words of `io.max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rate {
    /// Bytes read.
    Rbps,
    /// Bytes written.
    Wbps,
    /// Reads.
    Riops,
    /// Writes.
    Wiops,
}

impl Rate {
    /// The flag that sets it.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Rbps => "--device-read-bps",
            Self::Wbps => "--device-write-bps",
            Self::Riops => "--device-read-iops",
            Self::Wiops => "--device-write-iops",
        }
    }
}

/// The flags of limits as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitTexts {
    /// `--memory`.
    pub memory: Option<String>,
    /// `--memory-swap`.
    pub memory_swap: Option<String>,
    /// `--memory-reservation`.
    pub memory_reservation: Option<String>,
    /// `--memory-swappiness`.
    pub memory_swappiness: Option<String>,
    /// `--oom-kill-disable`.
    pub oom_kill_disable: bool,
    /// `--cpus`.
    pub cpus: Option<String>,
    /// `--cpu-period`.
    pub cpu_period: Option<String>,
    /// `--cpu-quota`.
    pub cpu_quota: Option<String>,
    /// `--cpu-shares`.
    pub cpu_shares: Option<String>,
    /// `--cpuset-cpus`.
    pub cpuset_cpus: Option<String>,
    /// `--cpuset-mems`.
    pub cpuset_mems: Option<String>,
    /// `--pids-limit`.
    pub pids_limit: Option<String>,
    /// `--blkio-weight`.
    pub blkio_weight: Option<String>,
    /// `--device-read-bps` and its like.
    pub devices: Vec<(Rate, String)>,
    /// `--cgroup-conf`.
    pub conf: Vec<String>,
}

/// Who makes cgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CgroupManager {
    /// The user's systemd, asked over its bus.
    Systemd,
    /// We, below a cgroup that is ours.
    Cgroupfs,
}

/// `--cgroups`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CgroupsMode {
    /// One where something asks for it.
    #[default]
    Enabled,
    /// None.
    Disabled,
    /// Below the caller's own.
    Split,
}

/// The cgroup of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CgroupSpec {
    /// What is limited.
    pub limits: LimitSpec,
    /// `--limits strict`: a limit that cannot be kept is an error.
    pub strict: bool,
    /// `--cgroup-manager`; none is what works here.
    pub manager: Option<CgroupManager>,
    /// `--cgroups`.
    pub mode: CgroupsMode,
    /// `--cgroup-parent`: a slice, or with cgroupfs a path below what is ours.
    pub parent: Option<String>,
}

impl CgroupSpec {
    /// Has nothing been said of it?
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Does anything need a cgroup of the container's own? Without it nothing of cgroups is touched.
    pub fn is_wanted(&self) -> bool {
        self.mode == CgroupsMode::Split || self.parent.is_some() || self.limits != LimitSpec::default()
    }
}

/// What became of one limit at the last start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The flag.
    pub flag: String,
    /// Why it is not kept.
    pub why: String,
}
