//! Containers as they are kept: a directory each, with what was decided (`spec.json`), what came of it (`state.json`)
//! and the gate of one that waits to be started.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::RuntimeError;
use crate::engine::gate;
use crate::model::{ContainerSpec, HostFacts};
use crate::ops::{Context, OpsError};
use crate::sys::process_dir::ProcessDir;
use crate::sys::{Attempt, SysError, file, process, procfs};

const STATE: &str = "state.json";
const SPEC: &str = "spec.json";

/// More than any of these files is long: bundles are bounded alike.
pub(super) const LIMIT: usize = 16 << 20;

/// The directory of all.
pub(super) struct Place {
    root: PathBuf,
}

/// What came of a container.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub id: String,
    pub bundle: PathBuf,
    pub rootfs: PathBuf,
    pub created: Timestamp,
    pub owner: String,
    pub annotations: BTreeMap<String, String>,
    /// Its first process; 0 as long as there is none.
    pub pid: i32,
    /// When that began, in which boot: pids come back.
    pub pid_start: u64,
    pub boot_id: String,
    /// It was made whole.
    pub whole: bool,
}

/// One container.
pub(super) struct Kept {
    pub dir: PathBuf,
    pub record: Record,
}

/// runtime.md, "State".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Creating,
    Created,
    Running,
    Stopped,
}

impl Life {
    pub fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

impl Place {
    /// `--root`, else the usual one.
    pub fn of(ctx: &Context, root: Option<&Path>) -> Self {
        Self {
            root: match root {
                Some(root) => ctx.host.cwd.join(root),
                None => usual(&ctx.host),
            },
        }
    }

    /// Makes the directory of a container; the name is its own from then on.
    pub fn make(&self, id: &str) -> Result<PathBuf, OpsError> {
        let dir = self.dir(id)?;
        let what = |path: &Path| format!("create directory {}", path.display());
        let parents = DirBuilder::new().recursive(true).mode(0o700).create(&self.root);
        parents.attempt(|| what(&self.root))?;
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(RuntimeError::Exists(id.to_owned()).into())
            }
            other => Ok(other.attempt(|| what(&dir)).map(|()| dir)?),
        }
    }

    /// Finds one.
    pub fn find(&self, id: &str) -> Result<Kept, OpsError> {
        let dir = self.dir(id)?;
        match read::<Record>(&dir.join(STATE)) {
            Ok(record) => Ok(Kept { dir, record }),
            Err(error) if error.errno() == nix::errno::Errno::ENOENT as i32 => Err(match dir.exists() {
                true => RuntimeError::Half(id.to_owned()),
                false => RuntimeError::NoSuch(id.to_owned()),
            }
            .into()),
            Err(error) => Err(error.into()),
        }
    }

    /// All of them, by name. One that is just being made or taken away is none.
    pub fn all(&self) -> Result<Vec<Kept>, OpsError> {
        let what = || format!("read {}", self.root.display());
        let entries = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.attempt(what)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.attempt(what)?.file_name().into_string());
        }
        names.sort();
        Ok(names.iter().filter_map(|name| self.find(name).ok()).collect())
    }

    /// Where one is kept, whether it is there or not.
    pub fn dir(&self, id: &str) -> Result<PathBuf, RuntimeError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+-.".contains(&b);
        let fine = (1..=255).contains(&id.len()) && id.bytes().all(plain) && id != "." && id != "..";
        if fine { Ok(self.root.join(id)) } else { Err(RuntimeError::BadId(id.to_owned())) }
    }
}

/// `$XDG_RUNTIME_DIR/rctr-oci`. podman lets others pass through that directory, and does so when containers are there
/// already: whoever cannot write to it does no harm.
fn usual(host: &HostFacts) -> PathBuf {
    let set = host.env.iter().find(|(key, _)| key == "XDG_RUNTIME_DIR").map(|(_, value)| Path::new(value));
    let own = set.filter(|dir| dir.is_absolute()).filter(|dir| {
        let metadata = std::fs::symlink_metadata(dir);
        metadata.is_ok_and(|m| m.is_dir() && m.uid() == host.uid && m.mode() & 0o022 == 0)
    });
    own.map_or_else(|| host.dirs.runtime.join("oci"), |dir| dir.join("rctr-oci"))
}

impl Kept {
    /// Writes down what has come of it.
    pub fn write(&self) -> Result<(), SysError> {
        write(&self.dir.join(STATE), &self.record)
    }

    /// Writes down whose process it is.
    pub fn has_process(&mut self, pid: i32) -> Result<(), SysError> {
        self.record.pid = pid;
        self.record.pid_start = process::start_time(pid)?;
        self.record.boot_id = procfs::boot_id()?;
        self.write()
    }

    pub fn write_spec(&self, spec: &ContainerSpec) -> Result<(), SysError> {
        write(&self.dir.join(SPEC), spec)
    }

    pub fn spec(&self) -> Result<ContainerSpec, SysError> {
        read(&self.dir.join(SPEC))
    }

    /// Its first process; none when that has ended.
    pub fn process(&self) -> Option<ProcessDir> {
        let record = &self.record;
        if record.pid <= 0 || procfs::boot_id().ok()? != record.boot_id {
            return None;
        }
        ProcessDir::find(record.pid, record.pid_start)
            .filter(|process| process.stat().is_some_and(|stat| !stat.is_dead()))
    }

    pub fn life(&self) -> Life {
        match (self.process(), self.record.whole) {
            (Some(_), false) => Life::Creating,
            (Some(_), true) if gate::is_closed(&self.dir) => Life::Created,
            (Some(_), true) => Life::Running,
            (None, _) => Life::Stopped,
        }
    }

    /// Nobody else starts it or takes it away meanwhile. The lock is not handed to the container.
    pub fn lock(&self) -> Result<OwnedFd, SysError> {
        let what = || format!("lock {}", self.dir.display());
        let dir: OwnedFd = File::open(&self.dir).attempt(what)?.into();
        rustix::fs::flock(&dir, FlockOperation::LockExclusive).attempt(what)?;
        Ok(dir)
    }

    pub fn is_not(&self, attempt: &'static str, wanted: &'static str) -> RuntimeError {
        let status = self.life().word();
        RuntimeError::State { attempt, id: self.record.id.clone(), status, wanted }
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, SysError> {
    let text = file::read_regular(path, LIMIT)?;
    serde_json::from_slice(&text).map_err(std::io::Error::from).attempt(|| format!("read {}", path.display()))
}

fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), SysError> {
    let text = serde_json::to_vec(value)
        .map_err(std::io::Error::from)
        .attempt(|| format!("write {}", path.display()))?;
    // It does not outlive the boot.
    file::write_atomic(path, &text, 0o600, false)
}
