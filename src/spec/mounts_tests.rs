use super::*;
use crate::model::host::tests::plain;
use crate::spec::{mount_flag, volume};

/// One line a mount.
fn shown(mounts: &[MountSpec]) -> Vec<String> {
    mounts
        .iter()
        .map(|mount| {
            let kind = match &mount.kind {
                MountKind::Bind { source, recursive, .. } => {
                    format!("{}bind {}", if *recursive { "r" } else { "" }, source.display())
                }
                MountKind::Volume { name } => format!("volume {name}"),
                MountKind::File { name, .. } => format!("file {name}"),
                MountKind::Tmpfs { size, mode, copy_up } => {
                    let size = size.map_or("all".to_owned(), |size| format!("{}k", size >> 10));
                    let mode = mode.map(|mode| format!(" {mode:o}")).unwrap_or_default();
                    format!("tmpfs {size}{mode}{}", if *copy_up { " copy" } else { "" })
                }
                MountKind::Proc { options } if options.is_empty() => "proc".to_owned(),
                MountKind::Proc { options } => format!("proc {}", options.join(",")),
                other => format!("{other:?}").to_lowercase(),
            };
            let o = &mount.options;
            let flags: String = [(o.readonly, 'r'), (o.nosuid, 's'), (o.nodev, 'd'), (o.noexec, 'x')]
                .iter()
                .map(|(on, letter)| if *on { *letter } else { '-' })
                .collect();
            format!("{} {kind} {flags}", mount.destination)
        })
        .collect()
}

fn decided(change: impl FnOnce(&mut RunRequest, &mut NamespaceSpec, &mut ImageConfig)) -> Vec<String> {
    let (mut request, mut namespaces, mut image) = Default::default();
    change(&mut request, &mut namespaces, &mut image);
    shown(&decide(&request, &image, &namespaces, Vec::new(), &plain()).unwrap())
}

fn line(mounts: &[String], destination: &str) -> String {
    let mut found = mounts.iter().filter(|line| line.split(' ').next() == Some(destination));
    let line = found.next().cloned().unwrap_or_else(|| "nothing".to_owned());
    assert_eq!(found.next(), None, "{destination} twice");
    line.split_once(' ').map_or(line.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn what_every_container_has() {
    assert_eq!(
        decided(|_, _, _| {}),
        [
            "/proc proc -sdx",
            "/dev dev -s--",
            "/sys sysfs rsdx",
            "/dev/pts devpts -s-x",
            "/dev/shm tmpfs 65536k 1777 -sdx",
            "/dev/mqueue mqueue -sdx",
            "/sys/fs/cgroup cgroup rsdx",
        ]
    );
}

#[test]
fn what_changes_them() {
    type Change = fn(&mut RunRequest, &mut NamespaceSpec, &mut ImageConfig);
    #[rustfmt::skip]
    let rows: [(&str, Change, &str, &str); 15] = [
        ("privileged", |r, _, _| r.confinement.privileged = true, "/sys", "sysfs -sdx"),
        ("privileged", |r, _, _| r.confinement.privileged = true, "/sys/fs/cgroup", "cgroup -sdx"),
        ("--shm-size", |r, _, _| r.mounts.shm_size = Some(1 << 20), "/dev/shm", "tmpfs 1024k 1777 -sdx"),
        ("--shm-size 0", |r, _, _| r.mounts.shm_size = Some(0), "/dev/shm", "tmpfs all 1777 -sdx"),
        ("--ipc host", |_, n, _| n.ipc = NsMode::Host, "/dev/shm", "rbind /dev/shm -sdx"),
        ("--ipc host", |_, n, _| n.ipc = NsMode::Host, "/dev/mqueue", "nothing"),
        ("--pid host", |_, n, _| n.pid = NsMode::Host, "/proc", "rbind /proc -sdx"),
        ("--cgroupns host", |_, n, _| n.cgroup = NsMode::Host, "/sys/fs/cgroup", "rbind /sys/fs/cgroup rsdx"),
        ("proc-opts", |r, _, _| r.confinement.proc_options = vec!["hidepid=2".into()], "/proc", "proc hidepid=2 -sdx"),
        ("--read-only alone", |r, _, _| r.mounts.read_only = true, "/tmp", "nothing"),
        ("--read-only-tmpfs alone", |r, _, _| r.mounts.read_only_tmpfs = true, "/tmp", "nothing"),
        ("both", |r, _, _| (r.mounts.read_only, r.mounts.read_only_tmpfs) = (true, true), "/tmp", "tmpfs all copy -sd-"),
        ("both", |r, _, _| (r.mounts.read_only, r.mounts.read_only_tmpfs) = (true, true), "/var/tmp", "tmpfs all copy -sd-"),
        ("--tz", |r, _, _| r.process.timezone = Some("Europe/Berlin".into()), "/etc/localtime", "bind /usr/share/zoneinfo/Europe/Berlin rsdx"),
        ("--tz local", |r, _, _| r.process.timezone = Some("local".into()), "/etc/localtime", "bind /etc/localtime rsdx"),
    ];
    for (what, change, destination, want) in rows {
        assert_eq!(line(&decided(change), destination), want, "{what}");
    }
}

#[test]
fn zones_are_checked() {
    for bad in ["../../etc/passwd", "a/../b", "/etc", "a b", "Europe/", "a\0"] {
        assert!(timezone(bad).is_err(), "{bad}");
    }
    for good in ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"] {
        assert!(timezone(good).is_ok(), "{good}");
    }
}

#[test]
fn users_mounts_take_the_place_of_rctrs() {
    for (text, destination, want) in [
        ("/a:/dev/shm", "/dev/shm", "rbind /a ----"),
        ("/a:/proc:ro", "/proc", "rbind /a r---"),
        ("/a:/tmp", "/tmp", "rbind /a ----"),
        ("/a:/etc/localtime", "/etc/localtime", "rbind /a ----"),
        ("/a:/data", "/data", "rbind /a ----"),
        ("/other", "/other", "volume other ----"),
    ] {
        let mounts = decided(|request, _, image| {
            request.mounts.mounts = vec![volume::parse(text).unwrap()];
            (request.mounts.read_only, request.mounts.read_only_tmpfs) = (true, true);
            request.process.timezone = Some("local".to_owned());
            image.volumes.insert("/data/".to_owned(), serde_json::Value::Null);
        });
        assert_eq!(line(&mounts, destination), want, "{text}");
    }
}

#[test]
fn image_volumes() {
    let mounts = decided(|_, _, image| {
        for path in ["/var/lib/data", "srv", "/var/lib/data/", "/", "/../srv", "/a:b"] {
            image.volumes.insert(path.to_owned(), serde_json::Value::Null);
        }
    });
    assert_eq!(line(&mounts, "/var/lib/data"), "volume var-lib-data ----");
    assert_eq!(line(&mounts, "/srv"), "volume srv ----");
    assert_eq!(line(&mounts, "/a:b"), "volume a%3ab ----");
    assert_eq!(mounts.len(), 7 + 3);
    let image = ImageConfig {
        volumes: [("/a\0b".to_owned(), serde_json::Value::Null)].into(),
        ..ImageConfig::default()
    };
    let error = decide(&RunRequest::default(), &image, &NamespaceSpec::default(), vec![], &plain());
    assert_eq!(error.unwrap_err().to_string(), "the image's VOLUME is no use: \"/a\\0b\" holds a NUL byte");
    for path in ["/proc", "/x/../proc/self/", "sys/kernel"] {
        let image = ImageConfig {
            volumes: [(path.to_owned(), serde_json::Value::Null)].into(),
            ..ImageConfig::default()
        };
        let error = decide(&RunRequest::default(), &image, &NamespaceSpec::default(), vec![], &plain());
        let want = format!("the image's VOLUME is no use: {path} is the kernel's, and no place for files");
        assert_eq!(error.unwrap_err().to_string(), want);
    }
}

#[test]
fn parents_come_first_and_the_users_order_is_kept() {
    let mut request = RunRequest::default();
    for text in ["/1:/a/b/c", "/2:/z", "/3:/a", "/4:/a/b", "/5:/y"] {
        request.mounts.mounts.push(volume::parse(text).unwrap());
    }
    request.mounts.mounts.push(mount_flag::parse("type=tmpfs,dst=/b").unwrap());
    let files = vec![TextFile { destination: "/etc/hosts", name: "hosts", content: String::new() }];
    let mounts =
        decide(&request, &ImageConfig::default(), &NamespaceSpec::default(), files, &plain()).unwrap();
    let order: Vec<&str> = mounts.iter().map(|mount| mount.destination.as_str()).collect();
    assert_eq!(
        order,
        [
            "/proc",
            "/dev",
            "/sys",
            "/z",
            "/a",
            "/y",
            "/b",
            "/dev/pts",
            "/dev/shm",
            "/dev/mqueue",
            "/etc/hosts",
            "/a/b",
            "/sys/fs/cgroup",
            "/a/b/c"
        ]
    );
}

#[test]
fn two_at_one_place_are_refused() {
    for (one, two) in [("/1:/a", "/2:/a"), ("/1:/a", "/2:/a/"), ("/1:/a/../b", "/2:/b"), ("/a", "/1:/a")] {
        let mut request = RunRequest::default();
        request.mounts.mounts = vec![volume::parse(one).unwrap(), volume::parse(two).unwrap()];
        let error = decide(&request, &ImageConfig::default(), &NamespaceSpec::default(), vec![], &plain());
        let text = error.unwrap_err().to_string();
        assert!(text.ends_with(": duplicate mount destination"), "{text}");
    }
}

#[test]
fn relative_sources_count_from_where_the_user_is() {
    for (source, want) in [
        ("./x", "/home/alice/x"),
        (".", "/home/alice"),
        ("../x", "/home/alice/../x"),
        ("/x/./y", "/x/y"),
        ("/x/../y", "/x/../y"),
    ] {
        let mounts = decided(|request, _, _| {
            request.mounts.mounts = vec![volume::parse(&format!("{source}:/m")).unwrap()];
        });
        assert_eq!(line(&mounts, "/m"), format!("rbind {want} ----"), "{source}");
    }
}

#[test]
fn without_cgroups_there_is_no_mount_of_them() {
    let host = HostFacts { cgroup: CgroupMode::Absent, ..plain() };
    let mounts =
        decide(&RunRequest::default(), &ImageConfig::default(), &NamespaceSpec::default(), vec![], &host);
    assert_eq!(line(&shown(&mounts.unwrap()), "/sys/fs/cgroup"), "nothing");
}
