//! Servers on the host for containers to reach, and what the machine needs for that.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use super::program;

/// What the machine must have; the host's own address is where the tests' servers listen.
pub fn needs() -> Result<(PathBuf, IpAddr), &'static str> {
    let slirp = program(&["slirp4netns"]).ok_or("slirp4netns is not installed")?;
    File::options()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
        .map_err(|_| "/dev/net/tun cannot be opened")?;
    Ok((slirp, rctr::net::host_address().ok_or("the host has no address of its own")?))
}

/// A server that greets whoever connects, as long as the test runs.
pub fn greeter(address: IpAddr) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).expect("listen");
    let at = listener.local_addr().expect("address");
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let _ = client.and_then(|mut client| client.write_all(b"hello"));
        }
    });
    at
}

pub fn greeting(at: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(5))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// An IPv6 address of the host, other than those that slirp4netns uses itself.
pub fn host_ipv6() -> Option<Ipv6Addr> {
    let own = |ip: &Ipv6Addr| !ip.is_loopback() && ![0xfd00, 0xfe80].contains(&ip.segments()[0]);
    nix::ifaddrs::getifaddrs()
        .ok()?
        .filter_map(|interface| interface.address?.as_sockaddr_in6().map(|address| address.ip()))
        .find(own)
}
