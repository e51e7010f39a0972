//! Where containers' cgroups can be made, and which controllers there are.

use std::path::{Path, PathBuf};

use super::CgroupError;
use super::group::Cgroup;
use crate::sys::file::read_text;
use crate::sys::process;

/// Where cgroup v2 is mounted where it is alone.
pub const MOUNT: &str = "/sys/fs/cgroup";

/// The cgroup below ours that our own processes are put into: one that has children with controllers has no processes
/// of its own (cgroup-v2.rst, "No Internal Process Constraint").
const LEAF: &str = "rctr.leaf";

/// Text files of /proc and cgroupfs are read up to so many bytes.
const LIMIT: u64 = 64 * 1024;

/// A place for cgroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// The user's systemd.
    Systemd {
        /// Its cgroup, which has what the system's one delegates.
        dir: PathBuf,
    },
    /// A cgroup that is ours.
    Own {
        /// Its directory.
        dir: PathBuf,
    },
}

impl Site {
    /// The user's systemd, where it runs.
    pub fn systemd(mount: &Path, uid: u32) -> Option<Self> {
        let dir = mount.join(format!("user.slice/user-{uid}.slice/user@{uid}.service"));
        dir.is_dir().then_some(Self::Systemd { dir })
    }

    /// The cgroup that this process is in, or for one in a leaf the one above, where it is ours.
    pub fn own(mount: &Path) -> Option<Self> {
        let path = own_path(std::process::id().cast_signed())?;
        if path.starts_with("/..") {
            // Outside of our cgroup namespace: nothing that we see.
            return None;
        }
        let path = path.strip_suffix(LEAF).unwrap_or(&path).trim_matches('/').to_owned();
        let dir = if path.is_empty() { mount.to_owned() } else { mount.join(path) };
        let writable = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
        let ours =
            ["", "cgroup.procs", "cgroup.subtree_control"].iter().all(|file| writable(&dir.join(file)));
        // Root may write to all of them, and keeps out of those that systemd has for itself all the same (systemd's
        // "Control Group APIs and Delegation": units that are delegated have the attribute).
        let delegated = ["user.delegate", "trusted.delegate"].iter().any(|name| {
            let mut value = [0u8; 1];
            rustix::fs::getxattr(&dir, *name, &mut value).is_ok_and(|length| length == 1) && value == *b"1"
        });
        let may = !rustix::process::geteuid().is_root() || dir == mount || delegated;
        (ours && may).then_some(Self::Own { dir })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        match self {
            Self::Systemd { dir } | Self::Own { dir } => dir,
        }
    }

    /// The controllers that it can hand down.
    pub fn controllers(&self) -> Vec<String> {
        controllers(self.dir())
    }

    /// Makes the cgroup that this is empty of processes, and lets those below it have its controllers.
    ///
    /// # Errors
    /// EACCES, EBUSY.
    pub fn make_room(&self) -> Result<Cgroup, CgroupError> {
        let group = Cgroup::open(self.dir())?;
        let all = self.controllers();
        if group.hand_down(&all).is_ok() {
            return Ok(group);
        }
        let leaf = group.child(LEAF)?;
        // Those that are forked meanwhile are found in the next turn.
        for _ in 0..16 {
            let processes = group.processes()?;
            if processes.is_empty() {
                break;
            }
            for pid in processes {
                match leaf.take(pid) {
                    // It has ended.
                    Err(_) if process::start_time(pid).is_err() => {}
                    other => other?,
                }
            }
        }
        group.hand_down(&all)?;
        Ok(group)
    }
}

/// The controllers of a cgroup; none where there is none.
pub fn controllers(dir: &Path) -> Vec<String> {
    let text = read_text(&dir.join("cgroup.controllers"), LIMIT).unwrap_or_default();
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// The v2 cgroup of a process, `/user.slice/…` (cgroups(7), "/proc/pid/cgroup").
pub fn own_path(pid: i32) -> Option<String> {
    let text = read_text(Path::new(&format!("/proc/{pid}/cgroup")), LIMIT).ok()?;
    text.lines().find_map(|line| line.strip_prefix("0::")).map(str::to_owned)
}
