use super::*;
use crate::model::port::ExposedPorts;

fn request(ip: &str, host: HostPorts, first: u16, last: u16, protocol: Protocol) -> PublishRequest {
    let ports = PortRange::new(first, last).unwrap();
    PublishRequest {
        host_ip: (!ip.is_empty()).then(|| ip.parse().unwrap()),
        host,
        container: ExposedPorts { ports, protocol },
    }
}

fn these(first: u16, last: u16) -> PortRange {
    PortRange::new(first, last).unwrap()
}

/// Where nobody else takes a port meanwhile. In a child, because unshare(CLONE_NEWUSER) wants a process with a single thread.
fn alone(work: fn()) {
    use nix::sched::{CloneFlags, unshare};
    match crate::sys::process::fork().unwrap() {
        Some(pid) => assert_eq!(crate::sys::process::wait(pid).unwrap(), 0),
        None => {
            let result = std::panic::catch_unwind(|| {
                unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).unwrap();
                crate::sys::netlink::Netlink::open().unwrap().loopback_up().unwrap();
                work();
            });
            crate::sys::process::exit_now(i32::from(result.is_err()));
        }
    }
}

#[test]
fn random_ports_are_the_same_in_both_families_and_stay() {
    alone(|| {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let first = Published::listen(&[request("", HostPorts::Random, 80, 81, protocol)]).unwrap();
            assert_eq!(first.mappings.len(), 2);
            for mapping in &first.mappings {
                let mine: Vec<_> =
                    first.listeners.iter().filter(|l| l.container_port == mapping.container_port).collect();
                assert!(mine.iter().any(|listener| listener.address.is_ipv4()));
                assert!(mine.iter().all(|listener| listener.address.port() == mapping.host_port));
            }
            let mappings = first.mappings.clone();
            let error = Published::again(&mappings).unwrap_err();
            assert!(error.port_is_taken(), "{error}");
            drop(first);
            assert_eq!(Published::again(&mappings).unwrap().mappings, mappings);
        }
    });
}

#[test]
fn one_that_is_taken() {
    alone(|| {
        let any = request("127.0.0.1", HostPorts::Random, 80, 80, Protocol::Tcp);
        let holder = Published::listen(&[any]).unwrap();
        let port = holder.mappings[0].host_port;
        let same = request("127.0.0.1", HostPorts::These(these(port, port)), 80, 80, Protocol::Tcp);
        let error = Published::listen(&[same]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot publish port: listen on 127.0.0.1:{port}/tcp: address already in use")
        );
        // The next one of a range is as good.
        if port < u16::MAX - 20 {
            let range = HostPorts::OneOf(these(port, port + 20));
            let other = Published::listen(&[request("127.0.0.1", range, 80, 80, Protocol::Tcp)]).unwrap();
            assert!((port + 1..=port + 20).contains(&other.mappings[0].host_port));
        }
    });
}

#[test]
fn an_address_of_somebody_else() {
    alone(|| {
        let error = Published::listen(&[request("192.0.2.77", HostPorts::Random, 80, 80, Protocol::Tcp)]);
        let error = error.unwrap_err();
        assert!(error.to_string().contains("192.0.2.77:0/tcp"), "{error}");
        assert!(error.hint().unwrap().contains("192.0.2.77 is not an address of this host"));
    });
}

#[test]
fn ports_that_only_root_may_have() {
    let address = "0.0.0.0:80".parse().unwrap();
    let source = io::Error::from_raw_os_error(Errno::EACCES as i32);
    let hint = NetError::Port { address, protocol: Protocol::Tcp, source }.hint().unwrap();
    assert!(hint.contains("sudo sysctl net.ipv4.ip_unprivileged_port_start=80"), "{hint}");
}
