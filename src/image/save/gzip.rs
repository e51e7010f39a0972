//! gzip by several threads. What comes out depends on the bytes that go in alone: blocks of one size, each packed for
//! itself and ended at a byte (RFC 1951, 3.2.4), so that they can be put one behind the other.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::image::error::ImageError;
use crate::model::Digest;

/// Size of a block. Smaller ones would be packed worse, as each begins without what was before it.
const BLOCK: usize = 512 * 1024;
/// How hard is packed when nobody says: layers get as small as what podman and skopeo make of them, in less time.
const LEVEL: u32 = 3;
/// RFC 1952, 2.3: deflate, no name, no time, made on Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// What packed bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Their digest.
    pub digest: Digest,
    /// Their length.
    pub size: u64,
}

type Job = (Vec<u8>, FlushCompress, SyncSender<io::Result<Vec<u8>>>);

/// Packs what `produce` writes, by so many threads; 1 is the fastest and 9 the smallest, none is in between.
///
/// # Errors
/// Those of `produce` and of `out`.
pub fn pack_gzip(
    threads: usize,
    level: Option<u32>,
    out: impl Write,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), ImageError>,
) -> Result<Packed, ImageError> {
    let threads = threads.max(1);
    let level = Compression::new(level.unwrap_or(LEVEL));
    let (jobs, queue) = sync_channel::<Job>(threads);
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&queue, level));
        }
        let out = Hashing::new(out);
        let block = Vec::with_capacity(BLOCK);
        let mut blocks =
            Blocks { out, jobs, waiting: VecDeque::new(), most: 2 * threads, block, crc: Crc::new() };
        let failed = |error| ImageError::from_io("pack a layer", error);
        blocks.out.write_all(&HEADER).map_err(failed)?;
        produce(&mut blocks)?;
        blocks.finish().map_err(failed)
    })
}

fn work(queue: &Mutex<Receiver<Job>>, level: Compression) {
    loop {
        // A thread that panicked held this for a moment only.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((block, flush, done)) = job else { return };
        // Who waits for it may have given up.
        let _ = done.send(deflate(&block, level, flush));
    }
}

fn deflate(block: &[u8], level: Compression, flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut packed = Vec::with_capacity(block.len() / 2 + 1024);
    let mut state = Compress::new(level, false);
    loop {
        let used = usize::try_from(state.total_in()).unwrap_or(block.len());
        let status = state.compress_vec(&block[used..], &mut packed, flush)?;
        let all_in = state.total_in() == block.len() as u64;
        // With room left over there is nothing more to come.
        if status == Status::StreamEnd || all_in && packed.len() < packed.capacity() {
            return Ok(packed);
        }
        packed.reserve(BLOCK / 2);
    }
}

struct Blocks<W> {
    out: Hashing<W>,
    jobs: SyncSender<Job>,
    waiting: VecDeque<Receiver<io::Result<Vec<u8>>>>,
    most: usize,
    block: Vec<u8>,
    crc: Crc,
}

impl<W: Write> Blocks<W> {
    fn send(&mut self, flush: FlushCompress) -> io::Result<()> {
        let lost = || io::Error::other("a packing thread has ended");
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        let (done, result) = sync_channel(1);
        self.jobs.send((block, flush, done)).map_err(|_| lost())?;
        self.waiting.push_back(result);
        let most = if matches!(flush, FlushCompress::Finish) { 0 } else { self.most };
        while self.waiting.len() > most
            && let Some(first) = self.waiting.pop_front()
        {
            self.out.write_all(&first.recv().map_err(|_| lost())??)?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Packed> {
        self.send(FlushCompress::Finish)?;
        self.out.write_all(&self.crc.sum().to_le_bytes())?;
        self.out.write_all(&self.crc.amount().to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out.packed())
    }
}

impl<W: Write> Write for Blocks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..n]);
        self.crc.update(&bytes[..n]);
        if self.block.len() == BLOCK {
            self.send(FlushCompress::Sync)?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes and counts what goes through.
pub(super) struct Hashing<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Hashing<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), size: 0 }
    }

    /// What went through.
    pub fn packed(self) -> Packed {
        Packed { digest: Digest::from_bytes(&self.hash.finalize().into()), size: self.size }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::image::sha256;

    fn packed(threads: usize, bytes: &[u8]) -> (Vec<u8>, Packed) {
        let mut out = Vec::new();
        let sums = pack_gzip(threads, None, &mut out, |stream| {
            bytes.chunks(100_003).try_for_each(|piece| stream.write_all(piece)).unwrap();
            Ok(())
        });
        (out, sums.unwrap())
    }

    #[test]
    fn one_member_that_anybody_unpacks() {
        let noise: Vec<u8> = (0..3_000_000u64)
            .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 ^ (i / 1000) as u8)
            .collect();
        for bytes in [&b""[..], b"x", &noise[..BLOCK], &noise[..BLOCK + 1], &noise] {
            let (one, sums) = packed(1, bytes);
            assert_eq!(sums, Packed { digest: sha256(&one), size: one.len() as u64 });
            assert!(packed(3, bytes).0 == one, "the number of threads does not show");
            let mut again = Vec::new();
            // Reads one member only, and checks its sum.
            flate2::read::GzDecoder::new(one.as_slice()).read_to_end(&mut again).unwrap();
            assert!(again == bytes, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn errors_come_back() {
        let nothing = |_: &mut dyn Write| Err(ImageError::Cancelled);
        assert_eq!(pack_gzip(2, None, Vec::new(), nothing), Err(ImageError::Cancelled));
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(28))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = pack_gzip(2, None, Full, |out| {
            out.write_all(&[0; 5 << 20]).map_err(|e| ImageError::from_io("x", e))
        });
        assert_eq!(error.unwrap_err().errno(), 28);
    }
}
