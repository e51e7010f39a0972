//! Containers that start again: by their policy, and when somebody asks.

use crate::support::World;

#[test]
fn on_failure_so_many_times() {
    let world = World::with_busybox();
    world.detached(&["--name", "a", "--restart", "on-failure:3"], &["sh", "-c", "echo x >> /n; exit 5"]);
    world.run(&["wait", "a"]).ok();
    world.becomes("a", "{{.State.Status}} {{.State.ExitCode}}", "exited 5");
    let json = world.run(&["inspect", "a"]).ok().json();
    assert_eq!(json[0]["RestartCount"], 3, "{json}");
    world.run(&["start", "-a", "a"]).code(5);
    world.run(&["rm", "a"]).ok();
}

#[test]
fn success_is_no_failure() {
    let world = World::with_busybox();
    world.detached(&["--name", "a", "--restart", "on-failure"], &["true"]);
    world.becomes("a", "{{.State.Status}} {{.State.ExitCode}}", "exited 0");
    world.run(&["rm", "a"]).ok();
}

#[test]
fn always_until_it_is_stopped() {
    let world = World::with_busybox();
    let script = "n=$(cat /n 2>/dev/null); n=$((n + 1)); echo $n > /n; [ $n -ge 3 ] || exit 0; exec sleep 60";
    world.detached(&["--name", "a", "--restart", "always"], &["sh", "-c", script]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.run(&["exec", "a", "cat", "/n"]).out != "3\n" {
        assert!(std::time::Instant::now() < deadline);
    }
    world.run(&["stop", "-t", "0", "a"]).ok();
    assert_eq!(world.inspected("a", "{{.State.Status}}"), "exited");
    assert_eq!(world.run(&["inspect", "a"]).ok().json()[0]["RestartCount"], 2);
    world.run(&["rm", "a"]).ok();
}

#[test]
fn between_two_starts_it_can_be_stopped_and_removed() {
    let world = World::with_busybox();
    for (verb, left) in [(&["stop", "a"][..], "a"), (&["rm", "-f", "a"], "")] {
        world.detached(&["--name", "a", "--restart", "always"], &["false"]);
        // The waits double: soon it is nearly always between two starts.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while world.run(&["ps", "-a", "--format", "{{.State}}"]).out.trim() != "restarting" {
            assert!(std::time::Instant::now() < deadline);
        }
        world.run(verb).ok();
        world.run(&["ps", "-a", "--format", "{{.Names}}"]).ok().out_is(left);
        world.run(&["rm", "-f", "a"]).ok();
    }
}

#[test]
fn restart_keeps_what_was_written_and_who_is_attached() {
    let world = World::with_busybox();
    let script = "trap 'exit 0' TERM; echo x >> /n; wc -l < /n; while :; do sleep 0.01; done";
    for flags in [&["--name", "a"][..], &["--name", "a", "--rm"], &["--name", "a", "--init"]] {
        world.detached(flags, &["sh", "-c", script]);
        let before = world.inspected("a", "{{.State.Pid}}");
        world.run(&["restart", "a"]).ok().out_is("a");
        let after = world.inspected("a", "{{.State.Pid}}");
        assert_ne!(before, after, "{flags:?}");
        world.run(&["exec", "a", "sh", "-c", "wc -l < /n"]).ok().out_is("2");
        world.run(&["rm", "-f", "a"]).ok();
        world.run(&["ps", "-aq"]).ok().out_is("");
    }
}

#[test]
fn restart_of_what_then_ends_at_once() {
    let world = World::with_busybox();
    let script = "if [ -e /n ]; then rm /n; exit 3; fi; touch /n; exec sleep 60";
    world.run(&["create", "--name", "a", "--network", "none", "busybox", "sh", "-c", script]).ok();
    let has_begun = |name| world.run(&["exec", name, "sh", "-c", "until [ -e /n ]; do :; done"]).ok();
    for _ in 0..3 {
        world.run(&["start", "a"]).ok();
        has_begun("a");
        world.run(&["restart", "-t", "0", "a"]).ok().out_is("a");
        world.becomes("a", "{{.State.Status}} {{.State.ExitCode}}", "exited 3");
    }
    // It goes with its end, and was started all the same.
    world.detached(&["--name", "b", "--rm"], &["sh", "-c", script]);
    has_begun("b");
    world.run(&["restart", "-t", "0", "b"]).ok().out_is("b");
    // What cannot start says why.
    world.detached(&["--name", "c"], &["sh", "-c", "exec sleep 60"]);
    world.run(&["exec", "c", "rm", "/bin/sh"]).ok();
    world.run(&["restart", "-t", "0", "c"]).fails(125).err_has("cannot restart c: ").err_has("`sh`");
}

#[test]
fn restart_of_what_is_paused() {
    let world = World::with_busybox();
    let scripts =
        ["trap 'exit 0' TERM; echo x >> /n; while :; do sleep 0.01; done", "echo x >> /n; exec sleep 60"];
    for script in scripts {
        world.detached(&["--name", "a"], &["sh", "-c", script]);
        let runs = |times| {
            let script = format!("until [ $(wc -l < /n) = {times} ]; do :; done");
            world.run(&["exec", "a", "sh", "-c", &script]).ok();
        };
        runs(1);
        world.run(&["pause", "a"]).ok();
        world.run(&["restart", "a"]).ok().out_is("a");
        assert_eq!(world.inspected("a", "{{.State.Status}}"), "running");
        runs(2);
        world.run(&["rm", "-f", "a"]).ok();
    }
}

#[test]
fn several_starts_at_once_are_one() {
    let world = World::with_busybox();
    world
        .run(&["create", "--name", "a", "--network", "none", "busybox", "sh", "-c", "echo x; exec sleep 600"])
        .ok();
    for _ in 0..3 {
        let starts: Vec<_> = (0..4).map(|_| world.rctr(&["start", "a"]).spawn()).collect();
        starts.into_iter().for_each(|start| drop(start.finish().ok().out_is("a")));
        assert_eq!(world.inspected("a", "{{.State.Status}}"), "running");
        world.run(&["stop", "-t", "0", "a"]).ok();
    }
    world.run(&["logs", "a"]).ok().out_is("x\nx\nx");
}

#[test]
fn restart_starts_what_does_not_run() {
    let world = World::with_busybox();
    world.run(&["create", "--name", "a", "--network", "none", "busybox", "sleep", "60"]).ok();
    world.run(&["restart", "a"]).ok();
    world.run(&["exec", "a", "true"]).ok();
    world.run(&["stop", "-t", "0", "a"]).ok();
    world.run(&["restart", "a"]).ok();
    world.run(&["exec", "a", "true"]).ok();
    world.run(&["restart", "-t", "0", "--running"]).ok();
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn a_network_of_its_own_comes_again() {
    if crate::support::program(&["slirp4netns"]).is_none() || !std::path::Path::new("/dev/net/tun").exists() {
        crate::skip!("no slirp4netns or no /dev/net/tun");
    }
    let world = World::with_busybox();
    world.leaves_processes();
    world.run(&["run", "-d", "--name", "a", "busybox", "sleep", "60"]).ok();
    world.run(&["exec", "a", "ip", "addr", "show", "tap0"]).ok();
    world.run(&["restart", "-t", "0", "a"]).ok();
    world.run(&["exec", "a", "ip", "addr", "show", "tap0"]).ok().out_has("10.0.2.100");
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn update_changes_what_runs() {
    let world = World::with_busybox();
    world
        .detached(&["--name", "a"], &["sh", "-c", "while [ ! -e /go ]; do sleep 0.01; done; rm /go; exit 3"]);
    world
        .run(&[
            "update",
            "--restart",
            "on-failure:1",
            "--health-cmd",
            "true",
            "--health-interval",
            "100ms",
            "a",
        ])
        .ok();
    world.becomes("a", "{{.State.Health.Status}}", "healthy");
    assert_eq!(world.inspected("a", "{{.HostConfig.RestartPolicy.Name}}"), "on-failure");
    world.run(&["exec", "a", "touch", "/go"]);
    world.becomes("a", "{{.RestartCount}} {{.State.Status}}", "1 running");
    world.run(&["update", "--restart", "no", "--no-healthcheck", "a"]).ok().out_is("a");
    world.run(&["exec", "a", "touch", "/go"]);
    world.becomes("a", "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}", "1 exited 3");
    world.run(&["update", "a"]).fails(125).err_has("nothing to update");
    world.run(&["update", "--cpu-rt-period", "1", "a"]).fails(125).err_has("does not support it yet");
    world.run(&["rm", "a"]).ok();
}

#[test]
fn what_update_has_changed_outlives_every_restart() {
    let world = World::with_busybox();
    let script = "while [ ! -e /go ]; do sleep 0.01; done; rm /go; exit 3";
    world.detached(&["--name", "a"], &["sh", "-c", script]);
    let changes = ["--restart", "always", "--health-cmd", "true", "--health-interval", "100ms"];
    world.run(&[&["update"][..], &changes, &["a"]].concat()).ok();
    for count in 1..=3 {
        world.run(&["exec", "a", "touch", "/go"]);
        world.becomes("a", "{{.RestartCount}} {{.State.Status}}", &format!("{count} running"));
        world.becomes("a", "{{.State.Health.Status}}", "healthy");
        world.run(&["healthcheck", "run", "a"]).ok();
    }
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn a_signal_to_the_monitor_stops_the_container_for_good() {
    let world = World::with_busybox();
    let monitor = |name| {
        let pid = world.inspected(name, "{{.State.ConmonPid}}").parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGTERM).unwrap();
    };
    // As at a logout: the container may put its things in order, and nothing starts it again.
    let script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    world.detached(&["--name", "a", "--restart", "always"], &["sh", "-c", script]);
    let mut log = world.rctr(&["logs", "-f", "a"]).spawn();
    log.wait_for("ready");
    monitor("a");
    world.becomes("a", "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}", "exited 7 0");
    log.finish().ok().out_has("bye");
    // One that cannot hear of it is not waited for.
    world.detached(&["--name", "deaf", "--restart", "always"], &["sleep", "1000"]);
    monitor("deaf");
    world.becomes("deaf", "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}", "exited 137 0");
    // Nor is it started again out of a pause between two starts.
    world.detached(&["--name", "pausing", "--restart", "always"], &["false"]);
    let restarting = || world.inspected("pausing", "{{.State.Status}}") == "restarting";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        assert!(std::time::Instant::now() < deadline);
        if restarting() {
            monitor("pausing");
            break;
        }
    }
    world.becomes("pausing", "{{.State.Status}} {{.State.ExitCode}}", "exited 1");
    world.run(&["rm", "a", "deaf", "pausing"]).ok();
}

#[test]
fn neither_of_an_update_and_a_rename_at_once_is_lost() {
    let world = World::with_busybox();
    let id = world.run(&["create", "busybox", "true"]).ok().out;
    let id = id.trim_end();
    for turn in 0..20 {
        let (name, restart) = (format!("a{turn}"), format!("on-failure:{}", turn + 1));
        let update = world.rctr(&["update", "--restart", &restart, id]).spawn();
        let rename = world.rctr(&["rename", id, &name]).spawn();
        update.finish().ok();
        rename.finish().ok();
        let template = "{{.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}";
        assert_eq!(world.inspected(&name, template), format!("{name} {}", turn + 1));
    }
}

#[test]
fn refusals() {
    let world = World::with_busybox();
    world
        .run(&["run", "--rm", "--restart", "always", "busybox", "true"])
        .fails(125)
        .err_has("--rm and --restart cannot be used together");
    world
        .run(&["run", "-d", "--restart", "alwais", "busybox", "true"])
        .fails(125)
        .err_has("did you mean always?");
    world.run(&["restart", "nosuch"]).fails(125);
}
