//! The whole decision: a request, an image and the host's facts become a container.

use std::net::IpAddr;

use super::mounts::{TextFile, absolute};
use super::{
    SpecError, confinement, health, idmaps, limits, log, mounts, namespaces, network, path, process, signal,
    sysctl,
};
use crate::model::run_request::{NetworkChoice, RunRequest, RunSource};
use crate::model::spec::{
    DEFAULT_STOP_TIMEOUT, NamespaceSpec, NetworkMode, NetworkSpec, NsMode, RootfsSource, RootfsSpec,
};
use crate::model::{
    ContainerId, ContainerSpec, HostFacts, IdMapSpec, ImageConfig, ResolvedImage, RestartPolicy,
};
use crate::net::NetError;
use crate::net::files::{self, ContainerEnv, DnsFlags, Hosts, Resolver};

const SIGTERM: i32 = 15;

/// What `ops` finds out for one container: who it is, and what only some requests look at.
#[derive(Clone, Debug)]
pub struct Creation<'a> {
    /// Its identity.
    pub id: ContainerId,
    /// Its name, known to be free.
    pub name: String,
    /// Now: milliseconds since the epoch.
    pub now_ms: i64,
    /// Text of the host's /etc/resolv.conf (see [`files::resolv_conf`] for which one).
    pub resolv_conf: &'a str,
    /// Text of the host's /etc/hosts; looked at with `--network host`.
    pub hosts: &'a str,
    /// An address at which the host answers ([`crate::net::host_address`]).
    pub host_address: Option<IpAddr>,
    /// Host user ids that running `--userns auto` containers have: (first, count).
    pub taken_ids: &'a [(u32, u32)],
    /// The id maps of the container whose namespaces are joined.
    pub joined_maps: Option<&'a IdMapSpec>,
}

impl Creation<'_> {
    /// Of a container that needs nothing beyond its identity.
    pub fn new(id: ContainerId, name: impl Into<String>, now_ms: i64) -> Self {
        Self {
            id,
            name: name.into(),
            now_ms,
            resolv_conf: "",
            hosts: "",
            host_address: None,
            taken_ids: &[],
            joined_maps: None,
        }
    }
}

/// Decides everything about a container and does nothing.
///
/// Names of other containers in the request must have been replaced by their full ids.
pub fn resolve(
    request: &RunRequest,
    image: Option<&ResolvedImage>,
    host: &HostFacts,
    creation: &Creation<'_>,
) -> Result<ContainerSpec, SpecError> {
    let no_config = ImageConfig::default();
    let config = image.map_or(&no_config, |image| &image.config);
    let rootfs = rootfs(request, image, host)?;
    let mut id_maps = idmaps::decide(&request.id_maps, host, creation.taken_ids)?;
    let namespaces = namespaces::decide(request, &id_maps)?;
    if let (NsMode::Container(_), Some(joined)) = (&namespaces.user, creation.joined_maps) {
        id_maps = joined.clone();
    }
    if request.init && namespaces.pid != NsMode::Private {
        return Err(SpecError::Conflict("--init", "--pid", "the init is pid 1 of a namespace of its own"));
    }
    if request.remove && request.restart != RestartPolicy::No {
        return Err(SpecError::Conflict(
            "--rm",
            "--restart",
            "what is removed at its end cannot start again",
        ));
    }
    limits::check(&request.cgroup)?;
    sysctl::check(&request.sysctls, &request.namespaces, &request.network.mode)?;
    let hostname = namespaces::hostname(request, &namespaces, &creation.id, host)?;
    let name_inside =
        hostname.as_deref().or((namespaces.uts == NsMode::Host).then_some(host.hostname.as_str()));
    let network = uplink(&request.network.mode, &namespaces);
    let files = text_files(request, image, creation, &namespaces, network.mode, name_inside, host)?;
    let stop_signal = match (request.stop_signal, config.stop_signal.as_str()) {
        (Some(number), _) => number,
        (None, "") => SIGTERM,
        (None, text) => signal::parse("--stop-signal", text)
            .map_err(|_| SpecError::Image { field: "STOPSIGNAL", why: format!("unknown signal {text:?}") })?,
    };
    let mut labels = config.labels.clone();
    labels.extend(request.labels.clone());
    Ok(ContainerSpec {
        id: creation.id.clone(),
        name: creation.name.clone(),
        created_ms: creation.now_ms,
        image: image.map(|image| image.origin.clone()),
        mounts: mounts::decide(request, config, &namespaces, files, host)?,
        devices: request.mounts.devices.clone(),
        process: process::decide(request, config, name_inside, host)?,
        confinement: confinement::decide(&request.confinement, host)?,
        id_maps,
        namespaces,
        rootfs,
        network,
        hostname,
        sysctls: request.sysctls.iter().cloned().collect(),
        init: request.init,
        remove: request.remove,
        stop_signal,
        stop_timeout: request.stop_timeout.unwrap_or(DEFAULT_STOP_TIMEOUT),
        timeout: request.timeout,
        restart: request.restart,
        health: health::decide(&request.health, config.healthcheck.as_ref())?,
        log: log::decide(&request.log, &creation.id, &creation.name, image, host),
        cgroup: request.cgroup.clone(),
        labels,
        annotations: request.annotations.clone(),
    })
}

fn rootfs(
    request: &RunRequest,
    image: Option<&ResolvedImage>,
    host: &HostFacts,
) -> Result<RootfsSpec, SpecError> {
    let source = match (&request.source, image) {
        (RunSource::Image(_), Some(image)) => RootfsSource::Layers(image.layers.clone()),
        (RunSource::Image(name), None) => return Err(SpecError::NoSuchImage(name.clone())),
        (RunSource::Rootfs { path, overlay }, _) => {
            let path = absolute(host, path);
            match (path::clean(&path.to_string_lossy()).as_str(), overlay) {
                ("/", _) => RootfsSource::Host,
                (_, true) => RootfsSource::DirectoryOverlay(path),
                (_, false) => RootfsSource::Directory(path),
            }
        }
    };
    Ok(RootfsSpec {
        source,
        backend: request.mounts.backend.unwrap_or_default(),
        readonly: request.mounts.read_only,
    })
}

/// Reads the path of `--rootfs`: `DIR` or `DIR:O`.
pub fn parse_rootfs(text: &str) -> Result<RunSource, SpecError> {
    let refuse = |why: &str| Err(SpecError::flag("--rootfs", text, why));
    let (path, overlay) = match text.strip_suffix(":O") {
        Some(path) => (path, true),
        None => (text, false),
    };
    match path {
        "" => refuse("want a directory"),
        _ if path.contains('\0') => refuse("a path holds no NUL"),
        _ if path.ends_with(":idmap") => {
            refuse("\"idmap\" needs a privilege that a normal user does not have")
        }
        _ => Ok(RunSource::Rootfs { path: path.into(), overlay }),
    }
}

fn uplink(choice: &NetworkChoice, namespaces: &NamespaceSpec) -> NetworkSpec {
    let mode = match (choice, &namespaces.net) {
        (NetworkChoice::Own(mode), NsMode::Private) => *mode,
        (_, NsMode::Private) => network::default_mode(),
        _ => NetworkMode::None,
    };
    NetworkSpec { mode }
}

/// /etc/hosts, /etc/resolv.conf, /etc/hostname and /run/.containerenv.
fn text_files(
    request: &RunRequest,
    image: Option<&ResolvedImage>,
    creation: &Creation<'_>,
    namespaces: &NamespaceSpec,
    mode: NetworkMode,
    hostname: Option<&str>,
    host: &HostFacts,
) -> Result<Vec<TextFile>, SpecError> {
    let asked = &request.network;
    let mut texts = Vec::new();
    let mut add = |destination, name, content| texts.push(TextFile { destination, name, content });
    if !asked.no_hosts {
        let (address, gateway) = match (mode, &namespaces.net) {
            (NetworkMode::Slirp4netns { host_loopback: true, .. }, _) => {
                (Some(files::SLIRP_ADDRESS), Some(IpAddr::V4(files::SLIRP_GATEWAY)))
            }
            (NetworkMode::Slirp4netns { .. }, _) => (Some(files::SLIRP_ADDRESS), creation.host_address),
            (NetworkMode::None, NsMode::Private) => (None, None),
            (NetworkMode::None, _) => (None, creation.host_address),
        };
        let names: Vec<&str> = hostname.into_iter().chain([creation.name.as_str()]).collect();
        let hosts = files::hosts(&Hosts {
            base: (namespaces.net == NsMode::Host).then_some(creation.hosts),
            names: &names,
            address,
            host: gateway,
            extra: &asked.add_hosts,
        });
        add("/etc/hosts", "hosts", hosts.map_err(|error| unreachable_host(&error))?);
    }
    if !asked.dns_none {
        let resolver = match (mode, &namespaces.net) {
            (_, NsMode::Host) => Resolver::Host,
            (NetworkMode::Slirp4netns { ipv6, .. }, _) => Resolver::Slirp { ipv6 },
            _ => Resolver::Other,
        };
        let flags = DnsFlags {
            servers: asked.dns.clone(),
            search: asked.dns_search.clone(),
            options: asked.dns_options.clone(),
        };
        add("/etc/resolv.conf", "resolv.conf", files::resolv_conf(creation.resolv_conf, resolver, &flags));
    }
    if let Some(hostname) = hostname {
        add("/etc/hostname", "hostname", files::hostname(hostname));
    }
    let (image, image_id) =
        image.map_or_else(Default::default, |image| (image.origin.name.clone(), image.origin.id.to_string()));
    let about = ContainerEnv {
        name: &creation.name,
        id: creation.id.as_str(),
        image: &image,
        image_id: &image_id,
        rootless: host.uid != 0,
    };
    let told = request.confinement.privileged.then_some(&about);
    add("/run/.containerenv", "containerenv", files::container_env(told));
    Ok(texts)
}

fn unreachable_host(error: &NetError) -> SpecError {
    SpecError::Hosts(error.to_string())
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
