//! Mounts below the root, each from a descriptor onto a descriptor.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::mount::MountAttrFlags;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::model::idmap::to_host;
use crate::model::spec::DeviceSpec;
use crate::model::{Filesystem, IdMapSpec, MountKind, MountOptions, MountSpec};
use crate::sys::mount::{self, Context, Setting};
use crate::sys::root::{Kind, Root, kind_of};
use crate::sys::{Attempt, SysError};

use super::dev;

/// What the mounts of one container share.
pub struct Mounts<'a> {
    /// The root that is being filled.
    pub root: Root,
    /// Id maps: a group that has no mapping cannot own devpts.
    pub maps: &'a IdMapSpec,
    /// A procfs that no mount of the container's can stand in the way of: a detached copy of its own, the host's until
    /// that is mounted.
    pub proc: OwnedFd,
    /// The container's own /dev, once it is mounted.
    pub dev: Option<OwnedFd>,
    /// The container's own devpts, once it is mounted.
    pub devpts: Option<OwnedFd>,
    /// Mounts that become read-only when everything below them is there.
    pub(super) late: Vec<OwnedFd>,
    /// A tmpfs with the files that rctr makes.
    files: Option<OwnedFd>,
    /// The empty read-only directory that masked directories show, once the first one does.
    pub(super) nothing: Option<OwnedFd>,
}

impl<'a> Mounts<'a> {
    /// Starts with nothing but the root.
    pub fn new(root: Root, maps: &'a IdMapSpec) -> Result<Self, SysError> {
        let proc = crate::sys::root::open_directory(Path::new("/proc"))?;
        let late = Vec::new();
        Ok(Self { root, maps, proc, dev: None, devpts: None, late, files: None, nothing: None })
    }

    /// Makes one mount; `source` is what `Sources` has for it.
    pub fn mount(&mut self, spec: &MountSpec, source: Option<&OwnedFd>) -> Result<(), Failure> {
        let result = match (&spec.kind, source) {
            (MountKind::Bind { source: path, recursive, .. }, Some(fd)) => {
                self.bind_fd(spec, fd.as_fd(), *recursive, &path.display().to_string())
            }
            (MountKind::Volume { name }, Some(fd)) => self.volume(spec, fd, name),
            (MountKind::File { name, content, mode }, _) => self.file(spec, name, content, *mode),
            (MountKind::Tmpfs { size, mode, copy_up }, _) => self.tmpfs(spec, *size, *mode, *copy_up),
            (MountKind::Proc { options }, _) => return self.proc(spec, options),
            (MountKind::Sysfs, _) => self.sysfs(spec),
            (MountKind::Devpts, _) => self.devpts(spec),
            (MountKind::Mqueue, _) => self.kernel_or_host(spec, "mqueue", "/dev/mqueue"),
            (MountKind::Cgroup, _) => self.cgroup(spec),
            (MountKind::Dev, _) => self.dev(spec),
            (MountKind::Kernel { filesystem, settings }, _) => self.kernel(spec, *filesystem, settings),
            (MountKind::Bind { .. } | MountKind::Volume { .. }, None) => {
                let message = format!("internal error: the source of {} was not opened", spec.destination);
                return Err(Failure::new(FailureKind::Mount, message));
            }
        };
        result.or_fail(FailureKind::Mount)
    }

    /// Binds a device node of the host.
    pub fn device(&self, device: &DeviceSpec, source: &OwnedFd) -> Result<(), Failure> {
        if let Some(node) = &device.node {
            dev::check(source.as_fd(), node, &device.source).or_fail(FailureKind::Mount)?;
        }
        let options =
            MountOptions { readonly: device.readonly, nosuid: true, noexec: true, ..Default::default() };
        let spec = MountSpec {
            destination: device.destination.clone(),
            kind: MountKind::Bind { source: device.source.clone(), recursive: false, create_source: false },
            options,
        };
        self.bind_fd(&spec, source.as_fd(), false, &device.source.display().to_string())
            .or_fail(FailureKind::Mount)
    }

    fn bind(&self, spec: &MountSpec, source: &Path) -> Result<(), SysError> {
        let what = || format!("mount {} on {}", source.display(), spec.destination);
        let fd = rustix::fs::open(source, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).attempt(what)?;
        self.bind_fd(spec, fd.as_fd(), true, &source.display().to_string())
    }

    fn bind_fd(
        &self,
        spec: &MountSpec,
        source: BorrowedFd<'_>,
        recursive: bool,
        name: &str,
    ) -> Result<(), SysError> {
        let what = || format!("mount {name} on {}", spec.destination);
        let kind = kind_of(source).attempt(what)?;
        let (target, found) = self.root.mount_point(&spec.destination, kind)?;
        if found != kind {
            let say = |k| if k == Kind::Directory { "a directory" } else { "a file" };
            let reason = format!("the source is {}, the destination is {}", say(kind), say(found));
            return Err(SysError::new(what(), std::io::Error::other(reason)));
        }
        let tree = match mount::clone_tree(source, recursive, name) {
            // Mounts below that the host's user namespace locks together can only be taken whole
            // (mount_namespaces(7), "Restrictions on mount namespaces").
            Err(error) if !recursive && error.errno() == nix::errno::Errno::EINVAL as i32 => {
                mount::clone_tree(source, true, name)
            }
            other => other,
        }
        .attempt_again(what)?;
        mount::check_allowed(tree.as_fd(), spec.options.allowed).attempt_again(what)?;
        mount::restrict(tree.as_fd(), mount::attributes(&spec.options), recursive).attempt_again(what)?;
        mount::set_propagation(tree.as_fd(), spec.options.propagation).attempt_again(what)?;
        mount::attach(tree.as_fd(), target.as_fd(), what)
    }

    /// A directory of the container's own; while it is empty it gets what the image has at that place.
    fn volume(&self, spec: &MountSpec, dir: &OwnedFd, name: &str) -> Result<(), SysError> {
        let what = || format!("read volume {name}");
        let mut entries = rustix::fs::Dir::read_from(dir).attempt(what)?;
        let filled = entries.any(|e| e.is_ok_and(|e| !matches!(e.file_name().to_bytes(), b"." | b"..")));
        if !filled {
            // What the image has, and not what is mounted there: /proc through a link of the image, a user's directory.
            fill_from(self.root.locate_own(&spec.destination), dir.as_fd(), &spec.destination)?;
        }
        self.bind_fd(spec, dir.as_fd(), false, &format!("volume {name}"))
    }

    /// A file that rctr makes: kept in memory, so that nothing is written to disk for a short life.
    fn file(&mut self, spec: &MountSpec, name: &str, content: &str, mode: u32) -> Result<(), SysError> {
        let what = || format!("make {name}");
        let memory = match self.files.take() {
            Some(memory) => memory,
            None => file_system()?,
        };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&memory, name, flags, Mode::from_raw_mode(mode)).attempt(what)?;
        self.files = Some(memory);
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode)).attempt(what)?;
        let mut file = std::fs::File::from(fd);
        std::io::Write::write_all(&mut file, content.as_bytes()).attempt(what)?;
        self.bind_fd(spec, file.as_fd(), false, name)
    }

    fn tmpfs(
        &self,
        spec: &MountSpec,
        size: Option<u64>,
        mode: Option<u32>,
        copy_up: bool,
    ) -> Result<(), SysError> {
        let context = Context::open("tmpfs")?;
        context.set(&Setting::Text("mode", &format!("{:o}", mode.unwrap_or(0o1777))))?;
        if let Some(size) = size {
            context.set(&Setting::Text("size", &size.to_string()))?;
        }
        let mut early = spec.options.clone();
        early.readonly = false;
        let tree = context.mount(mount::attributes(&early))?;
        if copy_up {
            fill_from(self.root.locate(&spec.destination), tree.as_fd(), &spec.destination)?;
            if let Some(mode) = mode {
                rustix::fs::chmodat(&tree, ".", Mode::from_raw_mode(mode), rustix::fs::AtFlags::empty())
                    .attempt(|| format!("set the mode of {}", spec.destination))?;
            }
        }
        if spec.options.readonly {
            mount::restrict(tree.as_fd(), MountAttrFlags::MOUNT_ATTR_RDONLY, false)?;
        }
        self.attach(spec, &tree)
    }

    fn proc(&mut self, spec: &MountSpec, options: &[String]) -> Result<(), Failure> {
        let mounted = (|| {
            let context = Context::open("proc")?;
            set_all(&context, options)?;
            context.mount(mount::attributes(&spec.options))
        })();
        let tree = match mounted {
            // mount_too_revealing(): a procfs is only given where the one that is visible is not masked.
            Err(error) if error.errno() == nix::errno::Errno::EPERM as i32 => {
                return Err(Failure::of(FailureKind::ProcMasked, &error));
            }
            other => other.or_fail(FailureKind::Mount)?,
        };
        self.attach(spec, &tree).or_fail(FailureKind::Mount)?;
        self.proc = mount::clone_tree(tree.as_fd(), false, "proc").or_fail(FailureKind::Mount)?;
        Ok(())
    }

    /// sysfs belongs to the network namespace: where that is not ours, the host's is bound.
    fn sysfs(&self, spec: &MountSpec) -> Result<(), SysError> {
        self.kernel_or_host(spec, "sysfs", "/sys")
    }

    fn kernel_or_host(&self, spec: &MountSpec, name: &'static str, host: &str) -> Result<(), SysError> {
        match Context::open(name).and_then(|c| c.mount(mount::attributes(&spec.options))) {
            Ok(tree) => self.attach(spec, &tree),
            Err(error) if error.errno() == nix::errno::Errno::EPERM as i32 && Path::new(host).exists() => {
                self.bind(spec, Path::new(host))
            }
            Err(error) if error.errno() == nix::errno::Errno::ENODEV as i32 => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn devpts(&mut self, spec: &MountSpec) -> Result<(), SysError> {
        let context = Context::open("devpts")?;
        context.set(&Setting::Text("mode", "0620"))?;
        context.set(&Setting::Text("ptmxmode", "0666"))?;
        // Group 5 is tty in every distribution; without a mapping the terminals stay with the opener's group.
        if to_host(&self.maps.gids, 5).is_some() || self.maps.gids.is_empty() {
            context.set(&Setting::Text("gid", "5"))?;
        }
        let tree = context.mount(mount::attributes(&spec.options))?;
        self.attach(spec, &tree)?;
        self.devpts = Some(tree);
        Ok(())
    }

    /// cgroup v2 as the cgroup namespace shows it; an empty read-only directory where the kernel gives none.
    fn cgroup(&self, spec: &MountSpec) -> Result<(), SysError> {
        let attributes = mount::attributes(&spec.options);
        match Context::open("cgroup2").and_then(|c| c.mount(attributes)) {
            Ok(tree) => self.attach(spec, &tree),
            Err(error)
                if [
                    nix::errno::Errno::EPERM as i32,
                    nix::errno::Errno::ENODEV as i32,
                    nix::errno::Errno::EBUSY as i32,
                ]
                .contains(&error.errno()) =>
            {
                self.tmpfs(spec, Some(4096), Some(0o755), false)
            }
            Err(error) => Err(error),
        }
    }

    /// A file system with settings of a bundle's.
    fn kernel(
        &mut self,
        spec: &MountSpec,
        filesystem: Filesystem,
        settings: &[String],
    ) -> Result<(), SysError> {
        let context = Context::open(filesystem.name())?;
        set_all(&context, settings)?;
        let early = MountOptions { readonly: false, ..spec.options.clone() };
        let tree = context.mount(mount::attributes(&early))?;
        let is_dev = filesystem == Filesystem::Tmpfs && spec.destination == "/dev";
        if is_dev {
            dev::furnish(tree.as_fd())?;
        }
        self.attach(spec, &tree)?;
        if is_dev {
            dev::bind_nodes(tree.as_fd())?;
        }
        if spec.options.readonly {
            // What is mounted below is made first: nothing can be made in it afterwards.
            self.late.push(tree.try_clone().attempt(|| "keep a mount")?);
        }
        match filesystem {
            Filesystem::Tmpfs if is_dev => self.dev = Some(tree),
            Filesystem::Tmpfs => {}
            Filesystem::Devpts => self.devpts = Some(tree),
        }
        Ok(())
    }

    fn dev(&mut self, spec: &MountSpec) -> Result<(), SysError> {
        let tree = dev::filesystem()?;
        self.attach(spec, &tree)?;
        dev::bind_nodes(tree.as_fd())?;
        self.dev = Some(tree);
        Ok(())
    }

    /// Attaches a kernel file system: no symlink on the way, whatever the image holds.
    fn attach(&self, spec: &MountSpec, tree: &OwnedFd) -> Result<(), SysError> {
        let target = match self.root.locate_plain(&spec.destination) {
            Err(error) if error.errno() == nix::errno::Errno::ENOENT as i32 => {
                self.root.directory(&spec.destination)?;
                self.root.locate_plain(&spec.destination)?
            }
            Err(error)
                if error.errno() == nix::errno::Errno::ELOOP as i32
                    && matches!(
                        spec.kind,
                        MountKind::Tmpfs { .. } | MountKind::Kernel { filesystem: Filesystem::Tmpfs, .. }
                    ) =>
            {
                self.root.directory(&spec.destination)?
            }
            other => other?,
        };
        mount::attach(tree.as_fd(), target.as_fd(), || format!("mount on {}", spec.destination))
    }
}

/// Settings as mount(8) writes them.
fn set_all(context: &Context, settings: &[String]) -> Result<(), SysError> {
    settings.iter().try_for_each(|setting| match setting.split_once('=') {
        Some((key, value)) => context.set(&Setting::Text(key, value)),
        None => context.set(&Setting::Flag(setting)),
    })
}

/// Copies what was found at `path` into a directory; nothing when that is no directory.
fn fill_from(found: Result<OwnedFd, SysError>, into: BorrowedFd<'_>, path: &str) -> Result<(), SysError> {
    match found {
        Ok(from) if kind_of(from.as_fd()).attempt(|| format!("look at {path}"))? == Kind::Directory => {
            crate::sys::tree::copy(from.as_fd(), into, path)
        }
        _ => Ok(()),
    }
}

/// A small tmpfs over the old root's /etc, which nobody looks at any more: only what is attached can be bound from
/// (until Linux 6.15). It goes with the old root; taking it away by itself would cost a grace period of the kernel.
fn file_system() -> Result<OwnedFd, SysError> {
    let context = Context::open("tmpfs")?;
    context.set(&Setting::Text("mode", "0755"))?;
    context.set(&Setting::Text("size", "1m"))?;
    let flags = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let memory = context.mount(flags)?;
    let place = crate::sys::root::open_directory(Path::new("/etc"))?;
    mount::attach(memory.as_fd(), place.as_fd(), || "attach the container's files".to_owned())?;
    Ok(memory)
}

/// Gives an inner error the attempt of the whole mount.
trait AttemptAgain<T> {
    fn attempt_again(self, what: impl FnOnce() -> String) -> Result<T, SysError>;
}

impl<T> AttemptAgain<T> for Result<T, SysError> {
    fn attempt_again(self, what: impl FnOnce() -> String) -> Self {
        self.map_err(|error| SysError::new(what(), error.source))
    }
}
