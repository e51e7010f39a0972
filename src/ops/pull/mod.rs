//! Images from registries and archives into the store: by name, by every tag, or because a container needs one.

mod local;
pub(super) mod remote;

use std::io::Write as _;

use super::unpack::sweep;
use super::{Context, OpsError, Outcome, access, happened_to_image};
use crate::model::registry_request::{PullOptions, PullPolicy, PullRequest};
use crate::model::{Action, Digest, Reference};
use crate::spec::transport::Transport;
use crate::store::{Store, StoreError};
use remote::Remote;

/// An image that is here now.
pub(super) struct Pulled {
    /// Which one.
    pub id: Digest,
    /// What was left out, one sentence each.
    pub notices: Vec<String>,
}

/// `rctr pull`: all of them, or as far as it goes.
pub(super) fn pull(ctx: &Context, request: &PullRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    sweep(ctx, &store)?;
    let remote = Remote::new(ctx, &store, access::client(ctx, &request.options.access)?, &request.options);
    let mut ids = Vec::new();
    let mut notices = Vec::new();
    let mut take = |pulled: Pulled| {
        ids.push(pulled.id);
        notices.extend(pulled.notices);
    };
    for text in &request.names {
        if !request.all_tags {
            take(one(&remote, text)?);
            continue;
        }
        for name in remote.tagged(text)? {
            take(fetch(&remote, &name)?);
        }
    }
    Ok(Outcome::Pulled { ids, notices })
}

/// Fetches an image that a container needs, as far as the policy says. The name or id that the store finds it by.
pub(super) fn for_container(
    ctx: &Context,
    store: &Store,
    text: &str,
    options: &PullOptions,
) -> Result<(String, Vec<String>), OpsError> {
    let remote = Remote::new(ctx, store, access::client(ctx, &options.access)?, options);
    let pulled = one(&remote, text)?;
    // The image may have several names: it is found by its id, and by this one if it has it.
    let names = remote.candidates(text)?.into_iter().map(|name| name.to_string());
    let named = names.filter(|name| store.find_image(name).is_ok_and(|(image, _)| image.id == pulled.id));
    Ok((named.into_iter().next().unwrap_or_else(|| pulled.id.to_string()), pulled.notices))
}

/// One image: from an archive, or from the first registry that has it.
fn one(remote: &Remote<'_>, text: &str) -> Result<Pulled, OpsError> {
    let options = remote.options;
    let (name, whole) = match Transport::parse(text)? {
        Transport::Local { path, image } => return local::image(remote, &path, image.as_deref()),
        Transport::Registry { name, whole } => (name, whole),
    };
    let candidates = if whole {
        vec![Reference::parse(&name).map_err(StoreError::from)?]
    } else {
        remote.candidates(&name)?
    };
    let present = |name: &Reference| remote.present(name);
    if options.policy != PullPolicy::Always {
        let here = candidates.iter().find_map(|name| present(name).transpose()).transpose()?;
        match (options.policy, here) {
            (PullPolicy::Missing | PullPolicy::Never, Some(id)) => {
                return Ok(Pulled { id, notices: Vec::new() });
            }
            (PullPolicy::Never, None) => return Err(StoreError::NoSuchImage(name).into()),
            _ => {}
        }
    }
    let mut errors = Vec::new();
    for name in &candidates {
        match fetch(remote, name) {
            Ok(pulled) => return Ok(pulled),
            Err(error @ OpsError::Pull { .. }) => {
                if options.policy == PullPolicy::Newer
                    && let Some(id) = present(name)?
                {
                    return Ok(Pulled { id, notices: Vec::new() });
                }
                errors.push(error);
            }
            // Another name may be let in, and what is here already is no answer to a refusal.
            Err(OpsError::Trust(error)) if error.is_refusal() => errors.push(error.into()),
            Err(error) => return Err(error),
        }
    }
    if errors.len() == 1 {
        return Err(errors.remove(0));
    }
    Err(OpsError::PullSeveral(errors))
}

/// One image by its whole name.
fn fetch(remote: &Remote<'_>, name: &Reference) -> Result<Pulled, OpsError> {
    tell(remote.options, name);
    let pulled = remote.image(name)?;
    happened_to_image(remote.store, Action::Pull, &pulled.id, &name.to_string());
    Ok(pulled)
}

/// podman's line before anything is asked.
fn tell(options: &PullOptions, name: &Reference) {
    use crate::model::registry_request::ProgressMode;
    if !options.quiet && !matches!(options.progress, ProgressMode::None | ProgressMode::Json) {
        // A stderr that is closed cannot be told anything.
        let _ = writeln!(std::io::stderr(), "Trying to pull {name}...");
    }
}
