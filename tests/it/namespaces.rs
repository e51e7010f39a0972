//! The user namespace with its id maps, and every other namespace: private, the host's, or joined.

use serde_json::json;

use crate::support::World;

const KINDS: [&str; 6] = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];

fn own_namespace(kind: &str) -> String {
    std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string()
}

fn ids() -> (u32, u32) {
    (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw())
}

#[test]
fn everything_is_private_by_default() {
    let world = World::with_busybox();
    let seen = world.probe(&[]);
    for kind in KINDS.iter().chain(&["user"]) {
        assert_ne!(seen["ns"][kind], json!(own_namespace(kind)), "{kind}");
    }
}

#[test]
fn the_hosts_namespaces_on_request() {
    let world = World::with_busybox();
    for (flag, kind) in
        [("--pid", "pid"), ("--ipc", "ipc"), ("--uts", "uts"), ("--cgroupns", "cgroup"), ("--network", "net")]
    {
        let words = ["run", "--rm", "--network", "none", flag, "host", "busybox", "/bin/probe"];
        let words: Vec<_> = words.into_iter().filter(|w| kind != "net" || *w != "none").collect();
        let words: Vec<_> = if kind == "net" {
            vec!["run", "--rm", "--network", "host", "busybox", "/bin/probe"]
        } else {
            words
        };
        let seen = world.run(&words).ok().json();
        for other in KINDS {
            let same = seen["ns"][other] == json!(own_namespace(other));
            assert_eq!(same, other == kind, "{flag} host and the {other} namespace");
        }
    }
}

#[test]
fn a_namespace_by_path() {
    let world = World::with_busybox();
    // The user's own namespaces, by path, are those of the host.
    let path = format!("ns:/proc/{}/ns/uts", std::process::id());
    world.quick(&["--uts", "ns:/nonexistent", "busybox", "true"]).fails(125).err_has("/nonexistent");
    // Not ours to join from a user namespace: the error names it.
    world.quick(&["--uts", &path, "busybox", "true"]).fails(125).err_has("ns/uts");
}

#[test]
fn root_inside_is_the_caller_outside() {
    let world = World::with_busybox();
    let (uid, gid) = ids();
    let seen = world.probe(&[]);
    assert_eq!(seen["uid"], json!([0, 0, 0, 0]));
    assert_eq!(seen["uid_map"][0], json!([0, uid, 1]));
    assert_eq!(seen["gid_map"][0], json!([0, gid, 1]));
    assert_eq!(seen["uid_map"][1][0], 1, "the subordinate ids follow");
    assert!(seen["uid_map"][1][2].as_u64() >= Some(65535));
}

#[test]
fn keep_id_is_the_callers_own_id() {
    let world = World::with_busybox();
    let (uid, gid) = ids();
    let seen = world.probe(&["--userns=keep-id"]);
    assert_eq!((seen["uid"][1].as_u64(), seen["gid"][1].as_u64()), (Some(uid.into()), Some(gid.into())));
    let seen = world.probe(&["--userns=keep-id:uid=1000,gid=1000"]);
    assert_eq!((seen["uid"][1].as_u64(), seen["gid"][1].as_u64()), (Some(1000), Some(1000)));
    let dir = world.make_dir("shared");
    let bind = format!("{}:/shared", dir.display());
    world.quick(&["--userns=keep-id", "-v", &bind, "busybox", "touch", "/shared/mine"]).ok();
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(std::fs::metadata(dir.join("mine")).unwrap().uid(), uid);
}

#[test]
fn without_helpers_one_id_is_enough() {
    let world = World::with_busybox();
    let Some(words) = crate::support::without(&["newuidmap", "newgidmap"]) else {
        crate::skip!("cannot hide newuidmap: unshare -Urm fails");
    };
    // Inside a user namespace of one id, nothing but that id can be mapped.
    let under: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = ["run", "--rm", "--network", "none", "busybox", "/bin/probe"];
    let outcome = world.rctr(&words).under(&under).run().ok();
    let seen = outcome.json();
    assert_eq!(seen["uid_map"].as_array().unwrap().len(), 1, "{}", seen["uid_map"]);
    assert_eq!(seen["uid"][0], 0);
    assert_eq!(outcome.err.lines().count(), 1, "it says so once: {outcome}");
    // A user that has no id runs as the one there is, and gains nothing by that.
    let words = ["run", "--rm", "--network", "none", "--user", "33:33", "busybox", "sh", "-c"];
    let script = "id -u; grep -E 'Cap(Prm|Eff|Bnd|Inh|Amb)' /proc/self/status";
    let outcome = world.rctr(&words).args([script]).under(&under).run().ok().err_has("33:33");
    let mut lines = outcome.out.lines();
    assert_eq!(lines.next(), Some("0"));
    for line in lines {
        assert!(line.ends_with("\t0000000000000000"), "{line}");
    }
}

#[test]
fn containers_cannot_see_each_other() {
    let world = World::with_busybox();
    let mut other = world
        .rctr(&["run", "--rm", "--network", "none", "busybox", "sh", "-c", "echo up; exec sleep 1000"])
        .spawn();
    other.wait_for("up");
    let outcome = world.quick(&["busybox", "ps"]).ok();
    assert!(!outcome.out.contains("sleep"), "{outcome}");
    other.signal(nix::sys::signal::Signal::SIGKILL);
    world.leaves_processes();
    other.finish();
}

#[test]
fn nomap_leaves_the_caller_out() {
    let world = World::with_busybox();
    let (uid, _) = ids();
    let seen = world.probe(&["--userns=nomap"]);
    let own = |row: &serde_json::Value| row[1] == json!(uid);
    assert!(!seen["uid_map"].as_array().unwrap().iter().any(own), "{}", seen["uid_map"]);
    world.quick(&["--userns=nomap", "busybox", "sh", "-c", "echo x >/x && cat /x"]).ok().out_is("x");
}

#[test]
fn auto_is_a_range_of_its_own() {
    let world = World::with_busybox();
    let seen = world.probe(&["--userns=auto:size=1024"]);
    let total: u64 = seen["uid_map"].as_array().unwrap().iter().filter_map(|r| r[2].as_u64()).sum();
    assert_eq!(total, 1024);
    world.quick(&["--userns=auto", "busybox", "sh", "-c", "echo x >/x && cat /x"]).ok().out_is("x");
}

#[test]
fn explicit_maps() {
    let world = World::with_busybox();
    let seen = world.probe(&["--uidmap", "0:1:10", "--gidmap", "0:1:10"]);
    assert_eq!(seen["uid_map"].as_array().unwrap().len(), 1, "{}", seen["uid_map"]);
    assert_eq!((seen["uid_map"][0][0].as_u64(), seen["uid_map"][0][2].as_u64()), (Some(0), Some(10)));
}

#[test]
fn another_containers_namespaces() {
    let world = World::with_busybox();
    let words =
        ["run", "--rm", "--network", "none", "--name", "first", "--hostname", "shared", "-i", "busybox"];
    let words = [&words[..], &["sh", "-c", "/bin/probe; echo up; cat"]].concat();
    let mut first = world.rctr(&words).stdin_open().spawn();
    let text = first.wait_for("up");
    let seen: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    for (flag, kind) in [("--pid", "pid"), ("--ipc", "ipc"), ("--uts", "uts"), ("--network", "net")] {
        let network: &[&str] = if kind == "net" { &[] } else { &["--network", "none"] };
        let words = [&["run", "--rm"], network, &[flag, "container:first", "busybox", "/bin/probe"]].concat();
        let other = world.run(&words).ok().json();
        for ns in KINDS {
            assert_eq!(other["ns"][ns] == seen["ns"][ns], ns == kind, "{flag} and the {ns} namespace");
        }
    }
    let outcome = world.quick(&["--pid", "container:nosuch", "busybox", "true"]).fails(125);
    outcome.err_has("no such container").err_has("nosuch");
    first.close_stdin();
    first.finish().ok();
}
