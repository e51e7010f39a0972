//! Images out of an archive: from a file, a directory or stdin into the store.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::install::{Arrival, Fetch, install};
use super::outcome::LoadedImage;
use super::trust::Gate;
use super::unpack::{Wanted, sweep};
use super::{Context, OpsError, Outcome, happened_to_image};
use crate::image::codec::{Codec, Decoder};
use crate::image::document::Platform;
use crate::image::{Bundle, ImageError, Limits, Source, read_images};
use crate::model::Action;
use crate::model::image_request::LoadRequest;
use crate::store::Store;
use crate::sys::Attempt;

/// Loads every image of an archive that runs on this machine.
pub(super) fn load(ctx: &Context, request: &LoadRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    let source = open(ctx, &store, request)?;
    let bundles = read_images(&source, &Platform::of_machine(&ctx.host.machine))?;
    let gate = Gate::read(ctx, &store, request.signature_policy.as_deref())?;
    gate.admit_local(&source, &bundles, request.input.as_deref())?;
    let arrivals = bundles.into_iter().map(arrival).collect();
    let installed = install(ctx, &store, arrivals, Vec::new())?;
    // podman names the archive.
    let archive = request.input.as_ref().map_or("-".into(), |path| path.to_string_lossy());
    for (record, _) in &installed.images {
        happened_to_image(&store, Action::LoadFromArchive, &record.id, &archive);
    }
    let images = installed
        .images
        .into_iter()
        .map(|(record, names)| LoadedImage {
            id: record.id,
            names: names.iter().map(ToString::to_string).collect(),
        })
        .collect();
    Ok(Outcome::Loaded { images, notices: installed.notices })
}

/// What an archive's image needs to become one of the store.
pub(super) fn arrival(bundle: Bundle) -> Arrival {
    let id = bundle.id();
    let layers = bundle
        .layers
        .into_iter()
        .map(|layer| {
            let (blob, expected) = (layer.blob, layer.expected);
            let make = move || Wanted {
                size: blob.size(),
                blob: Box::new(blob.clone()),
                expected: expected.clone(),
            };
            (layer.diff_id, Box::new(make) as Fetch)
        })
        .collect();
    Arrival {
        id,
        names: bundle.names,
        manifest: bundle.manifest,
        media_type: bundle.media_type,
        config: bundle.config,
        configuration: bundle.configuration,
        layers,
        origin: None,
    }
}

/// Opens an archive or directory, or standard input.
pub(super) fn open(ctx: &Context, store: &Store, request: &LoadRequest) -> Result<Source, OpsError> {
    let Some(path) = &request.input else {
        if ctx.host.terminals[0] {
            return Err(OpsError::InputIsTerminal { option: "--input" });
        }
        return archive(ctx, store, stdin()?, "standard input");
    };
    let path = ctx.host.cwd.join(path);
    let what = || format!("open {}", path.display());
    if std::fs::metadata(&path).attempt(what)?.is_dir() {
        return Ok(Source::directory(&path));
    }
    archive(ctx, store, File::open(&path).attempt(what)?, &shown(&path))
}

/// stdin as a file, so that it can be read at any place when it is one.
pub(super) fn stdin() -> Result<File, OpsError> {
    let fd =
        std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned().attempt(|| "read standard input")?;
    Ok(fd.into())
}

pub(super) fn shown(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// An ordinary tar is read where it is; a pipe or a packed one is first unpacked into a file without a name.
fn archive(ctx: &Context, store: &Store, mut file: File, name: &str) -> Result<Source, OpsError> {
    let what = || format!("read {name}");
    let stat = file.metadata().attempt(what)?;
    if stat.is_file() {
        let mut first = [0; 8];
        file.seek(SeekFrom::Start(0)).attempt(what)?;
        let n = file.read(&mut first).attempt(what)?;
        file.seek(SeekFrom::Start(0)).attempt(what)?;
        if n == 0 {
            return Err(ImageError::corrupt(name, "it is empty").into());
        }
        if Codec::of(&first[..n], name)? == Codec::Plain {
            return Ok(Source::archive(file, name)?);
        }
    }
    let limits = Limits::from_env(&ctx.host.env).map_err(|(name, value)| OpsError::BadVariable {
        name,
        value,
        want: "a number",
    })?;
    let scratch = store.scratch()?;
    spool(file, &scratch, name, &limits)?;
    Ok(Source::archive(scratch, name)?)
}

fn spool(file: File, mut scratch: &File, name: &str, limits: &Limits) -> Result<(), OpsError> {
    let total = file.metadata().map_or(0, |m| m.len());
    let (mut decoder, codec) = Decoder::new(file, name)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let n = match decoder.read(&mut buffer) {
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(ImageError::from_io(name, e).into()),
        };
        if n == 0 {
            break;
        }
        size += n as u64;
        // What comes through a pipe has no length to compare with.
        let packed = if codec == Codec::Plain || total == 0 { size } else { total };
        limits.check_bytes(packed, size)?;
        scratch
            .write_all(&buffer[..n])
            .attempt(|| format!("unpack {name} into a temporary file of the store"))?;
    }
    if size == 0 {
        return Err(ImageError::corrupt(name, "it is empty").into());
    }
    Ok(())
}
