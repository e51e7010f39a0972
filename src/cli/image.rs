//! `rctr image …`: the verbs about images under one roof.

use clap::{Args, Subcommand};

use super::format::{self, Style};
use super::{Failure, images, import, load, output, pull, rmi, tag};
use crate::model::image_request::ImageRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Manage images.
#[derive(Args, Debug)]
pub(super) struct ImageArgs {
    #[command(subcommand)]
    verb: ImageVerb,
}

#[derive(Subcommand, Debug)]
enum ImageVerb {
    /// Is an image there? Exits with 0 or 1
    Exists(ExistsArgs),
    /// Make an image from a tarball of a root file system
    Import(import::ImportArgs),
    /// Print all about images
    Inspect(InspectArgs),
    /// Load images from an archive
    Load(load::LoadArgs),
    /// List images
    #[command(visible_alias = "list")]
    Ls(images::ImagesArgs),
    /// Remove images without a name
    Prune(rmi::PruneArgs),
    /// Fetch images from registries
    Pull(Box<pull::PullArgs>),
    /// Remove images
    Rm(rmi::RmiArgs),
    /// Give an image another name
    Tag(tag::TagArgs),
    /// Take names away from an image
    Untag(tag::UntagArgs),
}

/// Is an image there? Exits with 0 or 1.
#[derive(Args, Debug)]
struct ExistsArgs {
    /// Name or id
    image: String,
}

/// Print all about images.
#[derive(Args, Debug)]
struct InspectArgs {
    /// Print json, or fill a Go template for each image
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    format: String,
    /// Names or ids
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

pub(super) fn run(args: ImageArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    match args.verb {
        ImageVerb::Exists(args) => exists(args, global),
        ImageVerb::Import(args) => import::run(args, global),
        ImageVerb::Inspect(args) => inspect(args, global),
        ImageVerb::Load(args) => load::run(args, global),
        ImageVerb::Ls(args) => images::run(args, global),
        ImageVerb::Prune(args) => rmi::prune(&args, global),
        ImageVerb::Pull(args) => pull::run(*args, global),
        ImageVerb::Rm(args) => rmi::run(args, global),
        ImageVerb::Tag(args) => tag::tag(args, global),
        ImageVerb::Untag(args) => tag::untag(args, global),
    }
}

fn exists(args: ExistsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    match ops::execute(&super::context(global)?, Request::Image(ImageRequest::Exists(args.image)))? {
        Outcome::Exit(code) => Ok(code),
        _ => Err(output::unexpected()),
    }
}

fn inspect(args: InspectArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let outcome = ops::execute(&super::context(global)?, Request::Image(ImageRequest::Inspect(args.images)))?;
    let Outcome::ImageDetails(details) = outcome else { return Err(output::unexpected()) };
    let text = match Style::parse(&args.format) {
        Style::Json => format::json(&details)?,
        Style::Table(template) | Style::Rows(template) => {
            let data = details.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
            format::rows(template, &data.map_err(|e| Failure::new(format!("write JSON: {e}")))?)?
        }
    };
    output::print(text).map(|()| 0)
}
