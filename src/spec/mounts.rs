//! The mounts of a container in the order in which they are made: rctr's own, then the image's and the user's.

use super::path::{clean, depth, is_within};
use super::{SpecError, volume};
use crate::model::host::CgroupMode;
use crate::model::run_request::RunRequest;
use crate::model::spec::{NamespaceSpec, NsMode};
use crate::model::{HostFacts, ImageConfig, MountKind, MountOptions, MountSpec, Propagation};

/// docker's and podman's size of /dev/shm.
const SHM_SIZE: u64 = 64 << 20;

const STRICT: MountOptions = MountOptions {
    readonly: false,
    nosuid: true,
    nodev: true,
    noexec: true,
    noatime: false,
    strictatime: false,
    allowed: crate::model::Allowed::NOTHING,
    propagation: Propagation::Rprivate,
};

/// A text file that rctr puts into the container.
pub struct TextFile {
    /// Absolute place inside.
    pub destination: &'static str,
    /// Name below the container's directory.
    pub name: &'static str,
    /// What it holds.
    pub content: String,
}

/// Decides all mounts. A mount of the user's takes the place of one of rctr's or of the image's at the same path; two
/// of the user's at one path are refused.
pub fn decide(
    request: &RunRequest,
    image: &ImageConfig,
    namespaces: &NamespaceSpec,
    files: Vec<TextFile>,
    host: &HostFacts,
) -> Result<Vec<MountSpec>, SpecError> {
    let mut users = request.mounts.mounts.clone();
    for (at, mount) in users.iter_mut().enumerate() {
        if let Some(twice) = request.mounts.mounts[..at].iter().find(|m| m.destination == mount.destination) {
            return Err(SpecError::DuplicateMount(twice.destination.clone()));
        }
        if let MountKind::Bind { source, .. } = &mut mount.kind {
            *source = absolute(host, source);
        }
    }
    let mut mounts = own(request, namespaces, host);
    mounts.extend(files.into_iter().map(|file| MountSpec {
        destination: file.destination.to_owned(),
        kind: MountKind::File { name: file.name.to_owned(), content: file.content, mode: 0o644 },
        options: MountOptions::default(),
    }));
    mounts.extend(request.process.timezone.as_deref().map(timezone).transpose()?);
    mounts.extend(volumes(image)?);
    mounts.retain(|mount| !users.iter().any(|user| user.destination == mount.destination));
    mounts.append(&mut users);
    mounts.sort_by_key(|mount| depth(&mount.destination));
    Ok(mounts)
}

/// What every container has, unless a namespace is shared that makes it impossible.
fn own(request: &RunRequest, namespaces: &NamespaceSpec, host: &HostFacts) -> Vec<MountSpec> {
    let mount =
        |destination: &str, kind, options| MountSpec { destination: destination.to_owned(), kind, options };
    let of_host = |path: &str| MountKind::Bind { source: path.into(), recursive: true, create_source: false };
    let system = MountOptions { readonly: !request.confinement.privileged, ..STRICT };
    let memory = |size, mode, copy_up| MountKind::Tmpfs { size, mode, copy_up };
    let proc = match namespaces.pid {
        NsMode::Host => of_host("/proc"), // the kernel mounts no new one for a pid namespace of other owners
        _ => MountKind::Proc { options: request.confinement.proc_options.clone() },
    };
    let mut mounts = vec![
        mount("/proc", proc, STRICT),
        mount("/dev", MountKind::Dev, MountOptions { nosuid: true, ..MountOptions::default() }),
        mount("/dev/pts", MountKind::Devpts, MountOptions { nodev: false, ..STRICT }),
        mount("/sys", MountKind::Sysfs, system.clone()),
    ];
    match namespaces.ipc {
        NsMode::Host => mounts.push(mount("/dev/shm", of_host("/dev/shm"), STRICT)),
        _ => {
            let size = request.mounts.shm_size.unwrap_or(SHM_SIZE);
            mounts.push(mount(
                "/dev/shm",
                memory(Some(size).filter(|size| *size > 0), Some(0o1777), false),
                STRICT,
            ));
            mounts.push(mount("/dev/mqueue", MountKind::Mqueue, STRICT));
        }
    }
    match (host.cgroup, &namespaces.cgroup) {
        (CgroupMode::Absent, _) => {}
        (_, NsMode::Host) => mounts.push(mount("/sys/fs/cgroup", of_host("/sys/fs/cgroup"), system)),
        _ => mounts.push(mount("/sys/fs/cgroup", MountKind::Cgroup, system)),
    }
    if request.mounts.read_only && request.mounts.read_only_tmpfs {
        for place in ["/run", "/tmp", "/var/tmp"] {
            let options = MountOptions { noexec: false, ..STRICT };
            mounts.push(mount(place, memory(None, None, true), options));
        }
    }
    mounts
}

/// The image's VOLUMEs: anonymous volumes of the container.
fn volumes(image: &ImageConfig) -> Result<Vec<MountSpec>, SpecError> {
    let mut mounts: Vec<MountSpec> = Vec::new();
    for path in image.volumes.keys() {
        let destination = clean(path);
        if path.contains('\0') {
            return Err(SpecError::Image { field: "VOLUME", why: format!("{path:?} holds a NUL byte") });
        }
        if ["/proc", "/sys"].into_iter().any(|top| is_within(&destination, top)) {
            let why = format!("{path} is the kernel's, and no place for files");
            return Err(SpecError::Image { field: "VOLUME", why });
        }
        // a volume at / would hide the image; docker leaves it out as well
        if destination != "/" && !mounts.iter().any(|other| other.destination == destination) {
            let kind = MountKind::Volume { name: volume::name_of(&destination) };
            mounts.push(MountSpec { destination, kind, options: MountOptions::default() });
        }
    }
    Ok(mounts)
}

/// `--tz`: the host's file for the zone, at /etc/localtime.
fn timezone(zone: &str) -> Result<MountSpec, SpecError> {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/');
    let source = match zone {
        "local" => "/etc/localtime".to_owned(),
        _ if !zone.is_empty() && zone.bytes().all(known) && zone.split('/').all(|part| !part.is_empty()) => {
            format!("/usr/share/zoneinfo/{zone}")
        }
        _ => return Err(SpecError::flag("--tz", zone, "want local or a zone like Europe/Berlin")),
    };
    Ok(MountSpec {
        destination: "/etc/localtime".to_owned(),
        kind: MountKind::Bind { source: source.into(), recursive: false, create_source: false },
        options: MountOptions { readonly: true, ..STRICT },
    })
}

/// A path of the user's, counted from where the user is.
pub(super) fn absolute(host: &HostFacts, path: &std::path::Path) -> std::path::PathBuf {
    use std::path::Component;
    // `.` only: what is before a `..` may be a symlink, so the kernel resolves those
    host.cwd.join(path).components().filter(|part| *part != Component::CurDir).collect()
}

#[cfg(test)]
#[path = "mounts_tests.rs"]
mod tests;
