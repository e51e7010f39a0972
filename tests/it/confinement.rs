//! What a container may not do by default, compared with docker's documented defaults, and how flags change that.

use serde_json::{Value, json};

use crate::support::World;

/// docker's default capabilities: chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service
/// net_raw sys_chroot mknod audit_write setfcap.
const DOCKER: &str = "00000000a80425fb";
const NONE: &str = "0000000000000000";

fn capability_sets(seen: &Value) -> [&str; 5] {
    ["cap_inh", "cap_prm", "cap_eff", "cap_bnd", "cap_amb"].map(|set| seen[set].as_str().unwrap())
}

#[test]
fn capabilities_are_dockers() {
    let world = World::with_busybox();
    assert_eq!(capability_sets(&world.probe(&[])), [NONE, DOCKER, DOCKER, DOCKER, NONE]);
    let user = world.probe(&["--user", "alice"]);
    assert_eq!(capability_sets(&user), [NONE, NONE, NONE, DOCKER, NONE], "no surprises for other users");
}

#[test]
fn capabilities_can_be_added_and_dropped() {
    let world = World::with_busybox();
    let bounding = |flags: &[&str]| world.probe(flags)["cap_bnd"].as_str().unwrap().to_owned();
    assert_eq!(bounding(&["--cap-drop", "ALL"]), NONE);
    assert_eq!(bounding(&["--cap-drop", "all", "--cap-add", "CAP_CHOWN"]), "0000000000000001");
    assert_eq!(bounding(&["--cap-drop", "chown"]), "00000000a80425fa");
    assert_eq!(bounding(&["--cap-add", "sys_ptrace"]), "00000000a80c25fb");
    let all = bounding(&["--cap-add", "ALL"]);
    assert!(u64::from_str_radix(&all, 16).unwrap().count_ones() >= 40, "{all}");
    // podman: what a user that is not root gets by name is ambient, and so survives exec.
    let seen = world.probe(&["--user", "alice", "--cap-add", "net_admin"]);
    assert_eq!(seen["cap_eff"], "0000000000001000");
}

#[test]
fn the_filter_is_on_and_privileges_can_be_frozen() {
    let world = World::with_busybox();
    assert_eq!(world.probe(&[])["seccomp"], 2);
    assert_eq!(world.probe(&["--security-opt", "seccomp=unconfined"])["seccomp"], 0);
    assert_eq!(world.probe(&["--security-opt", "no-new-privileges"])["no_new_privs"], 1);
    assert_eq!(world.probe(&["--security-opt", "no-new-privileges", "--user", "alice"])["seccomp"], 2);
}

/// What docker's default profile answers to a container without further capabilities.
#[test]
fn forbidden_system_calls_are_refused() {
    if !cfg!(target_arch = "x86_64") {
        crate::skip!("the table of system calls is for x86_64");
    }
    let world = World::with_busybox();
    let answers = world.quick(&["busybox", "/bin/probe", "calls"]).ok().json();
    for call in [
        "acct",
        "add_key",
        "bpf",
        "clone_newuser",
        "delete_module",
        "finit_module",
        "fsopen",
        "io_uring_setup",
        "iopl",
        "kexec_load",
        "keyctl",
        "mount",
        "move_mount",
        "open_by_handle_at",
        "open_tree",
        "perf_event_open",
        "personality_odd",
        "pivot_root",
        "quotactl",
        "reboot",
        "request_key",
        "setns",
        "settimeofday",
        "swapon",
        "umount",
        "unshare_mnt",
        "unshare_user",
        "userfaultfd",
        "vhangup",
    ] {
        assert!(matches!(answers[call].as_str(), Some("EPERM" | "ENOSYS")), "{call}: {}", answers[call]);
    }
    assert_eq!(answers["clone3"], "ENOSYS", "its flags lie in memory where no filter sees them");
    for call in ["tiocsti", "tiocsti_high_bits", "tioclinux"] {
        assert!(matches!(answers[call].as_str(), Some("EPERM" | "ENOTTY")), "{call}: {}", answers[call]);
    }
    assert_ne!(answers["af_vsock"], "ok", "{answers}");
    assert_ne!(answers["af_alg"], "ok", "{answers}");
    assert_ne!(answers["x32_getpid"], "ok", "another set of system call numbers: {answers}");
    assert_eq!(answers["getpid"], "ok", "{answers}");
}

/// The same table without a filter: these answers come from the kernel, so the test above tests the filter.
#[test]
fn without_a_filter_the_kernel_answers_otherwise() {
    if !cfg!(target_arch = "x86_64") {
        crate::skip!("the table of system calls is for x86_64");
    }
    let world = World::with_busybox();
    let words = ["--security-opt", "seccomp=unconfined", "busybox", "/bin/probe", "calls"];
    let answers = world.quick(&words).ok().json();
    for (call, answer) in
        [("bpf", "EINVAL"), ("clone3", "EINVAL"), ("io_uring_setup", "EFAULT"), ("perf_event_open", "EFAULT")]
    {
        assert_eq!(answers[call], answer, "{call}");
    }
    assert_eq!(answers["unshare_user"], "ok");
}

#[test]
fn a_profile_of_ones_own() {
    let world = World::with_busybox();
    let profile = json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}],
    });
    let file = world.write("profile.json", profile.to_string());
    let option = format!("seccomp={}", file.display());
    world.quick(&["--security-opt", &option, "busybox", "mkdir", "/x"]).code(1).err_has("No space left");
    let broken = world.write("broken.json", "{\"defaultAction\": 7}");
    let option = format!("seccomp={}", broken.display());
    world.quick(&["--security-opt", &option, "busybox", "true"]).fails(125).err_has("broken.json");
    world
        .quick(&["--security-opt", "seccomp=/nonexistent", "busybox", "true"])
        .fails(125)
        .err_has("/nonexistent");
}

#[test]
fn what_docker_masks_is_masked() {
    let world = World::with_busybox();
    let masked = [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ];
    let words = [&["busybox", "/bin/probe", "paths"][..], &masked].concat();
    let seen = world.quick(&words).ok().json();
    for path in masked {
        let (kind, read, size) = (&seen[path]["kind"], &seen[path]["read"], &seen[path]["size"]);
        let hidden = kind == "missing" || read != "ok" || size == 0;
        assert!(hidden, "{path}: {}", seen[path]);
    }
    let readonly =
        ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys"];
    let words = [&["busybox", "/bin/probe", "paths"][..], &readonly].concat();
    let seen = world.quick(&words).ok().json();
    for path in readonly {
        assert_ne!(seen[path]["write"], "ok", "{path}: {}", seen[path]);
    }
    let words = ["--security-opt", "unmask=/proc/interrupts", "busybox", "head", "-1", "/proc/interrupts"];
    world.quick(&words).ok().out_has("CPU");
    let words = ["--security-opt", "mask=/etc/passwd", "busybox", "cat", "/etc/passwd"];
    world.quick(&words).out_is("");
}

#[test]
fn dev_has_docker_nodes_and_no_more() {
    let world = World::with_busybox();
    let dev = world.probe(&[])["dev"].clone();
    for (name, numbers) in [
        ("null", "c 1:3"),
        ("zero", "c 1:5"),
        ("full", "c 1:7"),
        ("random", "c 1:8"),
        ("urandom", "c 1:9"),
        ("tty", "c 5:0"),
    ] {
        assert!(dev[name].as_str().is_some_and(|d| d.starts_with(numbers)), "{name}: {dev}");
    }
    assert_eq!(dev["fd"], "l /proc/self/fd");
    assert_eq!(dev["stdin"], "l /proc/self/fd/0");
    assert_eq!(dev["ptmx"], "l pts/ptmx");
    let known = [
        "null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr", "ptmx", "pts",
        "shm", "mqueue", "core",
    ];
    let extra: Vec<_> = dev.as_object().unwrap().keys().filter(|k| !known.contains(&k.as_str())).collect();
    assert!(extra.is_empty(), "{extra:?}");
    world.quick(&["busybox", "sh", "-c", "head -c 5 /dev/zero | wc -c; echo x >/dev/null"]).ok().out_is("5");
    world.quick(&["busybox", "sh", "-c", "echo x >/dev/shm/x && cat /dev/shm/x"]).ok().out_is("x");
    world.quick(&["busybox", "mknod", "/tmp/null", "c", "1", "3"]).code(1);
}

#[test]
fn devices_of_the_host_on_request() {
    let world = World::with_busybox();
    let dev = world.probe(&["--device", "/dev/fuse"])["dev"].clone();
    assert!(dev["fuse"].as_str().is_some_and(|d| d.starts_with("c 10:229")), "{dev}");
    let dev = world.probe(&["--device", "/dev/null:/dev/nothing"])["dev"].clone();
    assert!(dev["nothing"].as_str().is_some_and(|d| d.starts_with("c 1:3")), "{dev}");
    world.quick(&["--device", "/dev/nosuch", "busybox", "true"]).fails(125).err_has("/dev/nosuch");
}

#[test]
fn privileged_is_every_capability_of_the_namespace() {
    let world = World::with_busybox();
    let seen = world.probe(&["--privileged"]);
    assert_eq!(seen["seccomp"], 0);
    let all = u64::from_str_radix(seen["cap_eff"].as_str().unwrap(), 16).unwrap();
    assert!(all.count_ones() >= 40, "{all:x}");
    world.quick(&["--privileged", "busybox", "mount", "-t", "tmpfs", "none", "/tmp"]).ok();
    world.quick(&["busybox", "mount", "-t", "tmpfs", "none", "/tmp"]).code(1);
    // Still a user namespace: nothing of the machine's.
    assert_ne!(seen["uid_map"][0][1], 0);
}

#[test]
fn network_and_cgroup_views_are_private() {
    let world = World::with_busybox();
    let seen = world.probe(&[]);
    assert_eq!(seen["interfaces"], json!(["lo"]));
    let cgroup = seen["cgroup"].as_str().unwrap();
    assert!(cgroup.lines().all(|line| line.ends_with(":/")), "{cgroup}");
    let paths = world.quick(&["busybox", "/bin/probe", "paths", "/sys/fs/cgroup"]).ok().json();
    assert_ne!(paths["/sys/fs/cgroup"]["write"], "ok", "{paths}");
}

/// Keys of the caller's session (tickets, passwords of mounts) are not the container's, also where nothing is filtered.
#[test]
fn the_session_keyring_is_a_new_one() {
    let world = World::with_busybox();
    let rctr = crate::support::rctr_binary();
    let run = ["run", "--rm", "--network", "none", "--security-opt", "seccomp=unconfined", "busybox"];
    let words = [&["session", rctr.to_str().unwrap()], &run[..], &["/bin/probe", "session"]].concat();
    let outcome = world.program(crate::support::probe_binary()).args(words).run().ok();
    let serials: Vec<i64> = outcome.out.lines().map(|line| line.parse().unwrap()).collect();
    assert!(serials[0] > 0 && serials[1] > 0 && serials[0] != serials[1], "{outcome}");
}
