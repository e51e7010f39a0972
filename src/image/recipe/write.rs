//! Writing a recipe down, while a tar goes by.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Write};

use super::{LITERAL_MAX, MAGIC, MOVED_MAX};
use crate::image::error::ImageError;
use crate::image::path::EntryPath;
use crate::sys::Attempt;

/// Fast rather than small: headers become a twentieth of their size either way.
const LEVEL: i32 = 1;

/// A recipe in the making.
pub struct Recipe {
    out: zstd::stream::write::Encoder<'static, File>,
    /// Parts on their way there: many small ones cost more one by one than packed together.
    parts: Vec<u8>,
    literal: Vec<u8>,
    /// Bytes of the tar that are in files, and still to come.
    elsewhere: u64,
    total: u64,
    moved: u64,
}

impl Recipe {
    /// Begins one in an empty file.
    ///
    /// # Errors
    /// ENOSPC, EIO.
    pub fn new(file: File) -> Result<Self, ImageError> {
        let begun = zstd::stream::write::Encoder::new(file, LEVEL).and_then(|mut out| {
            out.include_checksum(true)?;
            Ok(out)
        });
        let (out, literal) = (begun.attempt(what)?, Vec::with_capacity(LITERAL_MAX));
        Ok(Self { out, parts: MAGIC.to_vec(), literal, elsewhere: 0, total: 0, moved: 0 })
    }

    /// The next bytes of the tar are the content of `path`, from these (offset, length) pieces of it.
    ///
    /// # Errors
    /// ENOSPC, EIO.
    pub fn content(&mut self, path: &EntryPath, pieces: &[(u64, u64)]) -> Result<(), ImageError> {
        let length = pieces.iter().map(|(_, length)| length).sum::<u64>();
        if length == 0 {
            return Ok(());
        }
        self.elsewhere += length;
        let pieces = pieces.iter().filter(|(_, length)| *length > 0);
        let part = self.part(b'C')?;
        text(part, path.bytes());
        number(part, pieces.clone().count() as u64);
        for (offset, length) in pieces {
            number(part, *offset);
            number(part, *length);
        }
        Ok(())
    }

    /// What has this path until now gives way. Gives the number under which it is kept.
    ///
    /// # Errors
    /// ENOSPC, EIO; [`ImageError::Limit`].
    pub fn moved(&mut self, path: &EntryPath) -> Result<u64, ImageError> {
        if self.moved == MOVED_MAX {
            return Err(ImageError::Limit {
                what: "layer".to_owned(),
                reason: format!("more than {MOVED_MAX} of its entries give way to later ones"),
            });
        }
        text(self.part(b'M')?, path.bytes());
        self.moved += 1;
        Ok(self.moved - 1)
    }

    /// Bytes of the tar that have gone by.
    fn took(&mut self, bytes: &[u8]) -> Result<(), ImageError> {
        self.total += bytes.len() as u64;
        let skipped = bytes.len().min(usize::try_from(self.elsewhere).unwrap_or(usize::MAX));
        self.elsewhere -= skipped as u64;
        let mut rest = &bytes[skipped..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(LITERAL_MAX - self.literal.len()));
            self.literal.extend_from_slice(now);
            rest = later;
            if self.literal.len() == LITERAL_MAX {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends it; the tar has gone by to its last byte.
    ///
    /// # Errors
    /// ENOSPC, EIO.
    pub fn finish(mut self) -> Result<(), ImageError> {
        let total = self.total;
        number(self.part(b'E')?, total);
        self.out.write_all(&self.parts).attempt(what)?;
        self.out.finish().attempt(what)?;
        Ok(())
    }

    /// Begins a part behind those that there are.
    fn part(&mut self, letter: u8) -> Result<&mut Vec<u8>, ImageError> {
        self.flush()?;
        if self.parts.len() >= LITERAL_MAX {
            self.out.write_all(&self.parts).attempt(what)?;
            self.parts.clear();
        }
        self.parts.push(letter);
        Ok(&mut self.parts)
    }

    fn flush(&mut self) -> Result<(), ImageError> {
        if !self.literal.is_empty() {
            let literal = std::mem::take(&mut self.literal);
            text(self.part(b'L')?, &literal);
            self.literal = literal;
            self.literal.clear();
        }
        Ok(())
    }
}

fn what() -> String {
    "write down how the layer's tar is made".to_owned()
}

fn text(part: &mut Vec<u8>, text: &[u8]) {
    number(part, text.len() as u64);
    part.extend_from_slice(text);
}

/// LEB128.
fn number(part: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        part.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    part.push(value as u8);
}

/// A tar stream whose bytes go into a recipe as they are read.
pub struct Tap<'a, R> {
    /// The tar.
    pub stream: R,
    /// The recipe.
    pub recipe: &'a RefCell<Recipe>,
}

impl<R: Read> Read for Tap<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.read(buffer)?;
        self.recipe.borrow_mut().took(&buffer[..n])?;
        Ok(n)
    }
}
