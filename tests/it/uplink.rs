//! slirp4netns itself, started and configured by the library, without a container around it.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use rctr::model::IdRange;
use rctr::net::inside;
use rctr::net::slirp::{Slirp, SlirpOptions};
use rctr::sys::{idmap, process};

use crate::skip;
use crate::support::servers::{greeter, greeting, host_ipv6, needs};

const OPTIONS: SlirpOptions = SlirpOptions { mtu: 0, host_loopback: false, ipv6: true };

/// Runs `work` in a child.
#[track_caller]
fn forked(work: impl FnOnce()) {
    match process::fork().expect("fork") {
        Some(pid) => assert_eq!(process::wait(pid).expect("wait"), 0, "the child failed"),
        None => {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            process::exit_now(i32::from(result.is_err()));
        }
    }
}

/// As with a container: a monitor that is root of a single-id user namespace starts slirp4netns for the network
/// namespace of its child, which then runs `inside`.
#[track_caller]
fn connected(slirp: &Path, options: SlirpOptions, inside: impl FnOnce()) {
    let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
    let one = |host| [IdRange { container: 0, host, size: 1 }];
    forked(|| {
        unshare(CloneFlags::CLONE_NEWUSER).expect("a user namespace");
        let me = std::process::id() as i32;
        idmap::write_maps(me, &one(uid), &one(gid), true).expect("write the maps");
        let (mut up, mut up_theirs) = std::io::pipe().expect("pipe");
        let (mut down_theirs, mut down) = std::io::pipe().expect("pipe");
        let Some(init) = process::fork().expect("fork") else {
            forked(|| {
                unshare(CloneFlags::CLONE_NEWNET).expect("a network namespace");
                write!(up_theirs, "{}", std::process::id()).expect("tell the pid");
                down_theirs.read_exact(&mut [0]).expect("wait for the network");
                inside();
            });
            process::exit_now(0)
        };
        let mut pid = [0; 16];
        let count = up.read(&mut pid).expect("hear the pid");
        let pid = std::str::from_utf8(&pid[..count]).expect("a pid");
        let netns = File::open(format!("/proc/{pid}/ns/net")).expect("open the namespace");
        let mut slirp = Slirp::start(slirp, netns.as_fd(), options).expect("start slirp4netns");
        slirp.wait_ready().unwrap_or_else(|error| panic!("{error}"));
        down.write_all(b"x").expect("tell init");
        assert_eq!(process::wait(init).expect("wait"), 0, "inside the namespace");
    });
}

#[test]
fn the_host_is_reached_and_its_loopback_is_not() {
    let (slirp, address) = match needs() {
        Ok(needs) => needs,
        Err(reason) => skip!("{reason}"),
    };
    let (own, loopback) = (greeter(address), greeter(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let via_gateway = SocketAddr::new(rctr::net::files::SLIRP_GATEWAY.into(), loopback.port());
    connected(&slirp, OPTIONS, || {
        assert_eq!(greeting(own).expect("reach the host"), "hello");
        greeting(via_gateway).expect_err("the loopback is shut");
    });
    connected(&slirp, SlirpOptions { host_loopback: true, ..OPTIONS }, || {
        assert_eq!(greeting(via_gateway).expect("the loopback is open"), "hello");
    });
}

#[test]
fn ipv6_works_at_once() {
    let (slirp, _) = match needs() {
        Ok(needs) => needs,
        Err(reason) => skip!("{reason}"),
    };
    let proc = File::open("/proc").expect("open /proc");
    connected(&slirp, OPTIONS, || {
        inside::slirp_ipv6(proc.as_fd()).expect("configure IPv6");
        let started = Instant::now();
        // Router discovery and duplicate address detection together would take 1.9 s; here there is nothing to wait
        // for, so that the kernel knows a source address and a route at the first try.
        let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).expect("socket");
        socket.connect("[2001:db8::1]:9").expect("a route");
        let source = socket.local_addr().expect("address").ip();
        assert_eq!(source, "fd00::100".parse::<IpAddr>().expect("an address"));
        assert!(started.elapsed() < Duration::from_millis(500));
        // Twice is no error.
        inside::slirp_ipv6(proc.as_fd()).expect("configure IPv6 again");
    });
    let Some(address) = host_ipv6() else {
        skip!("the host has no IPv6 address that a container could reach")
    };
    let at = greeter(address.into());
    connected(&slirp, OPTIONS, || {
        inside::slirp_ipv6(proc.as_fd()).expect("configure IPv6");
        let started = Instant::now();
        assert_eq!(greeting(at).expect("reach the host"), "hello");
        assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    });
}

#[test]
fn an_unconnected_namespace_has_lo_and_nothing_else() {
    forked(|| {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        let one = |host| [IdRange { container: 0, host, size: 1 }];
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("namespaces");
        idmap::write_maps(std::process::id() as i32, &one(uid), &one(gid), true).expect("write the maps");
        let proc = File::open("/proc").expect("open /proc");
        inside::bring_up(proc.as_fd(), &[IdRange { container: 0, host: gid, size: 1 }]).expect("bring it up");
        assert_eq!(greeting(greeter(IpAddr::V4(Ipv4Addr::LOCALHOST))).expect("lo works"), "hello");
        let away = TcpStream::connect(("198.51.100.1", 9)).expect_err("no way out");
        assert_eq!(away.kind(), ErrorKind::NetworkUnreachable);
        let range = std::fs::read_to_string("/proc/sys/net/ipv4/ping_group_range").expect("read");
        assert_eq!(range.split_whitespace().collect::<Vec<_>>(), ["0", "0"]);
    });
}
