//! Command lines that come to a container that runs, and leave it.

use crate::support::World;
use crate::support::terminal::Terminal;

#[test]
fn several_hear_the_same_and_the_code() {
    let world = World::with_busybox();
    // It goes on when everybody is there.
    world.detached(
        &["--name", "a"],
        &["sh", "-c", "while [ ! -e /go ]; do sleep 0.01; done; echo all; exit 9"],
    );
    let attach = || world.rctr(&["attach", "--no-stdin", "a"]).spawn();
    let clients = [attach(), attach(), attach()];
    // Each has said that it is there once its socket is connected: seen by what the kernel lists.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let connected = || {
        let sockets = std::fs::read_to_string("/proc/net/unix").unwrap();
        sockets.lines().filter(|line| line.ends_with("/attach.sock") && line.contains(" 03 ")).count()
    };
    while connected() < 3 {
        assert!(std::time::Instant::now() < deadline, "{}", connected());
    }
    // It may end with the container before it has told its own end.
    world.run(&["exec", "a", "touch", "/go"]);
    for client in clients {
        let outcome = client.finish().code(9);
        assert!(outcome.out.is_empty() || outcome.out == "all\n", "{outcome}");
    }
    world.run(&["rm", "a"]).ok();
}

#[test]
fn what_is_typed_arrives_and_the_keys_leave_it_running() {
    let world = World::with_busybox();
    world.detached(&["-it", "--name", "a"], &["sh"]);
    let mut terminal = Terminal::start(world.rctr(&["attach", "a"]));
    terminal.write("echo he''re\n");
    terminal.expect("here");
    terminal.write("stty size\n");
    terminal.expect("33 111");
    terminal.write("\u{10}\u{11}");
    assert_eq!(terminal.code(), Some(0));
    assert_eq!(world.inspected("a", "{{.State.Status}}"), "running");
    let mut terminal = Terminal::start(world.rctr(&["attach", "--detach-keys", "a,b", "a"]));
    terminal.write("echo x");
    terminal.expect("echo x");
    terminal.write("ab");
    assert_eq!(terminal.code(), Some(0));
    let mut terminal = Terminal::start(world.rctr(&["attach", "a"]));
    terminal.write("\nexit 4\n");
    assert_eq!(terminal.code(), Some(4));
    world.run(&["rm", "a"]).ok();
}

#[test]
fn run_can_be_left_too() {
    let world = World::with_busybox();
    let words = ["run", "-it", "--rm", "--name", "a", "--network", "none", "busybox", "sh"];
    let mut terminal = Terminal::start(world.rctr(&words));
    terminal.write("echo he''re\n");
    terminal.expect("here");
    terminal.write("\u{10}\u{11}");
    assert_eq!(terminal.code(), Some(0));
    world.run(&["exec", "a", "true"]).ok();
    world.run(&["stop", "-t", "0", "a"]).ok();
    world.run(&["ps", "-aq"]).ok().out_is("");
}

#[test]
fn stdin_of_a_detached_container_waits_for_who_comes() {
    let world = World::with_busybox();
    world.detached(&["-i", "--name", "a"], &["sh", "-c", "read line; echo got $line; exit 3"]);
    world.rctr(&["attach", "a"]).stdin("word\n").run().code(3).out_is("got word");
    world.run(&["rm", "a"]).ok();
}

#[test]
fn a_killed_client_takes_nothing_with_it() {
    let world = World::with_busybox();
    world.detached(&["-i", "--name", "a"], &["cat"]);
    for _ in 0..5 {
        let client = world.rctr(&["attach", "a"]).stdin_open().spawn();
        client.signal(nix::sys::signal::Signal::SIGKILL);
        client.finish();
    }
    assert_eq!(world.inspected("a", "{{.State.Status}}"), "running");
    world.rctr(&["attach", "a"]).stdin("end").run().ok().out_is("end");
    world.run(&["rm", "a"]).ok();
}

#[test]
fn one_that_does_not_read_holds_nobody_up() {
    let world = World::with_busybox();
    let script =
        "while [ ! -e /go ]; do sleep 0.01; done; yes | head -c 20000000; touch /done; exec sleep 60";
    world.detached(&["--name", "a"], &["sh", "-c", script]);
    // Stopped, so that it reads nothing.
    let client = world.rctr(&["attach", "--no-stdin", "a"]).spawn();
    client.signal(nix::sys::signal::Signal::SIGSTOP);
    world.run(&["exec", "a", "touch", "/go"]).ok();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.run(&["exec", "a", "test", "-e", "/done"]).code != 0 {
        assert!(std::time::Instant::now() < deadline, "the container waits for one that does not read");
    }
    client.signal(nix::sys::signal::Signal::SIGCONT);
    world.run(&["rm", "-f", "a"]).ok();
    client.finish();
}

#[test]
fn refusals() {
    let world = World::with_busybox();
    world.run(&["create", "--name", "a", "--network", "none", "busybox", "true"]).ok();
    world.run(&["attach", "a"]).fails(125).err_has("you can only attach to running containers");
    world.run(&["attach", "--detach-keys", "ctrl-1", "a"]).fails(125).err_has("\"ctrl-1\"");
    world.run(&["attach", "nosuch"]).fails(125).err_has("no container with name or ID");
    world.run(&["rm", "a"]).ok();
}
