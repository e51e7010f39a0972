//! Resource limits on a host that keeps none of them (tests/vm/limits.sh has one that does), and what they must not cost.

use crate::support::World;

const LINE: &str = "limits that are not kept here: ";

/// Hosts on which the suite runs give a normal user without a session no controllers: every limit is told of, once.
#[test]
fn what_is_not_kept_is_told_in_one_line() {
    let world = World::with_rootfs();
    let flags = ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"];
    let run =
        world.in_rootfs(&flags, &["true"]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").run().ok();
    let lines: Vec<_> = run.err.lines().filter(|line| line.contains(LINE)).collect();
    assert_eq!(lines.len(), 1, "{}", run.err);
    for flag in ["--memory", "--cpus", "--pids-limit"] {
        assert_eq!(lines[0].matches(flag).count(), 1, "{}", lines[0]);
    }
    let strict = world.in_rootfs(&["--limits=strict", "--memory", "64m"], &["true"]);
    strict.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").run().fails(125).err_has(LINE);
    world.run(&["ps", "-a", "-q"]).ok().out_is("");
}

#[test]
fn inspect_tells_of_each() {
    let world = World::with_busybox();
    let flags = [
        "create",
        "--name",
        "a",
        "-m",
        "64m",
        "--memory-swap",
        "96m",
        "--cpu-shares",
        "512",
        "--cgroup-parent",
        "x.slice",
    ];
    world.run(&[&flags[..], &["busybox", "sleep", "600"]].concat()).ok();
    let all = world.run(&["inspect", "a"]).ok().json()[0].clone();
    let host = &all["HostConfig"];
    for (field, want) in [("Memory", 64 << 20), ("MemorySwap", 96 << 20), ("CpuShares", 512), ("NanoCpus", 0)]
    {
        assert_eq!(host[field], want, "{field}");
    }
    assert_eq!(host["CgroupParent"], "x.slice");
    assert_eq!(all["Limits"]["--memory"]["State"], "unknown", "{}", all["Limits"]);
    world.run(&["start", "a"]).ok().err_has(LINE);
    let limits = world.run(&["inspect", "a"]).ok().json()[0]["Limits"].clone();
    for flag in ["--memory", "--memory-swap", "--cpu-shares"] {
        assert_eq!(limits[flag]["State"], "ignored", "{limits}");
        assert_ne!(limits[flag]["Why"], "", "{limits}");
    }
    world.run(&["update", "-m", "32m", "a"]).ok().err_has("not kept before the next start: --memory");
    assert_eq!(world.inspected("a", "{{.HostConfig.Memory}}"), (32 << 20).to_string());
    world
        .run(&["update", "--memory-swap", "16m", "a"])
        .fails(125)
        .err_has("should be larger than memory limit");
    world.run(&["update", "a"]).fails(125).err_has("nothing to update");
    world.run(&["rm", "-f", "-t", "0", "a"]).ok();
}

#[test]
fn contradictions() {
    let world = World::with_busybox();
    for (flags, want) in [
        (&["--cpus", "1", "--cpu-quota", "5000"][..], "--cpu-quota and --cpus cannot be used together"),
        (
            &["-m", "64m", "--memory-swap", "32m"],
            "minimum memoryswap limit should be larger than memory limit",
        ),
        (&["-m", "1k"], "minimum memory limit allowed is 6MB"),
        (&["--memory-swappiness", "5"], "cgroup v2 has no swappiness"),
        (&["--oom-kill-disable"], "cgroup v2 always ends what is over its limit"),
        (&["--cgroups", "disabled", "-m", "64m"], "--cgroups disabled and --memory cannot be used together"),
        (&["--cgroups", "no-conmon"], "want enabled, disabled or split"),
        (&["--cgroup-parent", "../x"], "want NAME.slice"),
        (&["--device-read-bps", "/dev/null:1m"], "no block device"),
    ] {
        let words = [&["create"], flags, &["busybox"]].concat();
        world.run(&words).fails(125).err_has(want);
    }
    world.run(&["ps", "-a", "-q"]).ok().out_is("");
}

/// The bus is asked when a limit asks for it, and never otherwise.
#[test]
fn without_limits_nobody_calls_the_bus() {
    let world = World::with_rootfs();
    let path = world.path("bus");
    let bus = std::os::unix::net::UnixListener::bind(&path).unwrap();
    bus.set_nonblocking(true).unwrap();
    let address = format!("unix:path={}", path.display());
    world.in_rootfs(&[], &["true"]).env("DBUS_SESSION_BUS_ADDRESS", &address).run().ok();
    let error = bus.accept().expect_err("nothing asks for a cgroup");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}
