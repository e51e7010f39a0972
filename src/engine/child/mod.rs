//! The container's first process, from the clone to the exec: the child's steps of the plan, one `match`.

mod confine;
mod dev;
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
use crate::engine::{init, message};
use crate::model::MapWriter;
use crate::model::idmap::to_host;
use crate::model::spec::{NetworkMode, ProcessSpec};
use crate::net;
use crate::plan::{Plan, Step};
use crate::sys::overlay::Writes;
use crate::sys::{Attempt, packet, process, userns};

pub use exec::FileId;

/// What the child has besides the plan.
pub struct Child<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// The container's directory in the store.
    pub container: &'a Path,
    /// The compiled filter.
    pub seccomp: Option<&'a [u8]>,
    /// To the monitor; it closes when the program runs.
    pub monitor: OwnedFd,
    /// rctr's own binary, which is never executed inside.
    pub own_binary: FileId,
}

impl Child<'_> {
    /// Runs every step. Does not return: the process becomes the program, or reports why not and ends.
    pub fn run(&self) -> ! {
        let Err(failure) = self.steps();
        self.report(&failure);
        process::exit_now(127);
    }

    fn report(&self, failure: &Failure) {
        // Without a monitor nobody is left to tell.
        let _ = packet::send(self.monitor.as_fd(), &message::failure(failure));
    }

    fn steps(&self) -> Result<std::convert::Infallible, Failure> {
        let spec = self.plan.spec;
        self.wait_for(message::MAPS_READY)?;
        let sources = Sources::open(spec, self.container).or_fail(FailureKind::Mount)?;
        userns::become_root(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
        process::set_undumpable()?;
        self.tie_to_monitor()?;
        let mut state = State::default();
        let mut mounts: Option<mounts::Mounts<'_>> = None;
        for step in &self.plan.child {
            let no_root =
                || Failure::new(FailureKind::Other, "internal error: a step before the root is mounted");
            match step {
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
                    let root = rootfs::mount_root(rootfs, &sources, writes)?;
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
                    packet::send_with(self.monitor.as_fd(), message::TERMINAL, Some(master.as_fd()))?;
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
                    let root = &mounts.as_ref().ok_or_else(no_root)?.root;
                    crate::sys::mount::pivot(root.fd()).or_fail(FailureKind::Mount)?;
                }
                Step::Limit(limit) => {
                    process::set_rlimit(&limit.name, limit.soft, limit.hard).or_fail(FailureKind::Limit)?;
                }
                Step::WaitNetwork(network) => {
                    self.wait_for(message::NETWORK_READY)?;
                    if let NetworkMode::Slirp4netns { ipv6: true, .. } = network.mode {
                        let proc = mounts.as_ref().ok_or_else(no_root)?.proc.as_fd();
                        net::inside::slirp_ipv6(proc)?;
                    }
                }
                Step::Confine(confinement) => {
                    let root = user::own_root()?;
                    let lookup = user::Lookup::read(&root)?;
                    let identity = self.identity(&lookup)?;
                    if let Some(slave) = state.terminal.take() {
                        terminal::take(slave, &identity)?;
                    }
                    user::own_stdio(&identity);
                    let proc = mounts.as_ref().ok_or_else(no_root)?.proc.as_fd();
                    confine::Confine {
                        spec: confinement,
                        process: &spec.process,
                        program: self.seccomp,
                        maps: &spec.id_maps,
                        proc,
                    }
                    .apply(&identity)?;
                    // Changed credentials clear the death signal (prctl(2), PR_SET_PDEATHSIG).
                    self.tie_to_monitor()?;
                    state.home = identity.home;
                }
                Step::Exec(process) => return Err(self.exec(process, &state.home)),
                Step::CheckSource { .. }
                | Step::CreateContainer
                | Step::StartMonitor
                | Step::WriteMaps(_)
                | Step::Release
                | Step::JoinNamespace { .. }
                | Step::NewUserNamespace
                | Step::CloneInit(_)
                | Step::BecomeRoot
                | Step::OomScore(_)
                | Step::StartNetwork(_)
                | Step::Supervise
                | Step::RemoveContainer => {
                    let message =
                        format!("internal error: step {step} does not belong to the container's process");
                    return Err(Failure::new(FailureKind::Other, message));
                }
            }
        }
        Err(Failure::new(FailureKind::Other, "internal error: the plan ends without a program"))
    }

    fn exec(&self, process: &ProcessSpec, home: &str) -> Failure {
        let found = (|| {
            let root = crate::sys::root::open_directory(Path::new("/"))?;
            exec::enter_directory(&root, &process.cwd)?;
            let program = exec::find(process, home, &root, self.own_binary)?;
            crate::sys::signal::reset_for_exec()?;
            process::close_from(3 + process.preserve_fds, true)?;
            Ok(program)
        })();
        let name = process.args.first().map(String::as_str).unwrap_or_default();
        match found {
            Ok(program) if self.plan.spec.init => init::run_as_init(|| {
                self.report(&program.exec(name));
                127
            })
            .into(),
            Ok(program) => program.exec(name),
            Err(failure) => failure,
        }
    }

    /// Who the program runs as. With a single id, users that it is not are that one all the same: an image whose USER
    /// has no id here still runs.
    fn identity(&self, lookup: &user::Lookup) -> Result<user::Identity, Failure> {
        let spec = self.plan.spec;
        let identity = lookup.identity(&spec.process.user, &spec.process.groups)?;
        let (maps, ids) = (&spec.id_maps, (identity.uid, identity.gid));
        let mapped = to_host(&maps.uids, ids.0).is_some() && to_host(&maps.gids, ids.1).is_some();
        match (maps.uids.first(), maps.gids.first()) {
            (Some(only), Some(group)) if maps.writer == MapWriter::Own && !mapped => {
                let (uid, gid) = ids;
                let text = format!(
                    "only one id is mapped: {uid}:{gid} is {} here, without capabilities",
                    only.container
                );
                packet::send(self.monitor.as_fd(), &message::notice(&text))?;
                Ok(identity.as_single_id(only.container, group.container))
            }
            _ => Ok(identity),
        }
    }

    /// Ends with the monitor, also when that was killed before this was asked for: there is no signal for the past.
    fn tie_to_monitor(&self) -> Result<(), Failure> {
        process::die_with_parent()?;
        if packet::peer_has_gone(self.monitor.as_fd()) {
            process::exit_now(127);
        }
        Ok(())
    }

    /// Waits for one word of the monitor's; its end is ours.
    fn wait_for(&self, word: &[u8]) -> Result<(), Failure> {
        let mut buffer = [0; 16];
        let (length, _) = packet::receive(self.monitor.as_fd(), &mut buffer)?;
        if &buffer[..length] == word {
            return Ok(());
        }
        process::exit_now(127);
    }
}

/// What one step leaves for a later one.
#[derive(Default)]
struct State {
    terminal: Option<OwnedFd>,
    home: String,
}
