//! What was looked at, as plain data: `probe` fills it in, tests build it by hand.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::userns::UsernsFacts;
use crate::model::HostFacts;

/// Everything the checks judge.
#[derive(Clone, Debug)]
pub struct Probes {
    /// What every command reads.
    pub host: HostFacts,
    /// `NoNewPrivs` of this process: setuid programs have no effect.
    pub no_new_privs: bool,
    /// What decides about user namespaces.
    pub userns: UsernsFacts,
    /// Making one: an errno when refused.
    pub unshare: Result<(), i32>,
    /// Mapping the own id into it: an errno when refused.
    pub single_map: Result<(), i32>,
    /// newuidmap and newgidmap.
    pub helpers: Vec<Helper>,
    /// Mapping the subordinate ranges with them; `None` when there are no ranges or no helpers.
    pub ranges: Option<Result<(), String>>,
    /// What root may do inside; `None` when no namespace could be made.
    pub inside: Option<Inside>,
    /// Opening /dev/fuse: an errno when refused.
    pub fuse: Result<(), i32>,
    /// Opening /dev/net/tun.
    pub tun: Result<(), i32>,
    /// The version line of slirp4netns, or why there is none.
    pub slirp4netns: Option<Result<String, String>>,
    /// cgroups.
    pub cgroup: Cgroup,
    /// Making the runtime directory.
    pub runtime: Result<(), String>,
    /// The place of the store.
    pub store: Store,
    /// Limits.
    pub limits: Limits,
    /// `net.ipv4.ping_group_range`.
    pub ping_groups: Option<(u32, u32)>,
    /// A container, from start to end.
    pub container: Option<Container>,
}

/// A setuid helper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// It is setuid root or has file capabilities.
    pub privileged: bool,
    /// It lies on a mount with `nosuid`.
    pub nosuid: bool,
}

/// What root may do in a user namespace of ours; texts are the kernel's reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// Mount a tmpfs.
    pub tmpfs: Result<(), String>,
    /// Mount a proc in a new pid namespace.
    pub proc: Result<(), String>,
    /// Mount an overlay on the store's file system, write to it and delete from it.
    pub overlay: Result<(), String>,
}

/// cgroups as far as they are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroup {
    /// Our own cgroup below the v2 mount, `/user.slice/…`.
    pub path: Option<String>,
    /// Controllers that we may hand to containers.
    pub controllers: Vec<String>,
    /// Where they are delegated to us: a directory that we can write to.
    pub delegated: Option<PathBuf>,
    /// The systemd of the user answers.
    pub systemd_user: bool,
}

/// The file system of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The nearest directory that exists.
    pub place: PathBuf,
    /// Its type, by name where we know it.
    pub kind: String,
    /// Other machines write to it too.
    pub network: bool,
    /// Mounted read-only.
    pub readonly: bool,
    /// Mounted with `noexec`.
    pub noexec: bool,
    /// Bytes that we may still write.
    pub free: u64,
    /// Making a directory there.
    pub writable: Result<(), String>,
    /// Setting a `user.` extended attribute there.
    pub xattr: Result<(), String>,
}

/// Limits; `u64::MAX` is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Soft limit of processes.
    pub processes: u64,
    /// Soft limit of open files.
    pub files: u64,
    /// Hard limit of open files.
    pub files_hard: u64,
    /// `fs.inotify.max_user_instances`.
    pub inotify: Option<u64>,
    /// `kernel.keys.maxkeys`.
    pub keys: Option<u64>,
}

/// A container that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Milliseconds without a network, or what rctr said.
    pub alone: Result<Millis, String>,
    /// The same with the default network.
    pub connected: Result<Millis, String>,
}

/// A time in microseconds, shown as milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub u64);

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} ms", self.0 / 1000, self.0 % 1000 / 100)
    }
}
