//! What can go wrong on the way out.

use std::path::PathBuf;

use crate::sys::SysError;

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
    /// Another system call on the way.
    #[error("cannot connect the container to the network: {0}")]
    Sys(#[from] SysError),
}

/// The way round, for every error that the network itself causes.
const WITHOUT: &str = "or run with `--network none` (no network) or `--network host` (the host's own)";

impl NetError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        let remedy = match self {
            Self::NoHostGateway { .. } => {
                return Some("give the host's address instead of host-gateway".to_owned());
            }
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
