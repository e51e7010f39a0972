//! Results on stdout. A reader that went away (`rctr … | head`) is no error.

use std::io::{ErrorKind, Write};

use super::Failure;
use crate::doctor::report;
use crate::ops::Outcome;

/// Shows the result of a use case in the plainest way, and gives the exit code. Commands with options of their own for
/// how to show it look at their variant first.
pub fn outcome(outcome: Outcome) -> Result<u8, Failure> {
    match outcome {
        Outcome::Exit(code) => Ok(code),
        Outcome::Text(text) => print(text).map(|()| 0),
        Outcome::Done => Ok(0),
        Outcome::Facts(facts) => print(super::format::json(&facts)?).map(|()| 0),
        Outcome::Findings(findings) => {
            print(report::text(&findings, false))?;
            Ok(u8::from(!report::can_run(&findings)))
        }
        // Shown by their own commands.
        Outcome::Loaded { .. }
        | Outcome::Imported { .. }
        | Outcome::Pulled { .. }
        | Outcome::Pushed(_)
        | Outcome::Found(_)
        | Outcome::Tags { .. }
        | Outcome::LoggedIn { .. }
        | Outcome::WantsPassword { .. }
        | Outcome::Images(_)
        | Outcome::ImageDetails(_)
        | Outcome::Trust { .. }
        | Outcome::ImageHistory(_)
        | Outcome::ImageTree(_)
        | Outcome::RemovedImages(_)
        | Outcome::PrunedImages(_)
        | Outcome::Changes(_)
        | Outcome::Committed { .. }
        | Outcome::Copied(_)
        | Outcome::Containers(_)
        | Outcome::Checked(_)
        | Outcome::DiskUsage(_)
        | Outcome::Pruned(_)
        | Outcome::DoneToContainers(_)
        | Outcome::Processes(_)
        | Outcome::Stats { .. }
        | Outcome::Inspected { .. } => Err(unexpected()),
    }
}

/// Writes to stdout.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    reaches(bytes).map(drop)
}

/// Writes to stdout; false when nobody reads it any more.
pub fn reaches(bytes: impl AsRef<[u8]>) -> Result<bool, Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}

/// The failure of a write to stdout.
pub fn failed(error: &std::io::Error) -> Failure {
    Failure::new(format!("write to stdout: {}", crate::sys::describe(error)))
}

/// A use case that answered with another kind of result than it is documented to.
pub fn unexpected() -> Failure {
    Failure::new("internal error: a result of the wrong kind")
}

/// What was done otherwise than asked, on stderr; a closed stderr has nobody to tell.
pub fn notices(notices: &[String]) {
    let text: String = notices.iter().map(|notice| format!("Note: {notice}\n")).collect();
    let _nobody_listens = std::io::stderr().lock().write_all(text.as_bytes());
}
