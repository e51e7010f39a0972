//! What can go wrong between here and a registry, in podman's words where it has them.

use std::path::PathBuf;

use crate::sys::SysError;

/// Why a registry did not give what was asked for, or was not asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No answer at all: no such host, nobody listens, no TLS.
    #[error("pinging container registry {host}: {reason}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the network says.
        reason: String,
        /// It was the certificate, or that there is none.
        tls: bool,
    },
    /// The connection broke, or nothing came for too long.
    #[error("{attempt}: {reason}")]
    Broken {
        /// What was asked for.
        attempt: String,
        /// How it broke.
        reason: String,
    },
    /// There is no such thing in the registry.
    #[error("{attempt}: {reason}")]
    NotFound {
        /// What was asked for.
        attempt: String,
        /// The registry's words.
        reason: String,
    },
    /// The registry wants to know who asks, or does not let them.
    #[error("{attempt}: {reason}")]
    Denied {
        /// What was asked for.
        attempt: String,
        /// Its words.
        reason: String,
        /// Host and port, for `login`.
        host: String,
        /// Somebody was named, and that was not enough.
        known: bool,
    },
    /// Another answer than was asked for.
    #[error("{attempt}: {reason}")]
    Answer {
        /// What was asked for.
        attempt: String,
        /// The status and the registry's words.
        reason: String,
        /// The HTTP status.
        status: u16,
    },
    /// More bytes than such a thing may have.
    #[error("{attempt}: the answer is longer than {limit} bytes")]
    TooLong {
        /// What was asked for.
        attempt: String,
        /// The limit.
        limit: u64,
    },
    /// An answer that leads somewhere it must not, or makes no sense.
    #[error("{attempt}: {reason}")]
    Hostile {
        /// What was asked for.
        attempt: String,
        /// What is wrong.
        reason: String,
    },
    /// `blocked = true` in registries.conf (podman's words).
    #[error("registry {prefix} is blocked in registries.conf")]
    Blocked {
        /// The entry's prefix.
        prefix: String,
    },
    /// A configuration or credentials file that cannot be understood.
    #[error("{}: {reason}", .path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A credential helper failed.
    #[error("credential helper docker-credential-{name}: {reason}")]
    Helper {
        /// Its name.
        name: String,
        /// Its words, or how it ended.
        reason: String,
    },
    /// `login` with credentials that the registry does not take (podman's words).
    #[error("logging into {registry:?}: invalid username/password")]
    WrongPassword {
        /// As it was named.
        registry: String,
    },
    /// `logout` and `--get-login` without a login (podman's words).
    #[error("not logged into {0}")]
    NotLoggedIn(String),
    /// A text that names no registry.
    #[error("{text:?} is no registry: {reason}")]
    BadName {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl RegistryError {
    /// A thing that is simply not there: the next place may have it.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}
