//! `--filter` of `events`: podman's keys, and podman's and docker's words for what happens. Those of one key are
//! alternatives; different keys, and labels, must all fit.

use super::SpecError;
use crate::model::{Action, Event, EventKind, Reference, nearest};

/// podman-events(1), and docker's `network`.
const KEYS: [&str; 7] = ["container", "event", "image", "label", "network", "type", "volume"];

/// docker's words, and what podman says in its documentation, for what has another name here.
const ALIASES: [(&str, Action); 9] = [
    ("delete", Action::Remove),
    ("destroy", Action::Remove),
    ("die", Action::Died),
    ("exec_create", Action::Exec),
    ("exec_die", Action::ExecDied),
    ("exec_start", Action::Exec),
    ("exited", Action::Died),
    ("load", Action::LoadFromArchive),
    ("loadFromArchive", Action::LoadFromArchive),
];

/// Which events are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter(Vec<Wanted>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Container(String),
    Event { action: Action, health: Option<String> },
    Image(String),
    Label { key: String, value: Option<String> },
    Network(String),
    Kind(EventKind),
    Volume(String),
}

impl EventFilter {
    /// Reads filters.
    ///
    /// # Errors
    /// A key that there is not, a value that no event can have.
    pub fn parse(texts: &[String]) -> Result<Self, SpecError> {
        texts.iter().map(|text| Wanted::parse(text)).collect::<Result<_, _>>().map(Self)
    }

    /// Is the event wanted?
    pub fn fits(&self, event: &Event) -> bool {
        self.0.iter().all(|wanted| match wanted {
            Wanted::Label { .. } => wanted.fits(event),
            _ => self.0.iter().filter(|other| wanted.same_key(other)).any(|other| other.fits(event)),
        })
    }
}

impl Wanted {
    fn parse(text: &str) -> Result<Self, SpecError> {
        let refuse = |why: String| SpecError::flag("--filter", text, why);
        let Some((key, value)) = text.split_once('=') else {
            return Err(refuse("want KEY=VALUE".to_owned()));
        };
        let value = value.to_owned();
        Ok(match key.to_ascii_lowercase().as_str() {
            "container" => Self::Container(value),
            "event" | "status" => return Self::event(&value).map_err(refuse),
            "image" => Self::Image(value),
            "label" => match value.split_once('=') {
                Some((key, value)) => Self::Label { key: key.to_owned(), value: Some(value.to_owned()) },
                None => Self::Label { key: value, value: None },
            },
            "network" => Self::Network(value),
            "type" => match EventKind::ALL.into_iter().find(|kind| kind.word() == value) {
                Some(kind) => Self::Kind(kind),
                None => {
                    let all = EventKind::ALL.map(EventKind::word).join(", ");
                    return Err(refuse(format!("rctr has events of the types {all}")));
                }
            },
            "volume" => Self::Volume(value),
            _ => {
                let near = nearest(key, KEYS).map(|near| format!("; did you mean {near}?"));
                let all = KEYS.join(", ");
                return Err(refuse(format!(
                    "{key} is an invalid filter: there are {all}{}",
                    near.unwrap_or_default()
                )));
            }
        })
    }

    /// docker says how a container's health is in the event's name: `health_status: healthy`.
    fn event(value: &str) -> Result<Self, String> {
        let (word, health) = match value.split_once(':') {
            Some((word, health)) if word == Action::HealthStatus.word() => {
                (word, Some(health.trim().to_owned()))
            }
            _ => (value, None),
        };
        let known = Action::WORDS.into_iter().map(|(action, word)| (word, action)).chain(ALIASES);
        match known.clone().find(|(known, _)| *known == word) {
            Some((_, action)) => Ok(Self::Event { action, health }),
            None => Err(match nearest(word, known.map(|(word, _)| word)) {
                Some(near) => format!("no event is called so; did you mean {near}?"),
                None => "no event is called so".to_owned(),
            }),
        }
    }

    fn same_key(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn fits(&self, event: &Event) -> bool {
        let is = |kind: EventKind| event.kind == kind;
        match self {
            Self::Container(text) => is(EventKind::Container) && named(event, text),
            Self::Event { action, health } => {
                event.action == *action && health.as_ref().is_none_or(|health| event.health_status == *health)
            }
            Self::Image(text) => {
                let id = text.strip_prefix("sha256:").unwrap_or(text);
                let names = Reference::candidates(text).unwrap_or_default();
                is(EventKind::Image)
                    && (named(event, id) || names.iter().any(|name| name.to_string() == event.name))
            }
            Self::Label { key, value } => {
                event.attributes.get(key).is_some_and(|have| value.as_ref().is_none_or(|want| want == have))
            }
            Self::Network(text) => {
                (is(EventKind::Network) && named(event, text)) || (!text.is_empty() && event.network == *text)
            }
            Self::Kind(kind) => is(*kind),
            Self::Volume(text) => is(EventKind::Volume) && event.name == *text,
        }
    }
}

/// By name, or by the beginning of the id.
fn named(event: &Event, text: &str) -> bool {
    !text.is_empty() && (event.name == text || event.id.starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn event(kind: EventKind, action: Action, name: &str) -> Event {
        let id = Digest::from_bytes(&[0xab; 32]);
        let event = Event::image(jiff::Timestamp::UNIX_EPOCH, action, &id, name).attribute("k", "v");
        Event { kind, network: "lan".to_owned(), ..event }
    }

    #[test]
    fn filters_fit_as_podman_and_docker_say() {
        let died = event(EventKind::Container, Action::Died, "web").exit_code(3);
        let tag = event(EventKind::Image, Action::Tag, "docker.io/library/busybox:latest");
        let sick = event(EventKind::Container, Action::HealthStatus, "db").health("unhealthy");
        for (filters, fit) in [
            ("", [true, true, true]),
            ("container=web", [true, false, false]),
            ("container=abab", [true, false, true]),
            ("container=", [false, false, false]),
            ("container=web container=db", [true, false, true]),
            ("event=died", [true, false, false]),
            ("event=die", [true, false, false]),
            ("status=exited", [true, false, false]),
            ("event=die event=tag", [true, true, false]),
            ("event=tag container=web", [false, false, false]),
            ("event=health_status", [false, false, true]),
            ("event=health_status:unhealthy", [false, false, true]),
            ("event=health_status:healthy", [false, false, false]),
            ("image=busybox", [false, true, false]),
            ("image=docker.io/library/busybox:latest", [false, true, false]),
            ("image=sha256:abab", [false, true, false]),
            ("image=other", [false, false, false]),
            ("label=k", [true, true, true]),
            ("label=k=v label=k=w", [false, false, false]),
            ("network=lan type=container", [true, false, true]),
            ("TYPE=image", [false, true, false]),
            ("volume=web", [false, false, false]),
        ] {
            let texts: Vec<String> = filters.split_whitespace().map(str::to_owned).collect();
            let filter = EventFilter::parse(&texts).unwrap();
            assert_eq!([&died, &tag, &sick].map(|event| filter.fits(event)), fit, "{filters}");
        }
    }

    #[test]
    fn what_no_event_can_fit_is_refused() {
        for (text, why) in [
            ("foo", "want KEY=VALUE"),
            ("foo=x", "foo is an invalid filter: there are container, event"),
            ("daemon=x", "daemon is an invalid filter"),
            ("lable=x", "did you mean label?"),
            ("type=daemon", "rctr has events of the types container, image"),
            ("event=nope", "no event is called so"),
            ("event=creat", "did you mean create?"),
        ] {
            let error = EventFilter::parse(&[text.to_owned()]).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("invalid --filter {text:?}: ")) && error.contains(why),
                "{error}"
            );
        }
    }
}
