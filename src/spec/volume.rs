//! `-v SRC:DST[:OPTIONS]` and `-v DST`.

use std::path::PathBuf;

use super::SpecError;
use super::mount_options::{Words, destination, unknown};
use crate::model::{MountKind, MountOptions, MountSpec};

const FLAG: &str = "--volume";

/// Reads one `--volume`. A bind source may be relative (`./x`, `..`); a bare word would be a named volume.
///
/// A missing source is an error, as podman has it: docker's habit of making the directory turns every slip of the
/// pen into an empty mount.
pub fn parse(text: &str) -> Result<MountSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let parts: Vec<&str> = text.split(':').collect();
    let (source, inside, options) = match parts.as_slice() {
        [inside] => (None, *inside, ""),
        [source, inside] => (Some(*source), *inside, ""),
        [source, inside, options] => (Some(*source), *inside, *options),
        _ => return Err(refuse("too many colons: want [SOURCE:]DESTINATION[:OPTIONS]".to_owned())),
    };
    let destination = destination(FLAG, text, inside)?;
    let mut words = Words::default();
    for word in options.split(',') {
        match words.take(word).map_err(refuse)? {
            true => {}
            false if matches!(word, "copy" | "nocopy") => {
                return Err(refuse(format!("{word:?} is for named volumes, which are not there yet")));
            }
            false => return Err(unknown(FLAG, text, word)),
        }
    }
    let options = words.options(MountOptions::default());
    let Some(source) = source else {
        return Ok(MountSpec {
            kind: MountKind::Volume { name: name_of(&destination) },
            destination,
            options,
        });
    };
    let source = match source {
        "" => return Err(refuse("no source before the first colon".to_owned())),
        _ if source.contains('\0') => return Err(refuse("a path holds no NUL".to_owned())),
        _ if source.starts_with(['/', '.']) => PathBuf::from(source),
        _ if source.starts_with("~/") => {
            return Err(refuse(format!("the shell did not expand {source:?}: write $HOME{}", &source[1..])));
        }
        _ if source.contains('/') => {
            return Err(refuse(format!("a relative source begins with ./, so ./{source}")));
        }
        _ => {
            return Err(refuse(format!(
                "named volumes are not there yet; for the directory of that name write ./{source}"
            )));
        }
    };
    let recursive = words.recursive.unwrap_or(true);
    Ok(MountSpec { destination, kind: MountKind::Bind { source, recursive, create_source: false }, options })
}

/// A name for the anonymous volume at a cleaned path: its components joined, escaped where two could meet.
pub fn name_of(destination: &str) -> String {
    let mut name = String::new();
    for c in destination.trim_start_matches('/').chars() {
        match c {
            '/' => name.push('-'),
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') => name.push(c),
            c => name.push_str(&format!("%{:x}", u32::from(c))),
        }
    }
    match name.char_indices().nth(200) {
        // too long for a file name: the beginning and a sum of the whole
        Some((end, _)) => format!("{}%{:016x}", &name[..end], fnv1a(destination.as_bytes())),
        None => name,
    }
}

/// Fowler, Noll and Vo's hash: only to tell long names apart, not against malice.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "volume_tests.rs"]
mod tests;
