//! `--tmpfs DST[:OPTIONS]`.

use super::mount_options::{Words, destination, unknown};
use super::{SpecError, size};
use crate::model::{MountKind, MountOptions, MountSpec};

const FLAG: &str = "--tmpfs";
/// Flags of a tmpfs unless said otherwise (docker-run(1) and podman-run(1) agree).
pub(super) const OPTIONS: MountOptions = MountOptions {
    readonly: false,
    nosuid: true,
    nodev: true,
    noexec: true,
    noatime: false,
    strictatime: false,
    allowed: crate::model::Allowed::NOTHING,
    propagation: crate::model::Propagation::Rprivate,
};

/// Reads one `--tmpfs`.
pub fn parse(text: &str) -> Result<MountSpec, SpecError> {
    let (inside, options) = text.split_once(':').unwrap_or((text, ""));
    let destination = destination(FLAG, text, inside)?;
    let mut wanted = Wanted::default();
    for word in options.split(',') {
        if !wanted.take(FLAG, text, word)? {
            return Err(unknown(FLAG, text, word));
        }
    }
    Ok(wanted.mount(destination))
}

/// What was said about a tmpfs.
#[derive(Default)]
pub(super) struct Wanted {
    words: Words,
    size: Option<u64>,
    mode: Option<u32>,
    no_copy: bool,
}

impl Wanted {
    /// Takes one option; `Ok(false)`: not one of a tmpfs.
    pub fn take(&mut self, flag: &'static str, text: &str, word: &str) -> Result<bool, SpecError> {
        let refuse = |why: String| SpecError::flag(flag, text, why);
        match word.split_once('=').unwrap_or((word, "")) {
            ("size" | "tmpfs-size", value) => match value.strip_suffix('%') {
                Some(_) => return Err(refuse(format!("{value:?}: give the size in bytes, like 64m"))),
                None => {
                    let part = |e| match e {
                        SpecError::Flag { why, .. } => refuse(format!("size {value:?}: {why}")),
                        other => other,
                    };
                    self.size = Some(size::parse(flag, value).map_err(part)?).filter(|size| *size > 0);
                }
            },
            ("mode" | "tmpfs-mode", value) => {
                let octal =
                    value.bytes().all(|b| (b'0'..=b'7').contains(&b)) && (1..=4).contains(&value.len());
                match u32::from_str_radix(value, 8) {
                    Ok(mode) if octal => self.mode = Some(mode),
                    _ => return Err(refuse(format!("mode {value:?} is not octal, like 1777"))),
                }
            }
            ("tmpcopyup", "") => self.no_copy = false,
            ("notmpcopyup", "") => self.no_copy = true,
            ("bind" | "rbind", "") => return Ok(false),
            ("uid" | "gid" | "nr_inodes" | "nr_blocks" | "huge" | "mpol", _) => {
                return Err(refuse(format!("{word:?} is not supported")));
            }
            _ => return self.words.take(word).map_err(refuse),
        }
        Ok(true)
    }

    /// The mount.
    pub fn mount(self, destination: String) -> MountSpec {
        let kind = MountKind::Tmpfs { size: self.size, mode: self.mode, copy_up: !self.no_copy };
        MountSpec { destination, kind, options: self.words.options(OPTIONS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken() {
        let tmpfs = |size, mode, copy_up| MountKind::Tmpfs { size, mode, copy_up };
        for (text, destination, kind, flags) in [
            ("/t", "/t", tmpfs(None, None, true), [false, true, true, true]),
            ("/t/", "/t", tmpfs(None, None, true), [false, true, true, true]),
            ("/t:", "/t", tmpfs(None, None, true), [false, true, true, true]),
            ("/t:size=64m", "/t", tmpfs(Some(64 << 20), None, true), [false, true, true, true]),
            ("/t:size=0", "/t", tmpfs(None, None, true), [false, true, true, true]),
            ("/t:mode=700", "/t", tmpfs(None, Some(0o700), true), [false, true, true, true]),
            ("/t:mode=0755,size=1k", "/t", tmpfs(Some(1024), Some(0o755), true), [false, true, true, true]),
            ("/t:rw,exec,suid,dev", "/t", tmpfs(None, None, true), [false, false, false, false]),
            ("/t:rw,noexec,nosuid,nodev", "/t", tmpfs(None, None, true), [false, true, true, true]),
            ("/t:ro,notmpcopyup", "/t", tmpfs(None, None, false), [true, true, true, true]),
            ("/t:tmpcopyup", "/t", tmpfs(None, None, true), [false, true, true, true]),
        ] {
            let mount = parse(text).unwrap_or_else(|error| panic!("{error}"));
            let o = &mount.options;
            assert_eq!(
                (mount.destination.as_str(), mount.kind, [o.readonly, o.nosuid, o.nodev, o.noexec]),
                (destination, kind, flags),
                "{text}"
            );
        }
    }

    #[test]
    fn refused() {
        for (text, why) in [
            ("", "no path inside"),
            ("t", "must be absolute"),
            ("/", "cannot be \"/\""),
            ("/t:size=", "size \"\": a size begins with a number"),
            ("/t:size=banana", "size \"banana\""),
            ("/t:size=50%", "give the size in bytes"),
            ("/t:mode=9", "mode \"9\" is not octal"),
            ("/t:mode=", "mode \"\" is not octal"),
            ("/t:mode=01777", "is not octal"),
            ("/t:sise=1", "unknown option \"sise=1\""),
            ("/t:rbind", "unknown option \"rbind\""),
            ("/t:uid=5", "\"uid=5\" is not supported"),
            ("/t:ro,rw", "contradicts"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
