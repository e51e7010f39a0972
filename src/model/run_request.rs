//! What `run` was asked for: parsed and typed, with nothing looked up. `spec::resolve` decides from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::lifecycle::{HealthAction, LogSpec, RestartPolicy};
use super::limits::CgroupSpec;
use super::mount::MountSpec;
use super::registry_request::PullOptions;
use super::spec::{DeviceSpec, NetworkMode, Rlimit, RootfsBackend, SeccompSpec};

/// A container as the user described it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunRequest {
    /// Where its root file system comes from.
    pub source: RunSource,
    /// When and how its image is fetched.
    pub pull: PullOptions,
    /// What follows the image on the command line.
    pub command: Vec<String>,
    /// `--name`.
    pub name: Option<String>,
    /// `--replace`: first remove a container of the same name.
    pub replace: bool,
    /// `--rm`.
    pub remove: bool,
    /// `--cidfile`: where to write the container's id.
    pub cidfile: Option<PathBuf>,
    /// `--pidfile`: where to write the pid of its first process.
    pub pidfile: Option<PathBuf>,
    /// `--dry-run`: print the plan, do nothing.
    pub dry_run: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--label` and `--label-file`, the latter first.
    pub labels: BTreeMap<String, String>,
    /// `--annotation`.
    pub annotations: BTreeMap<String, String>,
    /// `--sig-proxy`: hand signals on to the container.
    pub sig_proxy: bool,
    /// `--init`.
    pub init: bool,
    /// `--stop-signal` as a number.
    pub stop_signal: Option<i32>,
    /// `--stop-timeout` in seconds.
    pub stop_timeout: Option<u32>,
    /// `--timeout` in seconds; 0 is never.
    pub timeout: u32,
    /// `--detach`.
    pub detach: bool,
    /// `--attach`: which of stdin, stdout and stderr are passed on; none is what the other flags say.
    pub attach: Option<[bool; 3]>,
    /// `--detach-keys`.
    pub detach_keys: Vec<u8>,
    /// `--health-*`.
    pub health: HealthRequest,
    /// `--restart`.
    pub restart: RestartPolicy,
    /// `--log-driver` and `--log-opt`.
    pub log: LogSpec,
    /// `--memory` and the other limits, and where they are kept.
    pub cgroup: CgroupSpec,
    /// What runs in it.
    pub process: ProcessRequest,
    /// Its namespaces.
    pub namespaces: NamespaceRequest,
    /// Its id maps.
    pub id_maps: IdMapRequest,
    /// What is mounted.
    pub mounts: MountRequest,
    /// How it reaches others.
    pub network: NetworkRequest,
    /// What it may do.
    pub confinement: ConfinementRequest,
    /// `--sysctl`, in order.
    pub sysctls: Vec<(String, String)>,
}

/// How health is looked at, as asked for; spans in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthRequest {
    /// `--no-healthcheck`.
    pub none: bool,
    /// `--health-cmd`, in docker's form.
    pub command: Option<Vec<String>>,
    /// `--health-interval`.
    pub interval_ms: Option<u64>,
    /// `--health-timeout`.
    pub timeout_ms: Option<u64>,
    /// `--health-start-period`.
    pub start_period_ms: Option<u64>,
    /// `--health-start-interval`.
    pub start_interval_ms: Option<u64>,
    /// `--health-retries`.
    pub retries: Option<u32>,
    /// `--health-on-failure`.
    pub on_failure: Option<HealthAction>,
}

/// Where the root file system comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunSource {
    /// An image, by name or id.
    Image(String),
    /// A directory (`--rootfs`), possibly relative to the caller's.
    Rootfs {
        /// The directory.
        path: PathBuf,
        /// `:O`: what is written goes to a throw-away overlay.
        overlay: bool,
    },
}

impl Default for RunSource {
    fn default() -> Self {
        Self::Image(String::new())
    }
}

/// What runs, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessRequest {
    /// `--entrypoint`: present and empty clears the image's.
    pub entrypoint: Option<Vec<String>>,
    /// `--env-file` and `--env`, in the order in which they apply.
    pub env: Vec<EnvEntry>,
    /// `--env-host`.
    pub env_host: bool,
    /// `--http-proxy`: hand the caller's proxy variables on.
    pub http_proxy: bool,
    /// `--unsetenv`: variables of the image that are left out.
    pub unset_env: Vec<String>,
    /// `--workdir`.
    pub workdir: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--group-add`.
    pub groups: Vec<String>,
    /// `--group-add keep-groups`.
    pub keep_groups: bool,
    /// `--interactive`.
    pub interactive: bool,
    /// `--tty`.
    pub terminal: bool,
    /// `--ulimit`.
    pub rlimits: Vec<Rlimit>,
    /// `--oom-score-adj`.
    pub oom_score_adj: Option<i32>,
    /// `--umask`.
    pub umask: Option<u32>,
    /// `--preserve-fds`.
    pub preserve_fds: u32,
    /// `--tz`.
    pub timezone: Option<String>,
}

/// A variable for the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvEntry {
    /// `KEY=value`.
    Set(String, String),
    /// `KEY` alone: the caller's value, nothing when the caller has none.
    FromHost(String),
    /// `PREFIX*`: every variable of the caller that starts so (podman).
    FromHostPrefix(String),
}

/// A namespace as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NsRequest {
    /// A new one.
    #[default]
    Private,
    /// The caller's.
    Host,
    /// Another container's. `ops` puts the full id in the place of a name or a short id before it asks `spec`.
    Container(String),
    /// `ns:PATH`.
    Path(PathBuf),
}

/// The namespaces other than user and network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceRequest {
    /// `--pid`.
    pub pid: NsRequest,
    /// `--ipc`.
    pub ipc: NsRequest,
    /// `--uts`.
    pub uts: NsRequest,
    /// `--cgroupns`.
    pub cgroup: NsRequest,
    /// `--hostname`.
    pub hostname: Option<String>,
}

/// `--userns` and the explicit maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdMapRequest {
    /// `--userns`.
    pub userns: UsernsRequest,
    /// `--uidmap`, in order.
    pub uidmap: Vec<IdMapEntry>,
    /// `--gidmap`; empty means as `uidmap`.
    pub gidmap: Vec<IdMapEntry>,
    /// `--subuidname`.
    pub subuidname: Option<String>,
    /// `--subgidname`.
    pub subgidname: Option<String>,
}

/// `--userns`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UsernsRequest {
    /// A new one: the caller is root inside, the subordinate ids follow.
    #[default]
    Private,
    /// The same ids as `Private` (rootless podman's `host`); for real root no user namespace at all.
    Host,
    /// The caller keeps its own ids inside.
    KeepId {
        /// The caller's user id inside, instead of its own.
        uid: Option<u32>,
        /// Its group id inside.
        gid: Option<u32>,
        /// How many ids there are inside.
        size: Option<u32>,
    },
    /// Subordinate ids only: the caller does not exist inside.
    NoMap,
    /// Ids of its own, only so many as are needed.
    Auto {
        /// How many.
        size: Option<u32>,
    },
    /// Another container's, see [`NsRequest::Container`].
    Container(String),
    /// `ns:PATH`.
    Path(PathBuf),
}

/// `CONTAINER:[@]HOST[:SIZE]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdMapEntry {
    /// First id inside.
    pub container: u32,
    /// First id outside, or its place in the intermediate mapping (podman: 0 is the caller, 1 the first subordinate id).
    pub host: u32,
    /// How many.
    pub size: u32,
    /// `@`: `host` is an id of the host, not of the intermediate mapping.
    pub absolute: bool,
}

/// What is mounted, as asked for. Bind sources may still be relative to the caller's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountRequest {
    /// `--rootfs-backend`; absent means what works here.
    pub backend: Option<RootfsBackend>,
    /// `--volume`, `--mount` and `--tmpfs`.
    pub mounts: Vec<MountSpec>,
    /// `--device`.
    pub devices: Vec<DeviceSpec>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--read-only-tmpfs`: with `read_only`, writable /run, /tmp and /var/tmp in memory.
    pub read_only_tmpfs: bool,
    /// `--shm-size` in bytes.
    pub shm_size: Option<u64>,
}

/// `--network` and what belongs to names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkRequest {
    /// `--network`.
    pub mode: NetworkChoice,
    /// `--add-host` in order: names (several with `;` between them), and an address or `host-gateway`.
    pub add_hosts: Vec<(String, String)>,
    /// `--dns`: addresses.
    pub dns: Vec<String>,
    /// `--dns none`: leave /etc/resolv.conf as the image has it.
    pub dns_none: bool,
    /// `--dns-search`; `.` alone is none.
    pub dns_search: Vec<String>,
    /// `--dns-option`.
    pub dns_options: Vec<String>,
    /// `--no-hosts`: leave /etc/hosts as the image has it.
    pub no_hosts: bool,
}

/// `--network`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NetworkChoice {
    /// Not said: slirp4netns.
    #[default]
    Default,
    /// A new namespace with this uplink.
    Own(NetworkMode),
    /// The caller's.
    Host,
    /// Another container's, see [`NsRequest::Container`].
    Container(String),
    /// `ns:PATH`.
    Path(PathBuf),
}

/// What the container may do, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfinementRequest {
    /// `--cap-add`.
    pub cap_add: CapSet,
    /// `--cap-drop`.
    pub cap_drop: CapSet,
    /// `--privileged`.
    pub privileged: bool,
    /// `--security-opt no-new-privileges`.
    pub no_new_privileges: bool,
    /// `--security-opt seccomp=…`; a path may be relative.
    pub seccomp: Option<SeccompSpec>,
    /// `--security-opt apparmor=…`; `unconfined` is `Some("unconfined")`.
    pub apparmor: Option<String>,
    /// `--security-opt label=…`, in order.
    pub labels: Vec<String>,
    /// `--security-opt mask=…`: more hidden paths.
    pub mask: Vec<String>,
    /// `--security-opt unmask=…`: paths or patterns that are not hidden.
    pub unmask: Vec<String>,
    /// `--security-opt unmask=ALL` and docker's `systempaths=unconfined`.
    pub unmask_all: bool,
    /// `--security-opt proc-opts=…`.
    pub proc_options: Vec<String>,
}

/// A list of capabilities as `--cap-add` and `--cap-drop` have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapSet {
    /// `ALL` was in it.
    pub all: bool,
    /// Numbers of the others.
    pub numbers: Vec<u8>,
}
