use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::file::{FileSource, Parse};
use super::*;
use crate::model::{LogDriver, LogSpec};
use crate::monitor::log::{LogIdentity, LogWriter, json, k8s, rotated};
use chain::Chain;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn writer(dir: &Path, spec: &LogSpec) -> LogWriter {
    LogWriter::new(dir, spec, &LogIdentity { id: "ab".repeat(32), name: "web".to_owned() })
}

fn put(writer: &mut LogWriter, text: &str, seconds: u64) {
    assert!(!writer.write(Stream::Out, text.as_bytes(), at(seconds)), "{:?}", writer.error());
}

fn source(dir: &Path, parse: Parse, tail: Option<u64>, follow: bool) -> FileSource {
    let tail = tail.map(|lines| Tail { lines, until: None });
    FileSource::open(Chain::new(dir.join("log"), 10), parse, tail, follow).unwrap()
}

/// Everything that there is to be read now: `P` or `F` before each text.
fn read(source: &mut FileSource) -> Vec<String> {
    let mut all = Vec::new();
    while source.fill().unwrap() {
        let record = source.current().unwrap();
        all.push(format!(
            "{}{}",
            if record.whole { 'F' } else { 'P' },
            String::from_utf8_lossy(&record.text)
        ));
        source.advance();
    }
    all
}

#[test]
fn every_tail_of_every_format_over_several_files() {
    for (driver, parse) in [(LogDriver::K8sFile, k8s::parse as Parse), (LogDriver::JsonFile, json::parse)] {
        let dir = tempfile::tempdir().unwrap();
        let spec = LogSpec { driver, max_size: Some(300), max_file: 10, ..LogSpec::default() };
        let mut writer = writer(dir.path(), &spec);
        // Lines of one to three pieces, and half a line at the end.
        let lines: Vec<Vec<String>> =
            (0..9).map(|n| (0..n % 3 + 1).map(|m| format!("{n}.{m} ")).collect()).collect();
        for line in &lines {
            line.iter().for_each(|piece| put(&mut writer, piece, 5));
            writer.write(Stream::Out, b"\n", at(5));
        }
        writer.write(Stream::Out, b"prompt: ", at(5));
        let mut want: Vec<Vec<String>> = lines
            .iter()
            .map(|line| line.iter().map(|piece| format!("P{piece}")).chain(["F".to_owned()]).collect())
            .collect();
        want.push(vec!["Pprompt: ".to_owned()]);
        assert!(rotated(&dir.path().join("log"), 3).exists());
        assert_eq!(read(&mut source(dir.path(), parse, None, false)), want.concat());
        for lines in 0..12_usize {
            let have = read(&mut source(dir.path(), parse, Some(lines as u64), false));
            assert_eq!(have, want[want.len().saturating_sub(lines)..].concat(), "{driver:?} {lines}");
        }
    }
}

/// Every way in which two outputs can interrupt each other's lines, and every tail of it.
#[test]
fn a_tail_has_whole_lines_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    for code in 0..4_usize.pow(5) {
        let kinds: Vec<(usize, bool)> =
            (0..5).map(|n| code >> (2 * n)).map(|bits| (bits & 1, bits & 2 != 0)).collect();
        let record = |(n, (stream, whole)): (usize, &(usize, bool))| {
            let (stream, kind) = (["stdout", "stderr"][*stream], if *whole { 'F' } else { 'P' });
            format!("2026-11-27T02:56:03.000000000+00:00 {stream} {kind} {n}\n")
        };
        std::fs::write(&path, kinds.iter().enumerate().map(record).collect::<String>()).unwrap();
        // The records of each line, the line that ended last at the end.
        let (mut lines, mut begun): (Vec<Vec<usize>>, _) = (Vec::new(), [Vec::new(), Vec::new()]);
        for (n, (stream, whole)) in kinds.iter().enumerate() {
            begun[*stream].push(n);
            if *whole {
                lines.push(std::mem::take(&mut begun[*stream]));
            }
        }
        let unfinished = begun.into_iter().filter(|line| !line.is_empty());
        lines.extend(unfinished);
        lines.sort_by_key(|line| line.last().copied());
        for tail in 0..=lines.len() + 1 {
            let mut want = lines[lines.len().saturating_sub(tail)..].concat();
            want.sort();
            let have = read(&mut source(dir.path(), k8s::parse, Some(tail as u64), false));
            let have: Vec<usize> = have.iter().map(|text| text[1..].parse().unwrap()).collect();
            assert_eq!(have, want, "{kinds:?} {tail}");
        }
    }
}

#[test]
fn a_tail_counts_what_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path(), &LogSpec::default());
    (0..9).for_each(|n| put(&mut writer, &format!("{n}\n"), n));
    let tail = Tail { lines: 2, until: Some(Point { seconds: 4, nanos: 0 }) };
    let chain = Chain::new(dir.path().join("log"), 1);
    let have = read(&mut FileSource::open(chain, k8s::parse, Some(tail), false).unwrap());
    assert_eq!(have[..2], ["F3", "F4"]);
}

#[test]
fn a_tail_of_large_records_and_garbage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut writer = writer(dir.path(), &LogSpec::default());
    let line = "x".repeat(50_000);
    for n in 0..7 {
        writer.write(Stream::Err, format!("{n}{line}\n").as_bytes(), at(5));
    }
    std::fs::write(&path, [std::fs::read(&path).unwrap(), b"torn\n\nhalf".to_vec()].concat()).unwrap();
    let mut all = source(dir.path(), k8s::parse, Some(3), false);
    let text = read(&mut all).iter().map(|record| &record[1..]).collect::<String>();
    assert_eq!(text, ["4", "5", "6"].map(|n| format!("{n}{line}")).concat());
    assert_eq!(all.damaged, 1);
    // A line that no format has: nothing but it is left out.
    let mut garbage = vec![b'y'; 3 * 1024 * 1024];
    garbage.push(b'\n');
    let log = std::fs::read(&path).unwrap();
    let first = log.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    std::fs::write(&path, [&log[..first], &garbage, &log[first..]].concat()).unwrap();
    let mut all = source(dir.path(), k8s::parse, None, false);
    let text = read(&mut all).iter().map(|record| &record[1..]).collect::<String>();
    assert_eq!(text, (0..7).map(|n| format!("{n}{line}")).collect::<String>());
    assert_eq!(all.damaged, 2);
}

#[test]
fn not_followed_it_ends_where_the_log_ended_when_it_was_opened() {
    let dir = tempfile::tempdir().unwrap();
    let spec = LogSpec { max_size: Some(200), max_file: 10, ..LogSpec::default() };
    let mut early = source(dir.path(), k8s::parse, None, false);
    let mut writer = writer(dir.path(), &spec);
    writer.write(Stream::Out, b"one\n", at(5));
    let mut reader = source(dir.path(), k8s::parse, None, false);
    (0..9).for_each(|_| put(&mut writer, "more\n", 5));
    assert_eq!(read(&mut reader), ["Fone"]);
    assert!(read(&mut early).is_empty());
}

#[test]
fn followed_from_before_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let mut follower = source(dir.path(), k8s::parse, Some(5), true);
    assert!(read(&mut follower).is_empty());
    let mut writer = writer(dir.path(), &LogSpec::default());
    for n in 0..3 {
        writer.write(Stream::Out, format!("{n}\n").as_bytes(), at(5));
        assert_eq!(read(&mut follower), [format!("F{n}")]);
    }
}

#[test]
fn half_a_line_is_read_when_it_is_whole_also_when_it_was_cut_off_and_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let record = |text: &str| format!("2026-11-27T02:56:03.000000000+00:00 stdout F {text}\n");
    std::fs::write(&path, [record("one"), record("two")[..40].to_owned()].concat()).unwrap();
    let mut follower = source(dir.path(), k8s::parse, None, true);
    assert_eq!(read(&mut follower), ["Fone"]);
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.set_len(record("one").len() as u64).unwrap();
    std::io::Write::write_all(&mut &file, record("three, which is longer").as_bytes()).unwrap();
    assert_eq!(read(&mut follower), ["Fthree, which is longer"]);
    // The last record was given up, then everything.
    file.set_len(record("one").len() as u64).unwrap();
    assert!(read(&mut follower).is_empty());
    std::io::Write::write_all(&mut &file, record("four").as_bytes()).unwrap();
    assert_eq!(read(&mut follower), ["Ffour"]);
    assert_eq!(follower.damaged, 0);
}

#[test]
fn a_follower_misses_nothing_while_files_are_rotated_under_it() {
    let dir = tempfile::tempdir().unwrap();
    let spec = LogSpec { max_size: Some(4000), max_file: 1000, ..LogSpec::default() };
    let lines = 4000;
    let path = dir.path().to_owned();
    let mut follower = {
        let chain = Chain::new(path.join("log"), 1000);
        FileSource::open(chain, k8s::parse, None, true).unwrap()
    };
    let thread = std::thread::spawn(move || {
        let mut writer = writer(&path, &spec);
        (0..lines).for_each(|n| put(&mut writer, &format!("{n}\n"), 5));
        assert_eq!(writer.error(), None);
    });
    let mut seen = Vec::new();
    while !thread.is_finished() {
        seen.extend(read(&mut follower));
    }
    thread.join().unwrap();
    seen.extend(read(&mut follower));
    assert_eq!(seen, (0..lines).map(|n| format!("F{n}")).collect::<Vec<_>>());
}

proptest::proptest! {
    /// A log is what somebody else may have written.
    #[test]
    fn any_bytes_are_a_log(pieces in proptest::collection::vec(proptest::prop_oneof![
        proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..40),
        proptest::sample::select(vec![
            b"2026-11-27T02:56:03.000000000+00:00 stdout F ".to_vec(), b"\n".to_vec(), b" stderr P ".to_vec(),
            br#"{"log":"a\n","stream":"stdout","time":"2026-11-27T02:56:03Z"}"#.to_vec(), br#"{"log":"\ud800"#.to_vec(),
        ]),
    ], 0..8), tail in proptest::option::of(0..4_u64)) {
        let dir = tempfile::tempdir().unwrap();
        let bytes = pieces.concat();
        std::fs::write(dir.path().join("log"), &bytes).unwrap();
        for parse in [k8s::parse as Parse, json::parse] {
            let records = read(&mut source(dir.path(), parse, tail, false));
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            proptest::prop_assert!(records.len() <= lines);
        }
    }
}
