//! How bytes are packed, told by their first ones: the file's name and the media type only claim it.

use std::io::{self, BufRead, BufReader, Read};

use super::error::ImageError;

/// A packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// None.
    Plain,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
}

impl Codec {
    /// Tells the packing by the first bytes.
    ///
    /// # Errors
    /// [`ImageError::Refused`] for packings that no image format allows.
    pub fn of(first: &[u8], what: &str) -> Result<Self, ImageError> {
        let other = match first {
            [0x1f, 0x8b, ..] => return Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => return Ok(Self::Zstd),
            // A skippable frame may come first (RFC 8878, 3.1.2).
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => return Ok(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => "xz",
            [b'B', b'Z', b'h', ..] => "bzip2",
            _ => return Ok(Self::Plain),
        };
        Err(ImageError::Refused {
            what: what.to_owned(),
            reason: format!("it is packed with {other}; images use gzip or zstd"),
        })
    }

    /// Does a layer's media type allow this? One that says nothing of packing does.
    pub fn fits(self, media_type: &str) -> bool {
        match media_type {
            t if t.ends_with("+zstd") => self == Self::Zstd,
            // Docker writes this for plain layers too.
            t if t.ends_with("+gzip") || t.ends_with(".gzip") => matches!(self, Self::Gzip | Self::Plain),
            _ => true,
        }
    }
}

/// Unpacks a stream.
pub enum Decoder<R: Read> {
    /// As it is.
    Plain(BufReader<R>),
    /// gzip.
    Gzip(Box<flate2::bufread::MultiGzDecoder<BufReader<R>>>),
    /// zstd.
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<R>>>),
}

impl<R: Read> Decoder<R> {
    /// Looks at the first bytes and chooses.
    ///
    /// # Errors
    /// Those of the stream and of [`Codec::of`].
    pub fn new(stream: R, what: &str) -> Result<(Self, Codec), ImageError> {
        let mut stream = BufReader::with_capacity(256 * 1024, stream);
        let first = stream.fill_buf().map_err(|e| ImageError::from_io(format!("read {what}"), e))?;
        let codec = Codec::of(first, what)?;
        let decoder = match codec {
            Codec::Plain => Self::Plain(stream),
            Codec::Gzip => Self::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(stream))),
            Codec::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(stream);
                Self::Zstd(Box::new(decoder.map_err(|e| ImageError::from_io(format!("read {what}"), e))?))
            }
        };
        Ok((decoder, codec))
    }

    /// Gives the packed stream back, so that its rest can be read.
    pub fn into_inner(self) -> BufReader<R> {
        match self {
            Self::Plain(stream) => stream,
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Zstd(decoder) => decoder.finish(),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_the_first_bytes() {
        assert_eq!(Codec::of(b"\x1f\x8b\x08", "x").unwrap(), Codec::Gzip);
        assert_eq!(Codec::of(b"\x28\xb5\x2f\xfd", "x").unwrap(), Codec::Zstd);
        assert_eq!(Codec::of(b"", "x").unwrap(), Codec::Plain);
        assert!(Codec::of(b"\xfd7zXZ\0", "x").unwrap_err().to_string().contains("xz"));
    }

    #[test]
    fn media_types_are_believed_loosely() {
        assert!(Codec::Plain.fits("application/vnd.docker.image.rootfs.diff.tar.gzip"));
        assert!(!Codec::Gzip.fits("application/vnd.oci.image.layer.v1.tar+zstd"));
        assert!(Codec::Gzip.fits("application/vnd.oci.image.layer.v1.tar"));
    }
}
