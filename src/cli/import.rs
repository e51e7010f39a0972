//! `rctr import`: an image out of a tarball of files.

use std::path::PathBuf;

use clap::Args;

use super::access::PolicyFileArgs;
use super::{Failure, output};
use crate::model::image_request::{ImageRequest, ImportRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Make an image from a tarball of a root file system.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct ImportArgs {
    /// Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Set the comment of the image's history
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Print nothing but the id
    #[arg(short, long)]
    quiet: Option<bool>,
    #[command(flatten)]
    signatures: PolicyFileArgs,
    /// Tarball, plain or packed with gzip or zstd; - is stdin
    file: PathBuf,
    /// Name of the image
    #[arg(value_name = "NAME[:TAG]")]
    reference: Option<String>,
}

pub(super) fn run(args: ImportArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    let request = ImportRequest {
        input: Some(args.file).filter(|file| file.as_os_str() != "-"),
        reference: args.reference,
        changes: args.change,
        message: args.message,
        signature_policy: args.signatures.signature_policy,
    };
    let outcome = ops::execute(&ctx, Request::Image(ImageRequest::Import(request)))?;
    let Outcome::Imported { id, notices } = outcome else { return Err(output::unexpected()) };
    if !args.quiet.unwrap_or(false) {
        output::notices(&notices);
    }
    output::print(format!("{id}\n")).map(|()| 0)
}
