//! SOCK_SEQPACKET pairs: whole messages between the processes of one container, with descriptors where needed.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

use super::{Attempt, SysError};

/// A connected pair, both close-on-exec.
///
/// # Errors
/// EMFILE.
pub fn pair() -> Result<(OwnedFd, OwnedFd), SysError> {
    rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .attempt(|| "make a socket pair")
}

/// Sends one message, waiting for room; a peer that has gone is EPIPE and no signal.
///
/// # Errors
/// EPIPE.
pub fn send(socket: BorrowedFd<'_>, message: &[u8]) -> Result<(), SysError> {
    send_with(socket, message, None)
}

/// Sends one message and a descriptor with it.
///
/// # Errors
/// EPIPE.
pub fn send_with(socket: BorrowedFd<'_>, message: &[u8], fd: Option<BorrowedFd<'_>>) -> Result<(), SysError> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = fd.map(|fd| [fd]);
    if let Some(fds) = &fds {
        control.push(SendAncillaryMessage::ScmRights(fds));
    }
    loop {
        match rustix::net::sendmsg(socket, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL) {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.map(|_| ()).attempt(|| "send to another process of the container"),
        }
    }
}

/// Has the other side been closed? Where even asking is forbidden (a system call filter), it counts as there.
pub fn peer_has_gone(socket: BorrowedFd<'_>) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let mut fds = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut fds, PollTimeout::ZERO).is_ok()
        && fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

/// Sends without waiting. `Ok(false)`: there is no room now.
///
/// # Errors
/// EPIPE.
pub fn try_send(socket: BorrowedFd<'_>, message: &[u8]) -> io::Result<bool> {
    match rustix::net::send(socket, message, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Receives one message into `buffer` and at most one descriptor; a length of 0 is the end. Waits for it.
///
/// # Errors
/// Those of recvmsg.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<(usize, Option<OwnedFd>), SysError> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let length = loop {
        match rustix::net::recvmsg(
            socket.as_fd(),
            &mut [IoSliceMut::new(buffer)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        ) {
            // A peer that died with messages of ours unread: the kernel says so once, ahead of what the peer had said.
            Err(rustix::io::Errno::INTR | rustix::io::Errno::CONNRESET) => {}
            other => break other.attempt(|| "receive from another process of the container")?.bytes,
        }
    };
    let fd = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    Ok((length, fd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_heard_from_a_peer_that_did_not_listen() {
        let (ours, theirs) = pair().unwrap();
        send(ours.as_fd(), b"never read").unwrap();
        send(theirs.as_fd(), b"last words").unwrap();
        drop(theirs);
        let mut buffer = [0; 16];
        assert_eq!(receive(ours.as_fd(), &mut buffer).unwrap().0, 10);
        assert_eq!(&buffer[..10], b"last words");
        assert_eq!(receive(ours.as_fd(), &mut buffer).unwrap().0, 0);
    }

    #[test]
    fn a_closed_peer_is_seen_also_behind_unread_messages() {
        let (ours, theirs) = pair().unwrap();
        send(theirs.as_fd(), b"word").unwrap();
        assert!(!peer_has_gone(ours.as_fd()));
        drop(theirs);
        assert!(peer_has_gone(ours.as_fd()));
    }
}
