use super::*;

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|w| (*w).to_owned()).collect()
}

#[test]
fn hosts_of_a_connected_container() {
    let extra = pairs(&[("db", "10.1.2.3"), ("a;b", "fe80::1"), ("gw", "host-gateway")]);
    let text = hosts(&Hosts {
        names: &["abcdef012345", "web"],
        address: Some(SLIRP_ADDRESS),
        host: Some("192.0.2.2".parse().unwrap()),
        extra: &extra,
        ..Hosts::default()
    });
    assert_eq!(
        text.unwrap(),
        "10.1.2.3\tdb\nfe80::1\ta b\n192.0.2.2\tgw\n\
         127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n\
         10.0.2.100\tabcdef012345 web\n192.0.2.2\thost.containers.internal host.docker.internal\n"
    );
}

#[test]
fn hosts_without_a_way_out() {
    let of = Hosts { names: &["c"], ..Hosts::default() };
    assert!(hosts(&of).unwrap().ends_with("localdomain\n127.0.0.1\tc\n"));
    let extra = pairs(&[("gw", "host-gateway")]);
    let error = hosts(&Hosts { extra: &extra, ..of }).unwrap_err();
    assert!(error.to_string().contains("gw"), "{error}");
}

#[test]
fn hosts_of_the_host_keeps_its_lines() {
    let base = "127.0.0.1 localhost # box\n127.0.1.1 Box box.lan";
    let extra = pairs(&[("host.docker.internal", "10.9.9.9")]);
    let of = Hosts {
        base: Some(base),
        names: &["box"],
        host: Some("127.0.0.1".parse().unwrap()),
        extra: &extra,
        ..Hosts::default()
    };
    assert_eq!(
        hosts(&of).unwrap(),
        format!("10.9.9.9\thost.docker.internal\n{base}\n127.0.0.1\thost.containers.internal\n")
    );
}

#[test]
fn resolv_conf_by_resolver() {
    const HOST: &str = "# note\ndomain old\nsearch lan example.org ; tail\nnameserver 127.0.0.53\n\
                        nameserver 192.0.2.53\nnameserver ::1\noptions ndots:2\noptions timeout:1\nbogus\n";
    let none = DnsFlags::default();
    let keep = "search lan example.org\n";
    let options = "options ndots:2 timeout:1\n";
    let slirp = Resolver::Slirp { ipv6: true };
    for (resolver, expected) in [
        (Resolver::Host, HOST.to_owned()),
        (slirp, format!("{keep}nameserver 10.0.2.3\n{options}")),
        (Resolver::Other, format!("{keep}nameserver 192.0.2.53\n{options}")),
    ] {
        assert_eq!(resolv_conf(HOST, resolver, &none), expected, "{resolver:?}");
    }
    let flags = DnsFlags {
        servers: words(&["1.1.1.1", "127.0.0.1"]),
        search: words(&["."]),
        options: words(&["edns0"]),
    };
    for resolver in [Resolver::Host, slirp, Resolver::Other] {
        assert_eq!(
            resolv_conf(HOST, resolver, &flags),
            "nameserver 1.1.1.1\nnameserver 127.0.0.1\noptions edns0\n",
            "{resolver:?}"
        );
    }
    let search = DnsFlags { search: words(&["one", "two"]), ..DnsFlags::default() };
    assert_eq!(resolv_conf(HOST, slirp, &search), format!("search one two\nnameserver 10.0.2.3\n{options}"));
}

#[test]
fn a_host_with_ipv6_servers_only() {
    let host = "nameserver 2001:db8::53\nnameserver fe80::1%eth0\n";
    let none = DnsFlags::default();
    assert_eq!(resolv_conf(host, Resolver::Slirp { ipv6: true }, &none), "nameserver fd00::3\n");
    assert_eq!(resolv_conf(host, Resolver::Slirp { ipv6: false }, &none), "nameserver 10.0.2.3\n");
    assert_eq!(resolv_conf(host, Resolver::Other, &none), host);
    assert_eq!(resolv_conf("", Resolver::Slirp { ipv6: true }, &none), "nameserver 10.0.2.3\n");
}

#[test]
fn small_files() {
    assert_eq!(hostname("web"), "web\n");
    assert_eq!(container_env(None), "");
    let env = ContainerEnv { name: "web", id: "ab", image: "", image_id: "", rootless: true };
    let text = container_env(Some(&env));
    assert!(text.starts_with("engine=\"rctr-") && text.ends_with("rootless=1\n"), "{text}");
}
