//! Following a recipe: the exact tar, or an error before its end.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use sha2::{Digest as _, Sha256};

use super::{LayerFiles, Part};
use crate::image::error::{ImageError, show};
use crate::model::Digest;
use crate::sys::SysError;

/// How much is moved at once.
const CHUNK: usize = 256 * 1024;

/// Writes the tar of a layer, and gives its length. What was written is that tar only if this succeeds.
///
/// # Errors
/// [`ImageError::Digest`] when the files are not those of the tar `diff_id`, [`ImageError::Corrupt`] when some are missing
/// or too short, those of `out`.
pub fn rebuild(layer: &LayerFiles, diff_id: &Digest, out: &mut dyn Write) -> Result<u64, ImageError> {
    let moves = layer.moves()?;
    let mut parts = layer.parts()?;
    let mut sink = Sink { out, hash: Sha256::new(), length: 0, pending: Vec::with_capacity(CHUNK) };
    let mut index = 0;
    while let Some(part) = parts.next_part()? {
        match part {
            Part::Literal(bytes) => sink.write(&bytes)?,
            Part::Content { path, pieces } => {
                let file = layer.open(&path, index, &moves)?;
                for (offset, length) in pieces {
                    sink.copy(&file, offset, length, &path)?;
                }
            }
            Part::Moved(_) => {}
        }
        index += 1;
    }
    sink.flush()?;
    let got = Digest::from_bytes(&sink.hash.finalize().into());
    if got != *diff_id {
        return Err(ImageError::Digest { what: "tar".to_owned(), want: diff_id.clone(), got });
    }
    Ok(sink.length)
}

struct Sink<'a> {
    out: &'a mut dyn Write,
    hash: Sha256,
    length: u64,
    pending: Vec<u8>,
}

impl Sink<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), ImageError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn copy(&mut self, file: &File, offset: u64, length: u64, path: &[u8]) -> Result<(), ImageError> {
        let mut done = 0;
        while done < length {
            let begin = self.pending.len();
            let want = (CHUNK - begin).min(usize::try_from(length - done).unwrap_or(CHUNK));
            self.pending.resize(begin + want, 0);
            let read = file.read_at(&mut self.pending[begin..], offset + done);
            self.pending.truncate(begin + read.as_ref().map_or(0, |n| *n));
            match read {
                Ok(0) => {
                    return Err(ImageError::corrupt(show(path), "it is shorter than it was unpacked"));
                }
                Ok(n) => done += n as u64,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(SysError::new(format!("read {}", show(path)), e).into()),
            }
            if self.pending.len() == CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ImageError> {
        self.hash.update(&self.pending);
        self.length += self.pending.len() as u64;
        self.out.write_all(&self.pending).map_err(|e| ImageError::from_io("write the archive", e))?;
        self.pending.clear();
        Ok(())
    }
}
