//! `--detach-keys`: which keys in a row leave an attached container (docker's grammar).

use super::SpecError;

/// ctrl-p, ctrl-q: docker's and podman's.
pub const DEFAULT: &[u8] = &[16, 17];

/// Reads `ctrl-X` and plain characters between commas; empty is no way to leave.
///
/// # Errors
/// A key that there is not.
pub fn parse(text: &str) -> Result<Vec<u8>, SpecError> {
    let refuse = |part: &str| {
        let why = format!("{part:?} is no key: want a character, or ctrl- and one of a-z @ [ \\ ] ^ _");
        SpecError::flag("--detach-keys", text, &why)
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|part| key(part).ok_or_else(|| refuse(part))).collect()
}

fn key(part: &str) -> Option<u8> {
    match part.as_bytes() {
        [character @ b' '..=b'~'] => Some(*character),
        [b'c' | b'C', b't' | b'T', b'r' | b'R', b'l' | b'L', b'-', letter] => {
            match letter.to_ascii_lowercase() {
                b'@' => Some(0),
                letter @ b'a'..=b'z' => Some(letter - b'a' + 1),
                letter @ b'['..=b'_' => Some(letter - b'[' + 27),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let rows: [(&str, &[u8]); 7] = [
            ("ctrl-p,ctrl-q", DEFAULT),
            ("", &[]),
            ("a,b", b"ab"),
            ("ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", &[0, 27, 28, 29, 30, 31]),
            ("CTRL-A,z", &[1, b'z']),
            ("ctrl-z", &[26]),
            ("~", b"~"),
        ];
        for (text, want) in rows {
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
        for (text, part) in [
            ("ctrl-", "\"ctrl-\""),
            ("ctrl-1", "\"ctrl-1\""),
            ("a,,b", "\"\""),
            ("ab", "\"ab\""),
            ("é", "\"é\""),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("--detach-keys") && error.contains(part), "{error}");
        }
    }
}
