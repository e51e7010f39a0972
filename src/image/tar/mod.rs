//! Reading tar: ustar, GNU and PAX, one entry after the other, from a stream; and writing it (`write`).
//!
//! Own code, because layers come from strangers and two readers that disagree about where an entry begins are a way to
//! smuggle files past one of them: PAX records are taken by their length (values may hold newlines), a size in a PAX
//! record decides, and what cannot be read exactly is an error. Rules are those of pax(1) in POSIX.1-2017 and of GNU tar's manual,
//! "Basic Tar Format". No file is touched here and no path is judged.

mod header;
mod pax;
mod sparse;
mod write;

use std::io::{self, Read};

pub use header::Kind;
use header::{BLOCK, Block};
use pax::Pax;
pub use write::TarWriter;

use super::error::ImageError;

/// Longest PAX record block or GNU long name; Go's archive/tar has the same.
const SPECIAL_MAX: u64 = 1 << 20;

/// One entry: everything but its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name as in the archive, unjudged.
    pub path: Vec<u8>,
    /// Target of a symlink or hard link.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Modification time: seconds and nanoseconds since the epoch.
    pub mtime: (i64, u32),
    /// `SCHILY.xattr.*`: name and value.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Length of the file as it will be, holes included.
    pub size: u64,
    /// Where the stored bytes go, (offset, length), when the file has holes.
    pub sparse: Option<Vec<(u64, u64)>>,
}

/// Reads the entries of a tar stream.
#[derive(Debug)]
pub struct TarReader<R> {
    inner: R,
    /// Bytes taken from `inner`.
    position: u64,
    /// Stored bytes of the current entry that are still to come, and the padding after them.
    left: u64,
    padding: u64,
    ended: bool,
}

impl<R: Read> TarReader<R> {
    /// Reads from the beginning of an archive.
    pub fn new(inner: R) -> Self {
        Self { inner, position: 0, left: 0, padding: 0, ended: false }
    }

    /// How many bytes were taken from the stream; right after `next_entry` that is where the content begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next entry; content of the one before that was not read is passed over.
    ///
    /// # Errors
    /// [`ImageError::Corrupt`] for anything that is not exactly tar; errors of the stream.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, ImageError> {
        let mut pax = Pax::default();
        let mut long_name = None;
        let mut long_link = None;
        loop {
            let Some(block) = self.next_block()? else {
                if pax.is_empty() && long_name.is_none() && long_link.is_none() {
                    return Ok(None);
                }
                return Err(corrupt("an extended header stands at the end"));
            };
            match block.type_flag() {
                b'x' | b'X' => {
                    if !pax.is_empty() {
                        return Err(corrupt("two extended headers for one entry"));
                    }
                    let records = self.special(&block)?;
                    pax = Pax::parse(&records)?;
                }
                // A global header would describe every entry after it; git writes one to hold a comment. Like Go's and
                // docker's readers, nothing of it is applied.
                b'g' => {
                    self.special(&block)?;
                }
                b'L' => long_name = Some(until_nul(self.special(&block)?)),
                b'K' => long_link = Some(until_nul(self.special(&block)?)),
                _ => return self.entry(&block, pax, long_name, long_link).map(Some),
            }
        }
    }

    /// Reads stored bytes of the current entry; 0 at its end.
    ///
    /// # Errors
    /// Those of the stream; `UnexpectedEof` where it is cut off.
    pub fn read_data(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let got = self.inner.read(&mut buffer[..want])?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= got as u64;
        self.position += got as u64;
        Ok(got)
    }

    /// Leaves the current entry's content to the caller, who moves the stream past it: how many bytes that is.
    pub fn leave_content(&mut self) -> u64 {
        let rest = std::mem::take(&mut self.left).saturating_add(std::mem::take(&mut self.padding));
        self.position = self.position.saturating_add(rest);
        rest
    }

    /// Takes what is after the end of the archive, so that digests of the stream are whole.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn drain(&mut self) -> Result<(), ImageError> {
        let mut rest = vec![0; 64 * 1024];
        loop {
            match self.inner.read(&mut rest) {
                Ok(0) => return Ok(()),
                Ok(n) => self.position += n as u64,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(stream(e)),
            }
        }
    }

    fn entry(
        &mut self,
        block: &Block,
        pax: Pax,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<Entry, ImageError> {
        let stored = match pax.size {
            Some(size) => size,
            None => block.size()?,
        };
        let path = long_name.or(pax.path).unwrap_or_else(|| block.path());
        let kind = block.kind(&path);
        let link = long_link.or(pax.link).unwrap_or_else(|| block.link());
        if stored > 0 && kind.is_header_only() {
            // POSIX lets a link carry its content again; readers disagree whether it does.
            return Err(ImageError::entry(
                &path,
                "an entry of this type has no content, yet the header gives a size",
            ));
        }
        self.left = stored;
        self.padding = stored.wrapping_neg() % BLOCK as u64;
        if stored > u64::MAX - BLOCK as u64 {
            return Err(corrupt("size overflow"));
        }
        let mut entry = Entry {
            path,
            link,
            kind,
            mode: block.mode()? & 0o7777,
            uid: pax.uid.map_or_else(|| block.uid(), Ok)?,
            gid: pax.gid.map_or_else(|| block.gid(), Ok)?,
            mtime: pax.mtime.map_or_else(|| block.mtime().map(|s| (s, 0)), Ok)?,
            xattrs: pax.xattrs,
            size: stored,
            sparse: None,
        };
        if block.type_flag() == b'S' {
            entry.sparse = Some(self.gnu_sparse(block)?);
            entry.size = block.real_size()?;
        } else if let Some(found) = pax.sparse {
            if let Some(name) = found.name {
                entry.path = name;
            }
            entry.size = found.size;
            entry.sparse = Some(match found.map {
                Some(map) => map,
                None => self.pax_sparse_map()?,
            });
        }
        if let Some(map) = &entry.sparse {
            sparse::check(map, entry.size, self.left)
                .map_err(|reason| ImageError::entry(&entry.path, reason))?;
        }
        Ok(entry)
    }

    /// GNU's old format: four pieces in the header, more in blocks that follow it.
    fn gnu_sparse(&mut self, block: &Block) -> Result<Vec<(u64, u64)>, ImageError> {
        let (mut map, mut more) = block.sparse()?;
        while more {
            let mut next = [0; BLOCK];
            self.read_exact(&mut next)?;
            let (pieces, again) = sparse::extension(&next)?;
            map.extend(pieces);
            more = again;
            if map.len() > sparse::PIECES_MAX {
                return Err(corrupt("a sparse file of more than 100000 pieces"));
            }
        }
        Ok(map)
    }

    /// PAX format 1.0: the map is text at the beginning of the content, padded to a block.
    fn pax_sparse_map(&mut self) -> Result<Vec<(u64, u64)>, ImageError> {
        let mut text = sparse::MapText::default();
        loop {
            let mut block = [0; BLOCK];
            if self.left < BLOCK as u64 {
                return Err(corrupt("the map of a sparse file is cut off"));
            }
            self.read_exact(&mut block)?;
            self.left -= BLOCK as u64;
            if let Some(map) = text.feed(&block)? {
                return Ok(map);
            }
        }
    }

    /// The content of an extended header.
    fn special(&mut self, block: &Block) -> Result<Vec<u8>, ImageError> {
        let size = block.size()?;
        if size > SPECIAL_MAX {
            return Err(ImageError::Limit {
                what: "an extended header of the tar".to_owned(),
                reason: format!("{size} bytes, at most {SPECIAL_MAX}"),
            });
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        self.read_exact(&mut bytes)?;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        Ok(bytes)
    }

    /// The next header; none at the end, which is a block of zeros or the end of the stream.
    fn next_block(&mut self) -> Result<Option<Block>, ImageError> {
        if self.ended {
            return Ok(None);
        }
        self.pass_over()?;
        let mut bytes = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.inner.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 => {
                    self.ended = true;
                    return Ok(None);
                }
                Ok(0) => return Err(corrupt("cut off in a header")),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(stream(e)),
            }
        }
        self.position += BLOCK as u64;
        if bytes == [0; BLOCK] {
            self.ended = true;
            return Ok(None);
        }
        Block::check(bytes).map(Some)
    }

    fn pass_over(&mut self) -> Result<(), ImageError> {
        let mut rest = std::mem::take(&mut self.left)
            .checked_add(std::mem::take(&mut self.padding))
            .ok_or_else(|| corrupt("size overflow"))?;
        let mut buffer = [0; 8192];
        while rest > 0 {
            let want = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
            self.read_exact(&mut buffer[..want])?;
            rest -= want as u64;
        }
        Ok(())
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ImageError> {
        self.inner.read_exact(buffer).map_err(stream)?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}

fn corrupt(reason: &str) -> ImageError {
    ImageError::corrupt("tar", reason)
}

/// An error of the stream below: the end where there must be more is the archive's fault.
fn stream(error: io::Error) -> ImageError {
    if error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none() {
        return corrupt("it is cut off");
    }
    ImageError::from_io("tar", error)
}

/// GNU long names end with a NUL that is no part of them.
fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

#[cfg(test)]
pub(crate) mod build;
#[cfg(test)]
mod tests;
