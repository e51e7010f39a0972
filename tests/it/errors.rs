//! Errors that must read well: the object named, the remedy where there is one, podman's exit codes and words.

use crate::support::{World, in_own_mounts, program};

#[test]
fn no_such_command_and_not_executable() {
    let world = World::with_busybox();
    world
        .quick(&["busybox", "nosuchcommand"])
        .fails(127)
        .err_has("executable file `nosuchcommand` not found in $PATH");
    world.quick(&["busybox", "/bin/nosuchcommand"]).fails(127).err_has("/bin/nosuchcommand");
    world.quick(&["busybox", "/etc/not-executable"]).fails(126).err_has("/etc/not-executable");
    world.quick(&["busybox", "/etc"]).fails(126).err_has("/etc");
    world.quick(&["--entrypoint", "/nosuchentry", "busybox"]).fails(127).err_has("/nosuchentry");
}

#[test]
fn a_user_that_the_image_does_not_know() {
    let world = World::with_busybox();
    let outcome = world.quick(&["--user", "nosuch", "busybox", "true"]).fails(126);
    outcome.err_has("unable to find user nosuch: no matching entries in passwd file");
    let outcome = world.quick(&["--user", "alice:nogroup2", "busybox", "true"]).fails(126);
    outcome.err_has("unable to find group nogroup2: no matching entries in group file");
}

#[test]
fn a_missing_working_directory_is_made_and_a_file_is_refused() {
    let world = World::with_busybox();
    world.quick(&["-w", "/not/there/yet", "busybox", "pwd"]).ok().out_is("/not/there/yet");
    world.quick(&["-w", "/etc/passwd", "busybox", "pwd"]).fails(126).err_has("/etc/passwd");
    world.quick(&["-w", "relative", "busybox", "pwd"]).fails(125).err_has("relative");
}

#[test]
fn the_offending_part_is_quoted() {
    let world = World::with_busybox();
    for (flags, parts) in [
        (["--ulimit", "nofile"], ["nofile", "ulimit"]),
        (["--ulimit", "bogus=1"], ["bogus", "ulimit"]),
        (["--ulimit", "nofile=x"], ["x", "ulimit"]),
        (["--ulimit", "nofile=20:10"], ["20", "10"]),
        (["--cap-add", "bogus"], ["bogus", "capab"]),
        (["--cap-drop", "CAP_BOGUS"], ["BOGUS", "capab"]),
        (["--userns", "bogus"], ["bogus", "userns"]),
        (["--userns", "keep-id:uid=x"], ["uid=x", "userns"]),
        (["--pid", "bogus"], ["bogus", "pid"]),
        (["--network", "bogus"], ["bogus", "network"]),
        (["--umask", "9"], ["9", "umask"]),
        (["--stop-signal", "BOGUS"], ["BOGUS", "signal"]),
        (["--oom-score-adj", "5000"], ["5000", "oom-score-adj"]),
        (["--security-opt", "bogus"], ["bogus", "security-opt"]),
        (["--env", "=x"], ["=x", "env"]),
        (["--env-file", "/nonexistent"], ["/nonexistent", "env"]),
        (["--shm-size", "lots"], ["lots", "shm-size"]),
        (["--timeout", "soon"], ["soon", "timeout"]),
        (["--hostname", "a b"], ["a b", "host"]),
        (["--uidmap", "0:x:1"], ["0:x:1", "uidmap"]),
    ] {
        let words = [&flags[..], &["busybox", "true"]].concat();
        let outcome = world.quick(&words).fails(125);
        for part in parts {
            assert!(outcome.err.contains(part), "{flags:?} wants {part:?}: {outcome}");
        }
    }
}

#[test]
fn an_unknown_flag_has_a_neighbour() {
    let world = World::new();
    let outcome = world.quick(&["--volum", "/tmp:/x", "busybox", "true"]).fails(125);
    outcome.err_has("unknown flag: --volum").err_has("--volume");
    world.run(&["runn"]).fails(125).err_has("`rctr runn`").err_has("did you mean run");
    world.run(&["run", "--rm"]).fails(125);
    world.run(&[]).code(125);
}

#[test]
fn an_image_that_is_not_there() {
    let world = World::new();
    let outcome = world.quick(&["nosuchimage:v1", "true"]).fails(125);
    outcome.err_has("nosuchimage:v1").err_has("Hint: ");
}

#[test]
fn user_namespaces_that_are_forbidden() {
    let world = World::new();
    // The quota of a user namespace of ours, used up for those below.
    let script = "echo 0 >/proc/sys/user/max_user_namespaces && \
                  exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"";
    let Some(under) = in_own_mounts(script) else { crate::skip!("no user namespaces here") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let words = ["run", "--rm", "--network", "none", "--rootfs", "/", "true"];
    let outcome = world.rctr(&words).under(&under).run().fails(125);
    outcome.err_has("user namespace").err_has("max_user_namespaces").err_has("Hint: ");
    // Commands that need no namespace work all the same.
    world.rctr(&["images"]).under(&under).run().ok();
    world.rctr(&["version"]).under(&under).run().ok();
    let outcome = world.rctr(&["doctor"]).under(&under).run();
    assert!(outcome.out.contains("max_user_namespaces"), "{outcome}");
}

#[test]
fn a_range_that_is_too_small_is_told() {
    let world = World::with_busybox();
    let outcome =
        world.quick(&["--uidmap", "0:0:10", "--gidmap", "0:0:10", "--user", "1000", "busybox", "id"]);
    assert!(matches!(outcome.code, 125 | 126), "{outcome}");
    outcome.err_has("1000");
}

#[test]
fn a_seccomp_filter_that_forbids_namespaces_is_told() {
    let world = World::with_busybox();
    if program(&["busybox"]).is_none() {
        crate::skip!("no busybox");
    }
    // Inside a container of ours with the default filter, unshare answers EPERM. A copy, because the binary itself never
    // runs inside and may lie in a home, which the host's userland comes without.
    let copy = world.path("rctr");
    std::fs::copy(crate::support::rctr_binary(), &copy).expect("copy the binary");
    let bind = format!("{}:/rctr:ro", copy.display());
    let host = ["-v", &bind, "--rootfs", "/"];
    let works = world.quick(&[&host[..], &["/bin/true"]].concat());
    if works.code != 0 {
        crate::skip!("cannot mount the binary into the host's userland: {}", works.err.trim());
    }
    let inner = ["/rctr", "run", "--rm", "--network", "none", "--rootfs", "/", "true"];
    let outcome = world.quick(&[&host[..], &inner].concat()).code(125);
    outcome.err_has("namespaces").err_has("Hint: a system call filter (seccomp)");
}
