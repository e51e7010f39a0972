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
    /// Whatever the tar says, they belong to this one.
    Give(Owner),
    /// They belong to whoever unpacks them, and lend that id to nobody: no setuid, no setgid.
    Maker,
}

/// An owner as it will be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        let (uids, gids) = match self {
            Self::Chown { uids, gids } => (uids, gids),
            Self::Give(owner) => return Ok(Some(*owner)),
            Self::Record | Self::Maker => return Ok(None),
        };
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
        let lends = *self == Self::Maker || self.record(entry).is_some();
        if lends { entry.mode & 0o1777 } else { entry.mode }
    }
}

/// What [`OWNER_XATTR`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    /// Who it should belong to.
    pub uid: u32,
    /// And which group.
    pub gid: u32,
    /// Its permission bits, with setuid, setgid and sticky.
    pub mode: u32,
}

/// Reads a value of [`OWNER_XATTR`]; none when it is none of ours.
pub(super) fn recorded(value: &[u8]) -> Option<Recorded> {
    let mut fields = std::str::from_utf8(value).ok()?.split(':');
    let mut next = || fields.next().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let (uid, gid) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let mode = u32::from_str_radix(next()?, 8).ok().filter(|mode| *mode <= 0o7777)?;
    fields.next().is_none().then_some(Recorded { uid, gid, mode })
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
    fn who_copies_something_out_lends_nobody_an_id() {
        for (mode, set) in [(0o4755, 0o755), (0o2755, 0o755), (0o1777, 0o1777), (0o600, 0o600)] {
            assert_eq!(OwnerPolicy::Maker.mode(&entry(0, 0, mode)), set);
            assert_eq!(OwnerPolicy::Maker.owner(&entry(5, 5, mode)).unwrap(), None);
        }
        let given = OwnerPolicy::Give(Owner { uid: 7, gid: 8 });
        assert_eq!(given.owner(&entry(0, 0, 0o4755)).unwrap(), Some(Owner { uid: 7, gid: 8 }));
        assert_eq!((given.mode(&entry(0, 0, 0o4755)), given.record(&entry(0, 0, 0o4755))), (0o4755, None));
    }

    #[test]
    fn a_record_is_read_again() {
        let text = OwnerPolicy::Record.record(&entry(33, 4, 0o2755)).unwrap();
        assert_eq!(recorded(text.as_bytes()), Some(Recorded { uid: 33, gid: 4, mode: 0o2755 }));
        for bad in ["", "1:2", "1:2:9", "1:2:3:4", "-1:2:3", "1:2:77777", "a:b:c", "+1:2:3"] {
            assert_eq!(recorded(bad.as_bytes()), None, "{bad}");
        }
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
