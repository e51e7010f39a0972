//! `exec`: another program in a container that runs.

use super::run_request::EnvEntry;

/// What is to be run, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// The container's name or id; empty is the one that was made last.
    pub container: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// `--detach`: do not wait for its end.
    pub detach: bool,
    /// `--detach-keys`.
    pub detach_keys: Vec<u8>,
    /// `--interactive`.
    pub interactive: bool,
    /// `--tty`.
    pub terminal: bool,
    /// `--env-file` and `--env`.
    pub env: Vec<EnvEntry>,
    /// `--user`.
    pub user: Option<String>,
    /// `--workdir`.
    pub workdir: Option<String>,
    /// `--privileged`.
    pub privileged: bool,
    /// `--preserve-fds`.
    pub preserve_fds: u32,
}
