//! The maps of the user namespace. Which ids are whose is in the host facts; here they only get their places.

mod explicit;
mod parse;

use super::SpecError;
use crate::model::run_request::{IdMapRequest, UsernsRequest};
use crate::model::{HostFacts, IdMapSpec, IdRange, MapWriter};

pub use explicit::maps as explicit_maps;
pub use parse::{map_entry, userns};

/// How many ids `--userns auto` takes when no size is given: podman's least.
const AUTO_SIZE: u32 = 1024;

/// The maps of a container when nothing was asked for.
///
/// A normal user is root inside, its subordinate ids follow in their order from 1 (user_namespaces(7), newuidmap(1)).
/// Without a range or without the helpers only the single id is there. Real root takes the range that /etc/subuid has
/// for it, or else keeps the host's ids without a user namespace. Root of a namespace with a single id is no better off
/// than a normal user without a range.
pub fn default_maps(host: &HostFacts) -> IdMapSpec {
    let own = |id| IdRange { container: 0, host: id, size: 1 };
    if host.single_id_root {
        return IdMapSpec { uids: vec![own(0)], gids: vec![own(host.gid)], writer: MapWriter::Own };
    }
    if host.uid == 0 {
        if host.subuids.is_empty() || host.subgids.is_empty() {
            return IdMapSpec { uids: Vec::new(), gids: Vec::new(), writer: MapWriter::None };
        }
        return IdMapSpec {
            uids: laid_out(0, &host.subuids),
            gids: laid_out(0, &host.subgids),
            writer: MapWriter::Root,
        };
    }
    let (mut uids, mut gids) = (vec![own(host.uid)], vec![own(host.gid)]);
    if !has_ranges(host) {
        return IdMapSpec { uids, gids, writer: MapWriter::Own };
    }
    uids.extend(laid_out(1, &host.subuids));
    gids.extend(laid_out(1, &host.subgids));
    IdMapSpec { uids, gids, writer: MapWriter::Helpers }
}

/// Can more than the caller's own id be mapped?
pub fn has_ranges(host: &HostFacts) -> bool {
    let both = !host.subuids.is_empty() && !host.subgids.is_empty();
    both && (host.uid == 0 || (host.newuidmap.is_some() && host.newgidmap.is_some()))
}

/// Ranges of the host one after the other from `first`; what would not fit below 2^32 - 1 is left out.
fn laid_out(first: u32, ranges: &[(u32, u32)]) -> Vec<IdRange> {
    let mut next = first;
    let mut map = Vec::with_capacity(ranges.len());
    for &(host, count) in ranges {
        let size = count.min(u32::MAX - next).min(u32::MAX - host);
        if size > 0 {
            map.push(IdRange { container: next, host, size });
            next += size;
        }
    }
    map
}

/// The maps that were asked for. `taken` are the host's user ids that running `auto` containers have: (first, count).
pub fn decide(
    request: &IdMapRequest,
    host: &HostFacts,
    taken: &[(u32, u32)],
) -> Result<IdMapSpec, SpecError> {
    own_name("--subuidname", request.subuidname.as_deref(), host)?;
    own_name("--subgidname", request.subgidname.as_deref(), host)?;
    if !request.uidmap.is_empty() || !request.gidmap.is_empty() {
        if request.userns != UsernsRequest::Private {
            return Err(SpecError::Conflict("--userns", "--uidmap", "both say which ids there are"));
        }
        return explicit::maps(&request.uidmap, &request.gidmap, host);
    }
    let real_root = host.uid == 0;
    match &request.userns {
        UsernsRequest::Private => Ok(default_maps(host)),
        UsernsRequest::Host if real_root => Ok(no_maps()),
        UsernsRequest::Host => Ok(default_maps(host)),
        UsernsRequest::Container(_) | UsernsRequest::Path(_) => Ok(no_maps()),
        UsernsRequest::KeepId { .. } | UsernsRequest::NoMap if real_root => Err(SpecError::flag(
            "--userns",
            if request.userns == UsernsRequest::NoMap { "nomap" } else { "keep-id" },
            "it is for normal users: real root keeps its ids with --userns host",
        )),
        UsernsRequest::KeepId { uid, gid, size } => keep_id(*uid, *gid, *size, host),
        UsernsRequest::NoMap => {
            needs_ranges("--userns nomap", host)?;
            let (uids, gids) = (laid_out(0, &host.subuids), laid_out(0, &host.subgids));
            Ok(IdMapSpec { uids, gids, writer: MapWriter::Helpers })
        }
        UsernsRequest::Auto { size } => auto(size.unwrap_or(AUTO_SIZE), host, taken),
    }
}

/// The caller's ids appear as themselves (or as said), the subordinate ones fill the places around them.
fn keep_id(
    uid: Option<u32>,
    gid: Option<u32>,
    size: Option<u32>,
    host: &HostFacts,
) -> Result<IdMapSpec, SpecError> {
    let (uid, gid) = (uid.unwrap_or(host.uid), gid.unwrap_or(host.gid));
    if !has_ranges(host) {
        let own = |container, host| vec![IdRange { container, host, size: 1 }];
        return Ok(IdMapSpec { uids: own(uid, host.uid), gids: own(gid, host.gid), writer: MapWriter::Own });
    }
    let around =
        |what: &str, keep: u32, own: u32, ranges: &[(u32, u32)]| -> Result<Vec<IdRange>, SpecError> {
            let there = total(ranges);
            let size = size.unwrap_or(u32::MAX).min(there.saturating_add(1));
            let below = keep.min(there).min(size);
            let mut map = slice(ranges, 0, below, 0);
            map.push(IdRange { container: keep, host: own, size: 1 });
            if keep.checked_add(1).is_none() {
                return Err(SpecError::Ids(format!("{keep} is no {what} id")));
            }
            map.extend(slice(ranges, below, size.saturating_sub(keep.saturating_add(1)), keep + 1));
            Ok(map)
        };
    Ok(IdMapSpec {
        uids: around("user", uid, host.uid, &host.subuids)?,
        gids: around("group", gid, host.gid, &host.subgids)?,
        writer: MapWriter::Helpers,
    })
}

/// The first block of subordinate ids that nobody else has.
fn auto(size: u32, host: &HostFacts, taken: &[(u32, u32)]) -> Result<IdMapSpec, SpecError> {
    needs_ranges("--userns auto", host)?;
    let free = |ranges: &[(u32, u32)]| {
        ranges.iter().find_map(|&(first, count)| {
            let end = u64::from(first) + u64::from(count);
            let mut start = u64::from(first);
            loop {
                if start + u64::from(size) > end {
                    return None;
                }
                let clash = |&&(other, len): &&(u32, u32)| {
                    start < u64::from(other) + u64::from(len) && u64::from(other) < start + u64::from(size)
                };
                match taken.iter().find(clash) {
                    Some(&(other, len)) => start = u64::from(other) + u64::from(len),
                    None => return u32::try_from(start).ok(),
                }
            }
        })
    };
    let block = |what: &str, ranges: &[(u32, u32)]| match free(ranges) {
        Some(host) if size > 0 => Ok(vec![IdRange { container: 0, host, size }]),
        _ => Err(SpecError::Ids(format!(
            "--userns auto wants {size} subordinate {what} ids in one piece, and there are not so many free"
        ))),
    };
    let writer = if host.uid == 0 { MapWriter::Root } else { MapWriter::Helpers };
    Ok(IdMapSpec { uids: block("user", &host.subuids)?, gids: block("group", &host.subgids)?, writer })
}

fn no_maps() -> IdMapSpec {
    IdMapSpec { uids: Vec::new(), gids: Vec::new(), writer: MapWriter::None }
}

fn needs_ranges(what: &str, host: &HostFacts) -> Result<(), SpecError> {
    match has_ranges(host) {
        true => Ok(()),
        false if host.subuids.is_empty() || host.subgids.is_empty() => {
            Err(SpecError::Ids(format!("{what} needs subordinate ids, and {} has none", who(host))))
        }
        false => {
            Err(SpecError::Ids(format!("{what} needs newuidmap and newgidmap, and they are not installed")))
        }
    }
}

/// Whose ranges are taken: newuidmap(1) grants the caller's own only.
fn own_name(flag: &'static str, name: Option<&str>, host: &HostFacts) -> Result<(), SpecError> {
    match name {
        Some(name) if host.user.as_deref() != Some(name) && host.uid.to_string() != name => {
            Err(SpecError::flag(
                flag,
                name,
                format!("only the caller's own ranges can be used, those of {}", who(host)),
            ))
        }
        _ => Ok(()),
    }
}

fn who(host: &HostFacts) -> String {
    host.user.clone().unwrap_or_else(|| format!("uid {}", host.uid))
}

fn total(ranges: &[(u32, u32)]) -> u32 {
    ranges.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

/// `count` ids from the `skip`-th of the ranges on, placed from `container` on; fewer where the ranges end.
fn slice(ranges: &[(u32, u32)], skip: u32, count: u32, container: u32) -> Vec<IdRange> {
    let (mut skip, mut left, mut next) = (skip, count, container);
    let mut map = Vec::new();
    for &(first, len) in ranges {
        let passed = skip.min(len);
        skip -= passed;
        let size = (len - passed).min(left).min(u32::MAX - next);
        if size > 0 {
            map.push(IdRange { container: next, host: first.saturating_add(passed), size });
            (next, left) = (next + size, left - size);
        }
    }
    map
}

#[cfg(test)]
#[path = "idmaps_tests.rs"]
mod tests;
