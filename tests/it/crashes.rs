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
