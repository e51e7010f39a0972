//! What can go wrong on the way out.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::model::port::Protocol;
use crate::sys::SysError;
use crate::sys::file::read_text;

/// Errors of this room.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// `--add-host NAME:host-gateway` where the host cannot be reached.
    #[error("--add-host {name}:host-gateway: the host cannot be reached from this network")]
    NoHostGateway {
        /// The name that was to be added.
        name: String,
    },
    /// No slirp4netns is installed.
    #[error("cannot connect the container to the network: slirp4netns not found")]
    NotInstalled,
    /// slirp4netns is not where it was a moment ago.
    #[error("cannot connect the container to the network: {} not found", binary.display())]
    Missing {
        /// Where it was looked for.
        binary: PathBuf,
    },
    /// The device that user-mode networking needs.
    #[error("cannot connect the container to the network: {0}")]
    Tun(#[source] SysError),
    /// slirp4netns gave up.
    #[error("cannot connect the container to the network: slirp4netns: {words}")]
    Slirp {
        /// What it said, its lines joined by `; `.
        words: String,
    },
    /// A port of the host that cannot be had.
    #[error("cannot publish port: listen on {address}/{protocol}: {}", crate::sys::describe(source))]
    Port {
        /// Where; port 0 is any.
        address: SocketAddr,
        /// Of what.
        protocol: Protocol,
        /// Why.
        source: std::io::Error,
    },
    /// Another system call on the way.
    #[error("cannot connect the container to the network: {0}")]
    Sys(#[from] SysError),
}

/// The way round, for every error that the network itself causes.
const WITHOUT: &str = "or run with `--network none` (no network) or `--network host` (the host's own)";

/// Below it ports are privileged (ip_sysctl.rst); 1024 where it cannot be read.
fn unprivileged_port_start() -> u16 {
    let text = read_text(Path::new("/proc/sys/net/ipv4/ip_unprivileged_port_start"), 16);
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1024)
}

fn port_hint(address: SocketAddr, error: &std::io::Error) -> Option<String> {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        ErrorKind::AddrInUse => Some("take another port, or stop what listens there".to_owned()),
        ErrorKind::PermissionDenied => Some(format!(
            "only root may listen below {}: take a higher port, or let users have {port} and up with \
             `sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`",
            unprivileged_port_start()
        )),
        ErrorKind::AddrNotAvailable => {
            Some(format!("{ip} is not an address of this host (`ip address` lists them)"))
        }
        _ => None,
    }
}

impl NetError {
    /// Does somebody else listen there?
    pub fn port_is_taken(&self) -> bool {
        matches!(self, Self::Port { source, .. } if source.kind() == ErrorKind::AddrInUse)
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        let remedy = match self {
            Self::NoHostGateway { .. } => {
                return Some("give the host's address instead of host-gateway".to_owned());
            }
            Self::Port { address, source, .. } => return port_hint(*address, source),
            Self::NotInstalled | Self::Missing { .. } => {
                "install slirp4netns (Debian, Ubuntu: `sudo apt install slirp4netns`; Fedora: `sudo dnf install slirp4netns`)"
            }
            Self::Tun(error) if error.source.kind() == std::io::ErrorKind::PermissionDenied => {
                "let users open the device: `sudo chmod 0666 /dev/net/tun` (what udev does elsewhere)"
            }
            Self::Tun(_) => {
                "load its module: `sudo modprobe tun`; in a container or VM, have /dev/net/tun passed in (`--device /dev/net/tun`)"
            }
            Self::Slirp { .. } | Self::Sys(_) => return Some(format!("run `rctr doctor`, {WITHOUT}")),
        };
        Some(format!("{remedy}, {WITHOUT}"))
    }
}
