use super::reader::BEGINNING;
use super::*;
use crate::model::{Action, Digest};

fn log(limit: u64) -> (tempfile::TempDir, EventLog) {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog { dir: dir.path().join("events"), limit };
    (dir, log)
}

fn event(name: &str) -> Event {
    let time = "2026-11-27T03:16:02.5Z".parse().unwrap();
    Event::image(time, Action::Tag, &Digest::from_bytes(&[1; 32]), name)
}

fn names(reader: &mut EventReader) -> Vec<String> {
    std::iter::from_fn(|| reader.next().unwrap()).map(|event| event.name).collect()
}

fn length(event: &Event) -> u64 {
    serde_json::to_vec(event).unwrap().len() as u64 + 1
}

#[test]
fn what_is_written_is_read_in_order_across_rotations() {
    let (_dir, log) = log(length(&event("00")) * 4);
    let mut follower = EventReader::new(log.clone(), false);
    assert!(names(&mut follower).is_empty());
    for n in 0..12 {
        log.append(CWD, &[event(&format!("{n:02}"))]).unwrap();
        assert_eq!(names(&mut follower), [format!("{n:02}")]);
    }
    // Five in each file that is put aside, and two are kept beside the newest.
    let all: Vec<_> = (0..12).map(|n| format!("{n:02}")).collect();
    assert_eq!(names(&mut EventReader::new(log.clone(), false)), all);
    for n in 12..16 {
        log.append(CWD, &[event(&n.to_string())]).unwrap();
    }
    let kept: Vec<_> = (5..16).map(|n| format!("{n:02}")).collect();
    assert_eq!(names(&mut EventReader::new(log.clone(), false)), kept);
    assert_eq!(names(&mut follower), ["12", "13", "14", "15"]);
    let mut now = EventReader::new(log.clone(), true);
    now.begin().unwrap();
    assert!(names(&mut now).is_empty());
    log.append(CWD, &[event("a"), event("b")]).unwrap();
    assert_eq!(names(&mut now), ["a", "b"]);
}

#[test]
fn of_many_writers_at_once_nothing_is_lost_or_torn() {
    const WRITERS: usize = 8;
    const EACH: usize = 300;
    // Rotated twice on the way.
    let (_dir, log) = log(length(&event("0-000")) * (WRITERS * EACH) as u64 / 3);
    let mut follower = EventReader::new(log.clone(), false);
    let mut followed = Vec::new();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let log = &log;
                scope.spawn(move || {
                    (0..EACH).for_each(|n| log.append(CWD, &[event(&format!("{writer}-{n:03}"))]).unwrap());
                })
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            followed.extend(names(&mut follower));
        }
    });
    followed.extend(names(&mut follower));
    let mut want: Vec<_> =
        (0..WRITERS).flat_map(|writer| (0..EACH).map(move |n| format!("{writer}-{n:03}"))).collect();
    want.sort();
    let mut read = names(&mut EventReader::new(log.clone(), false));
    assert!(log.path(1).exists(), "there was a rotation");
    for (who, have) in [("a follower", &mut followed), ("a later reader", &mut read)] {
        have.sort();
        assert!(*have == want, "{who} has {} of {}", have.len(), want.len());
    }
}

#[test]
fn a_line_that_was_cut_off_costs_no_other() {
    let (_dir, log) = log(LIMIT);
    log.append(CWD, &[event("a")]).unwrap();
    let mut bytes = std::fs::read(log.path(0)).unwrap();
    let line = bytes.clone();
    bytes.extend_from_slice(&line[..40]);
    bytes.extend_from_slice(&line);
    bytes.extend_from_slice(b"\0\xff nonsense\n");
    bytes.extend(std::iter::repeat_n(b'x', 3 << 20));
    bytes.push(b'\n');
    std::fs::write(log.path(0), bytes).unwrap();
    log.append(CWD, &[event("b")]).unwrap();
    assert_eq!(names(&mut EventReader::new(log, false)), ["a", "a", "b"]);
}

proptest::proptest! {
    /// Also bytes that begin as lines do, in one piece or several.
    #[test]
    fn a_log_of_any_bytes_is_read(pieces in proptest::collection::vec(proptest::prop_oneof![
        proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..64),
        proptest::sample::select(vec![BEGINNING.to_vec(), b"\n".to_vec(), b"\"}".to_vec(), b"{\"Time\":".to_vec()]),
        proptest::strategy::Just(serde_json::to_vec(&event("x")).unwrap()),
    ], 0..12)) {
        let (_dir, log) = log(LIMIT);
        log.make().unwrap();
        let bytes = pieces.concat();
        std::fs::write(log.path(0), &bytes).unwrap();
        let whole = format!("\n{}\n", serde_json::to_string(&event("x")).unwrap());
        let found = names(&mut EventReader::new(log, false));
        let surrounded = [b"\n", &bytes[..]].concat();
        if surrounded.windows(whole.len()).any(|window| window == whole.as_bytes()) {
            assert!(found.contains(&"x".to_owned()), "{found:?}");
        }
    }
}

#[test]
fn a_rotation_that_was_killed_or_is_going_on_is_in_nobodys_way() {
    let (_dir, log) = log(10);
    log.append(CWD, &[event("a")]).unwrap();
    assert!(log.path(1).exists() && !log.path(0).exists());
    // Killed between two renames: a number is missing.
    std::fs::rename(log.path(1), log.path(2)).unwrap();
    let lock = File::open(log.dir.join("lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    log.append(CWD, &[event("b")]).unwrap();
    log.append(CWD, &[event("c")]).unwrap();
    assert!(!log.path(1).exists(), "whoever holds the lock rotates");
    assert_eq!(names(&mut EventReader::new(log.clone(), false)), ["a", "b", "c"]);
    drop(lock);
    log.append(CWD, &[event("d")]).unwrap();
    // What was missing is made up for: nothing had to go.
    assert_eq!(names(&mut EventReader::new(log, false)), ["a", "b", "c", "d"]);
}

#[test]
fn a_log_that_cannot_be_written_stops_nobody() {
    let (_dir, store) = super::super::tests::store();
    std::fs::create_dir_all(store.event_log().path(0)).unwrap();
    store.record_event(&event("a"));
}
