//! From a profile to the program that the kernel takes, by way of a cache: libseccomp needs 10 to 15 ms to compile the
//! default profile, a cached program is read in a few hundredths of one.
//!
//! What the rules mean is decided in `spec::seccomp`; loading the program is `sys::seccomp`'s.

mod cache;
mod compile;
#[cfg(test)]
mod interpret;
mod prologue;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::model::HostFacts;
use crate::model::spec::SeccompSpec;
use crate::spec::seccomp::{self as profile, ProfileError, Target};
use crate::sys::SysError;

/// Why there is no filter.
#[derive(Debug, thiserror::Error)]
pub enum SeccompError {
    /// The profile's file.
    #[error("cannot read seccomp profile {path}: {}", crate::sys::describe(source))]
    Read {
        /// As given.
        path: PathBuf,
        /// The kernel's answer.
        source: std::io::Error,
    },
    /// What the file says.
    #[error("cannot use seccomp profile {path}: {source}")]
    Profile {
        /// As given, or `(default)`.
        path: PathBuf,
        /// What is wrong.
        source: ProfileError,
    },
    /// libseccomp refuses a rule.
    #[error("cannot compile the seccomp rule for {syscall}: {reason}")]
    Rule {
        /// The system call.
        syscall: String,
        /// libseccomp's word.
        reason: String,
    },
    /// libseccomp refuses something else.
    #[error("cannot compile the seccomp profile: {0}")]
    Library(String),
    /// More instructions than the kernel takes.
    #[error("the seccomp profile makes a program of {0} instructions, and the kernel takes 4096")]
    TooLong(usize),
    /// A system call.
    #[error(transparent)]
    Sys(#[from] SysError),
}

/// The filter program of a container with this bounding set; `None` when it is to run unconfined.
///
/// Called in the parent, with the caller's own ids. A cache that cannot be read or written costs time, never the container.
pub fn program(
    spec: &SeccompSpec,
    capabilities: &[u8],
    host: &HostFacts,
) -> Result<Option<Vec<u8>>, SeccompError> {
    let from_file;
    let (path, text) = match spec {
        SeccompSpec::Unconfined => return Ok(None),
        SeccompSpec::Default => (PathBuf::from("(default)"), profile::DEFAULT_PROFILE.as_bytes()),
        SeccompSpec::File(path) => {
            let path = host.cwd.join(path);
            from_file =
                std::fs::read(&path).map_err(|source| SeccompError::Read { path: path.clone(), source })?;
            (path, from_file.as_slice())
        }
    };
    let entry = cache::Entry::of(text, capabilities, host);
    if let Some(program) = entry.read() {
        return Ok(Some(program));
    }
    let parsed = profile::parse(text).map_err(|source| SeccompError::Profile { path, source })?;
    let target = Target { capabilities, machine: &host.machine, kernel: &host.kernel };
    let program = compile::compile(&profile::decide(&parsed, &target))?;
    entry.write(&program);
    Ok(Some(program))
}
