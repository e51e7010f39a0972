//! The world outside, read once at the start of a command (`ops::host` reads it, tests build it by hand).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a decision about a container may depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    /// Real user id of the caller.
    pub uid: u32,
    /// Real group id of the caller.
    pub gid: u32,
    /// Login name, when the user database has one.
    pub user: Option<String>,
    /// Home directory: `$HOME`, else the user database's.
    pub home: Option<PathBuf>,
    /// Supplementary groups of the caller.
    pub groups: Vec<u32>,
    /// Root only in a user namespace that somebody made with a single id (`unshare -r`): setgroups(2) is denied there.
    #[serde(default)]
    pub single_id_root: bool,
    /// Subordinate user ids: (first, count), in the order of the source.
    pub subuids: Vec<(u32, u32)>,
    /// Subordinate group ids.
    pub subgids: Vec<(u32, u32)>,
    /// Absolute path of newuidmap, when it is installed.
    pub newuidmap: Option<PathBuf>,
    /// Absolute path of newgidmap.
    pub newgidmap: Option<PathBuf>,
    /// Absolute path of slirp4netns.
    pub slirp4netns: Option<PathBuf>,
    /// Where rctr keeps its things.
    pub dirs: Dirs,
    /// The caller's environment (for `-e KEY` and `--env-host`).
    pub env: Vec<(String, String)>,
    /// The caller's working directory (relative bind sources).
    pub cwd: PathBuf,
    /// Are stdin, stdout and stderr terminals?
    pub terminals: [bool; 3],
    /// How the host's cgroups are mounted.
    pub cgroup: CgroupMode,
    /// Machine hardware name as uname(2) has it (`x86_64`).
    pub machine: String,
    /// Host name as uname(2) has it.
    pub hostname: String,
    /// Kernel release as uname(2) has it (`6.18.44`).
    pub kernel: String,
    /// What the user should know about how these facts were found (a runtime directory that was not usable …).
    /// Commands that start something print them once; queries do not.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// The four roots (DESIGN: "On disk").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dirs {
    /// `$XDG_DATA_HOME/rctr`, or `--root`: images, layers, containers, volumes.
    pub data: PathBuf,
    /// `$XDG_RUNTIME_DIR/rctr`, or a checked fallback: locks, sockets, what need not outlive a boot.
    pub runtime: PathBuf,
    /// `$XDG_CACHE_HOME/rctr`: what can be made again.
    pub cache: PathBuf,
    /// `$XDG_CONFIG_HOME/rctr`.
    pub config: PathBuf,
}

/// What is mounted at /sys/fs/cgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CgroupMode {
    /// cgroup v2 alone.
    Unified,
    /// v1 controllers, perhaps with an empty v2 tree beside.
    Legacy,
    /// Nothing.
    Absent,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Facts of an ordinary user with everything installed, for tables.
    pub(crate) fn plain() -> HostFacts {
        let bin = |name: &str| Some(PathBuf::from("/usr/bin").join(name));
        HostFacts {
            uid: 1000,
            gid: 1000,
            user: Some("alice".into()),
            home: Some("/home/alice".into()),
            groups: vec![1000],
            single_id_root: false,
            subuids: vec![(100_000, 65_536)],
            subgids: vec![(100_000, 65_536)],
            newuidmap: bin("newuidmap"),
            newgidmap: bin("newgidmap"),
            slirp4netns: bin("slirp4netns"),
            dirs: Dirs {
                data: "/home/alice/.local/share/rctr".into(),
                runtime: "/run/user/1000/rctr".into(),
                cache: "/home/alice/.cache/rctr".into(),
                config: "/home/alice/.config/rctr".into(),
            },
            env: vec![],
            cwd: "/home/alice".into(),
            terminals: [false; 3],
            cgroup: CgroupMode::Unified,
            machine: "x86_64".into(),
            hostname: "laptop".into(),
            kernel: "6.18.44".into(),
            notices: vec![],
        }
    }
}
