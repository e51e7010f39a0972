//! slirp4netns: user-mode networking for one network namespace. Only the way out; never its API socket, which stops
//! all traffic while a client is connected (ports are forwarded by rctr itself).

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::poll::{PollFd, PollFlags};

use super::NetError;
use crate::sys::spawn::{Helper, bounded_log, read_log, spawn};
use crate::sys::{Attempt, SysError, wait};

/// The MTU of choice: with 32 KiB and more, uploads over a line of 30 ms drop to a fifth.
pub const DEFAULT_MTU: u32 = 16384;
/// The name of the device inside.
pub const DEVICE: &str = "tap0";
/// How much of what it says is kept for an error, in bytes.
const LOG: u64 = 16 * 1024;

/// How it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlirpOptions {
    /// MTU of the device; 0 is [`DEFAULT_MTU`].
    pub mtu: u32,
    /// Show the host's loopback at 10.0.2.2.
    pub host_loopback: bool,
    /// IPv6 as well: fd00::/64.
    pub ipv6: bool,
}

/// A running slirp4netns. It ends when this value is dropped, or when its owner dies of whatever: the kernel closes
/// the pipe that it watches. Whoever forks with it open (without exec) keeps it alive too.
///
/// Nobody waits for it at the end: giving its device back takes the kernel 20 ms and more. It is left to whoever reaps orphans;
/// where pid 1 does not (a container without an init) its zombie stays.
#[derive(Debug)]
pub struct Slirp {
    helper: Helper,
    ready: OwnedFd,
    log: OwnedFd,
    _exit: OwnedFd,
}

impl Slirp {
    /// Starts it for the network namespace behind `netns`, without waiting for it.
    ///
    /// The caller must be root, with all capabilities, in the user namespace that owns `netns`, and in the network
    /// namespace that is the way out. A descriptor works with every id map, and when nobody may look at /proc/PID/ns
    /// of the container's init; `--userns-path` from outside fails in 1.2.0.
    ///
    /// # Errors
    /// [`NetError::Missing`] when `binary` is not there.
    pub fn start(binary: &Path, netns: BorrowedFd<'_>, options: SlirpOptions) -> Result<Self, NetError> {
        let pipe = || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).attempt(|| "make a pipe");
        let (ready, ready_theirs) = pipe()?;
        let (exit_theirs, exit) = pipe()?;
        let log = bounded_log(LOG)?;
        let mtu = if options.mtu == 0 { DEFAULT_MTU } else { options.mtu };
        let mtu = format!("--mtu={mtu}");
        let mut arguments = vec![
            "--configure",
            "--enable-sandbox",
            "--enable-seccomp",
            &mtu,
            "--ready-fd=3",
            "--exit-fd=4",
            "--netns-type=path",
        ];
        if !options.host_loopback {
            arguments.push("--disable-host-loopback");
        }
        if options.ipv6 {
            arguments.push("--enable-ipv6");
        }
        arguments.extend(["/proc/self/fd/5", DEVICE]);
        let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).collect();
        let fds = [ready_theirs.as_fd(), exit_theirs.as_fd(), netns];
        let helper = spawn(binary, &arguments, log.as_fd(), &fds).map_err(|error| {
            if error.source.kind() == std::io::ErrorKind::NotFound {
                NetError::Missing { binary: binary.to_owned() }
            } else {
                NetError::Sys(error)
            }
        })?;
        Ok(Self { helper, ready, log, _exit: exit })
    }

    /// Waits until the device is up and packets flow. IPv6 comes later by itself ([`crate::sys::netlink`] makes it
    /// come at once).
    ///
    /// # Errors
    /// [`NetError::Tun`] when /dev/net/tun is the reason, else [`NetError::Slirp`] with its own words.
    pub fn wait_ready(&mut self) -> Result<(), NetError> {
        let what = || "wait for slirp4netns";
        loop {
            let mut fds = [
                PollFd::new(self.ready.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.helper.as_fd(), PollFlags::POLLIN),
            ];
            wait::ready(&mut fds, None)?;
            let told = fds[0].revents().is_none_or(|r| !r.is_empty());
            let ended = fds[1].revents().is_none_or(|r| !r.is_empty());
            let mut byte = [0];
            if told && rustix::io::read(&self.ready, &mut byte).attempt(what)? == 1 {
                return Ok(());
            }
            if ended {
                return Err(self.failure());
            }
            if told {
                // It has closed its end and is about to exit: only that is left to wait for.
                wait::readable(self.helper.as_fd(), None)?;
                return Err(self.failure());
            }
        }
    }

    /// Why it ended: in its own words, unless the device it needs tells more. The device is looked at only now, so
    /// that a start that works does not pay for it.
    fn failure(&self) -> NetError {
        let words = read_log(self.log.as_fd()).unwrap_or_default();
        if words.contains("/dev/net/tun") {
            let opened = std::fs::File::options().read(true).write(true).open("/dev/net/tun");
            if let Err(source) = opened {
                return NetError::Tun(SysError::new("open /dev/net/tun", source));
            }
        }
        NetError::Slirp { words: own_words(&words) }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.helper.pid()
    }
}

/// Readable (poll(2)) when it has ended.
impl AsFd for Slirp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.helper.as_fd()
    }
}

/// The lines that tell what went wrong, without the ones that it always prints.
fn own_words(log: &str) -> String {
    const USUAL: [&str; 12] = [
        "WARNING: Support for",
        "sent tapfd",
        "received tapfd",
        "Starting slirp",
        "* ",
        "seccomp: The following",
        "child failed",
        "parent failed",
        "do_slirp is exiting",
        "do_slirp failed",
        "Usage:",
        "User-mode networking",
    ];
    let lines: Vec<&str> = log
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:"))
        .filter(|line| !line.is_empty() && !USUAL.iter().any(|usual| line.starts_with(usual)))
        .collect();
    if lines.is_empty() { "it ended without a word".to_owned() } else { lines.join("; ") }
}

#[cfg(test)]
#[path = "slirp_tests.rs"]
mod tests;
