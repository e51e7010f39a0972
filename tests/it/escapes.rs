//! Known ways out of containers, each as its published mechanism describes it. All of them must fail, or land inside.

use std::os::unix::fs::symlink;

use crate::support::{Image, Layer, World};

/// A directory outside that nobody may touch, and its name.
fn outside(world: &World) -> String {
    let dir = world.make_dir("outside");
    std::fs::write(dir.join("canary"), "safe").unwrap();
    dir.to_str().unwrap().to_owned()
}

fn assert_untouched(world: &World) {
    assert_eq!(world.files_below("outside"), ["canary"]);
    assert_eq!(std::fs::read_to_string(world.path("outside/canary")).unwrap(), "safe");
}

/// CVE-2019-5736: the program inside overwrites the binary that started it, through /proc/PID/exe. The binary belongs
/// to the user, as one in ~/.cargo/bin does.
#[test]
fn self_exe() {
    let world = World::with_busybox();
    let own = world.path("home/rctr");
    std::fs::copy(crate::support::rctr_binary(), &own).unwrap();
    let before = std::fs::read(&own).unwrap();
    for flags in [&["--init"][..], &[], &["--privileged", "--init"], &["--pid", "host"]] {
        let words = [&["run", "--rm", "--network", "none"], flags, &["busybox", "sh", "-c"]].concat();
        let script = "for pid in /proc/[0-9]*; do /bin/probe hold-exe ${pid#/proc/}; done";
        let outcome = world.program(&own).args(words).args([script]).run().ok();
        assert!(outcome.out.lines().count() > 0);
        assert!(std::fs::read(&own).unwrap() == before, "{flags:?} changed the binary");
        if flags.contains(&"--init") {
            let first: serde_json::Value = serde_json::from_str(outcome.out.lines().next().unwrap()).unwrap();
            assert_ne!(first["reopened"], "ok", "{outcome}");
            assert_ne!(first["direct"], "ok", "{outcome}");
        }
    }
    // The program itself is a link to what started it.
    let image = Image::busybox().named("selfexe").layer(Layer::new().symlink("entry", "/proc/self/exe"));
    world.load(&image);
    let words = ["run", "--rm", "--network", "none", "selfexe", "/entry", "--version"];
    world.program(&own).args(words).run();
    assert!(std::fs::read(&own).unwrap() == before);
}

/// The program is a script, and rctr itself the interpreter: plainly, by a path that is no text, at the end of the longest
/// chain that the kernel follows, and in a script that may be executed and not read.
#[test]
fn self_exe_as_interpreter() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    let scripts = world.make_dir("scripts");
    let write = |name: &str, interpreter: &[u8], mode| {
        let path = scripts.join(name);
        std::fs::write(&path, [b"#!", interpreter, b"\n"].concat()).unwrap();
        crate::support::world::set_mode(&path, mode);
    };
    std::fs::create_dir(scripts.join(std::ffi::OsStr::from_bytes(b"\xff"))).unwrap();
    write("plain", b"/proc/self/exe", 0o755);
    write("relative", b"../proc/self/exe", 0o755);
    write("bytes", b"/s/\xff/../../proc/self/exe", 0o755);
    for (from, to) in [("1", "2"), ("2", "3"), ("3", "4"), ("4", "plain")] {
        write(from, format!("/s/{to}").as_bytes(), 0o755);
    }
    write("unreadable", b"/proc/self/exe", 0o711);
    let bind = format!("{}:/s", scripts.display());
    let run = |user, words: &[&str]| {
        let flags = ["-v", &bind, "-w", "/s", "--user", user, "--rootfs", "/"];
        world.quick(&[&flags[..], words].concat())
    };
    for name in ["plain", "relative", "bytes", "1", "4"] {
        let outcome = run("0", &[&format!("/s/{name}"), "--version"]).fails(126);
        outcome.err_has("through /proc out of the container");
    }
    let outcome = run("1000", &["/s/unreadable", "--version"]).fails(126);
    assert_eq!(outcome.out, "");
    // What is no script runs all the same.
    std::fs::copy("/bin/true", scripts.join("binary")).unwrap();
    crate::support::world::set_mode(&scripts.join("binary"), 0o711);
    run("1000", &["/s/binary"]).ok();
}

/// CVE-2024-21626: the working directory is a leaked descriptor of a host directory.
#[test]
fn cwd_fd() {
    let world = World::with_busybox();
    outside(&world);
    for fd in 3..12 {
        let line = format!(
            "exec {fd}<{}; exec {} run --rm --network none --workdir /proc/self/fd/{fd} busybox sh -c \
             'pwd -P; ls -la . 2>&1; cat canary 2>&1'",
            world.path("outside").display(),
            crate::support::rctr_binary().display()
        );
        let outcome = world.program("/bin/bash").args(["-c", &line]).run();
        assert!(!outcome.out.contains("safe") && !outcome.out.contains("canary\n"), "fd {fd}: {outcome}");
    }
    let line = format!(
        "exec 9<{}; exec {} run --rm --network none busybox ls -l /proc/self/fd /proc/1/fd",
        world.path("outside").display(),
        crate::support::rctr_binary().display()
    );
    let outcome = world.program("/bin/bash").args(["-c", &line]).run().ok();
    assert!(!outcome.out.contains("outside"), "{outcome}");
}

/// CVE-2021-30465 and relatives: mount destinations that are symlinks in the image.
#[test]
fn mnt_symlink() {
    let world = World::new();
    let out = outside(&world);
    let layer = Layer::new()
        .symlink("abs", &out)
        .symlink("up", &format!("../../../../../../../..{out}"))
        .symlink("loop", "loop")
        .symlink("magic", "/proc/self/root");
    world.load(&Image::busybox().layer(layer));
    let data = world.make_dir("data");
    std::fs::write(data.join("mounted"), "yes\n").unwrap();
    for target in ["/abs", "/abs/new/dir", "/up", "/up/new", "/loop", "/magic/x", "/abs/canary"] {
        let bind = format!("{}:{target}", data.display());
        world.quick(&["-v", &bind, "busybox", "true"]);
        world.quick(&["--tmpfs", target, "busybox", "touch", &format!("{target}/x")]);
        world.quick(&["--workdir", target, "busybox", "touch", "x"]);
        assert_untouched(&world);
    }
    let bind = format!("{}:/abs", data.display());
    let outcome = world.quick(&["-v", &bind, "busybox", "cat", &format!("{out}/mounted")]);
    assert!(outcome.code == 125 || outcome.out == "yes\n", "refused, or inside: {outcome}");
}

/// CVE-2019-19921 and relatives: /proc of the image is a link or full of fakes, so that masks miss.
#[test]
fn proc_symlink() {
    let world = World::new();
    let out = outside(&world);
    for target in ["/tmp", &out, "."] {
        let dir = world.busybox_dir("rootfs");
        std::fs::remove_dir(dir.join("proc")).unwrap();
        symlink(target, dir.join("proc")).unwrap();
        let outcome = world.quick(&["--rootfs", dir.to_str().unwrap(), "/bin/probe", "paths", "/proc/kcore"]);
        if outcome.code == 0 {
            let seen = outcome.json();
            assert!(seen["/proc/kcore"]["size"] == 0 || seen["/proc/kcore"]["read"] != "ok", "{seen}");
        } else {
            outcome.fails(125).err_has("/proc");
        }
        assert_untouched(&world);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

/// CVE-2026-41579, CVE-2026-47766: /dev of the image leads outside, where nodes and links get made or removed.
#[test]
fn dev_symlink() {
    let world = World::new();
    let out = outside(&world);
    for name in ["dev", "sys", "dev/shm", "dev/pts"] {
        let dir = world.busybox_dir("rootfs");
        let _ = std::fs::remove_dir(dir.join(name));
        symlink(&out, dir.join(name)).unwrap();
        let outcome =
            world.quick(&["--rootfs", dir.to_str().unwrap(), "sh", "-c", "echo >/dev/null; ls -la /dev/"]);
        assert!(outcome.code == 0 || outcome.code == 125, "{name}: {outcome}");
        assert_untouched(&world);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

/// CVE-2025-52565, CVE-2026-88264: /dev/console and its relatives are links before anything is mounted over them.
#[test]
fn console_symlink() {
    let world = World::new();
    let out = outside(&world);
    let dir = world.busybox_dir("rootfs");
    for name in ["console", "null", "ptmx", "tty", "fd", "stdin"] {
        symlink(format!("{out}/canary"), dir.join("dev").join(name)).unwrap();
    }
    let words = ["run", "--rm", "-t", "--network", "none", "--rootfs", dir.to_str().unwrap()];
    let words = [&words[..], &["sh", "-c", "echo written >/dev/null; echo written >/dev/console"]].concat();
    world.rctr(&words).run();
    assert_untouched(&world);
}

/// CVE-2025-31133: a device of the image stands in for the one that masks files.
#[test]
fn devnull_of_the_image_masks_nothing() {
    let world = World::new();
    let dir = world.busybox_dir("rootfs");
    std::fs::write(dir.join("dev/null"), "not a device").unwrap();
    let words = ["--rootfs", dir.to_str().unwrap(), "/bin/probe", "paths", "/dev/null", "/proc/kcore"];
    let seen = world.quick(&words).ok().json();
    assert!(seen["/dev/null"]["kind"].as_str().unwrap().starts_with("c 1:3"), "{seen}");
    assert!(seen["/proc/kcore"]["size"] == 0 || seen["/proc/kcore"]["read"] != "ok", "{seen}");
    assert_eq!(std::fs::read_to_string(dir.join("dev/null")).unwrap(), "not a device");
}

/// Files that the runtime writes into the root file system go through links of the image.
#[test]
fn made_files_are_not_written_through_links() {
    let world = World::new();
    let out = outside(&world);
    let dir = world.busybox_dir("rootfs");
    for name in ["etc/hosts", "etc/resolv.conf", "etc/hostname", "run/.containerenv"] {
        symlink(format!("{out}/canary"), dir.join(name)).unwrap();
    }
    for flags in [&[][..], &["--hostname", "evil"]] {
        let words = [flags, &["--rootfs", dir.to_str().unwrap(), "sh", "-c", "echo x >/etc/hosts"]].concat();
        world.quick(&words);
        assert_untouched(&world);
    }
    std::fs::remove_dir_all(dir.join("etc")).unwrap();
    symlink(&out, dir.join("etc")).unwrap();
    world.quick(&["--rootfs", dir.to_str().unwrap(), "true"]);
    assert_untouched(&world);
}

/// CVE-2024-9676: the user database of the image is a fifo or a device, and reading it never ends.
#[test]
fn a_user_database_that_never_ends() {
    let world = World::new();
    for target in ["fifo", "/dev/zero", "/proc/kmsg", "directory", "/etc/passwd"] {
        let dir = world.busybox_dir("rootfs");
        let passwd = dir.join("etc/passwd");
        std::fs::remove_file(&passwd).unwrap();
        match target {
            "fifo" => nix::unistd::mkfifo(&passwd, nix::sys::stat::Mode::S_IRUSR).unwrap(),
            "directory" => std::fs::create_dir(&passwd).unwrap(),
            link => symlink(link, &passwd).unwrap(),
        }
        let outcome = world.quick(&["--user", "alice", "--rootfs", dir.to_str().unwrap(), "true"]);
        assert_ne!(outcome.code, 0, "{target}");
        let outcome = outcome.err_has("Error: ");
        assert!(outcome.code == 125 || outcome.code == 126, "{target}: {outcome}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

/// CVE-2022-29162: nothing is inheritable.
#[test]
fn inheritable_is_empty() {
    let world = World::with_busybox();
    for flags in [&[][..], &["--user", "alice"], &["--cap-add", "net_admin"], &["--privileged"]] {
        assert_eq!(world.probe(flags)["cap_inh"], "0000000000000000", "{flags:?}");
    }
}

/// CVE-2023-25809: the host's cgroup tree is writable below /sys/fs/cgroup.
#[test]
fn cgroup_rw() {
    let world = World::with_busybox();
    for flags in [&[][..], &["--cgroupns", "host"]] {
        let words = [flags, &["busybox", "sh", "-c", "find /sys/fs/cgroup -maxdepth 2 -type d"]].concat();
        let dirs = world.quick(&words);
        for dir in dirs.out.lines() {
            let words = [flags, &["busybox", "/bin/probe", "paths", dir]].concat();
            let seen = world.quick(&words).ok().json();
            assert_ne!(seen[dir]["write"], "ok", "{dir}: {seen}");
        }
    }
}

/// CVE-2025-52881: a sysctl is written to what a fake /proc of the image says it is.
#[test]
fn fake_proc_sysctl() {
    let world = World::new();
    outside(&world);
    let dir = world.busybox_dir("rootfs");
    std::fs::create_dir_all(dir.join("proc/sys/net/ipv4")).unwrap();
    symlink(world.path("outside/canary"), dir.join("proc/sys/net/ipv4/ip_forward")).unwrap();
    let words = ["--sysctl", "net.ipv4.ip_forward=1", "--rootfs", dir.to_str().unwrap()];
    let words = [&words[..], &["cat", "/proc/sys/net/ipv4/ip_forward"]].concat();
    world.quick(&words).ok().out_is("1");
    assert_untouched(&world);
    let busybox = World::with_busybox();
    for sysctl in ["kernel.sysrq=1", "kernel.core_pattern=|/x", "vm.swappiness=1", "net/../kernel/sysrq=1"] {
        busybox
            .quick(&["--sysctl", sysctl, "busybox", "true"])
            .fails(125)
            .err_has(sysctl.split('=').next().unwrap());
    }
}

/// CVE-2026-30892, CVE-2026-46680: numbers of users that become another user's.
#[test]
fn user_numbers() {
    let world = World::new();
    let layer = Layer::new().file(
        "etc/passwd",
        0o644,
        "root:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n+0:x:0:0::/:/bin/sh\n",
    );
    world.load(&Image::busybox().layer(layer));
    for user in
        ["4294967296", "4294967295", "-1", "99999999999999999999", "1:4294967296", "0x1", "1 ", "nosuch"]
    {
        let outcome = world.quick(&["--user", user, "busybox", "id", "-u"]);
        assert!(matches!(outcome.code, 125 | 126), "{user}: {outcome}");
        outcome.err_has(user.trim());
    }
    world.quick(&["--user", "1", "busybox", "id", "-u"]).ok().out_is("1");
    world.quick(&["--user", "00", "busybox", "id", "-u"]).ok().out_is("0");
}

/// CVE-2018-7169 and negative groups: a group that denies access cannot be left.
#[test]
fn groups_that_deny() {
    let world = World::with_busybox();
    // As root inside, the primary group of the base system stays among the groups of a user with `u:g`.
    let seen = world.probe(&["--user", "1000:10"]);
    assert!(seen["groups"].as_array().unwrap().contains(&serde_json::json!(10)), "{}", seen["groups"]);
    let script = "echo x >/f && chown 0:10 /f && chmod 604 /f";
    let image = Layer::new().raw(
        tar::EntryType::Regular,
        "denied",
        "",
        crate::support::image::Meta::new(0o604, 0, 10),
        b"not for wheel\n",
    );
    world.load(&Image::busybox().named("negative").layer(image));
    world.quick(&["--user", "1000:10", "negative", "cat", "/denied"]).code(1);
    world.quick(&["--user", "1000:1000", "negative", "cat", "/denied"]).ok();
    world.quick(&["busybox", "sh", "-c", script]).ok();
}

/// The terminal of the caller cannot be typed into (TIOCSTI), with and without a terminal of its own.
#[test]
fn tiocsti() {
    let world = World::with_busybox();
    let words = [
        "run",
        "--rm",
        "--network",
        "none",
        "busybox",
        "sh",
        "-c",
        "readlink /proc/self/fd/0; tty; ps -o tty",
    ];
    let outcome = world.rctr(&words).run();
    assert!(!outcome.out.contains("/dev/pts"), "{outcome}");
    let seen = world.probe(&[]);
    assert_eq!(seen["sid"], seen["pid"], "a session of its own has no terminal of the caller's");
}

/// CVE-2021-30465, CVE-2024-45310: a path is exchanged for a link while mount destinations are made below it.
#[test]
fn mnt_race() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let world = World::new();
    let out = outside(&world);
    let dir = world.busybox_dir("rootfs");
    std::fs::create_dir(dir.join("swap")).unwrap();
    symlink(&out, dir.join("link")).unwrap();
    let data = world.make_dir("data");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (one, two) = (dir.join("swap"), dir.join("link"));
            while !stop.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(rustix::fs::CWD, &one, rustix::fs::CWD, &two, exchange).unwrap();
            }
        });
        for round in 0..15 {
            let mut words: Vec<String> = Vec::new();
            for n in 0..12 {
                words.extend(["-v".into(), format!("{}:/swap/{round}/{n}/deep", data.display())]);
            }
            words.extend(["--rootfs".into(), dir.display().to_string(), "true".into()]);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            world.quick(&words);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_untouched(&world);
    assert!(world.files_below("data").is_empty(), "{:?}", world.files_below("data"));
}
