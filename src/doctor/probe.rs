//! Looks at the machine: the only part of the doctor with effects. Everything that it makes, it removes.

mod files;
mod inside;

use std::ffi::CString;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::probes::{Container, Helper, Inside, Millis, Probes, Store};
use crate::model::{HostFacts, IdMapSpec, IdRange, MapWriter};
use crate::sys::{process, userns};

pub use files::{cgroup, userns_facts};

/// Looks at everything. `maps` are those that a container would get; `run_container` is off in tests of the rest.
pub fn probe(host: &HostFacts, maps: &IdMapSpec, run_container: bool) -> Probes {
    let helper = |name, path: &Option<PathBuf>| match path {
        Some(path) => look_at_helper(name, path),
        None => Helper { name, path: None, privileged: false, nosuid: false },
    };
    let (unshare, single_map) = try_userns(host);
    let scratch = Scratch::new(&host.dirs.data);
    let own = single(host);
    let (ranges, inside) = match (&unshare, maps.writer) {
        (Err(_), _) => (None, None),
        (Ok(()), MapWriter::Helpers | MapWriter::Root) => match look_inside(maps, host, &scratch) {
            Ok(inside) => (Some(Ok(())), Some(inside)),
            Err(why) => (Some(Err(why)), look_inside(&own, host, &scratch).ok()),
        },
        (Ok(()), _) => (None, look_inside(&own, host, &scratch).ok()),
    };
    // Root may do without: its containers can have the host's ids.
    let runs = run_container && (unshare.is_ok() || host.uid == 0);
    Probes {
        no_new_privs: files::status_field("NoNewPrivs") == Some(1),
        userns: userns_facts(),
        unshare,
        single_map,
        helpers: vec![helper("newuidmap", &host.newuidmap), helper("newgidmap", &host.newgidmap)],
        ranges,
        inside,
        fuse: open_device("/dev/fuse"),
        tun: open_device("/dev/net/tun"),
        slirp4netns: host.slirp4netns.as_deref().map(version_of),
        cgroup: files::cgroup(host),
        runtime: std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&host.dirs.runtime)
            .map_err(|e| crate::sys::describe(&e)),
        store: look_at_store(&scratch),
        limits: files::limits(),
        ping_groups: files::ping_groups(),
        container: runs.then(|| Container {
            alone: run_one(host, &["--network", "none"]),
            connected: run_one(host, &[]),
        }),
        host: host.clone(),
    }
}

/// The name of a file system by its number (statfs(2), `f_type`).
pub fn file_system_name(magic: i64) -> String {
    files::file_system(magic).0
}

/// The map that needs no helper: the own ids as root.
fn single(host: &HostFacts) -> IdMapSpec {
    let range = |host| vec![IdRange { container: 0, host, size: 1 }];
    IdMapSpec { uids: range(host.uid), gids: range(host.gid), writer: MapWriter::Own }
}

/// Makes a user namespace in a child and maps the own id in it. The child's exit code is the errno, with 128 when it was
/// the map's.
fn try_userns(host: &HostFacts) -> (Result<(), i32>, Result<(), i32>) {
    let child = || {
        if let Err(error) = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER) {
            return error as i32;
        }
        let map = [("setgroups", "deny".to_owned()), ("uid_map", format!("0 {} 1", host.uid))];
        for (file, text) in map {
            if let Err(error) = std::fs::write(format!("/proc/self/{file}"), text) {
                return 128 | error.raw_os_error().unwrap_or(127);
            }
        }
        0
    };
    let code = match process::fork() {
        Ok(None) => process::exit_now(child()),
        Ok(Some(pid)) => process::wait(pid).unwrap_or(1),
        Err(error) => error.errno(),
    };
    match code {
        0 => (Ok(()), Ok(())),
        128.. => (Ok(()), Err(code & 127)),
        errno => (Err(errno), Err(errno)),
    }
}

fn look_inside(maps: &IdMapSpec, host: &HostFacts, scratch: &Scratch) -> Result<Inside, String> {
    let dir = scratch.dir.as_deref().map_err(Clone::clone);
    let result = userns::run_mapped(maps, host, || Ok::<_, String>(inside::look(dir)));
    match result {
        Ok(Ok(inside)) => Ok(inside),
        Ok(Err(why)) => Err(why),
        Err(error) => Err(error.to_string()),
    }
}

fn look_at_helper(name: &'static str, path: &Path) -> Helper {
    let setuid_root =
        std::fs::metadata(path).is_ok_and(|m| m.uid() == 0 && m.permissions().mode() & 0o4000 != 0);
    let mut nothing = [0u8; 0];
    let capable = rustix::fs::getxattr(path, "security.capability", &mut nothing).is_ok_and(|size| size > 0);
    let nosuid =
        rustix::fs::statvfs(path).is_ok_and(|s| s.f_flag.contains(rustix::fs::StatVfsMountFlags::NOSUID));
    Helper { name, path: Some(path.to_path_buf()), privileged: setuid_root || capable, nosuid }
}

fn open_device(path: &str) -> Result<(), i32> {
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(path);
    opened.map(drop).map_err(|error| error.raw_os_error().unwrap_or(0))
}

/// The first line of what `--version` prints.
fn version_of(program: &Path) -> Result<String, String> {
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| crate::sys::describe(&error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned).ok_or_else(|| "it prints no version".to_owned())
}

/// A directory of our own where the store is or will be; removed at the end.
struct Scratch {
    place: PathBuf,
    dir: Result<PathBuf, String>,
    _guard: Option<tempfile::TempDir>,
}

impl Scratch {
    fn new(store: &Path) -> Self {
        let place = store.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/")).to_path_buf();
        match tempfile::Builder::new().prefix(".rctr-doctor-").tempdir_in(&place) {
            Ok(guard) => Self { place, dir: Ok(guard.path().to_path_buf()), _guard: Some(guard) },
            Err(error) => Self { place, dir: Err(crate::sys::describe(&error)), _guard: None },
        }
    }
}

fn look_at_store(scratch: &Scratch) -> Store {
    let vfs = rustix::fs::statvfs(&scratch.place);
    let flag = |flag| vfs.as_ref().is_ok_and(|s| s.f_flag.contains(flag));
    let magic = rustix::fs::statfs(&scratch.place).map_or(0, |s| s.f_type);
    let (kind, network) = files::file_system(magic);
    let xattr = scratch.dir.as_ref().map_err(Clone::clone).and_then(|dir| {
        rustix::fs::setxattr(dir, "user.rctr-doctor", b"1", rustix::fs::XattrFlags::empty())
            .map_err(|errno| crate::sys::describe(&errno.into()))
    });
    Store {
        place: scratch.place.clone(),
        kind,
        network,
        readonly: flag(rustix::fs::StatVfsMountFlags::RDONLY),
        noexec: flag(rustix::fs::StatVfsMountFlags::NOEXEC),
        free: vfs.as_ref().map_or(0, |s| s.f_bavail.saturating_mul(s.f_frsize)),
        writable: scratch.dir.as_ref().map(|_| ()).map_err(Clone::clone),
        xattr,
    }
}

/// What the container says.
const WORD: &str = "works";

/// Runs `echo` from the host's own userland in a container, by this very program.
fn run_one(host: &HostFacts, network: &[&str]) -> Result<Millis, String> {
    let program = std::env::current_exe().map_err(|error| crate::sys::describe(&error))?;
    let start = Instant::now();
    let output = Command::new(program)
        .arg("--root")
        .arg(&host.dirs.data)
        .args(["run", "--rm"])
        .args(network)
        .args(["--rootfs", "/", "echo", WORD])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| crate::sys::describe(&error))?;
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    if output.status.success() && output.stdout.trim_ascii() == WORD.as_bytes() {
        return Ok(Millis(micros));
    }
    let words = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
    let words = words.strip_prefix("Error: ").unwrap_or(&words).to_owned();
    Err(match (words.is_empty(), output.status.success()) {
        (false, _) => words,
        (true, false) => format!("ended with {}", output.status),
        (true, true) => "its output did not come back".to_owned(),
    })
}

/// Removes what the mapped child left in a scratch directory, as its root may.
fn clear(dir: &Path, name: &str) {
    let (Ok(dir), Ok(name)) = (std::fs::File::open(dir), CString::new(name)) else { return };
    let _the_guard_tries_again = crate::sys::remove::remove_tree(dir.as_fd(), &name);
}
