//! The `HostConfig` object of `inspect`: what was asked of the host for a container.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::details::{log_path, propagation};
use super::filter::policy_name;
use crate::model::limits::{CgroupManager, CgroupSpec, CgroupsMode, LimitSpec, Rate};
use crate::model::spec::{ContainerSpec, DeviceSpec, NetworkMode, NsMode, Rlimit, SeccompSpec};
use crate::model::{LogDriver, LogSpec, MountKind, MountSpec, RestartPolicy};
use crate::spec::{caps, size};

/// podman's and docker's fields, as far as they mean something here.
pub(super) fn host_config(spec: &ContainerSpec, dir: &Path) -> Value {
    let mut object = Map::new();
    for part in [general(spec, dir), namespaces(spec), confinement(spec), limits(spec)] {
        if let Value::Object(fields) = part {
            object.extend(fields);
        }
    }
    Value::Object(object)
}

fn general(spec: &ContainerSpec, dir: &Path) -> Value {
    json!({
        "Binds": spec.mounts.iter().filter_map(bind).collect::<Vec<_>>(),
        "Tmpfs": spec.mounts.iter().filter_map(tmpfs).collect::<Map<_, _>>(),
        "ShmSize": shm_size(spec),
        "ReadonlyRootfs": spec.rootfs.readonly,
        "VolumeDriver": "",
        "VolumesFrom": null,
        "Devices": spec.devices.iter().map(device).collect::<Vec<_>>(),
        "ContainerIDFile": "",
        "LogConfig": log_config(&spec.log, log_path(spec, dir)),
        "RestartPolicy": restart_policy(spec.restart),
        "AutoRemove": spec.remove,
        "Init": spec.init,
        "Runtime": "rctr",
        "ConsoleSize": spec.process.terminal_size.map_or([0, 0], |(rows, columns)| [rows, columns]),
        "PortBindings": {},
        "PublishAllPorts": false,
        "Dns": [],
        "DnsOptions": [],
        "DnsSearch": [],
        "ExtraHosts": [],
        "Links": null,
    })
}

fn namespaces(spec: &ContainerSpec) -> Value {
    let ns = &spec.namespaces;
    json!({
        "CgroupManager": match spec.cgroup.manager {
            Some(CgroupManager::Systemd) => "systemd",
            Some(CgroupManager::Cgroupfs) => "cgroupfs",
            None => "",
        },
        "CgroupMode": mode(&ns.cgroup, "private"),
        "CgroupnsMode": mode(&ns.cgroup, "private"),
        "Cgroup": "",
        "Cgroups": match spec.cgroup.mode {
            CgroupsMode::Enabled => "default",
            CgroupsMode::Disabled => "disabled",
            CgroupsMode::Split => "split",
        },
        "IpcMode": mode(&ns.ipc, "private"),
        "NetworkMode": network(spec),
        "PidMode": mode(&ns.pid, "private"),
        "UTSMode": mode(&ns.uts, "private"),
        "UsernsMode": mode(&ns.user, ""),
        "IDMappings": { "UidMap": ranges(&spec.id_maps.uids), "GidMap": ranges(&spec.id_maps.gids) },
        "Sysctls": spec.sysctls,
    })
}

fn confinement(spec: &ContainerSpec) -> Value {
    let confinement = &spec.confinement;
    let default = caps::default_set();
    let names = |numbers: &mut dyn Iterator<Item = &u8>| numbers.map(|n| caps::name(*n)).collect::<Vec<_>>();
    json!({
        "CapAdd": names(&mut confinement.capabilities.iter().filter(|n| !default.contains(n))),
        "CapDrop": names(&mut default.iter().filter(|n| !confinement.capabilities.contains(n))),
        "GroupAdd": spec.process.groups,
        "OomScoreAdj": spec.process.oom_score_adj.unwrap_or(0),
        "Privileged": confinement.privileged,
        "SecurityOpt": security(spec),
        "Ulimits": spec.process.rlimits.iter().map(ulimit).collect::<Vec<_>>(),
        "MaskedPaths": confinement.masked_paths,
        "ReadonlyPaths": confinement.readonly_paths,
    })
}

fn restart_policy(policy: RestartPolicy) -> Value {
    let max = if let RestartPolicy::OnFailure { max } = policy { max } else { 0 };
    json!({ "Name": policy_name(policy), "MaximumRetryCount": max })
}

fn device(device: &DeviceSpec) -> Value {
    json!({
        "PathOnHost": device.source,
        "PathInContainer": device.destination,
        "CgroupPermissions": if device.readonly { "r" } else { "rwm" },
    })
}

fn ulimit(limit: &Rlimit) -> Value {
    json!({
        "Name": format!("RLIMIT_{}", limit.name.to_uppercase()),
        "Soft": limit.soft,
        "Hard": limit.hard,
    })
}

fn limits(spec: &ContainerSpec) -> Value {
    let CgroupSpec { limits, parent, .. } = &spec.cgroup;
    let swap = limits.memory_swap.or_else(|| i64::try_from(limits.memory?.saturating_mul(2)).ok());
    json!({
        "Isolation": "",
        "CpuShares": limits.cpu_shares.unwrap_or(0),
        "Memory": limits.memory.unwrap_or(0),
        "NanoCpus": limits.nano_cpus.unwrap_or(0),
        "CgroupParent": parent.clone().unwrap_or_default(),
        "BlkioWeight": limits.blkio_weight.unwrap_or(0),
        "BlkioWeightDevice": null,
        "BlkioDeviceReadBps": rates(limits, Rate::Rbps),
        "BlkioDeviceWriteBps": rates(limits, Rate::Wbps),
        "BlkioDeviceReadIOps": rates(limits, Rate::Riops),
        "BlkioDeviceWriteIOps": rates(limits, Rate::Wiops),
        "CpuPeriod": limits.cpu_period.unwrap_or(0),
        "CpuQuota": limits.cpu_quota.unwrap_or(0),
        "CpuRealtimePeriod": 0,
        "CpuRealtimeRuntime": 0,
        "CpusetCpus": limits.cpuset_cpus.clone().unwrap_or_default(),
        "CpusetMems": limits.cpuset_mems.clone().unwrap_or_default(),
        "DeviceCgroupRules": null,
        "DeviceRequests": null,
        "DiskQuota": 0,
        "KernelMemory": 0,
        "MemoryReservation": limits.memory_reservation.unwrap_or(0),
        "MemorySwap": swap.unwrap_or(0),
        "MemorySwappiness": 0,
        "OomKillDisable": false,
        "PidsLimit": limits.pids.unwrap_or(0),
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
        "CgroupConf": Some(&limits.conf).filter(|conf| !conf.is_empty()),
    })
}

fn rates(limits: &LimitSpec, rate: Rate) -> Option<Vec<Value>> {
    let of_rate = limits.devices.iter().filter(|device| device.rate == rate);
    let all: Vec<_> = of_rate.map(|device| json!({ "Path": device.path, "Rate": device.value })).collect();
    (!all.is_empty()).then_some(all)
}

fn log_config(log: &LogSpec, path: String) -> Value {
    let kind = match log.driver {
        LogDriver::K8sFile => "k8s-file",
        LogDriver::JsonFile => "json-file",
        LogDriver::Journald => "journald",
        LogDriver::Passthrough => "passthrough",
        LogDriver::None => "none",
    };
    // docker's: what was given with --log-opt.
    let mut options = Map::new();
    options.extend(log.max_size.map(|bytes| ("max-size".to_owned(), bytes.to_string().into())));
    if log.max_file > 1 {
        options.insert("max-file".to_owned(), log.max_file.to_string().into());
    }
    options.extend(log.tag.clone().map(|tag| ("tag".to_owned(), tag.into())));
    json!({
        "Type": kind,
        "Config": Some(options).filter(|options| !options.is_empty()),
        "Path": path,
        "Tag": log.tag.clone().unwrap_or_default(),
        "Size": size::human(log.max_size.unwrap_or(0), ""),
    })
}

fn mode(mode: &NsMode, private: &str) -> String {
    match mode {
        NsMode::Private => private.to_owned(),
        NsMode::Host => "host".to_owned(),
        NsMode::Container(id) => format!("container:{id}"),
        NsMode::Path(path) => format!("ns:{}", path.display()),
    }
}

fn network(spec: &ContainerSpec) -> String {
    match (&spec.namespaces.net, spec.network.mode) {
        (NsMode::Private, NetworkMode::None) => "none".to_owned(),
        (NsMode::Private, NetworkMode::Slirp4netns { .. }) => "slirp4netns".to_owned(),
        (other, _) => mode(other, ""),
    }
}

fn security(spec: &ContainerSpec) -> Vec<String> {
    let confinement = &spec.confinement;
    let mut options = Vec::new();
    if confinement.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    match &confinement.seccomp {
        SeccompSpec::Default | SeccompSpec::Profile(_) => {}
        SeccompSpec::Unconfined => options.push("seccomp=unconfined".to_owned()),
        SeccompSpec::File(path) => options.push(format!("seccomp={}", path.display())),
    }
    options.extend(confinement.apparmor.iter().map(|profile| format!("apparmor={profile}")));
    options
}

fn bind(mount: &MountSpec) -> Option<String> {
    let MountKind::Bind { source, recursive, .. } = &mount.kind else { return None };
    let access = if mount.options.readonly { "ro" } else { "rw" };
    let reach = if *recursive { "rbind" } else { "bind" };
    let travel = propagation(mount.options.propagation);
    Some(format!("{}:{}:{access},{travel},{reach}", source.display(), mount.destination))
}

fn tmpfs(mount: &MountSpec) -> Option<(String, Value)> {
    let MountKind::Tmpfs { size, mode, .. } = &mount.kind else { return None };
    let size = size.map(|bytes| format!(",size={bytes}")).unwrap_or_default();
    let mode = mode.map(|mode| format!(",mode={mode:o}")).unwrap_or_default();
    let access = if mount.options.readonly { "ro" } else { "rw" };
    (mount.destination != "/dev/shm")
        .then(|| (mount.destination.clone(), format!("{access}{mode}{size}").into()))
}

fn shm_size(spec: &ContainerSpec) -> u64 {
    let shm = spec.mounts.iter().find(|mount| mount.destination == "/dev/shm");
    match shm.map(|mount| &mount.kind) {
        Some(MountKind::Tmpfs { size: Some(size), .. }) => *size,
        _ => 0,
    }
}

fn ranges(ranges: &[crate::model::IdRange]) -> Vec<String> {
    ranges.iter().map(|range| format!("{}:{}:{}", range.container, range.host, range.size)).collect()
}
