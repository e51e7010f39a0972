//! A layer's blob from packed bytes to files: one thread reads, unpacks and hashes, the other writes. Both digests are
//! known when the last byte was read; nothing is believed before that.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::apply::{LayerDirs, LayerReport, apply_layer};
use super::codec::Decoder;
use super::error::ImageError;
use super::limits::Limits;
use super::owner::OwnerPolicy;
use crate::model::Digest;

/// Size of the pieces handed from thread to thread, and how many wait at most.
const PIECE: usize = 256 * 1024;
const PIECES: usize = 4;

/// What a layer's blob must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Digest of the packed bytes, where the format names one.
    pub digest: Option<Digest>,
    /// How many packed bytes, where the format says so.
    pub size: Option<u64>,
    /// Digest of the tar, from the configuration's `rootfs.diff_ids`; none when there is no configuration yet.
    pub diff_id: Option<Digest>,
    /// What the manifest says of the packing; may be empty.
    pub media_type: String,
}

/// What a blob turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Digest and length of the packed bytes.
    pub digest: Digest,
    /// Length of the packed bytes.
    pub size: u64,
    /// Digest of the tar.
    pub diff_id: Digest,
    /// Length of the tar.
    pub tar_size: u64,
}

/// Unpacks a blob and verifies it. `stop` makes it give up.
///
/// # Errors
/// As [`apply_layer`]; [`ImageError::Digest`] when the blob is not what was expected, which is then told rather than the
/// nonsense that a wrong blob holds.
pub fn unpack_blob(
    blob: impl Read + Send,
    expected: &Expected,
    dirs: LayerDirs<'_>,
    owners: &OwnerPolicy,
    limits: &Limits,
    stop: &AtomicBool,
) -> Result<(LayerReport, Sums), ImageError> {
    let (full, incoming) = sync_channel(PIECES);
    let (empty, recycled) = sync_channel(PIECES + 2);
    std::thread::scope(|scope| {
        let pump = scope.spawn(move || pump(blob, expected, limits, stop, &full, &recycled));
        let mut pipe = Pipe { incoming, empty, piece: Vec::new(), used: 0, failed: None };
        let applied = apply_layer(&mut pipe, dirs, owners, limits);
        let applied = applied.map_err(|error| pipe.failed.take().unwrap_or(error));
        if let Err(ImageError::Corrupt { .. } | ImageError::Entry { .. }) = applied {
            // Is the archive bad, or only this copy of it? The rest of the bytes tells.
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        drop(pipe);
        let sums = pump.join().map_err(|_| ImageError::corrupt("layer", "the reader of it panicked"))?;
        match (applied, sums) {
            (_, Err(error @ ImageError::Digest { .. })) => Err(error),
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(report), Ok(sums)) => Ok((report, sums)),
        }
    })
}

/// Reads, unpacks, hashes; gives up quietly when nobody takes the pieces any more.
fn pump(
    blob: impl Read,
    expected: &Expected,
    limits: &Limits,
    stop: &AtomicBool,
    full: &SyncSender<Result<Vec<u8>, ImageError>>,
    recycled: &Receiver<Vec<u8>>,
) -> Result<Sums, ImageError> {
    let read_in = AtomicU64::new(0);
    let mut packed = Hashing { inner: blob, hash: Sha256::new(), count: &read_in };
    let (unpacked, tar_size) = match unpack(&mut packed, expected, limits, stop, full, recycled) {
        Ok(sums) => sums,
        Err(error) => {
            if matches!(error, ImageError::Corrupt { .. }) && io::copy(&mut packed, &mut io::sink()).is_ok() {
                check("blob", expected.digest.as_ref(), &finish(packed.hash))?;
            }
            // A receiver that is gone has an error of its own to tell.
            let _ = full.send(Err(error.clone()));
            return Err(error);
        }
    };
    let size = read_in.load(Ordering::Relaxed);
    let sums = Sums { digest: finish(packed.hash), size, diff_id: unpacked, tar_size };
    check("blob", expected.digest.as_ref(), &sums.digest)?;
    if let Some(want) = expected.size.filter(|want| *want != size) {
        return Err(ImageError::corrupt("blob", format!("it has {size} bytes, the manifest says {want}")));
    }
    check("tar", expected.diff_id.as_ref(), &sums.diff_id)?;
    Ok(sums)
}

fn unpack(
    packed: &mut Hashing<'_, impl Read>,
    expected: &Expected,
    limits: &Limits,
    stop: &AtomicBool,
    full: &SyncSender<Result<Vec<u8>, ImageError>>,
    recycled: &Receiver<Vec<u8>>,
) -> Result<(Digest, u64), ImageError> {
    let read_in = packed.count;
    let (mut decoder, codec) = Decoder::new(packed, "layer")?;
    if !codec.fits(&expected.media_type) {
        let reason = format!("it is {codec:?}, the manifest says {}", expected.media_type);
        return Err(ImageError::corrupt("blob", reason.to_lowercase()));
    }
    let mut hash = Sha256::new();
    let mut tar_size = 0;
    let mut wanted = true;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(ImageError::Cancelled);
        }
        let mut piece = recycled.try_recv().unwrap_or_default();
        piece.resize(PIECE, 0);
        let filled = fill(&mut decoder, &mut piece).map_err(|e| ImageError::from_io("layer", e))?;
        if filled == 0 {
            break;
        }
        piece.truncate(filled);
        hash.update(&piece);
        tar_size += filled as u64;
        limits.check_bytes(read_in.load(Ordering::Relaxed), tar_size)?;
        // When the writer has failed, what is left is only hashed if it asks for that; else nobody listens.
        wanted = wanted && full.send(Ok(piece)).is_ok();
        if !wanted {
            return Err(ImageError::Cancelled);
        }
    }
    // Bytes after the last member or frame belong to the blob's digest.
    io::copy(&mut decoder.into_inner(), &mut io::sink()).map_err(|e| ImageError::from_io("layer", e))?;
    Ok((finish(hash), tar_size))
}

fn check(what: &str, want: Option<&Digest>, got: &Digest) -> Result<(), ImageError> {
    match want {
        Some(want) if want != got => {
            Err(ImageError::Digest { what: what.to_owned(), want: want.clone(), got: got.clone() })
        }
        _ => Ok(()),
    }
}

fn finish(hash: Sha256) -> Digest {
    Digest::from_bytes(&hash.finalize().into())
}

fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

/// Hashes and counts what is read through it.
struct Hashing<'a, R> {
    inner: R,
    hash: Sha256,
    count: &'a AtomicU64,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The writer's end.
struct Pipe {
    incoming: Receiver<Result<Vec<u8>, ImageError>>,
    empty: SyncSender<Vec<u8>>,
    piece: Vec<u8>,
    used: usize,
    failed: Option<ImageError>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            match self.incoming.recv() {
                Ok(Ok(piece)) => {
                    // Reused when there is room for it, else freed.
                    let _ = self.empty.try_send(std::mem::replace(&mut self.piece, piece));
                    self.used = 0;
                }
                Ok(Err(error)) => {
                    self.failed = Some(error.clone());
                    return Err(error.into());
                }
                Err(_) => return Ok(0),
            }
        }
        let n = buffer.len().min(self.piece.len() - self.used);
        buffer[..n].copy_from_slice(&self.piece[self.used..self.used + n]);
        self.used += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;

    use super::*;
    use crate::image::tar::build::Tar;

    fn sha(bytes: &[u8]) -> Digest {
        Digest::from_bytes(&Sha256::digest(bytes).into())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn expected(blob: &[u8], tar: &[u8]) -> Expected {
        let size = Some(blob.len() as u64);
        Expected { digest: Some(sha(blob)), size, diff_id: Some(sha(tar)), media_type: String::new() }
    }

    fn run(blob: &[u8], expected: &Expected) -> Result<(LayerReport, Sums), ImageError> {
        let (dir, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (fs, kept) =
            (std::fs::File::open(dir.path()).unwrap(), std::fs::File::open(kept.path()).unwrap());
        let recipe = tempfile::tempfile().unwrap();
        let stop = AtomicBool::new(false);
        let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
        unpack_blob(blob, expected, dirs, &OwnerPolicy::Record, &Limits::default(), &stop)
    }

    #[test]
    fn every_packing_gives_the_same_layer() {
        let tar = Tar::default().file("f", &vec![7; 700_000]).end();
        let members = [gzip(&tar[..1000]), gzip(&tar[1000..])].concat();
        for blob in [tar.clone(), gzip(&tar), members, zstd::encode_all(tar.as_slice(), 3).unwrap()] {
            let (report, sums) = run(&blob, &expected(&blob, &tar)).unwrap();
            assert_eq!(
                (report.size, sums.tar_size, sums.size),
                (700_000, tar.len() as u64, blob.len() as u64)
            );
        }
    }

    #[test]
    fn a_wrong_digest_is_told_whatever_the_bytes_look_like() {
        let tar = Tar::default().file("f", &vec![7; 700_000]).end();
        let good = gzip(&tar);
        let want = expected(&good, &tar);
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 0x55;
        let other = gzip(&Tar::default().file("other", b"x").end());
        let evil = gzip(&Tar::default().file("../x", b"x").end());
        for (what, blob) in [
            ("flipped", &flipped),
            ("cut", &good[..good.len() / 2].to_vec()),
            ("other", &other),
            ("evil", &evil),
        ] {
            let error = run(blob, &want).unwrap_err();
            assert!(matches!(error, ImageError::Digest { .. }), "{what}: {error}");
        }
    }

    #[test]
    fn a_wrong_diff_id_is_told() {
        let tar = Tar::default().file("f", b"x").end();
        let mut want = expected(&gzip(&tar), &tar);
        want.diff_id = Some(sha(b"else"));
        assert!(
            matches!(run(&gzip(&tar), &want).unwrap_err(), ImageError::Digest { what, .. } if what == "tar")
        );
    }

    #[test]
    fn corrupted_packing_ends_with_an_error() {
        let tar = Tar::default().file("f", &vec![7; 700_000]).end();
        let mut blob = gzip(&tar);
        blob.truncate(blob.len() - 20);
        let none = Expected { digest: None, size: None, diff_id: None, media_type: String::new() };
        assert!(run(&blob, &none).is_err());
        assert!(run(b"\x1f\x8bgarbage", &none).is_err());
        assert!(run(&vec![b'x'; 3 << 20], &none).is_err());
    }
}
