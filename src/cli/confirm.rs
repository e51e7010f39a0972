//! "Are you sure?", in podman's words.

use std::io::{BufRead, Write};

use super::Failure;

/// Says what is about to be done and reads the answer from stdin; anything but `y…` is no.
///
/// # Errors
/// Nobody answers.
pub(super) fn ask(warning: &str) -> Result<bool, Failure> {
    let question = format!("{warning}Are you sure you want to continue? [y/N] ");
    // stdout is for the result. A stderr that is closed shows no question, and there still is an answer to read.
    let _nobody_sees = std::io::stderr().lock().write_all(question.as_bytes());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(0) => {
            let _nobody_sees = std::io::stderr().lock().write_all(b"\n");
            Err(Failure::new("nobody answers on standard input").hint("-f does without asking"))
        }
        Ok(_) => Ok(answer.trim_start().starts_with(['y', 'Y'])),
        Err(error) => Err(Failure::new(format!("read standard input: {}", crate::sys::describe(&error)))),
    }
}
