//! The container's socket: where command lines come that want to attach, or ask the monitor for something. It lies in
//! the container's directory, so that nothing depends on a runtime directory that somebody wipes; whoever can reach it
//! there is the user. A path may be longer than an address can be (unix(7), 108 bytes), so it is named through the
//! directory's descriptor.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::sys::root::open_directory;
use crate::sys::{Attempt, SysError};

/// Its name in the container's directory.
const NAME: &str = "attach.sock";

/// So many may wait to be heard.
const BACKLOG: i32 = 64;

/// Makes the socket of a container, in the place of one that a dead monitor left.
///
/// # Errors
/// ENOSPC, EROFS.
pub fn listen(container: &Path) -> Result<OwnedFd, SysError> {
    let what = || format!("make the socket of {}", container.display());
    let dir = open_directory(container)?;
    let socket = new(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    let bind = || rustix::net::bind(&socket, &address(dir.as_fd())?);
    let bound = match bind() {
        Err(rustix::io::Errno::ADDRINUSE) => {
            let flags = rustix::fs::AtFlags::empty();
            rustix::fs::unlinkat(&dir, NAME, flags).attempt(what)?;
            bind()
        }
        other => other,
    };
    bound.and_then(|()| rustix::net::listen(&socket, BACKLOG)).attempt(what)?;
    Ok(socket)
}

/// Connects to a container's monitor.
///
/// # Errors
/// ECONNREFUSED, ENOENT: there is no monitor (any more).
pub fn connect(container: &Path) -> Result<OwnedFd, SysError> {
    let dir = open_directory(container)?;
    let socket = new(SocketFlags::CLOEXEC)?;
    rustix::io::retry_on_intr(|| rustix::net::connect(&socket, &address(dir.as_fd())?))
        .attempt(|| format!("talk to the monitor of {}", container.display()))?;
    Ok(socket)
}

/// The next one that waits; none when nobody does.
pub(super) fn accept(listener: BorrowedFd<'_>) -> Option<OwnedFd> {
    // Whatever is wrong with one caller is no trouble of the container's.
    rustix::net::accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK).ok()
}

fn new(flags: SocketFlags) -> Result<OwnedFd, SysError> {
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
        .attempt(|| "make a socket")
}

fn address(dir: BorrowedFd<'_>) -> rustix::io::Result<SocketAddrUnix> {
    SocketAddrUnix::new(format!("/proc/self/fd/{}/{NAME}", dir.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::packet;

    #[test]
    fn a_long_path_and_a_dead_socket_are_no_trouble() {
        let top = tempfile::tempdir().unwrap();
        let dir = top.path().join("d".repeat(200));
        std::fs::create_dir(&dir).unwrap();
        assert!(connect(&dir).is_err());
        drop(listen(&dir).unwrap());
        assert!(connect(&dir).is_err(), "a dead one");
        let listener = listen(&dir).unwrap();
        assert!(accept(listener.as_fd()).is_none());
        let client = connect(&dir).unwrap();
        let server = accept(listener.as_fd()).unwrap();
        packet::send(client.as_fd(), b"hello").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(packet::receive(server.as_fd(), &mut buffer).unwrap().0, 5);
    }
}
