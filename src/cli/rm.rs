//! `rctr rm`, also `rctr container rm`; and `rctr container prune`.

use clap::Args;

use super::lifecycle::{grace, ids_in};
use super::{Failure, confirm, container, failure};
use crate::model::GlobalOptions;
use crate::model::container_request::{ContainerRequest, RemoveContainersRequest};
use crate::ops::WhyNot;

/// Remove containers.
///
/// With the container go its files and its anonymous volumes. Exits with 1 when there is no such container, with 2 when it
/// runs.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct RmArgs {
    /// Remove all containers
    #[arg(short, long)]
    all: Option<bool>,
    /// Read ids from a file that --cidfile of run has written
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<std::path::PathBuf>,
    /// Remove also those that use a container's namespaces (as with --network container:NAME)
    #[arg(long)]
    depend: Option<bool>,
    /// Only those that fit, with podman's filters
    #[arg(long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Stop those that run; it is no error when there is no such container
    #[arg(short, long)]
    force: Option<bool>,
    /// It is no error when there is no such container
    #[arg(short, long)]
    ignore: Option<bool>,
    /// Remove the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// With --force: wait so many seconds before a container is killed
    #[arg(short, long, value_name = "SECONDS")]
    time: Option<i64>,
    /// Remove anonymous volumes (they always go; for scripts)
    #[arg(short, long)]
    volumes: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Remove containers that do not run.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PruneArgs {
    /// Remove only some: label=, label!=, until=
    #[arg(long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    force: Option<bool>,
}

pub(super) fn run(args: RmArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    if args.time.is_some() && !is(args.force) {
        return Err(Failure::new("--force option must be specified to use the --time option"));
    }
    let mut names = args.containers;
    names.extend(ids_in(&args.cidfile, is(args.ignore) || is(args.force))?);
    if names.is_empty() && !args.cidfile.is_empty() && args.filter.is_empty() {
        return Ok(0);
    }
    let mut which = container::which_of(names, is(args.all), is(args.latest), args.filter)?;
    which.ignore = is(args.ignore);
    let (force, depend) = (is(args.force), is(args.depend));
    let request = RemoveContainersRequest { which, force, depend, grace: grace(args.time)? };
    container::change(ContainerRequest::Remove(request), global, code)
}

pub(super) fn prune(args: PruneArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let warning = "WARNING! This will remove all non running containers.\n";
    if !args.force.unwrap_or(false) && !confirm::ask(warning)? {
        return Ok(0);
    }
    container::change(ContainerRequest::Prune(args.filter), global, code)
}

/// podman-rm(1), "Exit Status".
fn code(why: WhyNot) -> u8 {
    match why {
        WhyNot::Missing => 1,
        WhyNot::InUse => 2,
        WhyNot::ManyNames | WhyNot::Other => failure::INTERNAL,
    }
}
