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
            Err(rustix::io::Errno::INTR) => {}
            // A peer that died with messages of ours unread: the end all the same.
            Err(rustix::io::Errno::CONNRESET) => break 0,
            other => break other.attempt(|| "receive from another process of the container")?.bytes,
        }
    };
    let fd = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    Ok((length, fd))
}
