//! What a verb of the runtime fails with, in runc's words where callers match on them.

use std::path::PathBuf;

use crate::spec::oci::OciError;

/// A verb that was not done.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The bundle is not run.
    #[error(transparent)]
    Bundle(#[from] OciError),
    /// It cannot be a container's name.
    #[error("invalid container ID {0:?}: letters, digits, \"_\", \"+\", \"-\" and \".\", at most 255")]
    BadId(String),
    /// There is one of that name.
    #[error("container with id exists: {0}")]
    Exists(String),
    /// There is none.
    #[error("container does not exist: {0}")]
    NoSuch(String),
    /// It is still being made, or what made it was killed.
    #[error("container {0} is not there whole")]
    Half(String),
    /// It is not as the verb needs it.
    #[error("cannot {attempt} container {id}: it is {status}, not {wanted}")]
    State {
        /// The verb.
        attempt: &'static str,
        /// Which.
        id: String,
        /// As it is.
        status: &'static str,
        /// As it has to be.
        wanted: &'static str,
    },
    /// Nothing to signal.
    #[error("container not running: {0}")]
    NotRunning(String),
    /// A terminal that nobody takes.
    #[error("cannot allocate tty without a console socket: --console-socket names one")]
    NoConsole,
    /// A socket for a terminal that is not asked for.
    #[error("cannot use a console socket: the process has no terminal")]
    NoTerminal,
    /// A descriptor that is to be handed on.
    #[error("--preserve-fds {count}: descriptor {fd} is not open")]
    NotOpen {
        /// How many were named.
        count: u32,
        /// The first that is not there.
        fd: u32,
    },
    /// A file that would be written over.
    #[error("file {0} exists. Remove it first")]
    InTheWay(PathBuf),
    /// It did not end.
    #[error("container {0} does not end although it was killed")]
    Lives(String),
}
