//! Names of users and groups by number: passwd(5) and group(5) have both in the same places.

use std::collections::BTreeMap;
use std::path::Path;

use crate::sys::file;
use crate::sys::root::Root;

/// A file larger than this is no list of users.
const LIMIT: u64 = 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<u32, String>);

impl Names {
    /// What the container says; nothing when its file is missing or strange: numbers are shown then.
    pub(super) fn inside(root: &Root, path: &str) -> Self {
        let text = root.read_file(path).ok().and_then(|file| file::read_text_from(file, LIMIT).ok());
        text.map_or_else(Self::default, |text| Self::parse(&text))
    }

    /// What the host's file says.
    pub(super) fn of_host(path: &str) -> Self {
        file::read_text(Path::new(path), LIMIT).map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut names = BTreeMap::new();
        for line in text.lines() {
            let mut fields = line.split(':');
            let (Some(name), Some(_), Some(number)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            if let (false, Ok(number)) = (name.is_empty(), number.parse()) {
                names.entry(number).or_insert_with(|| name.to_owned());
            }
        }
        Self(names)
    }

    /// The name, or else the number.
    pub(super) fn of(&self, number: u32) -> String {
        self.0.get(&number).cloned().unwrap_or_else(|| number.to_string())
    }
}
