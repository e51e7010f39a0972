//! Patterns of names and paths: `*` and `?`, neither of which takes a slash (Go's path.Match, as podman has it).

/// Does the pattern fit the whole text?
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == text[t] || (*c == b'?' && text[t] != b'/') => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // The last star takes one byte more.
                Some((at, taken)) if text[taken] != b'/' => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                _ => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, want) in [
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/*", "/a", true),
            ("/*", "/a/b", false),
            ("/*/b", "/a/b", true),
            ("/a*c", "/abbc", true),
            ("/a*b*c", "/axxbyyc", true),
            ("/a*b*c", "/axxbyy", false),
            ("/**", "/a", true),
            ("/?", "/", false),
            ("/a*", "/a", true),
            ("/*a", "/banana", true),
            ("/*n", "/banana", false),
        ] {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
    }
}
