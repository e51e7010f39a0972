//! `rctr tag` and `rctr untag`.

use clap::Args;

use super::Failure;
use crate::model::image_request::ImageRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops;

/// Give an image another name.
#[derive(Args, Debug)]
pub(super) struct TagArgs {
    /// Name or id
    image: String,
    /// New names; without a registry they are localhost's
    #[arg(value_name = "NAME[:TAG]", required = true)]
    names: Vec<String>,
}

/// Take names away from an image.
#[derive(Args, Debug)]
pub(super) struct UntagArgs {
    /// Name or id
    image: String,
    /// Which of its names; all when none is given
    #[arg(value_name = "NAME[:TAG]")]
    names: Vec<String>,
}

pub(super) fn tag(args: TagArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ImageRequest::Tag { image: args.image, names: args.names };
    ops::execute(&super::context(global)?, Request::Image(request))?;
    Ok(0)
}

pub(super) fn untag(args: UntagArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ImageRequest::Untag { image: args.image, names: args.names };
    ops::execute(&super::context(global)?, Request::Image(request))?;
    Ok(0)
}
