//! Containers that are prepared and not started yet.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::World;

fn made(world: &World, flags: &[&str], words: &[&str]) {
    let all = [&["create", "--name", "a", "--network", "none"], flags, &["busybox"], words].concat();
    world.run(&all).ok();
    world.run(&["init", "a"]).ok().out_is("a");
}

fn status(world: &World) -> String {
    world.run(&["ps", "-a", "--format", "{{.Status}}"]).ok().out.trim_end().to_owned()
}

fn pid(world: &World, field: &str) -> Pid {
    Pid::from_raw(world.inspected("a", &format!("{{{{.State.{field}}}}}")).parse().expect("a pid"))
}

#[test]
fn everything_is_there_but_the_program() {
    let world = World::with_busybox();
    made(&world, &["-v", "/data"], &["sh", "-c", "echo begun > /data/n; exec sleep 600"]);
    assert_eq!(status(&world), "Initialized");
    world.run(&["ps", "-q"]).ok().out_is("");
    world.run(&["ps", "-a", "-f", "status=initialized", "--format", "{{.Names}}"]).ok().out_is("a");
    let first = pid(&world, "Pid");
    let state = world.run(&["inspect", "a"]).ok().json()[0]["State"].clone();
    assert_eq!((&state["Status"], &state["Running"]), (&"initialized".into(), &false.into()), "{state}");
    assert_eq!(state["StartedAt"], "0001-01-01T00:00:00Z");
    // Each verb as podman has it.
    for (words, want) in [
        (&["exec", "a", "true"][..], "can only create exec sessions on running containers"),
        (&["kill", "a"], "is in state initialized: container state improper"),
        (&["kill", "-s", "USR1", "a"], "can only kill running containers."),
        (&["pause", "a"], "\"initialized\" is not running, can't pause: container state improper"),
        (&["top", "a"], "top can only be used on running containers"),
        (&["attach", "a"], "you can only attach to running containers"),
        (&["init", "a"], "has already been created in runtime: container state improper"),
        (&["run", "--rm", "--network", "container:a", "busybox", "true"], "is not running"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["wait", "--condition", "initialized", "a"]).ok().out_is("-1");
    world.run(&["logs", "a"]).ok().out_is("");
    world.write("n", "copied");
    world.run(&["cp", world.path("n").to_str().unwrap(), "a:/data/m"]).ok();
    assert_eq!(pid(&world, "Pid"), first, "none of that has ended it");
    world.run(&["start", "a"]).ok().out_is("a");
    assert_eq!(pid(&world, "Pid"), first);
    world
        .run(&["exec", "a", "sh", "-c", "until [ -s /data/n ]; do :; done; cat /data/m /data/n"])
        .ok()
        .out_is("copiedbegun");
    world.run(&["init", "a"]).fails(125).err_has("has already been created in runtime");
    world.run(&["rm", "-f", "-t", "0", "a"]).ok();
    let words = ["events", "--stream=false", "-f", "container=a", "--format", "{{.Status}}"];
    let told = world.run(&words).ok().out;
    assert_eq!(
        told.split_whitespace().collect::<Vec<_>>(),
        ["create", "init", "start", "exec", "exec_died", "died", "remove"]
    );
}

#[test]
fn its_start_is_as_any_other() {
    let world = World::with_busybox();
    for flags in
        [&[][..], &["--init"], &["--userns", "keep-id"], &["--pid", "host"], &["--user", "1000"], &["--rm"]]
    {
        made(&world, flags, &["sh", "-c", "echo out; echo err >&2; exit 5"]);
        world.run(&["start", "-a", "a"]).code(5).out_is("out").err_has("err");
        if flags != ["--rm"] {
            assert!(status(&world).starts_with("Exited (5)"), "{flags:?}");
            world.run(&["init", "a"]).ok();
            assert_eq!(status(&world), "Initialized");
            world.run(&["start", "a"]).ok();
            world.run(&["wait", "a"]).ok().out_is("5");
            world.run(&["rm", "a"]).ok();
        }
        world.run(&["ps", "-aq"]).ok().out_is("");
    }
    made(&world, &["-i"], &["cat"]);
    world.rctr(&["start", "-ai", "a"]).stdin("typed").run().ok().out_is("typed");
    world.run(&["rm", "a"]).ok();
    made(&world, &["-t"], &["sh", "-c", "test -t 0 && test -t 1 && echo yes"]);
    world.run(&["start", "-a", "a"]).ok().out_has("yes");
    world.run(&["rm", "a"]).ok();
    // Its monitor does not wait for a word a second time.
    made(&world, &["--restart", "on-failure:2"], &["sh", "-c", "echo x >> /n; exit 3"]);
    world.run(&["start", "a"]).ok();
    world.becomes("a", "{{.RestartCount}} {{.State.Status}}", "2 exited");
    world.run(&["init", "a"]).ok();
    world.run(&["restart", "a"]).ok();
    world.becomes("a", "{{.RestartCount}} {{.State.Status}}", "2 exited");
}

#[test]
fn it_ends_without_having_begun() {
    let world = World::with_busybox();
    let never = |world: &World| {
        let state = world.run(&["inspect", "a"]).ok().json()[0]["State"].clone();
        assert_eq!(state["StartedAt"], "0001-01-01T00:00:00Z", "{state}");
    };
    let words = ["sh", "-c", "echo begun; exec sleep 600"];
    // Whatever its policy says: nobody has started it.
    for end in [&["stop", "a"][..], &[]] {
        made(&world, &["--restart", "always"], &words);
        match end {
            [] => kill(pid(&world, "Pid"), Signal::SIGKILL).expect("kill the first process"),
            verb => drop(world.run(verb).ok().out_is("a")),
        }
        world.run(&["wait", "a"]).ok().out_is("137");
        assert!(status(&world).starts_with("Exited (137)"), "{}", status(&world));
        never(&world);
        world.run(&["logs", "a"]).ok().out_is("");
        world.run(&["start", "a"]).ok();
        world.run(&["rm", "-f", "-t", "0", "a"]).ok();
    }
    for verb in [&["rm", "a"][..], &["rm", "-f", "a"]] {
        made(&world, &[], &words);
        world.run(verb).ok().out_is("a");
        world.run(&["ps", "-aq"]).ok().out_is("");
    }
    made(&world, &["--rm"], &words);
    world.run(&["stop", "a"]).ok();
    world.run(&["ps", "-aq"]).ok().out_is("");
    // Its monitor is killed: it is what it was before.
    world.leaves_processes();
    made(&world, &[], &words);
    let (monitor, first) = (pid(&world, "ConmonPid"), pid(&world, "Pid"));
    kill(monitor, Signal::SIGKILL).expect("kill the monitor");
    crate::support::world::gone(first, "the first process");
    world.becomes("a", "{{.State.Status}} {{.State.Pid}}", "created 0");
    assert_eq!(status(&world), "Created");
    world.run(&["init", "a"]).ok();
    world.run(&["start", "a"]).ok();
    world.run(&["rm", "-f", "-t", "0", "a"]).ok();
}

#[test]
fn what_cannot_be_prepared_says_why() {
    let world = World::with_busybox();
    world.run(&["create", "--name", "a", "--network", "none", "busybox", "nosuch"]).ok();
    world.run(&["init", "a"]).fails(125).err_has("executable file `nosuch` not found in $PATH");
    assert_eq!(status(&world), "Created");
    world.run(&["rm", "a"]).ok();
    world.run(&["init"]).fails(125).err_has("you must provide at least one name or id");
    world.run(&["init", "nope"]).fails(125).err_has("no such container");
    world.run(&["init", "-a"]).ok().out_is("");
    world.run(&["create", "--name", "a", "--network", "none", "busybox", "sleep", "600"]).ok();
    world.run(&["container", "init", "-l"]).ok();
    world.run(&["create", "--name", "b", "--network", "none", "busybox", "sleep", "600"]).ok();
    let id = world.inspected("b", "{{.Id}}");
    world.run(&["update", "--health-cmd", "true", "--health-interval", "100ms", "a"]).ok();
    world
        .run(&["healthcheck", "run", "a"])
        .fails(125)
        .err_has("cannot check the health: container")
        .err_has("is initialized");
    world.run(&["start", "a"]).ok();
    world.becomes("a", "{{.State.Health.Status}}", "healthy");
    world.run(&["stop", "-t", "0", "a"]).ok();
    world.run(&["init", "a"]).ok();
    // Not what is prepared already.
    world.run(&["init", "--all"]).ok().out_is(&id);
    world.run(&["start", "--all"]).ok();
    world.run(&["rm", "-f", "-t", "0", "a", "b"]).ok();
}

#[test]
fn who_starts_it_first_has_it() {
    let world = World::with_busybox();
    made(&world, &[], &["sh", "-c", "echo x >> /n; exec sleep 600"]);
    let starts: Vec<_> = (0..4).map(|_| world.rctr(&["start", "a"]).spawn()).collect();
    starts.into_iter().for_each(|start| drop(start.finish().ok()));
    world.run(&["exec", "a", "sh", "-c", "until [ -s /n ]; do :; done; wc -l < /n"]).ok().out_is("1");
    world.run(&["rm", "-f", "-t", "0", "a"]).ok();
    // Both are told the truth, or one of them is refused.
    world.run(&["create", "--name", "b", "--network", "none", "busybox", "sleep", "600"]).ok();
    let both = [world.rctr(&["init", "b"]).spawn(), world.rctr(&["init", "b"]).spawn()];
    let codes = both.map(|init| init.finish().code);
    assert!(codes == [0, 125] || codes == [125, 0], "{codes:?}");
    world.run(&["rm", "b"]).ok();
}

#[test]
fn with_a_network_of_its_own() {
    if crate::support::program(&["slirp4netns"]).is_none() || !std::path::Path::new("/dev/net/tun").exists() {
        crate::skip!("no slirp4netns or no /dev/net/tun");
    }
    let world = World::with_busybox();
    world.leaves_processes();
    world.run(&["create", "--name", "a", "busybox", "ip", "addr", "show", "tap0"]).ok();
    world.run(&["init", "a"]).ok();
    world.run(&["start", "-a", "a"]).ok().out_has("10.0.2.100");
}
