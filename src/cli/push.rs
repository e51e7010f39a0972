//! `rctr push`: images to registries, archives and directories.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::access::{AccessArgs, ProgressArg, RetryArgs};
use super::{Failure, output};
use crate::model::registry_request::{
    Compression, ManifestFormat, PushOptions, PushRequest, RegistryRequest,
};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// What the man page says besides.
const EXTRA: &str = "\
docker://NAME, oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME] and dir:DIR say where an image goes; \
what has none of these before it is a name in a registry. Directories must be empty.

A layer that the registry has stays there, one that another of its repositories has is taken over; a connection that \
breaks is taken up again. RCTR_REGISTRY_TIMEOUT says after how many seconds of silence it is given up (60).";

/// Bring an image to a registry, or into an archive or directory.
///
/// Without a destination the image goes where its name says.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman), after_long_help = EXTRA)]
pub(super) struct PushArgs {
    #[command(flatten)]
    leave: LeaveArgs,
    /// Name or id
    image: String,
    /// Where to
    destination: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

/// How images leave.
#[derive(Args, Debug)]
pub(super) struct LeaveArgs {
    /// Pack layers with gzip or zstd
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    compression_format: Option<CompressionArg>,
    /// How well to pack them: 1 to 9 for gzip, 1 to 22 for zstd
    #[arg(long, value_name = "LEVEL")]
    compression_level: Option<u32>,
    /// Write the digest of the manifest to FILE
    #[arg(long, value_name = "FILE")]
    digestfile: Option<PathBuf>,
    /// Upload layers packed as asked, also where the registry has them packed otherwise; true with --compression-format
    #[arg(long)]
    force_compression: Option<bool>,
    /// Kind of manifest: oci or v2s2 (docker's); without it the one that the image has here
    #[arg(short, long, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<FormatArg>,
    /// How to show progress: auto, plain, json or none
    #[arg(long, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    progress: ProgressArg,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Leave signatures out (rctr has none to give)
    #[arg(long)]
    remove_signatures: Option<bool>,
}

/// podman's words for packings.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CompressionArg {
    /// What every registry and engine takes
    Gzip,
    /// Smaller and faster; OCI manifests alone
    Zstd,
}

/// podman's words for manifests.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatArg {
    /// OCI's
    Oci,
    /// Docker's
    #[value(alias = "docker")]
    V2s2,
}

impl LeaveArgs {
    /// As a request has it.
    pub fn request(self, access: AccessArgs, retry: RetryArgs) -> Result<PushOptions, Failure> {
        let mut access = access.request();
        retry.fill(&mut access)?;
        Ok(PushOptions {
            access,
            format: self.format.map(|format| match format {
                FormatArg::Oci => ManifestFormat::Oci,
                FormatArg::V2s2 => ManifestFormat::Docker,
            }),
            force: self.force_compression.unwrap_or(self.compression_format.is_some()),
            compression: self.compression_format.map(|format| match format {
                CompressionArg::Gzip => Compression::Gzip,
                CompressionArg::Zstd => Compression::Zstd,
            }),
            level: self.compression_level,
            quiet: self.quiet.unwrap_or(false),
            progress: self.progress.into(),
            digest_file: self.digestfile,
        })
    }
}

pub(super) fn run(args: PushArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let options = args.leave.request(args.access, args.retry)?;
    let request = PushRequest { image: args.image, destination: args.destination, options };
    match ops::execute(&super::context(global)?, Request::Registry(RegistryRequest::Push(request)))? {
        Outcome::Pushed(_) => Ok(0),
        _ => Err(output::unexpected()),
    }
}
