use super::*;
use crate::model::host::tests::plain as host;

fn text(map: &[IdRange]) -> String {
    map.iter().map(|r| format!("{}:{}:{}", r.container, r.host, r.size)).collect::<Vec<_>>().join(" ")
}

#[test]
fn defaults() {
    let helper = Some(std::path::PathBuf::from("/usr/bin/newuidmap"));
    #[rustfmt::skip]
    let rows = [
        (1000, vec![(100_000, 65_536)], true, "0:1000:1 1:100000:65536", MapWriter::Helpers),
        (1000, vec![(100_000, 10), (300_000, 5)], true, "0:1000:1 1:100000:10 11:300000:5", MapWriter::Helpers),
        (1000, vec![(4_294_967_290, 100)], true, "0:1000:1 1:4294967290:5", MapWriter::Helpers),
        (1000, vec![], true, "0:1000:1", MapWriter::Own),
        (1000, vec![(100_000, 65_536)], false, "0:1000:1", MapWriter::Own),
        (0, vec![], true, "", MapWriter::None),
        (0, vec![(100_000, 65_536)], false, "0:100000:65536", MapWriter::Root),
    ];
    for (uid, ranges, helpers, want, writer) in rows {
        let mut host = host();
        (host.uid, host.gid) = (uid, uid);
        (host.subuids, host.subgids) = (ranges.clone(), ranges);
        host.newuidmap = helper.clone().filter(|_| helpers);
        host.newgidmap = host.newuidmap.clone();
        let maps = default_maps(&host);
        assert_eq!((text(&maps.uids), maps.writer), (want.to_owned(), writer));
        assert_eq!(maps.uids, maps.gids);
    }
}

#[test]
fn user_ids_without_group_ids_are_a_single_id() {
    let host = HostFacts { subgids: Vec::new(), ..host() };
    assert_eq!(default_maps(&host).writer, MapWriter::Own);
    let host = HostFacts { uid: 0, single_id_root: true, ..host };
    let maps = default_maps(&host);
    assert_eq!((maps.writer, maps.uids[0].host), (MapWriter::Own, 0), "unshare -r");
}

fn alice() -> HostFacts {
    host()
}

fn shown(request: &IdMapRequest, host: &HostFacts, taken: &[(u32, u32)]) -> String {
    match decide(request, host, taken) {
        Ok(maps) => format!("{:?} {} | {}", maps.writer, text(&maps.uids), text(&maps.gids)),
        Err(error) => error.to_string(),
    }
}

fn asked(userns_text: &str, uidmap: &[&str], gidmap: &[&str]) -> IdMapRequest {
    let entries = |flag, texts: &[&str]| texts.iter().map(|t| map_entry(flag, t).unwrap()).collect();
    IdMapRequest {
        userns: userns(userns_text).unwrap(),
        uidmap: entries("--uidmap", uidmap),
        gidmap: entries("--gidmap", gidmap),
        ..IdMapRequest::default()
    }
}

#[test]
fn modes_of_a_normal_user() {
    let two = HostFacts { subuids: vec![(100, 10), (900, 5)], ..alice() };
    for (host, mode, want) in [
        (&alice(), "", "Helpers 0:1000:1 1:100000:65536 | 0:1000:1 1:100000:65536"),
        (&alice(), "host", "Helpers 0:1000:1 1:100000:65536 | 0:1000:1 1:100000:65536"),
        (&alice(), "nomap", "Helpers 0:100000:65536 | 0:100000:65536"),
        (
            &alice(),
            "keep-id",
            "Helpers 0:100000:1000 1000:1000:1 1001:101000:64536 | 0:100000:1000 1000:1000:1 1001:101000:64536",
        ),
        (&alice(), "keep-id:uid=0,gid=0", "Helpers 0:1000:1 1:100000:65536 | 0:1000:1 1:100000:65536"),
        (
            &alice(),
            "keep-id:uid=5,gid=0,size=10",
            "Helpers 0:100000:5 5:1000:1 6:100005:4 | 0:1000:1 1:100000:9",
        ),
        (&alice(), "keep-id:uid=70000,gid=0,size=1", "Helpers 0:100000:1 70000:1000:1 | 0:1000:1"),
        (&two, "keep-id:uid=3,gid=0,size=1", "Helpers 0:100:1 3:1000:1 | 0:1000:1"),
        (
            &two,
            "keep-id:uid=12,gid=0,size=14",
            "Helpers 0:100:10 10:900:2 12:1000:1 13:902:1 | 0:1000:1 1:100000:13",
        ),
        (
            &two,
            "keep-id:uid=12,gid=0",
            "Helpers 0:100:10 10:900:2 12:1000:1 13:902:3 | 0:1000:1 1:100000:65536",
        ),
        (&alice(), "auto", "Helpers 0:100000:1024 | 0:100000:1024"),
        (&alice(), "auto:size=65536", "Helpers 0:100000:65536 | 0:100000:65536"),
        (
            &alice(),
            "auto:size=65537",
            "cannot map ids: --userns auto wants 65537 subordinate user ids in one piece, and there are not so many free",
        ),
        (&alice(), "container:web", "None  | "),
        (&alice(), "ns:/x", "None  | "),
    ] {
        assert_eq!(shown(&asked(mode, &[], &[]), host, &[]), want, "{mode}");
    }
}

#[test]
fn auto_goes_round_what_others_have() {
    for (taken, want) in [
        (&[][..], "0:100000:1000"),
        (&[(100_000, 1000)], "0:101000:1000"),
        (&[(101_000, 1000), (100_000, 1000)], "0:102000:1000"),
        (&[(100_500, 10)], "0:100510:1000"),
        (&[(1, 5)], "0:100000:1000"),
        (&[(101_000, 64_000)], "0:100000:1000"),
    ] {
        let maps = decide(&asked("auto:size=1000", &[], &[]), &alice(), taken).unwrap();
        assert_eq!(text(&maps.uids), want, "{taken:?}");
    }
    assert!(decide(&asked("auto:size=1000", &[], &[]), &alice(), &[(100_500, 65_000)]).is_err());
}

#[test]
fn explicit_entries() {
    let split =
        HostFacts { subuids: vec![(100, 10), (900, 5)], subgids: vec![(100, 10), (900, 5)], ..alice() };
    let gone = "there are not so many ids: place 0 is your own (1000), 15 subordinate ones follow";
    let foreign = "not all of these ids are yours: you may map 1000 and 100-109, 900-904";
    for (uids, gids, want) in [
        (&["0:0:1"][..], &[][..], "Helpers 0:1000:1 | 0:1000:1".to_owned()),
        (&["0:1:10"], &[], "Helpers 0:100:10 | 0:100:10".to_owned()),
        (&[], &["0:1:10"], "Helpers 0:100:10 | 0:100:10".to_owned()),
        (&["0:1:5"], &["0:0:1"], "Helpers 0:100:5 | 0:1000:1".to_owned()),
        (&["0:0:12"], &[], "Helpers 0:1000:1 1:100:10 11:900:1 | 0:1000:1 1:100:10 11:900:1".to_owned()),
        (&["1000:0:1", "0:1:1"], &[], "Helpers 1000:1000:1 0:100:1 | 1000:1000:1 0:100:1".to_owned()),
        (&["0:@900:5"], &[], "Helpers 0:900:5 | 0:900:5".to_owned()),
        (&["7:@1000"], &[], "Helpers 7:1000:1 | 7:1000:1".to_owned()),
        (&["0:1:16"], &[], format!("invalid --uidmap \"0:1:16\": {gone}")),
        (&["0:16:1"], &[], format!("invalid --uidmap \"0:16:1\": {gone}")),
        (&["0:@0:1"], &[], format!("invalid --uidmap \"0:@0:1\": {foreign}")),
        (&["0:@1000:2"], &[], format!("invalid --uidmap \"0:@1000:2\": {foreign}")),
        (&["0:@105:10"], &[], format!("invalid --uidmap \"0:@105:10\": {foreign}")),
        (
            &["0:0:1", "0:1:1"],
            &[],
            "invalid --uidmap \"0:1:1\": it maps container ids that are mapped already".to_owned(),
        ),
        (
            &["0:1:3", "5:2:1"],
            &[],
            "invalid --uidmap \"5:2:1\": it maps host ids that are mapped already".to_owned(),
        ),
    ] {
        assert_eq!(shown(&asked("", uids, gids), &split, &[]), want, "{uids:?} {gids:?}");
    }
    let both = decide(&asked("keep-id", &["0:0:1"], &[]), &alice(), &[]).unwrap_err();
    assert!(matches!(both, SpecError::Conflict("--userns", "--uidmap", _)));
}

#[test]
fn without_ranges_or_helpers() {
    let bare = HostFacts { subuids: vec![], subgids: vec![], ..alice() };
    let helpless = HostFacts { newuidmap: None, ..alice() };
    let none = "needs subordinate ids, and alice has none";
    for (request, host, want) in [
        (asked("keep-id", &[], &[]), &bare, "Own 1000:1000:1 | 1000:1000:1".to_owned()),
        (asked("keep-id:uid=7,gid=8", &[], &[]), &helpless, "Own 7:1000:1 | 8:1000:1".to_owned()),
        (asked("nomap", &[], &[]), &bare, format!("cannot map ids: --userns nomap {none}")),
        (asked("auto", &[], &[]), &bare, format!("cannot map ids: --userns auto {none}")),
        (
            asked("nomap", &[], &[]),
            &helpless,
            "cannot map ids: --userns nomap needs newuidmap and newgidmap, and they are not installed"
                .to_owned(),
        ),
        (asked("", &["5:0:1"], &[]), &bare, "Own 5:1000:1 | 5:1000:1".to_owned()),
        (
            asked("", &["0:1:5"], &[]),
            &helpless,
            "cannot map ids: only one's own id can be mapped without newuidmap and newgidmap".to_owned(),
        ),
    ] {
        assert_eq!(shown(&request, host, &[]), want);
    }
}

#[test]
fn real_root() {
    let root = HostFacts { uid: 0, gid: 0, user: Some("root".to_owned()), ..alice() };
    let bare = HostFacts { subuids: vec![], subgids: vec![], ..root.clone() };
    for (request, host, want) in [
        (asked("host", &[], &[]), &root, "None  | "),
        (asked("", &[], &[]), &bare, "None  | "),
        (asked("auto:size=10", &[], &[]), &root, "Root 0:100000:10 | 0:100000:10"),
        (asked("", &["0:5000:10"], &[]), &bare, "Root 0:5000:10 | 0:5000:10"),
        (asked("", &["0:@5000:10"], &[]), &bare, "Root 0:5000:10 | 0:5000:10"),
        (
            asked("keep-id", &[], &[]),
            &root,
            "invalid --userns \"keep-id\": it is for normal users: real root keeps its ids with --userns host",
        ),
        (
            asked("nomap", &[], &[]),
            &root,
            "invalid --userns \"nomap\": it is for normal users: real root keeps its ids with --userns host",
        ),
    ] {
        assert_eq!(shown(&request, host, &[]), want);
    }
}

#[test]
fn whose_ranges() {
    for (name, fine) in [("alice", true), ("1000", true), ("bob", false), ("", false)] {
        let request = IdMapRequest { subuidname: Some(name.to_owned()), ..IdMapRequest::default() };
        assert_eq!(decide(&request, &alice(), &[]).is_ok(), fine, "{name}");
        let request = IdMapRequest { subgidname: Some(name.to_owned()), ..IdMapRequest::default() };
        assert_eq!(decide(&request, &alice(), &[]).is_ok(), fine, "{name}");
    }
}
