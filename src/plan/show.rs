//! A plan in words, for `rctr run --dry-run`.

use std::fmt;

use crate::model::IdRange;
use crate::model::mount::{MountKind, MountSpec};
use crate::model::spec::{NamespaceSpec, NetworkMode, NsMode, RootfsBackend, RootfsSource};

use super::{Place, Plan, Step, Undo};

impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "container {} ({})", self.spec.name, self.spec.id.short())?;
        for (place, steps) in
            [(Place::Parent, &self.parent), (Place::Monitor, &self.monitor), (Place::Child, &self.child)]
        {
            writeln!(f, "{}:", format!("{place:?}").to_lowercase())?;
            for step in steps {
                match step.undo() {
                    Undo::RemoveContainer => writeln!(f, "  {step}   (undo: remove it)")?,
                    Undo::HelperWatchesMonitor => writeln!(f, "  {step}   (undo: ends with the monitor)")?,
                    Undo::Nothing | Undo::EndsWithProcess => writeln!(f, "  {step}")?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckSource { source, create: true } => {
                write!(f, "check {}, make it when missing", source.display())
            }
            Self::CheckSource { source, create: false } => write!(f, "check {}", source.display()),
            Self::CreateContainer => f.write_str("create the container in the store"),
            Self::StartMonitor => f.write_str("fork the monitor"),
            Self::MakeCgroup(cgroup) => {
                f.write_str("make a cgroup")?;
                crate::spec::limits::settings(&cgroup.limits)
                    .iter()
                    .try_for_each(|setting| write!(f, ", {}={}", setting.file, setting.value))
            }
            Self::AwaitCgroup => f.write_str("wait for the cgroup"),
            Self::WriteMaps(maps) => {
                write!(
                    f,
                    "write id maps ({:?}): uids {}; gids {}",
                    maps.writer,
                    ranges(&maps.uids),
                    ranges(&maps.gids)
                )
            }
            Self::Release => f.write_str("wait for the id maps, let the monitor go on"),
            Self::JoinNamespace { kind, mode } => match mode {
                NsMode::Path(path) => write!(f, "join {kind} namespace {}", path.display()),
                NsMode::Container(id) => write!(f, "join {kind} namespace of container {}", id.short()),
                NsMode::Private | NsMode::Host => Ok(()),
            },
            Self::NewUserNamespace => f.write_str("unshare the user namespace"),
            Self::CloneInit(ns) => {
                write!(f, "clone the first process: new {}", new_namespaces(ns).join(", "))
            }
            Self::BecomeRoot => f.write_str("wait for that, become root in the user namespace"),
            Self::ServeRoot(_) => f.write_str("start the overlay's server"),
            Self::StartNetwork(network) => match network.mode {
                NetworkMode::Slirp4netns { mtu, .. } => write!(f, "start slirp4netns, mtu {mtu}"),
                NetworkMode::None => Ok(()),
            },
            Self::Supervise => f.write_str("supervise"),
            Self::HandOver => f.write_str("leave the first process, which waits, to the caller"),
            Self::RemoveContainer => f.write_str("remove the container"),
            Self::IsolateMounts { slave: true } => f.write_str("make the mount tree a slave of the host's"),
            Self::IsolateMounts { slave: false } => f.write_str("make the mount tree private"),
            Self::Loopback => f.write_str("set lo up"),
            Self::Hostname(name) => write!(f, "set hostname {name}"),
            Self::MountRoot(root) if root.backend == RootfsBackend::Copy => {
                f.write_str("bind the copied root on /")
            }
            Self::MountRoot(root) => {
                let by = if root.is_served() { " over FUSE" } else { "" };
                match &root.source {
                    RootfsSource::Layers(layers) => {
                        write!(f, "mount overlay of {} layers{by} on /", layers.len())
                    }
                    RootfsSource::Directory(dir) => write!(f, "bind {} on /", dir.display()),
                    RootfsSource::DirectoryOverlay(dir) => {
                        write!(f, "mount overlay of {}{by} on /, writes thrown away", dir.display())
                    }
                    RootfsSource::Host => {
                        f.write_str("mount overlay of the host's userland on /, writes in memory")
                    }
                }
            }
            Self::Mount(mount) => show_mount(mount, f),
            Self::Device(device) => {
                write!(f, "bind device {} on {}", device.source.display(), device.destination)
            }
            Self::Terminal => f.write_str("open a terminal, bind it on /dev/console"),
            Self::WorkDir(dir) => write!(f, "make working directory {dir}"),
            Self::Sysctl { key, value } => write!(f, "set {key}={value}"),
            Self::ReadOnly(path) => write!(f, "make {path} read-only"),
            Self::Mask(path) => write!(f, "mask {path}"),
            Self::ReadOnlyRoot => f.write_str("make / read-only"),
            Self::Pivot => f.write_str("pivot into the root"),
            Self::Limit(limit) => write!(f, "set ulimit {}={}:{}", limit.name, limit.soft, limit.hard),
            Self::OomScore(score) => write!(f, "set oom_score_adj {score}"),
            Self::WaitNetwork(_) => f.write_str("wait for the network"),
            Self::Confine(confinement) => write!(
                f,
                "confine: {} capabilities{}, seccomp {:?}",
                confinement.capabilities.len(),
                if confinement.no_new_privileges { ", no new privileges" } else { "" },
                confinement.seccomp
            ),
            Self::AwaitStart => f.write_str("wait for the word to start"),
            Self::Exec(process) => {
                write!(f, "exec {:?} as {:?} in {}", process.args, process.user, process.cwd)
            }
        }
    }
}

fn ranges(map: &[IdRange]) -> String {
    let one = |r: &IdRange| format!("{}:{}:{}", r.container, r.host, r.size);
    map.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Names of the namespaces that are made, `mnt` first.
fn new_namespaces(ns: &NamespaceSpec) -> Vec<&'static str> {
    let all =
        [("pid", &ns.pid), ("net", &ns.net), ("ipc", &ns.ipc), ("uts", &ns.uts), ("cgroup", &ns.cgroup)];
    let new = all.into_iter().filter(|(_, mode)| **mode == NsMode::Private).map(|(name, _)| name);
    std::iter::once("mnt").chain(new).collect()
}

fn show_mount(mount: &MountSpec, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let to = &mount.destination;
    match &mount.kind {
        MountKind::Bind { source, recursive, .. } => {
            write!(f, "{} {} on {to}", if *recursive { "rbind" } else { "bind" }, source.display())?;
        }
        MountKind::Volume { name } => write!(f, "bind volume {name} on {to}")?,
        MountKind::File { name, .. } => write!(f, "bind own file {name} on {to}")?,
        MountKind::Tmpfs { size: Some(size), .. } => write!(f, "mount tmpfs of {size} bytes on {to}")?,
        MountKind::Tmpfs { size: None, .. } => write!(f, "mount tmpfs on {to}")?,
        MountKind::Proc { .. } => write!(f, "mount proc on {to}")?,
        MountKind::Sysfs => write!(f, "mount sysfs on {to}")?,
        MountKind::Devpts => write!(f, "mount devpts on {to}")?,
        MountKind::Mqueue => write!(f, "mount mqueue on {to}")?,
        MountKind::Cgroup => write!(f, "mount cgroup on {to}")?,
        MountKind::Dev => write!(f, "mount own /dev on {to}")?,
        MountKind::Kernel { filesystem, settings } => {
            write!(f, "mount {} on {to}", filesystem.name())?;
            if !settings.is_empty() {
                write!(f, " with {}", settings.join(","))?;
            }
        }
    }
    let o = &mount.options;
    let names = [
        (o.readonly, "ro"),
        (o.nosuid, "nosuid"),
        (o.nodev, "nodev"),
        (o.noexec, "noexec"),
        (o.noatime, "noatime"),
        (o.strictatime, "strictatime"),
    ];
    let set: Vec<_> = names.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
    if set.is_empty() { Ok(()) } else { write!(f, " ({})", set.join(",")) }
}
