//! zstd by one thread: it is fast enough for that, and what comes out depends on the bytes that go in alone.

use std::io::Write;

use super::Packed;
use super::gzip::Hashing;
use crate::image::error::ImageError;

/// Packs what `produce` writes; 1 is the fastest and 22 the smallest, none is zstd's own choice.
///
/// # Errors
/// Those of `produce` and of `out`.
pub(super) fn pack_zstd(
    level: Option<u32>,
    out: impl Write,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), ImageError>,
) -> Result<Packed, ImageError> {
    let failed = |error| ImageError::from_io("pack a layer", error);
    let level = level.and_then(|level| i32::try_from(level).ok()).unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL);
    let mut encoder = zstd::stream::write::Encoder::new(Hashing::new(out), level).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    produce(&mut encoder)?;
    let mut out = encoder.finish().map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(out.packed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sha256;

    #[test]
    fn anybody_unpacks_it_and_it_is_the_same_each_time() {
        let bytes = b"something to pack ".repeat(10_000);
        for level in [None, Some(1), Some(19)] {
            let pack = || {
                let mut out = Vec::new();
                let packed = pack_zstd(level, &mut out, |stream| {
                    stream.write_all(&bytes).map_err(|error| ImageError::from_io("x", error))
                });
                (out, packed.unwrap())
            };
            let (out, packed) = pack();
            assert_eq!(packed, Packed { digest: sha256(&out), size: out.len() as u64 });
            assert!(zstd::decode_all(out.as_slice()).unwrap() == bytes && pack().0 == out, "{level:?}");
        }
    }
}
