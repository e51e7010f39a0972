//! `--device HOST[:INSIDE][:PERMISSIONS]`.

use std::path::PathBuf;

use super::SpecError;
use super::mount_options::destination;
use crate::model::spec::DeviceSpec;

const FLAG: &str = "--device";

/// Reads one `--device`. A normal user makes no device nodes, so the host's node is bound; without `w` read-only.
pub fn parse(text: &str) -> Result<DeviceSpec, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let parts: Vec<&str> = text.split(':').collect();
    let (source, inside, permissions) = match parts.as_slice() {
        [source] => (*source, *source, "rwm"),
        [source, second] if second.starts_with('/') => (*source, *second, "rwm"),
        [source, second] => (*source, *source, *second),
        [source, inside, permissions] => (*source, *inside, *permissions),
        _ => return Err(refuse("too many colons: want HOST[:INSIDE][:PERMISSIONS]".to_owned())),
    };
    if !source.starts_with('/') {
        return Err(match source.split_once('=') {
            Some((kind, _)) if kind.contains('/') => {
                refuse(format!("{source:?} is a CDI name, which is not supported yet: give paths below /dev"))
            }
            _ => refuse(format!("the device {source:?} is not an absolute path")),
        });
    }
    if source.contains('\0') {
        return Err(refuse("a path holds no NUL".to_owned()));
    }
    let known = |c: char| matches!(c, 'r' | 'w' | 'm');
    let repeated = |c: char| permissions.matches(c).count() > 1;
    if permissions.is_empty() || !permissions.chars().all(known) || permissions.chars().any(repeated) {
        return Err(refuse(format!("permissions {permissions:?} are not made of r, w and m")));
    }
    if !permissions.contains('r') {
        return Err(refuse("a device without r cannot be given by binding it".to_owned()));
    }
    let destination = destination(FLAG, text, inside)?;
    Ok(DeviceSpec {
        source: PathBuf::from(source),
        destination,
        readonly: !permissions.contains('w'),
        node: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken() {
        for (text, source, destination, readonly) in [
            ("/dev/fuse", "/dev/fuse", "/dev/fuse", false),
            ("/dev/fuse:/dev/x", "/dev/fuse", "/dev/x", false),
            ("/dev/fuse:r", "/dev/fuse", "/dev/fuse", true),
            ("/dev/fuse:rw", "/dev/fuse", "/dev/fuse", false),
            ("/dev/fuse:rwm", "/dev/fuse", "/dev/fuse", false),
            ("/dev/fuse:rm", "/dev/fuse", "/dev/fuse", true),
            ("/dev/fuse:/dev/x:mr", "/dev/fuse", "/dev/x", true),
            ("/dev/dri", "/dev/dri", "/dev/dri", false),
            ("/dev/net/../fuse", "/dev/net/../fuse", "/dev/fuse", false),
        ] {
            let want = DeviceSpec {
                source: source.into(),
                destination: destination.to_owned(),
                readonly,
                node: None,
            };
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, why) in [
            ("", "\"\" is not an absolute path"),
            ("fuse", "\"fuse\" is not an absolute path"),
            ("nvidia.com/gpu=all", "is a CDI name"),
            ("/dev/a:/dev/b:rw:x", "too many colons"),
            ("/dev/a:", "permissions \"\""),
            ("/dev/a:x", "permissions \"x\""),
            ("/dev/a:rr", "permissions \"rr\""),
            ("/dev/a:/dev/b:rwx", "permissions \"rwx\""),
            ("/dev/a:w", "without r"),
            ("/dev/a:/:rw", "cannot be \"/\""),
            ("/dev/a\0", "no NUL"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
