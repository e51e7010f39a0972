//! `rctr run` as a user meets it: output, exit codes, what the image and the flags say about the process.

use crate::support::World;

#[test]
fn output_and_exit_code_are_the_programs_own() {
    let world = World::with_busybox();
    let outcome = world.quick(&["busybox", "sh", "-c", "echo to-out; echo to-err >&2; exit 3"]).code(3);
    assert_eq!((outcome.out.as_str(), outcome.err.as_str()), ("to-out\n", "to-err\n"), "{outcome}");
    world.quick(&["busybox", "true"]).ok();
    world.quick(&["busybox", "sh", "-c", "exit 200"]).code(200);
}

#[test]
fn a_signal_is_128_and_its_number() {
    let world = World::with_busybox();
    // PID 1 of a pid namespace ignores what it does not handle, so it is a child that dies, and with --init the program.
    world.quick(&["busybox", "sh", "-c", "sh -c 'kill -9 $$'; exit $?"]).code(137);
    world.quick(&["--init", "busybox", "sh", "-c", "kill -15 $$"]).code(143);
}

#[test]
fn closed_standard_files_do_no_harm() {
    let world = World::with_busybox();
    let rctr = crate::support::rctr_binary();
    let line = format!("{} run --rm --network none busybox sh -c 'echo hello' <&- 2>&-", rctr.display());
    world.program("/bin/sh").args(["-c", &line]).run().ok().out_is("hello");
    let line = format!("{} run --rm -i --network none busybox cat <&-", rctr.display());
    world.program("/bin/sh").args(["-c", &line]).run().ok().out_is("");
}

#[test]
fn the_image_says_what_runs_and_flags_override_it() {
    use crate::support::Image;
    use serde_json::json;
    let world = World::new();
    world.load(&Image::busybox().named("says").config(json!({
        "Entrypoint": ["/bin/echo", "entry"],
        "Cmd": ["cmd"],
        "Env": ["PATH=/bin", "A=image", "B=image"],
        "WorkingDir": "/tmp/work/here",
        "User": "alice",
        "Labels": {"from": "image"},
    })));
    world.quick(&["says"]).ok().out_is("entry cmd");
    world.quick(&["says", "words"]).ok().out_is("entry words");
    world.quick(&["--entrypoint", "/bin/pwd", "says"]).ok().out_is("/tmp/work/here");
    world.quick(&["--entrypoint", "", "says", "id", "-un"]).ok().out_is("alice");
    world.quick(&["--entrypoint", r#"["/bin/sh","-c"]"#, "says", "echo $A$B"]).ok().out_is("imageimage");
    let env = ["-e", "A=flag", "--entrypoint", "/bin/sh", "says", "-c", "echo $A $B"];
    world.quick(&env).ok().out_is("flag image");
    world.quick(&["-w", "/etc", "--entrypoint", "pwd", "says"]).ok().out_is("/etc");
}

#[test]
fn the_environment_has_what_was_asked_for_and_nothing_of_the_callers() {
    let world = World::with_busybox();
    let file = world.write("env", "# a comment\nFILE=from file\nPASSED\n\nEMPTY=\n");
    let words =
        ["run", "--rm", "--network", "none", "-e", "SET=a=b", "-e", "PASSED", "-e", "MISSING", "--env-file"];
    let words = [&words[..], &[file.to_str().unwrap(), "busybox", "/bin/probe"]].concat();
    let outcome = world.rctr(&words).env("PASSED", "caller").env("SECRET", "caller").run().ok();
    let env = outcome.json()["env"].clone();
    assert_eq!(env["SET"], "a=b");
    assert_eq!(env["PASSED"], "caller");
    assert_eq!(env["FILE"], "from file");
    assert_eq!(env["EMPTY"], "");
    assert_eq!(env["FROM_IMAGE"], "yes");
    assert_eq!(env["HOME"], "/root");
    assert!(env["PATH"].as_str().is_some_and(|p| p.contains("/bin")), "{env}");
    for absent in ["MISSING", "SECRET", "XDG_RUNTIME_DIR", "TMPDIR", "LANG"] {
        assert!(env.get(absent).is_none(), "{absent} is set: {env}");
    }
    let words = ["run", "--rm", "--network", "none", "--env-host", "busybox", "/bin/probe"];
    let env = world.rctr(&words).env("SECRET", "caller").run().ok().json()["env"].clone();
    assert_eq!(env["SECRET"], "caller");
}

#[test]
fn users_are_looked_up_in_the_container() {
    let world = World::with_busybox();
    let cases = [
        ("alice", [1000, 1000], vec![10, 29, 1000]),
        ("1000", [1000, 1000], vec![10, 29, 1000]),
        ("1000:1000", [1000, 1000], vec![1000]),
        ("alice:wheel", [1000, 10], vec![10]),
        (":daemon", [0, 1], vec![1]),
        ("4242", [4242, 0], vec![0]),
        ("4242:77", [4242, 77], vec![77]),
    ];
    for (user, ids, groups) in cases {
        let seen = world.probe(&["--user", user]);
        assert_eq!(
            (seen["uid"][1].as_u64(), seen["gid"][1].as_u64()),
            (Some(ids[0]), Some(ids[1])),
            "{user}"
        );
        // The primary group is among the supplementary ones: a negative group cannot be left by a setgid program.
        assert_eq!(seen["groups"], serde_json::json!(groups), "{user}");
    }
    assert_eq!(world.probe(&["--user", "alice"])["env"]["HOME"], "/home/alice");
    let seen = world.probe(&["--user", "alice", "--group-add", "daemon", "--group-add", "77"]);
    let groups: Vec<_> = seen["groups"].as_array().unwrap().iter().filter_map(|g| g.as_u64()).collect();
    assert!(groups.contains(&1) && groups.contains(&77), "{groups:?}");
}

#[test]
fn names_files_and_labels() {
    let world = World::with_busybox();
    let (cid, pid) = (world.path("cid"), world.path("pid"));
    let seen = world.probe(&["--cidfile", cid.to_str().unwrap(), "--pidfile", pid.to_str().unwrap()]);
    let id = std::fs::read_to_string(&cid).unwrap();
    assert_eq!(id.trim().len(), 64, "{id}");
    assert_eq!(seen["hostname"].as_str(), id.get(..12), "the short id is the host name");
    assert!(std::fs::read_to_string(&pid).unwrap().trim().parse::<u32>().is_ok());
    assert_eq!(world.probe(&["--hostname", "web-1"])["hostname"], "web-1");
    world.quick(&["--hostname", "web-1", "busybox", "cat", "/etc/hostname"]).ok().out_is("web-1");
    world.quick(&["--hostname", "web-1", "busybox", "cat", "/etc/hosts"]).ok().out_has("web-1");
    let words = ["--cidfile", cid.to_str().unwrap(), "busybox", "true"];
    world.quick(&words).fails(125).err_has("cid");
    std::fs::remove_file(&cid).unwrap();
    std::os::unix::fs::symlink(world.path("elsewhere"), &cid).unwrap();
    world.quick(&words).fails(125).err_has("cid");
    assert!(!world.path("elsewhere").exists(), "nothing is written through a symlink");
}

#[test]
fn process_settings_arrive() {
    let world = World::with_busybox();
    let seen = world.probe(&[
        "--ulimit",
        "nofile=100:200",
        "--ulimit",
        "core=0",
        "--umask",
        "0077",
        "--oom-score-adj",
        "500",
        "--workdir",
        "/made/for/it",
        "--sysctl",
        "net.ipv4.ip_forward=1",
    ]);
    assert_eq!(seen["limits"]["Max open files"], serde_json::json!(["100", "200"]));
    assert_eq!(seen["limits"]["Max core file size"], serde_json::json!(["0", "0"]));
    assert_eq!(seen["umask"], "0077");
    assert_eq!(seen["oom_score_adj"], 500);
    assert_eq!(seen["cwd"], "/made/for/it");
    world
        .quick(&["--sysctl", "net.ipv4.ip_forward=1", "busybox", "cat", "/proc/sys/net/ipv4/ip_forward"])
        .ok()
        .out_is("1");
}

#[test]
fn defaults_of_a_process_are_plain() {
    let world = World::with_busybox();
    let seen = world.probe(&[]);
    assert_eq!(seen["pid"], 1);
    assert_eq!(seen["sid"], 1, "a session of its own");
    assert_eq!(seen["cwd"], "/");
    assert_eq!(seen["umask"], "0022");
    assert_eq!(seen["terminals"], serde_json::json!([false, false, false]));
    assert_eq!(seen["sig_blocked"], "0000000000000000");
    let ignored = u64::from_str_radix(seen["sig_ignored"].as_str().unwrap(), 16).unwrap();
    // 13 is the probe's own (Rust ignores SIGPIPE); 32 and 33 are glibc's, and nobody else can change them.
    assert_eq!(ignored & !(1 << 12 | 1 << 31 | 1 << 32), 0, "{ignored:x}");
    let fds: Vec<_> = seen["fds"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fds, ["0", "1", "2"], "{}", seen["fds"]);
}

#[test]
fn a_time_limit_ends_the_container() {
    let world = World::with_busybox();
    let started = std::time::Instant::now();
    let outcome = world.quick(&["--timeout", "1", "busybox", "sleep", "1000"]);
    assert_ne!(outcome.code, 0, "{outcome}");
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn a_dry_run_shows_the_plan_and_does_nothing() {
    let world = World::with_busybox();
    let before = world.files_below("home");
    let outcome = world.quick(&["--dry-run", "busybox", "touch", "/x"]).ok();
    assert!(outcome.out.lines().count() > 3, "{outcome}");
    assert_eq!(world.files_below("home"), before);
}

#[test]
fn preserved_descriptors_and_no_others() {
    let world = World::with_busybox();
    let rctr = crate::support::rctr_binary();
    let line = format!(
        "exec 3</etc/passwd 4</etc/group 5</; {} run --rm --network none --preserve-fds 2 busybox /bin/probe",
        rctr.display()
    );
    let seen = world.program("/bin/sh").args(["-c", &line]).run().ok().json();
    let fds = seen["fds"].as_object().unwrap();
    assert_eq!(fds.keys().map(String::as_str).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"], "{fds:?}");
}
