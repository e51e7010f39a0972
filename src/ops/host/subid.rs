//! Subordinate ids: /etc/subuid and /etc/subgid (subuid(5)), or a name service when the files have no entry.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::model::IdRange;
use crate::sys::{Attempt, SysError, idmap};

/// User or group ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// /etc/subuid.
    User,
    /// /etc/subgid. Owners of the ranges are users here too.
    Group,
}

/// Ranges of ids: (first, count).
pub type Subids = Vec<(u32, u32)>;

impl IdKind {
    /// The file that holds the ranges.
    pub fn file(self) -> &'static str {
        match self {
            Self::User => "/etc/subuid",
            Self::Group => "/etc/subgid",
        }
    }

    /// The map of a process's user namespace.
    fn map(self) -> &'static str {
        match self {
            Self::User => "uid_map",
            Self::Group => "gid_map",
        }
    }
}

/// Is this a user namespace that has not all ids (a container)?
///
/// # Errors
/// Those of reading /proc.
pub fn is_nested() -> Result<bool, SysError> {
    Ok(map_of(IdKind::User)?.iter().all(|range| range.size < u32::MAX))
}

fn map_of(kind: IdKind) -> Result<Vec<IdRange>, SysError> {
    idmap::read_map(std::process::id().cast_signed(), kind.map())
}

/// The ranges of one user, in the order of their source, disjoint, and without `own` (which every map has already). In a
/// nested user namespace only those that it has: no others can be mapped from there.
pub fn read(kind: IdKind, user: Option<&str>, uid: u32, own: u32, nested: bool) -> Result<Subids, SysError> {
    let from_file = match std::fs::read(kind.file()) {
        Ok(bytes) => parse(&String::from_utf8_lossy(&bytes), user, uid),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(SysError::new(format!("read {}", kind.file()), error)),
    };
    let found = match user {
        Some(user) if from_file.is_empty() && name_service_has_subids() => from_name_service(kind, user)?,
        _ => from_file,
    };
    let ranges = disjoint(&found, own);
    if nested { Ok(present(&ranges, &map_of(kind)?)) } else { Ok(ranges) }
}

/// The parts of the ranges that a user namespace with this map has.
fn present(ranges: &[(u32, u32)], map: &[IdRange]) -> Subids {
    let end = |first: u32, count: u32| u64::from(first) + u64::from(count);
    let mut parts = Vec::new();
    for &(first, count) in ranges {
        let mut inside: Vec<_> = map
            .iter()
            .map(|range| {
                let from = first.max(range.container);
                (from, end(first, count).min(end(range.container, range.size)).saturating_sub(from.into()))
            })
            .filter(|(_, size)| *size > 0)
            .map(|(from, size)| (from, size as u32))
            .collect();
        inside.sort_unstable();
        parts.extend(inside);
    }
    parts
}

/// The ranges that the text of subuid(5) gives to a user, by name or by number. A line that is no entry is passed
/// over, as newuidmap does; a range that runs past the last id is cut there; an empty one is dropped.
pub fn parse(text: &str, user: Option<&str>, uid: u32) -> Subids {
    let by_number = uid.to_string();
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.trim_end().split(':').collect();
            let [owner, first, count] = fields[..] else { return None };
            let ours = !owner.is_empty() && (Some(owner) == user || owner == by_number);
            ours.then(|| range(first, count)).flatten()
        })
        .collect()
}

/// A range of decimal numbers. `u32::MAX` itself is never an id: it is the kernel's "no id" (user_namespaces(7)).
fn range(first: &str, count: &str) -> Option<(u32, u32)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(first) || !digits(count) {
        return None;
    }
    let first: u32 = first.parse().ok()?;
    // A count that is larger than any number is as good as the largest.
    let count = count.parse::<u64>().unwrap_or(u64::MAX).min(u64::from(u32::MAX - first)) as u32;
    (count > 0).then_some((first, count))
}

/// The same ids in the same order, each once, `own` left out: the kernel refuses a map whose ranges overlap.
fn disjoint(ranges: &[(u32, u32)], own: u32) -> Subids {
    let mut taken: Vec<(u64, u64)> = vec![(u64::from(own), u64::from(own) + 1)]; // half open
    let mut result = Vec::new();
    for &(first, count) in ranges {
        let mut pieces = vec![(u64::from(first), u64::from(first) + u64::from(count))];
        for &(low, high) in &taken {
            pieces = pieces
                .into_iter()
                .flat_map(|(a, b)| [(a, b.min(low)), (a.max(high), b)])
                .filter(|(a, b)| a < b)
                .collect();
        }
        taken.extend(&pieces);
        result.extend(pieces.into_iter().map(|(a, b)| (a as u32, (b - a) as u32)));
    }
    result
}

/// Does nsswitch.conf(5) name another source of subordinate ids than the files?
fn name_service_has_subids() -> bool {
    std::fs::read_to_string("/etc/nsswitch.conf").is_ok_and(|text| names_other_source(&text))
}

fn names_other_source(nsswitch: &str) -> bool {
    nsswitch
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("subid:"))
        .flat_map(|sources| sources.split('#').next().unwrap_or_default().split_ascii_whitespace())
        .any(|source| source != "files")
}

/// Asks the name service by shadow's own `getsubids` program: libsubid's interface changed between releases.
fn from_name_service(kind: IdKind, user: &str) -> Result<Subids, SysError> {
    let Some(program) = super::find_program("getsubids", "".as_ref()) else { return Ok(Vec::new()) };
    if user.starts_with('-') {
        return Ok(Vec::new());
    }
    ask(&program, kind, user)
}

fn ask(program: &Path, kind: IdKind, user: &str) -> Result<Subids, SysError> {
    let mut command = Command::new(program);
    if kind == IdKind::Group {
        command.arg("-g");
    }
    // It exits 1 when the user has none; its words for that are of no use to anybody.
    let output = command
        .arg(user)
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .attempt(|| format!("run {}", program.display()))?;
    Ok(parse_getsubids(&String::from_utf8_lossy(&output.stdout)))
}

/// The output of getsubids(1): `0: alice 100000 65536`.
fn parse_getsubids(text: &str) -> Subids {
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, _, first, count] = fields[..] else { return None };
            range(first, count)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_subuid() {
        let cases: &[(&str, &[(u32, u32)])] = &[
            ("", &[]),
            ("alice:100000:65536\n", &[(100_000, 65_536)]),
            ("1000:100000:65536", &[(100_000, 65_536)]),
            ("alice:100000:65536\n1000:300000:10\nbob:1:1\n", &[(100_000, 65_536), (300_000, 10)]),
            ("# alice:1:1\n\n:::\nalice\nalice:1\nalice:1:2:3\nalice:x:1\nalice:1:y\nalice::\n", &[]),
            ("alice:-1:5\nalice:+1:5\nalice:0x10:5\nalice: 1:5\n", &[]),
            ("alice:100000:0\n", &[]),
            ("alice:100000:65536\r\n", &[(100_000, 65_536)]),
            ("alice:4294967290:100\n", &[(4_294_967_290, 5)]),
            ("alice:4294967295:1\nalice:4294967296:1\n", &[]),
            ("alice:1:99999999999999999999999\n", &[(1, u32::MAX - 1)]),
            ("alicia:1:1\nAlice:1:1\n10000:1:1\n", &[]),
            (":100000:65536\n", &[]),
        ];
        for (text, want) in cases {
            assert_eq!(parse(text, Some("alice"), 1000), *want, "{text:?}");
        }
        assert_eq!(parse("alice:1:1\n1000:2:2\n:3:3\n", None, 1000), [(2, 2)], "no name, number only");
    }

    #[test]
    fn only_what_the_user_namespace_has() {
        let line = |container, size| IdRange { container, host: 7, size };
        let all = [line(0, u32::MAX)];
        let container = [line(0, 1), line(1, 65_535)];
        let ends = [line(100_000, 10), line(100_020, 1_000_000)];
        type Case<'a> = (&'a [(u32, u32)], &'a [IdRange], &'a [(u32, u32)]);
        let cases: &[Case<'_>] = &[
            (&[(100_000, 65_536), (5, 5)], &all, &[(100_000, 65_536), (5, 5)]),
            (&[(100_000, 65_536)], &container, &[]),
            (&[(100_000, 65_536), (10_000, 10)], &container, &[(10_000, 10)]),
            (&[(0, 10)], &container, &[(0, 1), (1, 9)]),
            (&[(100_005, 100)], &ends, &[(100_005, 5), (100_020, 85)]),
            (&[(1, 1)], &[], &[]),
        ];
        for (ranges, map, want) in cases {
            assert_eq!(present(ranges, map), *want, "{ranges:?} {map:?}");
        }
    }

    #[test]
    fn ranges_never_overlap() {
        type Case<'a> = (&'a [(u32, u32)], u32, &'a [(u32, u32)]);
        let cases: &[Case<'_>] = &[
            (&[(100, 10)], 1, &[(100, 10)]),
            (&[(100, 10), (100, 10)], 1, &[(100, 10)]),
            (&[(100, 10), (105, 10)], 1, &[(100, 10), (110, 5)]),
            (&[(105, 10), (100, 10)], 1, &[(105, 10), (100, 5)]),
            (&[(105, 2), (100, 10)], 1, &[(105, 2), (100, 5), (107, 3)]),
            (&[(100, 10)], 100, &[(101, 9)]),
            (&[(100, 10)], 104, &[(100, 4), (105, 5)]),
            (&[(100, 1)], 100, &[]),
            (&[(0, u32::MAX)], 0, &[(1, u32::MAX - 1)]),
        ];
        for (ranges, own, want) in cases {
            assert_eq!(disjoint(ranges, *own), *want, "{ranges:?} without {own}");
        }
    }

    #[test]
    fn sources_in_nsswitch() {
        for (text, want) in [
            ("", false),
            ("passwd: files sss\n", false),
            ("subid: files\n", false),
            ("# subid: sss\n", false),
            ("subid: files # sss\n", false),
            ("subid:  sss\n", true),
            ("subid: files sss", true),
        ] {
            assert_eq!(names_other_source(text), want, "{text:?}");
        }
    }

    #[test]
    fn output_of_getsubids() {
        assert_eq!(
            parse_getsubids("0: alice 100000 65536\n1: alice 300000 5\nError fetching ranges\n"),
            [(100_000, 65_536), (300_000, 5)]
        );
    }
}
