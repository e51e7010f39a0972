//! Sockets that speak from an address of somebody else: IP_TRANSPARENT (ip(7)), which asks for CAP_NET_RAW or CAP_NET_ADMIN
//! in the user namespace of the network namespace. That the answers come back is routing's part.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::{Attempt, SysError};

/// A connection to `server` that it sees coming from `client`.
///
/// # Errors
/// EPERM without the capability, EADDRINUSE where `client` has a connection to `server` already, ECONNREFUSED.
pub fn connect(client: SocketAddr, server: SocketAddr) -> Result<TcpStream, SysError> {
    connected(client, server, SocketType::STREAM).map(Into::into)
}

/// A socket for datagrams to and from `server`, which sees them coming from `client`.
///
/// # Errors
/// As [`connect`], but for ECONNREFUSED, which a later read tells.
pub fn datagrams(client: SocketAddr, server: SocketAddr) -> Result<UdpSocket, SysError> {
    connected(client, server, SocketType::DGRAM).map(Into::into)
}

fn connected(client: SocketAddr, server: SocketAddr, kind: SocketType) -> Result<OwnedFd, SysError> {
    let what = || format!("connect to {server} from {client}");
    let family = if server.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None).attempt(what)?;
    // One client may come with one port to two published ones.
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true).attempt(what)?;
    let (level, option) = match server.is_ipv4() {
        true => (libc::SOL_IP, libc::IP_TRANSPARENT),
        false => (libc::SOL_IPV6, libc::IPV6_TRANSPARENT),
    };
    switch_on(socket.as_fd(), level, option).attempt(what)?;
    rustix::net::bind(socket.as_fd(), &client).attempt(what)?;
    rustix::net::connect(socket.as_fd(), &server).attempt(what)?;
    Ok(socket)
}

/// setsockopt(2) of an option that is a number, to 1; neither nix nor rustix has the one for IPv6.
fn switch_on(socket: BorrowedFd<'_>, level: i32, option: i32) -> io::Result<()> {
    let on: libc::c_int = 1;
    let length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes of `on`, which outlives the call.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const on).cast(), length) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
