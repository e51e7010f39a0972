//! The monitor's place: from its fork to the moment the program runs. What comes then is `crate::monitor`'s.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use crate::model::spec::{ContainerSpec, NamespaceSpec, NetworkMode, NsMode};
use crate::model::{ContainerState, Status};
use crate::monitor::protocol::Message;
use crate::monitor::{Container, Relay, Stdio, supervise};
use crate::net::NetError;
use crate::net::slirp::{Slirp, SlirpOptions};
use crate::plan::Step;
use crate::sys::process::{self, Cloned};
use crate::sys::{Attempt, SysError, packet, userns};

use super::child::{Child, FileId};
use super::failure::{Failure, FailureKind, OrFail};
use super::home::Home;
use super::launch::Launch;
use super::message;

/// What the monitor starts with.
pub struct Start<'a> {
    /// What the command line decided.
    pub launch: &'a Launch<'a>,
    /// The container's place.
    pub home: &'a dyn Home,
    /// To the command line, for the container's whole life.
    pub client: OwnedFd,
    /// To the command line, while the container starts.
    pub parent: OwnedFd,
    /// rctr's own binary.
    pub own_binary: FileId,
}

/// What the steps have made so far.
#[derive(Default)]
struct Made<'a> {
    /// Held until this process ends: the container lives as long.
    lock: Option<OwnedFd>,
    child: Option<Init>,
    network: Option<Slirp>,
    ended: Option<(Container<'a>, Relay)>,
}

struct Init {
    pid: i32,
    pidfd: OwnedFd,
    sync: OwnedFd,
    stdio: Stdio,
    netns: Option<OwnedFd>,
}

impl Start<'_> {
    /// Runs the monitor to the end of the container. Does not return.
    pub fn run(self, others: &[RawFd]) -> ! {
        let mut made = Made::default();
        let result = self.prepare(others).and_then(|()| self.steps(&mut made));
        let client = self.client.as_fd();
        let end = match result {
            Ok(code) => {
                if let Some((mut container, relay)) = made.ended.take() {
                    relay.drain(&mut container);
                }
                Ok(code)
            }
            // What the child says is why; that it could not be talked to any more is only what follows from it.
            Err(failure) => Err(self.give_up(made).unwrap_or(failure)),
        };
        let mut packet = Vec::new();
        match end {
            Ok(code) => Message::Exited(code).encode(&mut packet),
            Err(failure) => Message::Failed(&message::failure(&failure)[1..]).encode(&mut packet),
        }
        // A command line that has gone needs no answer.
        let _ = packet::send(client, &packet);
        process::exit_now(0);
    }

    /// Leaves the command line's session, terminal and descriptors behind.
    fn prepare(&self, others: &[RawFd]) -> Result<(), Failure> {
        let spec = self.spec();
        let mut keep = vec![self.client.as_raw_fd(), self.parent.as_raw_fd()];
        keep.extend(
            (3..3 + spec.process.preserve_fds).map(|fd| fd as RawFd).filter(|fd| !others.contains(fd)),
        );
        process::close_all_but(&keep)?;
        nix::unistd::setsid().attempt(|| "start a session")?;
        crate::sys::signal::block_all()?;
        let null = rustix::fs::open(
            "/dev/null",
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )
        .attempt(|| "open /dev/null")?;
        for target in 0..3 {
            process::place_fd(null.as_fd(), target)?;
        }
        Ok(())
    }

    fn spec(&self) -> &ContainerSpec {
        self.launch.plan.spec
    }

    fn steps<'a>(&'a self, made: &mut Made<'a>) -> Result<i32, Failure> {
        let missing = || Failure::new(FailureKind::Other, "internal error: a step before the first process");
        let mut exit = 0;
        for step in &self.launch.plan.monitor {
            match step {
                Step::JoinNamespace { kind, mode } => join(kind, mode)?,
                Step::NewUserNamespace => {
                    userns::unshare_user()?;
                    packet::send(self.parent.as_fd(), message::USERNS_READY)?;
                }
                Step::CloneInit(ns) => {
                    let init = made.child.insert(self.clone_init(ns)?);
                    if ns.net == NsMode::Private {
                        let path = format!("/proc/{}/ns/net", init.pid);
                        let netns = std::fs::File::open(&path).attempt(|| format!("open {path}"))?;
                        init.netns = Some(netns.into());
                    }
                }
                // Written while the child still lets itself be looked at: later its files in /proc are the host root's.
                Step::OomScore(score) => {
                    let pid = made.child.as_ref().ok_or_else(missing)?.pid;
                    crate::sys::file::write_kernel(&format!("/proc/{pid}/oom_score_adj"), &score.to_string())
                        .or_fail(FailureKind::Limit)?;
                }
                Step::BecomeRoot => {
                    made.lock = Some(self.wait_for_release()?);
                    let spec = self.spec();
                    userns::lead(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
                    process::set_undumpable()?;
                    let init = made.child.as_ref().ok_or_else(missing)?;
                    // A child that has failed by now says why: `supervise` hears it.
                    let _ = packet::send(init.sync.as_fd(), message::MAPS_READY);
                }
                Step::StartNetwork(network) => {
                    let netns = made.child.as_mut().and_then(|c| c.netns.take()).ok_or_else(missing)?;
                    if let NetworkMode::Slirp4netns { host_loopback, mtu, ipv6 } = network.mode {
                        made.network =
                            Some(self.start_slirp(&netns, SlirpOptions { mtu, host_loopback, ipv6 })?);
                    }
                }
                Step::Supervise => exit = self.supervise(made)?,
                // A container of which a part cannot be removed stays dead in the store; the next command sweeps it.
                Step::RemoveContainer => {
                    let _ = self.home.remove();
                }
                other => {
                    let message = format!("internal error: step {other} does not belong to the monitor");
                    return Err(Failure::new(FailureKind::Other, message));
                }
            }
        }
        Ok(exit)
    }

    fn clone_init(&self, ns: &NamespaceSpec) -> Result<Init, Failure> {
        let spec = self.spec();
        let (sync, child_sync) = packet::pair()?;
        let (stdio, child_stdio) = Stdio::new(spec.process.interactive, spec.process.terminal)?;
        match process::clone3(new_namespaces(ns), None).map_err(Failure::namespaces)? {
            Cloned::Child => {
                let code = (|| {
                    nix::unistd::setsid().attempt(|| "start a session")?;
                    child_stdio.place()
                })();
                if code.is_err() {
                    process::exit_now(127);
                }
                // What the monitor holds is nothing to the child.
                drop((sync, stdio));
                Child {
                    plan: self.launch.plan,
                    container: self.home.dir(),
                    seccomp: self.launch.seccomp,
                    monitor: child_sync,
                    own_binary: self.own_binary,
                }
                .run()
            }
            Cloned::Parent { pid, pidfd } => Ok(Init { pid, pidfd, sync, stdio, netns: None }),
        }
    }

    /// The maps are written and the container is made: its lock comes with the word.
    fn wait_for_release(&self) -> Result<OwnedFd, Failure> {
        let mut buffer = [0; 16];
        match packet::receive(self.parent.as_fd(), &mut buffer)? {
            (length, Some(lock)) if &buffer[..length] == message::MAPS_READY => Ok(lock),
            _ => {
                Err(Failure::new(FailureKind::IdMaps, "the command line ended before the container was made"))
            }
        }
    }

    fn start_slirp(&self, netns: &OwnedFd, options: SlirpOptions) -> Result<Slirp, Failure> {
        let binary = self.launch.host.slirp4netns.as_deref().ok_or(NetError::NotInstalled)?;
        Ok(Slirp::start(binary, netns.as_fd(), options)?)
    }

    fn supervise<'a>(&'a self, made: &mut Made<'a>) -> Result<i32, Failure> {
        let missing = || Failure::new(FailureKind::Other, "internal error: nothing to supervise");
        if let Some(network) = &mut made.network {
            network.wait_ready()?;
            let init = made.child.as_ref().ok_or_else(missing)?;
            // A child that has failed before this is heard of below.
            let _ = packet::send(init.sync.as_fd(), message::NETWORK_READY);
        }
        let init = made.child.take().ok_or_else(missing)?;
        let mut state = ContainerState { status: Status::Running, pid: init.pid, ..Default::default() };
        let mut container = Container {
            pid: init.pid,
            pidfd: init.pidfd,
            sync: Some(init.sync),
            stdio: init.stdio,
            client: Some(self.client.as_fd()),
            timeout: self.spec().timeout,
        };
        let end = supervise(&mut container, &mut |event| self.on_event(event, &mut state));
        match end {
            Ok((code, relay)) => {
                made.ended = Some((container, relay));
                state = ContainerState {
                    status: Status::Exited,
                    pid: 0,
                    exit_code: code,
                    finished_ms: now_ms(),
                    ..state
                };
                // What is to be removed lives until then, and needs no record of its end: a monitor that is killed
                // meanwhile is swept up after.
                if !self.spec().remove {
                    self.home.record(&state)?;
                    self.home.end()?;
                }
                Ok(code)
            }
            Err(failure) => Err(failure),
        }
    }

    fn on_event(&self, event: crate::monitor::Event, state: &mut ContainerState) {
        let crate::monitor::Event::Started = event;
        state.started_ms = now_ms();
        state.pid_start = process::start_time(state.pid).unwrap_or_default();
        state.monitor = std::process::id().cast_signed();
        state.monitor_start = process::start_time(state.monitor).unwrap_or_default();
        // A record that cannot be written (full disk) stops no program; that it lives is told by the lock.
        let _ = self.home.record(state);
    }

    /// Takes back everything: the child is killed, the helper ends with us, the container goes. Gives the failure that
    /// the child told before it ended by itself, if it did.
    fn give_up(&self, made: Made<'_>) -> Option<Failure> {
        let released = made.lock.is_some();
        let told = made.child.and_then(|init| {
            let _ = process::pidfd_signal(init.pidfd.as_fd(), 9);
            let _ = process::wait(init.pid);
            last_words(init.sync.as_fd())
        });
        drop(made.network);
        // Before the release the container is still the command line's, which may just be making it.
        if released {
            // What cannot be removed is dead and half-made: the next command sweeps it.
            let _ = self.home.remove();
        }
        told
    }
}

/// The failure among what a dead child left in its socket.
fn last_words(sync: BorrowedFd<'_>) -> Option<Failure> {
    let mut buffer = vec![0; message::LIMIT];
    loop {
        match packet::receive(sync, &mut buffer) {
            Ok((length, _)) if length > 0 => {
                if let [message::FAILURE, json @ ..] = &buffer[..length] {
                    return Some(message::parse_failure(json));
                }
            }
            _ => return None,
        }
    }
}

fn join(kind: &'static str, mode: &NsMode) -> Result<(), Failure> {
    let NsMode::Path(path) = mode else {
        let message = format!("internal error: the {kind} namespace to join was not resolved");
        return Err(Failure::new(FailureKind::Join, message));
    };
    let what = || format!("join {kind} namespace {}", path.display());
    let fd = rustix::fs::open(
        path,
        rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .attempt(what)
    .or_fail(FailureKind::Join)?;
    // The user namespace comes first in the plan: the right to join the others is had inside it.
    process::join_namespace(fd.as_fd(), kind)
        .map_err(|error| SysError::new(what(), error.source))
        .or_fail(FailureKind::Join)
}

/// The `CLONE_NEW*` bits of what is private; the mount namespace always is.
fn new_namespaces(ns: &NamespaceSpec) -> u64 {
    use nix::sched::CloneFlags as Flags;
    let all = [
        (&ns.pid, Flags::CLONE_NEWPID),
        (&ns.net, Flags::CLONE_NEWNET),
        (&ns.ipc, Flags::CLONE_NEWIPC),
        (&ns.uts, Flags::CLONE_NEWUTS),
        (&ns.cgroup, Flags::CLONE_NEWCGROUP),
    ];
    all.iter()
        .filter(|(mode, _)| **mode == NsMode::Private)
        .fold(Flags::CLONE_NEWNS, |bits, (_, bit)| bits | *bit)
        .bits() as u64
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
