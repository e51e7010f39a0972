//! Looking for images in registries, and for the tags of one.

use super::outcome::FoundImage;
use super::{Context, OpsError, Outcome, access};
use crate::model::reference::DEFAULT_DOMAIN;
use crate::model::registry_request::SearchRequest;
use crate::registry::{Client, Endpoint, FoundRepository, RegistryError};
use crate::store::StoreError;

/// How many are told of each registry, and how many tags (podman's numbers).
const LIMIT: usize = 25;
const TAGS: usize = 10;
/// Most that anybody may ask for.
const LIMIT_MAX: usize = 10_000;

/// What `--filter` lets through.
#[derive(Debug, Default)]
struct Filter {
    stars: u64,
    official: Option<bool>,
    automated: Option<bool>,
}

/// `rctr search`.
pub(super) fn search(ctx: &Context, request: &SearchRequest) -> Result<Outcome, OpsError> {
    let filter = Filter::parse(&request.filters)?;
    let client = access::client(ctx, &request.access)?;
    if request.tags {
        return tags(&client, request);
    }
    let (registries, term) = match request.term.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (vec![first.to_owned()], rest)
        }
        _ if client.registries().search.is_empty() => {
            (vec![DEFAULT_DOMAIN.to_owned()], request.term.as_str())
        }
        _ => (client.registries().search.clone(), request.term.as_str()),
    };
    let limit = request.limit.unwrap_or(LIMIT).min(LIMIT_MAX);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for registry in &registries {
        match one(&client, registry, term, limit) {
            Ok(images) => {
                found.extend(images.into_iter().filter(|image| filter.fits(image)).map(|image| FoundImage {
                    index: registry.clone(),
                    name: format!("{registry}/{}", image.name),
                    description: image.description,
                    stars: image.star_count,
                    official: image.is_official,
                    automated: image.is_automated,
                }))
            }
            Err(error) => errors.push(error),
        }
    }
    // One of several that does not answer keeps nobody from what the others have.
    match errors.pop() {
        Some(error) if found.is_empty() => Err(error.into()),
        _ => Ok(Outcome::Found(found)),
    }
}

fn one(
    client: &Client,
    registry: &str,
    term: &str,
    limit: usize,
) -> Result<Vec<FoundRepository>, RegistryError> {
    let insecure = client.registries().is_insecure(registry);
    let at = Endpoint { domain: registry.to_owned(), path: String::new(), insecure, own: true };
    client.search(&at, term, limit)
}

fn tags(client: &Client, request: &SearchRequest) -> Result<Outcome, OpsError> {
    let text = request.term.strip_prefix("docker://").unwrap_or(&request.term);
    let names = client.registries().candidates(text).map_err(StoreError::from)?;
    let mut failed = None;
    for name in names {
        let places = client.registries().endpoints(&name).map_err(|error| OpsError::pull(&name, error))?;
        match super::pull::remote::first(&places, |at| client.tags(at)) {
            Ok((_, mut tags)) => {
                tags.truncate(request.limit.unwrap_or(TAGS).min(LIMIT_MAX));
                return Ok(Outcome::Tags { name: name.repository(), tags });
            }
            Err(error) => failed = Some(OpsError::pull(&name, error)),
        }
    }
    Err(failed.unwrap_or_else(|| OpsError::BadRequest(format!("{text:?}: there is no place to ask"))))
}

impl Filter {
    fn parse(texts: &[String]) -> Result<Self, OpsError> {
        let mut filter = Self::default();
        for text in texts {
            let bad = |why: &str| OpsError::BadRequest(format!("bad filter {text:?}: {why}"));
            let (key, value) = text.split_once('=').unwrap_or((text, "true"));
            let switch = || match value {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(bad("want true or false")),
            };
            match key {
                "stars" => filter.stars = value.parse().map_err(|_| bad("want a number"))?,
                "is-official" => filter.official = Some(switch()?),
                "is-automated" => filter.automated = Some(switch()?),
                _ => return Err(bad("filters are stars, is-official and is-automated")),
            }
        }
        Ok(filter)
    }

    fn fits(&self, image: &FoundRepository) -> bool {
        image.star_count >= self.stars
            && self.official.is_none_or(|wanted| wanted == image.is_official)
            && self.automated.is_none_or(|wanted| wanted == image.is_automated)
    }
}
