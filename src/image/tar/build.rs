//! Archives for tests, byte by byte: also those that no honest tool writes.

/// A tar in the making.
#[derive(Default)]
pub(crate) struct Tar(pub Vec<u8>);

/// One header's fields; `..Default::default()` is an ordinary file of root's.
pub(crate) struct Head<'a> {
    pub flag: u8,
    pub path: &'a [u8],
    pub link: &'a [u8],
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub mtime: u64,
}

impl Default for Head<'_> {
    fn default() -> Self {
        Self { flag: b'0', path: b"", link: b"", mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 1_000_000_000 }
    }
}

impl Tar {
    pub fn head(mut self, head: &Head<'_>) -> Self {
        let mut block = [0u8; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        assert!(head.path.len() <= 100 && head.link.len() <= 100, "use pax() for long names");
        put(0, head.path);
        put(100, format!("{:07o}\0", head.mode).as_bytes());
        put(108, format!("{:07o}\0", head.uid).as_bytes());
        put(116, format!("{:07o}\0", head.gid).as_bytes());
        put(124, format!("{:011o}\0", head.size).as_bytes());
        put(136, format!("{:011o}\0", head.mtime).as_bytes());
        put(148, b"        ");
        put(156, &[head.flag]);
        put(157, head.link);
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(block);
        self
    }

    pub fn data(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn pax(self, records: &[(&[u8], &[u8])]) -> Self {
        let bytes: Vec<u8> = records.iter().flat_map(|(key, value)| pax_record(key, value)).collect();
        self.head(&Head { flag: b'x', path: b"pax", size: bytes.len() as u64, ..Head::default() })
            .data(&bytes)
    }

    pub fn file(self, path: &str, content: &[u8]) -> Self {
        self.head(&Head { path: path.as_bytes(), size: content.len() as u64, ..Head::default() })
            .data(content)
    }

    pub fn dir(self, path: &str) -> Self {
        self.head(&Head { flag: b'5', path: path.as_bytes(), mode: 0o755, ..Head::default() })
    }

    pub fn symlink(self, path: &str, to: &str) -> Self {
        self.head(&Head {
            flag: b'2',
            path: path.as_bytes(),
            link: to.as_bytes(),
            mode: 0o777,
            ..Head::default()
        })
    }

    pub fn hardlink(self, path: &str, to: &str) -> Self {
        self.head(&Head { flag: b'1', path: path.as_bytes(), link: to.as_bytes(), ..Head::default() })
    }

    pub fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub(crate) fn pax_record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let body = key.len() + value.len() + 3;
    let mut length = body + 1;
    while length != body + length.to_string().len() {
        length = body + length.to_string().len();
    }
    [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}
