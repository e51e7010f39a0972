//! `inspect`: all that is known of a container, in podman's structure, which has docker's fields.

use serde_json::{Value, json};

use super::host_config::host_config;
use super::seen::{self, Phase, SeenContainer};
use super::{choose, failure};
use crate::model::container_request::Which;
use crate::model::spec::{ContainerSpec, RootfsSource};
use crate::model::{ContainerState, MountKind, MountSpec, Propagation};
use crate::ops::{Context, DoneToContainers, OpsError, Outcome, image_inspect};
use crate::spec::{caps, signal};
use crate::store::{Store, StoreError};

/// What podman writes for a time that has not come.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Tells all of containers, with `images` also of images: a name of both is the container's.
pub(super) fn inspect(
    ctx: &Context,
    store: &Store,
    which: &Which,
    images: bool,
) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let mut objects = Vec::new();
    if which.latest || which.all {
        let chosen = choose(store, which, |_| true, &mut done)?;
        objects.extend(chosen.iter().map(|chosen| details(store, &chosen.container)));
    }
    for name in which.names.iter().filter(|_| !which.all) {
        let found = store.find_container(name).and_then(|id| seen::one(store, &id));
        let object = match found {
            Ok(container) => Ok(details(store, &container)),
            Err(StoreError::NoSuchContainer(_)) if images => image(ctx, store, name),
            Err(StoreError::NoSuchContainer(_)) => {
                Err(OpsError::NothingToInspect { kind: "container ", name: name.clone() })
            }
            Err(error) => Err(error.into()),
        };
        match object {
            Ok(object) => objects.push(object),
            Err(error) => done.failures.push(failure(store, error)),
        }
    }
    Ok(Outcome::Inspected { objects, failures: done.failures })
}

fn image(ctx: &Context, store: &Store, name: &str) -> Result<Value, OpsError> {
    match store.find_image(name) {
        Ok(_) => {}
        Err(StoreError::NoSuchImage(_) | StoreError::Reference(_)) => {
            return Err(OpsError::NothingToInspect { kind: "object: ", name: format!("{name:?}") });
        }
        Err(error) => return Err(error.into()),
    }
    let Outcome::ImageDetails(details) = image_inspect::inspect(ctx, &[name.to_owned()])? else {
        return Err(OpsError::BadRequest("internal error: a result of the wrong kind".to_owned()));
    };
    let object = details.first().map(serde_json::to_value).transpose();
    object.map(Option::unwrap_or_default).map_err(|e| OpsError::BadRequest(format!("write JSON: {e}")))
}

fn details(store: &Store, container: &SeenContainer) -> Value {
    let id = container.id.as_str();
    let dir = store.container_dir(&container.id);
    let state = state(container.phase, &container.state);
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
        "StaticDir": dir,
        "OCIRuntime": "rctr",
        "Name": spec.name,
        "RestartCount": 0,
        "Driver": "overlay",
        "MountLabel": "",
        "ProcessLabel": spec.confinement.selinux_label.clone().unwrap_or_default(),
        "AppArmorProfile": spec.confinement.apparmor.clone().unwrap_or_default(),
        "EffectiveCaps": names(&spec.confinement.capabilities),
        "BoundingCaps": names(&spec.confinement.capabilities),
        "ExecIDs": [],
        "GraphDriver": graph_driver(spec, &dir),
        "Mounts": spec.mounts.iter().filter_map(|mount| mount_object(mount, &dir)).collect::<Vec<_>>(),
        "Dependencies": [],
        "NetworkSettings": network(),
        "Namespace": "",
        "IsInfra": false,
        "Config": config(spec),
        "HostConfig": host_config(spec),
    })
}

/// RFC 3339, as podman and docker write it.
fn time(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) if ms != 0 => time.to_string(),
        _ => NEVER.to_owned(),
    }
}

fn state(phase: Phase, state: &ContainerState) -> Value {
    let runs = phase.runs();
    json!({
        "OciVersion": "1.2.0",
        "Status": phase.word(),
        "Running": phase == Phase::Running,
        "Paused": phase == Phase::Paused,
        "Restarting": false,
        "OOMKilled": false,
        "Dead": phase == Phase::Unknown,
        "Pid": if runs { state.pid } else { 0 },
        "ExitCode": state.exit_code,
        "Error": state.error,
        "StartedAt": time(state.started_ms),
        "FinishedAt": time(state.finished_ms),
        "Health": { "Status": "", "FailingStreak": 0, "Log": null },
        "CheckpointedAt": NEVER,
        "RestoredAt": NEVER,
    })
}

fn rootfs(spec: &ContainerSpec) -> String {
    match &spec.rootfs.source {
        RootfsSource::Layers(_) => String::new(),
        RootfsSource::Directory(dir) | RootfsSource::DirectoryOverlay(dir) => dir.display().to_string(),
        RootfsSource::Host => "/".to_owned(),
    }
}

fn graph_driver(spec: &ContainerSpec, dir: &std::path::Path) -> Value {
    let data = match &spec.rootfs.source {
        RootfsSource::Layers(layers) => {
            let lower: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
            json!({ "LowerDir": lower.join(":"), "UpperDir": dir.join("upper"), "WorkDir": dir.join("work") })
        }
        _ => Value::Null,
    };
    json!({ "Name": "overlay", "Data": data })
}

/// The mounts that the user or the image asked for; those that every container has are not listed (podman).
fn mount_object(mount: &MountSpec, dir: &std::path::Path) -> Option<Value> {
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
fn network() -> Value {
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
        "Ports": {},
        "SandboxKey": "",
        "Networks": {},
    })
}

fn config(spec: &ContainerSpec) -> Value {
    let process = &spec.process;
    let (entrypoint, command) = process.args.split_at(process.entrypoint_words.min(process.args.len()));
    json!({
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
        "Umask": format!("{:04o}", process.umask),
        "Timeout": spec.timeout,
        "StopTimeout": spec.stop_timeout,
    })
}
