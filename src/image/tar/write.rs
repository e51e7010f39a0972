//! Writing tar: ustar headers, and PAX records for what does not fit into one. What [`super::TarReader`], GNU tar, bsdtar
//! and Go's archive/tar read the same way. Says nothing of where the content comes from.

use std::io::{self, Write};

use super::header::BLOCK;
use super::{Entry, Kind};

/// Longest set of records: what readers take of an extended header, [`super::TarReader`] and Go among them.
const RECORDS_MAX: usize = 900 * 1024;

/// The largest numbers that the header's octal fields hold.
const ID_MAX: u64 = 0o7_777_777;
const SIZE_MAX: u64 = 0o77_777_777_777;

/// Writes the entries of a tar stream.
#[derive(Debug)]
pub struct TarWriter<W> {
    inner: W,
    /// Content of the current entry that is still to come, and the padding after it.
    left: u64,
    padding: usize,
}

impl<W: Write> TarWriter<W> {
    /// Writes to a stream; buffering is the caller's.
    pub fn new(inner: W) -> Self {
        Self { inner, left: 0, padding: 0 }
    }

    /// Begins an entry. Exactly its content must follow through [`Self::data`]: `size` bytes, or with `sparse` the bytes
    /// of its pieces. Gives how many attributes did not fit.
    ///
    /// # Errors
    /// Those of the stream; `InvalidInput` when the entry before is not complete.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<u64> {
        if self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an entry is not complete"));
        }
        let mut records = Vec::new();
        let mut path = entry.path.clone();
        if entry.kind == Kind::Directory && !path.ends_with(b"/") {
            path.push(b'/');
        }
        let map = entry.sparse.as_deref().map(sparse_map);
        let mut size = if entry.kind == Kind::File { entry.size } else { 0 };
        if let (Some(map), Some(pieces)) = (&map, &entry.sparse) {
            for (key, value) in [(&b"GNU.sparse.major"[..], &b"1"[..]), (b"GNU.sparse.minor", b"0")] {
                record(&mut records, key, value);
            }
            record(&mut records, b"GNU.sparse.name", &path);
            record(&mut records, b"GNU.sparse.realsize", entry.size.to_string().as_bytes());
            size = map.len() as u64 + pieces.iter().map(|(_, length)| length).sum::<u64>();
            path = b"GNUSparseFile.0/sparse".to_vec();
        }
        if path.len() > 100 {
            record(&mut records, b"path", &path);
        }
        if entry.link.len() > 100 {
            record(&mut records, b"linkpath", &entry.link);
        }
        for (key, value, most) in
            [(&b"uid"[..], entry.uid, ID_MAX), (b"gid", entry.gid, ID_MAX), (b"size", size, SIZE_MAX)]
        {
            if value > most {
                record(&mut records, key, value.to_string().as_bytes());
            }
        }
        if entry.mtime.1 != 0 || !(0..=SIZE_MAX.cast_signed()).contains(&entry.mtime.0) {
            record(&mut records, b"mtime", time(entry.mtime).as_bytes());
        }
        let mut omitted = 0;
        for (name, value) in &entry.xattrs {
            let key = [b"SCHILY.xattr.", name.as_slice()].concat();
            // A reader ends the key at the first `=`.
            if name.contains(&b'=') || records.len() + key.len() + value.len() > RECORDS_MAX {
                omitted += 1;
            } else {
                record(&mut records, &key, value);
            }
        }
        if !records.is_empty() {
            let head =
                Head { path: b"PaxHeaders/x", size: records.len() as u64, mode: 0o644, ..Head::new(b'x') };
            self.inner.write_all(&head.block())?;
            self.inner.write_all(&records)?;
            self.pad(records.len() as u64)?;
        }
        let flag = match entry.kind {
            Kind::Directory => b'5',
            Kind::Symlink => b'2',
            Kind::HardLink => b'1',
            Kind::Fifo => b'6',
            _ => b'0',
        };
        let head = Head {
            path: &path,
            link: &entry.link,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size,
            mtime: u64::try_from(entry.mtime.0).unwrap_or(0),
            flag,
        };
        self.inner.write_all(&head.block())?;
        self.left = size;
        self.padding = padding(size);
        if let Some(map) = map {
            self.data(&map)?;
        }
        Ok(omitted)
    }

    /// Content of the current entry.
    ///
    /// # Errors
    /// Those of the stream; `InvalidInput` for more than the entry has.
    pub fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "more content than the entry has"))?;
        self.inner.write_all(bytes)?;
        if self.left == 0 {
            let rest = std::mem::take(&mut self.padding);
            self.inner.write_all(&[0; BLOCK][..rest])?;
        }
        Ok(())
    }

    /// Ends the archive, and gives the stream back.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&[0; 2 * BLOCK])?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        self.inner.write_all(&[0; BLOCK][..padding(size)])
    }
}

fn padding(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK as u64) as usize
}

/// Fields of a header.
struct Head<'a> {
    path: &'a [u8],
    link: &'a [u8],
    mode: u32,
    uid: u64,
    gid: u64,
    size: u64,
    mtime: u64,
    flag: u8,
}

impl Head<'_> {
    fn new(flag: u8) -> Self {
        Self { path: b"", link: b"", mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, flag }
    }

    fn block(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.path[..self.path.len().min(100)]);
        // What is too large stands in a record, and is 0 here.
        let fitting = |value: u64, most: u64| if value > most { 0 } else { value };
        for (at, value) in
            [(100, u64::from(self.mode)), (108, fitting(self.uid, ID_MAX)), (116, fitting(self.gid, ID_MAX))]
        {
            put(at, format!("{value:07o}\0").as_bytes());
        }
        put(124, format!("{:011o}\0", fitting(self.size, SIZE_MAX)).as_bytes());
        put(136, format!("{:011o}\0", fitting(self.mtime, SIZE_MAX)).as_bytes());
        put(148, b"        ");
        put(156, &[self.flag]);
        put(157, &self.link[..self.link.len().min(100)]);
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

/// `LENGTH KEY=VALUE\n`, where LENGTH counts itself.
fn record(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let body = key.len() + value.len() + 3;
    let mut length = body + 1;
    while length != body + length.to_string().len() {
        length = body + length.to_string().len();
    }
    for part in [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"] {
        records.extend_from_slice(part);
    }
}

/// `[-]seconds.nanoseconds`.
fn time((seconds, nanos): (i64, u32)) -> String {
    let all = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let sign = if all < 0 { "-" } else { "" };
    let (whole, rest) = (all.unsigned_abs() / 1_000_000_000, all.unsigned_abs() % 1_000_000_000);
    format!("{sign}{whole}.{rest:09}")
}

/// The map of GNU's PAX format 1.0, padded to a block.
fn sparse_map(pieces: &[(u64, u64)]) -> Vec<u8> {
    let mut text = format!("{}\n", pieces.len());
    for (offset, length) in pieces {
        text.push_str(&format!("{offset}\n{length}\n"));
    }
    let mut bytes = text.into_bytes();
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::TarReader;
    use super::*;

    fn file(path: &[u8]) -> Entry {
        Entry {
            path: path.to_vec(),
            link: Vec::new(),
            kind: Kind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime: (1_700_000_000, 0),
            xattrs: Vec::new(),
            size: 0,
            sparse: None,
        }
    }

    /// What a reader makes of it.
    fn read_back(entry: &Entry, content: &[u8]) -> (Entry, Vec<u8>) {
        let mut tar = TarWriter::new(Vec::new());
        tar.entry(entry).unwrap();
        tar.data(content).unwrap();
        tar.entry(&file(b"next")).unwrap();
        let bytes = tar.finish().unwrap();
        assert_eq!(bytes.len() % BLOCK, 0);
        let mut reader = TarReader::new(bytes.as_slice());
        let got = reader.next_entry().unwrap().unwrap();
        let mut data = Vec::new();
        let mut buffer = [0; 100];
        while let n @ 1.. = reader.read_data(&mut buffer).unwrap() {
            data.extend_from_slice(&buffer[..n]);
        }
        assert_eq!(reader.next_entry().unwrap().unwrap().path, b"next");
        assert!(reader.next_entry().unwrap().is_none());
        (got, data)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let long = [b"d/".repeat(60), b"f".to_vec()].concat();
        let mut xattrs = file(b"x");
        xattrs.xattrs = vec![(b"user.a".to_vec(), b"1\n2\0".to_vec()), (b"user.b".to_vec(), vec![7; 400])];
        for (name, entry) in [
            ("plain", file(b"a/b")),
            ("100 bytes", file(&[b'n'; 100])),
            ("long", file(&long)),
            ("bytes", file(b"\xff\n\xfe")),
            ("large ids", Entry { uid: 3_000_000_000, gid: u64::from(u32::MAX) - 1, ..file(b"f") }),
            ("nanoseconds", Entry { mtime: (5, 7), ..file(b"f") }),
            ("before the epoch", Entry { mtime: (-2, 750_000_000), ..file(b"f") }),
            ("symlink", Entry { kind: Kind::Symlink, link: long.clone(), ..file(b"l") }),
            ("hard link", Entry { kind: Kind::HardLink, link: b"f".to_vec(), ..file(b"l") }),
            ("attributes", xattrs),
            ("setuid", Entry { mode: 0o6755, ..file(b"f") }),
        ] {
            let (got, _) = read_back(&entry, b"");
            assert_eq!(got, entry, "{name}");
        }
        let (got, _) = read_back(&Entry { kind: Kind::Directory, ..file(b"d") }, b"");
        assert_eq!((got.path.as_slice(), got.kind), (&b"d/"[..], Kind::Directory));
    }

    #[test]
    fn content_is_padded_and_counted() {
        for size in [1, 511, 512, 513, 2000] {
            let content = vec![3; size];
            let (got, data) = read_back(&Entry { size: size as u64, ..file(b"f") }, &content);
            assert_eq!((got.size, data), (size as u64, content));
        }
        let mut tar = TarWriter::new(Vec::new());
        tar.entry(&Entry { size: 3, ..file(b"f") }).unwrap();
        assert!(tar.data(b"four").is_err());
        assert!(tar.entry(&file(b"g")).is_err());
    }

    #[test]
    fn holes_are_told() {
        let entry =
            Entry { size: 1 << 40, sparse: Some(vec![(4096, 3), (1 << 39, 2), (1 << 40, 0)]), ..file(b"f") };
        let (got, data) = read_back(&entry, b"abcde");
        assert_eq!((got, data.as_slice()), (entry, &b"abcde"[..]));
    }

    #[test]
    fn attributes_that_no_reader_takes_are_counted() {
        let mut entry = file(b"f");
        entry.xattrs = vec![(b"user.a=b".to_vec(), b"1".to_vec()), (b"user.c".to_vec(), vec![0; 1 << 20])];
        assert_eq!(TarWriter::new(Vec::new()).entry(&entry).unwrap(), 2);
    }
}
