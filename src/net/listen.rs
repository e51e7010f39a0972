//! The sockets of published ports, on the host's side. They are bound by the command line, as the user and before anything
//! of the container is made, so that a port that cannot be had leaves nothing behind.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::NetError;
use crate::model::port::{HostPorts, PortMapping, PortRange, Protocol, PublishRequest};

/// How often a port that the kernel has chosen for one family may be taken in the other.
const TRIES: u32 = 64;
/// Connections that wait; the kernel has its own limit (net.core.somaxconn) below it.
const BACKLOG: i32 = 4096;

/// One socket: TCP listens.
#[derive(Debug)]
pub struct Listener {
    /// Non-blocking, close-on-exec.
    pub socket: OwnedFd,
    /// Of what.
    pub protocol: Protocol,
    /// Where it is bound.
    pub address: SocketAddr,
    /// The port of the container that it stands for.
    pub container_port: u16,
}

/// Ports that the host listens on.
#[derive(Debug, Default)]
pub struct Published {
    /// What was decided; no port is open any more.
    pub mappings: Vec<PortMapping>,
    /// A socket for each port and family.
    pub listeners: Vec<Listener>,
}

impl Published {
    /// Binds everything that is asked for, or nothing.
    ///
    /// # Errors
    /// [`NetError::Port`] with what stands in the way.
    pub fn listen(requests: &[PublishRequest]) -> Result<Self, NetError> {
        let mut published = Self::default();
        // What is asked for by number comes first, so that no random port takes it.
        for certain in [true, false] {
            for request in requests.iter().filter(|request| request.host.certain().is_some() == certain) {
                published.add(request)?;
            }
        }
        Ok(published)
    }

    /// Binds the same ports again, for a container that is started anew.
    ///
    /// # Errors
    /// As [`Self::listen`].
    pub fn again(mappings: &[PortMapping]) -> Result<Self, NetError> {
        let mut published = Self { mappings: mappings.to_vec(), ..Self::default() };
        for mapping in mappings {
            for (host, container) in mapping.pairs() {
                published.listeners.extend(bind(mapping.host_ip, host, container, mapping.protocol)?);
            }
        }
        Ok(published)
    }

    fn add(&mut self, request: &PublishRequest) -> Result<(), NetError> {
        let container = request.container.ports;
        let (ip, protocol) = (request.host_ip, request.container.protocol);
        let mapping = |host_port, container_port, range| PortMapping {
            host_ip: ip,
            container_port,
            host_port,
            range,
            protocol,
        };
        match request.host {
            HostPorts::These(host) => {
                for (host, container) in host.ports().zip(container.ports()) {
                    self.listeners.extend(bind(ip, host, container, protocol)?);
                }
                self.mappings.push(mapping(host.first(), container.first(), host.count()));
            }
            HostPorts::OneOf(host) => {
                let listeners = one_of(ip, host, container.first(), protocol)?;
                self.take(listeners, |port| mapping(port, container.first(), 1));
            }
            HostPorts::Random => {
                for port in container.ports() {
                    let listeners = random(ip, port, protocol)?;
                    self.take(listeners, |host| mapping(host, port, 1));
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, listeners: Vec<Listener>, mapping: impl FnOnce(u16) -> PortMapping) {
        self.mappings.extend(listeners.first().map(|first| mapping(first.address.port())));
        self.listeners.extend(listeners);
    }
}

/// The first of these that is free.
fn one_of(
    ip: Option<IpAddr>,
    host: PortRange,
    container: u16,
    protocol: Protocol,
) -> Result<Vec<Listener>, NetError> {
    let mut last = None;
    for port in host.ports() {
        match bind(ip, port, container, protocol) {
            Err(error) if error.port_is_taken() => last = Some(error),
            other => return other,
        }
    }
    // A range is never empty.
    last.map_or(Ok(Vec::new()), Err)
}

/// One that the kernel chooses.
fn random(ip: Option<IpAddr>, container: u16, protocol: Protocol) -> Result<Vec<Listener>, NetError> {
    let mut tries = TRIES;
    loop {
        match bind(ip, 0, container, protocol) {
            Err(error) if error.port_is_taken() && tries > 0 => tries -= 1,
            other => return other,
        }
    }
}

/// The sockets of one port: without an address one a family, where the host has that. Port 0 is any, the same for both.
fn bind(
    ip: Option<IpAddr>,
    port: u16,
    container_port: u16,
    protocol: Protocol,
) -> Result<Vec<Listener>, NetError> {
    let one = |address: SocketAddr| {
        socket(address, protocol)
            .map(|(socket, address)| Listener { socket, protocol, address, container_port })
            .map_err(|source| (source, address))
    };
    let failed = |(source, address)| NetError::Port { address, protocol, source };
    if let Some(ip) = ip {
        return Ok(vec![one((ip, port).into()).map_err(failed)?]);
    }
    let first = one((Ipv4Addr::UNSPECIFIED, port).into()).map_err(failed)?;
    match one((Ipv6Addr::UNSPECIFIED, first.address.port()).into()) {
        Ok(second) => Ok(vec![first, second]),
        Err((source, _)) if no_ipv6(&source) => Ok(vec![first]),
        Err(error) => Err(failed(error)),
    }
}

fn socket(address: SocketAddr, protocol: Protocol) -> io::Result<(OwnedFd, SocketAddr)> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let kind = match protocol {
        Protocol::Tcp => SocketType::STREAM,
        Protocol::Udp => SocketType::DGRAM,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, kind, flags, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    if protocol == Protocol::Tcp {
        // Connections of the last run that are in TIME_WAIT keep nobody out; one that listens still does (socket(7)).
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    rustix::net::bind(socket.as_fd(), &address)?;
    if protocol == Protocol::Tcp {
        rustix::net::listen(socket.as_fd(), BACKLOG)?;
    }
    let bound: SocketAddr = rustix::net::getsockname(socket.as_fd())?
        .try_into()
        .map_err(|_| io::Error::other("the socket has no internet address"))?;
    Ok((socket, bound))
}

/// The kernel has none, or it is switched off (the unspecified address is there as long as it is not).
fn no_ipv6(error: &io::Error) -> bool {
    [Errno::EAFNOSUPPORT, Errno::EADDRNOTAVAIL]
        .iter()
        .any(|&errno| error.raw_os_error() == Some(errno as i32))
}

#[cfg(test)]
#[path = "listen_tests.rs"]
mod tests;
