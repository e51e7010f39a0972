//! The command line: one file a command (Args, the request it makes, how its result is shown). No effects of its own.

use std::process::ExitCode;

/// Runs the command line and gives the exit code of the process.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
