//! `rctr save`, also `rctr image save`: images into an archive.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Failure, output};
use crate::model::image_request::{ImageRequest, SaveFormat, SaveRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Write images into an archive.
///
/// Ids and layers are the same when it is loaded again, and the archive is the same each time. Without -m, further words
/// are names that the first image gets in the archive.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct SaveArgs {
    /// Pack the layers of a docker-dir with gzip
    #[arg(long)]
    compress: Option<bool>,
    /// What to write
    #[arg(long, value_name = "FORMAT", default_value = "docker-archive")]
    format: Format,
    /// Take every word for an image, and save them all
    #[arg(short, long)]
    multi_image_archive: Option<bool>,
    /// Write to a file (a directory, for the formats that are one) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print nothing (rctr save never does; for scripts)
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Do not pack the layers of the OCI formats with gzip
    #[arg(long)]
    uncompressed: Option<bool>,
    /// Names or ids
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

/// podman's words for the formats.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A tar that docker load takes
    DockerArchive,
    /// A directory with a manifest of docker's type
    DockerDir,
    /// A tar of an OCI layout
    OciArchive,
    /// An OCI layout
    OciDir,
}

pub(super) fn run(args: SaveArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = SaveRequest {
        images: args.images,
        format: match args.format {
            Format::DockerArchive => SaveFormat::DockerArchive,
            Format::DockerDir => SaveFormat::DockerDir,
            Format::OciArchive => SaveFormat::OciArchive,
            Format::OciDir => SaveFormat::OciDir,
        },
        output: args.output,
        compress: args.compress.unwrap_or(false),
        uncompressed: args.uncompressed.unwrap_or(false),
        multi: args.multi_image_archive.unwrap_or(false),
    };
    match ops::execute(&super::context(global)?, Request::Image(ImageRequest::Save(request)))? {
        Outcome::Done => Ok(0),
        _ => Err(output::unexpected()),
    }
}
