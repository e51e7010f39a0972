//! A tar stream into a directory that is there already, with files of others in it: what `cp` does at its destination, on
//! the host as in a container. Nothing is made outside of that directory and nothing through a symlink, be it the
//! stream's own or one that was there before.

use std::io::Read;
use std::os::fd::BorrowedFd;

use super::apply::{LayerReport, Work};
use super::error::ImageError;
use super::limits::Limits;
use super::owner::OwnerPolicy;
use super::path::{Asked, EntryPath};
use super::tar::{Entry, TarReader};
use super::tree::{Clash, Tree};

/// How a stream's names become names in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// As they are.
    Same,
    /// The stream is one file or one tree; its top gets this name.
    Top(Vec<u8>),
    /// The stream is one tree; what is in its top comes into the directory itself.
    Below,
}

impl Names {
    fn of(&self, name: &[u8]) -> Result<Asked, ImageError> {
        let path = EntryPath::clean(name)?;
        let below = || match path.bytes().iter().position(|b| *b == b'/') {
            Some(slash) => &path.bytes()[slash + 1..],
            None => b"",
        };
        match self {
            Self::Same => Ok(Asked::Make(path)),
            Self::Top(top) => EntryPath::clean(&[top.as_slice(), b"/", below()].concat()).map(Asked::Make),
            // The directory itself stays as it is.
            Self::Below if below().is_empty() => Ok(Asked::Bookkeeping),
            Self::Below => EntryPath::clean(below()).map(Asked::Make),
        }
    }
}

/// What is made of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// Where its names lead.
    pub names: Names,
    /// Who it belongs to.
    pub owners: OwnerPolicy,
    /// Directories give way to files, and files to directories.
    pub overwrite: bool,
}

/// Unpacks `first`, which was read from the stream already, and everything after it into `dir`.
///
/// # Errors
/// An entry that is refused, a stream that is no tar, a system call. A part is there then.
pub fn extract<R: Read>(
    first: Option<Entry>,
    mut tar: TarReader<R>,
    dir: BorrowedFd<'_>,
    how: &Extraction,
) -> Result<LayerReport, ImageError> {
    let clash = if how.overwrite { Clash::Overwrite } else { Clash::Refuse };
    let judge = |name: &[u8]| how.names.of(name);
    // What somebody copies is as large as it is.
    let limits = Limits { bytes: u64::MAX, entries: u64::MAX, ratio: u64::MAX };
    let mut work = Work::new(Tree::new(dir, clash), &how.owners, &limits, &judge);
    let mut next = first;
    while let Some(entry) = next {
        work.entry(&entry, &mut tar)?;
        next = tar.next_entry()?;
    }
    tar.drain()?;
    work.finish()
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
