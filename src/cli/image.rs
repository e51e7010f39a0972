//! `rctr image …`: the verbs about images under one roof.

use clap::{Args, Subcommand};

use super::format::{self, Style};
use super::{
    Failure, diff, history, images, import, load, output, pull, push, rmi, save, search, tag, tree, trust,
};
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
    /// Show what the topmost layer of an image adds to the others
    Diff(DiffArgs),
    /// Is an image there? Exits with 0 or 1
    Exists(ExistsArgs),
    /// Show how an image came about
    History(history::HistoryArgs),
    /// Make an image from a tarball of a root file system
    Import(import::ImportArgs),
    /// Print all about images
    Inspect(InspectArgs),
    /// Load images from an archive
    Load(load::LoadArgs),
    /// List images
    #[command(visible_alias = "list")]
    Ls(images::ImagesArgs),
    /// Mount an image (refused, with what does instead)
    Mount(MountArgs),
    /// Remove images without a name
    Prune(rmi::PruneArgs),
    /// Fetch images from registries
    Pull(Box<pull::PullArgs>),
    /// Bring an image to a registry, or into an archive or directory
    Push(Box<push::PushArgs>),
    /// Remove images
    Rm(rmi::RmiArgs),
    /// Write images into an archive
    Save(save::SaveArgs),
    /// Copy an image to another machine (refused, with what does instead)
    Scp(ScpArgs),
    /// Search registries for images
    Search(search::SearchArgs),
    /// Sign images of registries with a key of gpg's
    ///
    /// Asks the registry for the manifest, and puts a signature ("simple signing") where registries.d says that those of
    /// this registry are written. Of an image for several platforms the index is signed, and the manifest for this machine.
    Sign(trust::SignArgs),
    /// Give an image another name
    Tag(tag::TagArgs),
    /// Show the layers of an image, and which other images have them
    Tree(tree::TreeArgs),
    /// Say or change which images are let in
    Trust(trust::TrustArgs),
    /// Take names away from an image
    Untag(tag::UntagArgs),
}

/// Show what the topmost layer of an image adds to the others.
///
/// A line each: A was added, C was changed, D was deleted.
#[derive(Args, Debug)]
struct DiffArgs {
    /// Print json
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<diff::Form>,
    /// Name or id
    image: String,
}

/// Mount images: refused, because only a shell in a user namespace of its own would see it. Without arguments lists what
/// is mounted, which is nothing.
#[derive(Args, Debug)]
struct MountArgs {
    /// Names or ids
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

/// Copy an image to another machine: refused, because ssh(1) does that without a second set of connections and keys.
#[derive(Args, Debug)]
struct ScpArgs {
    /// Name or id, or USER@HOST::NAME
    #[arg(value_name = "IMAGE")]
    image: String,
    /// USER@HOST::
    #[arg(value_name = "DESTINATION")]
    destination: Option<String>,
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
        ImageVerb::Diff(args) => {
            diff::show(Request::Image(ImageRequest::Diff(args.image)), args.format, global)
        }
        ImageVerb::History(args) => history::run(args, global),
        ImageVerb::Mount(args) => mount(args, global),
        ImageVerb::Tree(args) => tree::run(args, global),
        ImageVerb::Exists(args) => exists(args, global),
        ImageVerb::Import(args) => import::run(args, global),
        ImageVerb::Inspect(args) => inspect(args, global),
        ImageVerb::Load(args) => load::run(args, global),
        ImageVerb::Ls(args) => images::run(args, global),
        ImageVerb::Prune(args) => rmi::prune(&args, global),
        ImageVerb::Pull(args) => pull::run(*args, global),
        ImageVerb::Push(args) => push::run(*args, global),
        ImageVerb::Rm(args) => rmi::run(args, global),
        ImageVerb::Save(args) => save::run(args, global),
        ImageVerb::Scp(args) => Err(scp(&args)),
        ImageVerb::Search(args) => search::run(args, global),
        ImageVerb::Sign(args) => trust::sign(args, global),
        ImageVerb::Trust(args) => trust::run(args, global),
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

/// What is typed instead, with the same names.
fn scp(args: &ScpArgs) -> Failure {
    let place = |text: &str| text.split_once("::").map(|(host, image)| (host.to_owned(), image.to_owned()));
    let instead = match (place(&args.image), args.destination.as_deref().and_then(place)) {
        (Some((host, image)), None) => format!("ssh {host} rctr save {image} | rctr load"),
        (None, Some((host, _))) => format!("rctr save {} | ssh {host} rctr load", args.image),
        _ => "rctr save IMAGE | ssh USER@HOST rctr load".to_owned(),
    };
    Failure::new("image scp is not supported: rctr keeps no connections to other machines").hint(instead)
}

fn mount(args: MountArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    for image in args.images {
        ops::execute(&super::context(global)?, Request::Image(ImageRequest::Mount(image)))?;
    }
    Ok(0)
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
