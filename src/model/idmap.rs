//! How ids inside the container's user namespace relate to ids outside.

use serde::{Deserialize, Serialize};

/// `size` consecutive ids: `container`.. inside are `host`.. outside (user_namespaces(7), "uid_map").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdRange {
    /// First id inside.
    pub container: u32,
    /// First id outside.
    pub host: u32,
    /// How many; never 0.
    pub size: u32,
}

/// Who writes the maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapWriter {
    /// No user namespace is made: real root with the host's ids.
    None,
    /// One id of our own, written by ourselves, with setgroups denied.
    Own,
    /// newuidmap and newgidmap, from the caller's subordinate ranges.
    Helpers,
    /// Real root writes any map itself.
    Root,
}

/// The maps of one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMapSpec {
    /// User ids, in the order they are written.
    pub uids: Vec<IdRange>,
    /// Group ids, in the order they are written.
    pub gids: Vec<IdRange>,
    /// Who writes them.
    pub writer: MapWriter,
}

/// The id outside that `id` inside stands for.
pub fn to_host(map: &[IdRange], id: u32) -> Option<u32> {
    map.iter().find_map(|r| {
        let offset = id.checked_sub(r.container)?;
        (offset < r.size).then(|| r.host + offset)
    })
}

/// The id inside that `id` outside appears as.
pub fn to_container(map: &[IdRange], id: u32) -> Option<u32> {
    map.iter().find_map(|r| {
        let offset = id.checked_sub(r.host)?;
        (offset < r.size).then(|| r.container + offset)
    })
}

/// Do all ids of `map` stand for the same outside as in `base`? Then files that are right for `base` are right for it.
pub fn agrees(map: &[IdRange], base: &[IdRange]) -> bool {
    map.iter().all(|range| {
        let whole = base.iter().any(|b| {
            range.container >= b.container
                && u64::from(range.container) + u64::from(range.size)
                    <= u64::from(b.container) + u64::from(b.size)
                && range.container - b.container == range.host.wrapping_sub(b.host)
        });
        // A range that spans several of the base's is taken as different: the price is a copy, never a wrong owner.
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_that_agree() {
        let range = |container, host, size| IdRange { container, host, size };
        let base = [range(0, 1000, 1), range(1, 100_000, 65_536)];
        for (map, same) in [
            (vec![range(0, 1000, 1), range(1, 100_000, 65_536)], true),
            (vec![range(0, 1000, 1), range(1, 100_000, 10)], true),
            (vec![range(5, 100_004, 10)], true),
            (vec![range(1000, 1000, 1), range(0, 100_000, 1000)], false),
            (vec![range(0, 100_000, 1024)], false),
        ] {
            assert_eq!(agrees(&map, &base), same, "{map:?}");
        }
    }

    #[test]
    fn both_directions() {
        let map = [
            IdRange { container: 0, host: 1000, size: 1 },
            IdRange { container: 1, host: 100_000, size: 65_536 },
        ];
        for (inside, outside) in
            [(0, Some(1000)), (1, Some(100_000)), (65_536, Some(165_535)), (65_537, None)]
        {
            assert_eq!(to_host(&map, inside), outside);
            if let Some(outside) = outside {
                assert_eq!(to_container(&map, outside), Some(inside));
            }
        }
        assert_eq!(to_container(&map, 0), None);
    }
}
