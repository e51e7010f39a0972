//! Everything decided about a container, nothing done. `spec` makes it, `plan` reads it, the store keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::lifecycle::{HealthSpec, LogSpec, RestartPolicy};
use super::limits::CgroupSpec;
use super::{ContainerId, Digest, IdMapSpec, MountSpec};

/// One container, decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSpec {
    /// Identity.
    pub id: ContainerId,
    /// Unique name.
    pub name: String,
    /// When it was created: milliseconds since the epoch.
    pub created_ms: i64,
    /// The image it comes from.
    pub image: Option<ImageOrigin>,
    /// Id maps of its user namespace.
    pub id_maps: IdMapSpec,
    /// Every other namespace.
    pub namespaces: NamespaceSpec,
    /// Where its root file system comes from.
    pub rootfs: RootfsSpec,
    /// Its mounts in the order they are made (parents first).
    pub mounts: Vec<MountSpec>,
    /// Host device nodes to bind into /dev.
    pub devices: Vec<DeviceSpec>,
    /// What runs.
    pub process: ProcessSpec,
    /// What it may not do.
    pub confinement: ConfinementSpec,
    /// Its way out.
    pub network: NetworkSpec,
    /// Host name inside; none keeps the host's (with `--uts host`).
    pub hostname: Option<String>,
    /// Namespaced kernel parameters, `net.ipv4.ip_forward` style.
    pub sysctls: BTreeMap<String, String>,
    /// Run our own init as pid 1.
    pub init: bool,
    /// Remove the container when it ends.
    pub remove: bool,
    /// What `stop` sends, a signal number.
    pub stop_signal: i32,
    /// How long `stop` waits before it kills, in seconds.
    #[serde(default = "default_stop_timeout")]
    pub stop_timeout: u32,
    /// Kill the container after so many seconds; 0 is never.
    pub timeout: u32,
    /// When it is started again.
    #[serde(default)]
    pub restart: RestartPolicy,
    /// How its health is looked at.
    #[serde(default)]
    pub health: Option<HealthSpec>,
    /// Where its output is kept.
    #[serde(default)]
    pub log: LogSpec,
    /// What it may use.
    #[serde(default, skip_serializing_if = "CgroupSpec::is_default")]
    pub cgroup: CgroupSpec,
    /// User labels.
    pub labels: BTreeMap<String, String>,
    /// OCI annotations.
    pub annotations: BTreeMap<String, String>,
}

/// podman-stop(1): ten seconds.
pub const DEFAULT_STOP_TIMEOUT: u32 = 10;

fn default_stop_timeout() -> u32 {
    DEFAULT_STOP_TIMEOUT
}

/// The image that a container was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageOrigin {
    /// As the user named it, normalised (`docker.io/library/busybox:latest`).
    pub name: String,
    /// The image's id: digest of its configuration.
    pub id: Digest,
}

/// One namespace other than user and mount, which are always the container's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NsMode {
    /// A new one.
    #[default]
    Private,
    /// The caller's.
    Host,
    /// Another container's, by id; its user namespace is joined too.
    Container(ContainerId),
    /// A namespace file.
    Path(PathBuf),
}

/// Which namespaces are new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceSpec {
    /// User: `Private` is the rule; `Container` and `Path` join.
    pub user: NsMode,
    /// Process ids.
    pub pid: NsMode,
    /// Network.
    pub net: NsMode,
    /// System V IPC and POSIX queues.
    pub ipc: NsMode,
    /// Host name.
    pub uts: NsMode,
    /// cgroup root.
    pub cgroup: NsMode,
}

impl NamespaceSpec {
    /// The containers whose namespaces are joined.
    pub fn containers(&self) -> BTreeSet<&ContainerId> {
        [&self.user, &self.pid, &self.net, &self.ipc, &self.uts, &self.cgroup]
            .into_iter()
            .filter_map(|mode| if let NsMode::Container(id) = mode { Some(id) } else { None })
            .collect()
    }
}

/// Where the root file system comes from and where writes go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootfsSpec {
    /// Its content.
    pub source: RootfsSource,
    /// How layers become one tree.
    #[serde(default)]
    pub backend: RootfsBackend,
    /// Mount the root read-only (`--read-only`).
    pub readonly: bool,
}

impl RootfsSpec {
    /// Is it served by a process of ours?
    pub fn is_served(&self) -> bool {
        let layered = matches!(self.source, RootfsSource::Layers(_) | RootfsSource::DirectoryOverlay(_));
        layered && self.backend == RootfsBackend::Fuse
    }
}

/// How layers become one tree that can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootfsBackend {
    /// The kernel's overlay.
    #[default]
    Overlay,
    /// Our own over FUSE, on the same directories.
    Fuse,
    /// A plain copy in the container's directory, where no overlay can be mounted.
    Copy,
}

/// Content of a root file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootfsSource {
    /// Unpacked layers, the topmost first; writes go to the container's `upper`.
    Layers(Vec<PathBuf>),
    /// A directory of the user's, written in place.
    Directory(PathBuf),
    /// A directory of the user's below a throw-away overlay (`:O`).
    DirectoryOverlay(PathBuf),
    /// The host's own userland, read-only below a throw-away overlay in memory (`--rootfs /`).
    Host,
}

/// A device node of the host, bound into the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSpec {
    /// Path on the host.
    pub source: PathBuf,
    /// Path inside.
    pub destination: String,
    /// Without `w` in its permissions: bound read-only.
    pub readonly: bool,
    /// What the node has to be, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<DeviceNode>,
}

/// A device node as mknod(2) makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceNode {
    /// A block device.
    pub block: bool,
    /// Major number.
    pub major: u32,
    /// Minor number.
    pub minor: u32,
    /// Permission bits, where they are said.
    pub mode: Option<u32>,
}

/// What runs in the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSpec {
    /// Program and arguments; never empty.
    pub args: Vec<String>,
    /// How many of them are the entrypoint's; the others are the command's.
    #[serde(default)]
    pub entrypoint_words: usize,
    /// `KEY=value`, each key once. `HOME` and `PATH` are filled in by the engine when absent.
    pub env: Vec<String>,
    /// Absolute working directory, made when missing.
    pub cwd: String,
    /// `user[:group]` by name or number, looked up in the container; empty is root.
    pub user: String,
    /// More groups, by name or number, looked up in the container.
    pub groups: Vec<String>,
    /// Who it runs as in numbers, where nothing is to be looked up; `user` and `groups` are not looked at then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<ProcessIds>,
    /// Keep the caller's supplementary groups (`--group-add keep-groups`).
    pub keep_groups: bool,
    /// A terminal of its own.
    pub terminal: bool,
    /// Terminal size at start: rows, columns.
    pub terminal_size: Option<(u16, u16)>,
    /// stdin stays open and is forwarded (`-i`).
    pub interactive: bool,
    /// Resource limits.
    pub rlimits: Vec<Rlimit>,
    /// File mode creation mask.
    pub umask: u32,
    /// /proc/self/oom_score_adj.
    pub oom_score_adj: Option<i32>,
    /// How many file descriptors after 2 are handed on.
    pub preserve_fds: u32,
}

/// Whose process it is, in ids of the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIds {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Supplementary groups besides that one.
    pub groups: Vec<u32>,
}

/// One resource limit (getrlimit(2)); `u64::MAX` is unlimited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimit {
    /// Lower-case name without `RLIMIT_`: `nofile`.
    pub name: String,
    /// Soft limit.
    pub soft: u64,
    /// Hard limit.
    pub hard: u64,
}

/// What the container's processes may not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfinementSpec {
    /// Bounding set: capability numbers, sorted. Root gets all of them, other users none of them.
    pub capabilities: Vec<u8>,
    /// Asked for by name (`--cap-add`): a user that is not root gets these as ambient capabilities (podman).
    pub ambient: Vec<u8>,
    /// The other sets one by one, where they are not to follow from the bounding set and from who the program runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<CapabilitySets>,
    /// PR_SET_NO_NEW_PRIVS.
    pub no_new_privileges: bool,
    /// System call filter.
    pub seccomp: SeccompSpec,
    /// Paths hidden inside.
    pub masked_paths: Vec<String>,
    /// Paths made read-only inside.
    pub readonly_paths: Vec<String>,
    /// AppArmor profile to enter at exec.
    pub apparmor: Option<String>,
    /// SELinux label to enter at exec.
    pub selinux_label: Option<String>,
    /// Stay in the caller's session keyring.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_keyring: bool,
    /// `--privileged`: all capabilities of the user namespace, no masks, no filter.
    pub privileged: bool,
}

/// Capability numbers of a process, set by set (capabilities(7), "Thread capability sets").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilitySets {
    /// Those in force.
    pub effective: Vec<u8>,
    /// Those that can be.
    pub permitted: Vec<u8>,
    /// Kept across execve(2) by files that say so.
    pub inheritable: Vec<u8>,
    /// Kept across execve(2).
    pub ambient: Vec<u8>,
}

/// Which system call filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeccompSpec {
    /// The embedded profile.
    #[default]
    Default,
    /// None.
    Unconfined,
    /// A file in docker's format.
    File(PathBuf),
    /// The text of such a file.
    Profile(String),
}

/// How the container reaches others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// The uplink; only looked at when the network namespace is new.
    pub mode: NetworkMode,
}

/// The uplink of a new network namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// Only lo.
    #[default]
    None,
    /// User-mode networking by slirp4netns.
    Slirp4netns {
        /// Reach the host's loopback at 10.0.2.2 (`allow_host_loopback=true`).
        #[serde(default)]
        host_loopback: bool,
        /// MTU of the tap device.
        #[serde(default)]
        mtu: u32,
        /// IPv6 on.
        #[serde(default)]
        ipv6: bool,
    },
}
