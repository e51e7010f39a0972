//! Results on stdout. A reader that went away (`rctr … | head`) is no error.

use std::io::{ErrorKind, Write};

use super::Failure;

/// Writes to stdout.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(failed(&error)),
    }
}

/// The failure of a write to stdout.
pub fn failed(error: &std::io::Error) -> Failure {
    Failure::new(format!("write to stdout: {}", crate::sys::describe(error)))
}
