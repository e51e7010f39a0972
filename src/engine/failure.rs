//! Why a container did not start, in a form that travels from the container's first process to the command line.

use serde::{Deserialize, Serialize};

use crate::net::NetError;
use crate::sys::{SysError, userns::UsernsError};

/// What failed, so that the command line can choose an exit code and a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No such program in the container: exit code 127.
    CommandNotFound,
    /// The program cannot be executed: exit code 126.
    CommandNotExecutable,
    /// `--user` or the image's USER names nobody.
    UnknownUser,
    /// The working directory is none: exit code 126.
    WorkDir,
    /// The user has no mapping in the user namespace.
    UnmappedId,
    /// The kernel or a policy refused the user namespace; `errno` tells which.
    UserNamespace,
    /// The helpers refused the id maps.
    IdMaps,
    /// A mount was refused.
    Mount,
    /// procfs was refused: an outer container masks its own.
    ProcMasked,
    /// The uplink did not come up.
    Network,
    /// A namespace could not be joined.
    Join,
    /// A limit above the caller's hard limit.
    Limit,
    /// A kernel parameter was refused.
    Sysctl,
    /// Somebody else has just started it.
    Taken,
    /// No space left on a device.
    NoSpace,
    /// Anything else; the message says it.
    Other,
}

/// Why a container did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Class.
    pub kind: FailureKind,
    /// The attempt with its object, then the reason.
    pub message: String,
    /// The kernel's errno, 0 where there is none.
    pub errno: i32,
    /// What the user can do, where only the place of the failure knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without an errno.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), errno: 0, hint: None }
    }

    /// The kernel or a policy refused the namespaces (ENOSPC is their quota here, no disk).
    pub fn namespaces(error: SysError) -> Self {
        Self {
            kind: FailureKind::UserNamespace,
            message: error.to_string(),
            errno: error.errno(),
            hint: None,
        }
    }

    /// A failed system call of this class.
    pub fn of(kind: FailureKind, error: &SysError) -> Self {
        let kind = if error.errno() == libc_enospc() { FailureKind::NoSpace } else { kind };
        Self { kind, message: error.to_string(), errno: error.errno(), hint: None }
    }
}

fn libc_enospc() -> i32 {
    nix::errno::Errno::ENOSPC as i32
}

impl From<SysError> for Failure {
    fn from(error: SysError) -> Self {
        Self::of(FailureKind::Other, &error)
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self { hint: error.hint(), ..Self::new(FailureKind::Network, error.to_string()) }
    }
}

impl From<UsernsError> for Failure {
    fn from(error: UsernsError) -> Self {
        let message = error.to_string();
        match error {
            UsernsError::Refused(source) => {
                Self { kind: FailureKind::UserNamespace, message, errno: source.errno(), hint: None }
            }
            UsernsError::Maps(source) => {
                Self { kind: FailureKind::IdMaps, message, errno: source.errno(), hint: None }
            }
            UsernsError::MapsDiffer { .. } | UsernsError::NoHelper(_) => {
                Self::new(FailureKind::IdMaps, message)
            }
            UsernsError::Sys(source) => source.into(),
        }
    }
}

/// `result.or_fail(FailureKind::Mount)`.
pub trait OrFail<T> {
    /// Gives a failed system call its class.
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure>;
}

impl<T> OrFail<T> for Result<T, SysError> {
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure> {
        self.map_err(|error| Failure::of(kind, &error))
    }
}
