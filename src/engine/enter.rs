//! Work inside a container's root file system, by a forked process that never executes anything: it joins the namespaces
//! of the first process of a container that runs, and mounts the root of one that does not as a start would.
//!
//! From then on every path is the container's. The process has that root as a descriptor, is root of the container's user
//! namespace, undumpable, holds nothing but the streams that it was given, and ends with its parent.

use std::io::{Read, Write};
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::sched::CloneFlags;
use serde::{Serialize, de::DeserializeOwned};

use super::child::{Mounts, mount_root};
use super::door::Door;
use super::failure::{Failure, FailureKind, OrFail};
use super::sources::Sources;
use crate::model::{ContainerSpec, HostFacts, IdMapSpec, MapWriter, MountKind};
use crate::overlay::Server;
use crate::sys::overlay::Writes;
use crate::sys::root::{Root, open_directory};
use crate::sys::{Attempt, SysError, mount, packet, process, userns};

/// How there is a root file system to work in.
pub enum Way<'a> {
    /// The container runs, and this is the way in.
    Running(&'a Door),
    /// It does not run, and nobody starts it meanwhile.
    Stopped {
        /// What was decided of it. Binds and volumes among its mounts are made, the kernel's file systems are not.
        spec: &'a ContainerSpec,
        /// Its directory in the store.
        dir: &'a Path,
    },
    /// It is the host's: only the ids are the container's.
    Outside,
}

/// A process that works inside. Killed when this is dropped before its end.
#[must_use = "without finish the work is given up"]
pub struct Inside<T, E> {
    pid: i32,
    pidfd: OwnedFd,
    socket: UnixStream,
    result: PhantomData<fn() -> Result<T, E>>,
}

const REFUSED: u8 = b'U';
const WANTS_MAPS: u8 = b'N';
const HAS_MAPS: u8 = b'M';
const FAILED: u8 = b'F';
const ENTERED: u8 = b'I';
const RESULT: u8 = b'R';

/// Starts `work` inside; it has begun when this returns. Of this process's descriptors it keeps only `keep`.
///
/// # Errors
/// The container cannot be entered: no user namespace, a mount that is refused.
pub fn enter<T, E>(
    way: &Way<'_>,
    maps: &IdMapSpec,
    host: &HostFacts,
    keep: &[BorrowedFd<'_>],
    work: impl FnOnce(&Root) -> Result<T, E>,
) -> Result<Inside<T, E>, Failure>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
{
    let (socket, theirs) = UnixStream::pair().attempt(|| "make a socket pair")?;
    let Some(pid) = process::fork()? else {
        drop(socket);
        // A parent that has gone needs no answer.
        let _ = child(way, maps, keep, theirs, work);
        process::exit_now(0);
    };
    drop(theirs);
    let mut inside = Inside { pid, pidfd: process::pidfd_open(pid)?, socket, result: PhantomData };
    loop {
        match inside.word()? {
            Some(ENTERED) => return Ok(inside),
            Some(WANTS_MAPS) => {
                userns::start_maps(pid, maps, host)?.finish()?;
                inside.socket.write_all(&[HAS_MAPS]).attempt(|| "talk to the helper in the container")?;
            }
            Some(REFUSED) => {
                let errno = inside.rest()?.try_into().map(i32::from_le_bytes).unwrap_or_default();
                let error = SysError::new("unshare(CLONE_NEWUSER)", std::io::Error::from_raw_os_error(errno));
                return Err(userns::UsernsError::Refused(error).into());
            }
            Some(FAILED) => return Err(super::message::parse_failure(&inside.rest()?)),
            _ => return Err(inside.lost()),
        }
    }
}

impl<T, E> Inside<T, E>
where
    T: DeserializeOwned,
    E: DeserializeOwned,
{
    /// Waits for the end of the work, and gives what came of it.
    ///
    /// # Errors
    /// The process was killed before it could tell. The inner result is the work's own.
    pub fn finish(mut self) -> Result<Result<T, E>, Failure> {
        match self.word()? {
            Some(RESULT) => serde_json::from_slice(&self.rest()?)
                .map_err(|error| Failure::new(FailureKind::Other, format!("internal error: {error}"))),
            _ => Err(self.lost()),
        }
    }
}

impl<T, E> Inside<T, E> {
    fn word(&mut self) -> Result<Option<u8>, Failure> {
        let mut word = [0];
        match self.socket.read(&mut word) {
            // Killed with words of ours unread.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(None),
            other => {
                let count = other.attempt(|| "talk to the helper in the container")?;
                Ok((count == 1).then_some(word[0]))
            }
        }
    }

    fn rest(&mut self) -> Result<Vec<u8>, Failure> {
        let mut rest = Vec::new();
        self.socket.read_to_end(&mut rest).attempt(|| "talk to the helper in the container")?;
        Ok(rest)
    }

    fn lost(&self) -> Failure {
        Failure::new(FailureKind::Other, "the helper in the container was killed")
    }
}

impl<T, E> Drop for Inside<T, E> {
    fn drop(&mut self) {
        // It has ended, or is not wanted any more; in both cases it is only to be waited for.
        let _ = process::pidfd_signal(self.pidfd.as_fd(), 9);
        let _ = process::wait(self.pid);
    }
}

fn child<T: Serialize, E: Serialize>(
    way: &Way<'_>,
    maps: &IdMapSpec,
    keep: &[BorrowedFd<'_>],
    mut socket: UnixStream,
    work: impl FnOnce(&Root) -> Result<T, E>,
) -> std::io::Result<()> {
    // The server lives as long as this process.
    let (root, _server) = match go_in(way, maps, keep, &mut socket) {
        Ok(inside) => inside,
        Err(failure) => {
            return socket.write_all(&super::message::failure(&failure));
        }
    };
    socket.write_all(&[ENTERED])?;
    let result = serde_json::to_vec(&work(&root))?;
    socket.write_all(&[RESULT])?;
    socket.write_all(&result)
}

fn go_in(
    way: &Way<'_>,
    maps: &IdMapSpec,
    keep: &[BorrowedFd<'_>],
    socket: &mut UnixStream,
) -> Result<(Root, Option<Server>), Failure> {
    let mut served = None;
    let socket_fd = socket.as_raw_fd();
    let held = match way {
        Way::Running(Door::Process(process)) => vec![process.as_raw_fd()],
        Way::Running(Door::Files(files)) => files.iter().map(|(_, file)| file.as_raw_fd()).collect(),
        Way::Stopped { .. } | Way::Outside => Vec::new(),
    };
    let kept: Vec<_> = keep.iter().map(|fd| fd.as_raw_fd()).chain([socket_fd]).chain(held).collect();
    tie(socket.as_fd())?;
    leave_descriptors(&kept)?;
    process::raise_open_files()?;
    let own_namespace = maps.writer != MapWriter::None;
    match way {
        Way::Running(door) => {
            // Before the container's processes share a user namespace with it.
            process::set_undumpable()?;
            let kinds: &[_] = if own_namespace { &["user", "mnt"] } else { &["mnt"] };
            door.enter(kinds).or_fail(FailureKind::Join)?;
            become_root(maps, socket.as_fd())?;
        }
        Way::Stopped { spec, dir } => {
            if own_namespace {
                refuse_or(userns::unshare_user(), socket)?;
            }
            if spec.rootfs.is_served() {
                // Outside of the mount namespace that is made now, which ends with this process alone.
                let (ours, theirs) = packet::pair()?;
                let server = Server::start(theirs, maps, false)?;
                served = Some((server, ours));
            }
            nix::sched::unshare(CloneFlags::CLONE_NEWNS)
                .attempt(|| "make a mount namespace")
                .map_err(Failure::namespaces)?;
            if own_namespace {
                wait_for_maps(socket)?;
            }
            // As the caller still, and of this mount namespace, as a start does it.
            let sources = Sources::open(spec, dir).or_fail(FailureKind::Mount)?;
            become_root(maps, socket.as_fd())?;
            mount_all(spec, &sources, served.as_ref().map(|(_, socket)| socket.as_fd()))?;
        }
        Way::Outside => {
            if own_namespace {
                refuse_or(userns::unshare_user(), socket)?;
                wait_for_maps(socket)?;
            }
            become_root(maps, socket.as_fd())?;
        }
    }
    Ok((Root::new(open_directory(Path::new("/"))?), served.map(|(server, _)| server)))
}

/// What a start mounts of it and what holds files; and nothing of the host is left to be seen.
fn mount_all(spec: &ContainerSpec, sources: &Sources, server: Option<BorrowedFd<'_>>) -> Result<(), Failure> {
    mount::isolate_tree(false).or_fail(FailureKind::Mount)?;
    let root = mount_root(&spec.rootfs, sources, Writes::Keep, server)?;
    let mut mounts = Mounts::new(root, &spec.id_maps)?;
    for (at, mount) in spec.mounts.iter().enumerate() {
        if matches!(mount.kind, MountKind::Bind { .. } | MountKind::Volume { .. }) {
            mounts.mount(mount, sources.mounts.get(at).and_then(Option::as_ref))?;
        }
    }
    if spec.rootfs.readonly {
        mounts.read_only_root()?;
    }
    mount::pivot(mounts.root.fd()).or_fail(FailureKind::Mount)
}

/// Ends with its parent, also when that was killed before this was asked for.
fn tie(socket: BorrowedFd<'_>) -> Result<(), Failure> {
    process::die_with_parent()?;
    if packet::peer_has_gone(socket) {
        process::exit_now(0);
    }
    Ok(())
}

/// From here on nobody looks into this process: the maps are written, for which its files in /proc must be the caller's.
/// Changed credentials undo that, and the tie too (prctl(2), PR_SET_DUMPABLE and PR_SET_PDEATHSIG).
fn become_root(maps: &IdMapSpec, socket: BorrowedFd<'_>) -> Result<(), Failure> {
    process::set_undumpable()?;
    userns::become_root(maps, false).or_fail(FailureKind::IdMaps)?;
    process::set_undumpable()?;
    tie(socket)
}

fn leave_descriptors(keep: &[i32]) -> Result<(), Failure> {
    process::close_all_but(keep)?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC;
    let null =
        rustix::fs::open("/dev/null", flags, rustix::fs::Mode::empty()).attempt(|| "open /dev/null")?;
    for target in (0..3).filter(|target| !keep.contains(target)) {
        process::place_fd(null.as_fd(), target)?;
    }
    Ok(())
}

/// The kernel's refusal goes to the parent as a number, which has words for it.
fn refuse_or(result: Result<(), userns::UsernsError>, socket: &mut UnixStream) -> Result<(), Failure> {
    let Err(userns::UsernsError::Refused(error)) = &result else { return Ok(result?) };
    let _nobody_listens =
        socket.write_all(&[REFUSED]).and_then(|()| socket.write_all(&error.errno().to_le_bytes()));
    process::exit_now(0);
}

fn wait_for_maps(socket: &mut UnixStream) -> Result<(), Failure> {
    let what = || "wait for the id maps";
    socket.write_all(&[WANTS_MAPS]).attempt(what)?;
    let mut word = [0];
    socket.read_exact(&mut word).attempt(what)?;
    Ok(())
}
