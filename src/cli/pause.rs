//! `rctr pause` and `rctr unpause`, also below `rctr container`.

use std::path::PathBuf;

use clap::Args;

use super::lifecycle::{ids_in, internal};
use super::{Failure, container};
use crate::model::GlobalOptions;
use crate::model::container_request::{ContainerRequest, Which};

/// Stop every process of containers, until they may go on.
///
/// Each process gets SIGSTOP, which it can neither catch nor ignore; one that waits for its children may see that they were
/// stopped. What the container had stopped itself stays stopped afterwards.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PauseArgs {
    /// Pause all running containers
    #[arg(short, long)]
    all: Option<bool>,
    #[command(flatten)]
    chosen: Chosen,
}

/// Let the processes of paused containers go on.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct UnpauseArgs {
    /// Unpause all paused containers
    #[arg(short, long)]
    all: Option<bool>,
    #[command(flatten)]
    chosen: Chosen,
}

/// What both take.
#[derive(Args, Debug)]
struct Chosen {
    /// Read ids from a file that --cidfile of run has written
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<PathBuf>,
    /// Only those that fit, with podman's filters
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Chosen {
    fn which(self, all: Option<bool>) -> Result<Which, Failure> {
        let mut names = self.containers;
        names.extend(ids_in(&self.cidfile, false)?);
        container::which_of(names, all.unwrap_or(false), self.latest.unwrap_or(false), self.filter)
    }
}

pub(super) fn pause(args: PauseArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    container::change(ContainerRequest::Pause(args.chosen.which(args.all)?), global, internal)
}

pub(super) fn unpause(args: UnpauseArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    container::change(ContainerRequest::Unpause(args.chosen.which(args.all)?), global, internal)
}
