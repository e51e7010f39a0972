use super::*;

fn range(first: u16, last: u16) -> PortRange {
    PortRange::new(first, last).unwrap()
}

fn tcp(first: u16, last: u16) -> ExposedPorts {
    ExposedPorts { ports: range(first, last), protocol: Protocol::Tcp }
}

fn udp(port: u16) -> ExposedPorts {
    ExposedPorts { ports: range(port, port), protocol: Protocol::Udp }
}

#[test]
fn published() {
    use HostPorts::{OneOf, Random, These};
    for (text, ip, host, container) in [
        ("80", None, Random, tcp(80, 80)),
        ("80/udp", None, Random, udp(80)),
        ("80/UDP", None, Random, udp(80)),
        (":80", None, Random, tcp(80, 80)),
        ("0:80", None, Random, tcp(80, 80)),
        ("8080:80", None, These(range(8080, 8080)), tcp(80, 80)),
        ("8080:80/tcp", None, These(range(8080, 8080)), tcp(80, 80)),
        ("127.0.0.1:8080:80", Some("127.0.0.1"), These(range(8080, 8080)), tcp(80, 80)),
        ("127.0.0.1::80", Some("127.0.0.1"), Random, tcp(80, 80)),
        ("127.0.0.1:0:80", Some("127.0.0.1"), Random, tcp(80, 80)),
        ("0.0.0.0:1:65535", Some("0.0.0.0"), These(range(1, 1)), tcp(65_535, 65_535)),
        ("[::1]:8080:80", Some("::1"), These(range(8080, 8080)), tcp(80, 80)),
        ("[::]::53/udp", Some("::"), Random, udp(53)),
        ("8000-8010:80-90", None, These(range(8000, 8010)), tcp(80, 90)),
        ("8000-8010", None, Random, tcp(8000, 8010)),
        ("8000-8010:80", None, OneOf(range(8000, 8010)), tcp(80, 80)),
        ("80-80:80", None, These(range(80, 80)), tcp(80, 80)),
    ] {
        let want = PublishRequest { host_ip: ip.map(|ip| ip.parse().unwrap()), host, container };
        assert_eq!(parse(text).unwrap(), want, "{text}");
    }
}

#[test]
fn refused() {
    for (text, why) in [
        ("", "want the port of the container"),
        ("8080:", "want the port of the container"),
        ("x", "\"x\" is not a port"),
        ("+80", "\"+80\" is not a port"),
        (" 80", "\" 80\" is not a port"),
        ("0", "between 1 and 65535 (inclusive), got 0"),
        ("65536", "between 1 and 65535 (inclusive), got 65536"),
        ("99999999999999999999:80", "between 1 and 65535"),
        ("90-80", "the port range \"90-80\" ends before it starts"),
        ("80-", "\"\" is not a port"),
        ("1-2-3", "\"2-3\" is not a port"),
        ("8000-8010:80-81", "host and container port ranges have different lengths: 11 vs 2"),
        ("80:80-81", "different lengths: 1 vs 2"),
        (":8080:80", "no address before it"),
        ("localhost:8080:80", "cannot parse \"localhost\" as an IP address"),
        ("::1:8080:80", "an IPv6 address goes in brackets"),
        ("[::1]", "want [IP]:[HOST]:CONTAINER"),
        ("[::1]:80", "want [IP]:[HOST]:CONTAINER"),
        ("[::1:8080:80", "no ] after the address"),
        ("[127.0.0.1]:8080:80", "cannot parse \"127.0.0.1\" as an IPv6 address"),
        ("[fe80::1%eth0]:8080:80", "as an IPv6 address"),
        ("80/sctp", "sctp cannot be forwarded"),
        ("80/icmp", "unknown protocol \"icmp\": want tcp or udp"),
        ("80/", "unknown protocol \"\""),
        ("80/tcp/udp", "protocol can only be specified once"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with("invalid --publish ") && error.contains(why), "{text}: {error}");
    }
}

#[test]
fn exposing() {
    for (text, want) in [("80", tcp(80, 80)), ("80-90/tcp", tcp(80, 90)), ("53/udp", udp(53))] {
        assert_eq!(parse_expose(text).unwrap(), want, "{text}");
        assert_eq!(parse_image(text).unwrap(), want, "{text}");
    }
    for text in ["", "8080:80", "80/sctp", "0"] {
        assert!(parse_expose(text).unwrap_err().to_string().starts_with("invalid --expose "), "{text}");
        assert!(parse_image(text).unwrap_err().to_string().starts_with("the image's EXPOSE "), "{text}");
    }
}

#[test]
fn clashes() {
    for (one, other, why) in [
        ("8080:80", "8080:80", Some("it is there twice")),
        ("8080:80", "8080:81", Some("host port 8080 (protocol tcp): 8080:80/tcp wants it")),
        ("8080:80", "127.0.0.1:8080:80", Some("host port 8080")),
        ("[::]:8080:80", "[::1]:8080:81", Some("[::]:8080:80/tcp wants it, too")),
        ("8000-8010:80-90", "8010:90", Some("host port 8010")),
        ("8000-8010:80", "8000-8010:80", Some("it is there twice")),
        ("8080:80", "8080:80/udp", None),
        ("127.0.0.1:8080:80", "127.0.0.2:8080:80", None),
        ("0.0.0.0:8080:80", "[::]:8080:80", None),
        ("8000-8010:80", "8000-8010:81", None),
        ("80", "80", None),
        ("8080:80", "8081:80", None),
    ] {
        let asked = [parse(one).unwrap(), parse(other).unwrap()];
        let result = collect(&asked, &BTreeSet::new(), false);
        match why {
            None => assert_eq!(result.unwrap(), asked, "{one} {other}"),
            Some(why) => {
                let error = result.unwrap_err().to_string();
                assert!(error.contains(why), "{one} {other}: {error}");
            }
        }
    }
}

#[test]
fn publishing_all() {
    let asked = [parse("8080:80").unwrap()];
    let exposed = BTreeSet::from([tcp(80, 82), tcp(81, 81), udp(80)]);
    assert_eq!(collect(&asked, &exposed, false).unwrap(), asked);
    let random = |container| PublishRequest { host_ip: None, host: HostPorts::Random, container };
    let want = [asked[0], random(tcp(81, 81)), random(tcp(82, 82)), random(udp(80))];
    let mut found = collect(&asked, &exposed, true).unwrap();
    found.sort_by_key(|request| request.container);
    let mut want = want.to_vec();
    want.sort_by_key(|request| request.container);
    assert_eq!(found, want);
    let error = collect(&[], &BTreeSet::from([tcp(1, 65_535)]), true).unwrap_err().to_string();
    assert!(error.contains("65535 ports are exposed, and at most 4096"), "{error}");
}
