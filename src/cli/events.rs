//! `rctr events`, also `rctr system events`: what happens, as it happens.

use std::io::{BufWriter, ErrorKind, Write};
use std::os::fd::AsFd;

use clap::Args;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};

use super::format::{self, Style};
use super::{Failure, output};
use crate::model::{Event, EventKind, EventsRequest, GlobalOptions};
use crate::ops;
use crate::spec::moment::{self, Direction};
use crate::sys::clock;

/// As podman shortens an id.
const SHORT: usize = 12;

/// Show what happens to containers and images, as it happens.
///
/// With --since or --until also what has happened before. The log keeps the last 12 MiB or so.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct EventsArgs {
    /// Show only some: container=, event=, image=, label=, network=, type=, volume=
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Print a JSON object a line (json), or fill a Go template for each event
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show whole ids [default: true]
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Show what happened since then: a time, a date, or a duration like 10m
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Go on showing what happens; =false ends with what has happened [default: true]
    #[arg(long)]
    stream: Option<bool>,
    /// Show what happens until then, and end
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// How an event is shown.
enum Look<'a> {
    Line { whole: bool },
    Json,
    Template(&'a str),
}

/// How late a clock here shows it is, and what that is called, at a time in seconds.
type Zone = fn(i64) -> (i32, String);

pub(super) fn run(args: EventsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let zone: Zone = clock::local_zone;
    let look = match args.format.as_deref().map(Style::parse) {
        None => Look::Line { whole: args.no_trunc.unwrap_or(true) },
        Some(Style::Json) => Look::Json,
        Some(Style::Rows(template)) => Look::Template(template),
        Some(Style::Table(_)) => {
            return Err(Failure::new("bad --format: events come one by one, not in a table"));
        }
    };
    // A template that cannot be filled is told of now, not when something happens.
    if let Look::Template(template) = look {
        format::rows(template, &[fields(&sample(), zone)])?;
    }
    let moment = |flag, text: Option<String>, direction| {
        text.map(|text| moment::parse(flag, &text, direction)).transpose()
    };
    let request = EventsRequest {
        filters: args.filter,
        since: moment("--since", args.since, Direction::Back)?,
        until: moment("--until", args.until, Direction::Ahead)?,
        stream: args.stream.unwrap_or(true),
    };
    let stdout = std::io::stdout();
    let mut out = BufWriter::new(stdout.lock());
    let mut failed = None;
    ops::events(&super::context(global)?, &request, stdout.as_fd(), &mut |event| {
        let written = match event {
            Some(event) => match look.show(event, zone) {
                Ok(line) => out.write_all(line.as_bytes()),
                Err(failure) => {
                    failed = Some(failure);
                    return false;
                }
            },
            None => out.flush(),
        };
        match written {
            Ok(()) => true,
            Err(error) => {
                failed = (error.kind() != ErrorKind::BrokenPipe).then(|| output::failed(&error));
                false
            }
        }
    })?;
    match failed {
        Some(failure) => Err(failure),
        None => Ok(0),
    }
}

impl Look<'_> {
    fn show(&self, event: &Event, zone: Zone) -> Result<String, Failure> {
        match self {
            Self::Line { whole } => Ok(line(event, zone, *whole)),
            Self::Json => Ok(object(event, zone).to_string() + "\n"),
            Self::Template(template) => format::rows(template, &[fields(event, zone)]),
        }
    }
}

/// podman's line.
fn line(event: &Event, zone: Zone, whole: bool) -> String {
    let id = if whole { event.id.as_str() } else { event.id.get(..SHORT).unwrap_or(&event.id) };
    let (kind, action, name) = (event.kind.word(), event.action.word(), &event.name);
    let mut line = format!("{} {kind} {action}", time(event, zone));
    match event.kind {
        EventKind::Container => {
            line.push_str(&format!(" {id} (image={}, name={name}", event.image));
            event.attributes.iter().for_each(|(key, value)| line.push_str(&format!(", {key}={value}")));
            if !event.health_status.is_empty() {
                line.push_str(&format!(", health_status={}", event.health_status));
            }
            line.push(')');
        }
        EventKind::Network => line.push_str(&format!(" {id} (container={id}, name={})", event.network)),
        EventKind::Image => line.push_str(&format!(" {id} {name}")),
        EventKind::System if name.is_empty() => {}
        EventKind::System | EventKind::Volume => line.push_str(&format!(" {name}")),
    }
    // Labels come from images: what would move the cursor, or make two lines of one, does not.
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).chain(['\n']).collect()
}

/// As Go prints a time.
fn time(event: &Event, zone: Zone) -> String {
    let (offset, name) = zone(event.time.as_second());
    format!("{} {name}", local(event, offset).strftime("%Y-%m-%d %H:%M:%S%.f %z"))
}

/// As Go writes a time in JSON.
fn rfc3339(event: &Event, zone: Zone) -> String {
    match zone(event.time.as_second()).0 {
        0 => event.time.to_string(),
        offset => local(event, offset).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
    }
}

fn local(event: &Event, offset: i32) -> jiff::Zoned {
    // No place on earth is further off.
    let offset = Offset::from_seconds(offset).unwrap_or(Offset::UTC);
    event.time.to_zoned(TimeZone::fixed(offset))
}

/// An object of `--format json`, with podman's keys.
fn object(event: &Event, zone: Zone) -> Value {
    let mut object = Map::new();
    let attributes = (event.kind == EventKind::Container).then_some(&event.attributes);
    for (key, value) in [
        ("ID", &event.id),
        ("Image", &event.image),
        ("Name", &event.name),
        ("health_status", &event.health_status),
        ("network", &event.network),
    ] {
        if !value.is_empty() {
            object.insert(key.to_owned(), json!(value));
        }
    }
    if let Some(code) = event.exit_code {
        object.insert("ContainerExitCode".to_owned(), json!(code));
    }
    object.insert("Attributes".to_owned(), json!(attributes));
    object.insert("Status".to_owned(), json!(event.action.word()));
    object.insert("Time".to_owned(), json!(rfc3339(event, zone)));
    object.insert("Type".to_owned(), json!(event.kind.word()));
    Value::Object(object)
}

/// docker's attributes of what it happened to: these say its name, and what podman has fields for.
fn actor_attributes(event: &Event) -> Value {
    let mut attributes = json!(event.attributes);
    for (key, value) in [("image", &event.image), ("name", &event.name)] {
        if !value.is_empty() {
            attributes[key] = json!(value);
        }
    }
    if let Some(code) = event.exit_code {
        attributes["exitCode"] = json!(code.to_string());
    }
    attributes
}

/// The fields of a template: podman's, and docker's Action, Actor, From, Scope and TimeNano.
fn fields(event: &Event, zone: Zone) -> Value {
    json!({
        "Action": event.action.word(),
        "Actor": { "ID": event.id, "Attributes": actor_attributes(event) },
        "Attributes": event.attributes,
        "ContainerExitCode": event.exit_code.unwrap_or_default(),
        "From": event.image,
        "HealthStatus": event.health_status,
        "ID": event.id,
        "Image": event.image,
        "Name": event.name,
        "Network": event.network,
        "Scope": "local",
        "Status": event.action.word(),
        "Time": time(event, zone),
        "TimeNano": i64::try_from(event.time.as_nanosecond()).unwrap_or(i64::MAX),
        "Type": event.kind.word(),
    })
}

fn sample() -> Event {
    Event::system(jiff::Timestamp::UNIX_EPOCH, crate::model::Action::Refresh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Digest};

    const UTC: Zone = |_| (0, "UTC".to_owned());
    const EAST: Zone = |_| (7200, "EET".to_owned());

    fn event(kind: EventKind, action: Action) -> Event {
        let time = "2026-11-27T03:16:02.54064717Z".parse().unwrap();
        Event { kind, ..Event::image(time, action, &Digest::from_bytes(&[0xab; 32]), "web") }
    }

    #[test]
    fn lines_are_podmans() {
        let id = "ab".repeat(32);
        let start = "2026-11-27 03:16:02.54064717 +0000 UTC";
        let mut container = event(EventKind::Container, Action::Died).attribute("a", "b\u{1b}[2J\nc");
        container.image = "localhost/bb:latest".to_owned();
        for (event, want) in [
            (
                container.clone(),
                format!("container died {id} (image=localhost/bb:latest, name=web, a=b [2J c)"),
            ),
            (event(EventKind::Image, Action::Tag), format!("image tag {id} web")),
            (event(EventKind::Volume, Action::Create), "volume create web".to_owned()),
            (sample_at(&container), "system refresh".to_owned()),
        ] {
            assert_eq!(line(&event, UTC, true), format!("{start} {want}\n"));
        }
        assert!(line(&container, UTC, false).contains(" died abababababab (image="));
        assert!(line(&container, EAST, true).starts_with("2026-11-27 05:16:02.54064717 +0200 EET container"));
    }

    fn sample_at(event: &Event) -> Event {
        Event { time: event.time, ..sample() }
    }

    #[test]
    fn json_and_templates_have_podmans_fields() {
        let died = event(EventKind::Container, Action::Died).exit_code(0);
        let id = "ab".repeat(32);
        let want = format!(
            r#"{{"Attributes":{{}},"ContainerExitCode":0,"ID":"{id}","Name":"web","Status":"died","Time":"2026-11-27T03:16:02.54064717Z","Type":"container"}}"#
        );
        assert_eq!(object(&died, UTC).to_string(), want);
        assert_eq!(object(&died, EAST)["Time"], "2026-11-27T05:16:02.54064717+02:00");
        let tag = event(EventKind::Image, Action::Tag);
        assert_eq!(object(&tag, UTC)["Attributes"], Value::Null);
        let template = "{{.Type}} {{.Action}} {{.Actor.ID}} {{.TimeNano}} {{.ContainerExitCode}}";
        let text = format::rows(template, &[fields(&died, UTC)]).unwrap();
        assert_eq!(text, format!("container died {id} 1795749362540647170 0\n"));
        let template = "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}} {{len .Attributes}}";
        assert_eq!(format::rows(template, &[fields(&died, UTC)]).unwrap(), "web 0 0\n");
    }
}
