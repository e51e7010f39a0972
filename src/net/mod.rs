//! The way out of a network namespace: slirp4netns, and the small files that name hosts.

mod error;
pub mod files;
pub mod inside;
pub mod listen;
pub mod slirp;

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

pub use error::NetError;

/// One of the host's own addresses: the one that it would use towards the internet. Asks the routing table only;
/// no packet is sent. None on a host without a default route.
pub fn host_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}
