use super::*;

const MINE: Option<u64> = Some(500);

fn members(within: Within) -> Members {
    Members {
        first: 10,
        within,
        mount: MINE,
        owner: true,
        foreign: BTreeSet::from([600]),
        heads: BTreeSet::from([5, 60]),
        exceptions: BTreeSet::from([7]),
        users: None,
        pins: Vec::new(),
    }
}

fn chosen(members: &Members, all: &[(i32, i32, Option<bool>, Option<u64>)]) -> Vec<i32> {
    let facts = all.iter().map(|&(pid, parent, within, mount)| {
        let member = Member { pid, start: 1, parent, state: 'S', threads: 1 };
        (pid, Facts { member, within, mount })
    });
    members.choose(facts.collect()).into_iter().map(|member| member.pid).collect()
}

#[test]
fn whose_a_process_is() {
    let yes = Some(true);
    for (what, all, want) in [
        ("the first process, also one that hides", vec![(10, 5, None, None)], vec![10]),
        ("its mounts", vec![(11, 1, yes, MINE)], vec![11]),
        ("other mounts, within", vec![(11, 1, yes, Some(501))], vec![11]),
        ("another container's mounts", vec![(11, 1, yes, Some(600))], vec![]),
        ("below another container's", vec![(11, 12, yes, Some(601)), (12, 1, yes, Some(600))], vec![]),
        ("another container's first", vec![(60, 1, yes, None), (61, 60, yes, Some(601))], vec![]),
        ("a helper of the monitor", vec![(11, 5, yes, Some(502))], vec![]),
        ("an orphan of its, given to the monitor", vec![(11, 5, yes, MINE)], vec![11]),
        ("one that hides, of a parent that is its", vec![(11, 12, None, None), (12, 1, yes, MINE)], vec![11, 12]),
        ("one that hides, of the first process", vec![(11, 10, None, None)], vec![11]),
        ("one that hides, of nobody", vec![(11, 1, None, None), (1, 0, None, None)], vec![]),
        ("the monitor itself", vec![(7, 1, yes, Some(500)), (8, 7, yes, Some(503))], vec![8]),
        ("parents in a circle", vec![(11, 12, None, None), (12, 11, None, None)], vec![]),
    ] {
        assert_eq!(chosen(&members(Within::User(9)), &all), want, "{what}");
    }
}

#[test]
fn who_joined_a_namespace_has_only_what_is_certain() {
    let joined = Members { owner: false, ..members(Within::User(9)) };
    let all = [(11, 1, Some(true), Some(501)), (12, 1, Some(true), MINE), (13, 12, Some(true), Some(502))];
    assert_eq!(chosen(&joined, &all), [12, 13]);
}

#[test]
fn a_process_and_what_it_starts() {
    // No namespace of its own: told by mounts and parents.
    let mut child = std::process::Command::new("sh").args(["-c", "sleep 1000 & wait"]).spawn().unwrap();
    let pid = child.id().cast_signed();
    let start = process::start_time(pid).unwrap();
    let mut members = Members::of(pid, start, true, true).unwrap();
    assert!(!members.told_by_namespace());
    // All of this machine shares its mounts with the child.
    members.mount = None;
    assert!(members.list().unwrap().iter().any(|member| member.pid == pid));
    let left = members.kill(Duration::from_secs(10)).unwrap();
    assert_eq!(left, []);
    child.wait().unwrap();
    assert!(Members::of(pid, start, true, true).is_none());
}
