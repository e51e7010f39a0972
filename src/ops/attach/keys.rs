//! The keys that leave an attached container: looked for in what is typed, across reads.

/// A sequence that is waited for.
#[derive(Debug, Default)]
pub(super) struct Keys {
    sequence: Vec<u8>,
    matched: usize,
}

impl Keys {
    pub fn new(sequence: Vec<u8>) -> Self {
        Self { sequence, matched: 0 }
    }

    /// Takes typed bytes: what of them, and of those held back before, goes to the container; true when the sequence is
    /// complete.
    pub fn filter(&mut self, typed: &[u8]) -> (Vec<u8>, bool) {
        if self.sequence.is_empty() {
            return (typed.to_vec(), false);
        }
        let mut out = Vec::with_capacity(typed.len());
        for &byte in typed {
            loop {
                if byte == self.sequence[self.matched] {
                    self.matched += 1;
                    break;
                }
                if self.matched == 0 {
                    out.push(byte);
                    break;
                }
                // The longest end of what is held back that begins the sequence anew stays back.
                let held = &self.sequence[..self.matched];
                let again = (1..held.len()).find(|start| self.sequence.starts_with(&held[*start..]));
                let start = again.unwrap_or(held.len());
                out.extend_from_slice(&held[..start]);
                self.matched = held.len() - start;
            }
            if self.matched == self.sequence.len() {
                self.matched = 0;
                return (out, true);
            }
        }
        (out, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_found_across_reads_and_nothing_typed_is_lost() {
        let rows: &[(&str, &[&str], &str, bool)] = &[
            ("PQ", &["abc"], "abc", false),
            ("PQ", &["aPQb"], "a", true),
            ("PQ", &["aP", "Qb"], "a", true),
            ("PQ", &["aP", "b"], "aPb", false),
            ("PQ", &["PP", "Q"], "P", true),
            ("aab", &["aaab"], "a", true),
            ("aab", &["aac"], "aac", false),
            ("", &["PQ"], "PQ", false),
            ("P", &["P"], "", true),
        ];
        for (sequence, typed, want, left) in rows {
            let mut keys = Keys::new(sequence.as_bytes().to_vec());
            let mut out = Vec::new();
            let mut done = false;
            for piece in *typed {
                let (bytes, complete) = keys.filter(piece.as_bytes());
                out.extend(bytes);
                done |= complete;
            }
            assert_eq!(
                (String::from_utf8(out).unwrap().as_str(), done),
                (*want, *left),
                "{sequence} {typed:?}"
            );
        }
    }
}
