//! The `HostConfig` object of `inspect`: what was asked of the host for a container.

use serde_json::{Value, json};

use super::inspect::propagation;
use crate::model::spec::{ContainerSpec, NetworkMode, NsMode, SeccompSpec};
use crate::model::{MountKind, MountSpec};
use crate::spec::caps;

/// podman's and docker's fields, as far as they mean something here.
pub(super) fn host_config(spec: &ContainerSpec) -> Value {
    let confinement = &spec.confinement;
    let default = caps::default_set();
    let names = |numbers: &mut dyn Iterator<Item = &u8>| numbers.map(|n| caps::name(*n)).collect::<Vec<_>>();
    let added = names(&mut confinement.capabilities.iter().filter(|n| !default.contains(n)));
    let dropped = names(&mut default.iter().filter(|n| !confinement.capabilities.contains(n)));
    let ns = &spec.namespaces;
    json!({
        "Binds": spec.mounts.iter().filter_map(bind).collect::<Vec<_>>(),
        "CgroupMode": mode(&ns.cgroup, "private"),
        "ContainerIDFile": "",
        "NetworkMode": network(spec),
        "PortBindings": {},
        "RestartPolicy": { "Name": "", "MaximumRetryCount": 0 },
        "AutoRemove": spec.remove,
        "VolumeDriver": "",
        "VolumesFrom": null,
        "CapAdd": added,
        "CapDrop": dropped,
        "Dns": [],
        "DnsOptions": [],
        "DnsSearch": [],
        "ExtraHosts": [],
        "GroupAdd": spec.process.groups,
        "IpcMode": mode(&ns.ipc, "private"),
        "Cgroup": "",
        "Cgroups": "default",
        "Links": null,
        "Init": spec.init,
        "OomScoreAdj": spec.process.oom_score_adj.unwrap_or(0),
        "PidMode": mode(&ns.pid, "private"),
        "Privileged": confinement.privileged,
        "PublishAllPorts": false,
        "ReadonlyRootfs": spec.rootfs.readonly,
        "SecurityOpt": security(spec),
        "Tmpfs": spec.mounts.iter().filter_map(tmpfs).collect::<serde_json::Map<_, _>>(),
        "UTSMode": mode(&ns.uts, "private"),
        "UsernsMode": mode(&ns.user, ""),
        "IDMappings": { "UidMap": ranges(&spec.id_maps.uids), "GidMap": ranges(&spec.id_maps.gids) },
        "ShmSize": shm_size(spec),
        "Sysctls": spec.sysctls,
        "Runtime": "rctr",
        "ConsoleSize": spec.process.terminal_size.map_or([0, 0], |(rows, columns)| [rows, columns]),
        "Devices": spec.devices.iter().map(|device| json!({
            "PathOnHost": device.source,
            "PathInContainer": device.destination,
            "CgroupPermissions": if device.readonly { "r" } else { "rwm" },
        })).collect::<Vec<_>>(),
        "Ulimits": spec.process.rlimits.iter().map(|limit| json!({
            "Name": format!("RLIMIT_{}", limit.name.to_uppercase()),
            "Soft": limit.soft,
            "Hard": limit.hard,
        })).collect::<Vec<_>>(),
        "MaskedPaths": confinement.masked_paths,
        "ReadonlyPaths": confinement.readonly_paths,
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
        SeccompSpec::Default => {}
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
