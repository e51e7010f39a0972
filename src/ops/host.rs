//! Reads the world once: who calls, with which subordinate ids, from where, with which helpers at hand.
//!
//! This is on the way of every command, so it costs a few dozen cheap system calls and no process, except where the
//! subordinate ids come from a name service (sssd, LDAP). Nothing is judged here: `spec` and `doctor` do that.

mod dirs;
mod passwd;
mod subid;

use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::model::HostFacts;
use crate::model::host::CgroupMode;
use crate::sys::SysError;

pub use subid::{IdKind, Subids, is_nested, parse as parse_subids};

/// Why the world cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Neither the environment nor the user database names a home directory, and no `--root` was given.
    #[error("cannot find a home directory: HOME is not set and uid {uid} has no entry in the user database")]
    NoHome {
        /// The caller.
        uid: u32,
    },
    /// `$HOME` is not absolute.
    #[error("cannot use the home directory {0:?}: it is not an absolute path")]
    RelativeHome(PathBuf),
    /// No directory for locks and sockets could be had.
    #[error("cannot use {path} as runtime directory: {why}")]
    RuntimeDir {
        /// The last place tried.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A system call.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl HostError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome { .. } | Self::RelativeHome(_) => {
                Some("set HOME to an absolute path, or give --root DIR".to_owned())
            }
            Self::RuntimeDir { .. } => {
                Some("set XDG_RUNTIME_DIR to a directory of your own with mode 0700".to_owned())
            }
            Self::Sys(_) => None,
        }
    }
}

/// Reads everything a command may depend on. `root_override` is `--root`: where images and containers are.
pub fn read(root_override: Option<PathBuf>) -> Result<HostFacts, HostError> {
    let uid = nix::unistd::getuid().as_raw();
    let gid = nix::unistd::getgid().as_raw();
    let user = passwd::name_of(uid)?;
    let mut notices = Vec::new();
    let cwd = match std::env::current_dir() {
        Ok(cwd) => cwd,
        Err(error) => {
            notices.push(format!(
                "the working directory cannot be used ({}): relative paths count from /",
                crate::sys::describe(&error)
            ));
            PathBuf::from("/")
        }
    };
    let dirs = dirs::find(&dirs::Wanted { uid, root: root_override, cwd: &cwd }, &mut notices)?;
    let nested = subid::is_nested()?;
    let subids = |kind, own| subid::read(kind, user.as_deref(), uid, own, nested);
    let uname = nix::sys::utsname::uname().map_err(|e| SysError::new("read the kernel's name", e))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(HostFacts {
        uid,
        gid,
        home: dirs.home,
        groups: rustix::process::getgroups()
            .map_err(|e| SysError::new("read the supplementary groups", e))?
            .into_iter()
            .map(rustix::process::Gid::as_raw)
            .collect(),
        single_id_root: uid == 0
            && std::fs::read("/proc/self/setgroups").is_ok_and(|text| text.trim_ascii() == b"deny"),
        subuids: subids(IdKind::User, uid)?,
        subgids: subids(IdKind::Group, gid)?,
        newuidmap: find_program("newuidmap", &path),
        newgidmap: find_program("newgidmap", &path),
        slirp4netns: find_program("slirp4netns", &path),
        dirs: dirs.dirs,
        env: std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        terminals: [
            std::io::stdin().is_terminal(),
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        ],
        cgroup: cgroup_mode(Path::new("/sys/fs/cgroup")),
        machine: uname.machine().to_string_lossy().into_owned(),
        hostname: uname.nodename().to_string_lossy().into_owned(),
        kernel: uname.release().to_string_lossy().into_owned(),
        user,
        cwd,
        notices,
    })
}

/// Where distributions put the helpers; looked at before `$PATH`, so that a setuid helper is the system's own.
const PROGRAM_DIRS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/usr/local/bin"];

/// The absolute path of a helper program: the system's directories first, then the absolute entries of `path`.
/// A relative entry of `$PATH` is never looked at: it would run what lies in the current directory.
pub fn find_program(name: &str, path: &std::ffi::OsStr) -> Option<PathBuf> {
    let system = PROGRAM_DIRS.iter().map(PathBuf::from);
    let own = std::env::split_paths(path).filter(|dir| dir.is_absolute());
    system.chain(own).map(|dir| dir.join(name)).find(|candidate| {
        std::fs::metadata(candidate).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    })
}

/// What is mounted at `root` (cgroups(7), "Mounting v2"): told by the type of the file system alone.
fn cgroup_mode(root: &Path) -> CgroupMode {
    const CGROUP: i64 = 0x0027_e0eb; // CGROUP_SUPER_MAGIC
    const CGROUP2: i64 = 0x6367_7270; // CGROUP2_SUPER_MAGIC
    const TMPFS: i64 = 0x0102_1994; // TMPFS_MAGIC: v1 controllers are directories below it
    match rustix::fs::statfs(root).map(|s| s.f_type) {
        Ok(CGROUP2) => CgroupMode::Unified,
        Ok(CGROUP | TMPFS) => CgroupMode::Legacy,
        _ => CgroupMode::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let facts = read(Some(dir.path().join("store"))).unwrap();
        assert_eq!(facts.uid, nix::unistd::getuid().as_raw());
        assert_eq!(facts.dirs.data, dir.path().join("store"));
        assert!(facts.dirs.runtime.is_absolute() && facts.dirs.cache.is_absolute());
        assert!(!facts.machine.is_empty() && facts.kernel.contains('.'));
    }

    #[test]
    fn programs_are_never_taken_from_relative_places() {
        let dir = tempfile::tempdir().unwrap();
        let tool = dir.path().join("rctr-no-such-helper");
        std::fs::write(&tool, "#!/bin/sh\n").unwrap();
        let absolute = dir.path().as_os_str();
        assert_eq!(find_program("rctr-no-such-helper", absolute), None, "not executable yet");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_program("rctr-no-such-helper", absolute), Some(tool));
        for path in ["", ".", "bin:relative", ":"] {
            assert_eq!(find_program("rctr-no-such-helper", path.as_ref()), None, "{path:?}");
        }
    }

    #[test]
    fn cgroup_mode_of_places_without_cgroups() {
        assert_eq!(cgroup_mode(Path::new("/proc")), CgroupMode::Absent);
        assert_eq!(cgroup_mode(Path::new("/no/such/place")), CgroupMode::Absent);
    }
}
