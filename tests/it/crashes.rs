//! Whoever is killed at whatever instant: the next command finds a store that works, and leaves nothing of the dead in it.

use crate::support::{World, program, without};

/// Whatever changes a directory.
const CHANGES: &str =
    "mkdir,mkdirat,link,linkat,symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,rmdir";

/// The command line, the monitor and the container's first process are each killed right after their n-th change.
#[test]
fn a_kill_between_any_two_steps_leaves_nothing() {
    let world = World::with_busybox();
    world.leaves_processes();
    // A traced setuid helper has no privileges, so there is none.
    let (Some(strace), Some(hidden)) = (program(&["strace"]), without(&["newuidmap", "newgidmap"])) else {
        crate::skip!("strace or unshare is missing");
    };
    let mut killed = 0;
    for n in 1..=24 {
        let inject = format!("inject={CHANGES}:signal=SIGKILL:when={n}");
        let mut under: Vec<&str> = hidden.iter().map(String::as_str).collect();
        let trace = format!("trace={CHANGES}");
        under.extend([strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        let words = ["run", "--rm", "--network", "none", "--name", "one", "-v", "/data", "busybox", "true"];
        let outcome = world.rctr(&words).under(&under).run();
        if outcome.err.contains("ptrace") {
            crate::skip!("strace may not trace here");
        }
        killed += usize::from(outcome.code != 0);
        world.quick(&["--name", "one", "busybox", "true"]).ok();
        for dir in ["containers", "names", "live"] {
            let left: Vec<_> = std::fs::read_dir(world.store().join(dir)).into_iter().flatten().collect();
            assert!(left.is_empty(), "killed at change {n}: {dir} has {left:?}");
        }
    }
    assert!(killed > 5, "only {killed} of the kills met somebody");
}

/// The same for containers that live on: whoever is killed while one is made, started, stopped or removed, it is either there
/// with a record that is true and can be started and removed, or it is gone with its name.
#[test]
fn a_kill_in_any_verb_leaves_a_container_or_none() {
    let world = World::with_busybox();
    world.leaves_processes();
    let (Some(strace), Some(hidden)) = (program(&["strace"]), without(&["newuidmap", "newgidmap"])) else {
        crate::skip!("strace or unshare is missing");
    };
    let killed_at = |n: usize, words: &[&str]| {
        let inject = format!("inject={CHANGES}:signal=SIGKILL:when={n}");
        let mut under: Vec<&str> = hidden.iter().map(String::as_str).collect();
        let trace = format!("trace={CHANGES}");
        under.extend([strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        world.rctr(words).under(&under).run()
    };
    let create = ["create", "--name", "one", "--network", "none", "busybox", "true"];
    let mut killed = 0;
    for n in (1..=16).step_by(2) {
        for verb in [&create[..], &["start", "-a", "one"], &["rm", "-f", "one"]] {
            if verb[0] != "create" && world.run(&["container", "exists", "one"]).code != 0 {
                world.run(&create).ok();
            }
            let outcome = killed_at(n, verb);
            if outcome.err.contains("ptrace") {
                crate::skip!("strace may not trace here");
            }
            killed += usize::from(outcome.code != 0);
            let listed = world.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().out;
            let known = world.run(&["container", "exists", "one"]).code == 0;
            assert_eq!(known, listed.contains("one"), "{verb:?} killed at change {n}: {listed}");
            if known {
                assert!(
                    ["created", "exited"].iter().any(|state| listed.contains(state)),
                    "{verb:?} {n}: {listed}"
                );
                world.run(&["start", "-a", "one"]).ok();
            }
        }
        world.run(&["rm", "-f", "one"]).ok();
        for dir in ["containers", "names", "live"] {
            let left: Vec<_> = std::fs::read_dir(world.store().join(dir)).into_iter().flatten().collect();
            assert!(left.is_empty(), "killed at change {n}: {dir} has {left:?}");
        }
    }
    assert!(killed > 5, "only {killed} of the kills met somebody");
}
