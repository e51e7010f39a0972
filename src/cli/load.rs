//! `rctr load`: images out of an archive.

use std::path::PathBuf;

use clap::Args;

use super::access::PolicyFileArgs;
use super::{Failure, output};
use crate::model::image_request::{ImageRequest, LoadRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Load images from an archive.
///
/// Takes what `docker save` and `podman save` write (also gzip or zstd), an OCI archive, or a directory with an OCI
/// layout. RCTR_MAX_LAYER_BYTES, RCTR_MAX_LAYER_ENTRIES and RCTR_MAX_LAYER_RATIO say how much a layer may unpack to.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct LoadArgs {
    /// Read from a file or directory instead of stdin
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Print nothing but the result
    #[arg(short, long)]
    quiet: Option<bool>,
    #[command(flatten)]
    signatures: PolicyFileArgs,
}

pub(super) fn run(args: LoadArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    let request = LoadRequest { input: args.input, signature_policy: args.signatures.signature_policy };
    let outcome = ops::execute(&ctx, Request::Image(ImageRequest::Load(request)))?;
    let Outcome::Loaded { images, notices } = outcome else { return Err(output::unexpected()) };
    if !args.quiet.unwrap_or(false) {
        output::notices(&notices);
    }
    let mut text = String::new();
    for image in images {
        if image.names.is_empty() {
            text.push_str(&format!("Loaded image: {}\n", image.id));
        }
        for name in image.names {
            text.push_str(&format!("Loaded image: {name}\n"));
        }
    }
    output::print(text).map(|()| 0)
}
