//! PAX records: `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record. The length decides where a record ends, never
//! a newline: values may hold any byte.

use std::collections::HashSet;

use super::super::error::ImageError;
use super::corrupt;

/// What the records of one extended header say about the entry after it. An empty value takes a record back.
#[derive(Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) mtime: Option<(i64, u32)>,
    pub(super) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) sparse: Option<PaxSparse>,
    any: bool,
}

/// `GNU.sparse.*` (GNU tar manual, "PAX Format").
#[derive(Debug, Default)]
pub(super) struct PaxSparse {
    /// The file's real name.
    pub(super) name: Option<Vec<u8>>,
    /// Its length with the holes.
    pub(super) size: u64,
    /// The map of formats 0.0 and 0.1; format 1.0 has it in the content.
    pub(super) map: Option<Vec<(u64, u64)>>,
}

impl Pax {
    pub(super) fn is_empty(&self) -> bool {
        !self.any
    }

    pub(super) fn parse(mut records: &[u8]) -> Result<Self, ImageError> {
        let mut pax = Self { any: true, ..Self::default() };
        let mut sparse = PaxSparse::default();
        let (mut is_sparse, mut flat, mut xattrs) = (false, Vec::new(), Vec::new());
        // Some writers pad with NULs.
        while records.first().is_some_and(|b| *b != 0) {
            let (key, value, rest) = record(records)?;
            records = rest;
            let some = (!value.is_empty()).then_some(value);
            match key {
                b"path" => pax.path = some.map(name).transpose()?,
                b"linkpath" => pax.link = some.map(name).transpose()?,
                b"size" => pax.size = some.map(decimal).transpose()?,
                b"uid" => pax.uid = some.map(decimal).transpose()?,
                b"gid" => pax.gid = some.map(decimal).transpose()?,
                b"mtime" => pax.mtime = some.map(time).transpose()?,
                b"GNU.sparse.name" => sparse.name = some.map(name).transpose()?,
                b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                    is_sparse = true;
                    sparse.size = decimal(value)?;
                }
                b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => flat.push(decimal(value)?),
                b"GNU.sparse.map" => {
                    flat = value.split(|b| *b == b',').map(decimal).collect::<Result<_, _>>()?;
                }
                _ => {
                    if let Some(xattr) = key.strip_prefix(b"SCHILY.xattr.") {
                        xattrs.push((xattr, value));
                    }
                }
            }
        }
        // Of several of one name the last counts.
        let mut seen = HashSet::new();
        xattrs.reverse();
        xattrs.retain(|(name, _)| seen.insert(*name));
        pax.xattrs = xattrs.into_iter().rev().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        if is_sparse {
            if flat.len() % 2 != 0 {
                return Err(corrupt("the map of a sparse file has half a piece"));
            }
            if !flat.is_empty() {
                sparse.map = Some(flat.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect());
            }
            pax.sparse = Some(sparse);
        }
        Ok(pax)
    }
}

/// Key, value, and what comes after the record.
type Record<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Takes one record off the front.
fn record(bytes: &[u8]) -> Result<Record<'_>, ImageError> {
    let bad = || corrupt("a PAX record cannot be read");
    let blank = bytes.iter().take(10).position(|b| *b == b' ').ok_or_else(bad)?;
    let length = usize::try_from(decimal(&bytes[..blank])?).map_err(|_| bad())?;
    if length <= blank + 1 || length > bytes.len() || bytes[length - 1] != b'\n' {
        return Err(bad());
    }
    let body = &bytes[blank + 1..length - 1];
    let equals = body.iter().position(|b| *b == b'=').ok_or_else(bad)?;
    Ok((&body[..equals], &body[equals + 1..], &bytes[length..]))
}

fn name(value: &[u8]) -> Result<Vec<u8>, ImageError> {
    if value.contains(&0) { Err(corrupt("a name in a PAX record holds a NUL")) } else { Ok(value.to_vec()) }
}

fn decimal(value: &[u8]) -> Result<u64, ImageError> {
    let bad = || corrupt("a number in a PAX record cannot be read");
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(bad());
    }
    std::str::from_utf8(value).ok().and_then(|t| t.parse().ok()).ok_or_else(bad)
}

/// `[-]seconds[.fraction]`, cut to nanoseconds towards the past.
fn time(value: &[u8]) -> Result<(i64, u32), ImageError> {
    let bad = || corrupt("a time in a PAX record cannot be read");
    let (negative, value) = value.strip_prefix(b"-").map_or((false, value), |v| (true, v));
    let dot = value.iter().position(|b| *b == b'.');
    let (whole, fraction) = value.split_at(dot.unwrap_or(value.len()));
    let seconds = i64::try_from(decimal(whole)?).map_err(|_| bad())?;
    let digits = fraction.strip_prefix(b".").unwrap_or_default();
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(bad());
    }
    let mut nanos = (0..9).fold(0, |n, i| n * 10 + u32::from(digits.get(i).map_or(0, |d| d - b'0')));
    if !negative {
        return Ok((seconds, nanos));
    }
    if digits.iter().skip(9).any(|d| *d != b'0') {
        nanos += 1;
    }
    Ok(if nanos == 0 { (-seconds, 0) } else { (-seconds - 1, 1_000_000_000 - nanos) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, time_) in [
            ("1.5", (1, 500_000_000)),
            ("1", (1, 0)),
            ("-1.25", (-2, 750_000_000)),
            ("-3", (-3, 0)),
            ("0.1234567899", (0, 123_456_789)),
            ("-0.0000000001", (-1, 999_999_999)),
        ] {
            assert_eq!(time(text.as_bytes()).unwrap(), time_, "{text}");
        }
        for bad in ["", ".5", "1.x", "--1", "99999999999999999999"] {
            assert!(time(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
