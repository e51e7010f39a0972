//! `rctr rename`, also `rctr container rename`.

use clap::Args;

use super::{Failure, output};
use crate::model::container_request::ContainerRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops;

/// Give a container another name.
///
/// Also one that runs; its host name stays what it is.
#[derive(Args, Debug)]
pub(super) struct RenameArgs {
    /// Name or id
    container: String,
    /// The new name
    name: String,
}

pub(super) fn run(args: RenameArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ContainerRequest::Rename { container: args.container, name: args.name };
    output::outcome(ops::execute(&super::context(global)?, Request::Container(request))?)
}
