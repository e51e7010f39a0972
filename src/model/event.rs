//! Something that happened, in podman's words: a line of the event log, and what `rctr events` shows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ContainerSpec, Digest};

/// Labels that are longer than this together, in bytes, are left out: whoever makes an image must not fill the log.
const LABELS_MAX: usize = 8 * 1024;

/// One event. The names of the fields on disk are those of `podman events --format json`; `Time` stands first, so that
/// the beginning of a line is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// When, in nanoseconds.
    pub time: Timestamp,
    /// To what kind of thing.
    #[serde(rename = "Type")]
    pub kind: EventKind,
    /// What.
    #[serde(rename = "Status")]
    pub action: Action,
    /// The thing's whole id.
    #[serde(rename = "ID", default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The image of a container.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// The network that a container was connected to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub network: String,
    /// What a container, or a program that was executed in it, ended with.
    #[serde(rename = "ContainerExitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// docker's word for a container's health.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub health_status: String,
    /// Labels, and what else is worth knowing (`signal`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Event {
    /// Something happened to a container.
    pub fn container(time: Timestamp, action: Action, spec: &ContainerSpec) -> Self {
        let length: usize = spec.labels.iter().map(|(key, value)| key.len() + value.len()).sum();
        Self {
            id: spec.id.to_string(),
            name: spec.name.clone(),
            image: spec.image.as_ref().map(|image| image.name.clone()).unwrap_or_default(),
            attributes: if length <= LABELS_MAX { spec.labels.clone() } else { BTreeMap::new() },
            ..Self::new(time, EventKind::Container, action)
        }
    }

    /// Something happened to an image; `name` is the name that it is about, or the archive.
    pub fn image(time: Timestamp, action: Action, id: &Digest, name: &str) -> Self {
        Self { id: id.hex().to_owned(), name: name.to_owned(), ..Self::new(time, EventKind::Image, action) }
    }

    /// Something happened to a volume.
    pub fn volume(time: Timestamp, action: Action, name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::new(time, EventKind::Volume, action) }
    }

    /// Something happened to the store.
    pub fn system(time: Timestamp, action: Action) -> Self {
        Self::new(time, EventKind::System, action)
    }

    /// With the code that something ended with.
    pub fn exit_code(mut self, code: i32) -> Self {
        self.exit_code = Some(code);
        self
    }

    /// With docker's word for its health.
    pub fn health(mut self, status: &str) -> Self {
        status.clone_into(&mut self.health_status);
        self
    }

    /// With one thing more that is worth knowing.
    pub fn attribute(mut self, key: &str, value: impl Into<String>) -> Self {
        self.attributes.insert(key.to_owned(), value.into());
        self
    }

    fn new(time: Timestamp, kind: EventKind, action: Action) -> Self {
        Self {
            time,
            kind,
            action,
            id: String::new(),
            name: String::new(),
            image: String::new(),
            network: String::new(),
            exit_code: None,
            health_status: String::new(),
            attributes: BTreeMap::new(),
        }
    }
}

/// What something happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // podman's words
pub enum EventKind {
    Container,
    Image,
    Network,
    System,
    Volume,
}

impl EventKind {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 5] = [Self::Container, Self::Image, Self::Network, Self::System, Self::Volume];

    /// podman's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::System => "system",
            Self::Volume => "volume",
        }
    }
}

/// What happened (podman-events(1); `oom` is docker's).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // podman's words
pub enum Action {
    Attach,
    Build,
    Cleanup,
    Commit,
    Connect,
    Create,
    Died,
    Disconnect,
    Exec,
    ExecDied,
    Export,
    HealthStatus,
    Import,
    Init,
    Kill,
    #[serde(rename = "loadfromarchive")]
    LoadFromArchive,
    Mount,
    Oom,
    Pause,
    Prune,
    Pull,
    Push,
    Refresh,
    Remove,
    Rename,
    Renumber,
    Restart,
    Save,
    Start,
    Stop,
    Sync,
    Tag,
    Unmount,
    Unpause,
    Untag,
    Update,
}

impl Action {
    /// Every action with its word, in the order of the words.
    pub const WORDS: [(Self, &'static str); 36] = [
        (Self::Attach, "attach"),
        (Self::Build, "build"),
        (Self::Cleanup, "cleanup"),
        (Self::Commit, "commit"),
        (Self::Connect, "connect"),
        (Self::Create, "create"),
        (Self::Died, "died"),
        (Self::Disconnect, "disconnect"),
        (Self::Exec, "exec"),
        (Self::ExecDied, "exec_died"),
        (Self::Export, "export"),
        (Self::HealthStatus, "health_status"),
        (Self::Import, "import"),
        (Self::Init, "init"),
        (Self::Kill, "kill"),
        (Self::LoadFromArchive, "loadfromarchive"),
        (Self::Mount, "mount"),
        (Self::Oom, "oom"),
        (Self::Pause, "pause"),
        (Self::Prune, "prune"),
        (Self::Pull, "pull"),
        (Self::Push, "push"),
        (Self::Refresh, "refresh"),
        (Self::Remove, "remove"),
        (Self::Rename, "rename"),
        (Self::Renumber, "renumber"),
        (Self::Restart, "restart"),
        (Self::Save, "save"),
        (Self::Start, "start"),
        (Self::Stop, "stop"),
        (Self::Sync, "sync"),
        (Self::Tag, "tag"),
        (Self::Unmount, "unmount"),
        (Self::Unpause, "unpause"),
        (Self::Untag, "untag"),
        (Self::Update, "update"),
    ];

    /// podman's word.
    pub fn word(self) -> &'static str {
        // The table is in the order of the enum, as the test below says.
        Self::WORDS[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_on_disk() {
        for (index, (action, word)) in Action::WORDS.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(action).unwrap(), word);
            assert_eq!((action as usize, action.word()), (index, word));
        }
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
    }

    #[test]
    fn a_line_has_podmans_fields_and_reads_back() {
        let time: Timestamp = "2026-11-27T03:16:02.54064717Z".parse().unwrap();
        let id = Digest::from_bytes(&[7; 32]);
        let event = Event::image(time, Action::LoadFromArchive, &id, "s.tar").attribute("k", "v");
        let line = serde_json::to_string(&event).unwrap();
        let want = format!(
            r#"{{"Time":"2026-11-27T03:16:02.54064717Z","Type":"image","Status":"loadfromarchive","ID":"{}","Name":"s.tar","Attributes":{{"k":"v"}}}}"#,
            "07".repeat(32)
        );
        assert_eq!(line, want);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
