//! `rctr update`, also `rctr container update`.

use clap::Args;

use super::run::{HealthArgs, ResourceArgs};
use super::{Failure, container, failure};
use crate::model::GlobalOptions;
use crate::model::container_request::{ContainerRequest, UpdateRequest};
use crate::model::limits::LimitTexts;
use crate::model::run_request::HealthRequest;
use crate::spec::restart;

/// Change settings of containers, also while they run.
///
/// A health check that changes begins anew.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    health: HealthArgs,
    #[command(flatten)]
    limits: ResourceArgs,
    /// Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped
    #[arg(long, value_name = "POLICY")]
    restart: Option<String>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

pub(super) fn run(args: UpdateArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let health = args.health.request()?;
    let request = UpdateRequest {
        which: container::which(args.containers, false, false)?,
        restart: args.restart.as_deref().map(restart::parse).transpose()?,
        limits: args.limits.texts(),
        health: (health != HealthRequest::default()).then_some(health),
    };
    if request.restart.is_none() && request.health.is_none() && request.limits == LimitTexts::default() {
        return Err(Failure::new("nothing to update: name a limit, --restart or one of --health-*"));
    }
    container::change(ContainerRequest::Update(Box::new(request)), global, |_| failure::INTERNAL)
}
