//! `rctr healthcheck`.

use clap::{Args, Subcommand};

use super::{Failure, output};
use crate::model::container_request::ContainerRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops;

/// Look at the health of a container.
#[derive(Args, Debug)]
pub(super) struct HealthcheckArgs {
    #[command(subcommand)]
    verb: HealthcheckVerb,
}

#[derive(Subcommand, Debug)]
enum HealthcheckVerb {
    /// Check now: exits with 0 when the container is well, with 1 when not
    Run(HealthcheckRunArgs),
}

/// Check now: exits with 0 when the container is well, with 1 when not.
#[derive(Args, Debug)]
struct HealthcheckRunArgs {
    /// Name or id
    container: String,
}

pub(super) fn run(args: HealthcheckArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let HealthcheckVerb::Run(args) = args.verb;
    let request = ContainerRequest::CheckHealth(args.container);
    output::outcome(ops::execute(&super::context(global)?, Request::Container(request))?)
}
