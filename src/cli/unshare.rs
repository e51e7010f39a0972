//! `rctr unshare`: a program in the default user namespace.

use clap::Args;

use super::{Failure, output};
use crate::model::{GlobalOptions, Request};
use crate::ops;

/// What the man page says besides.
const EXTRA: &str = "\
The program sees itself as root, and every subordinate id as one of its own: what containers have left in a directory can be \
looked at, given away and removed. It is no container: files, network and processes are the host's, and only mounts are its \
own. It takes the place of rctr, so that its exit code and its signals are its own.";

/// Run a program where the files of subordinate ids can be reached.
///
/// Without COMMAND it is $SHELL.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman), after_long_help = EXTRA)]
pub(super) struct UnshareArgs {
    /// A program and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

pub(super) fn run(args: UnshareArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    ops::execute(&super::context(global)?, Request::Unshare(args.command))?;
    Err(output::unexpected())
}
