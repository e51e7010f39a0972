//! The format of `json-file`, which is docker's: a line each of
//! `{"log":"text\n","stream":"stdout","time":"2026-11-27T02:56:03.123456789Z"}`, the newline being there where the text
//! ends with its line. JSON holds Unicode only: what is no UTF-8 becomes U+FFFD, as docker has it (`k8s-file` keeps bytes).

use std::borrow::Cow;

use serde::Deserialize;

use super::{Record, Stream};
use crate::model::stamp::{Stamp, Utc};

/// What stands behind the text of every piece of an output; `attributes` comes from [`attributes`].
pub fn suffix(stream: Stream, at: Stamp, attributes: &str) -> String {
    format!("\",\"stream\":\"{}\"{attributes},\"time\":\"{}\"}}\n", stream.word(), at.text(Utc::Letter))
}

/// The part of a record that tells the tag.
pub fn attributes(tag: Option<&str>) -> String {
    let Some(tag) = tag else { return String::new() };
    let mut text = b",\"attrs\":{\"tag\":\"".to_vec();
    escape(&mut text, tag.as_bytes());
    format!("{}\"}}", String::from_utf8_lossy(&text))
}

/// Appends a record.
pub fn put(out: &mut Vec<u8>, suffix: &str, text: &[u8], whole: bool) {
    out.extend_from_slice(b"{\"log\":\"");
    escape(out, text);
    if whole {
        out.extend_from_slice(b"\\n");
    }
    out.extend_from_slice(suffix.as_bytes());
}

fn escape(out: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid().as_bytes();
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)) {
            out.extend_from_slice(&rest[..at]);
            match rest[at] {
                byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                byte => {
                    out.extend_from_slice(b"\\u00");
                    out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                }
            }
            rest = &rest[at + 1..];
        }
        out.extend_from_slice(rest);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// How many bytes at the end begin a character whose rest may still come.
pub fn unfinished(text: &[u8]) -> usize {
    let Some(last) = text[text.len().saturating_sub(3)..].utf8_chunks().last() else { return 0 };
    // A sequence that is wrong is cut where it goes wrong; one that only lacks its end reaches the end of the text.
    match last.invalid() {
        [first, rest @ ..] if usize::from(length(*first)) > 1 + rest.len() => 1 + rest.len(),
        _ => 0,
    }
}

/// Bytes of the UTF-8 sequence that begins so.
fn length(first: u8) -> u8 {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

/// Reads a line without its newline; none for what is no record.
pub fn parse(line: &[u8]) -> Option<Record<'_>> {
    let Line { log, stream, time } = serde_json::from_slice(line).ok()?;
    let stream = match &*stream {
        "stdout" => Stream::Out,
        "stderr" => Stream::Err,
        _ => return None,
    };
    let whole = log.ends_with('\n');
    let text = match log {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('\n').unwrap_or(text).as_bytes()),
        Cow::Owned(mut text) => {
            text.truncate(text.len() - usize::from(whole));
            Cow::Owned(text.into_bytes())
        }
    };
    Some(Record { at: Stamp::parse(time.as_bytes())?, stream, whole, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::moment::Point;

    const AT: Stamp = Stamp { point: Point { seconds: 1_795_748_163, nanos: 120_000_000 }, offset: 0 };

    #[test]
    fn records_are_dockers_and_come_back() {
        for (text, whole, log, back) in [
            (&b"hello"[..], true, r#""hello\n""#, &b"hello"[..]),
            (b"", true, r#""\n""#, b""),
            (b"a\"b\\c\t\r\x1b[0m\0", false, r#""a\"b\\c\t\r\u001b[0m\u0000""#, b"a\"b\\c\t\r\x1b[0m\0"),
            ("é\u{1F980}".as_bytes(), true, "\"é\u{1F980}\\n\"", "é\u{1F980}".as_bytes()),
            (b"a\xffb", true, "\"a\u{fffd}b\\n\"", "a\u{fffd}b".as_bytes()),
        ] {
            let mut out = Vec::new();
            put(&mut out, &suffix(Stream::Err, AT, ""), text, whole);
            let want = format!(
                "{{\"log\":{log},\"stream\":\"stderr\",\"time\":\"2026-11-27T02:56:03.120000000Z\"}}\n"
            );
            assert_eq!(String::from_utf8_lossy(&out), want);
            let record = parse(&out[..out.len() - 1]).unwrap();
            assert_eq!(record, Record { at: AT, stream: Stream::Err, whole, text: back.into() });
        }
    }

    #[test]
    fn a_tag_is_an_attribute() {
        let mut out = Vec::new();
        put(&mut out, &suffix(Stream::Out, AT, &attributes(Some("a\"b"))), b"x", true);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["attrs"]["tag"], "a\"b");
        assert!(parse(&out[..out.len() - 1]).is_some());
        assert_eq!(attributes(None), "");
    }

    #[test]
    fn dockers_own_records_are_read() {
        let line =
            br#"{"log":"a\u003cb\n","stream":"stdout","attrs":{"tag":"t"},"time":"2026-11-27T02:56:03.12Z"}"#;
        let want = Record { at: AT, stream: Stream::Out, whole: true, text: b"a<b".into() };
        assert_eq!(parse(line), Some(want));
        for line in ["", "{}", "garbage", r#"{"log":"x","stream":"stdin","time":"2026-11-27T02:56:03Z"}"#] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn only_a_beginning_is_unfinished() {
        for (text, want) in [
            (&b""[..], 0),
            (b"abc", 0),
            ("aé".as_bytes(), 0),
            (b"a\xc3", 1),
            (b"a\xe2\x82", 2),
            (b"a\xf0\x9f\xa6", 3),
            (b"a\xff", 0),
            (b"a\x80", 0),
            (b"a\xe2x", 0),
            (b"\xed\xa0", 0),
        ] {
            assert_eq!(unfinished(text), want, "{text:?}");
        }
    }
}
