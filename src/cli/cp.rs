//! `rctr cp`, also `rctr container cp`.

use std::ffi::OsString;

use clap::Args;

use super::{Failure, output};
use crate::model::container_request::ContainerRequest;
use crate::model::files_request::CopyRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};
use crate::spec::copy::{check_ends, parse_end};

/// Copy files and directories into a container, out of one, or from one to the other.
///
/// It may run or not. SRC/. is what is in SRC; - is a tar on stdin or stdout. A copy in a container belongs to the
/// container's user, a copy on the host to you.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
#[command(override_usage = "rctr cp [OPTIONS] [CONTAINER:]SRC [CONTAINER:]DEST")]
pub(super) struct CpArgs {
    /// Keep the owners that the files have at the source
    #[arg(short, long)]
    archive: Option<bool>,
    /// Follow a symlink that SRC is (always done; for docker's scripts)
    #[arg(short = 'L', long)]
    follow_link: Option<bool>,
    /// Directories give way to files, and files to directories
    #[arg(long)]
    overwrite: Option<bool>,
    /// Has no effect, as in podman
    #[arg(long, hide = true)]
    pause: Option<bool>,
    /// Has no effect, as in podman
    #[arg(long, hide = true)]
    extract: Option<bool>,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: Option<bool>,
    /// What to copy
    #[arg(value_name = "SRC")]
    source: OsString,
    /// Where to
    #[arg(value_name = "DEST")]
    destination: OsString,
}

pub(super) fn run(args: CpArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let source = parse_end(&args.source).map_err(Failure::new)?;
    let destination = parse_end(&args.destination).map_err(Failure::new)?;
    check_ends(&source, &destination).map_err(|why| {
        Failure::new(format!("invalid arguments {:?}, {:?}: {why}", args.source, args.destination))
    })?;
    // podman's --archive=false keeps owners, docker's --archive does; without either they are the container's.
    let keep_owners = args.archive.is_some();
    let request =
        CopyRequest { source, destination, keep_owners, overwrite: args.overwrite.unwrap_or(false) };
    let request = Request::Container(ContainerRequest::Copy(request));
    let Outcome::Copied(notices) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    if !args.quiet.unwrap_or(false) {
        output::notices(&notices);
    }
    Ok(0)
}
