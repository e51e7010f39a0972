//! What a container reaches with each `--network`, and what is told when that cannot be had.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::skip;
use crate::support::servers::{greeter, host_ipv6, needs};
use crate::support::{Outcome, World, children};

/// Runs a script with these flags.
fn sh(world: &World, flags: &[&str], script: &str) -> Outcome {
    world.in_rootfs(flags, &["sh", "-c", script]).run()
}

/// A script that prints what the greeter says.
fn connect(at: SocketAddr) -> String {
    format!("nc -w 5 {} {} </dev/null", at.ip(), at.port())
}

#[test]
fn none_has_lo_only() {
    let world = World::with_rootfs();
    let script = "ls /sys/class/net; ip -o addr show lo | grep -o 'inet [0-9./]*'; cat /proc/net/route | wc -l; \
                  ping -c1 -W1 127.0.0.1 >/dev/null && echo pong; cat /etc/hosts";
    let outcome = sh(&world, &["--network", "none", "--hostname", "alone"], script).ok();
    outcome.clone().out_has("lo\ninet 127.0.0.1/8\n1\npong\n").out_has("127.0.0.1\talone");
    assert!(!outcome.out.contains("host.containers.internal"), "{outcome}");
}

#[test]
fn the_default_reaches_the_host_but_not_its_loopback() {
    let address = match needs() {
        Ok((_, address)) => address,
        Err(reason) => skip!("{reason}"),
    };
    let world = World::with_rootfs();
    let own = greeter(address);
    let loopback = greeter(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let gateway = SocketAddr::new(Ipv4Addr::new(10, 0, 2, 2).into(), loopback.port());
    sh(&world, &[], &connect(own)).ok().out_is("hello");
    let by_name = format!("nc -w 5 host.containers.internal {} </dev/null", own.port());
    sh(&world, &[], &by_name).ok().out_is("hello");
    let refused = sh(&world, &[], &connect(gateway));
    assert!(refused.code != 0 && refused.out.is_empty(), "{refused}");
    let open = ["--network", "slirp4netns:allow_host_loopback=true"];
    sh(&world, &open, &connect(gateway)).ok().out_is("hello");
    sh(&world, &open, &format!("nc -w 5 host.containers.internal {} </dev/null", loopback.port()))
        .ok()
        .out_is("hello");
}

#[test]
fn the_device_is_as_asked_for() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    let world = World::with_rootfs();
    let script = "cat /sys/class/net/tap0/mtu; ip -o addr show tap0 | grep -o 'inet6* [0-9a-f:.]*' | sort; \
                  ip -6 route show default; cat /proc/sys/net/ipv4/ping_group_range";
    let outcome = sh(&world, &[], script).ok();
    outcome.clone().out_has("16384\ninet 10.0.2.100\n").out_has("inet6 fd00::100\n");
    outcome.out_has("default via fd00::2 dev tap0");
    let plain = sh(&world, &["--network", "slirp4netns:mtu=1500,enable_ipv6=false"], script).ok();
    assert!(plain.out.starts_with("1500\ninet 10.0.2.100\n") && !plain.out.contains("fd00::"), "{plain}");
}

#[test]
fn anybody_may_ping() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    let world = World::with_rootfs();
    for user in ["0", "1000", "65534:65534"] {
        let flags = ["--user", user, "--cap-drop", "ALL"];
        world.in_rootfs(&flags, &["/bin/probe", "ping", "10.0.2.2"]).run().ok().out_is("pong");
    }
}

#[test]
fn ipv6_at_once() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    let Some(address) = host_ipv6() else {
        skip!("the host has no IPv6 address that a container could reach")
    };
    let world = World::with_rootfs();
    sh(&world, &[], &connect(greeter(address.into()))).ok().out_is("hello");
}

#[test]
fn names_are_looked_up_through_slirp() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    let world = World::with_rootfs();
    let show = "grep -v '^search\\|^options' /etc/resolv.conf";
    sh(&world, &[], show).ok().out_is("nameserver 10.0.2.3");
    let flags = ["--dns", "192.0.2.7", "--dns", "fd00::3", "--dns-search", "lan", "--dns-option", "ndots:3"];
    sh(&world, &flags, "cat /etc/resolv.conf")
        .ok()
        .out_is("search lan\nnameserver 192.0.2.7\nnameserver fd00::3\noptions ndots:3");
    let host = std::fs::read_to_string("/etc/resolv.conf").expect("read /etc/resolv.conf");
    sh(&world, &["--network", "host"], "cat /etc/resolv.conf").ok().out_is(&host);
}

#[test]
fn hosts_that_are_added() {
    let world = World::with_rootfs();
    let flags = ["--network", "none", "--add-host", "db;database:10.1.2.3", "--add-host", "six:fd00::9"];
    let outcome = sh(&world, &flags, "cat /etc/hosts; cat /etc/hostname; hostname").ok();
    let outcome = outcome.out_has("10.1.2.3\tdb database\n").out_has("fd00::9\tsix\n");
    let mut last = outcome.out.lines().rev();
    assert_eq!(last.next(), last.next(), "{outcome}");
    sh(&world, &["--network", "none", "--add-host", "gw:host-gateway"], "true")
        .fails(125)
        .err_has("host-gateway");
}

#[test]
fn the_hosts_network_is_the_hosts() {
    let world = World::with_rootfs();
    let devices = |text: &str| {
        let mut names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        names.sort();
        names
    };
    let here: Vec<String> = std::fs::read_dir("/sys/class/net")
        .expect("devices")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let outcome = sh(&world, &["--network", "host"], "cut -sd: -f1 /proc/net/dev").ok();
    assert_eq!(devices(&outcome.out), devices(&here.join(" ")));
    let at = greeter(IpAddr::V4(Ipv4Addr::LOCALHOST));
    sh(&world, &["--network", "host"], &connect(at)).ok().out_is("hello");
}

#[test]
fn what_is_missing_has_a_remedy() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    let world = World::with_rootfs();
    for (hide, words, remedy) in [
        (
            "mount --bind /dev/null $(command -v slirp4netns)",
            "slirp4netns not found",
            "apt install slirp4netns",
        ),
        ("mount -t tmpfs none /dev/net", "open /dev/net/tun: no such file or directory", "modprobe tun"),
    ] {
        // Who has capabilities in a user namespace can hide things from its children. The id helpers do not work
        // there, so they are hidden as well.
        let script = format!(
            "for f in newuidmap newgidmap; do mount --bind /dev/null /usr/bin/$f; done; {hide} && exec \"$0\" \"$@\""
        );
        let outer =
            ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &script];
        let outcome = world.in_rootfs(&[], &["true"]).under(&outer).run().fails(125);
        outcome.err_has(words).err_has(remedy).err_has("--network none").err_has("--network host");
    }
}

#[test]
fn nothing_outlives_whoever_is_killed() {
    if let Err(reason) = needs() {
        skip!("{reason}");
    }
    for victim in ["command line", "monitor", "init"] {
        let world = World::with_rootfs();
        let mut running = world.in_rootfs(&["-i"], &["sh", "-c", "echo ready; cat"]);
        // stdin that stays open: only what is killed ends anything.
        let (input, keep) = std::io::pipe().expect("a pipe");
        running = running.tweak(|command| {
            command.stdin(input);
        });
        let mut child = running.into_command();
        child.stdout(std::process::Stdio::piped());
        let mut child = child.spawn().expect("start rctr");
        let mut first = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().expect("piped"), &mut first).expect("ready");
        let client = Pid::from_raw(child.id().cast_signed());
        let monitor = *children(client, "").first().expect("a monitor");
        let slirp = *children(monitor, "slirp4netns").first().expect("slirp4netns");
        let init = *children(monitor, "").iter().find(|pid| **pid != slirp).expect("an init");
        let watched = [slirp, init].map(|pid| {
            let pid = rustix::process::Pid::from_raw(pid.as_raw()).expect("a pid");
            rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).expect("a pidfd")
        });
        let target = match victim {
            "command line" => client,
            "monitor" => monitor,
            _ => init,
        };
        kill(target, Signal::SIGKILL).expect("kill");
        for pidfd in &watched {
            let mut fds = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
            let limit = PollTimeout::try_from(Duration::from_secs(20)).expect("a time");
            assert_eq!(poll(&mut fds, limit), Ok(1), "{victim} was killed, and something lives on");
        }
        let code = child.wait().expect("wait").code();
        drop(keep);
        match victim {
            "command line" => assert_eq!(code, None),
            "monitor" => assert_eq!(code, Some(125)),
            _ => assert_eq!(code, Some(137)),
        }
        // Any command sweeps what a dead monitor left.
        world.in_rootfs(&["--network", "none"], &["true"]).run().ok();
        let left = world.files_below("home/.local/share/rctr/containers");
        assert!(left.is_empty(), "{victim} was killed, and this is left: {left:?}");
    }
}
