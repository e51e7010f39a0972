//! `--filter` of `ps`: podman's keys, and docker's. Those of one key are alternatives, different
//! keys (and labels) must all fit.

use regex_lite::Regex;

use super::seen::{Phase, SeenContainer};
use crate::model::spec::{NetworkMode, NsMode};
use crate::model::{Digest, MountKind, RestartPolicy};
use crate::ops::{OpsError, images};
use crate::spec::moment::{self, Direction};
use crate::store::Store;
use crate::sys::clock;

/// The keys of `ps`.
pub(super) const LIST: &[&str] = &[
    "id",
    "name",
    "status",
    "label",
    "label!",
    "ancestor",
    "before",
    "command",
    "exited",
    "health",
    "is-task",
    "network",
    "pod",
    "restart-policy",
    "should-start-on-boot",
    "since",
    "until",
    "volume",
];

/// Keys that others have: why not here.
const REFUSED: &[(&str, &str)] = &[
    ("expose", "rctr does not record exposed ports yet"),
    ("isolation", "there is no such thing on Linux"),
    ("publish", "rctr publishes no ports yet"),
];

/// One filter.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    Id(Pattern),
    Name(Pattern),
    /// None: no container ever is so.
    Status(Option<Phase>),
    Label {
        key: String,
        value: Option<String>,
        has: bool,
    },
    Ancestor {
        text: String,
        image: Option<Digest>,
    },
    Exited(i32),
    Before(i64),
    Since(i64),
    Until(i64),
    Command(Pattern),
    Health(String),
    /// True of none.
    Never,
    /// True of all.
    Always,
    Network(String),
    RestartPolicy(&'static str),
    StartsOnBoot(bool),
    Volume {
        source: String,
        destination: Option<String>,
    },
}

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

/// Reads filters.
///
/// # Errors
/// A key that there is not, a value that it cannot have.
pub(super) fn parse_all(texts: &[String], keys: &[&str], store: &Store) -> Result<Vec<Filter>, OpsError> {
    let filters = texts.iter().map(|text| Filter::parse(text, keys, store)).collect::<Result<Vec<_>, _>>()?;
    if filters.iter().filter(|filter| matches!(filter, Filter::Until(_))).count() > 1 {
        return Err(OpsError::BadRequest("specify exactly one timestamp for until".to_owned()));
    }
    Ok(filters)
}

/// Does the container fit all of them?
pub(super) fn fit(filters: &[Filter], container: &SeenContainer) -> bool {
    filters.iter().all(|filter| match filter {
        Filter::Label { .. } | Filter::Before(_) => filter.fits(container),
        _ => filters.iter().filter(|other| filter.same_key(other)).any(|other| other.fits(container)),
    })
}

impl Filter {
    fn parse(text: &str, keys: &[&str], store: &Store) -> Result<Self, OpsError> {
        let bad = |why: String| OpsError::BadRequest(why);
        // `label!=x` is the key `label!`.
        let (key, value) =
            text.split_once('=').ok_or_else(|| bad(format!("invalid filter {text:?}: want KEY=VALUE")))?;
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == key && keys == LIST) {
            return Err(bad(format!("filter {key} is not supported: {why}")));
        }
        if !keys.contains(&key) {
            return Err(bad(format!("{key} is an invalid filter: there are {}", keys.join(", "))));
        }
        let pattern = |value: &str| {
            Pattern::new(value).ok_or_else(|| bad(format!("invalid filter {text:?}: no regular expression")))
        };
        let truth = || match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(bad(format!("invalid filter {text:?}: want true or false"))),
        };
        let created = || -> Result<i64, OpsError> {
            Ok(super::seen::one(store, &store.find_container(value)?)?.created_ms)
        };
        Ok(match key {
            // podman: hex digits are the beginning.
            "id" if value.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Self::Id(pattern(&format!("^{}", value.to_ascii_lowercase()))?)
            }
            "id" => Self::Id(pattern(value)?),
            // docker's names begin with a slash.
            "name" => Self::Name(pattern(&value.replace('/', ""))?),
            "command" => Self::Command(pattern(value)?),
            "status" => Self::Status(
                status(value)
                    .ok_or_else(|| bad(format!("unknown container state: {value}: invalid argument")))?,
            ),
            "label" | "label!" => {
                let (key, wanted) =
                    value.split_once('=').map_or((value, None), |(k, v)| (k, Some(v.to_owned())));
                Self::Label { key: key.to_owned(), value: wanted, has: !text.starts_with("label!") }
            }
            "ancestor" => Self::Ancestor {
                text: value.to_owned(),
                // None of that name: nothing comes from it.
                image: store.find_image(value).ok().map(|(image, _)| image.id),
            },
            "exited" => {
                Self::Exited(value.parse().map_err(|_| bad(format!("exited code out of range {value:?}")))?)
            }
            "before" => Self::Before(created()?),
            "since" => Self::Since(created()?),
            "until" => Self::Until(moment(value)?),
            "health" => match value {
                "starting" | "healthy" | "unhealthy" | "none" | "" => Self::Health(value.replace("none", "")),
                _ => {
                    return Err(bad(format!(
                        "invalid filter {text:?}: want starting, healthy, unhealthy or none"
                    )));
                }
            },
            // There are no pods, and no tasks of a swarm.
            "pod" => Self::Never,
            "is-task" if truth()? => Self::Never,
            "is-task" => Self::Always,
            "network" => Self::Network(value.to_owned()),
            "restart-policy" => Self::RestartPolicy(
                policy(value).ok_or_else(|| bad(format!("{value} invalid restart policy")))?,
            ),
            "should-start-on-boot" => Self::StartsOnBoot(truth()?),
            _ => match value.split_once(':') {
                Some((source, to)) => {
                    Self::Volume { source: source.to_owned(), destination: Some(to.to_owned()) }
                }
                None => Self::Volume { source: value.to_owned(), destination: None },
            },
        })
    }

    fn same_key(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn fits(&self, container: &SeenContainer) -> bool {
        let spec = container.spec.as_ref();
        match self {
            Self::Id(pattern) => pattern.fits(container.id.as_str()),
            Self::Name(pattern) => pattern.fits(&container.name),
            // Two have one word.
            Self::Status(phase) => phase.is_some_and(|phase| phase.word() == container.phase.word()),
            Self::Label { key, value, has } => {
                let have = spec.and_then(|spec| spec.labels.get(key));
                let fits = have.is_some_and(|have| value.as_ref().is_none_or(|want| want == have));
                fits == *has
            }
            Self::Ancestor { text, image } => spec.and_then(|spec| spec.image.as_ref()).is_some_and(|from| {
                let id = text.strip_prefix("sha256:").unwrap_or(text);
                image.as_ref() == Some(&from.id)
                    || (id.len() >= 3 && from.id.hex().starts_with(id))
                    || images::name_fits(text, &from.name)
            }),
            Self::Exited(code) => container.phase == Phase::Exited && container.state.exit_code == *code,
            Self::Before(time) | Self::Until(time) => container.created_ms < *time,
            Self::Since(time) => container.created_ms > *time,
            Self::Command(pattern) => {
                spec.and_then(|spec| spec.process.args.first()).is_some_and(|program| pattern.fits(program))
            }
            Self::Health(status) => {
                container.health.as_ref().map_or("", |health| health.status.word()) == status
            }
            Self::Never => false,
            Self::Always => true,
            Self::Network(name) => {
                spec.is_some_and(|spec| network(&spec.namespaces.net, spec.network.mode) == *name)
            }
            Self::RestartPolicy(name) => spec.is_some_and(|spec| policy_name(spec.restart) == *name),
            Self::StartsOnBoot(want) => {
                let starts = spec.is_some_and(|spec| match spec.restart {
                    RestartPolicy::Always => true,
                    RestartPolicy::UnlessStopped => !container.state.stopped_by_user,
                    RestartPolicy::No | RestartPolicy::OnFailure { .. } => false,
                });
                starts == *want
            }
            Self::Volume { source, destination } => spec.is_some_and(|spec| {
                spec.mounts.iter().any(|mount| {
                    let from = match &mount.kind {
                        MountKind::Bind { source, .. } => source.to_str().unwrap_or_default(),
                        MountKind::Volume { name } => name,
                        _ => return false,
                    };
                    match destination {
                        Some(to) => from == source && mount.destination == *to,
                        None => from == source || mount.destination == *source,
                    }
                })
            }),
        }
    }
}

impl Pattern {
    fn new(text: &str) -> Option<Self> {
        Regex::new(text).ok().map(Self)
    }

    fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The words of podman and docker; the inner none is for what no container ever is.
fn status(word: &str) -> Option<Option<Phase>> {
    Some(Some(match word {
        "created" | "configured" => Phase::Created,
        "initialized" => Phase::Initialized,
        "running" => Phase::Running,
        "paused" => Phase::Paused,
        "stopping" => Phase::Stopping,
        "restarting" => Phase::Restarting,
        "exited" | "stopped" => Phase::Exited,
        "unknown" | "dead" => Phase::Unknown,
        "removing" => return Some(None),
        _ => return None,
    }))
}

/// What `--network` was, as far as that is a name.
fn network(namespace: &NsMode, mode: NetworkMode) -> String {
    match (namespace, mode) {
        (NsMode::Private, NetworkMode::None) => "none".to_owned(),
        (NsMode::Private, NetworkMode::Slirp4netns { .. }) => "slirp4netns".to_owned(),
        (NsMode::Host, _) => "host".to_owned(),
        (NsMode::Container(id), _) => format!("container:{id}"),
        (NsMode::Path(path), _) => format!("ns:{}", path.display()),
    }
}

/// docker's and podman's names.
const POLICIES: [&str; 4] = ["no", "on-failure", "always", "unless-stopped"];

fn policy(word: &str) -> Option<&'static str> {
    let word = if matches!(word, "none" | "") { "no" } else { word };
    POLICIES.into_iter().find(|policy| *policy == word)
}

/// The policy's name.
pub(super) fn policy_name(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::No => POLICIES[0],
        RestartPolicy::OnFailure { .. } => POLICIES[1],
        RestartPolicy::Always => POLICIES[2],
        RestartPolicy::UnlessStopped => POLICIES[3],
    }
}

/// A time as `until` takes it, in milliseconds since the epoch.
fn moment(text: &str) -> Result<i64, OpsError> {
    Ok(clock::resolve(moment::parse("--filter until", text, Direction::Back)?, clock::now()).milliseconds())
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
