//! Resource limits that a cgroup keeps, and where that is.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::model::limits::{LimitTexts, Rate};
use crate::spec::limits;

/// What `run`, `create` and `update` limit.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(in crate::cli) struct ResourceArgs {
    /// Most memory, like 512m; at least 6m
    #[arg(short = 'm', long, value_name = "SIZE")]
    memory: Option<String>,
    /// Most memory and swap together; -1 is any amount of swap, else twice --memory
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    memory_swap: Option<String>,
    /// Memory that is taken away last when others need some
    #[arg(long, value_name = "SIZE")]
    memory_reservation: Option<String>,
    /// Refused, but for -1: cgroup version 2 has none
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    memory_swappiness: Option<String>,
    /// Number of processors, like 1.5
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    cpus: Option<String>,
    /// Period that --cpu-quota counts in, microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    cpu_period: Option<String>,
    /// Most processor time in a period, microseconds; -1 is no limit
    #[arg(long, value_name = "MICROSECONDS", allow_hyphen_values = true)]
    cpu_quota: Option<String>,
    /// Share of processor time when there is not enough for all; 1024 is usual
    #[arg(short = 'c', long, value_name = "SHARES")]
    cpu_shares: Option<String>,
    /// Processors to run on, like 0-3,7
    #[arg(long, value_name = "LIST")]
    cpuset_cpus: Option<String>,
    /// Memory nodes to use, like 0-1
    #[arg(long, value_name = "LIST")]
    cpuset_mems: Option<String>,
    /// Most processes and threads; 0 and -1 are no limit
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pids_limit: Option<String>,
    /// Share of block devices, 10 to 1000
    #[arg(long, value_name = "WEIGHT")]
    blkio_weight: Option<String>,
    /// Most bytes a second to read from a block device
    #[arg(long, value_name = "DEVICE:RATE")]
    device_read_bps: Vec<String>,
    /// Most bytes a second to write to a block device
    #[arg(long, value_name = "DEVICE:RATE")]
    device_write_bps: Vec<String>,
    /// Most reads a second from a block device
    #[arg(long, value_name = "DEVICE:RATE")]
    device_read_iops: Vec<String>,
    /// Most writes a second to a block device
    #[arg(long, value_name = "DEVICE:RATE")]
    device_write_iops: Vec<String>,
}

impl ResourceArgs {
    /// As typed.
    pub fn texts(self) -> LimitTexts {
        let rates = [
            (Rate::Rbps, self.device_read_bps),
            (Rate::Wbps, self.device_write_bps),
            (Rate::Riops, self.device_read_iops),
            (Rate::Wiops, self.device_write_iops),
        ];
        LimitTexts {
            memory: self.memory,
            memory_swap: self.memory_swap,
            memory_reservation: self.memory_reservation,
            memory_swappiness: self.memory_swappiness,
            oom_kill_disable: false,
            cpus: self.cpus,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpu_shares: self.cpu_shares,
            cpuset_cpus: self.cpuset_cpus,
            cpuset_mems: self.cpuset_mems,
            pids_limit: self.pids_limit,
            blkio_weight: self.blkio_weight,
            devices: rates
                .into_iter()
                .flat_map(|(rate, texts)| texts.into_iter().map(move |text| (rate, text)))
                .collect(),
            conf: Vec::new(),
        }
    }
}

/// What only a new container has.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(super) struct CgroupArgs {
    #[command(flatten)]
    resources: ResourceArgs,
    /// Refused: cgroup version 2 has none
    #[arg(long)]
    oom_kill_disable: bool,
    /// Write VALUE into a file of the container's cgroup
    #[arg(long, value_name = "FILE=VALUE")]
    cgroup_conf: Vec<String>,
    /// What to do about a limit that this host does not keep: warn, or strict, which refuses
    #[arg(long, value_name = "HOW")]
    limits: Option<String>,
    /// Make the container's cgroup in this slice, or with cgroupfs below this path
    #[arg(long, value_name = "SLICE")]
    cgroup_parent: Option<String>,
    /// Whether there is a cgroup when something needs one: enabled, disabled, or split, below the caller's own
    #[arg(long, value_name = "MODE")]
    cgroups: Option<String>,
    /// Who makes cgroups, systemd or cgroupfs; else what works
    #[arg(long, value_name = "MANAGER")]
    cgroup_manager: Option<String>,
}

impl CgroupArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let texts = LimitTexts {
            oom_kill_disable: self.oom_kill_disable,
            conf: self.cgroup_conf,
            ..self.resources.texts()
        };
        let cgroup = &mut request.cgroup;
        cgroup.limits = limits::parse(&texts)?;
        cgroup.strict = self.limits.as_deref().map(limits::parse_strictness).transpose()?.unwrap_or_default();
        cgroup.manager = self.cgroup_manager.as_deref().map(limits::parse_manager).transpose()?;
        cgroup.mode = self.cgroups.as_deref().map(limits::parse_mode).transpose()?.unwrap_or_default();
        cgroup.parent = self.cgroup_parent.filter(|parent| !parent.is_empty());
        Ok(())
    }
}
