//! Members into one tar, which is the same for the same images: no times, no owners.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{LayerSource, Member};
use crate::image::error::ImageError;
use crate::image::tar::{Entry, Kind, TarWriter};
use crate::model::Digest;

/// Writes an archive.
///
/// # Errors
/// A layer that cannot be given out, those of the stream. What was written so far is no archive then.
pub fn write_archive(
    members: &[Member],
    layers: &HashMap<Digest, LayerSource>,
    out: impl Write,
) -> Result<(), ImageError> {
    let mut tar = TarWriter::new(out);
    let failed = |error| ImageError::from_io("write the archive", error);
    for member in members {
        let size = match member {
            Member::Bytes(_, bytes) => bytes.len() as u64,
            Member::Layer(_, layer) => layer.size,
        };
        tar.entry(&head(member.name(), size)).map_err(failed)?;
        match member {
            Member::Bytes(_, bytes) => tar.data(bytes).map_err(failed)?,
            Member::Layer(_, layer) => {
                let source = layers.get(&layer.diff_id).ok_or(ImageError::Cancelled)?;
                source.write(&layer.diff_id, &mut Content(&mut tar))?;
            }
        }
    }
    tar.finish().map_err(failed)?;
    Ok(())
}

fn head(name: &str, size: u64) -> Entry {
    Entry {
        path: name.as_bytes().to_vec(),
        link: Vec::new(),
        kind: Kind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: (0, 0),
        xattrs: Vec::new(),
        size,
        sparse: None,
    }
}

/// The content of one member.
struct Content<'a, W>(&'a mut TarWriter<W>);

impl<W: Write> Write for Content<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.data(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::codec::Codec;
    use crate::image::recipe::LayerFiles;
    use crate::image::save::OutgoingLayer;
    use crate::image::tar::TarReader;
    use crate::image::{LayerDirs, Limits, OwnerPolicy, apply_layer, sha256, tar::build::Tar};
    use std::os::fd::AsFd;

    fn layer(tar: &[u8], claimed: u64) -> (Vec<Member>, HashMap<Digest, LayerSource>) {
        let open = || std::fs::File::open(tempfile::tempdir().unwrap().keep()).unwrap();
        let (fs, kept, recipe) = (open(), open(), tempfile::tempfile().unwrap());
        let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
        apply_layer(tar, dirs, &OwnerPolicy::Record, &Limits::default()).unwrap();
        let diff_id = sha256(tar);
        let outgoing = OutgoingLayer {
            diff_id: diff_id.clone(),
            digest: diff_id.clone(),
            size: claimed,
            codec: Codec::Plain,
        };
        let files = LayerFiles { fs: fs.into(), kept: None, recipe };
        let members =
            vec![Member::Layer("l".to_owned(), outgoing), Member::Bytes("d".to_owned(), b"{}".to_vec())];
        (members, [(diff_id, LayerSource::Files(files))].into())
    }

    #[test]
    fn layers_and_documents_stand_one_after_the_other() {
        let tar = Tar::default().end();
        let (members, layers) = layer(&tar, tar.len() as u64);
        let mut out = Vec::new();
        write_archive(&members, &layers, &mut out).unwrap();
        let mut reader = TarReader::new(out.as_slice());
        let first = reader.next_entry().unwrap().unwrap();
        assert_eq!((first.path.as_slice(), first.size, first.mtime), (&b"l"[..], tar.len() as u64, (0, 0)));
        assert_eq!(reader.next_entry().unwrap().unwrap().path, b"d");
        let mut again = Vec::new();
        write_archive(&members, &layers, &mut again).unwrap();
        assert!(out == again);
    }

    #[test]
    fn a_layer_of_another_length_than_the_store_says_is_an_error() {
        let tar = Tar::default().end();
        for claimed in [tar.len() as u64 - 1, tar.len() as u64 + 1] {
            let (members, layers) = layer(&tar, claimed);
            assert!(write_archive(&members, &layers, Vec::new()).is_err(), "{claimed}");
        }
    }
}
