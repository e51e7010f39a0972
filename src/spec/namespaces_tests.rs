use super::*;
use crate::model::host::tests::plain;
use crate::spec::idmaps::default_maps;

const WEB: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const DB: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn modes() {
    for flag in ["--pid", "--ipc", "--uts", "--cgroupns"] {
        for (text, want) in [
            ("", NsRequest::Private),
            ("private", NsRequest::Private),
            ("host", NsRequest::Host),
            ("container:web", NsRequest::Container("web".to_owned())),
            ("ns:/run/x", NsRequest::Path("/run/x".into())),
        ] {
            assert_eq!(parse(flag, text).unwrap(), want, "{flag} {text}");
        }
        for (text, why) in [
            ("hsot", "did you mean host?"),
            ("Host", "did you mean host?"),
            ("prviate", "did you mean private?"),
            ("contianer:web", "did you mean container?"),
            ("container", "want container:NAME"),
            ("container:", "want container:NAME"),
            ("ns:", "absolute path"),
            ("ns:x", "absolute path"),
            ("pod", "pods are not there yet"),
            ("banana", "unknown mode: want private, host"),
            ("host:", "unknown mode"),
        ] {
            let error = parse(flag, text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(flag), "{flag} {text}: {error}");
        }
    }
    assert_eq!(parse("--ipc", "shareable").unwrap(), NsRequest::Private);
    assert!(parse("--ipc", "none").is_err());
    assert!(parse("--pid", "shareable").is_err());
}

#[test]
fn hostnames() {
    for good in ["a", "web-1", "web.example.org", "a_b", "1", &"x".repeat(64)] {
        assert_eq!(parse_hostname(good).unwrap(), good);
    }
    for (bad, why) in [
        ("", "empty"),
        ("-a", "begins with"),
        (".a", "begins with"),
        ("a b", "want letters"),
        ("ä", "want letters"),
        ("a\n", "want letters"),
        (&"x".repeat(65), "longer than 64"),
    ] {
        assert!(parse_hostname(bad).unwrap_err().to_string().contains(why), "{bad}");
    }
}

fn request(change: impl FnOnce(&mut RunRequest)) -> RunRequest {
    let mut request = RunRequest::default();
    change(&mut request);
    request
}

#[test]
fn joining_a_container_joins_its_user_namespace() {
    let web = NsMode::Container(ContainerId::parse(WEB).unwrap());
    let maps = default_maps(&plain());
    let joined = request(|r| r.namespaces.pid = NsRequest::Container(WEB.to_owned()));
    let namespaces = decide(&joined, &maps).unwrap();
    assert_eq!(
        (namespaces.pid, namespaces.user, namespaces.net),
        (web.clone(), web.clone(), NsMode::Private)
    );

    let net = request(|r| r.network.mode = NetworkChoice::Container(WEB.to_owned()));
    assert_eq!(decide(&net, &maps).unwrap().user, web);

    let two = request(|r| {
        r.namespaces.pid = NsRequest::Container(WEB.to_owned());
        r.namespaces.ipc = NsRequest::Container(DB.to_owned());
    });
    assert!(decide(&two, &maps).unwrap_err().to_string().contains("two containers"));

    let keep = request(|r| {
        r.namespaces.pid = NsRequest::Container(WEB.to_owned());
        r.id_maps.userns = UsernsRequest::KeepId { uid: None, gid: None, size: None };
    });
    assert!(matches!(decide(&keep, &maps), Err(SpecError::Conflict("--userns", ..))));

    let absent = request(|r| r.namespaces.uts = NsRequest::Container("web".to_owned()));
    assert_eq!(
        decide(&absent, &maps).unwrap_err().to_string(),
        "no container with name or ID \"web\" found: no such container"
    );
}

#[test]
fn everything_is_private_or_as_asked() {
    let maps = default_maps(&plain());
    assert_eq!(decide(&RunRequest::default(), &maps).unwrap(), NamespaceSpec::default());
    let host = request(|r| {
        r.namespaces.pid = NsRequest::Host;
        r.namespaces.ipc = NsRequest::Host;
        r.namespaces.uts = NsRequest::Host;
        r.namespaces.cgroup = NsRequest::Host;
        r.network.mode = NetworkChoice::Host;
    });
    let all = NamespaceSpec {
        user: NsMode::Private,
        pid: NsMode::Host,
        net: NsMode::Host,
        ipc: NsMode::Host,
        uts: NsMode::Host,
        cgroup: NsMode::Host,
    };
    assert_eq!(decide(&host, &maps).unwrap(), all);
    let none = IdMapSpec { uids: vec![], gids: vec![], writer: MapWriter::None };
    assert_eq!(decide(&RunRequest::default(), &none).unwrap().user, NsMode::Host);
}

#[test]
fn host_names() {
    let id = ContainerId::parse(WEB).unwrap();
    for (uts, net, asked, want) in [
        (NsMode::Private, NsMode::Private, None, Some("aaaaaaaaaaaa")),
        (NsMode::Private, NsMode::Private, Some("box"), Some("box")),
        (NsMode::Private, NsMode::Host, None, Some("laptop")),
        (NsMode::Private, NsMode::Host, Some("box"), Some("box")),
        (NsMode::Host, NsMode::Private, None, None),
    ] {
        let request = request(|r| r.namespaces.hostname = asked.map(str::to_owned));
        let namespaces = NamespaceSpec { uts, net, ..NamespaceSpec::default() };
        assert_eq!(hostname(&request, &namespaces, &id, &plain()).unwrap().as_deref(), want);
    }
    let request = request(|r| r.namespaces.hostname = Some("box".to_owned()));
    let shared = NamespaceSpec { uts: NsMode::Host, ..NamespaceSpec::default() };
    assert!(hostname(&request, &shared, &id, &plain()).is_err());
}
