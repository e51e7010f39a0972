//! What a bundle becomes, and what each refused field says.

use proptest::prelude::*;
use serde_json::json;

use super::super::refused::REFUSED;
use super::super::{config, exec, tests as written};
use super::*;
use crate::model::host::tests::plain;
use crate::model::oci_request::OciProcess;
use crate::model::spec::{CapabilitySets, ProcessIds};
use crate::model::{Filesystem, MountKind, Propagation};

fn bundle() -> Bundle<'static> {
    Bundle { name: "c1", dir: Path::new("/b"), machine_root: false }
}

/// As `runc spec --rootless` writes it, but for lists that say nothing more.
fn document() -> Value {
    json!({
        "ociVersion": "1.0.2-dev",
        "process": {
            "terminal": true,
            "user": {"uid": 0, "gid": 0},
            "args": ["sh"],
            "env": ["PATH=/bin"],
            "cwd": "/",
            "capabilities": {
                "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                "ambient": ["CAP_KILL"],
            },
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 512}],
            "noNewPrivileges": true,
        },
        "root": {"path": "rootfs", "readonly": true},
        "hostname": "runc",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/sys", "type": "none", "source": "/sys",
             "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]},
        ],
        "linux": {
            "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
            "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "user"}],
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": null,
            "seccomp": {"defaultAction": "SCMP_ACT_ALLOW"},
        },
    })
}

fn decided(document: &Value) -> Result<ContainerSpec, OciError> {
    read(document.to_string().as_bytes(), &bundle(), &plain())
}

/// The document with a value put at a place, where objects and lists in between are made.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = document();
    let mut at = &mut document;
    for key in pointer.split('.') {
        at = match key.parse::<usize>() {
            Ok(number) => &mut at[number],
            Err(_) => &mut at[key],
        };
    }
    *at = value;
    document
}

#[test]
fn a_plain_bundle() {
    let spec = decided(&document()).unwrap();
    assert_eq!(spec.name, "c1");
    assert_eq!(spec.rootfs.source, RootfsSource::Directory("/b/rootfs".into()));
    assert!(spec.rootfs.readonly && spec.process.terminal && spec.confinement.no_new_privileges);
    assert_eq!(spec.id_maps.writer, MapWriter::Own);
    assert_eq!(spec.process.ids, Some(ProcessIds { uid: 0, gid: 0, groups: vec![] }));
    assert_eq!((spec.process.rlimits[0].soft, spec.process.rlimits[0].hard), (512, 1024));
    assert_eq!(spec.confinement.capabilities, [5]);
    let sets =
        CapabilitySets { effective: vec![5], permitted: vec![5], inheritable: vec![], ambient: vec![5] };
    assert_eq!(spec.confinement.sets, Some(sets));
    let ns = &spec.namespaces;
    assert_eq!((&ns.pid, &ns.net, &ns.user), (&NsMode::Private, &NsMode::Host, &NsMode::Private));
    assert!(matches!(spec.confinement.seccomp, SeccompSpec::Profile(_)));
    assert_eq!(
        decided(&with("linux.seccomp", json!(null))).unwrap().confinement.seccomp,
        SeccompSpec::Unconfined
    );
    assert_eq!(spec.mounts[0].kind, MountKind::Proc { options: vec![] });
    let settings = vec!["mode=755".to_owned(), "size=65536k".to_owned()];
    assert_eq!(spec.mounts[1].kind, MountKind::Kernel { filesystem: Filesystem::Tmpfs, settings });
    assert!(spec.mounts[1].options.strictatime && spec.mounts[1].options.nosuid);
    let of_host = MountKind::Bind { source: "/sys".into(), recursive: true, create_source: false };
    assert_eq!(spec.mounts[3].kind, of_host);
    assert!(spec.devices.is_empty(), "/dev brings them");
}

#[test]
fn every_refused_field_is_named() {
    for (field, why) in REFUSED {
        for value in [json!([1]), json!({"x": 7}), json!("text")] {
            let error = decided(&with(field, value.clone())).unwrap_err().to_string();
            let below = if value.is_object() { ".x" } else { "" };
            assert_eq!(error, format!("{field}{below} is not supported: {why}"));
        }
        for nothing in [json!(null), json!([]), json!({}), json!(""), json!(0), json!({"x": -1, "y": false})]
        {
            assert!(decided(&with(field, nothing.clone())).is_ok(), "{field}={nothing}");
        }
    }
}

#[test]
fn what_cannot_be_is_named() {
    let ns = |kind: &str, path: &str| json!([{"type": "mount"}, {"type": kind, "path": path}]);
    let mount = |kind: &str, options: Value| json!({"destination": "/x", "type": kind, "source": "/y", "options": options});
    for (place, value, want) in [
        ("ociVersion", json!("2.0.0"), "ociVersion: \"2.0.0\" is not 1.x.y"),
        ("ociVersion", json!("1"), "ociVersion: \"1\" is not 1.x.y"),
        ("process", json!(null), "process: missing"),
        ("root", json!(null), "root: missing"),
        ("process.args", json!([]), "process.args: no program"),
        ("process.cwd", json!("tmp"), "process.cwd: \"tmp\" is no absolute path"),
        ("process.user.uid", json!(u32::MAX), "process.user.uid: 4294967295 is no id"),
        (
            "process.capabilities.bounding",
            json!(["CAP_X"]),
            "process.capabilities.bounding: unknown capability \"CAP_X\"",
        ),
        ("process.rlimits.0.type", json!("NOFILE"), "process.rlimits[0].type: unknown limit \"NOFILE\""),
        ("mounts.0", mount("ext4", json!([])), "mounts[0].type is not supported: file system \"ext4\""),
        ("mounts.0", mount("bind", json!(["sync"])), "mounts[0].options is not supported: \"sync\""),
        ("mounts.0", mount("sysfs", json!(["x=1"])), "mounts[0].options is not supported: \"x=1\""),
        (
            "mounts.0",
            mount("bind", json!(["rro"])),
            "mounts[0].options is not supported: \"rro\" without \"rbind\"",
        ),
        (
            "mounts.0",
            mount("tmpfs", json!(["rro"])),
            "mounts[0].options is not supported: only a bind has mounts below it",
        ),
        (
            "mounts.0",
            mount("tmpfs", json!(["tmpcopyup", "uid=1"])),
            "mounts[0].options is not supported: \"uid=1\" together with \"tmpcopyup\"",
        ),
        (
            "mounts.0",
            mount("proc", json!(["tmpcopyup"])),
            "mounts[0].type is not supported: file system \"proc\"",
        ),
        ("mounts.0.destination", json!("/.."), "mounts[0].destination: nothing is mounted over the root"),
        (
            "mounts.0.uidMappings",
            json!([{"containerID": 0, "hostID": 0, "size": 1}]),
            "mounts[0].uidMappings is not supported: a mount has the ids of the container's user namespace",
        ),
        ("linux.namespaces", ns("time", ""), "linux.namespaces is not supported: \"time\""),
        (
            "linux.namespaces",
            ns("user", "/proc/1/ns/user"),
            "linux.namespaces is not supported: joining a user namespace",
        ),
        ("linux.namespaces", ns("disk", ""), "linux.namespaces: unknown type \"disk\""),
        ("linux.namespaces", ns("mount", ""), "linux.namespaces: \"mount\" is there twice"),
        (
            "linux.namespaces",
            json!([{"type": "pid"}]),
            "linux.namespaces is not supported: a container without \"mount\"",
        ),
        (
            "linux.namespaces",
            json!([{"type": "mount"}]),
            "linux.uidMappings: there is no \"user\" among linux.namespaces",
        ),
        ("linux.uidMappings", json!([]), "linux.uidMappings: a user namespace has 1 to 340 ranges, not 0"),
        (
            "linux.uidMappings.0.size",
            json!(u32::MAX),
            "linux.uidMappings[0]: it is empty, or reaches beyond the last id",
        ),
        ("linux.rootfsPropagation", json!("shared"), "linux.rootfsPropagation is not supported: \"shared\""),
        (
            "linux.devices",
            json!([{"path": "/dev/x", "type": "p"}]),
            "linux.devices[0].type is not supported: a FIFO is not made",
        ),
        (
            "linux.devices",
            json!([{"path": "/dev/x", "type": "c", "uid": 5}]),
            "linux.devices[0].uid is not supported: the host's node is bound, with its owner",
        ),
        (
            "linux.seccomp",
            json!({"defaultAction": "SCMP_ACT_NOTIFY"}),
            "linux.seccomp: defaultAction: SCMP_ACT_NOTIFY is not supported: no program here listens to the filter",
        ),
        (
            "linux.sysctl",
            json!({"net.core.somaxconn": "9"}),
            "linux.sysctl[\"net.core.somaxconn\"]: it would change the host: the namespace is not the container's",
        ),
        (
            "process.terminal",
            json!(1),
            "cannot read config.json: invalid type: integer `1`, expected a boolean at line 1",
        ),
    ] {
        let error = decided(&with(place, value.clone())).unwrap_err().to_string();
        assert!(error.starts_with(want), "{place} = {value}: {error}");
    }
    let mut shared = document();
    shared["linux"]["namespaces"] = json!([{"type": "mount"}, {"type": "user"}]);
    let error = decided(&shared).unwrap_err().to_string();
    assert_eq!(error, "hostname: there is no new \"uts\" among linux.namespaces");
}

#[test]
fn who_writes_the_maps() {
    let map = |list: &[(u32, u32, u32)]| {
        let one = |(c, h, s): &(u32, u32, u32)| json!({"containerID": c, "hostID": h, "size": s});
        list.iter().map(one).collect::<Value>()
    };
    let own: &[(u32, u32, u32)] = &[(0, 1000, 1)];
    let wide: &[(u32, u32, u32)] = &[(0, 1000, 1), (1, 100_000, 65_536)];
    for (uid, ranges, writer) in [
        (1000, own, MapWriter::Own),
        (1000, wide, MapWriter::Helpers),
        (0, wide, MapWriter::Root),
        (1001, own, MapWriter::Helpers),
    ] {
        let mut document = document();
        document["linux"]["uidMappings"] = map(ranges);
        document["linux"]["gidMappings"] = map(ranges);
        let host = HostFacts { uid, ..plain() };
        let spec = read(document.to_string().as_bytes(), &bundle(), &host).unwrap();
        assert_eq!(spec.id_maps.writer, writer, "{uid} {ranges:?}");
    }
}

#[test]
fn who_is_not_root_gets_a_user_namespace_unasked() {
    let mut document = document();
    document["linux"]["uidMappings"] = json!(null);
    document["linux"]["gidMappings"] = json!(null);
    document["linux"]["namespaces"] = json!([{"type": "mount"}, {"type": "uts"}]);
    let spec = decided(&document).unwrap();
    assert_eq!((spec.namespaces.user, spec.id_maps.writer), (NsMode::Private, MapWriter::Helpers));
    let root = HostFacts { uid: 0, ..plain() };
    let spec = read(document.to_string().as_bytes(), &bundle(), &root).unwrap();
    assert_eq!((spec.namespaces.user, spec.id_maps.writer), (NsMode::Host, MapWriter::None));
    // Only cgroups would keep root of the machine from devices.
    document["linux"]["resources"] = json!({"devices": [{"allow": false, "access": "rwm"}]});
    let machine = Bundle { machine_root: true, ..bundle() };
    let error = read(document.to_string().as_bytes(), &machine, &root).unwrap_err().to_string();
    assert!(error.starts_with("linux.resources.devices is not supported: no cgroup"), "{error}");
    assert!(read(document.to_string().as_bytes(), &bundle(), &root).is_ok());
}

#[test]
fn without_a_dev_the_default_nodes_are_bound() {
    let spec = decided(&with("mounts", json!([]))).unwrap();
    let names: Vec<_> = spec.devices.iter().map(|d| d.destination.as_str()).collect();
    assert_eq!(names, ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]);
}

#[test]
fn options_of_mounts() {
    let bind = json!([{"destination": "x/../y", "type": "bind", "source": "data", "options": ["ro", "rslave", "rw"]}]);
    let spec = decided(&with("mounts", bind)).unwrap();
    let mount = &spec.mounts[0];
    assert_eq!((mount.destination.as_str(), mount.options.readonly), ("/y", false));
    assert_eq!(mount.options.propagation, Propagation::Rslave);
    assert!(
        matches!(&mount.kind, MountKind::Bind { source, recursive: false, .. } if source == Path::new("/b/data"))
    );
    let copied =
        json!([{"destination": "/run", "type": "tmpfs", "options": ["tmpcopyup", "size=1m", "mode=700"]}]);
    let spec = decided(&with("mounts", copied)).unwrap();
    let want = MountKind::Tmpfs { size: Some(1 << 20), mode: Some(0o700), copy_up: true };
    assert_eq!(spec.mounts[0].kind, want);
}

/// What `rctr bundle` writes means, read again, what was decided.
#[test]
fn what_is_written_is_read() {
    let host = plain();
    let spec = written::spec(&host);
    let text = config(&spec, &written::who(0), None).to_string();
    let read = read(text.as_bytes(), &bundle(), &host).unwrap();
    assert_eq!((&read.id_maps, &read.namespaces), (&spec.id_maps, &spec.namespaces));
    assert_eq!(read.confinement.capabilities, spec.confinement.capabilities);
    assert_eq!(read.confinement.masked_paths, spec.confinement.masked_paths);
    assert_eq!(read.process.args, spec.process.args);
    assert_eq!(read.hostname, spec.hostname);
}

#[test]
fn another_program_in_the_container() {
    let container = decided(&document()).unwrap();
    let asked = OciProcess {
        args: vec!["id".into()],
        env: vec!["PATH=/sbin".into(), "A=1".into()],
        cwd: Some("/tmp".into()),
        user: Some("5:6".into()),
        groups: vec![7],
        capabilities: vec!["chown".into()],
        ..OciProcess::default()
    };
    let spec = exec(&container, &asked, None).unwrap();
    assert_eq!(spec.process.args, ["id"]);
    assert_eq!(spec.process.env, ["PATH=/sbin", "A=1"]);
    assert_eq!(spec.process.ids, Some(ProcessIds { uid: 5, gid: 6, groups: vec![7] }));
    assert!(!spec.process.terminal, "that is the container's");
    assert_eq!(spec.confinement.sets.unwrap().ambient, [5, 0]);
    let process = json!({"args": ["w"], "cwd": "/w", "user": {"uid": 9, "gid": 9}}).to_string();
    let spec = exec(&container, &OciProcess::default(), Some(process.as_bytes())).unwrap();
    assert_eq!((spec.process.cwd.as_str(), spec.confinement.capabilities.len()), ("/w", 0));
    assert!(!spec.confinement.no_new_privileges, "a process says all of itself");
    for (user, want) in [("root", "--user"), ("1:", "--user"), ("0x1", "--user"), ("4294967296", "--user")] {
        let asked = OciProcess { args: vec!["id".into()], user: Some(user.into()), ..OciProcess::default() };
        let error = exec(&container, &asked, None).unwrap_err().to_string();
        assert!(error.starts_with(want), "{user}: {error}");
    }
    let process = br#"{"args": ["w"], "cwd": "/", "ioPriority": {"class": "IOPRIO_CLASS_RT"}}"#;
    let error = exec(&container, &OciProcess::default(), Some(process)).unwrap_err().to_string();
    assert_eq!(error, "process.ioPriority.class is not supported: rctr does not do that");
}

/// Any value of JSON.
fn values() -> impl Strategy<Value = Value> {
    let words =
        prop::sample::select(vec!["", "/", "..", "\0", "bind", "CAP_KILL", "RLIMIT_CPU", "c", "user", "-1"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let keys = prop::sample::select(vec![
            "type",
            "path",
            "destination",
            "options",
            "uid",
            "size",
            "source",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys, inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_panics(place in 0_usize..400, value in values(), text in prop::collection::vec(any::<u8>(), 0..64)) {
        // Somewhere in a good document stands something else.
        let mut document = document();
        let mut places = Vec::new();
        pointers(&document, String::new(), &mut places);
        *document.pointer_mut(&places[place % places.len()]).unwrap() = value;
        let _ = decided(&document);
        let _ = read(&text, &bundle(), &plain());
    }
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| pointers(value, format!("{at}/{key}"), found))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| pointers(value, format!("{at}/{n}"), found));
        }
        _ => {}
    }
    found.push(at);
}
