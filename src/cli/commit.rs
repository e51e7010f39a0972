//! `rctr commit`, also `rctr container commit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Failure, output};
use crate::model::container_request::ContainerRequest;
use crate::model::files_request::CommitRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Make an image of a container.
///
/// What the container has changed becomes a layer on top of its image; a container without an image becomes one layer.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct CommitArgs {
    /// Say who made the image
    #[arg(short, long, value_name = "TEXT")]
    author: Option<String>,
    /// Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER,
    /// VOLUME, WORKDIR
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Media types of the image's documents: oci or docker
    #[arg(short, long, value_name = "FORMAT", default_value = "oci", hide_possible_values = true)]
    format: Form,
    /// Write the image's id to a file
    #[arg(long, value_name = "FILE")]
    iidfile: Option<PathBuf>,
    /// The places of its volumes become VOLUMEs of the image
    #[arg(long)]
    include_volumes: Option<bool>,
    /// Set the comment of the image's history
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// The container rests meanwhile
    #[arg(short, long)]
    pause: Option<bool>,
    /// Print nothing but the id
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Make one layer of all files
    #[arg(short, long)]
    squash: Option<bool>,
    /// Name or id
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// Name of the image
    #[arg(value_name = "NAME[:TAG]")]
    image: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Oci,
    Docker,
}

pub(super) fn run(args: CommitArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    let request = CommitRequest {
        container: args.container,
        image: args.image,
        author: args.author,
        message: args.message,
        changes: args.change,
        docker_format: args.format == Form::Docker,
        pause: is(args.pause),
        squash: is(args.squash),
        iidfile: args.iidfile,
        include_volumes: is(args.include_volumes),
    };
    let request = Request::Container(ContainerRequest::Commit(request));
    let Outcome::Committed { id, notices } = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    if !is(args.quiet) {
        output::notices(&notices);
    }
    output::print(format!("{}\n", id.hex())).map(|()| 0)
}
