//! Containers that live on without their command line: made, started, left, found again.

use crate::support::world::gone;
use crate::support::{World, in_own_mounts};

/// A program that ends with 7 when it is asked to stop.
const OBEDIENT: &str = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done";

#[test]
fn a_detached_container_goes_on_and_can_be_stopped() {
    let world = World::with_busybox();
    let id = world.detached(&["--name", "web"], &["sh", "-c", OBEDIENT]);
    assert_eq!(id.len(), 64, "{id}");
    world.run(&["ps", "--format", "{{.Names}} {{.State}}"]).ok().out_is("web running");
    world.run(&["stop", "web"]).ok().out_is("web");
    assert_eq!(world.inspected("web", "{{.State.Status}} {{.State.ExitCode}}"), "exited 7");
    world.run(&["rm", "web"]).ok();
    world.run(&["ps", "-aq"]).ok().out_is("");
}

#[test]
fn what_does_not_start_leaves_nothing_and_says_why() {
    let world = World::with_busybox();
    let run = |words: &[&str]| {
        let mut all = vec!["run", "-d", "--network", "none", "--name", "bad"];
        all.extend(words);
        world.run(&all)
    };
    run(&["busybox", "nosuch"]).fails(127).err_has("executable file `nosuch` not found in $PATH");
    run(&["busybox", "/etc/not-executable"]).fails(126);
    run(&["--user", "nobody-knows", "busybox", "true"]).fails(126);
    world.run(&["ps", "-aq"]).ok().out_is("");
    // The name is free.
    world.detached(&["--rm", "--name", "bad"], &["sleep", "60"]);
    world.run(&["stop", "bad"]).ok();
    world.run(&["ps", "-aq"]).ok().out_is("");
}

#[test]
fn the_command_line_does_not_wait_for_the_end_nor_for_its_output() {
    let world = World::with_busybox();
    // Its output has no reader at all, and it writes far more than a pipe holds.
    world.detached(&["--name", "loud"], &["sh", "-c", "yes | head -c 3000000; touch /done; exec sleep 60"]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.run(&["exec", "loud", "test", "-e", "/done"]).code != 0 {
        assert!(std::time::Instant::now() < deadline, "it waits for a reader");
    }
    world.run(&["rm", "-f", "loud"]).ok();
}

#[test]
fn create_and_start_are_run_in_two_steps() {
    let world = World::with_busybox();
    let cidfile = world.path("tmp/cid");
    let words =
        ["create", "--name", "c", "--network", "none", "--cidfile", cidfile.to_str().unwrap(), "busybox"];
    let mut words = words.to_vec();
    words.extend([
        "sh",
        "-c",
        "echo one; echo two >&2; n=$(cat /n 2>/dev/null); echo \"x$n\" > /n; cat /n; exit 3",
    ]);
    let id = world.run(&words).ok().out.trim_end().to_owned();
    assert_eq!(std::fs::read_to_string(&cidfile).unwrap(), id);
    assert_eq!(world.inspected("c", "{{.State.Status}}"), "created");
    world.run(&["exec", "c", "true"]).fails(125).err_has("created");
    world.run(&["start", "-a", "c"]).code(3).out_is("one\nx").err_has("two");
    // What it wrote is still there.
    world.run(&["start", "--attach", &id[..12]]).code(3).out_is("one\nxx");
    world.run(&["start", "c"]).ok().out_is("c");
    world.run(&["wait", "c"]).ok().out_is("3");
    world.run(&["rm", "c"]).ok();
}

#[test]
fn a_start_that_fails_keeps_the_container_and_tells_why() {
    let world = World::with_busybox();
    world.run(&["create", "--name", "c", "--network", "none", "busybox", "nosuch"]).ok();
    world.run(&["start", "c"]).fails(125).err_has("executable file `nosuch` not found");
    world.run(&["start", "-a", "c"]).fails(127);
    assert_eq!(world.inspected("c", "{{.State.Status}} {{.State.ExitCode}}"), "created 127");
    world.run(&["inspect", "c"]).ok().out_has("executable file `nosuch`");
    let bind = world.make_dir("tmp/source");
    let volume = format!("{}:/mnt", bind.display());
    world.run(&["create", "--name", "d", "--network", "none", "-v", &volume, "busybox", "true"]).ok();
    std::fs::remove_dir(&bind).unwrap();
    world.run(&["start", "d"]).fails(125).err_has("no such file or directory");
    std::fs::create_dir(&bind).unwrap();
    world.run(&["start", "-a", "d"]).ok();
    world.run(&["rm", "c", "d"]).ok();
}

#[test]
fn starting_what_runs_changes_nothing() {
    let world = World::with_busybox();
    world.detached(&["--name", "a"], &["sleep", "60"]);
    let before = world.inspected("a", "{{.State.Pid}}");
    world.run(&["start", "a"]).ok().out_is("a");
    assert_eq!(world.inspected("a", "{{.State.Pid}}"), before);
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn a_wiped_runtime_directory_takes_nothing_away() {
    let world = World::with_busybox();
    world.detached(&["--name", "a"], &["sh", "-c", OBEDIENT]);
    let run = world.path("run");
    std::fs::remove_dir_all(&run).unwrap();
    world.run(&["ps", "--format", "{{.Names}}"]).ok().out_is("a");
    world.run(&["exec", "a", "echo", "in"]).ok().out_is("in");
    let before = world.inspected("a", "{{.State.Pid}}");
    world.run(&["start", "a"]).ok();
    assert_eq!(world.inspected("a", "{{.State.Pid}}"), before, "a second copy");
    world.run(&["stop", "a"]).ok();
    assert_eq!(world.inspected("a", "{{.State.ExitCode}}"), "7");
    world.run(&["rm", "a"]).ok();
}

#[test]
fn another_boot_has_ended_what_ran() {
    let world = World::with_busybox();
    world.leaves_processes();
    let id = world.detached(&["--name", "a"], &["sleep", "60"]);
    let monitor = nix::unistd::Pid::from_raw(world.inspected("a", "{{.State.ConmonPid}}").parse().unwrap());
    nix::sys::signal::kill(monitor, nix::sys::signal::Signal::SIGKILL).unwrap();
    gone(monitor, "the monitor");
    // The record as another boot has left it; its first process's pid may be anybody's by now.
    let state = world.store().join("containers").join(&id).join("state.json");
    let text = std::fs::read_to_string(&state).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let me = std::process::id();
    let stat = std::fs::read_to_string(format!("/proc/{me}/stat")).unwrap();
    let start: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    json["pid"] = me.into();
    json["pid_start"] = start.into();
    json["boot_id"] = "another".into();
    std::fs::write(&state, json.to_string()).unwrap();
    // Nobody of this boot is killed for it: this test is who it names.
    world.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().out_is("a exited");
    world.run(&["start", "a"]).ok();
    world.run(&["exec", "a", "true"]).ok();
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn a_killed_monitor_is_told_of() {
    let world = World::with_busybox();
    world.leaves_processes();
    world.detached(&["--name", "a"], &["sleep", "60"]);
    let monitor: i32 = world.inspected("a", "{{.State.ConmonPid}}").parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor), nix::sys::signal::Signal::SIGKILL).unwrap();
    world.becomes("a", "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
    world.run(&["inspect", "a"]).ok().out_has("monitor was killed");
    world.run(&["start", "a"]).ok();
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn the_monitor_keeps_nothing_of_its_command_line() {
    let world = World::with_busybox();
    let dir = world.make_dir("tmp/left");
    let dir = dir.to_str().unwrap();
    // Neither the working directory nor an open file keeps the mount busy.
    let script = format!(
        "mount -t tmpfs none {dir} && cd {dir} && exec 9>file && \"$@\" && cd / && exec 9>&- && umount {dir}"
    );
    let Some(under) = in_own_mounts(&script) else { crate::skip!("cannot mount in a user namespace") };
    let under: Vec<_> = under.iter().map(String::as_str).collect();
    let words = ["run", "-d", "--name", "a", "--network", "none", "busybox", "sleep", "60"];
    world.rctr(&words).under(&under).run().ok();
    assert_eq!(world.inspected("a", "{{.State.Status}}"), "running");
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn what_a_container_in_the_hosts_pid_namespace_has_started_ends_with_it() {
    let world = World::with_busybox();
    // It is an orphan then, and keeps none of the container's streams.
    let script = "(touch /up; exec sleep 4711) </dev/null >/dev/null 2>&1 & while [ ! -e /up ]; do :; done";
    for flags in [&[][..], &["--restart", "on-failure:1"]] {
        let mut words = vec!["--name", "a", "--pid", "host"];
        words.extend(flags);
        world.detached(&words, &["sh", "-c", script]);
        world.run(&["wait", "a"]).ok().out_is("0");
        let mine = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
            let cmdline = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            cmdline == b"sleep\x004711\0"
        });
        assert_eq!(mine.count(), 0, "{flags:?}");
        world.run(&["rm", "a"]).ok();
    }
}

#[test]
fn several_at_once_and_a_name_in_between_that_is_none() {
    let world = World::with_busybox();
    for name in ["a", "b"] {
        world.run(&["create", "--name", name, "--network", "none", "busybox", "sleep", "60"]).ok();
    }
    world
        .run(&["start", "a", "nosuch", "b"])
        .fails(125)
        .out_is("a\nb")
        .err_has("no container with name or ID");
    world.run(&["ps", "-q"]).ok();
    world.run(&["rm", "-f", "a", "b"]).ok();
}

#[test]
fn who_waits_learns_the_code_of_what_removes_itself() {
    let world = World::with_busybox();
    world
        .detached(&["--rm", "--name", "a"], &["sh", "-c", "while [ ! -e /go ]; do sleep 0.01; done; exit 5"]);
    let waiting = world.rctr(&["wait", "a"]).spawn();
    // It waits once it has the file of the container's life open.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let dir = format!("/proc/{}/fd", waiting.pid());
    let has_it = || {
        let fds = std::fs::read_dir(&dir).into_iter().flatten().flatten();
        fds.filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .any(|to| to.to_string_lossy().contains("/live/"))
    };
    while !has_it() {
        assert!(std::time::Instant::now() < deadline, "it does not wait");
    }
    world.run(&["exec", "a", "touch", "/go"]);
    waiting.finish().ok().out_is("5");
}
