use std::os::unix::fs::{MetadataExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use super::*;

struct Log {
    dir: tempfile::TempDir,
    writer: LogWriter,
}

impl Log {
    fn new(spec: LogSpec) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path(), &spec);
        Self { dir, writer }
    }

    fn put(&mut self, stream: Stream, text: &[u8]) -> bool {
        self.writer.write(stream, text, now())
    }

    fn file(&self, number: u32) -> Option<Vec<u8>> {
        std::fs::read(rotated(&self.dir.path().join("log"), number)).ok()
    }

    /// Everything that was kept, the oldest first: stream, F or not, text.
    fn records(&self, parse: fn(&[u8]) -> Option<Record<'_>>) -> Vec<(Stream, bool, Vec<u8>)> {
        let all: Vec<u8> = (0..20).rev().filter_map(|number| self.file(number)).flatten().collect();
        let lines = all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| parse(line).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(line))))
            .map(|record| (record.stream, record.whole, record.text.into_owned()))
            .collect()
    }
}

fn writer(dir: &Path, spec: &LogSpec) -> LogWriter {
    LogWriter::new(dir, spec, &LogIdentity { id: "ab".repeat(32), name: "web".to_owned() })
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::new(1_795_748_163, 5)
}

fn json() -> LogSpec {
    LogSpec { driver: LogDriver::JsonFile, ..LogSpec::default() }
}

#[test]
fn nothing_is_opened_before_the_first_byte() {
    let mut log = Log::new(LogSpec::default());
    assert!(!log.put(Stream::Out, b""));
    assert!(!log.writer.close(now()));
    assert_eq!(log.file(0), None);
    log.put(Stream::Out, b"x");
    assert_eq!(log.file(0).unwrap().len(), crate::model::stamp::LENGTH + " stdout P x\n".len());
    let mode = std::fs::metadata(log.dir.path().join("log")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn lines_and_pieces_are_kept_byte_for_byte() {
    let mut log = Log::new(LogSpec::default());
    log.put(Stream::Out, b"one\n\ntw");
    log.put(Stream::Err, b"\xff\0\n");
    log.put(Stream::Out, b"o\r\n");
    let text = |text: &[u8]| text.to_vec();
    let want = [
        (Stream::Out, true, text(b"one")),
        (Stream::Out, true, text(b"")),
        (Stream::Out, false, text(b"tw")),
        (Stream::Err, true, text(b"\xff\0")),
        (Stream::Out, true, text(b"o\r")),
    ];
    assert_eq!(log.records(k8s::parse), want);
    let first = log.file(0).unwrap();
    assert!(first.starts_with(b"20") && first[..60].windows(4).any(|part| part == b".000"));
}

#[test]
fn a_long_line_comes_in_pieces_of_bounded_size() {
    for (spec, parse) in
        [(LogSpec::default(), k8s::parse as fn(&[u8]) -> Option<Record<'_>>), (json(), json::parse)]
    {
        let mut log = Log::new(spec);
        let line = "é".repeat(100_000);
        for chunk in line.as_bytes().chunks(32 * 1024 + 1) {
            log.put(Stream::Out, chunk);
        }
        log.put(Stream::Out, b"\n");
        let records = log.records(parse);
        assert!(records.iter().all(|(_, _, text)| text.len() <= PIECE));
        assert_eq!(records.iter().map(|(_, whole, _)| usize::from(*whole)).sum::<usize>(), 1);
        let together: Vec<u8> = records.into_iter().flat_map(|(_, _, text)| text).collect();
        assert_eq!(together, line.as_bytes());
    }
}

#[test]
fn a_character_that_comes_in_two_halves_is_one_in_json() {
    let mut log = Log::new(json());
    log.put(Stream::Out, b"\xc3");
    log.put(Stream::Err, b"e\n");
    log.put(Stream::Out, b"\xa9\n\xe2\x82");
    assert!(log.writer.close(now()) == log.writer.error().is_some());
    let want = [
        (Stream::Err, true, b"e".to_vec()),
        (Stream::Out, true, "é".into()),
        (Stream::Out, false, "\u{fffd}".into()),
    ];
    assert_eq!(log.records(json::parse), want);
}

#[test]
fn a_log_is_continued_and_half_a_line_closed() {
    let mut log = Log::new(LogSpec::default());
    log.put(Stream::Out, b"one\n");
    let whole = log.file(0).unwrap();
    log.writer = writer(log.dir.path(), &LogSpec::default());
    log.put(Stream::Out, b"two\n");
    assert_eq!(log.records(k8s::parse).len(), 2);
    // A monitor that was killed in the middle of a write.
    std::fs::write(log.dir.path().join("log"), &whole[..20]).unwrap();
    log.writer = writer(log.dir.path(), &LogSpec::default());
    log.put(Stream::Out, b"three\n");
    let text = log.file(0).unwrap();
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    assert_eq!((lines.len(), lines[0]), (3, &whole[..20]));
    assert_eq!(k8s::parse(lines[1]).unwrap().text.as_ref(), b"three");
}

#[test]
fn rotation_keeps_every_file_below_its_limit_and_the_newest_records() {
    let record = (crate::model::stamp::LENGTH + " stdout F 00\n".len()) as u64;
    for (files, per_file, kept) in [(1, 3, 1), (2, 3, 4), (3, 1, 3), (3, 3, 7), (5, 2, 10)] {
        let limit = record * per_file + 5;
        let mut log = Log::new(LogSpec { max_size: Some(limit), max_file: files, ..LogSpec::default() });
        // One write, and many.
        let text: String = (0..10).map(|n| format!("{n:02}\n")).collect();
        log.put(Stream::Out, text.as_bytes());
        (10..28).for_each(|n| assert!(!log.put(Stream::Out, format!("{n:02}\n").as_bytes())));
        let records: Vec<_> = log
            .records(k8s::parse)
            .into_iter()
            .map(|(_, _, text)| String::from_utf8(text).unwrap().parse::<u64>().unwrap())
            .collect();
        assert_eq!(records, (28 - kept..28).collect::<Vec<_>>(), "{files} files of {per_file}");
        for number in 0..20 {
            let size = log.file(number).map(|bytes| bytes.len() as u64);
            assert_eq!(size.is_some(), number < files, "{number} of {files}");
            assert!(size.unwrap_or(0) <= limit);
        }
    }
}

#[test]
fn a_record_larger_than_the_limit_has_a_file_of_its_own() {
    let mut log = Log::new(LogSpec { max_size: Some(10), max_file: 3, ..json() });
    log.put(Stream::Out, b"one\ntwo\nthree\n");
    assert_eq!(log.records(json::parse).len(), 3);
    assert!((0..3).all(|number| log.file(number).is_some()));
}

#[test]
fn who_reads_the_old_file_reads_it_to_its_end() {
    let mut log = Log::new(LogSpec { max_size: Some(60), ..LogSpec::default() });
    log.put(Stream::Out, b"one\n");
    let mut old = std::fs::File::open(log.dir.path().join("log")).unwrap();
    log.put(Stream::Out, b"two\n");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut old, &mut text).unwrap();
    assert!(text.ends_with(" stdout F one\n"), "{text}");
}

#[test]
fn a_file_that_was_put_aside_by_somebody_else_is_left_alone() {
    let mut log = Log::new(LogSpec { max_size: Some(60), max_file: 2, ..LogSpec::default() });
    log.put(Stream::Out, b"one\n");
    let path = log.dir.path().join("log");
    std::fs::rename(&path, log.dir.path().join("aside")).unwrap();
    log.put(Stream::Out, b"two\n");
    assert!(log.file(1).is_none());
    assert!(String::from_utf8(log.file(0).unwrap()).unwrap().ends_with("two\n"));
}

#[test]
fn a_path_is_a_plain_file_of_ones_own_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    symlink(path("elsewhere"), path("link")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, path("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    std::fs::create_dir(path("dir")).unwrap();
    for (name, why) in [
        ("link", "a symlink, which is not followed"),
        ("fifo", "not a regular file"),
        ("dir", "is a directory"),
        ("missing/log", "no such file or directory"),
    ] {
        let spec = LogSpec { path: Some(path(name)), ..LogSpec::default() };
        let mut writer = writer(dir.path(), &spec);
        assert!(writer.write(Stream::Out, b"12345\n", now()), "{name}");
        assert!(!writer.write(Stream::Out, b"12345\n", now()), "{name}");
        let error = writer.error().unwrap();
        let want = format!("open the log {}: {why}: 12 bytes of output lost", path(name).display());
        assert!(error.eq_ignore_ascii_case(&want), "{error}");
    }
    assert!(!path("elsewhere").exists());
}

#[test]
fn no_driver_no_file() {
    for driver in [LogDriver::None, LogDriver::Passthrough] {
        let mut log = Log::new(LogSpec { driver, ..LogSpec::default() });
        assert!(!log.put(Stream::Out, b"x\n") && !log.writer.close(now()));
        assert!(log.file(0).is_none() && log.writer.error().is_none());
    }
}

#[test]
fn a_directory_where_nothing_can_be_renamed_keeps_the_limit_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        // To root every directory is open; the end-to-end tests come by as a user.
        return;
    }
    let mut log = Log::new(LogSpec { max_size: Some(100), max_file: 3, ..LogSpec::default() });
    log.put(Stream::Out, b"one\ntwo\n");
    std::fs::set_permissions(log.dir.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    log.put(Stream::Out, b"three\n");
    std::fs::set_permissions(log.dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(log.records(k8s::parse), [(Stream::Out, true, b"three".to_vec())]);
    assert!(log.writer.error().is_none());
}
