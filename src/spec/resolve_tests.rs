use std::collections::BTreeMap;

use super::*;
use crate::model::host::tests::plain;
use crate::model::spec::{ImageOrigin, NetworkMode};
use crate::model::{Digest, MapWriter, MountKind};
use crate::spec::{idmaps, volume};

fn creation() -> Creation<'static> {
    Creation {
        resolv_conf: "nameserver 192.0.2.1\nsearch example.org\n",
        hosts: "127.0.0.1 localhost\n192.0.2.7 laptop\n",
        host_address: Some("192.0.2.7".parse().unwrap()),
        ..Creation::new(ContainerId::from_bytes([0xab; 32]), "web", 1_750_000_000_000)
    }
}

fn image() -> ResolvedImage {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    ResolvedImage {
        origin: ImageOrigin {
            name: "docker.io/library/httpd:2".to_owned(),
            id: Digest::from_bytes(&[7; 32]),
        },
        layers: vec!["/layers/top".into(), "/layers/base".into()],
        config: ImageConfig {
            user: "www-data".to_owned(),
            env: words("PATH=/usr/local/bin:/usr/bin HTTPD_PREFIX=/srv"),
            entrypoint: words("/entry.sh"),
            cmd: words("httpd -DFOREGROUND"),
            working_dir: "/srv".to_owned(),
            labels: BTreeMap::from([("maintainer".to_owned(), "somebody".to_owned())]),
            volumes: BTreeMap::from([("/srv/data".to_owned(), serde_json::json!({}))]),
            stop_signal: "SIGWINCH".to_owned(),
            ..ImageConfig::default()
        },
    }
}

fn of_image() -> RunRequest {
    RunRequest { source: RunSource::Image("httpd".to_owned()), ..RunRequest::default() }
}

/// As JSON, with the version of this crate taken out.
fn snapshot(spec: &ContainerSpec) -> String {
    serde_json::to_string_pretty(spec).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn content<'a>(spec: &'a ContainerSpec, place: &str) -> Option<&'a str> {
    spec.mounts.iter().find(|mount| mount.destination == place).map(|mount| match &mount.kind {
        MountKind::File { content, .. } => content.as_str(),
        other => panic!("{place} is {other:?}"),
    })
}

#[test]
fn an_image_as_it_is() {
    let spec = resolve(&of_image(), Some(&image()), &plain(), &creation()).unwrap();
    insta::assert_snapshot!("image", snapshot(&spec));
}

#[test]
fn an_image_with_nearly_every_flag() {
    let mut request = of_image();
    request.command = vec!["-V".to_owned()];
    request.remove = true;
    request.init = true;
    request.timeout = 30;
    request.stop_signal = Some(15);
    request.labels.insert("maintainer".to_owned(), "me".to_owned());
    request.annotations.insert("a".to_owned(), "b".to_owned());
    request.process.terminal = true;
    request.process.interactive = true;
    request.process.user = Some("5:6".to_owned());
    request.process.umask = Some(0o077);
    request.process.env = vec![crate::spec::env::parse("DEBUG=1").unwrap()];
    request.mounts.mounts = vec![volume::parse("./site:/srv/site:ro").unwrap()];
    request.mounts.read_only = true;
    request.mounts.read_only_tmpfs = true;
    request.namespaces.hostname = Some("box".to_owned());
    request.id_maps.userns = idmaps::userns("keep-id").unwrap();
    request.network.mode = network::parse("none").unwrap();
    request.sysctls = vec![crate::spec::sysctl::parse("net.ipv4.ip_forward=1").unwrap()];
    request.confinement.no_new_privileges = true;
    let spec = resolve(&request, Some(&image()), &plain(), &creation()).unwrap();
    insta::assert_snapshot!("flags", snapshot(&spec));
}

#[test]
fn the_host_as_root_file_system() {
    let request = RunRequest {
        source: parse_rootfs("/").unwrap(),
        command: vec!["true".to_owned()],
        ..RunRequest::default()
    };
    let host = HostFacts { subuids: vec![], ..plain() };
    let spec = resolve(&request, None, &host, &creation()).unwrap();
    insta::assert_snapshot!("host", snapshot(&spec));
}

#[test]
fn root_file_systems() {
    let rootfs = |text: &str| {
        let request = RunRequest {
            source: parse_rootfs(text).unwrap(),
            command: vec!["x".to_owned()],
            ..RunRequest::default()
        };
        resolve(&request, None, &plain(), &creation()).unwrap().rootfs.source
    };
    for (text, want) in [
        ("/", RootfsSource::Host),
        ("//", RootfsSource::Host),
        ("/.", RootfsSource::Host),
        ("/:O", RootfsSource::Host),
        ("/a", RootfsSource::Directory("/a".into())),
        ("/a:O", RootfsSource::DirectoryOverlay("/a".into())),
        ("a", RootfsSource::Directory("/home/alice/a".into())),
        ("./a:O", RootfsSource::DirectoryOverlay("/home/alice/a".into())),
        ("/a:b", RootfsSource::Directory("/a:b".into())),
    ] {
        assert_eq!(rootfs(text), want, "{text}");
    }
    for (bad, why) in
        [("", "want a directory"), (":O", "want a directory"), ("/a:idmap", "needs a privilege")]
    {
        assert!(parse_rootfs(bad).unwrap_err().to_string().contains(why), "{bad}");
    }
    let missing = resolve(&of_image(), None, &plain(), &creation()).unwrap_err();
    assert_eq!(missing.to_string(), "httpd: image not known");
}

#[test]
fn names_of_hosts() {
    let slirp = "127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n\
                 10.0.2.100\tabababababab web\n192.0.2.7\thost.containers.internal host.docker.internal\n";
    let loopback = slirp.replace("192.0.2.7", "10.0.2.2");
    let none = "127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n\
                127.0.0.1\tabababababab web\n";
    let host = "127.0.0.1 localhost\n192.0.2.7 laptop\n127.0.0.1\tweb\n\
                192.0.2.7\thost.containers.internal host.docker.internal\n";
    for (mode, hosts, resolv) in [
        ("", slirp, "search example.org\nnameserver 10.0.2.3\n"),
        ("slirp4netns:allow_host_loopback=true", &loopback, "search example.org\nnameserver 10.0.2.3\n"),
        ("none", none, "search example.org\nnameserver 192.0.2.1\n"),
        ("host", host, "nameserver 192.0.2.1\nsearch example.org\n"),
    ] {
        let mut request = of_image();
        request.network.mode = network::parse(mode).unwrap();
        let spec = resolve(&request, Some(&image()), &plain(), &creation()).unwrap();
        assert_eq!(content(&spec, "/etc/hosts"), Some(hosts), "{mode}");
        assert_eq!(content(&spec, "/etc/resolv.conf"), Some(resolv), "{mode}");
    }
    let mut request = of_image();
    request.network.no_hosts = true;
    request.network.dns_none = true;
    let spec = resolve(&request, Some(&image()), &plain(), &creation()).unwrap();
    assert_eq!((content(&spec, "/etc/hosts"), content(&spec, "/etc/resolv.conf")), (None, None));
    assert_eq!(content(&spec, "/etc/hostname"), Some("abababababab\n"));
    assert_eq!(content(&spec, "/run/.containerenv"), Some(""));

    let mut request = of_image();
    request.network.mode = network::parse("none").unwrap();
    request.network.add_hosts = vec![network::parse_add_host("gw:host-gateway").unwrap()];
    let error = resolve(&request, Some(&image()), &plain(), &creation()).unwrap_err().to_string();
    assert!(error.starts_with("invalid --add-host gw:host-gateway: "), "{error}");
}

#[test]
fn the_uplink() {
    let default = NetworkMode::Slirp4netns { host_loopback: false, mtu: 16_384, ipv6: true };
    for (text, want) in [
        ("", default),
        ("slirp4netns", default),
        ("none", NetworkMode::None),
        ("host", NetworkMode::None),
        ("ns:/run/x", NetworkMode::None),
    ] {
        let mut request = of_image();
        request.network.mode = network::parse(text).unwrap();
        let spec = resolve(&request, Some(&image()), &plain(), &creation()).unwrap();
        assert_eq!(spec.network.mode, want, "{text}");
    }
}

#[test]
fn stop_signals() {
    for (asked, of_the_image, want) in
        [(None, "", 15), (None, "SIGQUIT", 3), (None, "9", 9), (Some(1), "SIGQUIT", 1), (Some(1), "bogus", 1)]
    {
        let mut image = image();
        image.config.stop_signal = of_the_image.to_owned();
        let request = RunRequest { stop_signal: asked, ..of_image() };
        let spec = resolve(&request, Some(&image), &plain(), &creation()).unwrap();
        assert_eq!(spec.stop_signal, want, "{asked:?} {of_the_image}");
    }
    let mut image = image();
    image.config.stop_signal = "bogus".to_owned();
    let error = resolve(&of_image(), Some(&image), &plain(), &creation()).unwrap_err();
    assert_eq!(error.to_string(), "the image's STOPSIGNAL is no use: unknown signal \"bogus\"");
}

#[test]
fn a_joined_container_lends_its_ids() {
    let maps = IdMapSpec {
        uids: vec![crate::model::IdRange { container: 0, host: 7, size: 1 }],
        gids: vec![],
        writer: MapWriter::Own,
    };
    let mut request = of_image();
    request.namespaces.pid = crate::model::run_request::NsRequest::Container("a".repeat(64));
    let creation = Creation { joined_maps: Some(&maps), ..creation() };
    let spec = resolve(&request, Some(&image()), &plain(), &creation).unwrap();
    assert_eq!(spec.id_maps, maps);
    assert_eq!(spec.namespaces.user, spec.namespaces.pid);
}

#[test]
fn contradictions() {
    use crate::model::run_request::NsRequest;
    type Change = fn(&mut RunRequest);
    let rows: [(Change, &str); 4] = [
        (
            |r| (r.init, r.namespaces.pid) = (true, NsRequest::Host),
            "--init and --pid cannot be used together: the init is pid 1 of a namespace of its own",
        ),
        (
            |r| (r.namespaces.hostname, r.namespaces.uts) = (Some("x".to_owned()), NsRequest::Host),
            "--hostname and --uts cannot be used together: only a host name of its own can be set",
        ),
        (
            |r| {
                r.sysctls = vec![("net.ipv4.ip_forward".to_owned(), "1".to_owned())];
                r.network.mode = NetworkChoice::Host;
            },
            "invalid --sysctl \"net.ipv4.ip_forward=1\": with --network host it would change the host",
        ),
        (
            |r| (r.process.entrypoint, r.command) = (Some(vec![]), vec![]),
            "no command or entrypoint provided, and no CMD or ENTRYPOINT from image",
        ),
    ];
    for (change, want) in rows {
        let mut request = of_image();
        change(&mut request);
        let error = resolve(&request, Some(&image()), &plain(), &creation()).unwrap_err();
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn a_privileged_container_is_told_about_itself() {
    let mut request = of_image();
    request.confinement.privileged = true;
    let spec = resolve(&request, Some(&image()), &plain(), &creation()).unwrap();
    let text = content(&spec, "/run/.containerenv").unwrap();
    assert!(
        text.contains("name=\"web\"\n") && text.contains("image=\"docker.io/library/httpd:2\"\n"),
        "{text}"
    );
    assert!(text.contains("rootless=1\n"), "{text}");
}
