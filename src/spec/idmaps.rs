//! The maps of the user namespace. Which ids are whose is in the host facts; here they only get their places.

use crate::model::{HostFacts, IdMapSpec, IdRange, MapWriter};

/// The maps of a container when nothing was asked for.
///
/// A normal user is root inside, its subordinate ids follow in their order from 1 (user_namespaces(7), newuidmap(1)).
/// Without a range or without the helpers only the single id is there. Real root takes the range that /etc/subuid has
/// for it, or else keeps the host's ids without a user namespace.
pub fn default_maps(host: &HostFacts) -> IdMapSpec {
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
    let own = |id| IdRange { container: 0, host: id, size: 1 };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::tests::plain as host;

    fn text(map: &[IdRange]) -> String {
        map.iter().map(|r| format!("{}:{}:{}", r.container, r.host, r.size)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn defaults() {
        let helper = Some(std::path::PathBuf::from("/usr/bin/newuidmap"));
        #[rustfmt::skip]
        let rows = [
            (1000, vec![(100_000, 65_536)], true, "0:1000:1 1:100000:65536", MapWriter::Helpers),
            (1000, vec![(100_000, 10), (300_000, 5)], true, "0:1000:1 1:100000:10 11:300000:5", MapWriter::Helpers),
            (1000, vec![(4_294_967_290, 100)], true, "0:1000:1 1:4294967290:5", MapWriter::Helpers),
            (1000, vec![], true, "0:1000:1", MapWriter::Own),
            (1000, vec![(100_000, 65_536)], false, "0:1000:1", MapWriter::Own),
            (0, vec![], true, "", MapWriter::None),
            (0, vec![(100_000, 65_536)], false, "0:100000:65536", MapWriter::Root),
        ];
        for (uid, ranges, helpers, want, writer) in rows {
            let mut host = host();
            (host.uid, host.gid) = (uid, uid);
            (host.subuids, host.subgids) = (ranges.clone(), ranges);
            host.newuidmap = helper.clone().filter(|_| helpers);
            host.newgidmap = host.newuidmap.clone();
            let maps = default_maps(&host);
            assert_eq!((text(&maps.uids), maps.writer), (want.to_owned(), writer));
            assert_eq!(maps.uids, maps.gids);
        }
    }

    #[test]
    fn user_ids_without_group_ids_are_a_single_id() {
        let host = HostFacts { subgids: Vec::new(), ..host() };
        assert_eq!(default_maps(&host).writer, MapWriter::Own);
    }
}
