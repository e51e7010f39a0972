//! `--mount type=bind|tmpfs|volume,KEY=VALUE…`.

use std::path::PathBuf;

use super::mount_options::{Words, destination, unknown};
use super::{SpecError, tmpfs, volume};
use crate::model::{MountKind, MountOptions, MountSpec, nearest};

const FLAG: &str = "--mount";

/// Reads one `--mount`. Without a type it is a volume, as docker and podman have it.
pub fn parse(text: &str) -> Result<MountSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let fields: Vec<(&str, Option<&str>)> = split(text)
        .map_err(refuse)?
        .into_iter()
        .map(|field| field.split_once('=').map_or((field, None), |(key, value)| (key, Some(value))))
        .collect();
    let mut kind = None;
    let mut rest = Vec::new();
    for (key, value) in fields {
        match (key, value) {
            ("type", Some(value)) if kind.is_none() => kind = Some(value),
            ("type", _) => return Err(refuse("type is given twice or without a value".to_owned())),
            field => rest.push(field),
        }
    }
    match kind.unwrap_or("volume") {
        "bind" => bind(text, &rest),
        "tmpfs" => memory(text, &rest),
        "volume" => anonymous(text, &rest),
        known @ ("image" | "devpts" | "glob" | "ramfs" | "artifact" | "npipe" | "cluster") => {
            Err(refuse(format!("type {known:?} is not supported yet: bind, tmpfs and volume are")))
        }
        other => Err(refuse(match nearest(other, ["bind", "tmpfs", "volume"]) {
            Some(near) => format!("unknown type {other:?}, did you mean {near}?"),
            None => format!("unknown type {other:?}: want bind, tmpfs or volume"),
        })),
    }
}

type Field<'a> = (&'a str, Option<&'a str>);

fn bind(text: &str, fields: &[Field<'_>]) -> Result<MountSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let mut places = Places::default();
    let mut words = Words::default();
    let mut flat = None;
    for (key, value) in fields {
        if places.take(text, key, *value)? {
            continue;
        }
        let taken = match (*key, *value) {
            ("bind-propagation", Some(word)) => propagation(&mut words, word).map_err(refuse)?,
            ("bind-nonrecursive", value) => {
                flat = Some(truth(value).ok_or_else(|| refuse(format!("{key} is true or false")))?);
                true
            }
            ("bind-recursive", Some("enabled" | "writable" | "readonly")) => true,
            ("bind-recursive", Some("disabled")) => {
                flat = Some(true);
                true
            }
            ("consistency", Some(_)) => true,
            ("relabel", Some("shared" | "private")) => true,
            _ => common(&mut words, key, *value).map_err(refuse)?,
        };
        if !taken {
            return Err(unknown_field(text, key, &BIND));
        }
    }
    let source = match places.source {
        Some("") | None => return Err(refuse("a bind needs source=PATH".to_owned())),
        Some(source) if source.contains('\0') => return Err(refuse("a path holds no NUL".to_owned())),
        Some(source) => PathBuf::from(source),
    };
    let recursive = !flat.unwrap_or(words.recursive == Some(false));
    let destination = places.destination(text)?;
    let options = words.options(MountOptions::default());
    Ok(MountSpec { destination, kind: MountKind::Bind { source, recursive, create_source: false }, options })
}

fn memory(text: &str, fields: &[Field<'_>]) -> Result<MountSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let mut places = Places::default();
    let mut wanted = tmpfs::Wanted::default();
    for (key, value) in fields {
        if places.take(text, key, *value)? {
            continue;
        }
        let taken = match (*key, *value) {
            ("ro" | "readonly", value) => {
                let ro = truth(value).ok_or_else(|| refuse(format!("{key} is true or false")))?;
                wanted.take(FLAG, text, if ro { "ro" } else { "rw" })?
            }
            (key, None) => wanted.take(FLAG, text, key)?,
            (key, Some(value)) => wanted.take(FLAG, text, &format!("{key}={value}"))?,
        };
        if !taken {
            return Err(unknown_field(text, key, &TMPFS));
        }
    }
    if places.source.is_some() {
        return Err(refuse("a tmpfs has no source".to_owned()));
    }
    Ok(wanted.mount(places.destination(text)?))
}

fn anonymous(text: &str, fields: &[Field<'_>]) -> Result<MountSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let mut places = Places::default();
    let mut words = Words::default();
    for (key, value) in fields {
        if places.take(text, key, *value)? {
            continue;
        }
        if key.starts_with("volume-") {
            return Err(refuse(format!("{key:?} is for named volumes, which are not there yet")));
        }
        if !common(&mut words, key, *value).map_err(refuse)? {
            return Err(unknown_field(text, key, &VOLUME));
        }
    }
    if places.source.is_some_and(|source| !source.is_empty()) {
        return Err(refuse(
            "named volumes are not there yet: leave the source out, or use type=bind".to_owned(),
        ));
    }
    let destination = places.destination(text)?;
    let options = words.options(MountOptions::default());
    Ok(MountSpec { kind: MountKind::Volume { name: volume::name_of(&destination) }, destination, options })
}

const BIND: [&str; 16] = [
    "type",
    "source",
    "src",
    "target",
    "destination",
    "dst",
    "readonly",
    "ro",
    "rw",
    "bind-propagation",
    "bind-nonrecursive",
    "bind-recursive",
    "nosuid",
    "nodev",
    "noexec",
    "relabel",
];
const TMPFS: [&str; 12] = [
    "type",
    "target",
    "destination",
    "dst",
    "readonly",
    "ro",
    "tmpfs-size",
    "tmpfs-mode",
    "notmpcopyup",
    "nosuid",
    "nodev",
    "noexec",
];
const VOLUME: [&str; 10] =
    ["type", "source", "src", "target", "destination", "dst", "readonly", "ro", "nosuid", "noexec"];

fn unknown_field(text: &str, key: &str, known: &[&str]) -> SpecError {
    match nearest(key, known.iter().copied()) {
        Some(near) => SpecError::flag(FLAG, text, format!("unknown field {key:?}, did you mean {near}?")),
        None => unknown(FLAG, text, key),
    }
}

/// A field that stands for a word of `-v`, alone or with true or false.
fn common(words: &mut Words, key: &str, value: Option<&str>) -> Result<bool, String> {
    let opposite = match key {
        "ro" | "readonly" => "rw",
        "rw" => "ro",
        "nosuid" => "suid",
        "nodev" => "dev",
        "noexec" => "exec",
        "suid" => "nosuid",
        "dev" => "nodev",
        "exec" => "noexec",
        "noatime" => "atime",
        "U" | "chown" | "idmap" | "O" => return words.take(key),
        _ if value.is_none() => return words.take(key),
        _ => return Ok(false),
    };
    match truth(value) {
        Some(true) => words.take(key),
        Some(false) => words.take(opposite),
        None => Err(format!("{key} is true or false")),
    }
}

fn propagation(words: &mut Words, word: &str) -> Result<bool, String> {
    const KINDS: [&str; 8] =
        ["private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"];
    match KINDS.contains(&word) {
        true => words.take(word),
        false => Err(match nearest(word, KINDS) {
            Some(near) => format!("unknown bind-propagation {word:?}, did you mean {near}?"),
            None => format!("unknown bind-propagation {word:?}"),
        }),
    }
}

fn truth(value: Option<&str>) -> Option<bool> {
    match value {
        None | Some("true" | "1" | "TRUE" | "True" | "t" | "T") => Some(true),
        Some("false" | "0" | "FALSE" | "False" | "f" | "F") => Some(false),
        Some(_) => None,
    }
}

/// From where to where.
#[derive(Default)]
struct Places<'a> {
    source: Option<&'a str>,
    target: Option<&'a str>,
}

impl<'a> Places<'a> {
    fn take(&mut self, text: &str, key: &str, value: Option<&'a str>) -> Result<bool, SpecError> {
        let slot = match key {
            "source" | "src" => &mut self.source,
            "target" | "destination" | "dst" => &mut self.target,
            _ => return Ok(false),
        };
        let Some(value) = value else {
            return Err(SpecError::flag(FLAG, text, format!("{key} needs a value")));
        };
        match slot.replace(value) {
            None => Ok(true),
            Some(_) => Err(SpecError::flag(FLAG, text, format!("{key} is given twice"))),
        }
    }

    fn destination(&self, text: &str) -> Result<String, SpecError> {
        match self.target {
            None => Err(SpecError::flag(FLAG, text, "a mount needs target=PATH")),
            Some(target) => destination(FLAG, text, target),
        }
    }
}

/// Splits at commas; a field in double quotes may hold some (it is one line of CSV to docker and podman).
fn split(text: &str) -> Result<Vec<&str>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').ok_or("a quote is not closed")?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        if field.is_empty() {
            return Err("an empty field".to_owned());
        }
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(fields),
            None => return Err(format!("{after:?} after a quote")),
        }
    }
}

#[cfg(test)]
#[path = "mount_flag_tests.rs"]
mod tests;
