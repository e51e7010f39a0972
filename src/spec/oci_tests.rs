//! What a bundle says. That runtimes take it, the end-to-end tests show.

use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{NetworkChoice, NetworkRequest, RunRequest, RunSource};
use crate::model::seccomp::Condition;
use crate::model::spec::{ImageOrigin, NetworkMode};
use crate::model::{ContainerId, HostFacts, ImageConfig, ResolvedImage};
use crate::spec::{Creation, resolve};

pub(super) fn spec(host: &HostFacts) -> ContainerSpec {
    let image = ResolvedImage {
        origin: ImageOrigin {
            name: "localhost/i:1".to_owned(),
            id: crate::model::Digest::from_bytes(&[7; 32]),
        },
        layers: vec!["/l".into()],
        config: ImageConfig {
            cmd: vec!["sh".into()],
            env: vec!["A=1".into()],
            volumes: [("/data".to_owned(), json!({}))].into(),
            ..ImageConfig::default()
        },
    };
    let request = RunRequest {
        source: RunSource::Image("i:1".to_owned()),
        network: NetworkRequest { mode: NetworkChoice::Own(NetworkMode::None), ..NetworkRequest::default() },
        ..RunRequest::default()
    };
    resolve(&request, Some(&image), host, &Creation::new(ContainerId::from_bytes([1; 32]), "n", 0)).unwrap()
}

pub(super) fn who(uid: u32) -> Who {
    Who { uid, gid: 5, groups: vec![6], home: "/home/x".to_owned() }
}

#[test]
fn a_bundle_says_all_that_was_decided() {
    let config = config(&spec(&plain()), &who(0), None);
    assert_eq!(config["process"]["args"], json!(["sh"]));
    assert_eq!(config["process"]["user"], json!({"uid": 0, "gid": 5, "umask": 0o22, "additionalGids": [6]}));
    let env = config["process"]["env"].as_array().unwrap();
    assert!(env.contains(&json!("A=1")) && env.contains(&json!("HOME=/home/x")), "{env:?}");
    assert!(env.iter().any(|e| e.as_str().unwrap().starts_with("PATH=/usr/local/sbin:")), "{env:?}");
    let kinds: Vec<_> =
        config["linux"]["namespaces"].as_array().unwrap().iter().map(|n| n["type"].clone()).collect();
    assert_eq!(kinds, ["mount", "user", "pid", "network", "ipc", "uts", "cgroup"]);
    let mounts = config["mounts"].as_array().unwrap();
    let at = |path: &str| mounts.iter().find(|m| m["destination"] == path).cloned().unwrap_or_default();
    assert_eq!(at("/proc")["options"], json!(["nosuid", "noexec", "nodev"]));
    assert_eq!(at("/dev/pts")["type"], "devpts");
    assert!(at("/sys")["options"].as_array().unwrap().contains(&json!("ro")));
    assert_eq!(
        (at("/data"), at("/etc/hosts")),
        (Value::Null, Value::Null),
        "nothing of the host's, no volumes"
    );
    assert_eq!(config["linux"]["uidMappings"][0]["containerID"], 0);
    assert_eq!(config["annotations"]["org.opencontainers.image.ref.name"], "localhost/i:1");
}

#[test]
fn who_is_not_root_has_no_capabilities() {
    let config = config(&spec(&plain()), &who(1000), None);
    assert_eq!(config["process"]["capabilities"]["effective"], json!([]));
    assert!(!config["process"]["capabilities"]["bounding"].as_array().unwrap().is_empty());
}

#[test]
fn a_filter_is_told_by_name() {
    let rule = |syscall: &str, action, conditions: Vec<Condition>| Rule {
        syscall: syscall.to_owned(),
        action,
        conditions,
    };
    let mask = Condition { index: 0, operator: Operator::MaskedEqual { mask: 0x7e02_0000 }, value: 0 };
    let filter = Filter {
        default: Action::Errno(38),
        arches: vec![Arch::X86, Arch::X32],
        rules: vec![
            rule("read", Action::Allow, vec![]),
            rule("write", Action::Allow, vec![]),
            rule("clone", Action::Allow, vec![mask]),
            rule("keyctl", Action::Errno(1), vec![]),
        ],
        known: Default::default(),
    };
    let want = json!({
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 38,
        "syscalls": [
            {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
                {"index": 0, "value": 0x7e02_0000, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        ],
    });
    assert_eq!(seccomp(&filter, "x86_64"), want);
}
