//! Images on their way out: what an archive or a directory of a format holds (`members`, pure), and writing that down.

mod archive;
mod directory;
mod gzip;
mod members;
mod zstandard;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

pub use archive::write_archive;
pub use directory::write_directory;
pub use gzip::Packed;
pub use members::{Member, OutgoingImage, OutgoingLayer, manifest_of, members};

use super::codec::Codec;
use super::error::ImageError;
use super::recipe::{LayerFiles, rebuild};
use crate::model::Digest;
use crate::sys::Attempt;
use gzip::{Hashing, pack_gzip};
use zstandard::pack_zstd;

/// How much is moved at once.
const CHUNK: usize = 256 * 1024;

/// How layers are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    /// With what.
    pub codec: Codec,
    /// How well: 1 to 9 for gzip, 1 to 22 for zstd; none is what these take by themselves.
    pub level: Option<u32>,
}

impl Packing {
    /// Packs the tar of a layer into a file. The same tar gives the same bytes.
    ///
    /// # Errors
    /// As [`rebuild`], with the layer; those of writing.
    pub fn pack(self, layer: &LayerFiles, diff_id: &Digest, out: &File) -> Result<Packed, ImageError> {
        let produce = |out: &mut dyn Write| rebuild(layer, diff_id, out).map(|_| ());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let packed = match self.codec {
            Codec::Gzip => pack_gzip(threads, self.level, out, produce),
            Codec::Zstd => pack_zstd(self.level, out, produce),
            Codec::Plain => {
                let mut out = Hashing::new(out);
                produce(&mut out).map(|()| out.packed())
            }
        };
        packed.map_err(|error| error.in_layer(diff_id))
    }
}

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
