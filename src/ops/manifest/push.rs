//! A list to a registry: its images first, those of this store as `push` brings them and those of other repositories byte
//! for byte, and then the index that names them.

use std::io;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::super::pull::remote::{Remote as Source, manifest_type};
use super::super::push::{Remote, Sent, keep_digest, tell};
use super::super::{Context, OpsError, access, happened_to_image};
use super::entries::pinned;
use super::index;
use crate::image::ImageError;
use crate::image::document::{Descriptor, Document};
use crate::model::registry_request::{PullOptions, PushOptions, RegistryAccess};
use crate::model::{Action, Digest, Reference};
use crate::registry::{BlobReader, Client, Content, Endpoint, Upload};
use crate::spec::transport::Transport;
use crate::store::{ListEntry, ListRecord, ListSource, Store, StoreError};
use crate::sys::Attempt;

/// Brings a list to a registry; the digest of its index.
pub(in crate::ops) fn push(
    ctx: &Context,
    store: &Store,
    list: &ListRecord,
    destination: Option<&str>,
    all: bool,
    options: &PushOptions,
) -> Result<Digest, OpsError> {
    let name = match Transport::parse(destination.unwrap_or(&list.name))? {
        Transport::Registry { name, .. } => Reference::parse(&name).map_err(StoreError::from)?,
        Transport::Local { .. } => {
            return Err(OpsError::BadRequest(format!(
                "{} is a list of images: lists go to registries alone",
                list.name
            )));
        }
    };
    let remote = Remote::new(ctx, store, access::client(ctx, &options.access)?, options, name)?;
    let mut there = list.clone();
    if all {
        let count = there.entries.len();
        for (at, entry) in there.entries.iter_mut().enumerate() {
            tell(options, &format!("Copying image {} ({}/{count})", entry.digest, at + 1));
            bring(&remote, entry)?;
        }
    }
    let kind = index::kind(&there, options.format);
    let sent = remote.manifest(kind, &index::bytes(&there, kind)?, Some(&remote.reference()))?;
    happened_to_image(store, Action::Push, &list.id, &remote.name.to_string());
    keep_digest(ctx, options, &sent.digest)?;
    Ok(sent.digest)
}

/// Brings one image of a list; the entry then says what the registry has.
fn bring(remote: &Remote<'_>, entry: &mut ListEntry) -> Result<(), OpsError> {
    match &entry.source {
        ListSource::Store(record) => {
            let Sent { digest, media_type, size } = remote.bring(record, None)?;
            (entry.digest, entry.size) = (digest, size);
            media_type.clone_into(&mut entry.media_type);
            Ok(())
        }
        ListSource::Repository(repository) if *repository == remote.name.repository() => Ok(()),
        ListSource::Repository(repository) => copy(remote, repository, entry),
    }
}

/// An image of another repository, byte for byte.
fn copy(remote: &Remote<'_>, repository: &str, entry: &ListEntry) -> Result<(), OpsError> {
    let name = pinned(repository, &entry.digest)?;
    let mut access = remote.options.access.clone();
    if name.domain() != remote.name.domain() {
        // What was given on the command line is for the registry that the list goes to.
        access = RegistryAccess { credentials: None, ..access };
    }
    let client = access::client(remote.ctx, &access)?;
    let options = PullOptions { access, ..PullOptions::default() };
    let source = Source::new(remote.ctx, remote.store, Arc::clone(&client), &options);
    let (raw, places) = source.raw(&name)?;
    let what = format!("manifest {name}");
    let Document::Manifest(manifest) = Document::parse(&raw.bytes, manifest_type(&raw.media_type), &what)?
    else {
        return Err(ImageError::corrupt(what, "it is a list in a list").into());
    };
    for part in manifest.layers.iter().chain([&manifest.config]) {
        blob(remote, &name, &client, &places, part)?;
    }
    let kind = manifest_type(&raw.media_type);
    let kind = if kind.is_empty() { manifest.media_type.as_str() } else { kind };
    let put = remote.client.put_manifest(&remote.at, &entry.digest.to_string(), kind, &raw.bytes);
    put.map(drop).map_err(|error| remote.failed(error))
}

/// One blob from there to here to there; straight where both are one registry.
fn blob(
    remote: &Remote<'_>,
    from: &Reference,
    client: &Arc<Client>,
    places: &[Endpoint],
    part: &Descriptor,
) -> Result<(), OpsError> {
    let failed = |error| remote.failed(error);
    if remote.client.blob_size(&remote.at, &part.digest).map_err(failed)? == Some(part.size) {
        return Ok(());
    }
    let one_registry =
        from.domain() == remote.at.domain && places.iter().any(|at| at.domain == from.domain());
    if one_registry && remote.client.mount(&remote.at, &part.digest, from.path()).map_err(failed)? {
        return Ok(());
    }
    let file = remote.store.scratch()?;
    let mut reader = BlobReader::new(Arc::clone(client), places.to_vec(), part.digest.clone(), part.size);
    let mut hash = Sha256::new();
    let mut both = Both { file: &file, hash: &mut hash };
    io::copy(&mut reader, &mut both)
        .attempt(|| format!("fetch blob {} of {}", part.digest, from.repository()))?;
    let got = Digest::from_bytes(&hash.finalize().into());
    if got != part.digest {
        return Err(ImageError::Digest { what: "blob".to_owned(), want: part.digest.clone(), got }.into());
    }
    let content = Content::File(&file);
    let upload = Upload { digest: &part.digest, size: part.size, content, sent: &|_| true };
    remote.client.upload(&remote.at, &upload).map_err(failed)
}

struct Both<'a> {
    file: &'a std::fs::File,
    hash: &'a mut Sha256,
}

impl io::Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write_all(&mut self.file, bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
