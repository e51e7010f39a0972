//! `rctr kill`, `rctr stop` and `rctr wait`, also below `rctr container`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, container, failure};
use crate::model::container_request::{Condition, ContainerRequest, Grace};
use crate::model::{GlobalOptions, nearest};
use crate::ops::WhyNot;
use crate::spec::{duration, signal};

/// Send a signal to the first process of containers.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct KillArgs {
    /// Signal all running containers
    #[arg(short, long)]
    all: Option<bool>,
    /// Read ids from a file that --cidfile of run has written
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<PathBuf>,
    /// Signal the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Name or number of the signal
    #[arg(short, long, value_name = "SIGNAL", default_value = "KILL")]
    signal: String,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Stop containers.
///
/// Sends the signal that the image or --stop-signal has chosen (SIGTERM unless said otherwise), and SIGKILL when that does
/// not help in time. A first process that does not handle the signal never sees it, and is killed at once.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct StopArgs {
    /// Stop all running containers, but not those that are paused
    #[arg(short, long)]
    all: Option<bool>,
    /// Read ids from a file that --cidfile of run has written
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<PathBuf>,
    /// Only those that fit, with podman's filters
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// It is no error when there is no such container
    #[arg(short, long)]
    ignore: Option<bool>,
    /// Stop the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Wait so many seconds before SIGKILL; -1 waits for ever [default: what --stop-timeout of run said, else 10]
    #[arg(short, long, value_name = "SECONDS")]
    time: Option<i64>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Wait for the end of containers, and print their exit codes.
///
/// With --condition until one of them holds: configured, created, exited, healthy, initialized, paused, removing, running,
/// stopped, stopping, unhealthy or unknown; -1 is printed for those that are not the end.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct WaitArgs {
    /// Wait for this instead; several, also with commas between, are alternatives
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    condition: Vec<String>,
    /// It is no error when there is no such container
    #[arg(long)]
    ignore: Option<bool>,
    /// Time between two looks (rctr waits for events and never looks in vain; for scripts)
    #[arg(short, long, value_name = "DURATION")]
    interval: Option<String>,
    /// Wait for the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

pub(super) fn kill(args: KillArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let signal = signal::parse("--signal", &args.signal)?;
    let mut names = args.containers;
    names.extend(ids_in(&args.cidfile, false)?);
    let which = container::which(names, args.all.unwrap_or(false), args.latest.unwrap_or(false))?;
    container::change(ContainerRequest::Kill { which, signal }, global, internal)
}

pub(super) fn stop(args: StopArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ignore = args.ignore.unwrap_or(false);
    let mut names = args.containers;
    names.extend(ids_in(&args.cidfile, ignore)?);
    if names.is_empty() && !args.cidfile.is_empty() && args.filter.is_empty() {
        return Ok(0);
    }
    let (all, latest) = (args.all.unwrap_or(false), args.latest.unwrap_or(false));
    let mut which = container::which_of(names, all, latest, args.filter)?;
    which.ignore = ignore;
    container::change(ContainerRequest::Stop { which, grace: grace(args.time)? }, global, internal)
}

pub(super) fn wait(args: WaitArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let conditions = args.condition.iter().map(|word| condition(word)).collect::<Result<_, _>>()?;
    if let Some(interval) = &args.interval {
        check_interval(interval)?;
    }
    let mut which = container::which(args.containers, false, args.latest.unwrap_or(false))?;
    which.ignore = args.ignore.unwrap_or(false);
    container::change(ContainerRequest::Wait { which, conditions }, global, internal)
}

fn condition(word: &str) -> Result<Condition, Failure> {
    Condition::parse(word).ok_or_else(|| {
        let failure = Failure::new(format!("unknown container state: {word}: invalid argument"));
        match nearest(word, Condition::WORDS.iter().map(|(word, _)| *word)) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure,
        }
    })
}

/// A Go duration, or a number of milliseconds (podman): nothing comes of it, but a slip of the pen is told.
fn check_interval(text: &str) -> Result<(), Failure> {
    let milliseconds = text.parse::<u64>().is_ok();
    if milliseconds || duration::parse(text).is_some() {
        return Ok(());
    }
    Err(Failure::new(format!("bad --interval: time: invalid duration {text:?}")))
}

/// podman ends these verbs with one code, whatever went wrong.
pub(super) fn internal(_: WhyNot) -> u8 {
    failure::INTERNAL
}

/// `--time` where it was given.
pub(super) fn grace_asked(seconds: Option<i64>) -> Result<Option<Grace>, Failure> {
    seconds.map(|seconds| grace(Some(seconds))).transpose()
}

/// `--time`: below zero is for ever (podman).
pub(super) fn grace(seconds: Option<i64>) -> Result<Grace, Failure> {
    match seconds {
        None => Ok(Grace::default()),
        Some(..0) => Ok(Grace::Forever),
        Some(seconds) => u32::try_from(seconds)
            .map(Grace::Seconds)
            .map_err(|_| Failure::new(format!("invalid argument \"{seconds}\" for --time: too long"))),
    }
}

/// The first lines of id files. With `ignore` a file that is not there is none.
pub(super) fn ids_in(files: &[PathBuf], ignore: bool) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for path in files {
        match std::fs::read_to_string(path) {
            Ok(text) => ids.push(text.lines().next().unwrap_or_default().trim().to_owned()),
            Err(error) if ignore && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let why = crate::sys::describe(&error);
                return Err(Failure::new(format!("read --cidfile {}: {why}", path.display())));
            }
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_go() {
        for good in ["250ms", "1", "1.5h", "2h45m", "5s", "10µs"] {
            assert!(check_interval(good).is_ok(), "{good}");
        }
        for bad in ["", "x", "5 s", "1h2", "ms", "1.2.3s", "-1", "1.5"] {
            assert!(check_interval(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn conditions_have_podmans_words() {
        assert_eq!(condition("running"), Ok(Condition::Running));
        let failure = condition("runing").unwrap_err();
        assert_eq!(failure.message, "unknown container state: runing: invalid argument");
        assert_eq!(failure.hint.as_deref(), Some("did you mean running?"));
    }
}
