//! What a SIGKILL at any of the processes leaves: nothing that the next command does not sweep.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::World;
use crate::support::run::Running;

fn start(world: &World, flags: &[&str], script: &str) -> Running {
    let mut words = vec!["run", "--rm", "--network", "none", "--name", "target"];
    words.extend(flags);
    words.extend(["busybox", "sh", "-c", script]);
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    running
}

/// Everything below `pid`, by name of the program.
fn descendants(pid: Pid) -> Vec<(Pid, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![pid];
    while let Some(parent) = waiting.pop() {
        for child in crate::support::world::children_of(parent) {
            let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
            found.push((child, name.trim().to_owned()));
            waiting.push(child);
        }
    }
    found
}

fn assert_clean(world: &World, before: &[Vec<String>; 2]) {
    // Any command sweeps; `run` of the same name proves that the name is free again.
    world.quick(&["--name", "target", "busybox", "true"]).ok();
    for (dir, before) in ["home", "run"].iter().zip(before) {
        let now = world.files_below(dir);
        let new: Vec<_> = now.iter().filter(|f| !before.contains(f) && f.contains("containers/")).collect();
        assert!(new.is_empty(), "left in {dir}: {new:?}");
    }
}

fn killed(which: impl Fn(&Running) -> Pid) {
    let world = World::with_busybox();
    world.quick(&["busybox", "true"]).ok();
    let before = ["home", "run"].map(|dir| world.files_below(dir));
    let running = start(&world, &[], "echo ready; echo x >/file; exec sleep 1000");
    let container = descendants(running.pid());
    let pid = which(&running);
    kill(pid, Signal::SIGKILL).unwrap();
    let outcome = running.finish();
    assert_ne!(outcome.code, 0, "{outcome}");
    for (pid, name) in container {
        crate::support::world::gone(pid, &name);
    }
    assert_clean(&world, &before);
}

/// As with podman the container goes on; when it ends, `--rm` is kept.
#[test]
fn kill_the_command_line() {
    let world = World::with_busybox();
    world.quick(&["busybox", "true"]).ok();
    let before = ["home", "run"].map(|dir| world.files_below(dir));
    let go_on = world.make_dir("signal");
    nix::unistd::mkfifo(&go_on.join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let bind = format!("{}:/signal", go_on.display());
    let running = start(&world, &["-v", &bind], "echo ready; cat /signal/fifo >/signal/done");
    let container = descendants(running.pid());
    running.signal(Signal::SIGKILL);
    running.finish().code(1009);
    std::fs::write(go_on.join("fifo"), "still here").unwrap();
    for (pid, name) in container {
        crate::support::world::gone(pid, &name);
    }
    assert_eq!(std::fs::read_to_string(go_on.join("done")).unwrap(), "still here");
    for (dir, before) in ["home", "run"].iter().zip(&before) {
        let now = world.files_below(dir);
        let new: Vec<_> = now.iter().filter(|f| !before.contains(f) && f.contains("containers/")).collect();
        assert!(new.is_empty(), "left in {dir} without a sweep: {new:?}");
    }
    assert_clean(&world, &before);
}

#[test]
fn kill_the_monitor() {
    killed(|running| {
        let children = descendants(running.pid());
        children.first().unwrap_or_else(|| panic!("the command line has no child")).0
    });
}

#[test]
fn kill_the_containers_first_process() {
    killed(|running| {
        let all = descendants(running.pid());
        // busybox starts its applets as /proc/self/exe.
        all.iter().find(|(_, name)| name != "rctr").unwrap_or_else(|| panic!("{all:?}")).0
    });
}

#[test]
fn kill_everything_at_once() {
    let world = World::with_busybox();
    world.quick(&["busybox", "true"]).ok();
    let before = ["home", "run"].map(|dir| world.files_below(dir));
    let running = start(&world, &[], "echo ready; exec sleep 1000");
    let mut all = descendants(running.pid());
    all.push((running.pid(), "rctr".into()));
    for (pid, _) in &all {
        // Some die with their parents.
        let _ = kill(*pid, Signal::SIGKILL);
    }
    running.finish();
    for (pid, name) in &all {
        crate::support::world::gone(*pid, name);
    }
    assert_clean(&world, &before);
}
