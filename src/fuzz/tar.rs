//! The tar reader: bounded, the same in whatever pieces the bytes come, and of one mind with the writer.

use std::io::Read;

use crate::image::tar::{Entry, Kind, TarReader, TarWriter};

/// Where a header has its checksum, and its magic.
const SUM: std::ops::Range<usize> = 148..156;
const MAGIC: std::ops::Range<usize> = 257..262;

/// Gives every block that looks like a header the checksum that it needs: else nothing gets past the first one.
pub(super) fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| block[MAGIC] == *b"ustar") {
        block[SUM].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    bytes
}

/// Entries with their content, or why there are none.
type Found = Result<Vec<(Entry, Vec<u8>)>, String>;

fn read(bytes: &[u8], piece: usize) -> Found {
    let mut reader = TarReader::new(Pieces { bytes, piece });
    let mut found = Vec::new();
    while let Some(entry) = reader.next_entry().map_err(|e| e.to_string())? {
        let mut content = Vec::new();
        let mut buffer = vec![0; piece.min(4096)];
        while let n @ 1.. = reader.read_data(&mut buffer).map_err(|e| e.to_string())? {
            content.extend(&buffer[..n]);
        }
        found.push((entry, content));
    }
    reader.drain().map_err(|e| e.to_string())?;
    assert_eq!(reader.position(), bytes.len() as u64, "every byte is counted");
    Ok(found)
}

/// A stream that gives a few bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(self.piece).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(n);
        buffer[..n].copy_from_slice(now);
        self.bytes = later;
        Ok(n)
    }
}

/// Reads an archive in two ways, and what it holds once more after writing it.
pub fn tar(data: &[u8]) {
    let bytes = repaired(data);
    let whole = read(&bytes, usize::MAX);
    assert_eq!(whole, read(&bytes, 7), "it depends on how the bytes come");
    let Ok(entries) = whole else { return };
    let mut taken = 0;
    for (entry, content) in &entries {
        check(entry, content);
        let xattrs: usize = entry.xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
        let pieces = entry.sparse.as_ref().map_or(0, Vec::len);
        taken += content.len() + entry.path.len() + entry.link.len() + xattrs + pieces;
    }
    assert!(taken <= bytes.len(), "{taken} bytes of {}", bytes.len());
    let honest: Vec<_> = entries.iter().filter_map(|(entry, content)| writable(entry, content)).collect();
    assert_eq!(read(&written(&honest), 512), Ok(honest), "written and read again");
}

fn check(entry: &Entry, content: &[u8]) {
    assert!(entry.mode <= 0o7777 && entry.mtime.1 < 1_000_000_000, "{entry:?}");
    assert!(!entry.path.contains(&0) && !entry.link.contains(&0), "{entry:?}");
    let Some(pieces) = &entry.sparse else {
        assert_eq!(entry.size, content.len() as u64, "{entry:?}");
        return;
    };
    let mut end = 0;
    for (offset, length) in pieces {
        assert!(*offset >= end && offset.checked_add(*length).is_some_and(|end| end <= entry.size));
        end = offset + length;
    }
    assert_eq!(pieces.iter().map(|(_, length)| length).sum::<u64>(), content.len() as u64);
}

/// The entry as a packer would describe it; none for what is never written.
fn writable(entry: &Entry, content: &[u8]) -> Option<(Entry, Vec<u8>)> {
    let mut entry = entry.clone();
    while entry.path.ends_with(b"/") {
        entry.path.pop();
    }
    if entry.path.is_empty() {
        return None;
    }
    entry.xattrs.retain(|(name, _)| !name.contains(&b'='));
    match entry.kind {
        Kind::File => return Some((entry, content.to_vec())),
        Kind::Device | Kind::Other(_) => return None,
        Kind::Directory => entry.path.push(b'/'),
        Kind::Symlink | Kind::HardLink | Kind::Fifo => {}
    }
    (entry.size, entry.sparse) = (0, None);
    Some((entry, Vec::new()))
}

fn written(entries: &[(Entry, Vec<u8>)]) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    for (entry, content) in entries {
        let omitted = writer.entry(entry).expect("in memory");
        assert_eq!(omitted, 0, "{entry:?}");
        writer.data(content).expect("in memory");
    }
    writer.finish().expect("in memory")
}
