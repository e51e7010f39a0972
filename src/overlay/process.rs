//! The process that serves one mount. It is forked by whoever holds the mounting process, gets everything as descriptors
//! from that one, and can reach nothing else: its root directory is that of its own descriptors.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::mount::MountAttrFlags;

use crate::model::IdMapSpec;
use crate::sys::mount::{Context, Setting};
use crate::sys::overlay::Writes;
use crate::sys::{Attempt, SysError, capability, packet, process, signal, userns};

use super::place::descriptors_are_root;
use super::server;
use super::tree::Overlay;

/// What the mounting process sends: layers, the topmost first.
const LOWER: &[u8] = b"L";
const UPPER: &[u8] = b"U";
const WORK: &[u8] = b"W";
/// The connection to the kernel, the last of all; what is written is kept, or need not be.
const KEPT: &[u8] = b"K";
const DISCARDED: &[u8] = b"D";
/// The answer, once requests are served.
const SERVED: &[u8] = b"S";
/// Room for an answer that says why not.
const LONGEST: usize = 1024;

/// Threads that serve: a request that waits for the disk keeps no other from being served. With more of them requests of
/// one program wander between processors; what is known to take its time has a thread of its own.
const THREADS: usize = 2;

/// What it may do in its user namespace (capabilities(7)): CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD,
/// SETFCAP.
const CAPABILITIES: [u8; 7] = [0, 1, 2, 3, 4, 27, 31];

/// A server, for the process that started it. It ends when nothing of its file system is mounted any more, or with its
/// parent.
#[derive(Debug)]
pub struct Server {
    pid: Option<i32>,
    pidfd: OwnedFd,
}

impl Server {
    /// Starts one, in the user namespace that the file system is mounted in. Nothing but `socket` is left to it; the
    /// mounting process has the other end. It may be started before the namespace has its maps.
    ///
    /// # Errors
    /// EAGAIN at a process limit.
    pub fn start(socket: OwnedFd, maps: &IdMapSpec, keep_groups: bool) -> Result<Self, SysError> {
        match process::fork()? {
            None => {
                if let Err(error) = serve(&socket, maps, keep_groups) {
                    let text = error.to_string();
                    // Nobody left to hear it is fine.
                    let _ = packet::send(socket.as_fd(), text.get(..LONGEST).unwrap_or(&text).as_bytes());
                }
                process::exit_now(0)
            }
            Some(pid) => Ok(Self { pid: Some(pid), pidfd: process::pidfd_open(pid)? }),
        }
    }

    /// How it has ended, where it should not have. To be called when it has ended.
    ///
    /// # Errors
    /// ECHILD.
    pub fn failed(mut self) -> Result<Option<String>, SysError> {
        let Some(pid) = self.pid.take() else { return Ok(None) };
        Ok(match process::wait(pid)? {
            0 => None,
            code @ 129.. => Some(format!("killed by signal {}", code.saturating_sub(128))),
            code => Some(format!("ended with code {code}")),
        })
    }
}

/// Ends it.
impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.take() {
            // It has ended by itself, or is not needed any more; in both cases it is only to be waited for.
            let _ = process::pidfd_signal(self.pidfd.as_fd(), 9);
            let _ = process::wait(pid);
        }
    }
}

/// Readable (poll(2)) when it has ended.
impl AsFd for Server {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

/// Mounts the file system; gives a detached mount, which is served when this returns. `device` is /dev/fuse, opened in
/// the user namespace of the caller.
///
/// # Errors
/// What the kernel refuses, and what the server says.
pub fn mount(
    server: BorrowedFd<'_>,
    device: BorrowedFd<'_>,
    lowers: &[OwnedFd],
    upper: BorrowedFd<'_>,
    work: BorrowedFd<'_>,
    writes: Writes,
) -> Result<OwnedFd, SysError> {
    let mount = context(device)?.mount(MountAttrFlags::empty())?;
    for lower in lowers {
        packet::send_with(server, LOWER, Some(lower.as_fd()))?;
    }
    packet::send_with(server, UPPER, Some(upper))?;
    packet::send_with(server, WORK, Some(work))?;
    packet::send_with(server, if writes == Writes::Keep { KEPT } else { DISCARDED }, Some(device))?;
    let mut answer = [0; LONGEST];
    let (length, _) = packet::receive(server, &mut answer)?;
    match answer.get(..length).unwrap_or_default() {
        SERVED => Ok(mount),
        words => {
            let words = if words.is_empty() {
                "it ended without a word".into()
            } else {
                String::from_utf8_lossy(words).into_owned()
            };
            Err(SysError::new("start the overlay's server", std::io::Error::other(words)))
        }
    }
}

/// Can it be had here, with its upper layer on the file system of this directory? To be called as root of a user namespace
/// in a process that ends afterwards: it leaves its mount namespace.
///
/// # Errors
/// What the kernel or the file system refuses.
pub fn probe(directory: BorrowedFd<'_>) -> Result<(), SysError> {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).attempt(|| "make a mount namespace")?;
    let device = rustix::fs::open("/dev/fuse", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| "open /dev/fuse")?;
    context(device.as_fd())?.mount(MountAttrFlags::empty())?;
    let clone = directory.try_clone_to_owned().attempt(|| "duplicate a descriptor")?;
    super::upper::Work::new(clone, false)
        .and_then(|work| work.try_marks())
        .attempt(|| "mark what an overlay hides")
}

/// The file system before it is mounted.
fn context(device: BorrowedFd<'_>) -> Result<Context, SysError> {
    let context = Context::open("fuse")?;
    let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
    for setting in [
        Setting::Text("subtype", "rctr"),
        Setting::Text("fd", &device.as_raw_fd().to_string()),
        Setting::Text("rootmode", "40000"),
        Setting::Text("user_id", &uid.as_raw().to_string()),
        Setting::Text("group_id", &gid.as_raw().to_string()),
        Setting::Flag("allow_other"),
        Setting::Flag("default_permissions"),
    ] {
        context.set(&setting)?;
    }
    Ok(context)
}

/// Serves until the mount is gone.
fn serve(socket: &OwnedFd, maps: &IdMapSpec, keep_groups: bool) -> Result<(), SysError> {
    process::die_with_parent()?;
    process::close_all_but(&[socket.as_raw_fd()])?;
    nix::unistd::setsid().attempt(|| "start a session")?;
    signal::block_all()?;
    no_stdio()?;
    let Some(Mount { lowers, upper, work, device, sync }) = receive(socket)? else { return Ok(()) };
    process::set_undumpable()?;
    userns::become_root(maps, keep_groups)?;
    process::set_undumpable()?;
    // Changed credentials clear the death signal (prctl(2), PR_SET_PDEATHSIG).
    process::die_with_parent()?;
    process::raise_open_files()?;
    process::disguise(c"rctr-overlay")?;
    let what = || "leave the host's files";
    let own =
        rustix::fs::open("/proc/self/fd", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .attempt(what)?;
    rustix::process::fchdir(&own).attempt(what)?;
    drop(own);
    nix::unistd::chroot(Path::new(".")).attempt(what)?;
    descriptors_are_root();
    capability::set(&CAPABILITIES, &[])?;
    rustix::thread::set_no_new_privs(true).attempt(|| "give up privileges to come")?;
    nix::sys::stat::umask(nix::sys::stat::Mode::empty());
    let tree = Overlay::new(upper, work, lowers, sync).attempt(|| "put the layers together")?;
    let mut config = fuser::Config::default();
    config.acl = fuser::SessionACL::All;
    config.n_threads = Some(THREADS);
    let server = server::Server(Arc::new(tree));
    let session = fuser::Session::from_fd(server, device, fuser::SessionACL::All, config)
        .attempt(|| "talk to the kernel about /dev/fuse")?;
    packet::send(socket.as_fd(), SERVED)?;
    session.run().attempt(|| "serve the overlay")
}

/// What it serves.
struct Mount {
    lowers: Vec<OwnedFd>,
    upper: OwnedFd,
    work: OwnedFd,
    device: OwnedFd,
    sync: bool,
}

/// None when the mounting process has ended before it had sent all.
fn receive(socket: &OwnedFd) -> Result<Option<Mount>, SysError> {
    let (mut lowers, mut upper, mut work) = (Vec::new(), None, None);
    let mut buffer = [0; 8];
    loop {
        let (length, file) = packet::receive(socket.as_fd(), &mut buffer)?;
        let Some(file) = file else { return Ok(None) };
        match buffer.get(..length).unwrap_or_default() {
            LOWER => lowers.push(file),
            UPPER => upper = Some(file),
            WORK => work = Some(file),
            word => {
                let (Some(upper), Some(work)) = (upper, work) else { return Ok(None) };
                return Ok(Some(Mount { lowers, upper, work, device: file, sync: word == KEPT }));
            }
        }
    }
}

fn no_stdio() -> Result<(), SysError> {
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| "open /dev/null")?;
    (0..3).try_for_each(|target| process::place_fd(null.as_fd(), target))
}
