//! `--filter` of `ps` and `container prune`: podman's keys. Those of one key are alternatives, different keys (and
//! labels) must all fit.

use super::seen::{Phase, SeenContainer};
use crate::ops::{OpsError, images};
use crate::store::Store;

/// The keys of `ps`.
pub(super) const LIST: &[&str] = &["id", "name", "status", "label", "ancestor", "exited", "before", "since"];
/// The keys of `container prune`.
pub(super) const PRUNE: &[&str] = &["label"];

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Id(String),
    Name(Pattern),
    Status(Phase),
    Label { key: String, value: Option<String> },
    Ancestor(String),
    Exited(i32),
    Before(i64),
    Since(i64),
}

/// A part of a name, bound to its beginning or end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    start: bool,
    part: String,
    end: bool,
}

/// Reads filters.
///
/// # Errors
/// A key that there is not, a value that it cannot have.
pub(super) fn parse_all(texts: &[String], keys: &[&str], store: &Store) -> Result<Vec<Filter>, OpsError> {
    texts.iter().map(|text| Filter::parse(text, keys, store)).collect()
}

/// Does the container fit all of them?
pub(super) fn fit(filters: &[Filter], container: &SeenContainer) -> bool {
    filters.iter().all(|filter| match filter {
        Filter::Label { .. } => filter.fits(container),
        _ => filters.iter().filter(|other| filter.same_key(other)).any(|other| other.fits(container)),
    })
}

impl Filter {
    fn parse(text: &str, keys: &[&str], store: &Store) -> Result<Self, OpsError> {
        let bad = |why: String| OpsError::BadRequest(why);
        let (key, value) =
            text.split_once('=').ok_or_else(|| bad(format!("invalid filter {text:?}: want KEY=VALUE")))?;
        if !keys.contains(&key) {
            return Err(bad(format!("{key} is an invalid filter: there are {}", keys.join(", "))));
        }
        let created = || -> Result<i64, OpsError> {
            Ok(super::seen::one(store, &store.find_container(value)?)?.created_ms)
        };
        Ok(match key {
            "id" => Self::Id(value.to_owned()),
            "name" => Self::Name(Pattern::parse(value).ok_or_else(|| {
                bad(format!("invalid filter {text:?}: want a part of a name, with ^ before its start or $ after its end"))
            })?),
            "status" => Self::Status(status(value).ok_or_else(|| {
                bad(format!("unknown container state: {value}: invalid argument"))
            })?),
            "label" => match value.split_once('=') {
                Some((key, value)) => Self::Label { key: key.to_owned(), value: Some(value.to_owned()) },
                None => Self::Label { key: value.to_owned(), value: None },
            },
            "ancestor" => Self::Ancestor(value.to_owned()),
            "exited" => Self::Exited(value.parse().map_err(|_| bad(format!("exited code out of range {value:?}")))?),
            "before" => Self::Before(created()?),
            _ => Self::Since(created()?),
        })
    }

    fn same_key(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn fits(&self, container: &SeenContainer) -> bool {
        let spec = container.spec.as_ref();
        match self {
            Self::Id(prefix) => container.id.as_str().starts_with(prefix),
            Self::Name(pattern) => pattern.fits(&container.name),
            Self::Status(phase) => container.phase == *phase,
            Self::Label { key, value } => spec
                .and_then(|spec| spec.labels.get(key))
                .is_some_and(|have| value.as_ref().is_none_or(|want| want == have)),
            Self::Ancestor(wanted) => spec.and_then(|spec| spec.image.as_ref()).is_some_and(|image| {
                let id = wanted.strip_prefix("sha256:").unwrap_or(wanted);
                (id.len() >= 3 && image.id.hex().starts_with(id)) || images::name_fits(wanted, &image.name)
            }),
            Self::Exited(code) => container.phase == Phase::Exited && container.state.exit_code == *code,
            Self::Before(time) => container.created_ms < *time,
            Self::Since(time) => container.created_ms > *time,
        }
    }
}

impl Pattern {
    /// podman takes a regular expression; of these the ones that are used: a plain part with anchors.
    fn parse(text: &str) -> Option<Self> {
        let (start, rest) = text.strip_prefix('^').map_or((false, text), |rest| (true, rest));
        let (end, part) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        plain.then(|| Self { start, part: part.to_owned(), end })
    }

    fn fits(&self, name: &str) -> bool {
        match (self.start, self.end) {
            (true, true) => name == self.part,
            (true, false) => name.starts_with(&self.part),
            (false, true) => name.ends_with(&self.part),
            (false, false) => name.contains(&self.part),
        }
    }
}

fn status(word: &str) -> Option<Phase> {
    Some(match word {
        "created" => Phase::Created,
        "initialized" => Phase::Starting,
        "running" => Phase::Running,
        "paused" => Phase::Paused,
        "stopping" => Phase::Stopping,
        "exited" | "stopped" => Phase::Exited,
        "unknown" => Phase::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
