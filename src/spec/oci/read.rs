//! A bundle's `config.json` as a decided container, or the field that stands in the way.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::{OciError, mounts, namespaces, process, refused};
use crate::model::lifecycle::{LogSpec, RestartPolicy};
use crate::model::limits::CgroupSpec;
use crate::model::spec::{
    ConfinementSpec, DEFAULT_STOP_TIMEOUT, NamespaceSpec, NetworkMode, NetworkSpec, NsMode, RootfsBackend,
    RootfsSource, RootfsSpec, SeccompSpec,
};
use crate::model::{ContainerId, ContainerSpec, HostFacts, MapWriter};
use crate::spec::sysctl;

/// How a container keeps the caller's groups (crun(1), "run.oci.keep_original_groups").
const KEEP_GROUPS: &str = "run.oci.keep_original_groups";

const SIGTERM: i32 = 15;

/// Where a bundle is, and for whom it is read.
#[derive(Clone, Copy, Debug)]
pub struct Bundle<'a> {
    /// The container's name.
    pub name: &'a str,
    /// Its absolute directory: paths count from here.
    pub dir: &'a Path,
    /// The caller is root of the machine, and not only of a user namespace.
    pub machine_root: bool,
}

/// Reads JSON.
pub(super) fn json<T: DeserializeOwned>(file: &str, text: &[u8]) -> Result<T, OciError> {
    serde_json::from_slice(text).map_err(|e| OciError::Json { file: file.to_owned(), why: e.to_string() })
}

/// Reads and decides.
///
/// # Errors
/// The field that is no good, or that cannot be honoured.
pub fn read(text: &[u8], bundle: &Bundle<'_>, host: &HostFacts) -> Result<ContainerSpec, OciError> {
    let whole: Value = json("config.json", text)?;
    let mut document: Document = json("config.json", text)?;
    version(&document.oci_version)?;
    refused::refuse(&whole)?;
    let (namespaces, id_maps) = namespaces::decide(&mut document.linux, host)?;
    let linux = document.linux;
    let rules = whole.pointer("/linux/resources/devices").and_then(Value::as_array);
    if bundle.machine_root
        && id_maps.writer == MapWriter::None
        && rules.is_some_and(|rules| !rules.is_empty())
    {
        return Err(OciError::unsupported(
            "linux.resources.devices",
            "no cgroup is made here, and without a user namespace nothing else would keep devices away",
        ));
    }
    let process = document.process.ok_or_else(|| OciError::invalid("process", "missing"))?;
    let root = document.root.ok_or_else(|| OciError::invalid("root", "missing"))?;
    let mounts = mounts::mounts(document.mounts.unwrap_or_default(), bundle.dir)?;
    let hostname = document.hostname.filter(|name| !name.is_empty());
    if hostname.is_some() && namespaces.uts != NsMode::Private {
        return Err(OciError::invalid("hostname", "there is no new \"uts\" among linux.namespaces"));
    }
    let propagation = ["", "private", "rprivate", "slave", "rslave"];
    if !propagation.contains(&linux.rootfs_propagation.as_str()) {
        return Err(OciError::unsupported(
            "linux.rootfsPropagation",
            format!("{:?}", linux.rootfs_propagation),
        ));
    }
    let annotations = document.annotations.unwrap_or_default();
    let mut confinement = ConfinementSpec {
        capabilities: Vec::new(),
        ambient: Vec::new(),
        sets: None,
        no_new_privileges: false,
        seccomp: seccomp(linux.seccomp)?,
        masked_paths: linux.masked_paths.unwrap_or_default(),
        readonly_paths: linux.readonly_paths.unwrap_or_default(),
        apparmor: None,
        selinux_label: None,
        keep_keyring: false,
        privileged: false,
    };
    let mut process = process::decide(process)?.confine(&mut confinement);
    process.keep_groups = annotations.get(KEEP_GROUPS).is_some_and(|value| value == "1");
    Ok(ContainerSpec {
        id: ContainerId::from_bytes(Sha256::digest(bundle.name).into()),
        name: bundle.name.to_owned(),
        created_ms: 0,
        image: None,
        cgroup: CgroupSpec::default(),
        devices: mounts::devices(linux.devices.unwrap_or_default(), &mounts)?,
        sysctls: sysctls(linux.sysctl.unwrap_or_default(), &namespaces)?,
        id_maps,
        namespaces,
        rootfs: RootfsSpec {
            source: RootfsSource::Directory(bundle.dir.join(root.path)),
            backend: RootfsBackend::Overlay,
            readonly: root.readonly,
        },
        mounts,
        process,
        confinement,
        network: NetworkSpec { mode: NetworkMode::None },
        hostname,
        init: false,
        remove: false,
        stop_signal: SIGTERM,
        stop_timeout: DEFAULT_STOP_TIMEOUT,
        timeout: 0,
        restart: RestartPolicy::No,
        health: None,
        log: LogSpec::default(),
        labels: BTreeMap::new(),
        annotations,
    })
}

/// What 1.x has, 1.y has the same way.
fn version(text: &str) -> Result<(), OciError> {
    let numbers: Vec<_> = text.split(['-', '+']).next().unwrap_or_default().split('.').collect();
    let whole = numbers.len() == 3 && numbers.iter().all(|n| n.parse::<u32>().is_ok());
    match numbers.first() {
        Some(&"1") if whole => Ok(()),
        _ => Err(OciError::invalid("ociVersion", format!("{text:?} is not 1.x.y"))),
    }
}

fn seccomp(profile: Option<Value>) -> Result<SeccompSpec, OciError> {
    let Some(profile) = profile.filter(|profile| !profile.is_null()) else {
        return Ok(SeccompSpec::Unconfined);
    };
    let text = profile.to_string();
    crate::spec::seccomp::parse(text.as_bytes())
        .map_err(|e| OciError::invalid("linux.seccomp", e.to_string()))?;
    Ok(SeccompSpec::Profile(text))
}

fn sysctls(
    asked: BTreeMap<String, String>,
    namespaces: &NamespaceSpec,
) -> Result<BTreeMap<String, String>, OciError> {
    let mut decided = BTreeMap::new();
    for (key, value) in asked {
        let field = || format!("linux.sysctl[{key:?}]");
        let (dotted, value) = sysctl::parse(&format!("{key}={value}"))
            .map_err(|error| OciError::invalid(field(), error.to_string()))?;
        if sysctl::is_hosts(&dotted, namespaces) {
            return Err(OciError::invalid(
                field(),
                "it would change the host: the namespace is not the container's",
            ));
        }
        decided.insert(dotted, value);
    }
    Ok(decided)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
