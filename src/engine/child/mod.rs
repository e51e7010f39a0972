//! The container's first process, from the clone to the exec: the child's steps of the plan, one `match`.

mod becoming;
mod confine;
mod dev;
mod entrant;
mod exec;
mod masks;
mod mounts;
mod rootfs;
mod sysctl;
mod terminal;
mod user;
mod userland;

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::engine::sources::Sources;
use crate::engine::{door, message};
use crate::model::spec::NetworkMode;
use crate::net;
use crate::plan::{Plan, Step};
use crate::sys::overlay::Writes;
use crate::sys::{Attempt, packet, process, userns};

pub use becoming::{Becoming, Bond};
pub use entrant::Entrant;
pub use exec::FileId;
pub(super) use mounts::Mounts;
pub(super) use rootfs::mount_root;
pub use user::Lookup;

/// What the child has besides the plan.
pub struct Child<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// The container's directory in the store.
    pub container: &'a Path,
    /// What it becomes.
    pub becoming: Becoming<'a>,
    /// To the server of its root file system.
    pub server: Option<OwnedFd>,
}

impl Child<'_> {
    /// Runs every step. Does not return: the process becomes the program, or reports why not and ends.
    pub fn run(&self) -> ! {
        let Err(failure) = self.steps();
        self.becoming.give_up(&failure)
    }

    fn steps(&self) -> Result<std::convert::Infallible, Failure> {
        let (spec, becoming) = (self.plan.spec, &self.becoming);
        for (kind, file) in door::own(&door::handed_out(self.plan))? {
            packet::send_with(becoming.monitor.as_fd(), kind.as_bytes(), Some(file.as_fd()))?;
        }
        becoming.wait_for(message::MAPS_READY)?;
        let sources = Sources::open(spec, self.container).or_fail(FailureKind::Mount)?;
        userns::become_root(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
        process::set_undumpable()?;
        becoming.tie_to_monitor()?;
        let mut state = State::default();
        let mut mounts: Option<mounts::Mounts<'_>> = None;
        for step in &self.plan.child {
            let no_root =
                || Failure::new(FailureKind::Other, "internal error: a step before the root is mounted");
            match step {
                Step::OomScore(score) => set_oom_score(*score)?,
                Step::IsolateMounts { slave } => {
                    crate::sys::mount::isolate_tree(*slave).or_fail(FailureKind::Mount)?
                }
                Step::Loopback => {
                    let proc = mounts.as_ref().ok_or_else(no_root)?.proc.as_fd();
                    net::inside::bring_up(proc, &spec.id_maps.gids)?;
                }
                Step::Hostname(name) => {
                    nix::unistd::sethostname(name).attempt(|| format!("set hostname {name:?}"))?;
                }
                Step::MountRoot(rootfs) => {
                    let writes = if spec.remove { Writes::Discard } else { Writes::Keep };
                    let root =
                        rootfs::mount_root(rootfs, &sources, writes, self.server.as_ref().map(AsFd::as_fd))?;
                    mounts = Some(mounts::Mounts::new(root, &spec.id_maps)?);
                }
                Step::Mount(mount) => {
                    let source = spec.mounts.iter().position(|m| std::ptr::eq(m, *mount));
                    let source = source.and_then(|at| sources.mounts.get(at)?.as_ref());
                    mounts.as_mut().ok_or_else(no_root)?.mount(mount, source)?;
                }
                Step::Device(device) => {
                    let source = spec.devices.iter().position(|d| std::ptr::eq(d, *device));
                    let source = source.and_then(|at| sources.devices.get(at)).ok_or_else(no_root)?;
                    mounts.as_ref().ok_or_else(no_root)?.device(device, source)?;
                }
                Step::Terminal => {
                    let mounts = mounts.as_ref().ok_or_else(no_root)?;
                    let (master, slave) = terminal::open(mounts, spec.process.terminal_size)?;
                    packet::send_with(becoming.monitor.as_fd(), message::TERMINAL, Some(master.as_fd()))?;
                    state.terminal = Some(slave);
                }
                Step::WorkDir(dir) => {
                    mounts.as_ref().ok_or_else(no_root)?.root.directory(dir).or_fail(FailureKind::WorkDir)?;
                }
                Step::Sysctl { key, value } => {
                    sysctl::set(mounts.as_ref().ok_or_else(no_root)?.proc.as_fd(), key, value)?;
                }
                Step::ReadOnly(path) => mounts.as_ref().ok_or_else(no_root)?.read_only(path)?,
                Step::Mask(path) => mounts.as_mut().ok_or_else(no_root)?.mask(path)?,
                Step::ReadOnlyRoot => mounts.as_ref().ok_or_else(no_root)?.read_only_root()?,
                Step::Pivot => {
                    let mounts = mounts.as_ref().ok_or_else(no_root)?;
                    mounts.finish()?;
                    crate::sys::mount::pivot(mounts.root.fd()).or_fail(FailureKind::Mount)?;
                }
                Step::Limit(limit) => {
                    process::set_rlimit(&limit.name, limit.soft, limit.hard).or_fail(FailureKind::Limit)?;
                }
                Step::WaitNetwork(network) => {
                    becoming.wait_for(message::NETWORK_READY)?;
                    if let NetworkMode::Slirp4netns { ipv6: true, .. } = network.mode {
                        let proc = mounts.as_ref().ok_or_else(no_root)?.proc.as_fd();
                        net::inside::slirp_ipv6(proc)?;
                    }
                }
                Step::Confine(_) => {
                    let proc = mounts.as_ref().ok_or_else(no_root)?.proc.as_fd();
                    state.home = becoming.confine(proc, state.terminal.take())?;
                }
                Step::AwaitStart => becoming.await_start(&state.home)?,
                Step::Exec(_) => return Err(becoming.exec(&state.home, spec.init)),
                Step::CheckSource { .. }
                | Step::CreateContainer
                | Step::StartMonitor
                | Step::MakeCgroup(_)
                | Step::AwaitCgroup
                | Step::WriteMaps(_)
                | Step::Release
                | Step::JoinNamespace { .. }
                | Step::NewUserNamespace
                | Step::CloneInit(_)
                | Step::BecomeRoot
                | Step::ServeRoot(_)
                | Step::StartNetwork(_)
                | Step::Supervise
                | Step::HandOver
                | Step::RemoveContainer => {
                    let message =
                        format!("internal error: step {step} does not belong to the container's process");
                    return Err(Failure::new(FailureKind::Other, message));
                }
            }
        }
        Err(Failure::new(FailureKind::Other, "internal error: the plan ends without a program"))
    }
}

/// Of a process that nobody may look at the file is the host root's: for this moment it lets itself be looked at.
fn set_oom_score(score: i32) -> Result<(), Failure> {
    process::set_dumpable(true)?;
    let written = crate::sys::file::write_kernel("/proc/self/oom_score_adj", &score.to_string());
    process::set_dumpable(false)?;
    written.or_fail(FailureKind::Limit)
}

/// What one step leaves for a later one.
#[derive(Default)]
struct State {
    terminal: Option<OwnedFd>,
    home: String,
}
