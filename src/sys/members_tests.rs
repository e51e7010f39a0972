use super::*;
use crate::model::{IdMapSpec, IdRange, MapWriter};

const MINE: Option<u64> = Some(500);

fn members(within: Within) -> Members {
    Members {
        first: 10,
        start: 1,
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
        (
            "one that hides, of a parent that is its",
            vec![(11, 12, None, None), (12, 1, yes, MINE)],
            vec![11, 12],
        ),
        (
            "one that hides, of the first process",
            vec![(10, 5, None, None), (11, 10, None, None)],
            vec![10, 11],
        ),
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
fn a_pid_that_comes_back_is_somebody_else() {
    let ended = Members { start: 7, ..members(Within::User(9)) };
    assert!(chosen(&ended, &[(10, 1, None, None), (11, 10, None, None)]).is_empty());
}

#[test]
fn what_has_ended_may_have_been_anybodys() {
    let state = |state, threads| {
        let member = Member { pid: 11, start: 1, parent: 1, state, threads };
        let facts = BTreeMap::from([(11, Facts { member, within: Some(true), mount: None })]);
        members(Within::User(9)).choose(facts).len()
    };
    // The first thread takes its mounts with it; the others go on.
    assert_eq!((state('Z', 1), state('Z', 2)), (0, 1));
}

#[test]
fn a_monitor_kills_what_its_container_has_started() {
    let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
    let one = |host| vec![IdRange { container: 0, host, size: 1 }];
    let maps = IdMapSpec { uids: one(uid), gids: one(gid), writer: MapWriter::Own };
    let mut outside = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    let work = || -> Result<(usize, usize, bool), String> {
        // Both the second process, an orphan in a session of its own, and the third are in other user namespaces.
        let script = "(setsid unshare -U sleep 1000 >/dev/null &); unshare -U sleep 1000 >/dev/null & \
                      echo 1; exec sleep 1000";
        let mut command = std::process::Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        // Of another container in the same user namespace.
        let mut neighbour =
            std::process::Command::new("sleep").arg("1000").spawn().map_err(|e| e.to_string())?;
        let mut words = [0; 2];
        let read = std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut words);
        read.map_err(|e| e.to_string())?;
        let members = Members::of_child(child.id().cast_signed(), true);
        let before = members.list().map_err(|e| e.to_string())?.len();
        let left = members.kill(Duration::from_secs(10)).map_err(|e| e.to_string())?.len();
        child.wait().map_err(|e| e.to_string())?;
        let spared = neighbour.try_wait().map_err(|e| e.to_string())?.is_none();
        neighbour.kill().and_then(|()| neighbour.wait()).map_err(|e| e.to_string())?;
        Ok((before, left, spared))
    };
    let host = crate::model::host::tests::plain();
    let (before, left, spared) = crate::sys::userns::run_mapped(&maps, &host, work).unwrap().unwrap();
    assert!(before >= 3 && spared, "{before}");
    assert_eq!(left, 0);
    assert!(outside.try_wait().unwrap().is_none(), "an innocent process was killed");
    outside.kill().unwrap();
    outside.wait().unwrap();
}

#[test]
fn a_process_and_what_it_starts() {
    // No namespace of its own: told by mounts and parents.
    let mut child = std::process::Command::new("sh").args(["-c", "sleep 1000 & wait"]).spawn().unwrap();
    let pid = child.id().cast_signed();
    let start = process::start_time(pid).unwrap();
    let members = Members::of(pid, start, true, true).unwrap();
    assert!(!members.told_by_namespace());
    assert!(members.list().unwrap().iter().any(|member| member.pid == pid));
    let left = members.kill(Duration::from_secs(10)).unwrap();
    assert_eq!(left, []);
    child.wait().unwrap();
    assert!(Members::of(pid, start, true, true).is_none());
}
