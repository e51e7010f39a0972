//! Deterministic mutations, for those who search without a map.

/// Numbers that look random and are the same every time (xorshift64*, Vigna 2016).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// Below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap_or_default() % limit
    }
}

/// Bytes and words that readers stumble over.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\n",
    b"\"",
    b"\\",
    b"=",
    b",",
    b":",
    b"/",
    b"..",
    b"../",
    b"@",
    b"[",
    b"]",
    b"{",
    b"}",
    b"-",
    b"\x80",
    b"0",
    b"7777777",
    b"99999999999999999999",
    b"-1",
    b"18446744073709551615",
    b".wh.",
    b".wh..wh..opq",
    b"null",
    b"\r\n",
    b"path=",
    b"size=",
    b"GNU.sparse.",
    b"SCHILY.xattr.",
    b"sha256:",
    b"://",
    b"*.",
];

/// A few changes to one of the seeds, now and then with a part of another.
pub(super) fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let length = random.below(16).min(bytes.len() - at);
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or_default(),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let copied = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let (from, to) = (random.below(other.len() + 1), random.below(other.len() + 1));
                // Whole blocks often, so that a tar stays one.
                let step = if random.below(2) == 0 { 512 } else { 1 };
                let (from, to) = (from.min(to) / step * step, from.max(to) / step * step);
                let at = at / step * step;
                drop(bytes.splice(at..at, other[from..to].iter().copied()));
            }
            5 => bytes.truncate(at.max(1)),
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                let end = if random.below(2) == 0 { at } else { (at + word.len()).min(bytes.len()) };
                drop(bytes.splice(at..end, word.iter().copied()));
            }
        }
    }
    bytes.truncate(1 << 16);
    bytes
}
