//! One image from a registry: manifest, configuration, layers. Nothing is fetched on the word of a document that is not
//! what its digest says.

use std::sync::Arc;

use super::super::install::{Arrival, Fetch, Origin, install_beside, record};
use super::super::progress::{Board, Counted, Over};
use super::super::trust::Gate;
use super::super::unpack::{FROM_NETWORK, Wanted};
use super::super::{Context, OpsError};
use super::Pulled;
use crate::image::document::{
    Configuration, DOCKER_LIST, DOCKER_MANIFEST, Descriptor, Document, Manifest, OCI_INDEX, OCI_MANIFEST,
    Platform,
};
use crate::image::{Expected, ImageError, read_configuration};
use crate::model::registry_request::{PlatformRequest, PullOptions};
use crate::model::{Digest, Reference};
use crate::registry::{BlobReader, Client, Endpoint, RawManifest, RegistryError};
use crate::store::{Store, StoreError};

/// How deep indexes may point to indexes.
const DEPTH_MAX: usize = 4;

/// Fetches images from registries.
pub(in crate::ops) struct Remote<'a> {
    pub ctx: &'a Context,
    pub store: &'a Store,
    pub options: &'a PullOptions,
    /// What the image is to be for.
    pub platform: Platform,
    client: Arc<Client>,
}

/// A manifest and how it was found.
struct Found {
    raw: RawManifest,
    manifest: Manifest,
    index: Option<(Digest, Vec<u8>)>,
    /// Where its blobs are, the likeliest place first.
    places: Vec<Endpoint>,
}

impl<'a> Remote<'a> {
    pub fn new(ctx: &'a Context, store: &'a Store, client: Arc<Client>, options: &'a PullOptions) -> Self {
        let platform = platform(&ctx.host.machine, &options.platform);
        Self { ctx, store, options, platform, client }
    }

    /// What a name may stand for.
    pub fn candidates(&self, text: &str) -> Result<Vec<Reference>, OpsError> {
        Ok(self.client.registries().candidates(text).map_err(StoreError::from)?)
    }

    /// The id of an image that has this name here, and is for the right platform.
    pub fn present(&self, name: &Reference) -> Result<Option<Digest>, OpsError> {
        let image = match self.store.find_image(&name.to_string()) {
            Err(StoreError::NoSuchImage(_)) => return Ok(None),
            other => other?.0,
        };
        let own = Platform { architecture: image.architecture, os: image.os, variant: None };
        let fits = self.options.platform.is_default() || own.fits(&self.platform);
        Ok(fits.then_some(image.id))
    }

    /// Every tag of a repository, as names.
    pub fn tagged(&self, text: &str) -> Result<Vec<Reference>, OpsError> {
        let mut errors = Vec::new();
        for name in self.candidates(text)? {
            if name.digest().is_some() {
                return Err(OpsError::BadRequest(format!(
                    "{text:?} names one image: --all-tags takes all of a repository"
                )));
            }
            let fail = |error| OpsError::pull(&name, error);
            let endpoints = self.client.registries().endpoints(&name).map_err(fail)?;
            match first(&endpoints, |at| self.client.tags(at)) {
                Ok((_, tags)) => {
                    let named =
                        tags.iter().map(|tag| Reference::parse(&format!("{}:{tag}", name.repository())));
                    return Ok(named.collect::<Result<_, _>>().map_err(StoreError::from)?);
                }
                Err(error) => errors.push(fail(error)),
            }
        }
        if errors.len() == 1 { Err(errors.remove(0)) } else { Err(OpsError::PullSeveral(errors)) }
    }

    /// Fetches what is missing of an image and gives it this name.
    pub fn image(&self, name: &Reference) -> Result<Pulled, OpsError> {
        let name = &pinned(name)?;
        let gate = Gate::read(self.ctx, self.store, self.options.signature_policy.as_deref())?;
        gate.expect(name)?;
        let found = self.find(name)?;
        // Before anything is fetched on the manifest's word.
        gate.admit_remote(&self.client, name, &found.raw.digest, &found.places)?;
        if let Some(id) = self.known(name, &found)? {
            return Ok(Pulled { id, notices: Vec::new() });
        }
        let Found { raw, manifest, index, places } = found;
        let what = format!("manifest {}", raw.digest);
        let config = self
            .client
            .document(&places, &manifest.config.digest, manifest.config.size)
            .map_err(|error| OpsError::pull(name, error))?;
        let configuration = read_configuration(&config, manifest.layers.len(), &what)?;
        let mut notices: Vec<String> = self.mismatch(&configuration).into_iter().collect();
        let board = Arc::new(Board::new(&name.to_string(), &manifest.layers));
        let layers = self.layers(&manifest, &configuration, &places, &board);
        let arrival = Arrival {
            id: manifest.config.digest,
            names: vec![name.clone()],
            manifest: raw.bytes,
            media_type: manifest.media_type,
            config,
            configuration,
            layers,
            origin: Some(Origin { repository: name.repository(), index }),
        };
        let id = arrival.id.clone();
        let terminal = self.ctx.host.terminals[2];
        let (mode, quiet) = (self.options.progress, self.options.quiet);
        let beside = |over: &Over| board.show(mode, quiet, terminal, over);
        let installed =
            install_beside(self.ctx, self.store, vec![arrival], Vec::new(), FROM_NETWORK, Some(&beside))?;
        notices.extend(installed.notices);
        Ok(Pulled { id, notices })
    }

    /// What the registry has under a name, as it is, from the first place that has it; and all places, that one first.
    pub fn raw(&self, name: &Reference) -> Result<(RawManifest, Vec<Endpoint>), OpsError> {
        let fail = |error| OpsError::pull(name, error);
        let mut places = self.client.registries().endpoints(name).map_err(fail)?;
        let reference = match (name.digest(), name.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, tag) => tag.unwrap_or("latest").to_owned(),
        };
        let (at, raw) = first(&places, |at| self.client.manifest(at, &reference)).map_err(fail)?;
        places.swap(0, at);
        Ok((raw, places))
    }

    /// An image's manifest for the platform, and its configuration.
    pub fn look(&self, name: &Reference) -> Result<(RawManifest, Configuration), OpsError> {
        let Found { raw, manifest, places, .. } = self.find(name)?;
        let config = self.client.document(&places, &manifest.config.digest, manifest.config.size);
        let config = config.map_err(|error| OpsError::pull(name, error))?;
        let configuration = read_configuration(&config, manifest.layers.len(), &name.to_string())?;
        Ok((RawManifest { media_type: manifest.media_type, ..raw }, configuration))
    }

    /// The manifest for the platform, from the first place that has it.
    fn find(&self, name: &Reference) -> Result<Found, OpsError> {
        let fail = |error| OpsError::pull(name, error);
        let (raw, places) = self.raw(name)?;
        let (mut raw, mut depth, mut index) = (raw, 0, None);
        loop {
            let media_type = manifest_type(&raw.media_type);
            match Document::parse(&raw.bytes, media_type, &format!("manifest of {name}"))? {
                Document::Manifest(manifest) => return Ok(Found { raw, manifest: *manifest, index, places }),
                Document::Index(_) if depth == DEPTH_MAX => {
                    return Err(ImageError::Limit {
                        what: name.to_string(),
                        reason: format!("indexes point to indexes more than {DEPTH_MAX} times"),
                    }
                    .into());
                }
                Document::Index(among) => {
                    let chosen = self.choose(name, &among)?;
                    let digest = chosen.digest.to_string();
                    let next = self.stored(&chosen).map_or_else(
                        || {
                            first(&places, |at| self.client.manifest(at, &digest))
                                .map(|(_, raw)| raw)
                                .map_err(fail)
                        },
                        Ok,
                    )?;
                    if next.bytes.len() as u64 != chosen.size {
                        let reason =
                            format!("it has {} bytes, the index says {}", next.bytes.len(), chosen.size);
                        return Err(ImageError::corrupt(format!("manifest {digest}"), reason).into());
                    }
                    // What the registry was asked for is the outermost one.
                    index.get_or_insert((raw.digest, raw.bytes));
                    raw = next;
                    depth += 1;
                }
            }
        }
    }

    fn choose(&self, name: &Reference, among: &[Descriptor]) -> Result<Descriptor, OpsError> {
        let distance = |d: &Descriptor| d.platform.as_ref().map_or(Some(0), |p| p.distance(&self.platform));
        let fitting = among.iter().filter_map(|d| Some((distance(d)?, d)));
        if let Some((_, best)) = fitting.min_by_key(|(distance, _)| *distance) {
            return Ok(best.clone());
        }
        let found = among.iter().filter_map(|d| d.platform.as_ref()).filter(|p| p.os != "unknown");
        Err(ImageError::NoPlatform {
            what: name.to_string(),
            wanted: self.platform.to_string(),
            found: found.map(ToString::to_string).collect(),
        }
        .into())
    }

    /// A manifest that is here already, so that nobody has to send it.
    fn stored(&self, wanted: &Descriptor) -> Option<RawManifest> {
        let bytes = self.store.blob(&wanted.digest).ok()?;
        Some(RawManifest { bytes, media_type: wanted.media_type.clone(), digest: wanted.digest.clone() })
    }

    /// The image's id when all of it is here; then only the name is put right.
    fn known(&self, name: &Reference, found: &Found) -> Result<Option<Digest>, OpsError> {
        let _lock = self.store.lock_shared()?;
        let id = &found.manifest.config.digest;
        let image = match self.store.image(id) {
            Err(StoreError::NoSuchImage(_)) => return Ok(None),
            other => other?,
        };
        if !image.layers.iter().all(|layer| self.store.has_layer(&layer.diff_id)) {
            return Ok(None);
        }
        let index = found.index.as_ref().map(|(digest, _)| digest);
        if let Some(known) = self.store.reference(name)?
            && known.id == *id
            && known.digest == found.raw.digest
            && known.index.as_ref() == index
        {
            return Ok(Some(id.clone()));
        }
        let config = self.store.blob(id)?;
        let configuration = read_configuration(&config, found.manifest.layers.len(), "the store")?;
        let arrival = Arrival {
            id: id.clone(),
            names: vec![name.clone()],
            manifest: found.raw.bytes.clone(),
            media_type: found.manifest.media_type.clone(),
            config,
            configuration,
            layers: Vec::new(),
            origin: Some(Origin { repository: name.repository(), index: found.index.clone() }),
        };
        let record = record(self.store, &arrival)?;
        if let Some((digest, bytes)) = &found.index {
            self.store.put_blob(digest, bytes)?;
        }
        self.store.put_image(&record, &arrival.manifest, &arrival.config)?;
        self.store.put_ref(name, &record)?;
        Ok(Some(id.clone()))
    }

    fn layers(
        &self,
        manifest: &Manifest,
        configuration: &Configuration,
        places: &[Endpoint],
        board: &Arc<Board>,
    ) -> Vec<(Digest, Fetch)> {
        let pairs = manifest.layers.iter().zip(&configuration.rootfs.diff_ids).enumerate();
        pairs
            .map(|(at, (layer, diff_id))| {
                let expected = Expected {
                    digest: Some(layer.digest.clone()),
                    size: Some(layer.size),
                    diff_id: Some(diff_id.clone()),
                    media_type: layer.media_type.clone(),
                };
                let (client, places, board) = (Arc::clone(&self.client), places.to_vec(), Arc::clone(board));
                let (digest, size) = (layer.digest.clone(), layer.size);
                let make = move || {
                    let blob = BlobReader::new(Arc::clone(&client), places.clone(), digest.clone(), size);
                    let blob = Box::new(Counted::new(blob, Arc::clone(&board), at));
                    Wanted { blob, size, expected: expected.clone() }
                };
                (diff_id.clone(), Box::new(make) as Fetch)
            })
            .collect()
    }

    /// podman's warning about an image for another machine.
    fn mismatch(&self, configuration: &Configuration) -> Option<String> {
        let own = Platform {
            architecture: configuration.architecture.clone(),
            os: configuration.os.clone(),
            variant: configuration.variant.clone(),
        };
        let says = !own.architecture.is_empty();
        (says && !own.fits(&self.platform)).then(|| {
            format!("image platform ({own}) does not match the expected platform ({})", self.platform)
        })
    }
}

/// What the image is to be for: this machine, but for what was asked.
fn platform(machine: &str, asked: &PlatformRequest) -> Platform {
    let mut platform = Platform::of_machine(machine);
    if asked.architecture.as_ref().is_some_and(|wanted| *wanted != platform.architecture) {
        platform.variant = None;
    }
    platform.architecture = asked.architecture.clone().unwrap_or(platform.architecture);
    platform.os = asked.os.clone().unwrap_or(platform.os);
    platform.variant = asked.variant.clone().or(platform.variant);
    platform
}

/// What a registry says of a manifest, when that is a type of manifests: file servers call it JSON, or bytes.
pub(in crate::ops) fn manifest_type(said: &str) -> &str {
    if [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX].contains(&said) { said } else { "" }
}

/// A digest makes the tag beside it meaningless.
fn pinned(name: &Reference) -> Result<Reference, OpsError> {
    match name.digest() {
        Some(digest) if name.tag().is_some() => {
            let text = format!("{}@{digest}", name.repository());
            Ok(Reference::parse(&text).map_err(StoreError::from)?)
        }
        _ => Ok(name.clone()),
    }
}

/// The first place that answers, and its answer; else what the registry itself said, which is the last one.
pub(in crate::ops) fn first<T>(
    places: &[Endpoint],
    ask: impl Fn(&Endpoint) -> Result<T, RegistryError>,
) -> Result<(usize, T), RegistryError> {
    let mut told = None;
    for (at, place) in places.iter().enumerate() {
        match ask(place) {
            Ok(answer) => return Ok((at, answer)),
            Err(error) if place.own || told.is_none() => told = Some(error),
            Err(_) => {}
        }
    }
    Err(told.unwrap_or_else(|| RegistryError::NotFound {
        attempt: "asking registries".to_owned(),
        reason: "there is no place to ask".to_owned(),
    }))
}
