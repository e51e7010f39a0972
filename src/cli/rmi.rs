//! `rctr rmi`, also `rctr image rm`; and `rctr image prune`.

use clap::Args;

use super::{Failure, output};
use crate::model::image_request::{ImageRequest, PruneImagesRequest, RemoveImagesRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome, WhyNot};

/// Remove images.
///
/// A name is taken away; an image goes with its last name. Exits with 1 when there is no such image, with 2 when it is in
/// use.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct RmiArgs {
    /// Remove all images
    #[arg(short, long)]
    all: Option<bool>,
    /// Remove an id with all its names
    #[arg(short, long)]
    force: Option<bool>,
    /// It is no error when there is no such image
    #[arg(short, long)]
    ignore: Option<bool>,
    /// Names or ids
    #[arg(value_name = "IMAGE", required_unless_present = "all")]
    images: Vec<String>,
}

/// Remove images without a name.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PruneArgs {
    /// Remove all images that no container was made from
    #[arg(short, long)]
    all: Option<bool>,
    /// Remove only some: until=, label=, label!=
    #[arg(long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Do not ask (rctr never does; for scripts)
    #[arg(short, long)]
    force: Option<bool>,
}

pub(super) fn run(args: RmiArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let all = args.all.unwrap_or(false);
    if all && !args.images.is_empty() {
        return Err(Failure::new("when using the --all switch, you may not pass any images names or IDs"));
    }
    let ctx = super::context(global)?;
    let request = RemoveImagesRequest {
        images: args.images,
        all,
        force: args.force.unwrap_or(false),
        ignore: args.ignore.unwrap_or(false),
    };
    let outcome = ops::execute(&ctx, Request::Image(ImageRequest::Remove(request)))?;
    show(outcome)
}

/// podman's lines for what was removed, and its exit codes for what was not.
pub(super) fn show(outcome: Outcome) -> Result<u8, Failure> {
    let Outcome::RemovedImages(done) = outcome else { return Err(output::unexpected()) };
    let mut text = String::new();
    done.untagged.iter().for_each(|name| text.push_str(&format!("Untagged: {name}\n")));
    done.deleted.iter().for_each(|id| text.push_str(&format!("Deleted: {}\n", id.hex())));
    output::print(text)?;
    // podman-rmi(1), "Exit Status".
    let code = done.failures.iter().map(|f| match f.why {
        WhyNot::Missing => 1,
        WhyNot::InUse => 2,
        WhyNot::ManyNames | WhyNot::Other => super::failure::INTERNAL,
    });
    let code = code.max().unwrap_or(0);
    let Some((last, first)) = done.failures.split_last() else { return Ok(0) };
    for failure in first {
        Failure::new(&failure.message).print();
    }
    let failure = Failure { code, ..Failure::new(&last.message) };
    Err(match last.why {
        WhyNot::InUse => failure.hint("remove the container first"),
        WhyNot::ManyNames => failure.hint("name one of them to take it away, or give -f to remove all"),
        _ => failure,
    })
}

pub(super) fn prune(args: &PruneArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    let request = PruneImagesRequest { all: args.all.unwrap_or(false), filters: args.filter.clone() };
    let outcome = ops::execute(&ctx, Request::Image(ImageRequest::Prune(request)))?;
    let Outcome::PrunedImages(ids) = outcome else { return Err(output::unexpected()) };
    output::print(ids.iter().map(|id| format!("{}\n", id.hex())).collect::<String>()).map(|()| 0)
}
