//! The texts of `--userns`, `--uidmap` and `--gidmap`.

use std::path::PathBuf;

use crate::model::nearest;
use crate::model::run_request::{IdMapEntry, UsernsRequest};
use crate::spec::SpecError;

const MODES: [&str; 7] = ["private", "host", "keep-id", "nomap", "auto", "container", "ns"];

/// Reads `--userns`.
pub fn userns(text: &str) -> Result<UsernsRequest, SpecError> {
    let refuse = |why: String| SpecError::flag("--userns", text, why);
    let (mode, rest) = text.split_once(':').map_or((text, None), |(mode, rest)| (mode, Some(rest)));
    let alone = |request| match rest {
        None => Ok(request),
        Some(rest) => Err(refuse(format!("{mode} takes nothing after it, and there is {rest:?}"))),
    };
    let number = |key: &str, value: &str| {
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        match value.parse::<u32>() {
            Ok(id) if digits && id < u32::MAX => Ok(id),
            _ => Err(refuse(format!("{key} {value:?} is not an id"))),
        }
    };
    match mode {
        "" | "private" => alone(UsernsRequest::Private),
        "host" => alone(UsernsRequest::Host),
        "nomap" => alone(UsernsRequest::NoMap),
        "keep-id" => {
            let (mut uid, mut gid, mut size) = (None, None, None);
            for field in rest.iter().flat_map(|rest| rest.split(',')) {
                let (key, value) = field.split_once('=').unwrap_or((field, ""));
                let slot = match key {
                    "uid" => &mut uid,
                    "gid" => &mut gid,
                    "size" => &mut size,
                    _ => {
                        return Err(refuse(format!(
                            "unknown option {field:?}: keep-id takes uid=, gid= and size="
                        )));
                    }
                };
                if slot.replace(number(key, value)?).is_some() {
                    return Err(refuse(format!("{key} is given twice")));
                }
            }
            match size {
                Some(0) => Err(refuse("size must not be 0".to_owned())),
                _ => Ok(UsernsRequest::KeepId { uid, gid, size }),
            }
        }
        "auto" => {
            let mut size = None;
            for field in rest.iter().flat_map(|rest| rest.split(',')) {
                match field.split_once('=') {
                    Some(("size", value)) if size.is_none() => size = Some(number("size", value)?),
                    Some(("size", _)) => return Err(refuse("size is given twice".to_owned())),
                    Some(("uidmapping" | "gidmapping", _)) => {
                        return Err(refuse(format!("{field:?} is not supported: --uidmap says it all")));
                    }
                    _ => return Err(refuse(format!("unknown option {field:?}: auto takes size="))),
                }
            }
            match size {
                Some(0) => Err(refuse("size must not be 0".to_owned())),
                _ => Ok(UsernsRequest::Auto { size }),
            }
        }
        "container" => match rest {
            None | Some("") => Err(refuse("want container:NAME".to_owned())),
            Some(name) => Ok(UsernsRequest::Container(name.to_owned())),
        },
        "ns" => match rest {
            Some(path) if path.starts_with('/') => Ok(UsernsRequest::Path(PathBuf::from(path))),
            _ => Err(refuse("want ns:PATH with an absolute path".to_owned())),
        },
        _ => Err(refuse(match nearest(mode, MODES) {
            Some(near) => format!("unknown mode {mode:?}, did you mean {near}?"),
            None => format!("unknown mode {mode:?}: want one of {}", MODES.join(", ")),
        })),
    }
}

/// Reads one `--uidmap` or `--gidmap`: `CONTAINER:[@]HOST[:SIZE]`.
pub fn map_entry(flag: &'static str, text: &str) -> Result<IdMapEntry, SpecError> {
    let refuse = |why: String| SpecError::flag(flag, text, why);
    if text.starts_with(['+', 'u', 'g']) {
        return Err(refuse(format!("the mark {:?} is not supported: write the whole map", &text[..1])));
    }
    let number = |what: &str, part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match part.parse::<u32>() {
            Ok(id) if digits && id < u32::MAX => Ok(id),
            _ => Err(refuse(format!("the {what} {part:?} is not an id"))),
        }
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (container, outside, size) = match parts.as_slice() {
        [container, outside] => (*container, *outside, "1"),
        [container, outside, size] => (*container, *outside, *size),
        _ => return Err(refuse("want CONTAINER:HOST[:SIZE]".to_owned())),
    };
    let (absolute, outside) = outside.strip_prefix('@').map_or((false, outside), |rest| (true, rest));
    let entry = IdMapEntry {
        container: number("container id", container)?,
        host: number("host id", outside)?,
        size: number("size", size)?,
        absolute,
    };
    let ends = [entry.container, entry.host].map(|first| first.checked_add(entry.size));
    match (entry.size, ends) {
        (0, _) => Err(refuse("the size must not be 0".to_owned())),
        (_, [Some(_), Some(_)]) => Ok(entry),
        _ => Err(refuse("it goes beyond the last id".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let keep = |uid, gid, size| UsernsRequest::KeepId { uid, gid, size };
        for (text, want) in [
            ("", UsernsRequest::Private),
            ("private", UsernsRequest::Private),
            ("host", UsernsRequest::Host),
            ("nomap", UsernsRequest::NoMap),
            ("keep-id", keep(None, None, None)),
            ("keep-id:uid=5", keep(Some(5), None, None)),
            ("keep-id:uid=5,gid=6", keep(Some(5), Some(6), None)),
            ("keep-id:gid=0,size=1000", keep(None, Some(0), Some(1000))),
            ("auto", UsernsRequest::Auto { size: None }),
            ("auto:size=4096", UsernsRequest::Auto { size: Some(4096) }),
            ("container:web", UsernsRequest::Container("web".to_owned())),
            ("ns:/proc/1/ns/user", UsernsRequest::Path("/proc/1/ns/user".into())),
        ] {
            assert_eq!(userns(text).unwrap(), want, "{text}");
        }
        for (text, why) in [
            ("keepid", "unknown mode \"keepid\", did you mean keep-id?"),
            ("keep_id", "did you mean keep-id?"),
            ("hots", "did you mean host?"),
            ("banana", "unknown mode \"banana\": want one of"),
            ("host:x", "host takes nothing after it, and there is \"x\""),
            ("nomap:size=5", "nomap takes nothing"),
            ("keep-id:", "unknown option \"\""),
            ("keep-id:uid", "uid \"\" is not an id"),
            ("keep-id:uid=x", "uid \"x\" is not an id"),
            ("keep-id:uid=-1", "uid \"-1\" is not an id"),
            ("keep-id:uid=+1", "uid \"+1\" is not an id"),
            ("keep-id:uid=4294967295", "is not an id"),
            ("keep-id:uid=1,uid=2", "uid is given twice"),
            ("keep-id:user=1", "unknown option \"user=1\""),
            ("keep-id:size=0", "size must not be 0"),
            ("auto:size=0", "size must not be 0"),
            ("auto:size=1,size=2", "given twice"),
            ("auto:uidmapping=0:1:2", "--uidmap says it all"),
            ("auto:x", "unknown option \"x\""),
            ("container", "want container:NAME"),
            ("container:", "want container:NAME"),
            ("ns:", "absolute path"),
            ("ns:proc", "absolute path"),
        ] {
            let error = userns(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn entries() {
        for (text, container, host, size, absolute) in [
            ("0:1:2", 0, 1, 2, false),
            ("0:1", 0, 1, 1, false),
            ("5:@1000:1", 5, 1000, 1, true),
            ("5:@1000", 5, 1000, 1, true),
            ("0:0:4294967294", 0, 0, 4_294_967_294, false),
        ] {
            let want = IdMapEntry { container, host, size, absolute };
            assert_eq!(map_entry("--uidmap", text).unwrap(), want, "{text}");
        }
        for (text, why) in [
            ("", "want CONTAINER:HOST[:SIZE]"),
            ("0", "want CONTAINER:HOST[:SIZE]"),
            ("0:1:2:3", "want CONTAINER:HOST[:SIZE]"),
            ("x:1:2", "container id \"x\""),
            ("0:x:2", "host id \"x\""),
            ("0:1:x", "size \"x\""),
            ("0:1:", "size \"\""),
            ("0:-1:1", "host id \"-1\""),
            ("0:@:1", "host id \"\""),
            ("0:1:0", "size must not be 0"),
            ("2:2:4294967294", "goes beyond"),
            ("+0:1:2", "the mark \"+\" is not supported"),
            ("u0:1:2", "the mark \"u\""),
            ("g0:1:2", "the mark \"g\""),
        ] {
            let error = map_entry("--uidmap", text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("--uidmap"), "{text}: {error}");
        }
    }
}
