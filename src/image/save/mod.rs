//! Images on their way out: what an archive or a directory of a format holds (`members`, pure), and writing that down.

mod archive;
mod directory;
mod gzip;
mod members;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

pub use archive::write_archive;
pub use directory::write_directory;
pub use gzip::{Packed, pack_gzip};
pub use members::{Member, OutgoingImage, OutgoingLayer, members};

use super::error::ImageError;
use super::recipe::{LayerFiles, rebuild};
use crate::model::Digest;
use crate::sys::Attempt;

/// How much is moved at once.
const CHUNK: usize = 256 * 1024;

/// Where a layer's bytes come from.
#[derive(Debug)]
pub enum LayerSource {
    /// Its files, put together to the tar again.
    Files(LayerFiles),
    /// A file that holds them ready.
    Ready(File),
}

impl LayerSource {
    /// Writes them.
    ///
    /// # Errors
    /// As [`rebuild`]; with the layer.
    fn write(&self, diff_id: &Digest, out: &mut dyn Write) -> Result<(), ImageError> {
        let written = match self {
            Self::Files(files) => rebuild(files, diff_id, out).map(|_| ()),
            Self::Ready(file) => copy(file, out),
        };
        written.map_err(|error| error.in_layer(diff_id))
    }
}

fn copy(file: &File, out: &mut dyn Write) -> Result<(), ImageError> {
    let mut buffer = vec![0; CHUNK];
    let mut done = 0;
    loop {
        let n = match file.read_at(&mut buffer, done) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other.attempt(|| "read a packed layer")?,
        };
        if n == 0 {
            return Ok(());
        }
        out.write_all(&buffer[..n]).map_err(|error| ImageError::from_io("write the archive", error))?;
        done += n as u64;
    }
}
