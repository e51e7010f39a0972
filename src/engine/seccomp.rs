//! From a decided filter to the program that the kernel takes, and a cache of such programs: libseccomp needs 10 to 15 ms
//! to compile the default profile, a cached program is read in a few hundredths of one.
//!
//! What the rules mean is decided in `spec::seccomp`, `ops::seccomp` puts the two together, `sys::seccomp` loads.

mod assemble;
mod bpf;
mod cache;
mod compile;
mod decide;
#[cfg(test)]
mod interpret;
mod prologue;
#[cfg(test)]
mod shorter_tests;
#[cfg(test)]
mod tests;

pub use cache::Entry;
pub use compile::compile;

use crate::sys::SysError;

/// Why a filter makes no program.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
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
