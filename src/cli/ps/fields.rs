//! The fields of a container in a list: podman's, and docker's beside them.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::cli::{Failure, format, human};
use crate::model::MountKind;
use crate::ops::{ListedContainer, Phase, SeenContainer};
use crate::spec::size;

/// So many letters of a longer command are shown.
const COMMAND: usize = 17;
/// What Go has for a time that has not come, in seconds since the epoch.
const NEVER: i64 = -62_135_596_800;

/// The columns of `--ns`: field, name in procfs, key in podman's JSON.
pub(super) const NAMESPACES: [(&str, &str, &str); 7] = [
    ("Cgroup", "cgroup", "Cgroup"),
    ("IPC", "ipc", "Ipc"),
    ("MNT", "mnt", "Mnt"),
    ("NET", "net", "Net"),
    ("PIDNS", "pid", "Pidns"),
    ("User", "user", "User"),
    ("UTS", "uts", "Uts"),
];

/// The words over a column.
pub(super) fn heading(field: &str) -> String {
    let special = match field {
        "ID" => "CONTAINER ID",
        "Cgroup" => "CGROUPNS",
        "CreatedHuman" => "CREATED",
        "Pod" => "POD ID",
        "PodName" => "PODNAME",
        "User" => "USERNS",
        other => return format::heading(other),
    };
    special.to_owned()
}

/// One cell of a table without a template.
pub(super) fn cell<'a>(container: &'a ListedContainer, name: &str, whole: bool, now_ms: i64) -> Cow<'a, str> {
    let seen = &container.seen;
    match name {
        "ID" => id(seen, whole).into(),
        "Image" => image(seen).into(),
        "Command" => shown_command(seen, whole).into(),
        "CreatedHuman" => human::ago(seen.created_ms, now_ms).into(),
        "Status" => status(seen, now_ms).into(),
        "Names" => seen.name.as_str().into(),
        "Pid" => pid(seen).to_string().into(),
        "Size" => sizes(container).into(),
        other => namespace(container, other).into(),
    }
}

fn namespace(container: &ListedContainer, field: &str) -> String {
    let kind = NAMESPACES.iter().find(|(name, ..)| *name == field).map(|(_, kind, _)| *kind);
    kind.and_then(|kind| container.namespaces.get(kind)).map(u64::to_string).unwrap_or_default()
}

/// Every field, for a template.
pub(super) fn all(container: &ListedContainer, whole: bool, now_ms: i64) -> Value {
    let seen = &container.seen;
    let spec = seen.spec.as_ref();
    let since = human::ago(seen.created_ms, now_ms);
    let created = time(seen.created_ms);
    let namespaces: serde_json::Map<_, _> =
        NAMESPACES.iter().map(|(name, ..)| ((*name).to_owned(), namespace(container, name).into())).collect();
    let mut fields = json!({
        "AutoRemove": spec.is_some_and(|spec| spec.remove),
        "CIDFile": "",
        "Command": shown_command(seen, whole),
        "Created": created,
        "CreatedAt": created,
        "CreatedHuman": since,
        "ExitCode": seen.state.exit_code,
        "Exited": exited(seen),
        "ExitedAt": seconds(seen.state.finished_ms),
        "ID": id(seen, whole),
        "Image": image(seen),
        "ImageID": image_id(seen, whole),
        "IsInfra": false,
        "Labels": spec.map(|spec| json!(spec.labels)).unwrap_or_else(|| json!({})),
        "LocalVolumes": local_volumes(seen),
        "Mounts": mounts(seen),
        "Names": seen.name,
        "Namespaces": namespaces,
        "Networks": "",
        "Pid": pid(seen),
        "Pod": "",
        "PodName": "",
        "Ports": "",
        "Restarts": seen.state.restarts,
        "RunningFor": since,
        "Size": sizes(container),
        "StartedAt": seconds(seen.state.started_ms),
        "State": seen.phase.word(),
        "Status": status(seen, now_ms),
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.extend(namespaces_flat(container));
    }
    fields
}

fn namespaces_flat(container: &ListedContainer) -> impl Iterator<Item = (String, Value)> {
    NAMESPACES.iter().map(|(name, ..)| ((*name).to_owned(), namespace(container, name).into()))
}

/// An object of `--format json`, with podman's keys.
pub(super) fn object(container: &ListedContainer, now_ms: i64) -> Value {
    let seen = &container.seen;
    let spec = seen.spec.as_ref();
    let namespaces: serde_json::Map<_, _> = NAMESPACES
        .iter()
        .filter_map(|(_, kind, key)| {
            Some(((*key).to_owned(), container.namespaces.get(kind)?.to_string().into()))
        })
        .collect();
    json!({
        "AutoRemove": spec.is_some_and(|spec| spec.remove),
        "Command": spec.map(|spec| &spec.process.args),
        "Created": seen.created_ms / 1000,
        "CreatedAt": human::ago(seen.created_ms, now_ms),
        "Exited": exited(seen),
        "ExitedAt": seconds(seen.state.finished_ms),
        "ExitCode": seen.state.exit_code,
        "Id": seen.id,
        "Image": image(seen),
        "ImageID": image_id(seen, true),
        "IsInfra": false,
        "Labels": spec.map(|spec| &spec.labels).filter(|labels| !labels.is_empty()),
        "Mounts": mounts(seen),
        "Names": [seen.name],
        "Namespaces": namespaces,
        "Networks": [],
        "Pid": pid(seen),
        "Pod": "",
        "PodName": "",
        "Ports": null,
        "Restarts": seen.state.restarts,
        "Size": container.size.map(|size| json!({ "rootFsSize": size.whole, "rwSize": size.writable })),
        "StartedAt": seconds(seen.state.started_ms),
        "State": seen.phase.word(),
        "Status": status(seen, now_ms),
    })
}

/// podman indents lists by two.
pub(super) fn json(objects: &[Value]) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(objects);
    text.map(|text| text + "\n").map_err(|e| Failure::new(format!("write JSON: {e}")))
}

pub(super) fn id(container: &SeenContainer, whole: bool) -> &str {
    if whole { container.id.as_str() } else { container.id.short() }
}

pub(super) fn command(container: &SeenContainer) -> String {
    container.spec.as_ref().map(|spec| spec.process.args.join(" ")).unwrap_or_default()
}

fn shown_command(container: &SeenContainer, whole: bool) -> String {
    let command = command(container);
    if !whole && command.chars().count() > COMMAND {
        return command.chars().take(COMMAND).chain("...".chars()).collect();
    }
    command
}

pub(super) fn image(container: &SeenContainer) -> &str {
    let image = container.spec.as_ref().and_then(|spec| spec.image.as_ref());
    image.map_or("", |image| image.name.as_str())
}

fn image_id(container: &SeenContainer, whole: bool) -> &str {
    let image = container.spec.as_ref().and_then(|spec| spec.image.as_ref());
    image.map_or("", |image| if whole { image.id.hex() } else { image.id.short() })
}

/// `Up 3 seconds (healthy)`, `Exited (0) 2 minutes ago`, `Created`.
pub(super) fn status(container: &SeenContainer, now_ms: i64) -> String {
    let state = &container.state;
    let status = match container.phase {
        Phase::Running => format!("Up {}", human::lasting(now_ms.saturating_sub(state.started_ms))),
        Phase::Exited => format!("Exited ({}) {}", state.exit_code, human::ago(state.finished_ms, now_ms)),
        // docker's: what it has just ended with.
        Phase::Restarting => {
            format!("Restarting ({}) {}", state.exit_code, human::ago(state.finished_ms, now_ms))
        }
        other => capital(other.word()),
    };
    match container.health.as_ref().filter(|_| container.phase.lives()) {
        Some(health) => format!("{status} ({})", health.status.word()),
        None => status,
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn exited(container: &SeenContainer) -> bool {
    container.phase == Phase::Exited
}

fn pid(container: &SeenContainer) -> i32 {
    if container.phase.lives() { container.state.pid } else { 0 }
}

/// Where the user's and the image's mounts are, sorted.
fn mounts(container: &SeenContainer) -> Vec<&str> {
    let mounts = container.spec.iter().flat_map(|spec| &spec.mounts);
    let shown = mounts.filter(|mount| match mount.kind {
        MountKind::Bind { .. } | MountKind::Volume { .. } => true,
        MountKind::Tmpfs { .. } => mount.destination != "/dev/shm",
        _ => false,
    });
    let mut places: Vec<_> = shown.map(|mount| mount.destination.as_str()).collect();
    places.sort_unstable();
    places
}

fn local_volumes(container: &SeenContainer) -> usize {
    let mounts = container.spec.iter().flat_map(|spec| &spec.mounts);
    mounts.filter(|mount| matches!(mount.kind, MountKind::Volume { .. })).count()
}

/// `12B (virtual 1.98MB)`.
fn sizes(container: &ListedContainer) -> String {
    let text = container
        .size
        .map(|size| format!("{} (virtual {})", size::human(size.writable, ""), size::human(size.whole, "")));
    text.unwrap_or_default()
}

fn seconds(ms: i64) -> i64 {
    if ms == 0 { NEVER } else { ms.div_euclid(1000) }
}

/// As Go writes a time: `2026-11-27 03:14:40.8 +0000 UTC`.
fn time(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default();
    time.replace('T', " ").replace('Z', " +0000 UTC")
}
