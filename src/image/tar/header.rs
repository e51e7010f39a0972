//! The 512-byte header: fields at fixed places, numbers in octal or (GNU) base 256.

use super::super::error::ImageError;
use super::{corrupt, sparse};

/// Size of a header, and what everything is padded to.
pub(super) const BLOCK: usize = 512;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of an entry before it.
    HardLink,
    /// A character or block device.
    Device,
    /// A FIFO.
    Fifo,
    /// Something else, by its type flag: volume labels, multi-volume parts, vendors' inventions.
    Other(u8),
}

impl Kind {
    /// Types that never have content.
    pub(super) fn is_header_only(self) -> bool {
        !matches!(self, Self::File | Self::Other(_))
    }
}

/// A header whose checksum is right.
pub(super) struct Block([u8; BLOCK]);

impl Block {
    pub(super) fn check(bytes: [u8; BLOCK]) -> Result<Self, ImageError> {
        let block = Self(bytes);
        let stored = number(block.field(148, 8))?;
        // Old tars summed signed bytes (GNU tar manual, "Basic Tar Format").
        let (mut unsigned, mut signed) = (0i64, 0i64);
        for (i, byte) in bytes.iter().enumerate() {
            let byte = if (148..156).contains(&i) { b' ' } else { *byte };
            unsigned += i64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        if stored != unsigned && stored != signed {
            return Err(corrupt("checksum of a header is wrong"));
        }
        Ok(block)
    }

    pub(super) fn type_flag(&self) -> u8 {
        self.0[156]
    }

    pub(super) fn kind(&self, path: &[u8]) -> Kind {
        match self.type_flag() {
            // Before ustar a directory was a file with a slash at the end of its name.
            0 | b'0' if path.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' | b'4' => Kind::Device,
            b'5' => Kind::Directory,
            b'6' => Kind::Fifo,
            other => Kind::Other(other),
        }
    }

    pub(super) fn path(&self) -> Vec<u8> {
        let name = text(self.field(0, 100));
        let prefix = text(self.field(345, 155));
        // GNU's format has other fields where ustar has the prefix.
        if self.field(257, 6) == b"ustar\0" && !prefix.is_empty() {
            [prefix, b"/", name].concat()
        } else {
            name.to_vec()
        }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        text(self.field(157, 100)).to_vec()
    }

    pub(super) fn mode(&self) -> Result<u32, ImageError> {
        Ok((unsigned(self.field(100, 8))? & 0o7777) as u32)
    }

    pub(super) fn uid(&self) -> Result<u64, ImageError> {
        unsigned(self.field(108, 8))
    }

    pub(super) fn gid(&self) -> Result<u64, ImageError> {
        unsigned(self.field(116, 8))
    }

    pub(super) fn size(&self) -> Result<u64, ImageError> {
        unsigned(self.field(124, 12))
    }

    pub(super) fn mtime(&self) -> Result<i64, ImageError> {
        number(self.field(136, 12))
    }

    /// Length of a sparse file with its holes (GNU).
    pub(super) fn real_size(&self) -> Result<u64, ImageError> {
        unsigned(self.field(483, 12))
    }

    /// The first pieces of a sparse file (GNU), and whether more follow.
    pub(super) fn sparse(&self) -> Result<(Vec<(u64, u64)>, bool), ImageError> {
        Ok((sparse::pieces(self.field(386, 96))?, self.0[482] != 0))
    }

    fn field(&self, start: usize, len: usize) -> &[u8] {
        &self.0[start..start + len]
    }
}

/// Bytes up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    &field[..end]
}

pub(super) fn unsigned(field: &[u8]) -> Result<u64, ImageError> {
    u64::try_from(number(field)?).map_err(|_| corrupt("a negative number in a header"))
}

/// Octal, with blanks and NULs around it, empty for 0; or base 256 in two's complement when the first bit is set.
fn number(field: &[u8]) -> Result<i64, ImageError> {
    let bad = || corrupt("a number in a header cannot be read");
    if field[0] & 0x80 != 0 {
        let mut value: i128 = if field[0] & 0x40 != 0 { -1 } else { 0 };
        for (i, byte) in field.iter().enumerate() {
            let byte = if i == 0 { (byte & 0x7f) | (if value < 0 { 0x80 } else { 0 }) } else { *byte };
            value = (value << 8) | i128::from(byte);
        }
        return i64::try_from(value).map_err(|_| bad());
    }
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|b| matches!(b, 0 | b' ')).unwrap_or(digits.len());
    if digits[end..].iter().any(|b| !matches!(b, 0 | b' ')) {
        return Err(bad());
    }
    digits[..end].iter().try_fold(0i64, |value, byte| match byte {
        b'0'..=b'7' => {
            value.checked_mul(8).and_then(|v| v.checked_add(i64::from(byte - b'0'))).ok_or_else(bad)
        }
        _ => Err(bad()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_form() {
        for (field, value) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"\0\0\0\0\0\0\0\0", 0),
            (b"77777777", 0o77_777_777),
            (b"\x80\0\0\0\0\0\x01\0", 256),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", -1),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
        ] {
            assert_eq!(number(field).unwrap(), value, "{field:?}");
        }
        for bad in [
            &b"12345678"[..],
            b"-1\0\0\0\0\0\0",
            b"1 2\0\0\0\0\0",
            b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(number(bad).is_err(), "{bad:?}");
        }
        assert!(unsigned(b"\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
    }
}
