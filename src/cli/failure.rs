//! Turns errors into what the user sees: `Error: …`, `Hint: …` when there is something to do, and the exit code.
//!
//! The only place where hints and codes are chosen, keyed by the error's variant.

use std::io::Write;

use crate::ops::OpsError;
use crate::spec::SpecError;

/// rctr itself failed (podman-run(1), "Exit Status").
pub const INTERNAL: u8 = 125;
/// The program was found and cannot be run.
pub const CANNOT_INVOKE: u8 = 126;
/// The program was not found.
pub const NOT_FOUND: u8 = 127;

/// What ends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The attempt and the reason, lower case, without `Error:`.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// Exit code of the process.
    pub code: u8,
}

impl Failure {
    /// A failure of rctr itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: INTERNAL }
    }

    /// With advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Writes it to stderr; a closed stderr has nobody to tell.
    pub fn print(&self) {
        let mut text = format!("Error: {}\n", self.message);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("Hint: {hint}\n"));
        }
        let _nobody_listens = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

impl From<OpsError> for Failure {
    fn from(error: OpsError) -> Self {
        let failure = Self::new(error.to_string());
        let hint = match &error {
            OpsError::Host(host) => host.hint(),
            _ => None,
        };
        Self { hint, ..failure }
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        OpsError::from(error).into()
    }
}
