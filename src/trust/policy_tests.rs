use serde_json::{Value, json};

use super::*;
use crate::model::Reference;

fn parsed(policy: &Value) -> Result<Policy, String> {
    parse(policy.to_string().as_bytes())
}

/// The policy whose default is this one requirement.
fn one(requirement: Value) -> Result<Requirement, String> {
    parsed(&json!({ "default": [requirement] })).map(|policy| policy.default[0].clone())
}

#[test]
fn every_requirement_is_read() {
    use SignedIdentity as S;
    let by = |keys| Requirement::SignedBy { keys, identity: S::RepoDigestOrExact };
    let sigstore = |keys| Requirement::SigstoreSigned { keys, identity: S::RepoDigestOrExact };
    let files = |paths: &[&str]| KeySource::Files(paths.iter().map(PathBuf::from).collect());
    let data = |texts: &[&str]| KeySource::Data(texts.iter().map(|text| text.as_bytes().to_vec()).collect());
    for (written, want) in [
        (json!({"type": "insecureAcceptAnything"}), Requirement::InsecureAcceptAnything),
        (json!({"type": "reject"}), Requirement::Reject),
        (json!({"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}), by(files(&["/k"]))),
        (
            json!({"type": "signedBy", "keyType": "GPGKeys", "keyPaths": ["/k", "/l"]}),
            by(files(&["/k", "/l"])),
        ),
        (json!({"keyData": "aGk=", "keyType": "GPGKeys", "type": "signedBy"}), by(data(&["hi"]))),
        (json!({"type": "sigstoreSigned", "keyPath": "/k"}), sigstore(files(&["/k"]))),
        (json!({"type": "sigstoreSigned", "keyPaths": ["/k"]}), sigstore(files(&["/k"]))),
        (json!({"type": "sigstoreSigned", "keyData": "aGk="}), sigstore(data(&["hi"]))),
        (json!({"type": "sigstoreSigned", "keyDatas": ["aGk=", "aGE="]}), sigstore(data(&["hi", "ha"]))),
    ] {
        assert_eq!(one(written.clone()), Ok(want), "{written}");
    }
    for (identity, want) in [
        (json!({"type": "matchExact"}), S::Exact),
        (json!({"type": "matchRepoDigestOrExact"}), S::RepoDigestOrExact),
        (json!({"type": "matchRepository"}), S::Repository),
        (
            json!({"type": "exactReference", "dockerReference": "h.io/a:1"}),
            S::ExactReference(Named::parse("h.io/a:1").unwrap()),
        ),
        (
            json!({"type": "exactRepository", "dockerRepository": "h.io/a"}),
            S::ExactRepository("h.io/a".into()),
        ),
        (
            json!({"type": "remapIdentity", "prefix": "h.io", "signedPrefix": "v.io/x"}),
            S::Remap { prefix: "h.io".into(), signed: "v.io/x".into() },
        ),
    ] {
        let written = json!({"type": "sigstoreSigned", "keyPath": "/k", "signedIdentity": identity});
        let Ok(Requirement::SigstoreSigned { identity: got, .. }) = one(written.clone()) else {
            panic!("{written}")
        };
        assert_eq!(got, want);
    }
}

#[test]
fn what_cannot_be_checked_is_named() {
    for (more, named) in [
        (json!({"fulcio": {"caPath": "/f", "oidcIssuer": "i", "subjectEmail": "e"}}), "fulcio"),
        (json!({"keyPath": "/k", "rekorPublicKeyPath": "/r"}), "rekorPublicKeyPath"),
        (json!({"keyPath": "/k", "rekorPublicKeyDatas": ["eA=="]}), "rekorPublicKeyDatas"),
        (json!({"pki": {"caRootsPath": "/c"}}), "pki"),
    ] {
        let mut written = json!({"type": "sigstoreSigned"});
        written.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let Ok(Requirement::Unsupported(what)) = one(written.clone()) else { panic!("{written}") };
        assert!(what.contains(named), "{what}");
    }
}

#[test]
fn whatever_is_not_foreseen_makes_a_policy_invalid() {
    let gpg = |more: Value| {
        let mut written = json!({"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"});
        written.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "default": [written] })
    };
    let identity = |identity: Value| gpg(json!({ "signedIdentity": identity }));
    for bad in [
        json!({}),
        json!([]),
        json!({"default": []}),
        json!({"default": {"type": "reject"}}),
        json!({"default": [{}]}),
        json!({"default": ["reject"]}),
        json!({"default": [{"type": "insecureAcceptEverything"}]}),
        json!({"default": [{"type": "Reject"}]}),
        json!({"default": [{"type": "reject", "more": 1}]}),
        json!({"default": [{"type": "insecureAcceptAnything", "keyPath": "/k"}]}),
        json!({"default": [{"type": "reject"}], "more": 1}),
        json!({"default": [{"type": "reject"}], "transports": []}),
        json!({"default": [{"type": "reject"}], "transports": {"docker": {"h.io": []}}}),
        json!({"default": [{"type": "reject"}], "transports": {"docker-archive": {"/x": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"tarball": {"/x": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"dir": {"/": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"oci": {"x": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"oci": {"/x/../y": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"oci": {"/x/./y": [{"type": "reject"}]}}}),
        json!({"default": [{"type": "reject"}], "transports": {"oci": {"/x/": [{"type": "reject"}]}}}),
        gpg(json!({"more": 1})),
        gpg(json!({"keyType": "X509Certificates"})),
        gpg(json!({"keyPaths": ["/l"]})),
        gpg(json!({"keyData": "aGk="})),
        gpg(json!({"keyPath": null})),
        gpg(json!({"keyPath": ""})),
        gpg(json!({"keyPath": null, "keyPaths": []})),
        gpg(json!({"keyPath": null, "keyData": "?"})),
        gpg(json!({"keyPath": null, "keyData": ""})),
        identity(json!({})),
        identity(json!({"type": "matchAnything"})),
        identity(json!({"type": "matchExact", "more": 1})),
        identity(json!({"type": "exactReference"})),
        identity(json!({"type": "exactReference", "dockerReference": "h.io/a"})),
        identity(
            json!({"type": "exactReference", "dockerReference": "h.io/a:1", "dockerRepository": "h.io/a"}),
        ),
        identity(json!({"type": "exactRepository", "dockerRepository": "h.io/a:1"})),
        identity(json!({"type": "remapIdentity", "prefix": "h.io"})),
        identity(json!({"type": "remapIdentity", "prefix": "a/b:1", "signedPrefix": "h.io"})),
        json!({"default": [{"type": "sigstoreSigned"}]}),
        json!({"default": [{"type": "sigstoreSigned", "keyPath": "/k", "keyData": "aGk="}]}),
        json!({"default": [{"type": "sigstoreSigned", "keyPath": "/k", "keyType": "GPGKeys"}]}),
    ] {
        assert!(parsed(&bad).is_err(), "{bad}");
    }
    for twice in [
        r#"{"default":[{"type":"reject"}],"default":[{"type":"reject"}]}"#,
        r#"{"default":[{"type":"reject","type":"insecureAcceptAnything"}]}"#,
        r#"{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","keyPath":"/l"}]}"#,
        r#"{"default":[{"type":"reject"}],"transports":{"docker":{},"docker":{}}}"#,
        r#"{"default":[{"type":"reject"}],"transports":{"docker":{"h.io":[{"type":"reject"}],"h.io":[{"type":"insecureAcceptAnything"}]}}}"#,
        r#"{"default":[{"type":"reject"}]} x"#,
    ] {
        assert!(parse(twice.as_bytes()).is_err(), "{twice}");
    }
}

#[test]
fn the_narrowest_scope_holds() {
    // Each scope has so many requirements of its own.
    let many = |n: usize| json!(vec![json!({"type": "reject"}); n]);
    let policy = parsed(&json!({
        "default": many(1),
        "transports": {
            "docker": {
                "": many(2),
                "h.io": many(3),
                "h.io/ns": many(4),
                "h.io/ns/a": many(5),
                "h.io/ns/a:1": many(6),
                "*.example.com": many(7),
                "*.team.example.com": many(8),
                "docker.io/library/busybox": many(9),
            },
            "oci": { "/srv": many(3), "/srv/app": many(4) },
            "dir": { "": many(5) },
        },
    }))
    .unwrap();
    let registry = |name: &str| Subject::registry(&Reference::parse(name).unwrap());
    for (subject, want) in [
        (registry("h.io/ns/a:1"), 6),
        (registry("h.io/ns/a:2"), 5),
        (registry("h.io/ns/ab:1"), 4),
        (registry("h.io/nsx/a:1"), 3),
        (registry("h.io:5000/ns/a:1"), 2),
        (registry("x.team.example.com/a"), 8),
        (registry("x.team.example.com:5000/a"), 8),
        (registry("team.example.com/a"), 7),
        (registry("example.com/a"), 2),
        (registry("busybox"), 9),
        (registry("other"), 2),
        (Subject::local("oci", Some(Path::new("/srv/app"))), 4),
        (Subject::local("oci", Some(Path::new("/srv/app/deep"))), 4),
        (Subject::local("oci", Some(Path::new("/srv/application"))), 3),
        (Subject::local("oci", Some(Path::new("/var/app"))), 1),
        (Subject::local("oci", None), 1),
        (Subject::local("dir", Some(Path::new("/srv/app"))), 5),
        (Subject::local("oci-archive", Some(Path::new("/srv/app"))), 1),
    ] {
        assert_eq!(policy.requirements(&subject).len(), want, "{subject:?}");
    }
}

#[test]
fn the_users_policy_stands_in_the_place_of_the_systems() {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join(".config/containers/policy.json");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(&own, r#"{"default":[{"type":"reject"}]}"#).unwrap();
    let (policy, place) = Policy::read(None, Some(home.path())).unwrap();
    assert_eq!((policy.default, place), (vec![Requirement::Reject], Some(own.clone())));
    std::fs::write(&own, r#"{"default":[{"type":"rejekt"}]}"#).unwrap();
    let error = Policy::read(None, Some(home.path())).unwrap_err().to_string();
    assert!(error.contains("policy.json") && error.contains("rejekt"), "{error}");
    // What leads nowhere was meant to lead somewhere.
    std::fs::remove_file(&own).unwrap();
    std::os::unix::fs::symlink("nowhere", &own).unwrap();
    assert!(Policy::read(None, Some(home.path())).is_err());
    assert!(Policy::read(Some(&home.path().join("nope")), None).is_err());
}
