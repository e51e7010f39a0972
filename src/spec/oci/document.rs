//! The fields of `config.json` that are honoured. Those that are known and are not, `refused` looks for; unknown ones are
//! passed over, as config.md ("Extensibility") demands. Go writes an empty list as null.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A list that may be null.
pub(super) type List<T> = Option<Vec<T>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub oci_version: String,
    pub process: Option<Process>,
    pub root: Option<Root>,
    pub hostname: Option<String>,
    #[serde(default)]
    pub mounts: List<Mount>,
    #[serde(default)]
    pub annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub linux: Linux,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Process {
    #[serde(default)]
    pub terminal: bool,
    pub console_size: Option<ConsoleSize>,
    #[serde(default)]
    pub user: User,
    #[serde(default)]
    pub args: List<String>,
    #[serde(default)]
    pub env: List<String>,
    pub cwd: String,
    #[serde(default)]
    pub capabilities: Option<Capabilities>,
    #[serde(default)]
    pub rlimits: List<Rlimit>,
    #[serde(default)]
    pub no_new_privileges: bool,
    #[serde(default)]
    pub apparmor_profile: String,
    pub oom_score_adj: Option<i32>,
    #[serde(default)]
    pub selinux_label: String,
}

#[derive(Deserialize)]
pub(super) struct ConsoleSize {
    pub height: u16,
    pub width: u16,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub uid: u32,
    pub gid: u32,
    pub umask: Option<u32>,
    #[serde(default)]
    pub additional_gids: List<u32>,
}

#[derive(Default, Deserialize)]
pub(super) struct Capabilities {
    #[serde(default)]
    pub bounding: List<String>,
    #[serde(default)]
    pub effective: List<String>,
    #[serde(default)]
    pub permitted: List<String>,
    #[serde(default)]
    pub inheritable: List<String>,
    #[serde(default)]
    pub ambient: List<String>,
}

#[derive(Deserialize)]
pub(super) struct Rlimit {
    #[serde(rename = "type")]
    pub kind: String,
    pub soft: u64,
    pub hard: u64,
}

#[derive(Deserialize)]
pub(super) struct Root {
    pub path: String,
    #[serde(default)]
    pub readonly: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mount {
    pub destination: String,
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub options: List<String>,
    #[serde(default)]
    pub uid_mappings: List<Mapping>,
    #[serde(default)]
    pub gid_mappings: List<Mapping>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Linux {
    #[serde(default)]
    pub uid_mappings: List<Mapping>,
    #[serde(default)]
    pub gid_mappings: List<Mapping>,
    #[serde(default)]
    pub sysctl: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub namespaces: List<Namespace>,
    #[serde(default)]
    pub devices: List<Device>,
    #[serde(default)]
    pub rootfs_propagation: String,
    #[serde(default)]
    pub masked_paths: List<String>,
    #[serde(default)]
    pub readonly_paths: List<String>,
    pub seccomp: Option<Value>,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Mapping {
    #[serde(rename = "containerID")]
    pub container: u32,
    #[serde(rename = "hostID")]
    pub host: u32,
    pub size: u32,
}

#[derive(Deserialize)]
pub(super) struct Namespace {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device {
    pub path: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub major: u32,
    #[serde(default)]
    pub minor: u32,
    pub file_mode: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}
