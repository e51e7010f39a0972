//! `--uidmap` and `--gidmap`: every entry checked to be the caller's to map.

use super::{has_ranges, laid_out};
use crate::model::run_request::IdMapEntry;
use crate::model::{HostFacts, IdMapSpec, IdRange, MapWriter};
use crate::spec::SpecError;

/// The kernel's limit on the lines of a map (user_namespaces(7)).
const LONGEST: usize = 340;

/// The maps for these entries. One kind alone counts for both, as with podman.
///
/// For a normal user a host id without `@` is a place in the intermediate mapping (0 the caller, 1.. the subordinate
/// ids); for real root it is an id of the host.
pub fn maps(uids: &[IdMapEntry], gids: &[IdMapEntry], host: &HostFacts) -> Result<IdMapSpec, SpecError> {
    let (uids, gids) = match (uids, gids) {
        (uids, []) => (uids, uids),
        ([], gids) => (gids, gids),
        both => both,
    };
    let uids = one("--uidmap", uids, host.uid, &host.subuids, host)?;
    let gids = one("--gidmap", gids, host.gid, &host.subgids, host)?;
    let single = |map: &[IdRange], own| matches!(map, [IdRange { host, size: 1, .. }] if *host == own);
    let writer = match host.uid {
        0 => MapWriter::Root,
        _ if has_ranges(host) => MapWriter::Helpers,
        _ if single(&uids, host.uid) && single(&gids, host.gid) => MapWriter::Own,
        _ => {
            return Err(SpecError::Ids(
                "only one's own id can be mapped without newuidmap and newgidmap".to_owned(),
            ));
        }
    };
    Ok(IdMapSpec { uids, gids, writer })
}

fn one(
    flag: &'static str,
    entries: &[IdMapEntry],
    own: u32,
    ranges: &[(u32, u32)],
    host: &HostFacts,
) -> Result<Vec<IdRange>, SpecError> {
    let mut map: Vec<IdRange> = Vec::new();
    for entry in entries {
        let mark = if entry.absolute { "@" } else { "" };
        let text = format!("{}:{mark}{}:{}", entry.container, entry.host, entry.size);
        let pieces = match (host.uid, entry.absolute) {
            (0, _) => vec![IdRange { container: entry.container, host: entry.host, size: entry.size }],
            (_, true) => absolute(entry, own, ranges),
            (_, false) => placed(entry, own, ranges),
        };
        if pieces.iter().map(|piece| u64::from(piece.size)).sum::<u64>() != u64::from(entry.size) {
            return Err(SpecError::flag(flag, &text, not_yours(entry, own, ranges)));
        }
        let overlaps = |a: u32, b: u32, left: &IdRange, right: &IdRange| {
            u64::from(a) < u64::from(b) + u64::from(right.size)
                && u64::from(b) < u64::from(a) + u64::from(left.size)
        };
        for piece in pieces {
            let twice = map.iter().find_map(|other| {
                if overlaps(piece.container, other.container, &piece, other) {
                    Some("container")
                } else if overlaps(piece.host, other.host, &piece, other) {
                    Some("host")
                } else {
                    None
                }
            });
            if let Some(side) = twice {
                return Err(SpecError::flag(
                    flag,
                    &text,
                    format!("it maps {side} ids that are mapped already"),
                ));
            }
            map.push(piece);
        }
    }
    match map.len() {
        0..=LONGEST => Ok(map),
        lines => Err(SpecError::Ids(format!("{flag} makes {lines} lines, and the kernel takes {LONGEST}"))),
    }
}

/// An entry by places of the intermediate mapping, cut where its ranges meet.
fn placed(entry: &IdMapEntry, own: u32, ranges: &[(u32, u32)]) -> Vec<IdRange> {
    let mut places = vec![IdRange { container: 0, host: own, size: 1 }];
    places.extend(laid_out(1, ranges));
    let (start, end) = (entry.host, entry.host.saturating_add(entry.size));
    places
        .iter()
        .filter_map(|place| {
            let from = start.max(place.container);
            let to = end.min(place.container.saturating_add(place.size));
            (from < to).then(|| IdRange {
                container: entry.container + (from - start),
                host: place.host + (from - place.container),
                size: to - from,
            })
        })
        .collect()
}

/// An entry by ids of the host: the caller's own, or within one subordinate range (newuidmap(1) joins none).
fn absolute(entry: &IdMapEntry, own: u32, ranges: &[(u32, u32)]) -> Vec<IdRange> {
    let end = u64::from(entry.host) + u64::from(entry.size);
    let within =
        |&(first, count): &(u32, u32)| first <= entry.host && end <= u64::from(first) + u64::from(count);
    match (entry.host == own && entry.size == 1) || ranges.iter().any(within) {
        true => vec![IdRange { container: entry.container, host: entry.host, size: entry.size }],
        false => Vec::new(),
    }
}

fn not_yours(entry: &IdMapEntry, own: u32, ranges: &[(u32, u32)]) -> String {
    let list: Vec<String> = ranges
        .iter()
        .map(|(first, count)| format!("{first}-{}", u64::from(*first) + u64::from(*count) - 1))
        .collect();
    let ids = if list.is_empty() { String::new() } else { format!(" and {}", list.join(", ")) };
    match entry.absolute {
        true => format!("not all of these ids are yours: you may map {own}{ids}"),
        false => format!(
            "there are not so many ids: place 0 is your own ({own}), {} subordinate ones follow",
            super::total(ranges)
        ),
    }
}
