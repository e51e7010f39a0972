//! The monitor's place: from its fork to the moment the program runs. What comes then is `crate::monitor`'s.

mod supervise;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use crate::model::LogDriver;
use crate::model::spec::{ContainerSpec, NamespaceSpec, NetworkMode, NsMode};
use crate::monitor::protocol::Message;
use crate::monitor::restart::Restarts;
use crate::monitor::{ChildStdio, Relay, Stdio};
use crate::net::NetError;
use crate::net::slirp::{Slirp, SlirpOptions};
use crate::overlay::Server;
use crate::plan::Step;
use crate::sys::members::Members;
use crate::sys::process::{self, Cloned};
use crate::sys::{Attempt, SysError, packet, userns};

use super::child::{Becoming, Bond, Child, FileId};
use super::door;
use super::failure::{Failure, FailureKind, OrFail};
use super::home::{Home, Placement};
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
    /// The container's user namespace, where that was made ahead.
    pub users: Option<OwnedFd>,
}

/// What the steps have made so far.
#[derive(Default)]
struct Made {
    /// The user namespace, until it is joined.
    users: Option<OwnedFd>,
    /// Held until this process ends: the container lives as long.
    lock: Option<OwnedFd>,
    child: Option<Init>,
    server: Option<Server>,
    /// Where it is counted and limited.
    placement: Placement,
    network: Option<Slirp>,
    /// It has run.
    ran: bool,
    restarts: Restarts,
    /// The caller's own streams, where the container has these.
    streams: Option<ChildStdio>,
}

struct Init {
    pid: i32,
    pidfd: OwnedFd,
    sync: OwnedFd,
    stdio: Stdio,
    /// The other end of what the child has to the server of its root file system, until that is started.
    server: Option<OwnedFd>,
    /// Those that are needed of a process that lets nobody look at it: for the uplink, and for who joins an `--init`.
    namespaces: Vec<(&'static str, OwnedFd)>,
    /// The others of the container, where they do not end with this one.
    members: Option<Members>,
}

impl Start<'_> {
    /// Runs the monitor to the end of the container. Does not return.
    pub fn run(mut self, others: &[RawFd]) -> ! {
        let mut made = Made { users: self.users.take(), ..Made::default() };
        let prepared = self.prepare(others, &mut made).and_then(|()| {
            let client = self.client.try_clone().attempt(|| "duplicate a socket")?;
            Relay::new(client, self.launch.attached)
        });
        let mut relay = match prepared {
            Ok(relay) => relay,
            Err(failure) => {
                let mut packet = Vec::new();
                Message::Failed(&message::failure(&failure)[1..]).encode(&mut packet);
                // A command line that has gone needs no answer.
                let _ = packet::send(self.client.as_fd(), &packet);
                process::exit_now(0);
            }
        };
        match self.steps(&mut made, &mut relay) {
            Ok(code) => relay.farewell(&Message::Exited(code)),
            Err(failure) => {
                // What the child says is why; that it could not be talked to any more is only what follows from it.
                let failure = self.give_up(&mut made, failure);
                relay.farewell(&Message::Failed(&message::failure(&failure)[1..]));
            }
        }
        process::exit_now(0);
    }

    /// Leaves the command line's session, terminal and descriptors behind.
    fn prepare(&self, others: &[RawFd], made: &mut Made) -> Result<(), Failure> {
        let spec = self.spec();
        let mut keep = vec![self.client.as_raw_fd(), self.parent.as_raw_fd()];
        keep.extend(made.users.as_ref().map(AsRawFd::as_raw_fd));
        if spec.log.driver == LogDriver::Passthrough {
            keep.extend(made.streams.insert(ChildStdio::callers()?).numbers());
        }
        leave_command_line(keep, spec.process.preserve_fds, others)
    }

    fn spec(&self) -> &ContainerSpec {
        self.launch.plan.spec
    }

    fn steps(&self, made: &mut Made, relay: &mut Relay) -> Result<i32, Failure> {
        let missing = || Failure::new(FailureKind::Other, "internal error: a step before the first process");
        let steps = &self.launch.plan.monitor;
        let mut exit = 0;
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            at += 1;
            match step {
                Step::AwaitCgroup => {
                    let mut buffer = vec![0; message::LIMIT];
                    let (length, fd) = packet::receive(self.parent.as_fd(), &mut buffer)?;
                    made.placement = message::parse_placement(&buffer[..length], fd)?;
                }
                Step::JoinNamespace { kind, mode } => join(kind, mode)?,
                Step::NewUserNamespace => match made.users.take() {
                    Some(users) => process::join_namespace(users.as_fd(), "user")?,
                    None => {
                        userns::unshare_user()?;
                        packet::send(self.parent.as_fd(), message::USERNS_READY)?;
                    }
                },
                Step::CloneInit(ns) => {
                    if made.ran {
                        self.clear_last_run()?;
                    }
                    let init =
                        made.child.insert(self.clone_init(ns, made.streams.as_ref(), &made.placement)?);
                    self.take_namespaces(init)?;
                }
                Step::BecomeRoot => {
                    if made.lock.is_none() {
                        made.lock = Some(self.wait_for_release()?);
                        let spec = self.spec();
                        userns::lead(&spec.id_maps, spec.process.keep_groups).or_fail(FailureKind::IdMaps)?;
                        process::set_undumpable()?;
                    }
                    let init = made.child.as_ref().ok_or_else(missing)?;
                    // A child that has failed by now says why: `supervise` hears it.
                    let _ = packet::send(init.sync.as_fd(), message::MAPS_READY);
                }
                Step::ServeRoot(_) => {
                    let init = made.child.as_mut().ok_or_else(missing)?;
                    let socket = init.server.take().ok_or_else(missing)?;
                    let spec = self.spec();
                    made.server = Some(Server::start(socket, &spec.id_maps, spec.process.keep_groups)?);
                }
                Step::StartNetwork(network) => {
                    let init = made.child.as_ref().ok_or_else(missing)?;
                    let netns = door::by_name(&init.namespaces, b"net").ok_or_else(missing)?;
                    if let NetworkMode::Slirp4netns { host_loopback, mtu, ipv6 } = network.mode {
                        made.network =
                            Some(self.start_slirp(netns, SlirpOptions { mtu, host_loopback, ipv6 })?);
                    }
                }
                Step::Supervise => {
                    let end = self.supervise(made, relay)?;
                    exit = end.code;
                    if end.again {
                        at = steps.iter().position(|step| matches!(step, Step::CloneInit(_))).unwrap_or(at);
                    }
                }
                // A container of which a part cannot be removed stays dead in the store; the next command sweeps it.
                Step::RemoveContainer => {
                    let _ = self.home.remove(Some(exit));
                }
                other => {
                    let message = format!("internal error: step {other} does not belong to the monitor");
                    return Err(Failure::new(FailureKind::Other, message));
                }
            }
        }
        Ok(exit)
    }

    fn clone_init(
        &self,
        ns: &NamespaceSpec,
        streams: Option<&ChildStdio>,
        placement: &Placement,
    ) -> Result<Init, Failure> {
        let spec = self.spec();
        let (sync, child_sync) = packet::pair()?;
        let (server, child_server) = match spec.rootfs.is_served().then(packet::pair).transpose()? {
            Some((ours, theirs)) => (Some(ours), Some(theirs)),
            None => (None, None),
        };
        let (stdio, child_stdio) = match streams {
            Some(streams) => (Stdio::default(), streams.again()?),
            None => Stdio::new(spec.process.interactive, spec.process.terminal)?,
        };
        match process::clone3(new_namespaces(ns), placement.cgroup.as_ref().map(AsFd::as_fd))
            .map_err(Failure::namespaces)?
        {
            Cloned::Child => {
                let code = (|| {
                    nix::unistd::setsid().attempt(|| "start a session")?;
                    child_stdio.place()
                })();
                if code.is_err() {
                    process::exit_now(127);
                }
                // What the monitor holds is nothing to the child.
                drop((sync, stdio, server));
                Child {
                    plan: self.launch.plan,
                    container: self.home.dir(),
                    becoming: Becoming {
                        spec,
                        seccomp: self.launch.seccomp,
                        monitor: child_sync,
                        own_binary: self.own_binary,
                        bond: Bond::Tied,
                    },
                    server: child_server,
                }
                .run()
            }
            Cloned::Parent { pid, pidfd } => {
                let others = ns.pid != NsMode::Private;
                // Looked at now: later it may let nobody look.
                let members = others.then(|| Members::of_child(pid, ns.user == NsMode::Private));
                Ok(Init { pid, pidfd, sync, stdio, server, namespaces: Vec::new(), members })
            }
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

    /// Receives the namespaces that the child hands out first of all.
    fn take_namespaces(&self, init: &mut Init) -> Result<(), Failure> {
        for kind in door::handed_out(self.launch.plan) {
            let mut buffer = vec![0; message::LIMIT];
            match packet::receive(init.sync.as_fd(), &mut buffer)? {
                (length, Some(file)) if buffer[..length] == *kind.as_bytes() => {
                    init.namespaces.push((kind, file));
                }
                (length, _) => {
                    return Err(match buffer[..length].split_first() {
                        Some((&message::FAILURE, json)) => message::parse_failure(json),
                        _ => Failure::new(FailureKind::Other, "the container's process ended at once"),
                    });
                }
            }
        }
        Ok(())
    }

    /// What the last run left that stands in the way of the next.
    fn clear_last_run(&self) -> Result<(), Failure> {
        while process::reap_any()?.is_some() {}
        if self.spec().remove {
            // A volatile overlay marks its work directory, and is mounted a second time only without the mark
            // (Documentation/filesystems/overlayfs.rst, "Volatile mount"): nothing has crashed here.
            match std::fs::remove_dir_all(self.home.dir().join("work/work/incompat")) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error)
                        .attempt(|| "clear the overlay's work directory")
                        .or_fail(FailureKind::Mount);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn start_slirp(&self, netns: BorrowedFd<'_>, options: SlirpOptions) -> Result<Slirp, Failure> {
        let binary = self.launch.host.slirp4netns.as_deref().ok_or(NetError::NotInstalled)?;
        Ok(Slirp::start(binary, netns, options)?)
    }
}

/// Leaves session, terminal, working directory and descriptors of the command line behind, but for those in `keep` and
/// the first that it was told to hand on.
pub(super) fn leave_command_line(
    mut keep: Vec<RawFd>,
    preserve_fds: u32,
    others: &[RawFd],
) -> Result<(), Failure> {
    keep.extend((3..3 + preserve_fds).map(|fd| fd as RawFd).filter(|fd| !others.contains(fd)));
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
    // What it was in can be unmounted and removed.
    Ok(rustix::process::chdir("/").attempt(|| "change to /")?)
}

/// Joins a namespace by its file.
pub(super) fn join(kind: &'static str, mode: &NsMode) -> Result<(), Failure> {
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
pub(super) fn new_namespaces(ns: &NamespaceSpec) -> u64 {
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

pub(super) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
