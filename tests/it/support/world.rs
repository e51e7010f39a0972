//! A user's world for one test: home, runtime directory, cache, and nothing of the machine's environment.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde_json::Value;

use super::image::Image;
use super::run::{Outcome, Run};

/// How long what a test started may take to go away after the test.
const GRACE: Duration = Duration::from_secs(10);

pub struct World {
    dir: tempfile::TempDir,
    lenient: Cell<bool>,
}

impl World {
    /// An empty home in a directory with a short name (sockets have 108 bytes).
    pub fn new() -> Self {
        let base = std::env::var_os("RCTR_TEST_TMP").unwrap_or_else(|| "/var/tmp".into());
        let dir = tempfile::Builder::new().prefix("rt").rand_bytes(5).tempdir_in(&base).expect("a directory");
        let world = Self { dir, lenient: Cell::new(false) };
        for (name, mode) in [("home", 0o755), ("run", 0o700), ("tmp", 0o755)] {
            let path = world.path(name);
            std::fs::create_dir(&path).expect("make a directory");
            set_mode(&path, mode);
        }
        set_mode(world.dir.path(), 0o755);
        // What a killed rctr leaves behind comes to us, so that it can be counted.
        nix::sys::prctl::set_child_subreaper(true).expect("become a subreaper");
        world
    }

    /// A world whose store has the busybox test image as `busybox`.
    pub fn with_busybox() -> Self {
        let world = Self::new();
        world.load(&Image::busybox());
        world
    }

    /// A world with a busybox root file system in the directory `root`, for `--rootfs`.
    pub fn with_rootfs() -> Self {
        let world = Self::new();
        world.busybox_dir("root");
        world
    }

    /// rctr with `run --rm FLAGS --rootfs DIR WORDS` of [`World::with_rootfs`], not yet started.
    pub fn in_rootfs(&self, flags: &[&str], words: &[&str]) -> Run {
        let root = self.path("root");
        let root = root.to_str().expect("UTF-8");
        let mut all = vec!["run", "--rm"];
        all.extend(flags);
        all.extend(["--rootfs", root]);
        all.extend(words);
        self.rctr(&all)
    }

    /// A path below the world's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a directory there, for bind mounts and the like.
    pub fn make_dir(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(&path).expect("make a directory");
        path
    }

    /// Writes a file there.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("write a file");
        path
    }

    /// Any program, with the world's environment.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Run {
        Run::new(program)
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.path("tmp"))
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .cwd(self.path("home"))
    }

    /// rctr with these words, not yet started.
    pub fn rctr(&self, args: &[&str]) -> Run {
        self.program(super::rctr_binary()).args(args)
    }

    /// rctr with these words, run to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.rctr(args).run()
    }

    /// `rctr run --rm --network none WORDS…`: what most tests need.
    pub fn quick(&self, args: &[&str]) -> Outcome {
        let mut words = vec!["run", "--rm", "--network", "none"];
        words.extend(args);
        self.run(&words)
    }

    /// `rctr run -d --network none FLAGS busybox WORDS`; the container's id.
    #[track_caller]
    pub fn detached(&self, flags: &[&str], words: &[&str]) -> String {
        let mut all = vec!["run", "-d", "--network", "none"];
        all.extend(flags);
        all.push("busybox");
        all.extend(words);
        self.run(&all).ok().out.trim_end().to_owned()
    }

    /// One field of `inspect`.
    #[track_caller]
    pub fn inspected(&self, name: &str, template: &str) -> String {
        self.run(&["inspect", "--format", template, name]).ok().out.trim_end().to_owned()
    }

    /// Asks again and again until `inspect` says so, at most as long as a command may take.
    #[track_caller]
    pub fn becomes(&self, name: &str, template: &str, wanted: &str) {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        loop {
            let found = self.inspected(name, template);
            if found == wanted {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "{name}: {template} is {found:?}, not {wanted:?}");
        }
    }

    /// What the probe sees in a container of the busybox image made with these flags.
    #[track_caller]
    pub fn probe(&self, flags: &[&str]) -> Value {
        let mut words = flags.to_vec();
        words.extend(["busybox", "/bin/probe"]);
        self.quick(&words).ok().json()
    }

    /// Loads `image` through a docker-archive.
    #[track_caller]
    pub fn load(&self, image: &Image) {
        let archive = self.path("image.tar");
        image.docker_archive(&archive);
        self.run(&["load", "-i", archive.to_str().expect("UTF-8")]).ok();
        std::fs::remove_file(archive).expect("remove the archive");
    }

    /// A plain directory with the content of the busybox image, owned by the user.
    pub fn busybox_dir(&self, name: &str) -> PathBuf {
        let dir = self.make_dir(name);
        super::image::busybox_tree(&dir);
        dir
    }

    /// The store's directory.
    pub fn store(&self) -> PathBuf {
        self.path("home/.local/share/rctr")
    }

    /// Names below `dir`, recursively; empty when it does not exist.
    pub fn files_below(&self, dir: &str) -> Vec<String> {
        let top = self.path(dir);
        let mut waiting = vec![top.clone()];
        let mut found = Vec::new();
        while let Some(dir) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&dir) else { continue };
            for entry in entries.flatten() {
                let path = entry.path();
                if entry.file_type().is_ok_and(|t| t.is_dir()) {
                    waiting.push(path.clone());
                }
                found.push(path.strip_prefix(&top).expect("below").display().to_string());
            }
        }
        found.sort();
        found
    }

    /// This test kills things: processes that are still there at its end are no failure.
    pub fn leaves_processes(&self) {
        self.lenient.set(true);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let left = reap(self.lenient.get() || std::thread::panicking());
        // Files of other ids can only be removed from inside a user namespace that has these ids.
        let dir = self.dir.path();
        if remove(dir).is_err() {
            let removed = std::process::Command::new("unshare")
                .args(["--map-root-user", "--map-auto", "rm", "-rf"])
                .arg(dir)
                .status();
            if !removed.is_ok_and(|s| s.success()) {
                eprintln!("note: {} could not be removed", dir.display());
            }
        }
        if !std::thread::panicking() {
            assert!(left.is_empty(), "still running at the end of the test: {}", left.join(", "));
        }
    }
}

fn remove(dir: &Path) -> std::io::Result<()> {
    std::fs::remove_dir_all(dir)
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set the mode");
}

/// Waits for everything that this process has inherited. What does not end in time, or at once with `kill_all`, is
/// killed and named. Only exact when a test has its process to itself, as nextest does it.
fn reap(kill_all: bool) -> Vec<String> {
    if std::env::var_os("NEXTEST").is_none() {
        return Vec::new();
    }
    let deadline = std::time::Instant::now() + GRACE;
    let mut left = Vec::new();
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return left,
            Err(Errno::EINTR) => continue,
            Err(error) => panic!("wait for what is left: {error}"),
            Ok(WaitStatus::StillAlive) => {}
            Ok(_) => continue,
        }
        let children = children();
        let remaining = deadline.saturating_duration_since(std::time::Instant::now());
        if kill_all || remaining.is_zero() {
            for pid in &children {
                let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                if !kill_all {
                    left.push(format!("{pid} {}", String::from_utf8_lossy(&command).replace('\0', " ")));
                }
                let _ = kill(*pid, Signal::SIGKILL);
            }
            let _ = waitpid(None, None);
        } else if let Some(first) = children.first() {
            wait_until_dead(*first, remaining);
        }
    }
}

/// Direct children, also adopted ones, of every thread.
fn children() -> Vec<Pid> {
    children_of(Pid::this())
}

/// Direct children of every thread of a process; none of one that is gone.
pub fn children_of(pid: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|p| p.parse().ok()).map(Pid::from_raw));
    }
    found
}

fn wait_until_dead(pid: Pid, at_most: Duration) {
    use std::os::fd::AsFd as _;
    let Some(raw) = rustix::process::Pid::from_raw(pid.as_raw()) else { return };
    let Ok(fd) = rustix::process::pidfd_open(raw, rustix::process::PidfdFlags::empty()) else { return };
    let mut wanted = [nix::poll::PollFd::new(fd.as_fd(), nix::poll::PollFlags::POLLIN)];
    let timeout = nix::poll::PollTimeout::try_from(at_most).unwrap_or(nix::poll::PollTimeout::MAX);
    let _ = nix::poll::poll(&mut wanted, timeout);
}

/// Waits until a process is dead; panics when it outlives the grace.
pub fn gone(pid: Pid, name: &str) {
    wait_until_dead(pid, GRACE);
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let alive =
        state.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.starts_with(" Z"));
    assert!(!alive, "{name} ({pid}) is still there: {state}");
}
