//! `rctr manifest …`: lists of images, one name for several platforms.

use clap::{Args, Subcommand};

use super::access::{AccessArgs, RetryArgs};
use super::push::LeaveArgs;
use super::{Failure, output, rmi};
use crate::model::manifest_request::{AddImages, EntryChange, ManifestRequest};
use crate::model::registry_request::{PlatformRequest, RegistryAccess};
use crate::model::{GlobalOptions, Request};
use crate::ops;
use crate::spec::env;

/// Manage lists of images: one name for several platforms.
#[derive(Args, Debug)]
pub(super) struct ManifestArgs {
    #[command(subcommand)]
    verb: ManifestVerb,
}

#[derive(Subcommand, Debug)]
enum ManifestVerb {
    /// Put images into a list
    Add(Box<AddArgs>),
    /// Say more of an image in a list, or of the list itself
    Annotate(Box<AnnotateArgs>),
    /// Make a list
    Create(Box<CreateArgs>),
    /// Is there such a list? Exits with 0 or 1
    Exists(ListArgs),
    /// Print a list, or what a registry has under a name
    Inspect(InspectArgs),
    /// Bring a list to a registry
    Push(Box<PushArgs>),
    /// Take images out of a list
    Remove(RemoveArgs),
    /// Remove lists
    Rm(RmArgs),
}

/// Make a list of images. Prints its id.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct CreateArgs {
    /// Of an image that is a list itself take all, not only the one for this machine
    #[arg(long)]
    all: Option<bool>,
    /// Take a list that is there already
    #[arg(short, long)]
    amend: Option<bool>,
    /// Say something of the list
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Its name
    list: String,
    /// Images to put into it
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    #[command(flatten)]
    access: AccessArgs,
}

/// Put images into a list. Prints its id.
///
/// An image is one that is here, or else one of a registry; docker://NAME is always one of a registry.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct AddArgs {
    /// Of an image that is a list itself take all, not only the one for this machine
    #[arg(long)]
    all: Option<bool>,
    #[command(flatten)]
    say: SayArgs,
    /// Name or id
    list: String,
    /// Images
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

/// What to say of an image.
#[derive(Args, Debug)]
struct SayArgs {
    /// Say something of it
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Say that it is for this architecture
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// Say what the CPU must have
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    features: Vec<String>,
    /// Say that it is for this operating system
    #[arg(long, value_name = "OS")]
    os: Option<String>,
    /// Say what the operating system must have
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    os_features: Vec<String>,
    /// Say which version of the operating system it is for
    #[arg(long, value_name = "VERSION")]
    os_version: Option<String>,
    /// Say that it is for this variant of the architecture
    #[arg(long, value_name = "VARIANT")]
    variant: Option<String>,
}

impl SayArgs {
    fn change(self) -> Result<EntryChange, Failure> {
        Ok(EntryChange {
            platform: PlatformRequest { os: self.os, architecture: self.arch, variant: self.variant },
            os_version: self.os_version,
            features: self.features,
            os_features: self.os_features,
            annotations: annotations(&self.annotation)?,
        })
    }
}

/// Say more of an image in a list, or with --index of the list itself. Prints its id.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct AnnotateArgs {
    #[command(flatten)]
    say: SayArgs,
    /// Annotate the list itself
    #[arg(long)]
    index: Option<bool>,
    /// Name or id
    list: String,
    /// Digest of an image in it, or the name of one that is here
    image: Option<String>,
}

/// Is there such a list? Exits with 0 or 1.
#[derive(Args, Debug)]
struct ListArgs {
    /// Name or id
    list: String,
}

/// Print a list of this store, or else what a registry has under the name; docker://NAME is always one of a registry.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct InspectArgs {
    /// Name or id
    list: String,
    #[command(flatten)]
    access: AccessArgs,
}

/// Bring a list to a registry, with the images that it lists.
///
/// Without a destination it goes where its name says.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct PushArgs {
    /// Bring the images too; =false brings the list alone
    #[arg(long)]
    all: Option<bool>,
    #[command(flatten)]
    leave: LeaveArgs,
    /// Remove the list here when it is there
    #[arg(long)]
    rm: Option<bool>,
    /// Name or id
    list: String,
    /// Where to
    destination: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

/// Take images out of a list. Prints its id.
#[derive(Args, Debug)]
struct RemoveArgs {
    /// Name or id
    list: String,
    /// Digests of images in it
    #[arg(value_name = "DIGEST", required = true)]
    digests: Vec<String>,
}

/// Remove lists; the images stay.
#[derive(Args, Debug)]
struct RmArgs {
    /// Names or ids
    #[arg(value_name = "LIST", required = true)]
    lists: Vec<String>,
}

pub(super) fn run(args: ManifestArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    let request = match args.verb {
        ManifestVerb::Create(args) => {
            let change = EntryChange::default();
            let add =
                AddImages { images: args.images, all: is(args.all), change, access: args.access.request() };
            let annotations = annotations(&args.annotation)?;
            ManifestRequest::Create { list: args.list, amend: is(args.amend), annotations, add }
        }
        ManifestVerb::Add(args) => {
            let access = reach(args.access, args.retry)?;
            let add =
                AddImages { images: args.images, all: is(args.all), change: args.say.change()?, access };
            ManifestRequest::Add { list: args.list, add }
        }
        ManifestVerb::Annotate(args) => annotate(*args)?,
        ManifestVerb::Exists(args) => ManifestRequest::Exists(args.list),
        ManifestVerb::Inspect(args) => {
            ManifestRequest::Inspect { list: args.list, access: args.access.request() }
        }
        ManifestVerb::Push(args) => {
            let options = args.leave.request(args.access, args.retry)?;
            let request = ManifestRequest::Push {
                list: args.list,
                destination: args.destination,
                all: args.all.unwrap_or(true),
                remove: is(args.rm),
                options,
            };
            let ctx = super::context(global)?;
            return match ops::execute(&ctx, Request::Manifest(request))? {
                ops::Outcome::Pushed(_) => Ok(0),
                _ => Err(output::unexpected()),
            };
        }
        ManifestVerb::Remove(args) => ManifestRequest::Remove { list: args.list, digests: args.digests },
        ManifestVerb::Rm(args) => {
            let request = Request::Manifest(ManifestRequest::Delete(args.lists));
            return rmi::show(ops::execute(&super::context(global)?, request)?);
        }
    };
    output::outcome(ops::execute(&super::context(global)?, Request::Manifest(request))?)
}

fn annotate(args: AnnotateArgs) -> Result<ManifestRequest, Failure> {
    let index = args.index.unwrap_or(false);
    let change = args.say.change()?;
    if index && change != (EntryChange { annotations: change.annotations.clone(), ..EntryChange::default() })
    {
        return Err(Failure::new("--index annotates the list itself, which has no platform"));
    }
    match (index, &args.image) {
        (true, Some(_)) => Err(Failure::new("--index annotates the list itself: name no image with it")),
        (false, None) => Err(Failure::new("name an image of the list, or give --index")),
        _ => Ok(ManifestRequest::Annotate { list: args.list, image: args.image, change }),
    }
}

fn annotations(texts: &[String]) -> Result<Vec<(String, String)>, Failure> {
    Ok(texts.iter().map(|text| env::parse_label("--annotation", text)).collect::<Result<_, _>>()?)
}

fn reach(access: AccessArgs, retry: RetryArgs) -> Result<RegistryAccess, Failure> {
    let mut access = access.request();
    retry.fill(&mut access)?;
    Ok(access)
}
