//! `rctr pull`: images out of registries.

use clap::{Args, ValueEnum};

use super::access::{AccessArgs, PlatformArgs, PolicyFileArgs, ProgressArg, RetryArgs};
use super::{Failure, output};
use crate::model::registry_request::{PullOptions, PullPolicy, PullRequest, RegistryRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// What the man page says besides.
const EXTRA: &str = "\
A name without a registry is one of docker.io, unless registries.conf says otherwise (aliases, \
unqualified-search-registries). docker://NAME, oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME] and \
dir:DIR say where an image is.

A pull that was interrupted goes on with the layers that are not there yet. RCTR_REGISTRY_TIMEOUT says after how many \
seconds of silence a connection is given up (60). HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name proxies.";

/// Fetch images from registries.
///
/// Prints the id of each. What is here already is not fetched again.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman), after_long_help = EXTRA)]
pub(super) struct PullArgs {
    /// Fetch every tag of the repositories
    #[arg(short, long)]
    all_tags: Option<bool>,
    #[command(flatten)]
    platform: PlatformArgs,
    /// When to ask the registry: always, missing, never or newer
    #[arg(long, value_name = "POLICY", default_value = "always", hide_possible_values = true)]
    policy: PolicyArg,
    /// How to show progress: auto, plain, json or none
    #[arg(long, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    progress: ProgressArg,
    /// Print nothing but the ids
    #[arg(short, long)]
    quiet: Option<bool>,
    #[command(flatten)]
    signatures: PolicyFileArgs,
    /// Names
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

/// podman's words for when to ask.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PolicyArg {
    /// Every time
    #[value(alias = "true")]
    Always,
    /// When the image is not here
    #[value(aliases = ["ifnotpresent", "false"])]
    Missing,
    /// Never
    Never,
    /// Every time; without an answer what is here will do
    #[value(aliases = ["ifnewer"])]
    Newer,
}

impl From<PolicyArg> for PullPolicy {
    fn from(arg: PolicyArg) -> Self {
        match arg {
            PolicyArg::Always => Self::Always,
            PolicyArg::Missing => Self::Missing,
            PolicyArg::Never => Self::Never,
            PolicyArg::Newer => Self::Newer,
        }
    }
}

pub(super) fn run(args: PullArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let quiet = args.quiet.unwrap_or(false);
    let mut access = args.access.request();
    args.retry.fill(&mut access)?;
    let options = PullOptions {
        policy: args.policy.into(),
        access,
        platform: args.platform.request()?,
        quiet,
        progress: args.progress.into(),
        signature_policy: args.signatures.signature_policy,
    };
    let request = PullRequest { names: args.images, all_tags: args.all_tags.unwrap_or(false), options };
    let ctx = super::context(global)?;
    let outcome = ops::execute(&ctx, Request::Registry(RegistryRequest::Pull(request)))?;
    let Outcome::Pulled { ids, notices } = outcome else { return Err(output::unexpected()) };
    if !quiet {
        output::notices(&notices);
    }
    output::print(ids.iter().map(|id| format!("{}\n", id.hex())).collect::<String>()).map(|()| 0)
}
