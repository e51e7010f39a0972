//! "Did you mean …?": the word of a list that a mistyped word is nearest to. Only words; what to say about it is the caller's.

/// The most likely meaning of `word` among `known`; `None` when nothing is near enough to be worth saying.
///
/// Case is ignored. One edit is allowed a word of up to four letters, two up to eight, three above; an edit is a
/// letter put in, left out, replaced, or swapped with its neighbour (optimal string alignment).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let allowed = match word.len() {
        0 | 1 => return None,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .map(|candidate| {
            let letters: Vec<char> = candidate.chars().take(64).flat_map(char::to_lowercase).collect();
            (distance(&word, &letters), candidate)
        })
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut best = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let known = ["nofile", "nproc", "core", "memlock", "cpu", "private", "host"];
        for (word, want) in [
            ("nofile", Some("nofile")),
            ("nofiles", Some("nofile")),
            ("NOFLIE", Some("nofile")),
            ("memlok", Some("memlock")),
            ("cor", Some("core")),
            ("hsot", Some("host")),
            ("prviate", Some("private")),
            ("x", None),
            ("", None),
            ("entirely", None),
            ("stack", None),
        ] {
            assert_eq!(nearest(word, known), want, "{word}");
        }
    }

    #[test]
    fn edits_are_counted() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        for (a, b, want) in
            [("", "", 0), ("ab", "ba", 1), ("abc", "", 3), ("kitten", "sitting", 3), ("é", "e", 1)]
        {
            assert_eq!(distance(&chars(a), &chars(b)), want, "{a} {b}");
        }
    }
}
