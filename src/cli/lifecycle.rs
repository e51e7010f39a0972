//! `rctr kill`, `rctr stop` and `rctr wait`, also below `rctr container`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, container, failure};
use crate::model::GlobalOptions;
use crate::model::container_request::{ContainerRequest, Grace};
use crate::ops::WhyNot;
use crate::spec::signal;

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
    /// Stop all running containers
    #[arg(short, long)]
    all: Option<bool>,
    /// Read ids from a file that --cidfile of run has written
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<PathBuf>,
    /// It is no error when there is no such container
    #[arg(short, long)]
    ignore: Option<bool>,
    /// Stop the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Wait so many seconds before SIGKILL; -1 waits for ever [default: 10]
    #[arg(short, long, value_name = "SECONDS")]
    time: Option<i64>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Wait for the end of containers, and print their exit codes.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct WaitArgs {
    /// It is no error when there is no such container
    #[arg(long)]
    ignore: Option<bool>,
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
    if names.is_empty() && !args.cidfile.is_empty() {
        return Ok(0);
    }
    let mut which = container::which(names, args.all.unwrap_or(false), args.latest.unwrap_or(false))?;
    which.ignore = ignore;
    container::change(ContainerRequest::Stop { which, grace: grace(args.time)? }, global, internal)
}

pub(super) fn wait(args: WaitArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let mut which = container::which(args.containers, false, args.latest.unwrap_or(false))?;
    which.ignore = args.ignore.unwrap_or(false);
    container::change(ContainerRequest::Wait(which), global, internal)
}

/// podman ends these verbs with one code, whatever went wrong.
fn internal(_: WhyNot) -> u8 {
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
