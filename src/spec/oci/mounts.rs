//! `mounts` and `linux.devices`.

use std::path::Path;

use super::OciError;
use super::document::{Device, Mount};
use crate::model::spec::{DeviceNode, DeviceSpec};
use crate::model::{Filesystem, MountKind, MountOptions, MountSpec, Propagation};
use crate::spec::path::clean;

/// The options of mounts that are understood, besides those of the file systems.
pub const MOUNT_OPTIONS: &[&str] = &[
    "atime",
    "bind",
    "defaults",
    "dev",
    "exec",
    "noatime",
    "nodev",
    "noexec",
    "nostrictatime",
    "nosuid",
    "private",
    "ratime",
    "rbind",
    "rdev",
    "relatime",
    "rexec",
    "rnoatime",
    "rnodev",
    "rnoexec",
    "rnostrictatime",
    "rnosuid",
    "ro",
    "rprivate",
    "rrelatime",
    "rro",
    "rrw",
    "rshared",
    "rslave",
    "rstrictatime",
    "rsuid",
    "runbindable",
    "rw",
    "shared",
    "slave",
    "strictatime",
    "suid",
    "tmpcopyup",
    "unbindable",
];

/// Those that are for the mounts below as well.
const RECURSIVE: [&str; 13] = [
    "ratime",
    "rdev",
    "rexec",
    "rnoatime",
    "rnodev",
    "rnoexec",
    "rnostrictatime",
    "rnosuid",
    "rrelatime",
    "rro",
    "rrw",
    "rstrictatime",
    "rsuid",
];

/// The nodes that every container has (config-linux.md, "Default Devices").
const DEFAULT_DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// All of them, in their order. Paths on the host count from the bundle.
pub(super) fn mounts(list: Vec<Mount>, bundle: &Path) -> Result<Vec<MountSpec>, OciError> {
    list.into_iter().enumerate().map(|(number, mount)| one(number, mount, bundle)).collect()
}

fn one(number: usize, mount: Mount, bundle: &Path) -> Result<MountSpec, OciError> {
    let field = |name: &str| format!("mounts[{number}].{name}");
    let destination = place(&field("destination"), &mount.destination)?;
    if mount.uid_mappings.iter().chain(&mount.gid_mappings).flatten().next().is_some() {
        return Err(OciError::unsupported(
            field("uidMappings"),
            "a mount has the ids of the container's user namespace",
        ));
    }
    let asked = Asked::read(mount.options.unwrap_or_default());
    let options = || field("options");
    let is_bind = asked.bind || mount.kind == "bind";
    if !is_bind && asked.recursive_flag.is_some() {
        return Err(OciError::unsupported(options(), "only a bind has mounts below it"));
    }
    let none = |asked: &Asked| match asked.settings.first() {
        Some(word) => Err(OciError::unsupported(options(), format!("{word:?}"))),
        None if asked.copy_up => Err(OciError::unsupported(options(), "\"tmpcopyup\"")),
        None => Ok(()),
    };
    let kind = match mount.kind.as_str() {
        _ if is_bind => {
            none(&asked)?;
            if mount.source.is_empty() {
                return Err(OciError::invalid(field("source"), "a bind needs one"));
            }
            if let Some(word) = asked.recursive_flag.as_ref().filter(|_| !asked.recursive) {
                return Err(OciError::unsupported(options(), format!("{word:?} without \"rbind\"")));
            }
            let source = bundle.join(&mount.source);
            MountKind::Bind { source, recursive: asked.recursive, create_source: false }
        }
        "proc" if !asked.copy_up => MountKind::Proc { options: asked.settings },
        "tmpfs" if asked.copy_up => {
            copied_up(&asked.settings).map_err(|why| OciError::unsupported(options(), why))?
        }
        "tmpfs" => MountKind::Kernel { filesystem: Filesystem::Tmpfs, settings: asked.settings },
        "devpts" if !asked.copy_up => {
            MountKind::Kernel { filesystem: Filesystem::Devpts, settings: asked.settings }
        }
        "sysfs" => none(&asked).map(|()| MountKind::Sysfs)?,
        "mqueue" => none(&asked).map(|()| MountKind::Mqueue)?,
        "cgroup" | "cgroup2" => none(&asked).map(|()| MountKind::Cgroup)?,
        other => {
            return Err(OciError::unsupported(field("type"), format!("file system {other:?}")));
        }
    };
    Ok(MountSpec { destination, kind, options: asked.flags })
}

/// A tmpfs that starts with what is there: it takes a size and a mode.
fn copied_up(settings: &[String]) -> Result<MountKind, String> {
    let (mut size, mut mode) = (None, None);
    for setting in settings {
        let refused = || format!("{setting:?} together with \"tmpcopyup\"");
        match setting.split_once('=') {
            Some(("size", text)) => {
                size = Some(crate::spec::size::parse("size", text).map_err(|_| refused())?)
            }
            Some(("mode", text)) => mode = Some(u32::from_str_radix(text, 8).map_err(|_| refused())?),
            _ => return Err(refused()),
        }
    }
    Ok(MountKind::Tmpfs { size, mode, copy_up: true })
}

/// A place inside the container.
fn place(field: &str, text: &str) -> Result<String, OciError> {
    if text.is_empty() || text.contains('\0') {
        return Err(OciError::invalid(field, format!("{text:?} is no path")));
    }
    match clean(text) {
        root if root == "/" => Err(OciError::invalid(field, "nothing is mounted over the root")),
        place => Ok(place),
    }
}

/// What the options of a mount say (config.md, "Mounts", "Linux mount options").
#[derive(Default)]
struct Asked {
    bind: bool,
    recursive: bool,
    copy_up: bool,
    /// A flag for the mounts below as well.
    recursive_flag: Option<String>,
    flags: MountOptions,
    /// What is left for the file system.
    settings: Vec<String>,
}

impl Asked {
    fn read(words: Vec<String>) -> Self {
        let mut asked = Self::default();
        for word in words {
            if !asked.take(&word) {
                asked.settings.push(word);
            }
        }
        asked
    }

    fn take(&mut self, word: &str) -> bool {
        let flags = &mut self.flags;
        match word {
            "bind" => self.bind = true,
            "rbind" => (self.bind, self.recursive) = (true, true),
            "tmpcopyup" => self.copy_up = true,
            // What every mount is that does not say otherwise.
            "defaults" | "relatime" | "rrelatime" | "" => {}
            "ro" | "rro" => (flags.readonly, flags.allowed.write) = (true, false),
            "rw" | "rrw" => (flags.readonly, flags.allowed.write) = (false, true),
            "nosuid" | "rnosuid" => (flags.nosuid, flags.allowed.suid) = (true, false),
            "suid" | "rsuid" => (flags.nosuid, flags.allowed.suid) = (false, true),
            "nodev" | "rnodev" => (flags.nodev, flags.allowed.dev) = (true, false),
            "dev" | "rdev" => (flags.nodev, flags.allowed.dev) = (false, true),
            "noexec" | "rnoexec" => (flags.noexec, flags.allowed.exec) = (true, false),
            "exec" | "rexec" => (flags.noexec, flags.allowed.exec) = (false, true),
            "noatime" | "rnoatime" => (flags.noatime, flags.strictatime) = (true, false),
            "atime" | "ratime" => flags.noatime = false,
            "strictatime" | "rstrictatime" => (flags.strictatime, flags.noatime) = (true, false),
            "nostrictatime" | "rnostrictatime" => flags.strictatime = false,
            "private" => flags.propagation = Propagation::Private,
            "rprivate" => flags.propagation = Propagation::Rprivate,
            "slave" => flags.propagation = Propagation::Slave,
            "rslave" => flags.propagation = Propagation::Rslave,
            "shared" => flags.propagation = Propagation::Shared,
            "rshared" => flags.propagation = Propagation::Rshared,
            "unbindable" => flags.propagation = Propagation::Unbindable,
            "runbindable" => flags.propagation = Propagation::Runbindable,
            _ => return false,
        }
        if RECURSIVE.contains(&word) {
            self.recursive_flag = Some(word.to_owned());
        }
        true
    }
}

/// The nodes of the host that are bound: those that are listed, and the default ones where the container has no /dev of
/// its own that brings them.
pub(super) fn devices(list: Vec<Device>, mounts: &[MountSpec]) -> Result<Vec<DeviceSpec>, OciError> {
    let mut devices =
        list.into_iter().enumerate().map(|(n, d)| device(n, d)).collect::<Result<Vec<_>, _>>()?;
    if !mounts.iter().any(|mount| mount.destination == "/dev") {
        for path in DEFAULT_DEVICES {
            if !devices.iter().any(|device| device.destination == path) {
                devices.push(DeviceSpec {
                    source: path.into(),
                    destination: path.into(),
                    readonly: false,
                    node: None,
                });
            }
        }
    }
    Ok(devices)
}

fn device(number: usize, device: Device) -> Result<DeviceSpec, OciError> {
    let field = |name: &str| format!("linux.devices[{number}].{name}");
    let block = match device.kind.as_str() {
        "c" | "u" => false,
        "b" => true,
        "p" => return Err(OciError::unsupported(field("type"), "a FIFO is not made")),
        other => return Err(OciError::invalid(field("type"), format!("{other:?} is none of c, b, u, p"))),
    };
    // It is the host's node: whose that is cannot be chosen.
    for (name, id) in [("uid", device.uid), ("gid", device.gid)] {
        if id.is_some_and(|id| id != 0) {
            return Err(OciError::unsupported(field(name), "the host's node is bound, with its owner"));
        }
    }
    let destination = place(&field("path"), &device.path)?;
    let mode = device.file_mode.map(|mode| mode & 0o7777);
    let node = DeviceNode { block, major: device.major, minor: device.minor, mode };
    Ok(DeviceSpec { source: destination.clone().into(), destination, readonly: false, node: Some(node) })
}
