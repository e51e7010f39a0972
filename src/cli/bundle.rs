//! `rctr bundle`: an image as an OCI bundle.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, output};
use crate::model::image_request::{BundleRequest, ImageRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Unpack an image as an OCI bundle: config.json and rootfs, for crun, runc or another runtime.
///
/// The files belong to your subordinate ids, and config.json maps them: start it as the same user, for instance with `crun
/// run -b DIR NAME`. It has no network but its own loopback, and no volumes.
#[derive(Args, Debug)]
pub(super) struct BundleArgs {
    /// The program gets a terminal
    #[arg(short, long)]
    tty: bool,
    /// Name or id
    image: String,
    /// A directory that is empty or not there yet
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// What runs instead of the image's command
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub(super) fn run(args: BundleArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = BundleRequest {
        image: args.image,
        directory: args.directory,
        command: args.command,
        terminal: args.tty,
    };
    match ops::execute(&super::context(global)?, Request::Image(ImageRequest::Bundle(request)))? {
        Outcome::Copied(notices) => {
            output::notices(&notices);
            Ok(0)
        }
        _ => Err(output::unexpected()),
    }
}
