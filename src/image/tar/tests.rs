//! What the reader makes of honest, odd and hostile archives.

use proptest::prelude::*;

use super::build::{Head, Tar};
use super::*;

fn entries(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, ImageError> {
    let mut reader = TarReader::new(bytes);
    let mut found = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        let mut buffer = [0; 100];
        loop {
            match reader.read_data(&mut buffer).map_err(stream)? {
                0 => break,
                n => content.extend(&buffer[..n]),
            }
        }
        found.push((entry, content));
    }
    reader.drain()?;
    assert_eq!(reader.position(), bytes.len() as u64);
    Ok(found)
}

fn names(bytes: &[u8]) -> Vec<String> {
    entries(bytes).unwrap().iter().map(|(e, _)| String::from_utf8_lossy(&e.path).into_owned()).collect()
}

#[test]
fn reads_what_is_there() {
    let tar = Tar::default().dir("a/").file("a/f", b"hello").symlink("l", "a/f").hardlink("h", "a/f").end();
    let found = entries(&tar).unwrap();
    let kinds: Vec<_> = found.iter().map(|(e, _)| e.kind).collect();
    assert_eq!(kinds, [Kind::Directory, Kind::File, Kind::Symlink, Kind::HardLink]);
    assert_eq!(found[1].1, b"hello");
    assert_eq!((found[1].0.mode, found[1].0.mtime), (0o644, (1_000_000_000, 0)));
    assert_eq!(found[3].0.link, b"a/f");
}

#[test]
fn pax_values_may_hold_newlines_and_records() {
    let tar = Tar::default()
        .pax(&[
            (b"SCHILY.xattr.user.x", b"a\n13 path=evil\n\0b"),
            (b"mtime", b"5.25"),
            (b"uid", b"4000000000"),
        ])
        .file("good", b"")
        .end();
    let (entry, _) = &entries(&tar).unwrap()[0];
    assert_eq!(entry.path, b"good");
    assert_eq!(entry.xattrs, [(b"user.x".to_vec(), b"a\n13 path=evil\n\0b".to_vec())]);
    assert_eq!((entry.mtime, entry.uid), ((5, 250_000_000), 4_000_000_000));
}

#[test]
fn of_many_attributes_the_last_of_a_name_counts() {
    let names: Vec<_> = (0..30_000).map(|n| format!("SCHILY.xattr.user.{n:05}")).collect();
    let mut records: Vec<(&[u8], &[u8])> = names.iter().map(|name| (name.as_bytes(), &b"1"[..])).collect();
    records.push((names[0].as_bytes(), b"2"));
    let (entry, _) = &entries(&Tar::default().pax(&records).file("f", b"").end()).unwrap()[0];
    assert_eq!(entry.xattrs.len(), names.len());
    assert_eq!(entry.xattrs[0], (b"user.00001".to_vec(), b"1".to_vec()));
    assert_eq!(entry.xattrs.last().unwrap(), &(b"user.00000".to_vec(), b"2".to_vec()));
}

#[test]
fn a_pax_size_decides_where_the_next_entry_begins() {
    // Read by the header's size 0 the content would be a smuggled entry.
    let smuggled = Tar::default().file("smuggled", b"x").0;
    let size = smuggled.len().to_string();
    let tar = Tar::default()
        .pax(&[(b"size", size.as_bytes())])
        .head(&Head { path: b"outer", size: 0, ..Head::default() })
        .data(&smuggled)
        .file("last", b"")
        .end();
    assert_eq!(names(&tar), ["outer", "last"]);
}

#[test]
fn long_names_in_both_dialects() {
    let long = "d/".repeat(80) + "f";
    let gnu = Tar::default()
        .head(&Head { flag: b'L', path: b"././@LongLink", size: long.len() as u64 + 1, ..Head::default() })
        .data(&[long.as_bytes(), b"\0"].concat())
        .file("cut", b"1")
        .end();
    let pax = Tar::default().pax(&[(b"path", long.as_bytes())]).file("cut", b"1").end();
    assert_eq!([names(&gnu), names(&pax)].concat(), [long.as_str(), long.as_str()]);
}

#[test]
fn holes_in_the_pax_1_0_format() {
    let map = b"2\n0\n4\n1048572\n4\n";
    let mut content = map.to_vec();
    content.resize(512, 0);
    // The map's block is padded with NULs; the reader stops at the last number.
    content.extend(b"headtail");
    let tar = Tar::default()
        .pax(&[
            (b"GNU.sparse.major", b"1"),
            (b"GNU.sparse.minor", b"0"),
            (b"GNU.sparse.name", b"holes"),
            (b"GNU.sparse.realsize", b"1048576"),
        ])
        .file("GNUSparseFile.0/holes", &content)
        .end();
    let (entry, content) = &entries(&tar).unwrap()[0];
    assert_eq!(
        (entry.path.as_slice(), entry.size, content.as_slice()),
        (&b"holes"[..], 1 << 20, &b"headtail"[..])
    );
    assert_eq!(entry.sparse, Some(vec![(0, 4), (1_048_572, 4)]));
}

#[test]
fn what_is_not_exactly_tar_is_refused() {
    let good = Tar::default().file("a", b"content").end();
    let mut bad_sum = good.clone();
    bad_sum[3] = b'x';
    let link_with_size = Tar::default()
        .head(&Head { flag: b'1', path: b"h", link: b"a", size: 5, ..Head::default() })
        .data(b"12345")
        .end();
    let nul = Tar::default().pax(&[(b"path", b"a\0b")]).file("x", b"").end();
    let bad_record = Tar::default()
        .head(&Head { flag: b'x', path: b"p", size: 12, ..Head::default() })
        .data(b"99 path=abc\n")
        .file("x", b"")
        .end();
    let bad_map = Tar::default()
        .pax(&[(b"GNU.sparse.map", b"0,9,4,9"), (b"GNU.sparse.size", b"100")])
        .file("x", &[0; 18])
        .end();
    let huge_pax =
        Tar::default().head(&Head { flag: b'x', path: b"p", size: 1 << 30, ..Head::default() }).end();
    let two = Tar::default().pax(&[(b"path", b"a")]).pax(&[(b"path", b"b")]).file("x", b"").end();
    for (what, bytes) in [
        ("checksum", &bad_sum[..]),
        ("cut in a header", &good[..100]),
        ("cut in content", &good[..515]),
        ("link with content", &link_with_size),
        ("NUL in a name", &nul),
        ("record too long", &bad_record),
        ("pieces overlap", &bad_map),
        ("a gigabyte of records", &huge_pax),
        ("two headers for one entry", &two),
        ("header for nothing", &Tar::default().pax(&[(b"path", b"a")]).end()),
        ("no tar at all", &[b'x'; 2048]),
    ] {
        assert!(entries(bytes).is_err(), "{what}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..2048), flag in any::<u8>()) {
        let _ = entries_lenient(&bytes);
        // With a right checksum it gets further.
        let mut tar = Tar::default().head(&Head { flag, path: b"x", size: bytes.len() as u64, ..Head::default() }).0;
        tar.append(&mut bytes);
        let _ = entries_lenient(&tar);
    }
}

fn entries_lenient(bytes: &[u8]) -> Result<usize, ImageError> {
    let mut reader = TarReader::new(bytes);
    let mut count = 0;
    while reader.next_entry()?.is_some() {
        count += 1;
    }
    Ok(count)
}
