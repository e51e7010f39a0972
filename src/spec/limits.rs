//! Resource limits: flags to [`LimitSpec`], and that to the files of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst).

use super::{SpecError, size};
use crate::model::limits::{
    CgroupManager, CgroupSpec, CgroupsMode, DeviceLimit, LimitSpec, LimitTexts, Rate,
};

/// Less than this and nothing starts (docker's minimum), bytes.
const MEMORY_MIN: u64 = 6 << 20;
/// The scheduler's default period (cgroup-v2.rst, "cpu.max"), microseconds.
const PERIOD: u64 = 100_000;

/// Reads the flags: what is not given is not limited.
///
/// # Errors
/// A text that does not parse, flags that contradict each other.
pub fn parse(texts: &LimitTexts) -> Result<LimitSpec, SpecError> {
    merge(&LimitSpec::default(), texts)
}

/// The limits with what is given changed (`update`); 0 takes a limit away (podman).
///
/// # Errors
/// As [`parse`].
pub fn merge(before: &LimitSpec, texts: &LimitTexts) -> Result<LimitSpec, SpecError> {
    refuse_v1(texts)?;
    let mut limits = before.clone();
    if let Some(text) = &texts.memory {
        limits.memory = Some(size::parse("--memory", text)?).filter(|bytes| *bytes > 0);
        if limits.memory.is_some_and(|bytes| bytes < MEMORY_MIN) {
            return Err(SpecError::flag("--memory", text, "minimum memory limit allowed is 6MB"));
        }
    }
    if let Some(text) = &texts.memory_reservation {
        limits.memory_reservation = Some(size::parse("--memory-reservation", text)?).filter(|b| *b > 0);
    }
    if let Some(text) = &texts.memory_swap {
        limits.memory_swap = match text.as_str() {
            "-1" => Some(-1),
            _ => i64::try_from(size::parse("--memory-swap", text)?).ok().filter(|bytes| *bytes > 0),
        };
    }
    memory_fits(&limits, texts)?;
    cpu(&mut limits, texts)?;
    let number =
        |flag, text: &String| text.parse::<i64>().map_err(|_| SpecError::flag(flag, text, "want a number"));
    if let Some(text) = &texts.pids_limit {
        // podman: 0 and -1 are no limit.
        limits.pids = Some(number("--pids-limit", text)?).filter(|n| *n != 0);
        if limits.pids.is_some_and(|n| n < -1) {
            return Err(SpecError::flag("--pids-limit", text, "want a number, or -1 for no limit"));
        }
    }
    if let Some(text) = &texts.blkio_weight {
        let weight = text.parse::<u16>().ok().filter(|w| *w == 0 || (10..=1000).contains(w));
        let weight = weight.ok_or_else(|| {
            SpecError::flag("--blkio-weight", text, "range of blkio weight is from 10 to 1000")
        })?;
        limits.blkio_weight = Some(weight).filter(|w| *w > 0);
    }
    for (rate, text) in &texts.devices {
        let limit = device(*rate, text)?;
        limits.devices.retain(|other| (other.rate, &other.path) != (limit.rate, &limit.path));
        limits.devices.push(limit);
    }
    for text in &texts.conf {
        let (key, value) = conf(text)?;
        limits.conf.insert(key, value);
    }
    Ok(limits)
}

fn refuse_v1(texts: &LimitTexts) -> Result<(), SpecError> {
    if let Some(text) = texts.memory_swappiness.as_ref().filter(|text| *text != "-1") {
        let why =
            "cgroup v2 has no swappiness of its own for a cgroup: leave it out, --memory-swap limits swap";
        return Err(SpecError::flag("--memory-swappiness", text, why));
    }
    if texts.oom_kill_disable {
        let why = "cgroup v2 always ends what is over its limit: leave it out, or see --oom-score-adj";
        return Err(SpecError::flag("--oom-kill-disable", "true", why));
    }
    Ok(())
}

fn memory_fits(limits: &LimitSpec, texts: &LimitTexts) -> Result<(), SpecError> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match (limits.memory, limits.memory_swap) {
        (None, Some(swap)) if swap > 0 => {
            let why = "you should always set the memory limit when using memoryswap limit";
            return Err(SpecError::flag("--memory-swap", &text(&texts.memory_swap), why));
        }
        (Some(memory), Some(swap)) if swap >= 0 && swap.unsigned_abs() < memory => {
            let why = "minimum memoryswap limit should be larger than memory limit";
            return Err(SpecError::flag("--memory-swap", &text(&texts.memory_swap), why));
        }
        _ => {}
    }
    match (limits.memory, limits.memory_reservation) {
        (Some(memory), Some(reserved)) if reserved > memory => {
            let why = "minimum memory limit can not be less than memory reservation limit";
            Err(SpecError::flag("--memory-reservation", &text(&texts.memory_reservation), why))
        }
        _ => Ok(()),
    }
}

fn cpu(limits: &mut LimitSpec, texts: &LimitTexts) -> Result<(), SpecError> {
    const WHY: &str = "--cpus is a quota in a period";
    if texts.cpus.is_some() && texts.cpu_period.is_some() {
        return Err(SpecError::Conflict("--cpu-period", "--cpus", WHY));
    }
    if texts.cpus.is_some() && texts.cpu_quota.is_some() {
        return Err(SpecError::Conflict("--cpu-quota", "--cpus", WHY));
    }
    if let Some(text) = &texts.cpus {
        let cpus = text.parse::<f64>().ok().filter(|cpus| (0.0..=100_000.0).contains(cpus));
        let cpus =
            cpus.ok_or_else(|| SpecError::flag("--cpus", text, "want a number of processors, like 1.5"))?;
        let nano = (cpus * 1e9).round() as u64;
        // The kernel takes no quota below a millisecond.
        if (1..10_000_000).contains(&nano) {
            return Err(SpecError::flag("--cpus", text, "the least is 0.01"));
        }
        (limits.nano_cpus, limits.cpu_period, limits.cpu_quota) = (Some(nano).filter(|n| *n > 0), None, None);
    }
    if let Some(text) = &texts.cpu_period {
        let period = text.parse::<u64>().ok().filter(|p| *p == 0 || (1000..=1_000_000).contains(p));
        let period = period
            .ok_or_else(|| SpecError::flag("--cpu-period", text, "want microseconds from 1000 to 1000000"))?;
        (limits.cpu_period, limits.nano_cpus) = (Some(period).filter(|p| *p > 0), None);
    }
    if let Some(text) = &texts.cpu_quota {
        let quota = text.parse::<i64>().ok().filter(|q| *q == 0 || *q == -1 || *q >= 1000);
        let quota = quota.ok_or_else(|| {
            SpecError::flag("--cpu-quota", text, "want microseconds, at least 1000, or -1 for no limit")
        })?;
        (limits.cpu_quota, limits.nano_cpus) = (Some(quota).filter(|q| *q != 0), None);
    }
    if let Some(text) = &texts.cpu_shares {
        let shares =
            text.parse::<u64>().map_err(|_| SpecError::flag("--cpu-shares", text, "want a number"))?;
        limits.cpu_shares = Some(shares).filter(|shares| *shares > 0);
    }
    for (flag, text, place) in [
        ("--cpuset-cpus", &texts.cpuset_cpus, &mut limits.cpuset_cpus),
        ("--cpuset-mems", &texts.cpuset_mems, &mut limits.cpuset_mems),
    ] {
        if let Some(text) = text {
            if !is_list(text) {
                return Err(SpecError::flag(flag, text, "want numbers and ranges, like 0-3,7"));
            }
            *place = Some(text.clone()).filter(|text| !text.is_empty());
        }
    }
    Ok(())
}

/// The list format of cpuset(7); nothing is an empty one.
fn is_list(text: &str) -> bool {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok())?;
    text.is_empty()
        || text.split(',').all(|part| match part.split_once('-') {
            None => number(part).is_some(),
            Some((first, last)) => {
                matches!((number(first), number(last)), (Some(first), Some(last)) if first <= last)
            }
        })
}

/// `PATH:RATE`; a rate in bytes may have a unit.
fn device(rate: Rate, text: &str) -> Result<DeviceLimit, SpecError> {
    let refuse = |why: &str| SpecError::flag(rate.flag(), text, why);
    let (path, number) = text.rsplit_once(':').ok_or_else(|| refuse("want DEVICE:RATE"))?;
    if !path.starts_with("/dev/") || path.contains('\0') {
        return Err(refuse("want a path below /dev"));
    }
    let value = match rate {
        Rate::Rbps | Rate::Wbps => {
            size::parse(rate.flag(), number).map_err(|_| refuse("want bytes a second, like 10m"))?
        }
        Rate::Riops | Rate::Wiops => {
            number.parse().map_err(|_| refuse("want a number of operations a second"))?
        }
    };
    if value == 0 {
        return Err(refuse("a rate of 0 would stop it"));
    }
    Ok(DeviceLimit { path: path.to_owned(), number: (0, 0), rate, value })
}

/// `FILE=VALUE`: a file of the container's cgroup, never one of another place, nor one that moves processes.
fn conf(text: &str) -> Result<(String, String), SpecError> {
    let refuse = |why: &str| SpecError::flag("--cgroup-conf", text, why);
    let (key, value) = text.split_once('=').ok_or_else(|| refuse("want FILE=VALUE"))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'_' || b == b'-';
    let good =
        key.bytes().all(plain) && key.split_once('.').is_some_and(|(c, f)| !c.is_empty() && !f.is_empty());
    if !good || key.contains("..") {
        return Err(refuse("want the name of a file in the cgroup, like memory.high"));
    }
    if key.starts_with("cgroup.") && !matches!(key, "cgroup.max.descendants" | "cgroup.max.depth") {
        return Err(refuse("the files cgroup.* are rctr's own"));
    }
    if value.is_empty() || value.contains('\0') {
        return Err(refuse("want a value"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Reads `--cgroup-manager`.
///
/// # Errors
/// Another word.
pub fn parse_manager(text: &str) -> Result<CgroupManager, SpecError> {
    match text {
        "systemd" => Ok(CgroupManager::Systemd),
        "cgroupfs" => Ok(CgroupManager::Cgroupfs),
        _ => Err(SpecError::flag("--cgroup-manager", text, "want systemd or cgroupfs")),
    }
}

/// Reads `--cgroups`.
///
/// # Errors
/// Another word.
pub fn parse_mode(text: &str) -> Result<CgroupsMode, SpecError> {
    match text {
        "enabled" => Ok(CgroupsMode::Enabled),
        "disabled" => Ok(CgroupsMode::Disabled),
        "split" => Ok(CgroupsMode::Split),
        "no-conmon" => {
            let why = "a container's monitor keeps its scope; want enabled, disabled or split";
            Err(SpecError::flag("--cgroups", text, why))
        }
        _ => Err(SpecError::flag("--cgroups", text, "want enabled, disabled or split")),
    }
}

/// Reads `--limits`: is it strict?
///
/// # Errors
/// Another word.
pub fn parse_strictness(text: &str) -> Result<bool, SpecError> {
    match text {
        "strict" => Ok(true),
        "warn" => Ok(false),
        _ => Err(SpecError::flag("--limits", text, "want warn or strict")),
    }
}

/// Do the parts of it fit together?
///
/// # Errors
/// They contradict each other.
pub fn check(spec: &CgroupSpec) -> Result<(), SpecError> {
    const NONE: &str = "without a cgroup nothing is limited";
    let disabled = spec.mode == CgroupsMode::Disabled;
    if disabled && spec.parent.is_some() {
        return Err(SpecError::Conflict("--cgroups disabled", "--cgroup-parent", NONE));
    }
    if let Some(first) = settings(&spec.limits).first().filter(|_| disabled) {
        return Err(SpecError::Conflict("--cgroups disabled", first.flag, NONE));
    }
    if spec.mode == CgroupsMode::Split && spec.manager == Some(CgroupManager::Systemd) {
        let why = "the caller's own cgroup is split up without systemd";
        return Err(SpecError::Conflict("--cgroups split", "--cgroup-manager systemd", why));
    }
    let Some(parent) = &spec.parent else { return Ok(()) };
    if spec.mode == CgroupsMode::Split {
        return Err(SpecError::Conflict(
            "--cgroups split",
            "--cgroup-parent",
            "the parent is the caller's own",
        ));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b);
    let slice = parent.ends_with(".slice") && parent.len() < 256 && parent.bytes().all(plain);
    let parts = || parent.split('/').all(|part| !matches!(part, "" | "." | "..") && part.bytes().all(plain));
    match spec.manager {
        Some(CgroupManager::Cgroupfs) if parts() => Ok(()),
        Some(CgroupManager::Cgroupfs) => Err(SpecError::flag(
            "--cgroup-parent",
            parent,
            "want a path below the cgroup that is ours, without a / before it",
        )),
        _ if slice => Ok(()),
        _ => Err(SpecError::flag(
            "--cgroup-parent",
            parent,
            "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: want NAME.slice",
        )),
    }
}

/// One file of a cgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The flag that it is from.
    pub flag: &'static str,
    /// The controller that has it.
    pub controller: String,
    /// The file's name.
    pub file: String,
    /// What is written.
    pub value: String,
}

/// The files and what is written into them, in an order that the kernel takes.
pub fn settings(limits: &LimitSpec) -> Vec<Setting> {
    let mut all = Vec::new();
    let mut add = |flag, file: &str, value: String| {
        let controller = file.split('.').next().unwrap_or_default().to_owned();
        all.push(Setting { flag, controller, file: file.to_owned(), value });
    };
    if let Some(bytes) = limits.memory {
        add("--memory", "memory.max", bytes.to_string());
    }
    match (limits.memory, limits.memory_swap) {
        (_, Some(-1)) => add("--memory-swap", "memory.swap.max", "max".to_owned()),
        (Some(memory), Some(both)) => {
            add("--memory-swap", "memory.swap.max", both.unsigned_abs().saturating_sub(memory).to_string());
        }
        // podman and docker: both together twice the memory, so that there is as much swap.
        (Some(memory), None) => add("--memory", "memory.swap.max", memory.to_string()),
        (None, _) => {}
    }
    if let Some(bytes) = limits.memory_reservation {
        add("--memory-reservation", "memory.low", bytes.to_string());
    }
    let max = |quota: i64| if quota < 0 { "max".to_owned() } else { quota.to_string() };
    if let Some(nano) = limits.nano_cpus {
        let quota = u128::from(nano) * u128::from(PERIOD) / 1_000_000_000;
        add("--cpus", "cpu.max", format!("{quota} {PERIOD}"));
    } else if limits.cpu_quota.is_some() || limits.cpu_period.is_some() {
        let flag = if limits.cpu_quota.is_some() { "--cpu-quota" } else { "--cpu-period" };
        let (quota, period) = (limits.cpu_quota.unwrap_or(-1), limits.cpu_period.unwrap_or(PERIOD));
        add(flag, "cpu.max", format!("{} {period}", max(quota)));
    }
    if let Some(shares) = limits.cpu_shares {
        add("--cpu-shares", "cpu.weight", weight_of_shares(shares).to_string());
    }
    if let Some(list) = &limits.cpuset_cpus {
        add("--cpuset-cpus", "cpuset.cpus", list.clone());
    }
    if let Some(list) = &limits.cpuset_mems {
        add("--cpuset-mems", "cpuset.mems", list.clone());
    }
    if let Some(pids) = limits.pids {
        add("--pids-limit", "pids.max", max(pids));
    }
    if let Some(weight) = limits.blkio_weight {
        add("--blkio-weight", "io.weight", format!("default {}", weight_of_blkio(weight)));
    }
    for DeviceLimit { number: (major, minor), rate, value, .. } in &limits.devices {
        let word = match rate {
            Rate::Rbps => "rbps",
            Rate::Wbps => "wbps",
            Rate::Riops => "riops",
            Rate::Wiops => "wiops",
        };
        add(rate.flag(), "io.max", format!("{major}:{minor} {word}={value}"));
    }
    for (file, value) in &limits.conf {
        add("--cgroup-conf", file, value.clone());
    }
    all
}

/// Shares of cgroup v1 (2 to 262144, 1024 by default) as a weight of v2 (1 to 10000, 100 by default). The formula is the
/// one that crun and runc have in common since 2025: quadratic in the logarithm, so that both defaults meet.
fn weight_of_shares(shares: u64) -> u64 {
    // Not std's functions: those want libm.so, which every start would have to load.
    let log = libm::log2(shares.clamp(2, 262_144) as f64);
    let exponent = (log * log + 125.0 * log) / 612.0 - 7.0 / 34.0;
    // A value that should be whole is not made more by rounding errors.
    ((libm::pow(10.0, exponent) - 1e-6).ceil() as u64).clamp(1, 10_000)
}

/// A weight of v1 (10 to 1000) as one of v2 (1 to 10000): linear, as crun(1) has it.
fn weight_of_blkio(weight: u16) -> u64 {
    1 + (u64::from(weight.clamp(10, 1000)) - 10) * 9999 / 990
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
