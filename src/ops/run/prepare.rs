//! Everything that is looked up before a container can be decided: its image, its id and name, the containers that it
//! names, the host's files.

use std::borrow::Cow;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::{Context, OpsError};
use crate::model::limits::LimitSpec;
use crate::model::run_request::{NetworkChoice, NsRequest, RunRequest, RunSource, UsernsRequest};
use crate::model::spec::{NetworkMode, NsMode, RootfsSource};
use crate::model::{ContainerId, ContainerSpec, IdMapSpec, Status};
use crate::spec::{self, Creation, names};
use crate::store::Store;
use crate::sys::file::read_text;
use crate::sys::{Attempt, process};

/// /etc/hosts and /etc/resolv.conf of the host are read up to so many bytes.
const HOST_FILE_LIMIT: u64 = 1024 * 1024;

/// Where systemd-resolved keeps the servers behind its own 127.0.0.53.
const RESOLVED: &str = "/run/systemd/resolve/resolv.conf";

/// A decided container, and what its maker needs besides.
pub struct Prepared {
    /// The container.
    pub spec: ContainerSpec,
    /// Permission bits of its root directory.
    pub root_mode: u32,
}

/// Looks everything up and decides.
pub fn prepare(ctx: &Context, store: &Store, request: &RunRequest) -> Result<Prepared, OpsError> {
    let image = match &request.source {
        RunSource::Image(name) => Some(store.resolve_image(name)?),
        RunSource::Rootfs { .. } => None,
    };
    let mut request = request.clone();
    let joined = replace_names(store, &mut request)?;
    let (id, random) = random_identity()?;
    let name = request.name.clone().unwrap_or_else(|| free_name(store, random));
    let resolv_conf = host_resolv_conf(&request);
    let hosts = match request.network.mode {
        NetworkChoice::Host => optional_text(Path::new("/etc/hosts")),
        _ => String::new(),
    };
    let connected = !matches!(request.network.mode, NetworkChoice::Own(NetworkMode::None));
    let creation = Creation {
        resolv_conf: &resolv_conf,
        hosts: &hosts,
        host_address: if connected { crate::net::host_address() } else { None },
        taken_ids: &taken_ids(store, &request)?,
        joined_maps: joined.as_ref().map(|j| &j.id_maps),
        ..Creation::new(id, name, super::super::now_ms())
    };
    look_up_devices(&mut request.cgroup.limits)?;
    let mut spec = spec::resolve(&request, image.as_ref(), &ctx.host, &creation)?;
    if !request.dry_run {
        super::super::container::logs::check(&spec.log)?;
    }
    if spec.process.terminal {
        spec.process.terminal_size = super::super::attach::terminal_size();
    }
    let root_mode = match &spec.rootfs.source {
        RootfsSource::Layers(layers) => layers.first().map_or(Ok(0o755), |l| mode_of(l))?,
        RootfsSource::DirectoryOverlay(dir) | RootfsSource::Directory(dir) => mode_of(dir)?,
        RootfsSource::Host => 0o755,
    };
    Ok(Prepared { spec, root_mode })
}

/// Finds the numbers of the block devices whose rates are limited.
///
/// # Errors
/// One that is not there, or no block device.
pub(in crate::ops) fn look_up_devices(limits: &mut LimitSpec) -> Result<(), OpsError> {
    for device in &mut limits.devices {
        let what = || format!("stat {}", device.path);
        let stat = rustix::fs::stat(device.path.as_str()).attempt(what)?;
        if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::BlockDevice {
            return Err(spec::SpecError::flag(device.rate.flag(), &device.path, "no block device").into());
        }
        device.number = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
    }
    Ok(())
}

/// Puts full ids in the place of containers' names, and gives the one whose namespaces are joined.
fn replace_names(store: &Store, request: &mut RunRequest) -> Result<Option<ContainerSpec>, OpsError> {
    let mut joined = None;
    let mut replace = |text: &mut String| -> Result<(), OpsError> {
        let id = store.find_container(text)?;
        joined = Some(store.container_spec(&id)?);
        *text = id.to_string();
        Ok(())
    };
    let asked = &mut request.namespaces;
    for mode in [&mut asked.pid, &mut asked.ipc, &mut asked.uts, &mut asked.cgroup] {
        if let NsRequest::Container(text) = mode {
            replace(text)?;
        }
    }
    if let NetworkChoice::Container(text) = &mut request.network.mode {
        replace(text)?;
    }
    if let UsernsRequest::Container(text) = &mut request.id_maps.userns {
        replace(text)?;
    }
    Ok(joined)
}

/// The specification as it runs now: the namespaces of running containers become the files that name them. On disk it
/// keeps the containers, which have other files at the next start.
///
/// # Errors
/// One of them does not run.
pub fn with_joins<'a>(store: &Store, spec: &'a ContainerSpec) -> Result<Cow<'a, ContainerSpec>, OpsError> {
    if spec.namespaces.containers().is_empty() {
        return Ok(Cow::Borrowed(spec));
    }
    let mut spec = spec.clone();
    resolve_joins(store, &mut spec)?;
    Ok(Cow::Owned(spec))
}

fn resolve_joins(store: &Store, spec: &mut ContainerSpec) -> Result<(), OpsError> {
    let ns = &mut spec.namespaces;
    let kinds = [
        ("user", &mut ns.user),
        ("pid", &mut ns.pid),
        ("net", &mut ns.net),
        ("ipc", &mut ns.ipc),
        ("uts", &mut ns.uts),
        ("cgroup", &mut ns.cgroup),
    ];
    for (kind, mode) in kinds {
        if let NsMode::Container(id) = mode {
            let state = store.container_state(id)?;
            let runs = state.status == Status::Running
                && store.is_live(id)
                && process::start_time(state.pid).is_ok_and(|start| start == state.pid_start);
            if !runs {
                return Err(OpsError::NotRunning { id: id.short().to_owned() });
            }
            *mode = NsMode::Path(format!("/proc/{}/ns/{kind}", state.pid).into());
        }
    }
    Ok(())
}

/// The host ids that running `--userns auto` containers have.
fn taken_ids(store: &Store, request: &RunRequest) -> Result<Vec<(u32, u32)>, OpsError> {
    if !matches!(request.id_maps.userns, UsernsRequest::Auto { .. }) {
        return Ok(Vec::new());
    }
    let live = store.container_ids()?.into_iter().filter(|id| store.is_live(id));
    let specs = live.filter_map(|id| store.container_spec(&id).ok());
    Ok(specs.filter(|s| is_auto(&s.id_maps)).flat_map(|s| s.id_maps.uids).map(|r| (r.host, r.size)).collect())
}

/// One range that leaves the caller's own id out: what `auto` gives.
fn is_auto(maps: &IdMapSpec) -> bool {
    maps.uids.len() == 1 && maps.uids[0].container == 0 && maps.uids[0].size > 1
}

/// The host's resolver settings; the servers behind systemd-resolved where its own address means nothing inside.
/// slirp4netns asks the host's resolver from outside, so that with it nothing is to be replaced.
fn host_resolv_conf(request: &RunRequest) -> String {
    let text = optional_text(Path::new("/etc/resolv.conf"));
    let asked_from_inside = !matches!(
        request.network.mode,
        NetworkChoice::Host
            | NetworkChoice::Default
            | NetworkChoice::Own(crate::model::spec::NetworkMode::Slirp4netns { .. })
    );
    if asked_from_inside && text.contains("127.0.0.53") {
        let behind = optional_text(Path::new(RESOLVED));
        if !behind.is_empty() {
            return behind;
        }
    }
    text
}

/// A file of the host's that may be missing or unreadable: then there is nothing to take from it.
fn optional_text(path: &Path) -> String {
    read_text(path, HOST_FILE_LIMIT).unwrap_or_default()
}

/// A random name that no container has now; claiming it decides.
fn free_name(store: &Store, random: u64) -> String {
    let taken = |name: &String| store.container_by_name(name).is_some();
    let tried = (0..8).map(|attempt| names::random(random, attempt));
    tried.clone().find(|name| !taken(name)).unwrap_or_else(|| names::random(random, 8))
}

fn random_identity() -> Result<(ContainerId, u64), OpsError> {
    let mut bytes = [0; 40];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .attempt(|| "read random bytes")?;
    let (mut id, mut number) = ([0; 32], [0; 8]);
    id.copy_from_slice(&bytes[..32]);
    number.copy_from_slice(&bytes[32..]);
    Ok((ContainerId::from_bytes(id), u64::from_le_bytes(number)))
}

/// The upper directory of an overlay shows its own permission bits: they must be those of what it covers.
fn mode_of(dir: &Path) -> Result<u32, OpsError> {
    let what = || format!("look at {}", dir.display());
    let metadata = dir.metadata().attempt(what)?;
    if !metadata.is_dir() {
        return Err(crate::sys::SysError::new(
            what(),
            std::io::Error::from(std::io::ErrorKind::NotADirectory),
        )
        .into());
    }
    Ok(metadata.permissions().mode() & 0o7777)
}
