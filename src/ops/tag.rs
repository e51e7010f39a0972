//! Names of images: given and taken away.

use super::{Context, OpsError, Outcome, happened_to_image};
use crate::model::{Action, Reference};
use crate::store::{Store, StoreError};

/// Gives an image more names. A name that another image has moves.
pub(super) fn tag(ctx: &Context, image: &str, names: &[String]) -> Result<Outcome, OpsError> {
    let names = names.iter().map(|name| {
        let name = Reference::parse_local(name).map_err(StoreError::from)?;
        if name.digest().is_some() {
            return Err(OpsError::BadRequest(format!(
                "cannot tag {image:?} as {name}: a digest cannot be chosen"
            )));
        }
        Ok(name)
    });
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let store = Store::open(&ctx.host.dirs)?;
    let _lock = store.lock_shared()?;
    let (record, _) = store.find_image(image)?;
    for name in &names {
        store.put_ref(name, &record)?;
        happened_to_image(&store, Action::Tag, &record.id, &name.to_string());
    }
    Ok(Outcome::Done)
}

/// Takes names away from an image, all when none is given. The image stays.
pub(super) fn untag(ctx: &Context, image: &str, names: &[String]) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let _lock = store.lock_exclusive()?;
    let (record, _) = store.find_image(image)?;
    let known: Vec<String> =
        store.refs()?.into_iter().filter(|r| r.id == record.id).map(|r| r.name).collect();
    let mut gone = Vec::new();
    for name in names {
        let candidates = Reference::candidates(name).map_err(StoreError::from)?;
        let found = candidates.iter().map(ToString::to_string).find(|name| known.contains(name));
        gone.push(found.ok_or_else(|| OpsError::NoSuchTag { image: image.to_owned(), name: name.clone() })?);
    }
    if names.is_empty() {
        gone = known;
    }
    for name in gone {
        store.remove_ref(&name)?;
        happened_to_image(&store, Action::Untag, &record.id, &name);
    }
    Ok(Outcome::Done)
}
