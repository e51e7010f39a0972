//! `rctr export`, also `rctr container export`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, output};
use crate::model::container_request::ContainerRequest;
use crate::model::files_request::ExportRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Write all files of a container as a tar, without its volumes.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct ExportArgs {
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name or id
    #[arg(value_name = "CONTAINER")]
    container: String,
}

pub(super) fn run(args: ExportArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ExportRequest { container: args.container, output: args.output };
    let request = Request::Container(ContainerRequest::Export(request));
    let Outcome::Copied(notices) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    output::notices(&notices);
    Ok(0)
}
