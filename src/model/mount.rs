//! One mount of a container, decided and not yet done.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A mount at an absolute path of the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountSpec {
    /// Absolute path inside the container; resolved below the rootfs with openat2, made when missing.
    pub destination: String,
    /// What is mounted.
    pub kind: MountKind,
    /// Its flags.
    #[serde(default)]
    pub options: MountOptions,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountKind {
    /// A file or directory of the host.
    Bind {
        /// Absolute path on the host.
        source: PathBuf,
        /// With the mounts below it (`rbind`).
        recursive: bool,
        /// Make the source directory when it is missing (docker's `-v`; `--mount` refuses instead).
        create_source: bool,
    },
    /// A directory of the container's own (an anonymous volume): made at its first start with what the image has at
    /// the destination, removed with the container.
    Volume {
        /// Its name below the container's `volumes/`, a single component.
        name: String,
    },
    /// A small text file that rctr makes (/etc/hosts, /etc/resolv.conf …), kept in the container's directory.
    File {
        /// Name below the container's directory, a single component.
        name: String,
        /// What it holds at first.
        content: String,
        /// Permission bits.
        mode: u32,
    },
    /// tmpfs.
    Tmpfs {
        /// Limit in bytes; the kernel's default (half of memory) when absent.
        size: Option<u64>,
        /// Permission bits of its root; without any, those of the directory that is copied up, else 1777.
        mode: Option<u32>,
        /// Copy what the image has at this place into it (docker and podman: `--tmpfs` does).
        copy_up: bool,
    },
    /// A fresh procfs with these options (`hidepid=…`, `subset=pid`).
    Proc {
        /// `key=value` options.
        options: Vec<String>,
    },
    /// sysfs; when the kernel refuses it (no own network namespace), a recursive bind of the host's, read-only.
    Sysfs,
    /// A devpts instance of its own.
    Devpts,
    /// POSIX message queues.
    Mqueue,
    /// The container's view of cgroups; read-only unless the options say otherwise.
    Cgroup,
    /// The container's /dev: a tmpfs with the standard nodes bound from the host.
    Dev,
    /// A file system with these settings and no others, as a bundle has it. A tmpfs on /dev is the container's /dev.
    Kernel {
        /// Which.
        filesystem: Filesystem,
        /// `key=value`, or `key`.
        settings: Vec<String>,
    },
}

/// A file system of the kernel's that takes settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filesystem {
    /// Files in memory.
    Tmpfs,
    /// Pseudo-terminals.
    Devpts,
}

impl Filesystem {
    /// As the kernel has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tmpfs => "tmpfs",
            Self::Devpts => "devpts",
        }
    }
}

/// Flags of a mount (mount_setattr(2)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountOptions {
    /// `ro`; recursively for recursive binds (`rro`), as far as the mount reaches.
    #[serde(default)]
    pub readonly: bool,
    /// `nosuid`.
    #[serde(default)]
    pub nosuid: bool,
    /// `nodev`.
    #[serde(default)]
    pub nodev: bool,
    /// `noexec`.
    #[serde(default)]
    pub noexec: bool,
    /// `noatime`.
    #[serde(default)]
    pub noatime: bool,
    /// `strictatime`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strictatime: bool,
    /// What the source has to allow as it is: a flag of the host's is never taken away.
    #[serde(default, skip_serializing_if = "Allowed::is_nothing")]
    pub allowed: Allowed,
    /// How mount events travel.
    #[serde(default)]
    pub propagation: Propagation,
}

/// What is asked for by name, against a flag that the source may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// `rw`.
    pub write: bool,
    /// `suid`.
    pub suid: bool,
    /// `dev`.
    pub dev: bool,
    /// `exec`.
    pub exec: bool,
}

impl Allowed {
    /// Nothing is asked for.
    pub const NOTHING: Self = Self { write: false, suid: false, dev: false, exec: false };

    fn is_nothing(&self) -> bool {
        *self == Self::NOTHING
    }
}

/// Mount propagation (mount_namespaces(7)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the kernel's own names
pub enum Propagation {
    Private,
    #[default]
    Rprivate,
    Slave,
    Rslave,
    Shared,
    Rshared,
    Unbindable,
    Runbindable,
}
