//! The layers of one image to a registry. What is there stays there, what another repository of the registry has is taken
//! over; the rest is packed one after the other by a child that may read the files, and goes out several at a time from here.

use std::collections::HashMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

use super::super::OpsError;
use super::super::progress::{Board, Over};
use super::super::save::files;
use super::remote::Remote;
use crate::engine::run_mapped_telling;
use crate::image::ImageError;
use crate::image::codec::Codec;
use crate::image::document::DOCKER_MANIFEST;
use crate::image::recipe::LayerFiles;
use crate::image::save::{OutgoingLayer, Packed};
use crate::model::Digest;
use crate::registry::{Content, Upload};
use crate::spec::idmaps;
use crate::store::BlobRef;
use crate::sys::userns::Teller;

/// So many go out at once.
const AT_ONCE: usize = 4;
/// So many ways in which a registry may have a layer are tried, and so many repositories that it may take it from.
const TRIED: usize = 4;
const SOURCES: usize = 2;

/// All layers of one image, on their way.
pub(super) struct Layers<'a> {
    pub remote: &'a Remote<'a>,
    /// Of the manifest that will name them.
    pub media_type: &'static str,
    /// Each once, with the length of its tar.
    pub sizes: &'a [(Digest, u64)],
    pub board: &'a Board,
}

/// A layer that has to be packed.
struct Missing {
    at: usize,
    files: LayerFiles,
    /// Where its packed bytes go.
    packed: File,
}

/// What the child says: nothing when it begins, then each layer that is packed.
type Word = Option<(usize, Packed)>;

impl Layers<'_> {
    /// Brings them all; how each is there.
    pub fn bring(&self) -> Result<HashMap<Digest, OutgoingLayer>, OpsError> {
        let mut there = self.look()?;
        let missing = self.missing(&there)?;
        if missing.is_empty() {
            let over = Over::default();
            over.set();
            self.show(&over);
        } else {
            self.send(&missing, &mut there)?;
        }
        let all = self.sizes.iter().zip(there);
        Ok(all.filter_map(|((diff_id, _), layer)| Some((diff_id.clone(), layer?))).collect())
    }

    /// What the registry has already, or takes over from another of its repositories.
    fn look(&self) -> Result<Vec<Option<OutgoingLayer>>, OpsError> {
        let known = self.remote.store.known_blobs()?;
        let next = AtomicUsize::new(0);
        let found: Mutex<Vec<Option<OutgoingLayer>>> = Mutex::new(vec![None; self.sizes.len()]);
        let failed = Failed::default();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((diff_id, _)) = self.sizes.get(at).filter(|_| !failed.any()) else { return };
                match self.there(diff_id, known.get(diff_id).map(Vec::as_slice).unwrap_or_default()) {
                    Ok(layer) => {
                        if layer.is_some() {
                            self.board.exists(at);
                        }
                        lock(&found)[at] = layer;
                    }
                    Err(error) => failed.set(error),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(self.sizes.len()) {
                scope.spawn(work);
            }
        });
        failed.result()?;
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn there(&self, diff_id: &Digest, known: &[BlobRef]) -> Result<Option<OutgoingLayer>, OpsError> {
        let Remote { client, at, name, .. } = self.remote;
        let failed = |error| self.remote.failed(error);
        let mut fitting: Vec<(&BlobRef, Codec)> = known
            .iter()
            .map(|blob| (blob, codec(blob, diff_id)))
            .filter(|(_, codec)| self.takes(*codec))
            .collect();
        // What this very repository was seen to have is the likeliest.
        fitting.sort_by_key(|(blob, _)| blob.repository != name.repository());
        let found = |blob: &BlobRef, codec| OutgoingLayer {
            diff_id: diff_id.clone(),
            digest: blob.digest.clone(),
            size: blob.size,
            codec,
        };
        let mut tried: Vec<&Digest> = Vec::new();
        for (blob, codec) in &fitting {
            if tried.contains(&&blob.digest) || tried.len() == TRIED {
                continue;
            }
            tried.push(&blob.digest);
            if client.blob_size(at, &blob.digest).map_err(failed)? == Some(blob.size) {
                return Ok(Some(found(blob, *codec)));
            }
        }
        // Where registries.conf leads elsewhere, the names of other repositories there are not known.
        let here = (at.repository() == name.repository()).then(|| format!("{}/", name.domain()));
        let sources = fitting.iter().filter_map(|(blob, codec)| {
            let from = blob.repository.strip_prefix(here.as_ref()?)?;
            (from != name.path()).then_some((blob, *codec, from))
        });
        for (blob, codec, from) in sources.take(SOURCES) {
            if client.mount(at, &blob.digest, from).map_err(failed)? {
                return Ok(Some(found(blob, codec)));
            }
        }
        Ok(None)
    }

    /// May a layer be packed like this where it goes?
    fn takes(&self, codec: Codec) -> bool {
        let known = codec != Codec::Zstd || self.media_type != DOCKER_MANIFEST;
        known && (!self.remote.options.force || codec == self.remote.packing.codec)
    }

    fn missing(&self, there: &[Option<OutgoingLayer>]) -> Result<Vec<Missing>, OpsError> {
        let store = self.remote.store;
        let mut missing = Vec::new();
        // Nobody takes anything away while it is opened. What is open then can be read on.
        let _lock = store.lock_shared()?;
        for (at, (diff_id, _)) in self.sizes.iter().enumerate().filter(|(at, _)| there[*at].is_none()) {
            let parts = store.layer_files(diff_id)?;
            let parts = parts.ok_or_else(|| OpsError::NoRecipe { diff_id: diff_id.clone() })?;
            missing.push(Missing { at, files: files(parts), packed: store.scratch()? });
        }
        Ok(missing)
    }

    /// Packs layers and uploads them.
    fn send(&self, missing: &[Missing], there: &mut [Option<OutgoingLayer>]) -> Result<(), OpsError> {
        let (Remote { ctx, packing, .. }, failed, over) = (self.remote, Failed::default(), Over::default());
        let pack = |teller: &Teller<'_, Word>| {
            teller.tell(None);
            for (index, layer) in missing.iter().enumerate() {
                let packed = packing.pack(&layer.files, &self.sizes[layer.at].0, &layer.packed)?;
                if !teller.tell(Some((index, packed))) {
                    return Err(ImageError::Cancelled);
                }
            }
            Ok(())
        };
        let (ready, waiting) = channel();
        let waiting = Mutex::new(waiting);
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let mut workers = Vec::new();
            // Threads begin after the child has: a fork takes none of them along, and what they had locked stays locked.
            let hear = |word: Word| {
                match word {
                    None => {
                        scope.spawn(|| self.show(&over));
                        let work = || self.work(missing, &waiting, &done, &failed);
                        workers.extend((0..AT_ONCE.min(missing.len())).map(|_| scope.spawn(work)));
                    }
                    // Whoever would take it has told why not.
                    Some(packed) => drop(ready.send(packed)),
                }
                !failed.any()
            };
            let maps = idmaps::default_maps(&ctx.host);
            match run_mapped_telling(&maps, &ctx.host, pack, hear) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failed.set(error.into()),
                Err(error) => failed.set(error.into()),
            }
            drop(ready);
            for worker in workers {
                if worker.join().is_err() {
                    failed.set(ImageError::corrupt("layer", "the upload of it panicked").into());
                }
            }
            over.set();
        });
        failed.result()?;
        for layer in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let at = self.sizes.iter().position(|(diff_id, _)| *diff_id == layer.diff_id);
            there[at.unwrap_or_default()] = Some(layer);
        }
        Ok(())
    }

    fn work(
        &self,
        missing: &[Missing],
        waiting: &Mutex<Receiver<(usize, Packed)>>,
        done: &Mutex<Vec<OutgoingLayer>>,
        failed: &Failed,
    ) {
        loop {
            // Held by whoever waits: the others wait for that.
            let next = lock(waiting).recv();
            let Ok((index, packed)) = next else { return };
            if failed.any() {
                return;
            }
            match self.upload(&missing[index], &packed, failed) {
                Ok(()) => lock(done).push(OutgoingLayer {
                    diff_id: self.sizes[missing[index].at].0.clone(),
                    digest: packed.digest,
                    size: packed.size,
                    codec: self.remote.packing.codec,
                }),
                Err(error) => failed.set(error),
            }
        }
    }

    fn upload(&self, layer: &Missing, packed: &Packed, failed: &Failed) -> Result<(), OpsError> {
        let Remote { client, at, .. } = self.remote;
        // The same tar is packed to the same bytes each time: they may be there from another image.
        let there = client.blob_size(at, &packed.digest).map_err(|error| self.remote.failed(error))?;
        if there == Some(packed.size) {
            self.board.exists(layer.at);
            return Ok(());
        }
        let sent = |position| {
            self.board.sent(layer.at, position, packed.size);
            !failed.any()
        };
        let content = Content::File(&layer.packed);
        let upload = Upload { digest: &packed.digest, size: packed.size, content, sent: &sent };
        client.upload(at, &upload).map_err(|error| self.remote.failed(error))
    }

    fn show(&self, over: &Over) {
        let Remote { ctx, options, .. } = self.remote;
        self.board.show(options.progress, options.quiet, ctx.host.terminals[2], over);
    }
}

/// How a blob is packed. Docker's type for packed layers stands with plain ones too.
fn codec(blob: &BlobRef, diff_id: &Digest) -> Codec {
    match blob.media_type.as_str() {
        _ if blob.digest == *diff_id => Codec::Plain,
        text if text.ends_with("zstd") => Codec::Zstd,
        _ => Codec::Gzip,
    }
}

/// The first error of several threads.
#[derive(Default)]
struct Failed {
    any: AtomicBool,
    error: Mutex<Option<OpsError>>,
}

impl Failed {
    fn set(&self, error: OpsError) {
        lock(&self.error).get_or_insert(error);
        self.any.store(true, Ordering::Relaxed);
    }

    fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    fn result(self) -> Result<(), OpsError> {
        self.error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

/// A thread that panicked has left nothing half-changed behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
