//! Containers that are there: listed, inspected, signalled, waited for, removed; and what is true of them after somebody
//! was killed or has torn their files apart.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::World;
use crate::support::run::{Run, Running};

/// `run --network none FLAGS --rootfs DIR sh -c SCRIPT` without `--rm`, in a world with that directory.
fn sh(world: &World, flags: &[&str], script: &str) -> Run {
    let root = world.path("root");
    let mut words = vec!["run", "--network", "none"];
    words.extend(flags);
    words.extend(["--rootfs", root.to_str().expect("UTF-8"), "sh", "-c", script]);
    world.rctr(&words)
}

/// A container that says `ready`, and ends with 7 when it is asked to stop.
fn obedient(world: &World, name: &str) -> Running {
    let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let mut running = sh(world, &["--name", name, "--label", "k=v"], script).spawn();
    running.wait_for("ready");
    running
}

/// A container whose first process handles no signal.
fn deaf(world: &World, flags: &[&str], name: &str) -> Running {
    let mut all = vec!["--name", name];
    all.extend(flags);
    let mut running = sh(world, &all, "echo ready; exec sleep 60").spawn();
    running.wait_for("ready");
    running
}

fn inspected(world: &World, name: &str, template: &str) -> String {
    world.run(&["inspect", "--format", template, name]).ok().out.trim_end().to_owned()
}

/// Returns when a program has a file of that path open.
fn holds_open(running: &Running, part: &str) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let dir = format!("/proc/{}/fd", running.pid());
    let open = || {
        let entries = std::fs::read_dir(&dir).expect("its descriptors").flatten();
        entries
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .any(|to| to.to_string_lossy().contains(part))
    };
    while !open() {
        assert!(std::time::Instant::now() < deadline, "nothing like {part} was opened");
        std::thread::yield_now();
    }
}

/// The store holds nothing of any container.
fn nothing_left(world: &World) {
    world.run(&["ps", "-a", "-q"]).ok().out_is("");
    for dir in ["containers", "names", "live", "tmp"] {
        let left: Vec<_> = std::fs::read_dir(world.store().join(dir))
            .expect("a directory of the store")
            .map(|entry| entry.expect("an entry").file_name())
            .filter(|name| name != ".lock")
            .collect();
        assert!(left.is_empty(), "{dir}: {left:?}");
    }
}

#[test]
fn a_life_from_start_to_removal() {
    let world = World::with_rootfs();
    let running = obedient(&world, "web");
    let id = inspected(&world, "web", "{{.Id}}");
    world.run(&["ps", "--format", "{{.Names}} {{.State}}"]).ok().out_is("web running");
    world.run(&["ps"]).ok().out_has("CONTAINER ID  IMAGE").out_has("Up ").out_has(&id[..12]);
    let words = format!(
        "cannot remove container {id} as it is running - running or paused containers cannot be removed without force: \
         container state improper"
    );
    world.run(&["rm", "web"]).fails(2).err_has(&words);
    let waiting = world.rctr(&["wait", "web"]).spawn();
    world.run(&["stop", &id[..5]]).ok().out_is(&id[..5]);
    running.finish().code(7);
    waiting.finish().ok().out_is("7");
    world
        .run(&["ps"])
        .ok()
        .out_is("CONTAINER ID  IMAGE       COMMAND     CREATED     STATUS      PORTS       NAMES");
    world.run(&["ps", "-a"]).ok().out_has("Exited (7) ");
    world.run(&["wait", "web"]).ok().out_is("7");
    world.run(&["stop", "web"]).ok().out_is("web");
    let words =
        format!("can only kill running containers. {id} is in state exited: container state improper");
    world.run(&["kill", "web"]).fails(125).err_has(&words);
    world.run(&["container", "exists", "web"]).ok();
    world.run(&["rm", "web"]).ok().out_is("web");
    world.run(&["container", "exists", "web"]).code(1);
    nothing_left(&world);
}

#[test]
fn inspect_has_podmans_and_dockers_fields() {
    let world = World::with_busybox();
    let words =
        ["run", "--network", "none", "--name", "web", "-e", "A=1", "--label", "k=v", "-v", "/tmp:/host:ro"];
    let mut all = words.to_vec();
    all.extend(["-u", "1000:1000", "-w", "/tmp", "busybox", "sh", "-c", "exit 3"]);
    world.run(&all).code(3);
    let object = world.run(&["inspect", "web"]).ok().json()[0].clone();
    let image = world.run(&["images", "-q", "--no-trunc"]).ok().out;
    for (pointer, want) in [
        ("/Path", "sh".into()),
        ("/Args", serde_json::json!(["-c", "exit 3"])),
        ("/State/Status", "exited".into()),
        ("/State/Running", false.into()),
        ("/State/ExitCode", 3.into()),
        ("/Image", image.trim().trim_start_matches("sha256:").into()),
        ("/ImageName", "docker.io/library/busybox:latest".into()),
        ("/Name", "web".into()),
        ("/Config/Cmd", serde_json::json!(["sh", "-c", "exit 3"])),
        ("/Config/User", "1000:1000".into()),
        ("/Config/WorkingDir", "/tmp".into()),
        ("/Config/Labels/k", "v".into()),
        ("/Config/StopSignal", "SIGTERM".into()),
        ("/HostConfig/NetworkMode", "none".into()),
        ("/HostConfig/Binds", serde_json::json!(["/tmp:/host:ro,rprivate,rbind"])),
        ("/Mounts/0/Destination", "/host".into()),
        ("/Mounts/0/RW", false.into()),
        ("/NetworkSettings/IPAddress", "".into()),
    ] {
        assert_eq!(object.pointer(pointer), Some(&want), "{pointer} of {object:#}");
    }
    let env = object.pointer("/Config/Env").and_then(|env| env.as_array()).expect("a list");
    assert!(env.contains(&"A=1".into()), "{env:?}");
    // A name of an image is one of the image, but not for `container inspect`.
    assert!(world.run(&["inspect", "busybox"]).ok().json()[0].get("RepoTags").is_some());
    world.run(&["container", "inspect", "busybox"]).fails(125).out_is("[]");
    world.run(&["inspect", "web", "nosuch"]).fails(125).out_has("\"Name\": \"web\"");
    // The image stays as long as the container.
    world.run(&["rmi", "busybox"]).fails(2).err_has("image is in use by a container");
    world
        .run(&["ps", "-a", "-q", "--filter", "ancestor=busybox"])
        .ok()
        .out_has(&inspected(&world, "web", "{{.Id}}")[..12]);
    world.run(&["rm", "web"]).ok();
    world.run(&["rmi", "busybox"]).ok();
}

#[test]
fn force_stops_first_and_removes_files_of_every_owner() {
    let world = World::with_busybox();
    let script =
        "mkdir -p /d/e; touch /d/e/f; chown -R 1000:1000 /d; chmod 0 /d/e; echo ready; exec sleep 60";
    let words = ["run", "--network", "none", "--name", "web", "busybox", "sh", "-c", script];
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    world.run(&["rm", "-f", "-t", "5", "web", "nosuch"]).ok().out_is("web");
    running.finish().code(137);
    nothing_left(&world);
    world.run(&["rm", "nosuch"]).fails(1);
    world.run(&["rm", "-i", "nosuch"]).ok();
}

#[test]
fn stop_says_when_a_signal_could_not_be_heard_or_did_not_help() {
    let world = World::with_rootfs();
    let running = deaf(&world, &[], "deaf");
    world.run(&["stop", "deaf"]).ok().out_is("deaf").err_has("does not handle SIGTERM");
    running.finish().code(137);
    let stubborn = "trap 'echo no' TERM; echo ready; while :; do sleep 0.01; done";
    let mut running = sh(&world, &["--name", "stubborn"], stubborn).spawn();
    running.wait_for("ready");
    world.run(&["stop", "-t", "1", "stubborn"]).ok().err_has("SIGTERM failed to stop stubborn in time");
    let outcome = running.finish().code(137);
    assert!(outcome.out.contains("no"), "{outcome}");
    // Its own stop signal, which it handles.
    let usr1 = "trap 'exit 9' USR1; echo ready; while :; do sleep 0.01; done";
    let mut running = sh(&world, &["--name", "own", "--stop-signal", "USR1"], usr1).spawn();
    running.wait_for("ready");
    world.run(&["stop", "-a"]).ok();
    running.finish().code(9);
    world.run(&["rm", "-a"]).ok();
    nothing_left(&world);
}

#[test]
fn kill_sends_any_signal() {
    let world = World::with_rootfs();
    let script = "trap 'echo hup' HUP; trap 'exit 4' USR2; echo ready; while :; do sleep 0.01; done";
    let mut running = sh(&world, &["--name", "web"], script).spawn();
    running.wait_for("ready");
    world.run(&["kill", "-s", "SIGHUP", "web"]).ok().out_is("web");
    running.wait_for("hup");
    world.run(&["kill", "--signal", "12", "--latest"]).ok();
    running.finish().code(4);
    let running = deaf(&world, &["--replace"], "web");
    world.run(&["kill", "web"]).ok();
    // It has ended when kill is done, so that nothing is in the way of rm.
    world.run(&["rm", "web"]).ok();
    running.finish().code(137);
    world.run(&["kill", "-s", "FOO", "web"]).fails(125).err_has("\"FOO\"");
}

#[test]
fn the_code_of_a_container_that_removes_itself_is_told() {
    let world = World::with_rootfs();
    let running = deaf(&world, &["--rm"], "job");
    let waiting = world.rctr(&["wait", "job"]).spawn();
    holds_open(&waiting, "/live/");
    world.run(&["kill", "-s", "KILL", "job"]).ok();
    waiting.finish().ok().out_is("137");
    running.finish().code(137);
    nothing_left(&world);
}

#[test]
fn replace_takes_the_name_over() {
    let world = World::with_rootfs();
    let running = deaf(&world, &[], "web");
    sh(&world, &["--name", "web"], "true").run().fails(125).err_has("is already in use by");
    sh(&world, &["--name", "web", "--replace"], "exit 3").run().code(3);
    running.finish().code(137);
    world.run(&["ps", "-a", "--format", "{{.Names}} {{.ExitCode}}"]).ok().out_is("web 3");
    // A replacement that cannot be made leaves the old one alone.
    world.run(&["run", "--name", "web", "--replace", "nosuch"]).fails(125);
    world.run(&["ps", "-a", "--format", "{{.Names}} {{.ExitCode}}"]).ok().out_is("web 3");
    world.run(&["container", "prune", "-f"]).ok();
    nothing_left(&world);
}

#[test]
fn a_killed_monitor_is_told_of_and_cleared_away() {
    let world = World::with_rootfs();
    world.leaves_processes();
    for flags in [&[][..], &["--rm"]] {
        let running = deaf(&world, flags, "web");
        let pid = inspected(&world, "web", "{{.State.Pid}}");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the first process");
        let parent =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).expect("a field");
        kill(Pid::from_raw(parent.parse().expect("a pid")), Signal::SIGKILL).expect("kill the monitor");
        running.finish().fails(125).err_has("the monitor of web was killed");
        if flags.is_empty() {
            world.run(&["ps", "-a"]).ok().out_has("Exited (137) ");
            world.run(&["wait", "web"]).ok().out_is("137");
            assert_eq!(inspected(&world, "web", "{{.State.Error}}"), "the container's monitor was killed");
            world.run(&["rm", "web"]).ok();
        }
        nothing_left(&world);
    }
}

#[test]
fn many_remove_the_same_container_at_once() {
    let world = World::with_rootfs();
    let running = deaf(&world, &[], "web");
    let all: Vec<_> = (0..8).map(|_| world.rctr(&["rm", "-f", "web"]).spawn()).collect();
    for one in all {
        one.finish().ok();
    }
    running.finish().code(137);
    nothing_left(&world);
}

#[test]
fn a_container_that_was_torn_apart_can_be_seen_and_removed() {
    let world = World::with_rootfs();
    for (name, lost) in [("a", "spec.json"), ("b", "state.json"), ("c", "upper"), ("d", "")] {
        sh(&world, &["--name", name], "true").run().ok();
        let dir = world.store().join("containers").join(inspected(&world, name, "{{.Id}}"));
        match lost {
            "" => drop(std::fs::read_dir(&dir).map(|all| {
                all.flatten().for_each(|entry| {
                    let path = entry.path();
                    let _either = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
                })
            })),
            "upper" => std::fs::remove_dir(dir.join(lost)).expect("remove a directory"),
            file => std::fs::remove_file(dir.join(file)).expect("remove a file"),
        }
        let seen = world.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().out;
        let state = if ["spec.json", ""].contains(&lost) { "unknown" } else { "created" };
        let state = if lost == "upper" { "exited" } else { state };
        assert_eq!(seen.trim_end(), format!("{name} {state}"));
        world.run(&["inspect", name]).ok();
        world.run(&["rm", name]).ok().out_is(name);
        nothing_left(&world);
    }
}

#[test]
fn lists_are_filtered_sorted_and_cut() {
    let world = World::with_rootfs();
    for (name, label, code) in [("one", "k=1", 0), ("two", "k=2", 2), ("three", "k=3", 2)] {
        sh(&world, &["--name", name, "--label", label], &format!("exit {code}")).run().code(code);
    }
    for (words, want) in [
        ("-a", "one two three"),
        ("", ""),
        ("-n 2", "two three"),
        ("-l", "three"),
        ("-a --sort names", "one three two"),
        ("--filter status=exited", "one two three"),
        ("-a --filter exited=2", "two three"),
        ("-a --filter name=^t", "two three"),
        ("-a --filter label=k=2", "two"),
        ("-a --filter label=k --filter since=one", "two three"),
        ("-a --filter status=running", ""),
    ] {
        let mut all = vec!["ps", "--format", "{{.Names}}"];
        all.extend(words.split_whitespace());
        let have = world.run(&all).ok().out;
        assert_eq!(have.split_whitespace().collect::<Vec<_>>().join(" "), want, "{words}");
    }
    for (words, want) in [
        ("ps --filter foo=bar", "foo is an invalid filter"),
        ("ps --filter status=foo", "unknown container state: foo: invalid argument"),
        ("ps --format {{.Nope}} -a", "bad --format"),
        ("ps --sort foo", "invalid argument \"foo\" for --sort"),
        ("ps -n 1 -l", "last and latest are mutually exclusive"),
        ("rm", "you must provide at least one name or id"),
        ("rm -a one", "no arguments are needed with --all"),
        ("stop nosuch", "no container with name or ID \"nosuch\" found: no such container"),
        ("stop thre", "Hint: did you mean three?"),
        ("inspect nosuch", "inspecting object: no such object: \"nosuch\""),
        ("container inspect nosuch", "inspecting object: no such container nosuch"),
        ("inspect", "no names or ids specified"),
    ] {
        let all: Vec<&str> = words.split_whitespace().collect();
        world.run(&all).fails(125).err_has(want);
    }
    world.run(&["container", "prune", "-f", "--filter", "label=k=1"]).ok();
    world.run(&["container", "ls", "-aq"]).ok();
    world.run(&["rm", "one"]).fails(1);
    world.run(&["rm", "-a"]).ok();
    nothing_left(&world);
}

#[test]
fn what_others_use_goes_after_them() {
    let world = World::with_busybox();
    let sleep = ["busybox", "sleep", "600"];
    let make = |verb: &[&str], name: &str, uses: &[&str]| {
        let words = [verb, &["--name", name], uses, &sleep].concat();
        world.run(&words).ok().out.trim_end().to_owned()
    };
    let three = || {
        let one = make(&["run", "-d"], "one", &["--network", "none"]);
        let two = make(&["run", "-d"], "two", &["--network", "container:one"]);
        let three = make(&["create"], "three", &["--network", "none", "--ipc", "container:two"]);
        [one, two, three]
    };
    let names =
        || world.run(&["ps", "-a", "--sort", "names", "--format", "{{.Names}}"]).ok().out.replace('\n', " ");
    let [one, two, id] = three();
    assert_eq!(world.inspected("two", "{{.Dependencies}}"), format!("[{one}]"));
    // podman's words, codes and order: that it runs comes first.
    world
        .run(&["rm", "one"])
        .fails(2)
        .err_has("running or paused containers cannot be removed without force");
    let refused = |used: &str, user: &str| {
        format!(
            "container {used} has dependent containers which must be removed before it: {user}: container already exists"
        )
    };
    world
        .run(&["rm", "-f", "one"])
        .fails(125)
        .err_has(&refused(&one, &two))
        .err_has("Hint: rctr rm --depend");
    assert_eq!(world.inspected("one", "{{.State.Status}}"), "running", "stopped in vain");
    world
        .run(&["run", "--replace", "--name", "one", "busybox", "true"])
        .fails(125)
        .err_has(&refused(&one, &two));
    world.run(&["rm", "--depend", "one"]).fails(2).err_has("cannot be removed without force");
    assert_eq!(names(), "one two ", "what did not run has gone");
    world.run(&["rm", "-f", "-t", "0", "--depend", "one"]).ok().out_has(&two).out_has("one\n");
    assert_eq!(names(), "");
    // All that are named, in whatever order.
    three();
    world.run(&["rm", "-f", "-t", "0", "one", "two", "three"]).ok();
    three();
    world.run(&["rm", "-f", "-t", "0", "-a"]).ok();
    assert_eq!(names(), "");
    // prune lets what is used by what stays.
    let [_, _, three_id] = three();
    assert_ne!(three_id, id);
    world.run(&["stop", "-t", "0", "one"]).ok();
    world.run(&["container", "prune", "-f"]).ok().out_is(&three_id);
    assert_eq!(names(), "one two ");
    world.run(&["stop", "-t", "0", "two"]).ok();
    world.run(&["container", "prune", "-f"]).ok();
    assert_eq!(names(), "");
}

#[test]
fn rm_has_podmans_flags() {
    let world = World::with_busybox();
    world.run(&["rm", "nope"]).fails(1).err_has("no such container");
    world.run(&["rm", "-i", "nope"]).ok().out_is("");
    world.run(&["rm", "-f", "nope"]).ok().out_is("");
    world
        .run(&["rm", "-t", "3", "nope"])
        .fails(125)
        .err_has("--force option must be specified to use the --time option");
    world.detached(&["--name", "a", "-v", "/data"], &["sleep", "600"]);
    world.run(&["create", "--name", "b", "busybox", "true"]).ok();
    world.run(&["rm", "-a"]).fails(2).err_has("running or paused containers cannot be removed without force");
    world.run(&["ps", "-a", "--format", "{{.Names}}"]).ok().out_is("a");
    world.run(&["rm", "-v", "-f", "-t", "0", "a"]).ok();
    assert!(world.files_below("home/.local/share/rctr/containers").is_empty());
}
