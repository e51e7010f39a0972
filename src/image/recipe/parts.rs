//! Reading a recipe. It lies in a user's own store, but nothing in it is believed: lengths are limited, and what does not
//! fit is an error.

use std::io::{self, BufReader, Read};

use super::{LITERAL_MAX, MAGIC};
use crate::image::error::ImageError;
use crate::image::path::PATH_MAX;

/// Most pieces of one file.
const PIECES_MAX: u64 = 100_000;

/// One part of a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Literal(Vec<u8>),
    /// Pieces of a file, (offset, length).
    Content {
        /// Below the layer's root.
        path: Vec<u8>,
        /// In the order of the tar.
        pieces: Vec<(u64, u64)>,
    },
    /// What had this path is kept aside from here on.
    Moved(Vec<u8>),
}

/// The parts of a recipe, one after the other.
pub struct Parts<R: Read> {
    stream: BufReader<zstd::stream::read::Decoder<'static, BufReader<R>>>,
    total: u64,
    ended: bool,
}

impl<R: Read> Parts<R> {
    /// Begins at the beginning.
    ///
    /// # Errors
    /// Those of reading; [`ImageError::Corrupt`] for what is no recipe of this format.
    pub fn new(stream: R) -> Result<Self, ImageError> {
        let decoder = zstd::stream::read::Decoder::new(stream).map_err(broken)?.single_frame();
        let mut stream = BufReader::with_capacity(LITERAL_MAX, decoder);
        let mut magic = [0; MAGIC.len()];
        stream.read_exact(&mut magic).map_err(broken)?;
        if magic != MAGIC {
            return Err(corrupt("it is none that this rctr knows"));
        }
        Ok(Self { stream, total: 0, ended: false })
    }

    /// The next part; none after the last one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn next_part(&mut self) -> Result<Option<Part>, ImageError> {
        if self.ended {
            return Ok(None);
        }
        let mut letter = [0];
        self.stream.read_exact(&mut letter).map_err(broken)?;
        let part = match letter[0] {
            b'L' => {
                let bytes = self.text(LITERAL_MAX)?;
                self.total = self.total.saturating_add(bytes.len() as u64);
                Part::Literal(bytes)
            }
            b'C' => {
                let path = self.text(PATH_MAX)?;
                let count = self.number()?;
                if count > PIECES_MAX {
                    return Err(corrupt("a file of too many pieces"));
                }
                let mut pieces = Vec::new();
                for _ in 0..count {
                    let (offset, length) = (self.number()?, self.number()?);
                    if offset.checked_add(length).is_none() {
                        return Err(corrupt("a piece that is too long"));
                    }
                    self.total = self.total.saturating_add(length);
                    pieces.push((offset, length));
                }
                Part::Content { path, pieces }
            }
            b'M' => Part::Moved(self.text(PATH_MAX)?),
            b'E' => {
                let total = self.number()?;
                // The frame's checksum stands at its end.
                let rest = io::copy(&mut self.stream, &mut io::sink()).map_err(broken)?;
                if total != self.total || rest > 0 {
                    return Err(corrupt("it does not add up"));
                }
                self.ended = true;
                return Ok(None);
            }
            _ => return Err(corrupt("a part of an unknown kind")),
        };
        Ok(Some(part))
    }

    fn text(&mut self, most: usize) -> Result<Vec<u8>, ImageError> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if length > most {
            return Err(corrupt("a part that is too long"));
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map_err(broken)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u64, ImageError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).map_err(broken)?;
            let bits = u64::from(byte[0] & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte[0] & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(corrupt("a number that is too large"))
    }
}

fn corrupt(reason: &str) -> ImageError {
    ImageError::corrupt("recipe of the tar", reason)
}

fn broken(error: io::Error) -> ImageError {
    match error.raw_os_error() {
        Some(_) => ImageError::from_io("read the recipe of the tar", error),
        None => corrupt(&error.to_string()),
    }
}
