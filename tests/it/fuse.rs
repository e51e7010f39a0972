//! The overlay over FUSE: the same to a program as the kernel's, on the same directories.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::support::World;

/// Tests of what cannot be had here are skipped.
macro_rules! need_fuse {
    () => {
        if let Err(error) = std::fs::File::options().read(true).write(true).open("/dev/fuse") {
            crate::skip!("/dev/fuse: {error}");
        }
    };
}

const FUSE: [&str; 2] = ["--rootfs-backend", "fuse"];

/// A path of few names, so that calls meet.
fn path() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    prop_oneof![
        3 => name().prop_map(str::to_owned),
        3 => (name(), name()).prop_map(|(a, b)| format!("{a}/{b}")),
        1 => (name(), name(), name()).prop_map(|(a, b, c)| format!("{a}/{b}/{c}")),
    ]
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

/// One line for the probe's `play`.
fn call() -> impl Strategy<Value = String> {
    let mode = || one_of(&["644", "600", "755", "2755", "1777", "4755", "6711", "0"]);
    let attribute = || one_of(&["user.x", "user.y", "user.overlay.opaque"]);
    prop_oneof![
        2 => (one_of(&["create", "chmod"]), path(), mode()).prop_map(|(w, p, m)| format!("{w} {p} {m}")),
        2 => (path(), one_of(&["755", "700", "2775", "1777"])).prop_map(|(p, m)| format!("mkdir {p} {m}")),
        2 => (path(), 0..100_u8).prop_map(|(p, n)| format!("put {p} data{n}")),
        1 => (path(), one_of(&["0", "3", "20"]), 0..100_u8).prop_map(|(p, at, n)| format!("write {p} {at} w{n}")),
        1 => (path(), 0..100_u8).prop_map(|(p, n)| format!("append {p} +{n}")),
        4 => (one_of(&["read", "list", "stat", "rmdir", "unlink", "unlink"]), path())
            .prop_map(|(w, p)| format!("{w} {p}")),
        1 => (one_of(&["truncate", "allocate"]), path(), one_of(&["1", "2", "20", "100"]))
            .prop_map(|(w, p, n)| format!("{w} {p} {n}")),
        4 => (path(), path(), one_of(&["0", "0", "0", "1", "2"])).prop_map(|(p, q, f)| format!("rename {p} {q} {f}")),
        1 => (path(), path()).prop_map(|(p, q)| format!("link {p} {q}")),
        // None leads out of the tree: what is there outlives a run.
        1 => (path(), one_of(&["t1", "e/../a", "b"])).prop_map(|(p, t)| format!("symlink {p} {t}")),
        1 => (path(), one_of(&["0", "1", "17"]), one_of(&["0", "2", "17"]))
            .prop_map(|(p, u, g)| format!("chown {p} {u} {g}")),
        1 => (path(), one_of(&["7000", "123456"])).prop_map(|(p, t)| format!("times {p} {t}")),
        1 => (path(), attribute(), 0..9_u8).prop_map(|(p, a, n)| format!("setxattr {p} {a} v{n}")),
        1 => (one_of(&["getxattr", "removexattr"]), path(), attribute()).prop_map(|(w, p, a)| format!("{w} {p} {a}")),
        1 => (path(), one_of(&["10644", "100600", "140755", "20000"])).prop_map(|(p, m)| format!("mknod {p} {m}")),
        2 => (one_of(&["open", "open-both"]), path(), 0..3_u8).prop_map(|(w, p, h)| format!("{w} {p} h{h}")),
        2 => (0..3_u8).prop_map(|h| format!("again h{h}")),
        1 => (0..3_u8, 0..9_u8).prop_map(|(h, n)| format!("write-again h{h} W{n}")),
        1 => one_of(&["22", "77", "0", "2"]).prop_map(|m| format!("umask {m}")),
    ]
}

fn calls(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(call(), most / 2..most)
}

/// What a layer below has: directories and files made of a list of paths.
fn fill(base: &Path, files: &[(String, u8)]) {
    std::fs::create_dir(base).unwrap();
    for (path, kind) in files {
        let path = base.join(path);
        // One path may be in the way of another.
        let _ = match kind {
            0 => std::fs::create_dir_all(&path),
            1 => std::os::unix::fs::symlink("lower", &path),
            _ => std::fs::create_dir_all(path.parent().unwrap()).and_then(|()| {
                std::fs::write(&path, format!("lower {kind}"))?;
                let mode = [0o644, 0o755, 0o600, 0o4755][usize::from(*kind) % 4];
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
            }),
        };
    }
}

/// Plays two scripts in a container, one after the other with a stop in between, in which its backend becomes another.
fn played(world: &World, source: &str, backends: [&str; 2], scripts: &[Vec<String>; 2]) -> String {
    let script = world.path("script");
    std::fs::create_dir_all(&script).unwrap();
    let volume = format!("{}:/script", script.display());
    let name = format!("play-{}-{}", backends[0], backends[1]);
    let mut out = String::new();
    std::fs::write(script.join("calls"), scripts[0].join("\n")).unwrap();
    let mut words = vec!["run", "--name", &name, "--network", "none", "-v", &volume];
    words.extend(["--rootfs-backend", backends[0], "--rootfs", source]);
    words.extend(["/bin/probe", "play", "/t", "/script/calls"]);
    out.push_str(&world.run(&words).ok().out);
    if backends[0] != backends[1] {
        let id = world.inspected(&name, "{{.Id}}");
        let spec = world.store().join("containers").join(id).join("spec.json");
        let text = std::fs::read_to_string(&spec).unwrap();
        let changed = text.replace(
            &format!("\"backend\":\"{}\"", backends[0]),
            &format!("\"backend\":\"{}\"", backends[1]),
        );
        assert_ne!(text, changed);
        std::fs::write(&spec, changed).unwrap();
    }
    std::fs::write(script.join("calls"), scripts[1].join("\n")).unwrap();
    out.push_str(&world.run(&["start", "-a", &name]).ok().out);
    let mut changed: Vec<_> = world.run(&["diff", &name]).ok().out.lines().map(str::to_owned).collect();
    changed.sort();
    out.push_str(&changed.join("\n"));
    world.run(&["rm", &name]).ok();
    out
}

/// Few cases, the same each time; RCTR_TEST_SEED names others.
fn runner(cases: u32) -> TestRunner {
    let seed = std::env::var("RCTR_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let rng_seed = RngSeed::Fixed(seed);
    let failure_persistence = None;
    TestRunner::new(Config {
        cases,
        max_shrink_iters: 200,
        failure_persistence,
        rng_seed,
        ..Config::default()
    })
}

#[test]
fn it_works_as_the_kernels_does() {
    need_fuse!();
    let world = World::with_rootfs();
    let source = format!("{}:O", world.path("root").display());
    let files = prop::collection::vec((path(), 0..9_u8), 5..25);
    let strategy = (files, calls(60), calls(30));
    let result = runner(4).run(&strategy, |(files, first, second)| {
        let lower = world.path("root/t");
        let _ = std::fs::remove_dir_all(&lower);
        fill(&lower, &files);
        let scripts = [first, second];
        let kernel = played(&world, &source, ["overlay", "overlay"], &scripts);
        for backends in [["fuse", "fuse"], ["fuse", "overlay"], ["overlay", "fuse"]] {
            prop_assert_eq!(&played(&world, &source, backends, &scripts), &kernel, "{:?}", backends);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn it_works_as_a_plain_directory_does() {
    need_fuse!();
    let world = World::with_rootfs();
    let root = world.path("root");
    std::fs::create_dir(root.join("t")).unwrap();
    let result = runner(6).run(&calls(80), |calls| {
        let script = world.write("calls", calls.join("\n"));
        let volume = format!("{}:/calls", script.display());
        // In a directory that is new: what lies below an overlay moves otherwise.
        let play = "mkdir /t/new && cd /t/new && /bin/probe play . /calls; cd / && rm -rf /t/new";
        let run = |source: &str| {
            let mut words = vec!["-v", &volume];
            words.extend(FUSE);
            words.extend(["--rootfs", source, "sh", "-c", play]);
            world.quick(&words).ok().out
        };
        let plain = run(root.to_str().unwrap());
        // Only an overlay keeps its own marks apart from a program's.
        prop_assume!(!calls.iter().any(|call| call.contains("user.overlay") || call.contains(" 20000")));
        prop_assert_eq!(run(&format!("{}:O", root.display())), plain);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_image_of_several_layers() {
    need_fuse!();
    let world = World::with_busybox();
    let layer = |from: &str, to: &str, script: &str| {
        let mut words = vec!["run", "--name", "layer", "--network", "none"];
        words.extend(FUSE);
        words.extend([from, "sh", "-c", script]);
        world.run(&words).ok();
        world.run(&["commit", "-q", "layer", to]).ok();
        world.run(&["rm", "layer"]).ok();
    };
    layer(
        "busybox",
        "one",
        "mkdir -p /d/sub /e; echo 1 >/d/one; echo 1 >/d/sub/deep; echo 1 >/e/old; echo gone >/gone",
    );
    layer(
        "one",
        "two",
        "rm /gone /d/one; rm -r /e; mkdir /e; echo 2 >/e/new; echo 2 >>/d/sub/deep; chown 5:6 /d/sub",
    );
    let look = "find /d /e /gone 2>/dev/null | sort; cat /d/sub/deep /e/new; stat -c '%u:%g %a' /d/sub";
    let mut seen = Vec::new();
    for backend in ["overlay", "fuse"] {
        seen.push(world.quick(&["--rootfs-backend", backend, "two", "sh", "-c", look]).ok().out);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], "/d\n/d/sub\n/d/sub/deep\n/e\n/e/new\n1\n2\n2\n5:6 755\n");
}

#[test]
fn what_looks_into_it_sees_the_same() {
    need_fuse!();
    let world = World::with_busybox();
    let mut words = vec!["run", "-d", "--name", "web", "--network", "none"];
    words.extend(FUSE);
    words.extend(["busybox", "sh", "-c", "echo here >/etc/mark; rm /etc/group; echo ready; exec sleep 1000"]);
    world.run(&words).ok();
    world.becomes("web", "{{.State.Status}}", "running");
    while !world.run(&["logs", "web"]).ok().out.contains("ready") {}
    for runs in [true, false] {
        let changes = world.run(&["diff", "web"]).ok().out;
        assert!(changes.contains("A /etc/mark") && changes.contains("D /etc/group"), "{runs}: {changes}");
        let copy = world.path("copy");
        world.run(&["cp", "web:/etc/mark", copy.to_str().unwrap()]).ok();
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), "here\n", "{runs}");
        let into = format!("web:/etc/came-{runs}");
        world.run(&["cp", copy.to_str().unwrap(), &into]).ok();
        let archive = world.path("export.tar");
        world.run(&["export", "-o", archive.to_str().unwrap(), "web"]).ok();
        let mut names = Vec::new();
        let mut tar = tar::Archive::new(std::fs::File::open(&archive).unwrap());
        for entry in tar.entries().unwrap() {
            names.push(entry.unwrap().path().unwrap().display().to_string());
        }
        let has = |name: &str| names.iter().any(|n| n.trim_start_matches("./") == name);
        assert!(
            has("etc/mark") && has(&format!("etc/came-{runs}")) && !has("etc/group"),
            "{runs}: {names:?}"
        );
        if runs {
            world.run(&["exec", "web", "cat", "/etc/came-true"]).ok().out_is("here");
            world.run(&["stop", "-t", "0", "web"]).ok();
        }
    }
    world.run(&["start", "web"]).ok();
    world.run(&["exec", "web", "cat", "/etc/came-false"]).ok().out_is("here");
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn a_server_that_is_killed_is_told() {
    need_fuse!();
    let world = World::with_busybox();
    world.leaves_processes();
    let script = "echo ready; while echo x >/x; do :; done; echo stopped; exit 3";
    let mut words = vec!["run", "--rm", "--name", "web", "--network", "none"];
    words.extend(FUSE);
    words.extend(["busybox", "sh", "-c", script]);
    let mut run = world.rctr(&words).spawn();
    run.wait_for("ready");
    let monitor: i32 = world.inspected("web", "{{.State.ConmonPid}}").parse().unwrap();
    let servers = crate::support::children(Pid::from_raw(monitor), "rctr-overlay");
    let server = *servers.first().expect("a server");
    nix::sys::signal::kill(server, Signal::SIGKILL).unwrap();
    let outcome = run.finish();
    assert!(outcome.err.contains("root file system was killed by signal 9"), "{outcome}");
    // Its program gets an error, or the code of it cannot be read any more.
    assert!(outcome.out.contains("stopped") || outcome.err.contains("killed"), "{outcome}");
    world.run(&["inspect", "web"]).fails(125);
}

#[test]
fn a_server_holds_and_may_little() {
    need_fuse!();
    let world = World::with_busybox();
    let mut words = vec!["run", "-d", "--name", "web", "--network", "none"];
    words.extend(FUSE);
    words.extend(["busybox", "sleep", "1000"]);
    world.run(&words).ok();
    let monitor: i32 = world.inspected("web", "{{.State.ConmonPid}}").parse().unwrap();
    let servers = crate::support::children(Pid::from_raw(monitor), "rctr-overlay");
    let server = *servers.first().expect("a server");
    let status = std::fs::read_to_string(format!("/proc/{server}/status")).unwrap();
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD, SETFCAP.
    assert!(status.contains("CapEff:\t000000008800001f"), "{status}");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    // Nobody else of the user may look.
    assert!(std::fs::read_dir(format!("/proc/{server}/fd")).is_err());
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    crate::support::world::gone(server, "rctr-overlay");
}

#[test]
fn what_is_not_there_yet_is_refused() {
    let world = World::with_rootfs();
    let root = world.path("root");
    let words = ["--rootfs-backend", "fuse-metadata", "--rootfs", root.to_str().unwrap(), "true"];
    world.quick(&words).fails(125).err_has("not there yet");
}
