//! All that is known of a container, in podman's structure, which has docker's fields.

use std::path::Path;

use serde_json::{Value, json};

use super::host_config::host_config;
use super::seen::{Phase, SeenContainer};
use crate::model::spec::{ContainerSpec, NsMode, RootfsBackend, RootfsSource};
use crate::model::{HealthAction, HealthSpec, LogDriver, MountKind, MountSpec, Propagation};
use crate::spec::{caps, signal};
use crate::store::Store;

/// What podman and docker write for a time that has not come.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// The object of `inspect`.
pub(super) fn object(store: &Store, container: &SeenContainer) -> Value {
    let id = container.id.as_str();
    let dir = store.container_dir(&container.id);
    let state = state(container);
    let Some(spec) = &container.spec else {
        // Its record is gone: what is left is said, so that it can be found and removed.
        return json!({ "Id": id, "Name": container.name, "State": state, "StaticDir": dir });
    };
    let (path, arguments) = spec.process.args.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
    let image = spec.image.as_ref();
    let digest = image.and_then(|image| store.image(&image.id).ok()).map(|image| image.digest.to_string());
    let names = |numbers: &[u8]| numbers.iter().map(|n| caps::name(*n)).collect::<Vec<_>>();
    json!({
        "Id": id,
        "Created": time(spec.created_ms),
        "Path": path,
        "Args": arguments,
        "State": state,
        "Image": image.map_or("", |image| image.id.hex()),
        "ImageDigest": digest.unwrap_or_default(),
        "ImageName": image.map_or("", |image| image.name.as_str()),
        "Rootfs": rootfs(spec),
        "Pod": "",
        "ResolvConfPath": dir.join("resolv.conf"),
        "HostnamePath": dir.join("hostname"),
        "HostsPath": dir.join("hosts"),
        "LogPath": log_path(spec, &dir),
        "StaticDir": dir,
        "OCIRuntime": "rctr",
        "Name": spec.name,
        "RestartCount": container.state.restarts,
        "Driver": driver(spec),
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": spec.confinement.selinux_label.clone().unwrap_or_default(),
        "AppArmorProfile": spec.confinement.apparmor.clone().unwrap_or_default(),
        "EffectiveCaps": names(&spec.confinement.capabilities),
        "BoundingCaps": names(&spec.confinement.capabilities),
        "ExecIDs": exec_ids(store, container),
        "GraphDriver": graph_driver(spec, &dir),
        "Mounts": spec.mounts.iter().filter_map(|mount| mount_object(mount, &dir)).collect::<Vec<_>>(),
        "Dependencies": spec.namespaces.containers(),
        "NetworkSettings": network(container),
        "Namespace": "",
        "IsInfra": false,
        "IsService": false,
        "Config": config(spec),
        "HostConfig": host_config(spec, &dir),
        "Limits": crate::ops::cgroups::states(spec, &container.state, container.phase.runs()),
    })
}

/// What runs in it besides its own program. In a directory that is just being removed nothing does.
fn exec_ids(store: &Store, container: &SeenContainer) -> Vec<String> {
    if !container.phase.runs() {
        return Vec::new();
    }
    store.exec_sessions(&container.id).unwrap_or_default()
}

/// RFC 3339, as podman and docker write it.
fn time(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) if ms != 0 => time.to_string(),
        _ => NEVER.to_owned(),
    }
}

fn state(container: &SeenContainer) -> Value {
    let SeenContainer { phase, state, health, .. } = container;
    let mut object = json!({
        "OciVersion": "1.2.0",
        "Status": phase.word(),
        // docker: what is paused runs.
        "Running": phase.runs(),
        "Paused": *phase == Phase::Paused,
        "Restarting": *phase == Phase::Restarting,
        "OOMKilled": state.oom_killed,
        "Dead": *phase == Phase::Unknown,
        "Pid": if phase.lives() { state.pid } else { 0 },
        "ConmonPid": if phase.lives() { state.monitor } else { 0 },
        "ExitCode": state.exit_code,
        "Error": state.error,
        "StartedAt": time(state.started_ms),
        "FinishedAt": time(state.finished_ms),
        "Health": health,
        "CgroupPath": state.cgroup.strip_prefix(crate::cgroup::MOUNT).unwrap_or_default(),
        "CheckpointedAt": NEVER,
        "RestoredAt": NEVER,
        "StoppedByUser": state.stopped_by_user,
    });
    if !state.log_error.is_empty() {
        object["LogError"] = state.log_error.as_str().into();
    }
    object
}

fn rootfs(spec: &ContainerSpec) -> String {
    match &spec.rootfs.source {
        RootfsSource::Layers(_) => String::new(),
        RootfsSource::Directory(dir) | RootfsSource::DirectoryOverlay(dir) => dir.display().to_string(),
        RootfsSource::Host => "/".to_owned(),
    }
}

/// podman's and docker's word for what puts the layers together.
fn driver(spec: &ContainerSpec) -> &'static str {
    match spec.rootfs.backend {
        RootfsBackend::Overlay | RootfsBackend::Fuse => "overlay",
        RootfsBackend::Copy => "vfs",
    }
}

fn graph_driver(spec: &ContainerSpec, dir: &Path) -> Value {
    let data = match (&spec.rootfs.source, spec.rootfs.backend) {
        (RootfsSource::Layers(layers), RootfsBackend::Overlay | RootfsBackend::Fuse) => {
            let lower: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
            json!({ "LowerDir": lower.join(":"), "UpperDir": dir.join("upper"), "WorkDir": dir.join("work") })
        }
        _ => Value::Null,
    };
    json!({ "Name": driver(spec), "Data": data })
}

/// The file that the container's output is in; empty when it is in none.
pub(super) fn log_path(spec: &ContainerSpec, dir: &Path) -> String {
    match spec.log.driver {
        LogDriver::K8sFile | LogDriver::JsonFile => {
            spec.log.path.clone().unwrap_or_else(|| dir.join("log")).display().to_string()
        }
        LogDriver::Journald | LogDriver::Passthrough | LogDriver::None => String::new(),
    }
}

/// The mounts that the user or the image asked for; those that every container has are not listed (podman).
fn mount_object(mount: &MountSpec, dir: &Path) -> Option<Value> {
    let (kind, name, source, flags) = match &mount.kind {
        MountKind::Bind { source, recursive, .. } => {
            ("bind", "", source.clone(), &[if *recursive { "rbind" } else { "bind" }][..])
        }
        MountKind::Volume { name } => ("volume", name.as_str(), dir.join("volumes").join(name), &[][..]),
        _ => return None,
    };
    let options = &mount.options;
    let set = [(options.nosuid, "nosuid"), (options.nodev, "nodev"), (options.noexec, "noexec")];
    let all: Vec<_> =
        set.iter().filter(|(on, _)| *on).map(|(_, word)| *word).chain(flags.iter().copied()).collect();
    let mut object = json!({
        "Type": kind,
        "Source": source,
        "Destination": mount.destination,
        "Driver": if kind == "volume" { "local" } else { "" },
        "Mode": "",
        "Options": all,
        "RW": !options.readonly,
        "Propagation": propagation(options.propagation),
    });
    if !name.is_empty() {
        object["Name"] = name.into();
    }
    Some(object)
}

/// The kernel's word.
pub(super) fn propagation(propagation: Propagation) -> &'static str {
    match propagation {
        Propagation::Private => "private",
        Propagation::Rprivate => "rprivate",
        Propagation::Slave => "slave",
        Propagation::Rslave => "rslave",
        Propagation::Shared => "shared",
        Propagation::Rshared => "rshared",
        Propagation::Unbindable => "unbindable",
        Propagation::Runbindable => "runbindable",
    }
}

/// A network namespace of its own has no address that others could reach.
fn network(container: &SeenContainer) -> Value {
    let own = container.spec.as_ref().is_some_and(|spec| spec.namespaces.net == NsMode::Private);
    let key = match container.state.pid {
        pid if own && container.phase.lives() && pid > 0 => format!("/proc/{pid}/ns/net"),
        _ => String::new(),
    };
    json!({
        "EndpointID": "",
        "Gateway": "",
        "IPAddress": "",
        "IPPrefixLen": 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "MacAddress": "",
        "Bridge": "",
        "SandboxID": "",
        "HairpinMode": false,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": null,
        "SecondaryIPv6Addresses": null,
        "Ports": {},
        "SandboxKey": key,
        "Networks": {},
    })
}

fn config(spec: &ContainerSpec) -> Value {
    let process = &spec.process;
    let (entrypoint, command) = process.args.split_at(process.entrypoint_words.min(process.args.len()));
    let mut object = json!({
        "Hostname": spec.hostname.clone().unwrap_or_default(),
        "Domainname": "",
        "User": process.user,
        "AttachStdin": false,
        "AttachStdout": false,
        "AttachStderr": false,
        "Tty": process.terminal,
        "OpenStdin": process.interactive,
        "StdinOnce": false,
        "Env": process.env,
        "Cmd": Some(command).filter(|words| !words.is_empty()),
        "Image": spec.image.as_ref().map_or("", |image| image.name.as_str()),
        "Volumes": null,
        "WorkingDir": process.cwd,
        "Entrypoint": Some(entrypoint).filter(|words| !words.is_empty()),
        "OnBuild": null,
        "Labels": spec.labels,
        "Annotations": spec.annotations,
        "StopSignal": signal::name(spec.stop_signal),
        "HealthcheckOnFailureAction": health_action(spec.health.as_ref()),
        "Umask": format!("{:04o}", process.umask),
        "Timeout": spec.timeout,
        "StopTimeout": spec.stop_timeout,
    });
    // docker and podman leave it out when there is none.
    if let Some(health) = &spec.health {
        object["Healthcheck"] = healthcheck(health);
    }
    object
}

/// docker's object: durations in nanoseconds.
fn healthcheck(health: &HealthSpec) -> Value {
    let nanoseconds = |ms: u64| ms.saturating_mul(1_000_000);
    json!({
        "Test": health.test,
        "Interval": nanoseconds(health.interval_ms),
        "Timeout": nanoseconds(health.timeout_ms),
        "StartPeriod": nanoseconds(health.start_period_ms),
        "StartInterval": nanoseconds(health.start_interval_ms),
        "Retries": health.retries,
    })
}

fn health_action(health: Option<&HealthSpec>) -> &'static str {
    match health.map(|health| health.on_failure).unwrap_or_default() {
        HealthAction::None => "none",
        HealthAction::Kill => "kill",
        HealthAction::Restart => "restart",
        HealthAction::Stop => "stop",
    }
}

#[cfg(test)]
#[path = "details_tests.rs"]
mod tests;
