//! The names that there are, for completion: nothing is changed, not even cleared up.

use super::container::seen::{self, SeenContainer};
use super::{Context, OpsError};
use crate::store::Store;

/// Every container, the oldest first.
///
/// # Errors
/// A store that cannot be read.
pub fn container_names(ctx: &Context) -> Result<Vec<SeenContainer>, OpsError> {
    Ok(seen::all(&Store::open(&ctx.host.dirs)?)?)
}

/// Every name of a list of images, whole.
///
/// # Errors
/// A store that cannot be read.
pub fn list_names(ctx: &Context) -> Result<Vec<String>, OpsError> {
    Ok(Store::open(&ctx.host.dirs)?.lists()?.into_iter().map(|list| list.name).collect())
}

/// Every name of an image, whole.
///
/// # Errors
/// A store that cannot be read.
pub fn image_names(ctx: &Context) -> Result<Vec<String>, OpsError> {
    let refs = Store::open(&ctx.host.dirs)?.refs()?;
    Ok(refs.into_iter().map(|name| name.name).collect())
}
