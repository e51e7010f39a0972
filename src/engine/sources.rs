//! Everything of the host that a container is made from, opened by its first process while that still is the plain
//! caller: with its groups, and on paths that an id map without the caller could not walk. Only in its own mount
//! namespace, though: the kernel binds and overlays no mount of another one.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::model::spec::{ContainerSpec, RootfsBackend, RootfsSource};
use crate::model::{MountKind, MountSpec};
use crate::sys::root::open_directory;
use crate::sys::{Attempt, SysError};

/// Descriptors of a container's sources.
#[derive(Debug)]
pub struct Sources {
    /// The root file system's directories: its layers, topmost first, or the one directory.
    pub lowers: Vec<OwnedFd>,
    /// The container's own upper directory, and overlayfs's work directory beside it, where there is something below.
    pub upper: Option<(OwnedFd, OwnedFd)>,
    /// /dev/fuse, where the root file system is served by a process of ours.
    pub fuse: Option<OwnedFd>,
    /// The source of each mount that has one on the host, by its place in the specification.
    pub mounts: Vec<Option<OwnedFd>>,
    /// The device nodes, by their place in the specification.
    pub devices: Vec<OwnedFd>,
}

impl Sources {
    /// Opens them.
    pub fn open(spec: &ContainerSpec, container: &Path) -> Result<Self, SysError> {
        let lowers = match &spec.rootfs.source {
            RootfsSource::Layers(_) | RootfsSource::DirectoryOverlay(_)
                if spec.rootfs.backend == RootfsBackend::Copy =>
            {
                vec![open_directory(&container.join("rootfs"))?]
            }
            RootfsSource::Layers(layers) => {
                layers.iter().map(|l| open_directory(l)).collect::<Result<_, _>>()?
            }
            RootfsSource::Directory(dir) | RootfsSource::DirectoryOverlay(dir) => vec![open_directory(dir)?],
            RootfsSource::Host => Vec::new(),
        };
        let overlay = spec.rootfs.backend != RootfsBackend::Copy
            && matches!(spec.rootfs.source, RootfsSource::Layers(_) | RootfsSource::DirectoryOverlay(_));
        let own = |name| open_directory(&container.join(name));
        Ok(Self {
            lowers,
            upper: if overlay { Some((own("upper")?, own("work")?)) } else { None },
            fuse: spec.rootfs.is_served().then(open_fuse).transpose()?,
            mounts: spec.mounts.iter().map(|mount| source(mount, container)).collect::<Result<_, _>>()?,
            devices: spec
                .devices
                .iter()
                .map(|d| open(&d.source, &d.destination))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The kernel wants it opened in the user namespace of the mount (fuse(4)).
fn open_fuse() -> Result<OwnedFd, SysError> {
    rustix::fs::open("/dev/fuse", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| "open /dev/fuse for the root file system")
}

fn source(mount: &MountSpec, container: &Path) -> Result<Option<OwnedFd>, SysError> {
    match &mount.kind {
        MountKind::Bind { source, .. } => open(source, &mount.destination).map(Some),
        MountKind::Volume { name } => {
            let dir = container.join("volumes").join(name);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(&dir, flags, Mode::empty())
                .attempt(|| format!("open volume {}", dir.display()))
                .map(Some)
        }
        _ => Ok(None),
    }
}

fn open(source: &Path, destination: &str) -> Result<OwnedFd, SysError> {
    rustix::fs::open(source, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| format!("mount {} on {destination}", source.display()))
}
