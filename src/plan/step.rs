//! One thing to do. A closed list: whatever a container needs is one of these.

use std::path::Path;

use crate::model::limits::CgroupSpec;
use crate::model::spec::{
    ConfinementSpec, DeviceSpec, NamespaceSpec, NetworkSpec, NsMode, ProcessSpec, Rlimit, RootfsSpec,
};
use crate::model::{IdMapSpec, MountSpec};

/// The process that a step runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The unprivileged command line.
    Parent,
    /// The process that stays.
    Monitor,
    /// The container's first process.
    Child,
}

/// How a step is taken back when a later one fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// There is nothing to take back.
    Nothing,
    /// It ends with the process that did it: namespaces, mounts, limits.
    EndsWithProcess,
    /// The container's directory and name are removed.
    RemoveContainer,
    /// The helper ends when the monitor does: it watches a descriptor that the monitor holds.
    HelperWatchesMonitor,
}

/// A step.
#[derive(Debug)]
pub enum Step<'a> {
    /// A bind source exists, or is made.
    CheckSource {
        /// Path on the host.
        source: &'a Path,
        /// Make a directory when it is missing.
        create: bool,
    },
    /// Directory, name and record in the store.
    CreateContainer,
    /// Fork the process that stays.
    StartMonitor,
    /// A cgroup for the container, with the monitor beside it; its limits.
    MakeCgroup(&'a CgroupSpec),
    /// Wait for that.
    AwaitCgroup,
    /// newuidmap and newgidmap at once, or a direct write; they are waited for later.
    WriteMaps(&'a IdMapSpec),
    /// Wait for the maps, hand the container's lock to the monitor, let it go on.
    Release,
    /// setns(2).
    JoinNamespace {
        /// `net`, `pid` …
        kind: &'static str,
        /// Whose.
        mode: &'a NsMode,
    },
    /// unshare(CLONE_NEWUSER).
    NewUserNamespace,
    /// clone3(2) with every new namespace.
    CloneInit(&'a NamespaceSpec),
    /// Wait for the id maps, become root of the user namespace, let the child go on.
    BecomeRoot,
    /// Start the process that serves the root file system.
    ServeRoot(&'a RootfsSpec),
    /// Start the uplink; it is waited for later.
    StartNetwork(&'a NetworkSpec),
    /// Relay output, wait for the end, record it.
    Supervise,
    /// Wait until the first process waits for its word, and leave it to whoever reaps orphans.
    HandOver,
    /// `--rm`.
    RemoveContainer,
    /// Cut mount propagation to the host.
    IsolateMounts {
        /// The host's mounts still come in.
        slave: bool,
    },
    /// Set lo up, let everybody ping.
    Loopback,
    /// sethostname(2).
    Hostname(&'a str),
    /// Mount the root file system.
    MountRoot(&'a RootfsSpec),
    /// One mount.
    Mount(&'a MountSpec),
    /// One device node.
    Device(&'a DeviceSpec),
    /// A pty of the container's own devpts, as /dev/console and stdio.
    Terminal,
    /// Make the working directory when it is missing.
    WorkDir(&'a str),
    /// Write below the container's own /proc/sys.
    Sysctl {
        /// Dotted name.
        key: &'a str,
        /// Text.
        value: &'a str,
    },
    /// Remount a path read-only.
    ReadOnly(&'a str),
    /// Hide a path.
    Mask(&'a str),
    /// `--read-only`.
    ReadOnlyRoot,
    /// pivot_root(2).
    Pivot,
    /// setrlimit(2).
    Limit(&'a Rlimit),
    /// /proc/PID/oom_score_adj of the child.
    OomScore(i32),
    /// Wait until the uplink stands.
    WaitNetwork(&'a NetworkSpec),
    /// Identity, capabilities, no_new_privs, seccomp.
    Confine(&'a ConfinementSpec),
    /// See that the program can be executed, and wait until that is asked for.
    AwaitStart,
    /// Become the program.
    Exec(&'a ProcessSpec),
}

impl Step<'_> {
    /// How it is taken back.
    pub fn undo(&self) -> Undo {
        match self {
            Self::CheckSource { .. } | Self::Supervise | Self::HandOver | Self::RemoveContainer => {
                Undo::Nothing
            }
            Self::CreateContainer => Undo::RemoveContainer,
            Self::StartNetwork(_) => Undo::HelperWatchesMonitor,
            _ => Undo::EndsWithProcess,
        }
    }
}
