//! `rctr image sign`: simple signatures of what a registry has, into the signature store.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::{Context, OpsError, Outcome, access};
use super::{in_directory, lookaside};
use crate::image::document::{Document, Platform};
use crate::model::image_request::SignRequest;
use crate::model::{Digest, Reference};
use crate::registry::Client;
use crate::store::{Store, StoreError};
use crate::sys::Attempt;
use crate::trust::{ATOMIC, Named, Payload, Place, SIGNATURES_MAX, TrustError, sign_simple};

pub(in crate::ops) fn sign(ctx: &Context, request: &SignRequest) -> Result<Outcome, OpsError> {
    let client = access::client(ctx, &request.access)?;
    let store = Store::open(&ctx.host.dirs)?;
    for text in &request.images {
        let name = whole_name(text)?;
        let top = match &request.directory {
            Some(dir) => existing(&ctx.host.cwd.join(dir))?,
            None => writable(ctx, &name)?,
        };
        for manifest in manifests(ctx, &client, &name, request.all)? {
            sign_manifest(&store, &top, &name, &manifest, &request.key)?;
        }
    }
    Ok(Outcome::Done)
}

/// Signs a manifest under this name with a key of gpg's, into the signature store below `top` (see [`writable`]).
pub(in crate::ops) fn sign_manifest(
    store: &Store,
    top: &Path,
    name: &Reference,
    manifest: &Digest,
    key: &str,
) -> Result<(), OpsError> {
    let payload = Payload { digest: manifest.clone(), reference: Named::of(name) };
    let payload = payload.write(ATOMIC, jiff::Timestamp::now().as_second());
    let signature = in_directory(store, |home| sign_simple(home, key, &payload))?;
    keep(&top.join(Place::below(name, manifest)), &signature)
}

/// What is signed is a name with its registry, and the one that a pull will ask for.
fn whole_name(text: &str) -> Result<Reference, OpsError> {
    let name = text.strip_prefix("docker://").unwrap_or(text);
    Ok(Reference::parse(name).map_err(StoreError::from)?)
}

fn existing(dir: &Path) -> Result<PathBuf, OpsError> {
    if dir.is_dir() {
        return Ok(dir.to_owned());
    }
    Err(OpsError::BadRequest(format!("--directory {}: there is no such directory", dir.display())))
}

/// The directory that registries.d has for signatures of this image to be written to.
pub(in crate::ops) fn writable(ctx: &Context, name: &Reference) -> Result<PathBuf, OpsError> {
    match lookaside(ctx, None)?.writing(name)? {
        Place::Directory(dir) => Ok(dir),
        Place::Web(url) => Err(OpsError::BadRequest(format!(
            "signatures of {name} are at {url}, where nothing can be written: name a directory with --directory, or with \
             lookaside-staging in registries.d"
        ))),
    }
}

/// The manifest that the name leads to; of an index also what a pull checks: the manifest for this machine, or of every one.
fn manifests(ctx: &Context, client: &Client, name: &Reference, all: bool) -> Result<Vec<Digest>, OpsError> {
    let fail = |error| OpsError::pull(name, error);
    let places = client.registries().endpoints(name).map_err(fail)?;
    // Mirrors are no authority on what is to be signed.
    let own = places.iter().find(|place| place.own).unwrap_or(&places[0]);
    let reference =
        name.digest().map_or_else(|| name.tag().unwrap_or("latest").to_owned(), ToString::to_string);
    let raw = client.manifest(own, &reference).map_err(fail)?;
    let what = format!("manifest {reference} of {name}");
    let mut found = vec![raw.digest];
    if let Document::Index(among) = Document::parse(&raw.bytes, "", &what)? {
        let machine = Platform::of_machine(&ctx.host.machine);
        let distance = |of: &Option<Platform>| of.as_ref().map_or(Some(0), |of| of.distance(&machine));
        let chosen: Vec<_> = match all {
            true => among,
            false => among
                .into_iter()
                .filter(|one| distance(&one.platform).is_some())
                .min_by_key(|one| distance(&one.platform))
                .into_iter()
                .collect(),
        };
        found.extend(chosen.into_iter().map(|one| one.digest));
    }
    Ok(found)
}

/// Puts a signature beside those that are there.
fn keep(dir: &Path, signature: &[u8]) -> Result<(), OpsError> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(dir);
    made.attempt(|| format!("create directory {}", dir.display()))?;
    for number in 1..=SIGNATURES_MAX {
        let path = dir.join(Place::signature(number));
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path);
        let mut file = match opened {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            other => other.attempt(|| format!("create {}", path.display()))?,
        };
        let written = file.write_all(signature).and_then(|()| file.sync_all());
        if written.is_err() {
            // Half a signature would hide those that come after it.
            let _ = std::fs::remove_file(&path);
        }
        return Ok(written.attempt(|| format!("write {}", path.display()))?);
    }
    let image = dir.display().to_string();
    Err(TrustError::TooMuch { image, what: "more signatures", limit: SIGNATURES_MAX }.into())
}
