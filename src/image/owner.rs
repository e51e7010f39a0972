//! Who the files of a layer will belong to, given the ids that there are.

use serde::{Deserialize, Serialize};

use super::error::{ImageError, show};
use super::tar::Entry;
use crate::model::{IdMapSpec, IdRange, MapWriter};

/// Where the owner is kept when files can only belong to one id: `uid:gid:mode`, mode in octal with setuid and setgid.
pub const OWNER_XATTR: &str = "user.rctr.owner";

/// What is done with the owners that a tar names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerPolicy {
    /// Set them; ids that these ranges (as seen inside) do not hold are an error. Empty ranges hold every id.
    Chown {
        /// User ids.
        uids: Vec<IdRange>,
        /// Group ids.
        gids: Vec<IdRange>,
    },
    /// There is a single id: files belong to it, and [`OWNER_XATTR`] tells who they should belong to.
    Record,
}

/// An owner as it will be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User id inside.
    pub uid: u32,
    /// Group id inside.
    pub gid: u32,
}

impl OwnerPolicy {
    /// The policy that fits the maps that layers are unpacked in.
    pub fn of(maps: &IdMapSpec) -> Self {
        match maps.writer {
            MapWriter::None => Self::Chown { uids: Vec::new(), gids: Vec::new() },
            MapWriter::Own => Self::Record,
            MapWriter::Helpers | MapWriter::Root => {
                Self::Chown { uids: maps.uids.clone(), gids: maps.gids.clone() }
            }
        }
    }

    /// The owner to set; none when owners are only recorded.
    ///
    /// # Errors
    /// [`ImageError::OwnerOutsideMap`].
    pub fn owner(&self, entry: &Entry) -> Result<Option<Owner>, ImageError> {
        let Self::Chown { uids, gids } = self else { return Ok(None) };
        let uid = inside(uids, entry.uid).ok_or_else(|| outside(entry, "user", entry.uid, uids))?;
        let gid = inside(gids, entry.gid).ok_or_else(|| outside(entry, "group", entry.gid, gids))?;
        Ok(Some(Owner { uid, gid }))
    }

    /// What [`OWNER_XATTR`] must say of this entry; none when the plain file says it all.
    pub fn record(&self, entry: &Entry) -> Option<String> {
        let plain = entry.uid == 0 && entry.gid == 0 && entry.mode & 0o6000 == 0;
        (*self == Self::Record && !plain).then(|| format!("{}:{}:{:o}", entry.uid, entry.gid, entry.mode))
    }

    /// The permission bits to set: setuid of a recorded owner would lend the wrong id.
    pub fn mode(&self, entry: &Entry) -> u32 {
        if *self == Self::Record && self.record(entry).is_some() { entry.mode & 0o1777 } else { entry.mode }
    }
}

/// The id, if a range holds it. u32::MAX is no id (chown(2): "leave it").
fn inside(ranges: &[IdRange], id: u64) -> Option<u32> {
    let id = u32::try_from(id).ok().filter(|id| *id != u32::MAX)?;
    let held =
        ranges.is_empty() || ranges.iter().any(|r| id.checked_sub(r.container).is_some_and(|o| o < r.size));
    held.then_some(id)
}

fn outside(entry: &Entry, kind: &str, id: u64, ranges: &[IdRange]) -> ImageError {
    ImageError::OwnerOutsideMap {
        entry: show(&entry.path),
        kind: kind.to_owned(),
        id,
        available: ranges.iter().map(|r| u64::from(r.size)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::{Kind, TarReader, build};

    fn entry(uid: u32, gid: u32, mode: u32) -> Entry {
        let head = build::Head { path: b"f", uid, gid, mode, ..Default::default() };
        let tar = build::Tar::default().head(&head).end();
        let entry = TarReader::new(tar.as_slice()).next_entry().unwrap().unwrap();
        assert_eq!(entry.kind, Kind::File);
        entry
    }

    #[test]
    fn ids_outside_the_ranges_are_told() {
        let ranges = vec![
            IdRange { container: 0, host: 1000, size: 1 },
            IdRange { container: 1, host: 100_000, size: 65_536 },
        ];
        let policy = OwnerPolicy::Chown { uids: ranges.clone(), gids: ranges };
        assert_eq!(policy.owner(&entry(65_536, 0, 0o644)).unwrap(), Some(Owner { uid: 65_536, gid: 0 }));
        let error = policy.owner(&entry(0, 65_537, 0o644)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "subuid range too small for this image: \"f\" belongs to group 65537, the range has 65537 ids"
        );
        let any = OwnerPolicy::Chown { uids: vec![], gids: vec![] };
        assert!(any.owner(&entry(2_000_000, 5, 0o644)).is_ok());
    }

    #[test]
    fn a_single_id_records_what_it_cannot_set() {
        for (uid, mode, record, set) in [
            (0, 0o644, None, 0o644),
            (0, 0o1777, None, 0o1777),
            (0, 0o4755, Some("0:0:4755"), 0o755),
            (33, 0o644, Some("33:0:644"), 0o644),
            (33, 0o2755, Some("33:0:2755"), 0o755),
        ] {
            let entry = entry(uid, 0, mode);
            assert_eq!(OwnerPolicy::Record.record(&entry).as_deref(), record);
            assert_eq!(OwnerPolicy::Record.mode(&entry), set);
            assert_eq!(OwnerPolicy::Record.owner(&entry).unwrap(), None);
        }
    }
}
