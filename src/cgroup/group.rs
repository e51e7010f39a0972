//! One cgroup: a descriptor of its directory, which stays valid where its path does not (cgroup-v2.rst).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::sys::{Attempt, SysError};

/// Files of a cgroup are read up to so many bytes.
const FILE_LIMIT: usize = 64 * 1024;

/// A cgroup that is there.
#[derive(Debug)]
pub struct Cgroup {
    dir: OwnedFd,
    path: PathBuf,
}

/// What a cgroup has used; what its controllers do not count is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, nanoseconds.
    pub cpu: Option<u64>,
    /// Of that in the kernel.
    pub cpu_system: Option<u64>,
    /// Bytes of memory, without what can be dropped at once (as docker and podman count).
    pub memory: Option<u64>,
    /// The limit of it, bytes.
    pub memory_limit: Option<u64>,
    /// Tasks.
    pub pids: Option<u64>,
    /// Bytes read from and written to block devices.
    pub io: Option<[u64; 2]>,
}

impl Cgroup {
    /// Opens one.
    ///
    /// # Errors
    /// ENOENT.
    pub fn open(path: &Path) -> Result<Self, SysError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let dir = rustix::fs::open(path, flags, Mode::empty())
            .attempt(|| format!("open cgroup {}", path.display()))?;
        Ok(Self { dir, path: path.to_owned() })
    }

    /// Takes over a descriptor that somebody else has opened.
    pub fn from_descriptor(dir: OwnedFd, path: &Path) -> Self {
        Self { dir, path: path.to_owned() }
    }

    /// Makes one below this one, or opens what is there.
    ///
    /// # Errors
    /// EACCES.
    pub fn child(&self, name: &str) -> Result<Self, SysError> {
        let path = self.path.join(name);
        match rustix::fs::mkdirat(&self.dir, name, Mode::from(0o755)) {
            Err(errno) if errno != Errno::EXIST => {
                Err(errno).attempt(|| format!("make cgroup {}", path.display()))
            }
            _ => Self::open(&path),
        }
    }

    /// Where it is on the host.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one of its files.
    ///
    /// # Errors
    /// The controller's: ENOENT where it has no such file, EINVAL, ERANGE, EBUSY.
    pub fn write(&self, file: &str, value: &str) -> Result<(), SysError> {
        let what = || format!("write {value:?} to {}", self.path.join(file).display());
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = rustix::fs::openat(&self.dir, file, flags, Mode::empty()).attempt(what)?;
        rustix::io::write(&open, value.as_bytes()).map(|_| ()).attempt(what)
    }

    /// Reads one of its files.
    ///
    /// # Errors
    /// ENOENT, ENODEV when it has gone.
    pub fn read(&self, file: &str) -> Result<String, SysError> {
        let what = || format!("read {}", self.path.join(file).display());
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = rustix::fs::openat(&self.dir, file, flags, Mode::empty()).attempt(what)?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while bytes.len() < FILE_LIMIT {
            match rustix::io::read(&open, &mut buffer).attempt(what)? {
                0 => break,
                length => bytes.extend_from_slice(&buffer[..length]),
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Lets those below it have controllers, of which it has those itself.
    ///
    /// # Errors
    /// EBUSY while processes are in it.
    pub fn hand_down(&self, controllers: &[String]) -> Result<(), SysError> {
        if controllers.is_empty() {
            return Ok(());
        }
        let words: Vec<_> = controllers.iter().map(|name| format!("+{name}")).collect();
        self.write("cgroup.subtree_control", &words.join(" "))
    }

    /// Moves a process here. Costs milliseconds: what is new is better cloned here.
    ///
    /// # Errors
    /// EACCES where the way from there to here is not ours; EBUSY.
    pub fn take(&self, pid: i32) -> Result<(), SysError> {
        self.write("cgroup.procs", &pid.to_string())
    }

    /// The processes in it, not below it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn processes(&self) -> Result<Vec<i32>, SysError> {
        let text = self.read("cgroup.procs")?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Freezes all in it or lets them go on, and waits until they are, at most so long; false: not in time.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn freeze(&self, on: bool, at_most: Duration) -> Result<bool, SysError> {
        use rustix::event::{PollFd, PollFlags, poll};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let events = rustix::fs::openat(&self.dir, "cgroup.events", flags, Mode::empty())
            .attempt(|| format!("open {}", self.path.join("cgroup.events").display()))?;
        self.write("cgroup.freeze", if on { "1" } else { "0" })?;
        let deadline = Instant::now() + at_most;
        loop {
            if self.is_frozen() == on {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            // The kernel tells of a change with POLLPRI; one that came before is seen above at the latest in a moment.
            let wait =
                rustix::event::Timespec { tv_sec: 0, tv_nsec: i64::from(left.min(MOMENT).subsec_nanos()) };
            match poll(&mut [PollFd::new(&events, PollFlags::PRI)], Some(&wait)) {
                Err(errno) if errno != Errno::INTR => return Err(errno).attempt(|| "wait for the freezer"),
                _ => {}
            }
        }
    }

    /// Are all in it frozen?
    pub fn is_frozen(&self) -> bool {
        self.read("cgroup.events").is_ok_and(|text| field(&text, "frozen") == Some(1))
    }

    /// Kills all in it and below it, at once (Linux 5.14).
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn kill(&self) -> Result<(), SysError> {
        self.write("cgroup.kill", "1")
    }

    /// How many of its processes the kernel has killed because memory ran out.
    pub fn oom_kills(&self) -> u64 {
        self.read("memory.events").ok().and_then(|text| field(&text, "oom_kill")).unwrap_or_default()
    }

    /// What it uses.
    pub fn usage(&self) -> Usage {
        let number = |file| self.read(file).ok().and_then(|text| text.trim().parse::<u64>().ok());
        let cpu = self.read("cpu.stat").unwrap_or_default();
        let micro = |name| field(&cpu, name).map(|micro| micro.saturating_mul(1000));
        let droppable =
            self.read("memory.stat").ok().and_then(|text| field(&text, "inactive_file")).unwrap_or_default();
        Usage {
            cpu: micro("usage_usec"),
            cpu_system: micro("system_usec"),
            memory: number("memory.current").map(|bytes| bytes.saturating_sub(droppable)),
            memory_limit: number("memory.max"),
            pids: number("pids.current"),
            io: self.read("io.stat").ok().map(|text| io(&text)),
        }
    }

    /// Removes it and those below it; they must be empty.
    ///
    /// # Errors
    /// EBUSY.
    pub fn remove(path: &Path) -> Result<(), SysError> {
        let what = || format!("remove cgroup {}", path.display());
        match rustix::fs::unlinkat(rustix::fs::CWD, path, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(Errno::BUSY) => {}
            Err(errno) => return Err(errno).attempt(what),
        }
        let below = std::fs::read_dir(path).attempt(what)?;
        for entry in below.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            Self::remove(&entry.path())?;
        }
        rustix::fs::unlinkat(rustix::fs::CWD, path, AtFlags::REMOVEDIR).attempt(what)
    }
}

/// How long between two looks at what tells of itself.
const MOMENT: Duration = Duration::from_millis(100);

impl AsFd for Cgroup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

/// The value of a line `NAME VALUE`.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Bytes read and written of all devices of io.stat.
fn io(text: &str) -> [u64; 2] {
    ["rbytes=", "wbytes="].map(|name| {
        let values =
            text.split_ascii_whitespace().filter_map(|word| word.strip_prefix(name)?.parse::<u64>().ok());
        values.fold(0, u64::saturating_add)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_kernel() {
        let events = "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 0\n";
        assert_eq!(
            (field(events, "oom_kill"), field(events, "oom"), field(events, "none")),
            (Some(3), Some(1), None)
        );
        let stat = "8:0 rbytes=10 wbytes=5 rios=1 wios=1\n8:16 rbytes=7 wbytes=18446744073709551615 rios=1\n";
        assert_eq!((io(stat), io("")), ([17, u64::MAX], [0, 0]));
    }

    #[test]
    fn plain_directories_stand_for_one() {
        let dir = tempfile::tempdir().unwrap();
        let group = Cgroup::open(dir.path()).unwrap();
        let error = group.write("memory.max", "1").unwrap_err().to_string();
        assert!(error.contains("memory.max") && error.contains("\"1\""), "{error}");
        for (file, text) in [
            ("cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\n"),
            ("memory.current", "1000\n"),
            ("memory.stat", "anon 1\ninactive_file 300\n"),
            ("memory.max", "max\n"),
            ("pids.current", "4\n"),
        ] {
            std::fs::write(dir.path().join(file), text).unwrap();
        }
        let want = Usage {
            cpu: Some(5000),
            cpu_system: Some(2000),
            memory: Some(700),
            pids: Some(4),
            ..Usage::default()
        };
        assert_eq!((group.usage(), group.oom_kills(), group.is_frozen()), (want, 0, false));
        assert!(group.child("below").is_ok() && group.child("below").is_ok());
    }
}
