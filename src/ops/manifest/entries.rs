//! From what the user typed to images of a list: of this store, of another list, or of a registry.

use super::super::pull::remote::{Remote, manifest_type};
use super::super::{Context, OpsError, access};
use super::index::Pointer;
use crate::image::document::{Configuration, Document, Platform, parse_json};
use crate::model::manifest_request::{AddImages, EntryChange};
use crate::model::registry_request::PullOptions;
use crate::model::{Digest, Reference};
use crate::store::{ImageRecord, ListEntry, ListPlatform, ListSource, Store, StoreError};

/// Finds images for a list.
pub(super) struct Finder<'a> {
    ctx: &'a Context,
    store: &'a Store,
    add: &'a AddImages,
    options: PullOptions,
}

impl<'a> Finder<'a> {
    /// Nothing is asked yet.
    pub fn new(ctx: &'a Context, store: &'a Store, add: &'a AddImages) -> Result<Self, OpsError> {
        let options = PullOptions { access: add.access.clone(), ..PullOptions::default() };
        Ok(Self { ctx, store, add, options })
    }

    /// All of them, with what is said of them.
    pub fn entries(&self) -> Result<Vec<ListEntry>, OpsError> {
        let mut all = Vec::new();
        for text in &self.add.images {
            let mut found = self.find(text)?;
            found.iter_mut().for_each(|entry| say(entry, &self.add.change));
            all.append(&mut found);
        }
        Ok(all)
    }

    fn find(&self, text: &str) -> Result<Vec<ListEntry>, OpsError> {
        let client = access::client(self.ctx, &self.add.access)?;
        let remote = Remote::new(self.ctx, self.store, client, &self.options);
        if let Some(name) = text.strip_prefix("docker://") {
            return self.of_registry(&remote, &Reference::parse(name).map_err(StoreError::from)?);
        }
        let local = text.strip_prefix("containers-storage:");
        let name = local.unwrap_or(text);
        match self.store.find_image(name) {
            Ok((image, _)) => return Ok(vec![self.of_image(image)?]),
            Err(StoreError::NoSuchImage(_)) => {}
            Err(error) => return Err(error.into()),
        }
        match self.store.find_list(name) {
            Ok(list) => self.among(list.entries, |entry| platform_of(&entry.platform), text),
            Err(error) if local.is_some() => Err(error.into()),
            Err(StoreError::NoSuchImage(_)) => {
                first_of(&remote.candidates(text)?, |name| self.of_registry(&remote, name))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn of_image(&self, image: ImageRecord) -> Result<ListEntry, OpsError> {
        let manifest = self.store.blob(&image.digest)?;
        let configuration: Configuration = parse_json(&self.store.blob(&image.id)?, "image configuration")?;
        Ok(ListEntry {
            media_type: image.media_type.clone(),
            digest: image.digest.clone(),
            size: manifest.len() as u64,
            platform: list_platform(&configuration),
            annotations: Default::default(),
            source: ListSource::Store(Box::new(image)),
        })
    }

    /// One image, or several of an index.
    fn of_registry(&self, remote: &Remote<'_>, name: &Reference) -> Result<Vec<ListEntry>, OpsError> {
        let (raw, _) = remote.raw(name)?;
        let source = || ListSource::Repository(name.repository());
        let what = format!("manifest of {name}");
        if let Document::Index(_) = Document::parse(&raw.bytes, manifest_type(&raw.media_type), &what)? {
            #[derive(serde::Deserialize)]
            struct Index {
                manifests: Vec<Pointer>,
            }
            let index: Index = parse_json(&raw.bytes, &what)?;
            let entries = index.manifests.into_iter().map(|pointer| ListEntry {
                media_type: pointer.media_type,
                digest: pointer.digest,
                size: pointer.size,
                platform: pointer.platform,
                annotations: pointer.annotations,
                source: source(),
            });
            return self.among(entries.collect(), |entry| platform_of(&entry.platform), &name.to_string());
        }
        let (raw, configuration) = remote.look(name)?;
        Ok(vec![ListEntry {
            media_type: raw.media_type,
            digest: raw.digest,
            size: raw.bytes.len() as u64,
            platform: list_platform(&configuration),
            annotations: Default::default(),
            source: source(),
        }])
    }

    /// All images of another list, or the one for the platform.
    fn among(
        &self,
        entries: Vec<ListEntry>,
        platform: impl Fn(&ListEntry) -> Platform,
        what: &str,
    ) -> Result<Vec<ListEntry>, OpsError> {
        if self.add.all {
            return Ok(entries);
        }
        let asked = &self.add.change.platform;
        let mut wanted = Platform::of_machine(&self.ctx.host.machine);
        if let Some(architecture) = &asked.architecture {
            wanted = Platform { architecture: architecture.clone(), variant: None, ..wanted };
        }
        wanted.os = asked.os.clone().unwrap_or(wanted.os);
        wanted.variant = asked.variant.clone().or(wanted.variant);
        let fitting = entries.iter().filter_map(|entry| Some((platform(entry).distance(&wanted)?, entry)));
        match fitting.min_by_key(|(distance, _)| *distance) {
            Some((_, entry)) => Ok(vec![entry.clone()]),
            None => Err(crate::image::ImageError::NoPlatform {
                what: what.to_owned(),
                wanted: wanted.to_string(),
                found: entries.iter().map(|entry| platform(entry).to_string()).collect(),
            }
            .into()),
        }
    }
}

/// Says of an image what was asked for, in the place of what it says itself.
pub(super) fn say(entry: &mut ListEntry, change: &EntryChange) {
    let EntryChange { platform, os_version, features, os_features, annotations } = change;
    let put = |place: &mut String, text: &Option<String>| {
        if let Some(text) = text {
            place.clone_from(text);
        }
    };
    put(&mut entry.platform.architecture, &platform.architecture);
    put(&mut entry.platform.os, &platform.os);
    if platform.variant.is_some() {
        entry.platform.variant.clone_from(&platform.variant);
    }
    if os_version.is_some() {
        entry.platform.os_version.clone_from(os_version);
    }
    if !features.is_empty() {
        entry.platform.features.clone_from(features);
    }
    if !os_features.is_empty() {
        entry.platform.os_features.clone_from(os_features);
    }
    entry.annotations.extend(annotations.iter().cloned());
}

/// The first name that works; else what the last one says.
pub(super) fn first_of<T>(
    names: &[Reference],
    mut work: impl FnMut(&Reference) -> Result<T, OpsError>,
) -> Result<T, OpsError> {
    let mut last = None;
    for name in names {
        match work(name) {
            Ok(done) => return Ok(done),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| OpsError::BadRequest("there is no name to look for".to_owned())))
}

fn list_platform(configuration: &Configuration) -> ListPlatform {
    ListPlatform {
        architecture: configuration.architecture.clone(),
        os: configuration.os.clone(),
        variant: configuration.variant.clone(),
        ..ListPlatform::default()
    }
}

fn platform_of(platform: &ListPlatform) -> Platform {
    Platform {
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: platform.variant.clone(),
    }
}

/// Names one manifest of a repository.
pub(super) fn pinned(repository: &str, digest: &Digest) -> Result<Reference, OpsError> {
    Ok(Reference::parse(&format!("{repository}@{digest}")).map_err(StoreError::from)?)
}
