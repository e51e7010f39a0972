//! `system check`: is what the store keeps what was put into it? With `--repair`, what is not goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::recipe::LayerFiles;
use crate::image::{ImageError, OwnerPolicy, verify};
use crate::model::Digest;
use crate::model::system_request::CheckRequest;
use crate::ops::unpack::{delete, sweep};
use crate::ops::{Context, OpsError, run_as_owner};
use crate::spec::idmaps;
use crate::store::{ImageRecord, Object, Problem, Store, StoreLock};

/// What a check found, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What is wrong.
    pub problems: Vec<FoundProblem>,
    /// How many images and layers were looked at.
    pub images: usize,
    /// See above.
    pub layers: usize,
    /// Things that nobody needs: left by processes that were killed, or of images that are gone.
    pub leftovers: usize,
    /// Images that are gone now, or cannot be given out, by their names.
    pub again: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProblem {
    /// `layer 0123456789ab`.
    pub object: String,
    /// What is wrong with it.
    pub reason: String,
    /// It is gone.
    pub repaired: bool,
}

/// Layers that are no trouble to look at: by id, opened, and whether their owners were only recorded.
type Opened = BTreeMap<Digest, (LayerFiles, bool)>;

/// Looks, and repairs when asked.
pub(super) fn check(ctx: &Context, request: &CheckRequest) -> Result<CheckReport, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let (structure, opened, half_made) = {
        let lock = store.lock_shared()?;
        let mut structure = store.check_structure(&lock)?;
        let opened = open(&store, structure.layers.keys(), &mut structure.problems)?;
        (structure, opened, store.stale()?.len())
    };
    let mut problems = structure.problems;
    if !request.quick {
        problems.extend(content(ctx, &opened)?);
    }
    // A layer that somebody removed while it was read is no damage.
    problems.retain(|problem| match &problem.object {
        Object::Layer(id) | Object::Recipe(id) => store.has_layer(id),
        Object::Name(..) | Object::Image(_) => true,
    });
    problems.sort_by(|a, b| a.object.cmp(&b.object));
    let mut report = CheckReport {
        images: structure.images.len(),
        layers: structure.layers.len(),
        leftovers: half_made
            + structure.spare_blobs
            + structure.layers.values().filter(|used| !**used).count(),
        ..CheckReport::default()
    };
    let repaired = if request.repair {
        repair(ctx, &store, &problems, &structure.images, request.force, &mut report)?
    } else {
        BTreeSet::new()
    };
    report.problems = problems
        .into_iter()
        .map(|problem| FoundProblem {
            object: describe(&problem.object),
            reason: problem.reason,
            repaired: repaired.contains(&problem.object),
        })
        .collect();
    Ok(report)
}

fn open<'a>(
    store: &Store,
    layers: impl Iterator<Item = &'a Digest>,
    problems: &mut Vec<Problem>,
) -> Result<Opened, OpsError> {
    let mut opened = Opened::new();
    for id in layers {
        let broken = problems.iter().any(|p| p.object == Object::Layer(id.clone()));
        let Ok(meta) = store.layer_meta(id) else { continue };
        if broken {
            continue;
        }
        match store.layer_files(id)? {
            Some(parts) => {
                let kept = parts.kept.map(Into::into);
                let files = LayerFiles { fs: parts.fs.into(), kept, recipe: parts.recipe };
                opened.insert(id.clone(), (files, meta.owners_recorded));
            }
            None => problems.push(Problem {
                object: Object::Recipe(id.clone()),
                reason: "how its tar was made is not written down: it can be run, and neither be checked nor saved"
                    .to_owned(),
            }),
        }
    }
    Ok(opened)
}

/// Puts every layer's tar together again, as whoever owns the files.
fn content(ctx: &Context, opened: &Opened) -> Result<Vec<Problem>, OpsError> {
    let owners = OwnerPolicy::of(&idmaps::default_maps(&ctx.host));
    let found = run_as_owner(ctx, || {
        let mut found: Vec<(Digest, bool, String)> = Vec::new();
        for (id, (files, recorded)) in opened {
            // Another map than the layer was unpacked in says nothing of its owners.
            let owners = Some(&owners).filter(|owners| (**owners == OwnerPolicy::Record) == *recorded);
            match verify(files, id, owners) {
                Ok(differences) => found.extend(differences.into_iter().map(|how| (id.clone(), false, how))),
                Err(error) => found.push((id.clone(), is_of_recipe(&error), error.to_string())),
            }
        }
        Ok::<_, ImageError>(found)
    })??;
    let problem = |(id, recipe, reason)| Problem {
        object: if recipe { Object::Recipe(id) } else { Object::Layer(id) },
        reason,
    };
    Ok(found.into_iter().map(problem).collect())
}

/// What cannot be read is the recipe: of the files nothing is known.
fn is_of_recipe(error: &ImageError) -> bool {
    matches!(error, ImageError::Corrupt { what, .. } if what == "recipe of the tar")
}

fn describe(object: &Object) -> String {
    match object {
        Object::Name(path, name) => {
            format!("name {}", name.clone().unwrap_or_else(|| path.display().to_string()))
        }
        Object::Image(id) => format!("image {}", id.short()),
        Object::Layer(id) | Object::Recipe(id) => format!("layer {}", id.short()),
    }
}

/// Removes what is damaged, and what cannot be without it. What containers were made from stays unless `force` is given.
fn repair(
    ctx: &Context,
    store: &Store,
    problems: &[Problem],
    images: &[ImageRecord],
    force: bool,
    report: &mut CheckReport,
) -> Result<BTreeSet<Object>, OpsError> {
    sweep(ctx, store)?;
    let lock = store.lock_exclusive()?;
    let used = store.images_in_use()?;
    let kept = |id: &Digest| !force && used.contains_key(id);
    let (mut done, mut staged, mut gone) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for object in problems.iter().map(|problem| &problem.object).collect::<BTreeSet<_>>() {
        let needing = images.iter().filter(|image| match object {
            Object::Layer(id) | Object::Recipe(id) => image.layers.iter().any(|layer| layer.diff_id == *id),
            Object::Name(..) | Object::Image(_) => false,
        });
        match object {
            Object::Name(path, name) => {
                store.remove_name_file(path, &lock)?;
                report.again.extend(name.clone());
            }
            Object::Image(id) if kept(id) => continue,
            Object::Image(id) => remove(store, id, &lock, &mut gone, report)?,
            Object::Recipe(id) => {
                store.discard_recipe(id, &lock)?;
                report.again.extend(needing.map(|image| called(store, image)));
            }
            Object::Layer(_) if needing.clone().any(|image| kept(&image.id)) => continue,
            Object::Layer(id) => {
                for image in needing {
                    remove(store, &image.id, &lock, &mut gone, report)?;
                }
                staged.push(store.discard_layer(id, &lock)?);
            }
        }
        done.insert(object.clone());
    }
    store.sweep_blobs(&lock)?;
    staged.extend(store.sweep_layers(&lock)?);
    drop(lock);
    delete(ctx, staged)?;
    report.leftovers = 0;
    report.again.sort();
    report.again.dedup();
    Ok(done)
}

fn remove(
    store: &Store,
    id: &Digest,
    lock: &StoreLock,
    gone: &mut BTreeSet<Digest>,
    report: &mut CheckReport,
) -> Result<(), OpsError> {
    if gone.insert(id.clone()) {
        let names = store.discard_image(id, lock)?;
        match names.is_empty() {
            true => report.again.push(id.short().to_owned()),
            false => report.again.extend(names),
        }
    }
    Ok(())
}

fn called(store: &Store, image: &ImageRecord) -> String {
    let names = store.refs().unwrap_or_default();
    names.into_iter().find(|r| r.id == image.id).map_or_else(|| image.id.short().to_owned(), |r| r.name)
}
