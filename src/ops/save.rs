//! Images out of the store: into an archive or a directory, byte for byte what they were, with their ids and layers.

use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::output_file::OutputFile;
use super::{Context, OpsError, Outcome, happened_to_image, run_as_owner};
use crate::image::ImageError;
use crate::image::codec::Codec;
use crate::image::recipe::LayerFiles;
use crate::image::save::{
    LayerSource, Member, OutgoingImage, OutgoingLayer, Packed, Packing, members, write_archive,
    write_directory,
};
use crate::model::image_request::{SaveFormat, SaveRequest};
use crate::model::{Action, Digest, Reference};
use crate::store::{ImageRecord, LayerParts, Store, StoreError};
use crate::sys::Attempt;

/// Layers, opened, each once.
pub(super) type Layers = HashMap<Digest, LayerSource>;

/// Writes images to a file, a directory or stdout.
pub(super) fn save(ctx: &Context, request: &SaveRequest) -> Result<Outcome, OpsError> {
    check(ctx, request)?;
    let store = Store::open(&ctx.host.dirs)?;
    let (chosen, layers) = {
        // Nobody takes anything away while it is opened. What is open then can be read on.
        let _lock = store.lock_shared()?;
        let chosen = choose(&store, request)?;
        let layers = open(&store, chosen.iter().map(|(record, _)| record))?;
        (chosen, layers)
    };
    let gzip = Packing { codec: Codec::Gzip, level: None };
    let packing = request.packs().then_some(gzip);
    give_out(ctx, &store, &chosen, layers, packing, request.format, request.output.as_deref())?;
    let place = request.output.as_ref().map_or("-".into(), |path| path.to_string_lossy());
    for (record, _) in &chosen {
        happened_to_image(&store, Action::Save, &record.id, &place);
    }
    Ok(Outcome::Done)
}

/// Writes images with these names and layers; gives what was written.
pub(super) fn give_out(
    ctx: &Context,
    store: &Store,
    chosen: &[(ImageRecord, Vec<String>)],
    mut layers: Layers,
    packing: Option<Packing>,
    format: SaveFormat,
    output: Option<&Path>,
) -> Result<Vec<OutgoingImage>, OpsError> {
    let (packed, codec) = match packing {
        Some(packing) => (pack(ctx, store, &mut layers, packing)?, packing.codec),
        None => (HashMap::new(), Codec::Plain),
    };
    let images = chosen.iter().map(|(record, names)| outgoing(store, record, names, &packed, codec));
    let images = images.collect::<Result<Vec<_>, _>>()?;
    let members = members(format, &images)?;
    write(ctx, format, output, &members, &layers)?;
    Ok(images)
}

/// What can be told before anything is opened.
fn check(ctx: &Context, request: &SaveRequest) -> Result<(), OpsError> {
    let refuse = |text: &str| Err(OpsError::BadRequest(text.to_owned()));
    if request.compress && request.format != SaveFormat::DockerDir {
        return refuse("--compress can only be set when --format is 'docker-dir'");
    }
    if request.format == SaveFormat::DockerDir && (request.multi || request.images.len() > 1) {
        return refuse("docker-dir holds one image without a name: the other formats hold several");
    }
    match (&request.output, request.format.is_directory()) {
        (None, true) => refuse("the format is a directory: name one with --output"),
        (None, false) if ctx.host.terminals[1] => {
            Err(OpsError::OutputIsTerminal { what: "save", instead: "-o flag" })
        }
        _ => Ok(()),
    }
}

/// The images, each once, and what each is called in the archive.
fn choose(store: &Store, request: &SaveRequest) -> Result<Vec<(ImageRecord, Vec<String>)>, OpsError> {
    let mut chosen: Vec<(ImageRecord, Vec<String>)> = Vec::new();
    for (index, text) in request.images.iter().enumerate() {
        let (record, name) = match store.find_image(text) {
            // podman-save(1): without -m the further words are names to give to the first image in the archive.
            Err(StoreError::NoSuchImage(_)) if index > 0 && !request.multi => {
                let name = Reference::parse_local(text).map_err(StoreError::from)?;
                (chosen[0].0.clone(), Some(name.to_string()))
            }
            other => other?,
        };
        if !request.multi && index > 0 && record.id != chosen[0].0.id {
            return Err(OpsError::BadRequest(format!(
                "{text} is another image than {}: -m (--multi-image-archive) saves several",
                request.images[0]
            )));
        }
        let at = chosen.iter().position(|(known, _)| known.id == record.id).unwrap_or_else(|| {
            chosen.push((record, Vec::new()));
            chosen.len() - 1
        });
        let names = &mut chosen[at].1;
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    Ok(chosen)
}

/// Opens every layer of images, each once. The caller holds the store's lock.
pub(super) fn open<'a>(
    store: &Store,
    records: impl Iterator<Item = &'a ImageRecord>,
) -> Result<Layers, OpsError> {
    let mut layers = Layers::new();
    for layer in records.flat_map(|record| &record.layers) {
        if !layers.contains_key(&layer.diff_id) {
            let parts = store.layer_files(&layer.diff_id)?;
            let parts = parts.ok_or_else(|| OpsError::NoRecipe { diff_id: layer.diff_id.clone() })?;
            layers.insert(layer.diff_id.clone(), LayerSource::Files(files(parts)));
        }
    }
    Ok(layers)
}

pub(super) fn files(parts: LayerParts) -> LayerFiles {
    LayerFiles { fs: parts.fs.into(), kept: parts.kept.map(Into::into), recipe: parts.recipe }
}

/// Packs every layer into a file without a name, which takes the place of its files.
fn pack(
    ctx: &Context,
    store: &Store,
    layers: &mut Layers,
    packing: Packing,
) -> Result<HashMap<Digest, Packed>, OpsError> {
    let mut ready = Vec::new();
    for diff_id in layers.keys() {
        ready.push((diff_id.clone(), store.scratch()?));
    }
    let packed = run_as_owner(ctx, || {
        let each = ready.iter().map(|(diff_id, file)| {
            let Some(LayerSource::Files(files)) = layers.get(diff_id) else {
                return Err(ImageError::Cancelled);
            };
            packing.pack(files, diff_id, file)
        });
        each.collect::<Result<Vec<_>, _>>()
    })??;
    let mut sums = HashMap::new();
    for ((diff_id, file), packed) in ready.into_iter().zip(packed) {
        layers.insert(diff_id.clone(), LayerSource::Ready(file));
        sums.insert(diff_id, packed);
    }
    Ok(sums)
}

fn outgoing(
    store: &Store,
    record: &ImageRecord,
    names: &[String],
    packed: &HashMap<Digest, Packed>,
    codec: Codec,
) -> Result<OutgoingImage, OpsError> {
    let layer = |diff_id: &Digest| {
        let (digest, size) = match packed.get(diff_id) {
            Some(packed) => (packed.digest.clone(), packed.size),
            None => (diff_id.clone(), store.layer_meta(diff_id)?.tar_size),
        };
        Ok(OutgoingLayer { diff_id: diff_id.clone(), digest, size, codec })
    };
    Ok(OutgoingImage {
        names: names.to_vec(),
        config: store.blob(&record.id)?,
        manifest: (store.blob(&record.digest)?, record.media_type.clone()),
        layers: record.layers.iter().map(|l| layer(&l.diff_id)).collect::<Result<_, StoreError>>()?,
    })
}

fn write(
    ctx: &Context,
    format: SaveFormat,
    output: Option<&Path>,
    members: &[Member],
    layers: &Layers,
) -> Result<(), OpsError> {
    let to = |place: &Path| {
        let what = format!("save to {}", place.display());
        move |error| OpsError::Output { what, error }
    };
    match output {
        Some(path) if format.is_directory() => {
            let path = ctx.host.cwd.join(path);
            let dir = empty_directory(&path)?;
            run_as_owner(ctx, || write_directory(members, layers, dir.as_fd()))?.map_err(to(&path))
        }
        Some(path) => {
            let path = ctx.host.cwd.join(path);
            let output = OutputFile::create(path.clone())?;
            run_as_owner(ctx, || write_archive(members, layers, output.file()))?.map_err(to(&path))?;
            Ok(output.keep()?)
        }
        None => {
            let stdout = io::stdout().as_fd().try_clone_to_owned().attempt(|| "write to stdout")?;
            let written = run_as_owner(ctx, || write_archive(members, layers, File::from(stdout)))?;
            written.map_err(to(Path::new("stdout")))
        }
    }
}

/// A directory with nothing in it, made if it is not there.
pub(super) fn empty_directory(path: &Path) -> Result<File, OpsError> {
    let what = || format!("create directory {}", path.display());
    match DirBuilder::new().mode(0o755).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if std::fs::read_dir(path).attempt(what)?.next().is_some() {
                return Err(OpsError::NotEmpty { path: path.to_owned() });
            }
        }
        other => other.attempt(what)?,
    }
    Ok(File::open(path).attempt(what)?)
}
