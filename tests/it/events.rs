//! The event log: what the verbs write into it, filters, following, renames under it; and a full disk.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{World, in_own_mounts};

/// `Type Status Name`, a line an event.
fn told(world: &World, flags: &[&str]) -> Vec<String> {
    let words =
        [&["events", "--stream=false", "--format", "{{.Type}} {{.Status}} {{.Name}}"], flags].concat();
    world.run(&words).ok().out.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn the_life_of_images_and_containers_is_told() {
    let world = World::with_busybox();
    let busybox = "docker.io/library/busybox:latest";
    world.run(&["tag", "busybox", "other"]).ok();
    world.run(&["untag", "busybox", "other"]).ok();
    world.quick(&["--name", "one", "--label", "k=v", "busybox", "true"]).ok();
    world.run(&["run", "--name", "two", "--network", "none", "busybox", "sh", "-c", "exit 3"]).code(3);
    world.run(&["rm", "two"]).ok();
    let archive = world.path("image.tar").display().to_string();
    let all = told(&world, &[]);
    let life = ["create", "init", "start", "attach", "died", "remove"];
    let mut want = vec![
        format!("image loadfromarchive {archive}"),
        "image tag localhost/other:latest".to_owned(),
        "image untag localhost/other:latest".to_owned(),
    ];
    for name in ["one", "two"] {
        want.extend(life.map(|action| format!("container {action} {name}")));
    }
    assert_eq!(all, want);
    let died =
        world.run(&["events", "--since", "1h", "--stream=false", "--format", "json", "-f", "event=die"]).ok();
    let died: Vec<Value> = died.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&died[0]["Attributes"]["k"], &died[0]["Image"]), (&"v".into(), &busybox.into()));
    assert_eq!((&died[1]["ContainerExitCode"], &died[1]["Type"]), (&3.into(), &"container".into()));
    let line = format!("(image={busybox}, name=one, k=v)");
    world.run(&["system", "events", "--stream=false", "-f", "container=one"]).ok().out_has(&line);
    for (filters, want) in [
        (&["-f", "event=destroy"][..], &["container remove one", "container remove two"][..]),
        (&["-f", "label=k=v", "-f", "event=start"], &["container start one"]),
        (&["-f", "type=image", "-f", "event=tag"], &["image tag localhost/other:latest"]),
        (
            &["-f", "image=localhost/other"],
            &["image tag localhost/other:latest", "image untag localhost/other:latest"],
        ),
        (
            &["-f", "container=two", "-f", "event=died", "-f", "event=create"],
            &["container create two", "container died two"],
        ),
        (&["--until", "2020-01-01"], &[]),
        (&["--since", "2099-01-01T00:00:00Z"], &[]),
    ] {
        assert_eq!(told(&world, filters), want, "{filters:?}");
    }
}

#[test]
fn what_is_done_with_a_container_is_told() {
    let world = World::with_busybox();
    let told = |filter: &str, format: &str| {
        let words = ["events", "--stream=false", "-f", filter, "--format", format];
        world.run(&words).ok().out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // What goes with its end has no record of it.
    let words = ["run", "--rm", "--name", "gone", "--network", "none", "busybox", "sh", "-c", "exit 7"];
    world.run(&words).code(7);
    assert_eq!(told("event=died", "{{.Name}} {{.ContainerExitCode}}"), ["gone 7"]);
    world.detached(&["--name", "web"], &["sleep", "600"]);
    world.run(&["commit", "-q", "web", "made"]).ok();
    world.run(&["export", "-o", world.path("web.tar").to_str().unwrap(), "web"]).ok();
    let life = ["create", "init", "start", "commit", "export"];
    assert_eq!(told("container=web", "{{.Status}}"), life);
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    // Attached again, and not.
    world.run(&["create", "--name", "again", "--network", "none", "busybox", "true"]).ok();
    world.run(&["start", "-a", "again"]).ok();
    world.run(&["start", "again"]).ok();
    world.run(&["wait", "--condition", "exited", "again"]).ok();
    let life = ["create", "init", "start", "attach", "died", "init", "start", "died"];
    assert_eq!(told("container=again", "{{.Status}}"), life);
}

#[test]
fn what_is_executed_is_told_by_whoever_holds_it() {
    let world = World::with_busybox();
    for flags in [&[][..], &["--init"], &["--userns", "keep-id"], &["--userns", "auto"], &["--pid", "host"]] {
        let flags = [&["--name", "web"], flags].concat();
        world.detached(&flags, &["sleep", "600"]);
        let format = "<{{.Status}} {{.ContainerExitCode}} {{.Actor.Attributes.execID}}>";
        let follow =
            ["events", "--since", "1h", "-f", "event=exec", "-f", "event=exec_died", "--format", format];
        let mut following = world.rctr(&follow).spawn();
        world.run(&["exec", "web", "sh", "-c", "exit 3"]).code(3);
        following.wait_for("<exec_died 3 ");
        world.run(&["exec", "web", "nosuch"]).fails(127);
        world.run(&["exec", "-d", "web", "sh", "-c", "exit 4"]).ok();
        following.wait_for("<exec_died 4 ");
        following.signal(Signal::SIGKILL);
        let all = following.finish().out;
        let lines: Vec<Vec<&str>> = all.lines().map(|line| line.split([' ', '<', '>']).collect()).collect();
        let [begun, ended, later, last] = &lines[..] else { panic!("{flags:?}: {all}") };
        let action = |line: &[&str]| (line[1].to_owned(), line[2].to_owned());
        assert_eq!(
            [begun, ended, later, last].map(|line| action(line).0),
            ["exec", "exec_died", "exec", "exec_died"]
        );
        assert!(begun[3].len() == 64 && begun[3] == ended[3], "{all}");
        assert!(later[3] == last[3] && later[3] != begun[3], "{all}");
        world.run(&["rm", "-f", "-t", "0", "web"]).ok();
        std::fs::remove_file(world.store().join("events/events.log")).expect("forget what was told");
    }
}

#[test]
fn who_only_looks_makes_nothing() {
    let world = World::with_busybox();
    let dir = world.store().join("events");
    std::fs::remove_dir_all(&dir).expect("remove the log");
    world.run(&["events", "--stream=false"]).ok().out_is("");
    assert!(!dir.exists());
}

#[test]
fn signals_and_stops_are_told() {
    let world = World::with_rootfs();
    let root = world.path("root");
    let script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done";
    let words =
        ["run", "--name", "web", "--network", "none", "--rootfs", root.to_str().unwrap(), "sh", "-c", script];
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    world.run(&["kill", "-s", "USR1", "web"]).ok();
    world.run(&["stop", "web"]).ok();
    running.finish();
    world.run(&["container", "cleanup", "web"]).ok().out_is("web");
    world.run(&["container", "cleanup", "--rm", "web"]).ok();
    world.run(&["container", "exists", "web"]).code(1);
    let mut have = told(&world, &[]);
    // Who asked and who has seen the end write at the same time.
    have.sort();
    for action in ["cleanup", "died", "kill", "remove", "stop"] {
        assert!(have.contains(&format!("container {action} web")), "{action}: {have:?}");
    }
    let format = "{{.Status}} {{index .Attributes \"signal\"}}";
    world.run(&["events", "--stream=false", "-f", "event=kill", "--format", format]).ok().out_is("kill 10");
}

#[test]
fn who_follows_is_told_at_once_and_only_of_what_comes() {
    let world = World::with_busybox();
    let format = "<{{.Status}} {{.Name}}>";
    let mut following = world.rctr(&["events", "-f", "type=image", "--format", format]).spawn();
    let mut past = world.rctr(&["events", "--since", "1h", "--format", format]).spawn();
    past.wait_for("<loadfromarchive");
    // It follows as soon as it watches; the first that it says may be any of these.
    let mut n = 0;
    loop {
        n += 1;
        world.run(&["tag", "busybox", &format!("name{n}")]).ok();
        if !following.so_far().is_empty() {
            break;
        }
    }
    world.run(&["tag", "busybox", "last"]).ok();
    let seen = following.wait_for("<tag localhost/last:latest>");
    assert!(!seen.contains("loadfromarchive"), "{seen}");
    past.wait_for("<tag localhost/last:latest>");
    following.signal(Signal::SIGINT);
    following.finish().code(1000 + 2);
    past.signal(Signal::SIGTERM);
    past.finish().code(1000 + 15);
}

#[test]
fn following_ends_at_until_and_with_its_reader() {
    let world = World::with_busybox();
    world.run(&["events", "--until", "300ms"]).ok().out_has("loadfromarchive");
    // head reads a line and goes; nothing happens after that, and rctr ends nevertheless.
    let rctr = crate::support::rctr_binary();
    let script = format!("{} events --since 1h | head -n 1", rctr.display());
    world.program("/bin/sh").args(["-c", &script]).run().ok().out_has("loadfromarchive");
}

#[test]
fn nothing_is_lost_when_the_files_are_renamed_under_writers_and_followers() {
    let world = World::with_busybox();
    let log = world.store().join("events/events.log");
    let line =
        std::fs::read_to_string(&log).expect("the log").lines().next().expect("a line").to_owned() + "\n";
    // Full but for a few hundred bytes: the first of those who come now rename it.
    let filling = line.repeat((4 * 1024 * 1024 - 300) / line.len());
    std::fs::write(&log, filling).expect("fill the log");
    let mut following =
        world.rctr(&["events", "--since", "1h", "-f", "event=tag", "--format", "<{{.Name}}>"]).spawn();
    let many: Vec<_> =
        (0..24).map(|n| world.rctr(&["tag", "busybox", &format!("n{n:02}")]).spawn()).collect();
    many.into_iter().for_each(|tag| drop(tag.finish().ok()));
    world.run(&["tag", "busybox", "last"]).ok();
    for n in 0..24 {
        following.wait_for(&format!("<localhost/n{n:02}:latest>"));
    }
    following.wait_for("<localhost/last:latest>");
    following.signal(Signal::SIGKILL);
    following.finish();
    assert!(log.with_extension("log.1").exists(), "it was renamed");
    assert_eq!(told(&world, &["-f", "event=tag"]).len(), 25);
}

#[test]
fn a_full_disk_costs_the_event_and_nothing_else() {
    let world = World::with_busybox();
    let events = world.store().join("events");
    let script = format!(
        "mount -t tmpfs -o size=4k none {0} && head -c 4096 /dev/zero > {0}/events.log; exec \"$@\"",
        events.display()
    );
    let Some(under) = in_own_mounts(&script) else { crate::skip!("no mount namespace of our own") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let outcome = world.rctr(&["tag", "busybox", "other"]).under(&under).run();
    outcome.ok();
    world.run(&["image", "exists", "other"]).ok();
    assert!(told(&world, &["-f", "event=tag"]).is_empty());
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let world = World::new();
    for (words, want) in [
        (&["-f", "foo=x"][..], "foo is an invalid filter"),
        (&["-f", "event=creat"], "did you mean create?"),
        (&["--since", "yesterday"], "invalid --since \"yesterday\""),
        (&["--format", "{{.Nope}}"], "bad --format"),
        (&["--format", "table {{.ID}}"], "events come one by one"),
    ] {
        world.run(&[&["events"], words].concat()).fails(125).err_has(want);
    }
}
