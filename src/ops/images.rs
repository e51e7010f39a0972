//! The images that there are: listed, filtered, looked for.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::outcome::ImageSummary;
use super::{Context, OpsError, Outcome, manifest};
use crate::model::Reference;
use crate::model::image_request::ListImagesRequest;
use crate::spec::glob;
use crate::spec::moment::{self, Direction};
use crate::store::{ImageRecord, RefRecord, Store, StoreError};
use crate::sys::clock;

/// Lists images, the newest first.
pub(super) fn list(ctx: &Context, request: &ListImagesRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let mut filters =
        request.filters.iter().map(|f| Filter::parse(f, &store)).collect::<Result<Vec<_>, _>>()?;
    filters.extend(request.name.clone().map(Filter::Name));
    let (mut images, damaged) = all_summaries(&store)?;
    images.extend(store.lists()?.iter().map(manifest::summary));
    for damaged in damaged {
        // A closed stderr has nobody to tell.
        let _ = writeln!(std::io::stderr(), "Note: {damaged} (rctr system check)");
    }
    let mut listed = Vec::new();
    for whole in images {
        let mut narrowed = whole.clone();
        filters.iter().for_each(|filter| filter.narrow(&mut narrowed.names));
        if filters.iter().all(|filter| filter.fits(&whole, &narrowed)) {
            listed.push(narrowed);
        }
    }
    listed.sort_by(|a, b| b.created_ms.cmp(&a.created_ms).then_with(|| a.names.cmp(&b.names)));
    Ok(Outcome::Images(listed))
}

/// Every image with its names, as far as their records can be read.
pub(super) fn summaries(store: &Store) -> Result<Vec<ImageSummary>, OpsError> {
    Ok(all_summaries(store)?.0)
}

/// The same, and what is wrong with the other records.
fn all_summaries(store: &Store) -> Result<(Vec<ImageSummary>, Vec<StoreError>), OpsError> {
    let mut refs: BTreeMap<_, Vec<RefRecord>> = BTreeMap::new();
    let (all, mut damaged) = store.all_refs()?;
    for name in all {
        refs.entry(name.id.clone()).or_default().push(name);
    }
    let used = store.images_in_use()?;
    let (images, more) = store.all_images()?;
    damaged.extend(more);
    let summaries = images
        .into_iter()
        .map(|image| {
            let ImageRecord { id, created, config, .. } = &image;
            let time = created.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            let Names { names, digests, .. } = Names::of(&refs.remove(id).unwrap_or_default(), &image.pushed);
            ImageSummary {
                names,
                digests,
                containers: used.get(id).map_or(0, |containers| containers.len() as u64),
                id: id.clone(),
                digest: image.known_as().clone(),
                created: created.clone(),
                created_ms: time.map_or(0, |t| t.as_millisecond()),
                size: image.size(),
                labels: config.labels.clone(),
            }
        })
        .collect();
    Ok((summaries, damaged))
}

/// An image's names, sorted out.
pub(super) struct Names {
    /// Those to show: with a tag, else those with a digest.
    pub names: Vec<String>,
    /// Those with a tag.
    pub tags: Vec<String>,
    /// Each repository with the digests that it knows the image by.
    pub digests: Vec<String>,
}

impl Names {
    /// Of all names of one image, and what it was pushed as.
    pub fn of(refs: &[RefRecord], pushed: &[String]) -> Self {
        let tagged = |name: &str| Reference::parse(name).is_ok_and(|name| name.tag().is_some());
        let (tags, pinned): (Vec<String>, Vec<String>) =
            refs.iter().map(|name| name.name.clone()).partition(|name| tagged(name));
        let mut digests = pushed.to_vec();
        for name in refs {
            let Ok(repository) = Reference::parse(&name.name).map(|name| name.repository()) else { continue };
            let known = [Some(&name.digest), name.index.as_ref()].into_iter().flatten();
            digests.extend(known.map(|digest| format!("{repository}@{digest}")));
        }
        digests.sort();
        digests.dedup();
        Self { names: if tags.is_empty() { pinned } else { tags.clone() }, tags, digests }
    }
}

/// Is there an image of that name or id?
pub(super) fn exists(ctx: &Context, name: &str) -> Result<Outcome, OpsError> {
    match Store::open(&ctx.host.dirs)?.find_image(name) {
        Ok(_) => Ok(Outcome::Exit(0)),
        Err(StoreError::NoSuchImage(_)) => Ok(Outcome::Exit(1)),
        Err(error) => Err(error.into()),
    }
}

/// What `--filter` asks for.
enum Filter {
    /// `reference=` and the argument: a name or pattern.
    Name(String),
    Dangling(bool),
    Label {
        key: String,
        value: Option<String>,
    },
    Id(String),
    Before(i64),
    Since(i64),
    /// Has it so many containers, or any?
    Used(bool),
    /// What there is none of, and what every image is.
    Never,
    Always,
}

impl Filter {
    fn parse(text: &str, store: &Store) -> Result<Self, OpsError> {
        let bad = |why: &str| OpsError::BadRequest(format!("bad filter {text:?}: {why}"));
        let (key, value) = text.split_once('=').ok_or_else(|| bad("want KEY=VALUE"))?;
        let time = |name: &str| -> Result<i64, OpsError> {
            let (image, _) = store.find_image(name)?;
            let time = image.created.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            Ok(time.map_or(0, |t| t.as_millisecond()))
        };
        let switch = |value: &str| match value {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(bad("want true or false")),
        };
        Ok(match key {
            "reference" => Self::Name(value.to_owned()),
            "dangling" => Self::Dangling(switch(value)?),
            "label" => match value.split_once('=') {
                Some((key, value)) => Self::Label { key: key.to_owned(), value: Some(value.to_owned()) },
                None => Self::Label { key: value.to_owned(), value: None },
            },
            "id" => Self::Id(value.strip_prefix("sha256:").unwrap_or(value).to_owned()),
            "before" => Self::Before(time(value)?),
            "since" | "after" => Self::Since(time(value)?),
            "until" => {
                let until = moment::parse("--filter until", value, Direction::Back)?;
                Self::Before(clock::resolve(until, clock::now()).milliseconds())
            }
            "containers" => Self::Used(switch(value)?),
            // An image here stands for itself, and this store is written to.
            "intermediate" | "readonly" => match switch(value)? {
                true => Self::Never,
                false => Self::Always,
            },
            _ => {
                return Err(bad(
                    "filters are reference, dangling, label, id, before, since, until, containers, intermediate and \
                     readonly",
                ));
            }
        })
    }

    /// Leaves the names that a name filter asks for.
    fn narrow(&self, names: &mut Vec<String>) {
        if let Self::Name(pattern) = self {
            names.retain(|name| name_fits(pattern, name));
        }
    }

    fn fits(&self, image: &ImageSummary, narrowed: &ImageSummary) -> bool {
        match self {
            Self::Name(_) => !narrowed.names.is_empty(),
            Self::Dangling(wanted) => image.names.is_empty() == *wanted,
            Self::Label { key, value } => {
                image.labels.get(key).is_some_and(|have| value.as_ref().is_none_or(|want| want == have))
            }
            Self::Id(prefix) => image.id.hex().starts_with(prefix),
            Self::Before(time) => image.created_ms < *time,
            Self::Since(time) => image.created_ms > *time,
            Self::Used(wanted) => (image.containers > 0) == *wanted,
            Self::Never => false,
            Self::Always => true,
        }
    }
}

/// A pattern fits the whole name or what follows any of its slashes, with the tag or without.
pub(super) fn name_fits(pattern: &str, name: &str) -> bool {
    let untagged = Reference::parse(name).map(|r| r.repository()).unwrap_or_default();
    let mut ends = vec![name, untagged.as_str()];
    for whole in [name, untagged.as_str()] {
        ends.extend(whole.match_indices('/').map(|(at, _)| &whole[at + 1..]));
    }
    ends.into_iter().any(|end| glob::fits(pattern, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_from_any_slash_on() {
        let name = "docker.io/library/busybox:1.36";
        for (pattern, fits) in [
            ("busybox", true),
            ("busybox:1.36", true),
            ("busybox:1.3", false),
            ("library/busybox", true),
            ("docker.io/library/busybox:1.36", true),
            ("busy*", true),
            ("*box:1.*", true),
            ("docker.io/*/busybox", true),
            ("docker.io/*", false),
            ("box", false),
            ("b?sybox", true),
            ("", false),
            ("*", true),
        ] {
            assert_eq!(name_fits(pattern, name), fits, "{pattern}");
        }
    }
}
