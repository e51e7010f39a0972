use super::*;
use crate::model::ContainerState;
use crate::model::container_id::ContainerId;
use crate::store::tests::store;

fn container(n: u8, name: &str, phase: Phase, code: i32) -> SeenContainer {
    SeenContainer {
        id: ContainerId::from_bytes([n; 32]),
        name: name.to_owned(),
        created_ms: i64::from(n),
        phase,
        spec: None,
        state: ContainerState { exit_code: code, ..ContainerState::default() },
    }
}

#[test]
fn filters_choose() {
    let (_dir, store) = store();
    let all = [
        container(0xaa, "web", Phase::Running, 0),
        container(0xab, "web-db", Phase::Exited, 0),
        container(0xcd, "job", Phase::Exited, 3),
    ];
    for (filters, want) in [
        (&[][..], "web web-db job"),
        (&["name=web"], "web web-db"),
        (&["name=^web$"], "web"),
        (&["name=db$"], "web-db"),
        (&["name=job", "name=^web$"], "web job"),
        (&["id=a"], "web web-db"),
        (&["id=b"], ""),
        (&["status=exited"], "web-db job"),
        (&["status=exited", "status=running"], "web web-db job"),
        (&["status=exited", "name=web"], "web-db"),
        (&["exited=3"], "job"),
        (&["exited=0"], "web-db"),
        (&["label=a"], ""),
        (&["ancestor=busybox"], ""),
    ] {
        let texts: Vec<String> = filters.iter().map(|f| (*f).to_owned()).collect();
        let filters = parse_all(&texts, LIST, &store).unwrap();
        let have: Vec<_> = all.iter().filter(|c| fit(&filters, c)).map(|c| c.name.as_str()).collect();
        assert_eq!(have.join(" "), want, "{texts:?}");
    }
}

#[test]
fn bad_filters_are_refused() {
    let (_dir, store) = store();
    for (text, want) in [
        ("foo=bar", "foo is an invalid filter: there are id, name, status"),
        ("status=foo", "unknown container state: foo: invalid argument"),
        ("status", "invalid filter \"status\""),
        ("name=a.*b", "want a part of a name"),
        ("exited=x", "exited code out of range \"x\""),
        ("before=nosuch", "no container with name or ID \"nosuch\" found: no such container"),
    ] {
        let error = parse_all(&[text.to_owned()], LIST, &store).unwrap_err().to_string();
        assert!(error.contains(want), "{text}: {error}");
    }
    assert!(parse_all(&["status=exited".to_owned()], PRUNE, &store).is_err());
}
