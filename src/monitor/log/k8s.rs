//! The format of `k8s-file`, which is CRI's: a line each of `2026-11-27T02:56:03.123456789+00:00 stdout F text`, with P
//! instead of F where the text does not end with its line. The text is what the container wrote, byte for byte.

use super::{Record, Stream};
use crate::model::stamp::{Stamp, Utc};

/// What stands before the F or P of every piece of an output.
pub fn prefix(stream: Stream, at: Stamp) -> String {
    let mut prefix = at.text(Utc::Number);
    for part in [" ", stream.word(), " "] {
        prefix.push_str(part);
    }
    prefix
}

/// Appends a record.
pub fn put(out: &mut Vec<u8>, prefix: &str, text: &[u8], whole: bool) {
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(if whole { b"F " } else { b"P " });
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// Reads a line without its newline; none for what is no record.
pub fn parse(line: &[u8]) -> Option<Record<'_>> {
    let mut parts = line.splitn(4, |byte| *byte == b' ');
    let at = Stamp::parse(parts.next()?)?;
    let stream = match parts.next()? {
        b"stdout" => Stream::Out,
        b"stderr" => Stream::Err,
        _ => return None,
    };
    // CRI allows more tags after a colon.
    let whole = match parts.next()? {
        [b'F'] | [b'F', b':', ..] => true,
        [b'P'] | [b'P', b':', ..] => false,
        _ => return None,
    };
    Some(Record { at, stream, whole, text: parts.next()?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::moment::Point;

    #[test]
    fn records_are_podmans_and_come_back() {
        let at = Stamp { point: Point { seconds: 1_795_748_163, nanos: 123_456_789 }, offset: 0 };
        for (stream, text, whole, line) in [
            (Stream::Out, &b"hello  two"[..], true, &b"stdout F hello  two"[..]),
            (Stream::Err, b"", true, b"stderr F "),
            (Stream::Out, b"pass\xff\0word: ", false, b"stdout P pass\xff\0word: "),
            (Stream::Out, b"cr\r", true, b"stdout F cr\r"),
        ] {
            let mut out = Vec::new();
            put(&mut out, &prefix(stream, at), text, whole);
            let want = [b"2026-11-27T02:56:03.123456789+00:00 ", line, b"\n"].concat();
            assert_eq!(out, want, "{}", String::from_utf8_lossy(&out));
            assert_eq!(parse(&out[..out.len() - 1]), Some(Record { at, stream, whole, text: text.into() }));
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        let time = "2026-11-27T02:56:03.123456789+00:00";
        let is_some = |rest: &str| parse(format!("{time}{rest}").as_bytes()).is_some();
        for fine in [" stdout F ", " stderr P x", " stdout F:tag x", " stdout P:a:b x"] {
            assert!(is_some(fine), "{fine}");
        }
        for torn in ["", " ", " stdout", " stdout F", " stdin F x", " stdout X x", " stdout FP x"] {
            assert!(!is_some(torn), "{torn}");
        }
        for line in ["", "garbage", "2026-11-27 stdout F x", "yesterday stdout F x"] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
