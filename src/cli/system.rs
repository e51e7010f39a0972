//! `rctr system …`: the store as a whole.

use clap::{Args, Subcommand};

use super::container::failures;
use super::events::{self, EventsArgs};
use super::info::{self, InfoArgs};
use super::{Failure, check, confirm, disk_usage, failure, human, output};
use crate::model::system_request::{PruneRequest, SystemRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Look after rctr's store as a whole.
#[derive(Args, Debug)]
pub(super) struct SystemArgs {
    #[command(subcommand)]
    verb: SystemVerb,
}

#[derive(Subcommand, Debug)]
enum SystemVerb {
    /// Check that images and layers are what was put into the store
    Check(check::CheckArgs),
    /// Show how much room images, containers and volumes take
    Df(disk_usage::DiskUsageArgs),
    /// Show what happens to containers and images, as it happens
    Events(EventsArgs),
    /// Show what rctr knows of this machine and of its store
    Info(InfoArgs),
    /// Remove what is not used
    Prune(PruneArgs),
    /// Remove everything that rctr keeps
    Reset(ResetArgs),
}

/// Remove what is not used: containers that do not run, and images without a name that no container was made from.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct PruneArgs {
    /// Remove all images that no container was made from, also those with a name
    #[arg(short, long)]
    all: Option<bool>,
    /// Remove only some: label=, label!=, until=
    #[arg(long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    force: Option<bool>,
    /// Remove volumes too (anonymous ones always go with their container; for scripts)
    #[arg(long)]
    volumes: Option<bool>,
}

/// Remove everything that rctr keeps: containers, running ones too, images, volumes, and what it has in its cache.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct ResetArgs {
    /// Do not ask
    #[arg(short, long)]
    force: Option<bool>,
}

pub(super) fn run(args: SystemArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    match args.verb {
        SystemVerb::Check(args) => check::run(&args, global),
        SystemVerb::Df(args) => disk_usage::run(&args, global),
        SystemVerb::Events(args) => events::run(args, global),
        SystemVerb::Info(args) => info::run(&args, global),
        SystemVerb::Prune(args) => prune(args, global),
        SystemVerb::Reset(args) => reset(&args, global),
    }
}

fn prune(args: PruneArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let all = args.all.unwrap_or(false);
    if !args.force.unwrap_or(false) && !confirm::ask(&prune_warning(all))? {
        return Ok(0);
    }
    let request = SystemRequest::Prune(PruneRequest { all, filters: args.filter });
    let Outcome::Pruned(done) = ops::execute(&super::context(global)?, Request::System(request))? else {
        return Err(output::unexpected());
    };
    output::notices(&done.notices);
    let mut text = String::new();
    let images: Vec<String> = done.images.iter().map(|id| id.hex().to_owned()).collect();
    for (heading, ids) in [("Deleted Containers", &done.containers), ("Deleted Images", &images)] {
        if !ids.is_empty() {
            text.push_str(&format!("{heading}\n{}\n", ids.join("\n")));
        }
    }
    text.push_str(&format!("Total reclaimed space: {}\n", human::compact_size(done.reclaimed)));
    output::print(text)?;
    failures(&done.failures, |_| failure::INTERNAL)
}

/// podman's words.
fn prune_warning(all: bool) -> String {
    let images = if all {
        "all images without at least one container associated to them"
    } else {
        "all dangling images"
    };
    format!("WARNING! This command removes:\n\t- all stopped containers\n\t- {images}\n\n")
}

fn reset(args: &ResetArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    let warning = format!(
        "WARNING! This will remove:\n\t- all containers, running ones too\n\t- all images\n\t- all volumes\n\t- everything \
         else of rctr's in {}\n\n",
        ctx.host.dirs.data.display()
    );
    if !args.force.unwrap_or(false) && !confirm::ask(&warning)? {
        return Ok(0);
    }
    output::outcome(ops::execute(&ctx, Request::System(SystemRequest::Reset))?)
}
