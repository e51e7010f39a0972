//! `rctr image trust` and `rctr image sign`: which images are let in, and signing some.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::access::AccessArgs;
use super::{Failure, format, output};
use crate::model::image_request::{ImageRequest, SignRequest, TrustRequest};
use crate::model::trust_request::TrustKind;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome, TrustLine};

/// What the man page says besides.
const EXTRA: &str = "\
The policy is ~/.config/containers/policy.json, or without it /etc/containers/policy.json (containers-policy.json(5)). \
Where neither is there, any image is let in. It holds for pull, load, import, and what run and create fetch. Signatures are \
looked for as registries.d says (containers-registries.d(5)). sigstoreSigned takes public keys, ECDSA on P-256 and \
Ed25519; what needs fulcio, rekor or pki lets no image in.";

/// Say or change which images are let in.
#[derive(Args, Debug)]
#[command(after_long_help = EXTRA)]
pub(super) struct TrustArgs {
    #[command(subcommand)]
    verb: TrustVerb,
}

#[derive(Subcommand, Debug)]
enum TrustVerb {
    /// Say what images of a registry need to be let in
    ///
    /// Writes the user's policy.json, which begins as a copy of the system's; root's is the system's own. What else is in
    /// it stays. With several keys an image needs a signature by each.
    Set(SetArgs),
    /// Show what images need to be let in
    Show(ShowArgs),
}

/// Say what images of a registry need to be let in.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct SetArgs {
    /// A file with public keys; again for more files
    #[arg(short = 'f', long = "pubkeysfile", value_name = "FILE", value_delimiter = ',')]
    keys: Vec<PathBuf>,
    /// What they need: signedBy, sigstoreSigned, accept (nothing) or reject (none is let in)
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        default_value = "signedBy",
        hide_possible_values = true
    )]
    kind: KindArg,
    /// Change the policy in FILE
    #[arg(long, value_name = "FILE")]
    policypath: Option<PathBuf>,
    /// HOST[:PORT], one of its repositories, or default
    #[arg(value_name = "REGISTRY")]
    registry: String,
}

/// podman's words.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    Accept,
    Reject,
    #[value(name = "signedBy")]
    SignedBy,
    #[value(name = "sigstoreSigned")]
    SigstoreSigned,
}

/// Show what images need to be let in.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct ShowArgs {
    /// Print JSON
    #[arg(short, long)]
    json: Option<bool>,
    /// Leave the headings out
    #[arg(short, long)]
    noheading: Option<bool>,
    /// Print the policy as it is written
    #[arg(long)]
    raw: Option<bool>,
    /// Show the policy in FILE
    #[arg(long, value_name = "FILE")]
    policypath: Option<PathBuf>,
    /// Read where signatures are from DIR instead of registries.d
    #[arg(long, value_name = "DIR")]
    registrypath: Option<PathBuf>,
    /// Show only what is said of this registry or repository, and the default
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
}

/// Sign images of registries with a key of gpg's.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct SignArgs {
    /// Sign the manifests for every platform
    #[arg(short, long)]
    all: Option<bool>,
    /// Put the signatures below DIR
    #[arg(short, long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Sign with this key: an address, an id or a fingerprint
    #[arg(long, value_name = "KEY", required = true)]
    sign_by: String,
    /// Names
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    #[command(flatten)]
    access: AccessArgs,
}

pub(super) fn run(args: TrustArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    match args.verb {
        TrustVerb::Set(args) => set(args, global),
        TrustVerb::Show(args) => show(args, global),
    }
}

pub(super) fn sign(args: SignArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = SignRequest {
        images: args.images,
        key: args.sign_by,
        directory: args.directory,
        all: args.all.unwrap_or(false),
        access: args.access.request(),
    };
    output::outcome(ops::execute(&super::context(global)?, Request::Image(ImageRequest::Sign(request)))?)
}

fn set(args: SetArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let kind = match args.kind {
        KindArg::Accept => TrustKind::Accept,
        KindArg::Reject => TrustKind::Reject,
        KindArg::SignedBy => TrustKind::SignedBy,
        KindArg::SigstoreSigned => TrustKind::SigstoreSigned,
    };
    let request = TrustRequest::Set { scope: args.registry, kind, keys: args.keys, policy: args.policypath };
    output::outcome(ops::execute(&super::context(global)?, Request::Image(ImageRequest::Trust(request)))?)
}

fn show(args: ShowArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = TrustRequest::Show {
        registry: args.registry,
        raw: args.raw.unwrap_or(false),
        policy: args.policypath,
        registries: args.registrypath,
    };
    let outcome = ops::execute(&super::context(global)?, Request::Image(ImageRequest::Trust(request)))?;
    let Outcome::Trust { lines, notices } = outcome else { return output::outcome(outcome) };
    output::notices(&notices);
    let text = if args.json.unwrap_or(false) {
        format::json(&lines)?
    } else {
        table(&lines, !args.noheading.unwrap_or(false))?
    };
    output::print(text).map(|()| 0)
}

fn table(lines: &[TrustLine], headings: bool) -> Result<String, Failure> {
    let data: Vec<_> = lines
        .iter()
        .map(|line| {
            serde_json::json!({
                "Transport": line.transport, "Name": line.repo_name, "Type": line.kind, "ID": line.gpg_id,
                "Store": line.sigstore,
            })
        })
        .collect();
    let template = "{{.Transport}}\t{{.Name}}\t{{.Type}}\t{{.ID}}\t{{.Store}}";
    format::table(template, str::to_uppercase, &data, headings)
}
