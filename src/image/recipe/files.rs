//! Where a layer's files are: in it, and aside from it those that its tar has and the layer has not any more.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags};

use super::{Part, Parts};
use crate::image::error::{ImageError, show};
use crate::sys::Attempt;

/// A layer of the store, opened by whoever owns the store; read by whoever owns the files.
#[derive(Debug)]
pub struct LayerFiles {
    /// Its files.
    pub fs: OwnedFd,
    /// What gave way to later entries, if anything did.
    pub kept: Option<OwnedFd>,
    /// How its tar is made.
    pub recipe: File,
}

/// When something gave way, and its number.
type Moves = HashMap<Vec<u8>, Vec<(u64, u64)>>;

impl LayerFiles {
    /// The recipe's parts.
    pub(super) fn parts(&self) -> Result<Parts<&File>, ImageError> {
        (&self.recipe).seek(SeekFrom::Start(0)).attempt(|| "read the recipe of the tar")?;
        Parts::new(&self.recipe)
    }

    /// Everything that gave way: by path, the numbers of the parts that say so and of what is kept, ascending.
    pub(super) fn moves(&self) -> Result<Moves, ImageError> {
        let mut moves = Moves::new();
        if self.kept.is_none() {
            return Ok(moves);
        }
        let (mut parts, mut index, mut count) = (self.parts()?, 0, 0);
        while let Some(part) = parts.next_part()? {
            if let Part::Moved(path) = part {
                if count == super::MOVED_MAX {
                    return Err(ImageError::corrupt("recipe of the tar", "too much gives way"));
                }
                moves.entry(path).or_default().push((index, count));
                count += 1;
            }
            index += 1;
        }
        Ok(moves)
    }

    /// Opens the file that was at `path` when the recipe came to part `now`.
    pub(super) fn open(&self, path: &[u8], now: u64, moves: &Moves) -> Result<File, ImageError> {
        let ends = path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        // The first time that it, or a directory that it was in, gave way.
        let gone = ends
            .chain([path.len()])
            .filter(|_| !moves.is_empty())
            .filter_map(|end| {
                let later = moves.get(&path[..end])?.iter().find(|(index, _)| *index > now)?;
                Some((later.0, later.1, end))
            })
            .min();
        match (gone, &self.kept) {
            (Some((_, number, end)), Some(kept)) => {
                let name = [number.to_string().as_bytes(), &path[end..]].concat();
                open(kept.as_fd(), &name, path)
            }
            _ => open(self.fs.as_fd(), path, path),
        }
    }
}

fn open(dir: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<File, ImageError> {
    let what = || format!("read {}", show(path));
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let fd = rustix::fs::openat2(dir, name, flags, Mode::empty(), resolve).attempt(what)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&fd).attempt(what)?.st_mode) != FileType::RegularFile {
        return Err(ImageError::corrupt(show(path), "it is no file any more"));
    }
    Ok(fd.into())
}
