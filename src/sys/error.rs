//! How a failed system call reads: the attempt with its object first, then the kernel's word.

use std::io;

/// A system call that failed, and what it was meant to do.
#[derive(Debug, thiserror::Error)]
#[error("{attempt}: {}", describe(source))]
pub struct SysError {
    /// What was attempted, with the object: `mount /srv/data on /data`.
    pub attempt: String,
    /// The kernel's answer.
    #[source]
    pub source: io::Error,
}

impl SysError {
    /// An error of this attempt.
    pub fn new(attempt: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self { attempt: attempt.into(), source: source.into() }
    }

    /// The errno, or 0 where there is none.
    pub fn errno(&self) -> i32 {
        self.source.raw_os_error().unwrap_or(0)
    }
}

/// The text of an errno as strerror(3) has it, in lower case and without `(os error N)`.
pub fn describe(error: &io::Error) -> String {
    let text = match error.raw_os_error() {
        Some(code) => nix::errno::Errno::from_raw(code).desc().to_owned(),
        None => error.to_string(),
    };
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text,
    }
}

/// `result.attempt(|| format!("open {path}"))`: gives an errno its object.
pub trait Attempt<T> {
    /// Turns the error into a [`SysError`] with this attempt.
    fn attempt<S: Into<String>>(self, what: impl FnOnce() -> S) -> Result<T, SysError>;
}

impl<T, E: Into<io::Error>> Attempt<T> for Result<T, E> {
    fn attempt<S: Into<String>>(self, what: impl FnOnce() -> S) -> Result<T, SysError> {
        self.map_err(|e| SysError::new(what(), e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_attempt_then_reason() {
        let error = Err::<(), _>(nix::errno::Errno::EACCES).attempt(|| "mount /srv on /data").unwrap_err();
        assert_eq!(error.to_string(), "mount /srv on /data: permission denied");
        assert_eq!(error.errno(), libc::EACCES);
    }
}
