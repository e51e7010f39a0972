//! The processes of containers: told, counted, stopped and ended to the last one, also where no pid namespace holds them
//! together.

use std::collections::BTreeSet;

use nix::sys::signal::Signal;

use crate::support::World;
use crate::support::run::Running;
use crate::support::world::gone;

/// `run FLAGS --name NAME --network none --rootfs DIR sh -c SCRIPT`, once it has said `ready`.
fn start(world: &World, name: &str, flags: &[&str], script: &str) -> Running {
    let root = world.path("root");
    let mut words = vec!["run", "--name", name, "--network", "none"];
    words.extend(flags);
    words.extend(["--rootfs", root.to_str().expect("UTF-8"), "sh", "-c", script]);
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    running
}

/// Pids on the host of all that `top` shows.
fn pids(world: &World, name: &str) -> BTreeSet<i32> {
    let out = world.run(&["top", name, "hpid"]).ok().out;
    out.lines().skip(1).map(|line| line.trim().parse().expect("a pid")).collect()
}

fn states(world: &World, name: &str) -> BTreeSet<String> {
    let out = world.run(&["top", name, "state"]).ok().out;
    out.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

fn all_gone(pids: &BTreeSet<i32>) {
    for pid in pids {
        gone(nix::unistd::Pid::from_raw(*pid), "a process of the container");
    }
}

#[test]
fn top_tells_of_every_process_with_podmans_descriptors_and_forms_of_ps() {
    let world = World::with_rootfs();
    std::fs::write(world.path("root/etc/passwd"), "root:x:0:0::/:/bin/sh\nbad\u{1b}[2J:x:7:7:::\n")
        .expect("users");
    let running = start(&world, "web", &["--init"], "sleep 1000 & echo ready; exec sleep 1001");
    let text = world.run(&["top", "web"]).ok().out;
    let mut lines = text.lines();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let headings = ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"];
    assert_eq!(words(lines.next().expect("headings")), headings);
    let rows: Vec<_> = lines.map(words).collect();
    assert_eq!(rows.len(), 3, "{text}");
    assert_eq!((rows[0][0].as_str(), rows[0][1].as_str(), rows[0][2].as_str()), ("root", "1", "0"), "{text}");
    assert_eq!(
        (rows[1][1].as_str(), rows[1][2].as_str(), rows[1][7..].join(" ").as_str()),
        ("2", "1", "sleep 1001")
    );
    for (words, want) in [
        (
            &["top", "web", "pid,comm"][..],
            "PID         COMMAND\n1           rctr-init\n2           sleep\n3           sleep",
        ),
        (
            &["top", "web", "-eo", "pid,args"],
            "PID         COMMAND\n1           rctr-init\n2           sleep 1001\n3           sleep 1000",
        ),
        (&["container", "top", "web", "-eo pid=,ppid="], "1           0\n2           1\n3           2"),
        (&["top", "-l", "seccomp"], "SECCOMP\nfilter\nfilter\nfilter"),
        (&["top", "web", "state"], "STATE\nS\nS\nS"),
    ] {
        world.run(words).ok().out_is(want);
    }
    for (words, want) in [
        (&["top", "web", "aux"][..], "%MEM"),
        (&["top", "web", "-ef"], "STIME"),
        (
            &["top", "web", "huser,hpid,label,stime,groups,hgroups,capbnd,capeff,capprm,capinh"],
            "BOUNDING CAPS",
        ),
    ] {
        world.run(words).ok().out_has(want);
    }
    for (words, want) in [
        (&["top"][..], "you must provide the name or id of a running container"),
        (&["top", "nosuch"], "no container with name or ID \"nosuch\" found: no such container"),
        (&["top", "web", "pidd"], "unknown format descriptor, did you mean pid?"),
        (&["top", "web", "-eL"], "ps itself is not run"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["kill", "web"]).ok();
    running.finish().code(137);
    world.run(&["top", "web"]).fails(125).err_has("top can only be used on running containers");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn names_of_the_container_reach_no_terminal_as_they_are() {
    let world = World::with_busybox();
    let script =
        "printf 'root:x:0:0:::\\nevil\\033[2J:x:33:33:::\\n' >/etc/passwd; echo ready; exec sleep 1000";
    let words =
        ["run", "--name", "web", "--network", "none", "-u", "33", "--cap-add", "DAC_OVERRIDE", "busybox"];
    let mut words = words.to_vec();
    words.extend(["sh", "-c", script]);
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    let out = world.run(&["top", "web", "user,uid,args"]).ok().out_has("evil?[2J").out_has("33").out;
    assert!(!out.contains('\u{1b}'), "{out:?}");
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    running.finish();
}

#[test]
fn stats_counts_what_runs() {
    let world = World::with_rootfs();
    world.run(&["stats", "--no-stream"]).ok().out_has("AVG CPU %");
    let script = "(while :; do :; done) & echo ready; exec sleep 1000";
    let running = start(&world, "busy", &[], script);
    let idle = start(&world, "idle", &[], "echo ready; exec sleep 1000");
    let object = world.run(&["stats", "--no-stream", "--format", "json", "busy"]).ok().json();
    assert_eq!(object[0]["name"], "busy");
    assert_eq!(object[0]["pids"], "2");
    let memory = world
        .run(&["stats", "--no-stream", "--format", "{{.CPUNano}} {{.MemUsage}} {{.MemPerc}}", "busy"])
        .ok();
    let fields: Vec<&str> = memory.out.split_whitespace().collect();
    assert!(fields[0].parse::<u64>().expect("nanoseconds") > 0, "{memory}");
    assert!(fields[1].ends_with('B') && !fields[1].starts_with('0'), "{memory}");
    world.run(&["stats", "--no-stream", "--sort", "cpu", "--format", "{{.Name}}"]).ok().out_is("busy\nidle");
    world
        .run(&["stats", "--no-stream", "--sort", "name", "-a", "--format", "{{.Name}}"])
        .ok()
        .out_is("busy\nidle");
    world.run(&["kill", "idle"]).ok();
    idle.finish().code(137);
    // What has ended is never shown.
    world.run(&["stats", "--no-stream", "-a", "--format", "{{.Name}}"]).ok().out_is("busy");
    // The stream tells of the time between two looks, and ends cleanly.
    let mut stream = world.rctr(&["stats", "-i", "1", "--format", "<{{.Name}}>{{.CPUPerc}}"]).spawn();
    stream.wait_for("<busy>");
    stream.signal(Signal::SIGINT);
    stream.finish().ok();
    for (words, want) in [
        (&["stats", "-i", "0"][..], "invalid interval, must be a positive number greater zero"),
        (&["stats", "-a", "busy"], "--all, --latest and containers cannot be used together"),
        (&["stats", "--no-stream", "nosuch"], "no such container"),
        (&["stats", "--no-stream", "--sort", "size"], "invalid argument \"size\" for --sort"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["rm", "-f", "-t", "0", "-a"]).ok();
    running.finish();
}

#[test]
fn stats_ends_with_its_reader() {
    let world = World::with_rootfs();
    let running = start(&world, "web", &[], "echo ready; exec sleep 1000");
    let rctr = crate::support::rctr_binary();
    let script = format!("{} stats -i 3600 --format '{{{{.Name}}}}' | head -n 1", rctr.display());
    world.program("sh").args(["-c", &script]).run().ok().out_is("web");
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    running.finish();
}

/// The tick of a counter that a paused container does not go on with.
fn ticks(world: &World) -> u64 {
    std::fs::read_to_string(world.path("root/ticks")).unwrap_or_default().lines().count() as u64
}

#[test]
fn a_paused_container_stands_still_and_goes_on() {
    let world = World::with_rootfs();
    world.make_dir("root/tmp");
    let script = "sleep 1000 & kill -STOP $!; (while :; do echo x >>/ticks; sleep 0.01; done) & \
                  trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let running = start(&world, "web", &[], script);
    world.run(&["pause", "web"]).ok().out_is("web");
    // A child that had ended may not have been waited for yet.
    let states_now = states(&world, "web");
    assert!(states_now.iter().all(|state| state == "T" || state == "Z"), "{states_now:?}");
    let stands = ticks(&world);
    world.run(&["ps"]).ok().out_has("Paused");
    world
        .run(&["ps", "--filter", "status=paused", "--format", "{{.Names}} {{.State}}"])
        .ok()
        .out_is("web paused");
    world.run(&["inspect", "-f", "{{.State.Status}} {{.State.Paused}}", "web"]).ok().out_is("paused true");
    world.run(&["stats", "--no-stream", "--format", "{{.Name}}"]).ok().out_is("web");
    world.run(&["pause", "web"]).fails(125).err_has("is already paused: container state improper");
    world
        .run(&["rm", "web"])
        .fails(2)
        .err_has("as it is paused - running or paused containers cannot be removed");
    // Not even those that are asked for are stopped with -a (podman).
    world.run(&["stop", "-a"]).ok().out_is("");
    assert_eq!(ticks(&world), stands);
    let waiting = world.rctr(&["wait", "--condition", "running", "web"]).spawn();
    world.run(&["unpause", "-a"]).ok();
    waiting.finish().ok().out_is("-1");
    // What the container had stopped itself stays stopped.
    assert!(states(&world, "web").contains("T"));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while ticks(&world) == stands {
        assert!(std::time::Instant::now() < deadline, "it does not go on");
        std::thread::yield_now();
    }
    world
        .run(&["unpause", "web"])
        .fails(125)
        .err_has("is not paused, can't unpause: container state improper");
    // A stop is heard although it is paused.
    world.run(&["pause", "-f", "name=web"]).ok();
    world.run(&["stop", "web"]).ok().out_is("web");
    running.finish().code(7);
    for (words, want) in [
        (&["pause", "web"][..], "\"exited\" is not running, can't pause: container state improper"),
        (&["unpause", "web"], "is not paused, can't unpause"),
        (&["pause"], "you must provide at least one name or id"),
        (&["pause", "-a", "web"], "no arguments are needed with --all"),
        (&["pause", "nosuch"], "no such container"),
        (&["pause", "--filter", "foo=bar"], "foo is an invalid filter"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["pause", "-a"]).ok().out_is("");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn a_paused_container_is_killed_and_removed() {
    let world = World::with_rootfs();
    for (words, flags) in [(&["kill", "web"][..], &[][..]), (&["rm", "-f", "web"], &["--pid", "host"])] {
        let running =
            start(&world, "web", flags, "sleep 1000 & trap '' TERM; echo ready; while :; do sleep 0.1; done");
        let all = pids(&world, "web");
        world.run(&["container", "pause", "-l"]).ok();
        world.run(words).ok().out_is("web");
        running.finish().code(137);
        all_gone(&all);
        world.run(&["rm", "-i", "web"]).ok();
    }
}

/// Four processes that make new ones without end, at most sixty at once each.
#[test]
fn nothing_escapes_a_pause_by_making_processes() {
    let world = World::with_rootfs();
    let script = "bomb() { while :; do (sleep 0.01; : ) & i=$((i+1)); [ $((i%60)) = 0 ] && wait; done; }; \
                  bomb & bomb & bomb & bomb & echo ready; wait";
    let running = start(&world, "bomb", &["--pid", "host"], script);
    world.run(&["pause", "bomb"]).ok().out_is("bomb");
    let stopped = states(&world, "bomb");
    assert!(stopped.iter().all(|state| state == "T" || state == "Z"), "{stopped:?}");
    let before = pids(&world, "bomb");
    assert_eq!(pids(&world, "bomb"), before, "nothing new is made");
    world.run(&["unpause", "bomb"]).ok();
    world.run(&["stop", "-t", "0", "bomb"]).ok();
    running.finish();
    all_gone(&before);
}

const THOUSAND: &str = "i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i+1)); done; (setsid sleep 1000 &); \
                        trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done";

#[test]
fn a_thousand_processes_are_told_and_ended() {
    let world = World::with_rootfs();
    world.leaves_processes();
    for flags in [&[][..], &["--init"], &["--pid", "host"]] {
        let running = start(&world, "many", flags, THOUSAND);
        let all = pids(&world, "many");
        assert!(all.len() > 1001, "{} of {flags:?}", all.len());
        world.run(&["stop", "many"]).ok().out_is("many");
        running.finish().code(3);
        all_gone(&all);
        world.run(&["rm", "many"]).ok();
    }
}

/// A program that waits for signals instead of handling them has them neither handled nor, meanwhile, blocked.
#[test]
fn an_init_that_waits_for_signals_is_asked_to_stop() {
    let world = World::with_rootfs();
    let running =
        start(&world, "web", &["--init"], "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done");
    let outcome = world.run(&["stop", "web"]).ok().out_is("web");
    assert_eq!(outcome.err, "");
    running.finish().code(3);
    world.run(&["rm", "web"]).ok();
}

#[test]
fn kill_and_rm_leave_nothing_without_a_pid_namespace() {
    let world = World::with_busybox();
    world.leaves_processes();
    for words in [&["kill", "web"][..], &["rm", "-f", "-t", "0", "web"], &["stop", "-t", "0", "web"]] {
        // Orphans, and sessions of their own.
        let script = "(setsid sleep 1000 &); setsid sleep 1001 & sleep 1002 & echo ready; exec sleep 1003";
        let all =
            ["run", "--name", "web", "--pid", "host", "--network", "none", "busybox", "sh", "-c", script];
        let mut running = world.rctr(&all).spawn();
        running.wait_for("ready");
        let all = pids(&world, "web");
        assert_eq!(all.len(), 4);
        world.run(words).ok().out_is("web");
        running.finish();
        all_gone(&all);
        world.run(&["rm", "-i", "web"]).ok();
    }
}

#[test]
fn containers_that_share_namespaces_keep_their_own_processes() {
    let world = World::with_rootfs();
    world.leaves_processes();
    let script = "(setsid sleep 1000 &); sleep 1001 & echo ready; exec sleep 1002";
    let one = start(&world, "one", &["--pid", "host"], script);
    let root = world.path("root");
    let join = |name: &str, flags: &[&str]| {
        let mut words = vec!["run", "--name", name, "--network", "container:one"];
        words.extend(flags);
        words.extend(["--rootfs", root.to_str().expect("UTF-8"), "sh", "-c", script]);
        let mut running = world.rctr(&words).spawn();
        running.wait_for("ready");
        running
    };
    let two = join("two", &["--pid", "host"]);
    let three = join("three", &[]);
    let all = ["one", "two", "three"].map(|name| pids(&world, name));
    for (at, pids) in all.iter().enumerate() {
        assert_eq!(pids.len(), 3, "{at}: {all:?}");
        assert!(all[at + 1..].iter().all(|others| others.is_disjoint(pids)), "{all:?}");
    }
    world.run(&["stop", "two"]).ok();
    two.finish();
    all_gone(&all[1]);
    assert_eq!((pids(&world, "one"), pids(&world, "three")), (all[0].clone(), all[2].clone()));
    world.run(&["stop", "one"]).ok();
    one.finish();
    all_gone(&all[0]);
    assert_eq!(pids(&world, "three"), all[2]);
    world.run(&["rm", "-f", "-t", "0", "-a"]).ok();
    three.finish();
}

#[test]
fn a_container_is_renamed_also_while_it_runs() {
    let world = World::with_rootfs();
    let running = start(&world, "web", &["--rm"], "echo ready; exec sleep 1000");
    let other = start(&world, "db", &[], "echo ready; exec sleep 1000");
    let id = world.run(&["inspect", "-f", "{{.Id}}", "web"]).ok().out.trim().to_owned();
    let words = format!(
        "renaming container {id}: name db already in use, cannot rename container {id}: container already exists"
    );
    world.run(&["rename", "web", "db"]).fails(125).err_has(&words);
    world.run(&["rename", "web", "www"]).ok().out_is("");
    world.run(&["container", "rename", &id[..12], "data"]).ok();
    world.run(&["rename", "data", "data"]).ok();
    world.run(&["ps", "--sort", "names", "--format", "{{.Names}}"]).ok().out_is("data\ndb");
    world.run(&["container", "exists", "web"]).code(1);
    world.run(&["rename", "db", "web"]).ok();
    for (words, want) in [
        (&["rename", "nosuch", "x"][..], "no such container"),
        (&["rename", "web", "a/b"], "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"),
        (&["rename", "web"], "missing argument"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    // Its monitor knows it by its first name, and takes the one away that it has.
    world.run(&["kill", "data"]).ok();
    running.finish().code(137);
    let names: Vec<_> = std::fs::read_dir(world.store().join("names")).expect("names").flatten().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    other.finish().code(137);
}

#[test]
fn no_port_is_published() {
    let world = World::with_rootfs();
    let running = start(&world, "web", &[], "echo ready; exec sleep 1000");
    world.run(&["port", "web"]).ok().out_is("");
    world.run(&["container", "port", "-a"]).ok().out_is("");
    world.run(&["port", "-l", "80/tcp"]).fails(125).err_has("failed to find published port \"80/tcp\"");
    for (words, want) in [
        (&["port"][..], "you must supply a running container name or id"),
        (&["port", "web", "x"], "invalid port \"x\""),
        (&["port", "web", "80/tcp/x"], "port formats are port/protocol. '80/tcp/x' is invalid"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    running.finish();
    world.run(&["port", "web"]).fails(125).err_has("no such container");
}

#[test]
fn wait_knows_every_condition() {
    let world = World::with_rootfs();
    let running = start(&world, "web", &[], "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done");
    world.run(&["wait", "--condition", "running", "web"]).ok().out_is("-1");
    world.run(&["wait", "--condition", "paused,running", "-i", "1s", "web"]).ok().out_is("-1");
    let paused = world.rctr(&["wait", "--condition", "paused", "web"]).spawn();
    let ended = world.rctr(&["wait", "--condition", "stopped", "--condition", "removing", "web"]).spawn();
    let either = world.rctr(&["wait", "--condition", "removing", "--condition", "unknown", "web"]).spawn();
    world.run(&["pause", "web"]).ok();
    paused.finish().ok().out_is("-1");
    world.run(&["stop", "web"]).ok();
    running.finish().code(5);
    ended.finish().ok().out_is("5");
    world.run(&["wait", "--condition", "exited", "web"]).ok().out_is("5");
    world.run(&["rm", "web"]).ok();
    either.finish().ok();
    for (words, want) in [
        (&["wait", "--condition", "foo", "web"][..], "unknown container state: foo: invalid argument"),
        (&["wait", "-i", "x", "web"], "time: invalid duration \"x\""),
        (&["wait", "web"], "no such container"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["wait", "--ignore", "web"]).ok().out_is("-1");
}
