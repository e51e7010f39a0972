//! Images out of the store: to registries, and where `save` writes too.

mod layers;
mod local;
mod remote;

use std::io::Write as _;

use super::unpack::sweep;
use super::{Context, OpsError, Outcome, access, happened_to_image, manifest};
use crate::image::codec::Codec;
use crate::image::save::Packing;
use crate::model::registry_request::{Compression, ManifestFormat, ProgressMode, PushOptions, PushRequest};
use crate::model::{Action, Digest, Reference};
use crate::spec::transport::Transport;
use crate::store::{Store, StoreError};
pub(super) use remote::{Remote, Sent};

/// `rctr push`.
pub(super) fn push(ctx: &Context, request: &PushRequest) -> Result<Outcome, OpsError> {
    let options = &request.options;
    packing(options)?;
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    let (image, name) = match store.find_image(&request.image) {
        Err(error @ StoreError::NoSuchImage(_)) => {
            // A list goes with all that it lists.
            let Ok(list) = store.find_list(&request.image) else { return Err(error.into()) };
            let to = request.destination.as_deref();
            return Ok(Outcome::Pushed(manifest::push(ctx, &store, &list, to, true, options)?));
        }
        found => found?,
    };
    let destination = match (&request.destination, name) {
        (Some(destination), _) => destination.clone(),
        (None, Some(name)) => name,
        (None, None) => {
            return Err(OpsError::BadRequest(format!(
                "{} is the id of an image: say where to push it to",
                request.image
            )));
        }
    };
    let (digest, place) = match Transport::parse(&destination)? {
        Transport::Local { path, image: name } => {
            (local::image(ctx, &store, image.clone(), &destination, &path, name, options)?, destination)
        }
        Transport::Registry { name, .. } => {
            let name = Reference::parse(&name).map_err(StoreError::from)?;
            let remote = Remote::new(ctx, &store, access::client(ctx, &options.access)?, options, name)?;
            (remote.image(&image)?.digest, remote.name.to_string())
        }
    };
    happened_to_image(&store, Action::Push, &image.id, &place);
    keep_digest(ctx, options, &digest)?;
    Ok(Outcome::Pushed(digest))
}

/// Writes `--digestfile`.
pub(super) fn keep_digest(ctx: &Context, options: &PushOptions, digest: &Digest) -> Result<(), OpsError> {
    let Some(path) = &options.digest_file else { return Ok(()) };
    let file = super::output_file::OutputFile::create(ctx.host.cwd.join(path))?;
    let what = || format!("write {}", path.display());
    crate::sys::Attempt::attempt(file.file().write_all(digest.to_string().as_bytes()), what)?;
    Ok(file.keep()?)
}

/// How layers are to be packed, when they are.
fn packing(options: &PushOptions) -> Result<Packing, OpsError> {
    let (codec, most) = match options.compression {
        Some(Compression::Zstd) if options.format == Some(ManifestFormat::Docker) => {
            return Err(OpsError::BadRequest(
                "layers packed with zstd need --format oci: docker's manifests know gzip alone".to_owned(),
            ));
        }
        Some(Compression::Zstd) => (Codec::Zstd, 22),
        Some(Compression::Gzip) | None => (Codec::Gzip, 9),
    };
    match options.level {
        Some(level) if level == 0 || level > most => {
            Err(OpsError::BadRequest(format!("--compression-level {level}: want 1 to {most}")))
        }
        level => Ok(Packing { codec, level }),
    }
}

/// Says what comes next, where podman does.
pub(super) fn tell(options: &PushOptions, text: &str) {
    if !options.quiet && !matches!(options.progress, ProgressMode::None | ProgressMode::Json) {
        // A stderr that is closed cannot be told anything.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}
