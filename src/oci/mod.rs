//! The command line of an OCI runtime (runc's, and crun's words where these differ): the second front end, for podman,
//! containerd and whoever else starts containers through one. It makes requests and shows results; `rctr-oci` is the
//! same program under another name.

mod args;
mod log;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::Failure;
use crate::model::{OciRequest, OciVerb, Request};
use crate::ops::{self, Context, OpsError, Outcome, host};
use args::{Cli, Format};
use log::Log;

/// What the program is called when it is a runtime.
pub const NAME: &str = "rctr-oci";

/// runc(8): its own failures, where the program of an `exec` has codes of its own.
const FAILED: u8 = 1;
const EXEC_FAILED: u8 = 255;

/// The words after the name, when this is how the program was called: by its name, or as `rctr oci`.
pub fn called(words: &[OsString]) -> Option<Vec<OsString>> {
    let (name, rest) = words.split_first()?;
    if Path::new(name).file_name().is_some_and(|name| name == NAME) {
        return Some(rest.to_vec());
    }
    rest.split_first().filter(|(verb, _)| *verb == "oci").map(|(_, rest)| rest.to_vec())
}

/// Runs the command line and gives the exit code of the process.
pub fn main(words: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(std::iter::once(NAME.into()).chain(words)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { FAILED } else { 0 };
            // A closed stream has nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let Cli { global, verb } = cli;
    let code = if matches!(verb, args::Verb::Exec(_)) { EXEC_FAILED } else { FAILED };
    let mut log = None;
    let done = (|| {
        log = Log::open(&global)?;
        let format = verb.format();
        let request = OciRequest { root: global.root, verb: verb.request()? };
        run(request, format)
    })();
    ExitCode::from(done.unwrap_or_else(|failure| {
        failure.print();
        if let Some(log) = &mut log {
            log.error(&failure.message);
        }
        code
    }))
}

/// The whole command line, for its man page.
pub fn command() -> clap::Command {
    Cli::command()
}

fn run(request: OciRequest, format: Format) -> Result<u8, Failure> {
    let ctx = Context { host: host::read(None).map_err(OpsError::from)? };
    let lists = matches!(request.verb, OciVerb::List);
    match ops::execute(&ctx, Request::Oci(Box::new(request)))? {
        Outcome::Exit(code) => Ok(code),
        Outcome::Done => Ok(0),
        Outcome::Text(text) => show(&text),
        Outcome::Facts(facts) => show(&match format {
            Format::Json => format!("{facts}\n"),
            Format::Quiet => args::names(&facts),
            Format::Table if lists => args::table(&facts),
            Format::Table => args::pids(&facts),
        }),
        _ => Err(Failure::new("internal error: a result of another kind")),
    }
}

fn show(text: &str) -> Result<u8, Failure> {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write the result: {error}")))
        }
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_the_program_is_called() {
        let called = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(Into::into).collect();
            called(&words).map(|rest| rest.len())
        };
        assert_eq!(called(&["/usr/bin/rctr-oci", "state", "x"]), Some(2));
        assert_eq!(called(&["rctr-oci"]), Some(0));
        assert_eq!(called(&["rctr", "oci", "list"]), Some(1));
        assert_eq!(called(&["rctr", "run", "oci"]), None);
        assert_eq!(called(&["rctr"]), None);
        assert_eq!(called(&[]), None);
    }
}
