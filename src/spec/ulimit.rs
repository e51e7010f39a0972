//! `--ulimit NAME=SOFT[:HARD]` and `--ulimit host`.

use super::SpecError;
use crate::model::nearest;
use crate::model::spec::Rlimit;

/// getrlimit(2), without `RLIMIT_`, lower case.
pub const NAMES: [&str; 16] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];
const FLAG: &str = "--ulimit";

/// Reads every `--ulimit`; the last of a name counts.
///
/// `host` is podman's word for "as the caller has them", which is what a container gets anyway.
pub fn parse_all<S: AsRef<str>>(texts: &[S]) -> Result<Vec<Rlimit>, SpecError> {
    let mut limits: Vec<Rlimit> = Vec::new();
    for text in texts.iter().map(AsRef::as_ref).filter(|text| *text != "host") {
        let limit = parse(text)?;
        limits.retain(|other| other.name != limit.name);
        limits.push(limit);
    }
    Ok(limits)
}

fn parse(text: &str) -> Result<Rlimit, SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let (name, values) = text.split_once('=').ok_or_else(|| refuse("want NAME=SOFT[:HARD]".to_owned()))?;
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_prefix("rlimit_").unwrap_or(&lower);
    if !NAMES.contains(&bare) {
        return Err(refuse(match nearest(bare, NAMES) {
            Some(near) => format!("unknown limit {name:?}, did you mean {near}?"),
            None => format!("unknown limit {name:?}: want one of {}", NAMES.join(", ")),
        }));
    }
    let value = |part: &str| match part {
        "-1" | "unlimited" => Ok(u64::MAX),
        _ if part.bytes().all(|b| b.is_ascii_digit()) => {
            part.parse().map_err(|_| refuse(format!("{part:?} is not a number")))
        }
        _ => Err(refuse(format!("{part:?} is not a number (-1 is unlimited)"))),
    };
    let (soft, hard) = match values.split_once(':') {
        Some((soft, hard)) => (value(soft)?, value(hard)?),
        None => (value(values)?, value(values)?),
    };
    if soft > hard {
        return Err(refuse("the soft limit must not be above the hard limit".to_owned()));
    }
    Ok(Rlimit { name: bare.to_owned(), soft, hard })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        const MAX: u64 = u64::MAX;
        for (text, name, soft, hard) in [
            ("nofile=1024", "nofile", 1024, 1024),
            ("nofile=1024:2048", "nofile", 1024, 2048),
            ("NOFILE=1", "nofile", 1, 1),
            ("RLIMIT_NOFILE=1", "nofile", 1, 1),
            ("core=0", "core", 0, 0),
            ("core=-1", "core", MAX, MAX),
            ("core=-1:-1", "core", MAX, MAX),
            ("core=0:-1", "core", 0, MAX),
            ("memlock=unlimited", "memlock", MAX, MAX),
            ("stack=8388608:unlimited", "stack", 8_388_608, MAX),
            ("rttime=18446744073709551615", "rttime", MAX, MAX),
        ] {
            let want = Rlimit { name: name.to_owned(), soft, hard };
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
        for name in NAMES {
            assert_eq!(parse(&format!("{name}=7")).unwrap().name, name);
        }
    }

    #[test]
    fn refusals_quote_the_part() {
        for (text, why) in [
            ("", "want NAME=SOFT[:HARD]"),
            ("nofile", "want NAME=SOFT[:HARD]"),
            ("nofile=", "\"\" is not a number"),
            ("nofile=abc", "\"abc\" is not a number"),
            ("nofile=1:abc", "\"abc\" is not a number"),
            ("nofile=1:2:3", "\"2:3\" is not a number"),
            ("nofile=-2", "\"-2\" is not a number"),
            ("nofile=+2", "\"+2\" is not a number"),
            ("nofile=2:1", "soft limit must not be above"),
            ("nofile=-1:5", "soft limit must not be above"),
            ("nofiel=1", "unknown limit \"nofiel\", did you mean nofile?"),
            ("=1", "unknown limit \"\""),
            ("nofile=99999999999999999999", "is not a number"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid --ulimit {text:?}: ")), "{error}");
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn the_last_of_a_name_counts_and_host_changes_nothing() {
        let limits = parse_all(&["nofile=1", "core=2", "host", "nofile=3"]).unwrap();
        assert_eq!(
            limits.iter().map(|l| (l.name.as_str(), l.soft)).collect::<Vec<_>>(),
            [("core", 2), ("nofile", 3)]
        );
    }
}
