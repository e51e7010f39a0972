//! Maps of sparse files: (offset, length) pieces in ascending order, and how the three formats write them down.

use super::super::error::ImageError;
use super::corrupt;
use super::header::{BLOCK, unsigned};

/// Most pieces of one file.
pub(super) const PIECES_MAX: usize = 100_000;

/// Is the map in order, inside the file, and as long as the stored content?
pub(super) fn check(map: &[(u64, u64)], size: u64, stored: u64) -> Result<(), &'static str> {
    let (mut end, mut total) = (0u64, 0u64);
    for (offset, length) in map {
        if *offset < end {
            return Err("pieces of a sparse file overlap");
        }
        end = offset.checked_add(*length).ok_or("a piece of a sparse file is too long")?;
        total += length;
    }
    if end > size {
        return Err("a piece of a sparse file lies behind its end");
    }
    if total != stored {
        return Err("the pieces of a sparse file do not add up to its content");
    }
    Ok(())
}

/// GNU's (offset, length) fields of 12 bytes each; an empty one ends them.
pub(super) fn pieces(fields: &[u8]) -> Result<Vec<(u64, u64)>, ImageError> {
    fields
        .chunks_exact(24)
        .take_while(|piece| piece[0] != 0)
        .map(|piece| Ok((unsigned(&piece[..12])?, unsigned(&piece[12..])?)))
        .collect()
}

/// A block of further pieces, and whether another follows.
pub(super) fn extension(block: &[u8; BLOCK]) -> Result<(Vec<(u64, u64)>, bool), ImageError> {
    Ok((pieces(&block[..504])?, block[504] != 0))
}

/// The text map of PAX format 1.0: a count, then that many pairs, one number a line.
#[derive(Default)]
pub(super) struct MapText {
    numbers: Vec<u64>,
    digits: u64,
    any: bool,
}

impl MapText {
    /// Takes a block; the map, once it is whole.
    pub(super) fn feed(&mut self, block: &[u8; BLOCK]) -> Result<Option<Vec<(u64, u64)>>, ImageError> {
        let bad = || corrupt("the map of a sparse file cannot be read");
        for byte in block {
            match byte {
                b'0'..=b'9' => {
                    self.digits = self
                        .digits
                        .checked_mul(10)
                        .and_then(|v| v.checked_add(u64::from(byte - b'0')))
                        .ok_or_else(bad)?;
                    self.any = true;
                }
                b'\n' if self.any => {
                    self.numbers.push(std::mem::take(&mut self.digits));
                    self.any = false;
                    let count = usize::try_from(self.numbers[0]).map_err(|_| bad())?;
                    if count > PIECES_MAX {
                        return Err(corrupt("a sparse file of more than 100000 pieces"));
                    }
                    if self.numbers.len() == 1 + 2 * count {
                        return Ok(Some(self.numbers[1..].chunks_exact(2).map(|p| (p[0], p[1])).collect()));
                    }
                }
                _ => return Err(bad()),
            }
        }
        Ok(None)
    }
}
