use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{RunRequest, RunSource};
use crate::model::spec::ImageOrigin;
use crate::model::{ContainerId, ContainerState, HealthRecord, HealthStatus, MountSpec};
use crate::spec::{self, Creation};
use crate::store::tests::store;

fn container(n: u8, name: &str, phase: Phase, code: i32) -> SeenContainer {
    let id = ContainerId::from_bytes([n; 32]);
    let request = RunRequest {
        source: RunSource::Rootfs { path: "/srv/root".into(), overlay: false },
        command: vec![if n == 0xcd { "sleep" } else { "/bin/sh" }.to_owned()],
        labels: [("k".to_owned(), name.to_owned())].into(),
        ..RunRequest::default()
    };
    let mut spec =
        spec::resolve(&request, None, &plain(), &Creation::new(id.clone(), name, n.into())).unwrap();
    if n == 0xaa {
        spec.restart = RestartPolicy::Always;
        spec.image = Some(ImageOrigin {
            name: "docker.io/library/busybox:1.36".to_owned(),
            id: Digest::from_bytes(&[0xb1; 32]),
        });
        let kind = MountKind::Bind { source: "/srv/data".into(), recursive: true, create_source: false };
        spec.mounts.push(MountSpec { destination: "/data".to_owned(), kind, options: Default::default() });
    }
    if n == 0xcd {
        spec.network.mode = NetworkMode::None;
    }
    SeenContainer {
        id,
        name: name.to_owned(),
        created_ms: i64::from(n) * 1000,
        phase,
        spec: Some(spec),
        state: ContainerState { exit_code: code, ..ContainerState::default() },
        health: (n == 0xaa).then(|| HealthRecord { status: HealthStatus::Healthy, ..Default::default() }),
    }
}

#[test]
fn filters_choose() {
    let (_dir, store) = store();
    let mut lost = container(0xee, "lost", Phase::Unknown, 0);
    lost.spec = None;
    let all = [
        container(0xaa, "web", Phase::Running, 0),
        container(0xab, "web-db", Phase::Exited, 0),
        container(0xcd, "job", Phase::Exited, 3),
        lost,
    ];
    for (filters, want) in [
        ("", "web web-db job lost"),
        ("name=web", "web web-db"),
        ("name=^web$", "web"),
        ("name=^/web$", "web"),
        ("name=^w.*b$", "web web-db"),
        ("name=^(job|lost)$", "job lost"),
        ("name=w[^-]*$", "web"),
        ("name=db$", "web-db"),
        ("name=job name=^web$", "web job"),
        ("id=a", "web web-db"),
        ("id=AA", "web"),
        ("id=b", ""),
        ("id=^c.*d$", "job"),
        ("status=exited", "web-db job"),
        ("status=stopped", "web-db job"),
        ("status=exited status=running", "web web-db job"),
        ("status=exited name=web", "web-db"),
        ("status=unknown", "lost"),
        ("status=removing", ""),
        ("status=removing status=running", "web"),
        ("exited=3", "job"),
        ("exited=0", "web-db"),
        ("exited=0 exited=3", "web-db job"),
        ("label=a", ""),
        ("label=k", "web web-db job"),
        ("label=k=web", "web"),
        ("label=k=web label=k=job", ""),
        ("label!=k=web", "web-db job lost"),
        ("label!=k", "lost"),
        ("label!=k=web label!=k=job", "web-db lost"),
        ("ancestor=busybox", "web"),
        ("ancestor=busybox:1.36", "web"),
        ("ancestor=busybox:2", ""),
        ("ancestor=b1b1", "web"),
        ("ancestor=sha256:b1b1", "web"),
        ("command=sh", "web web-db"),
        ("command=^sleep$", "job"),
        ("health=healthy", "web"),
        ("health=none", "web-db job lost"),
        ("health=starting", ""),
        ("pod=x", ""),
        ("is-task=true", ""),
        ("is-task=false", "web web-db job lost"),
        ("network=slirp4netns", "web web-db"),
        ("network=none", "job"),
        ("restart-policy=always", "web"),
        ("restart-policy=none", "web-db job"),
        ("should-start-on-boot=true", "web"),
        ("should-start-on-boot=0", "web-db job lost"),
        ("volume=/data", "web"),
        ("volume=/srv/data", "web"),
        ("volume=/srv/data:/data", "web"),
        ("volume=/srv/data:/other", ""),
        ("until=171", "web"),
        ("until=172", "web web-db"),
        ("until=1970-01-01T00:02:51Z", "web"),
        ("until=10m", "web web-db job lost"),
    ] {
        let texts: Vec<String> = filters.split_whitespace().map(str::to_owned).collect();
        let filters = parse_all(&texts, LIST, &store).unwrap();
        let have: Vec<_> = all.iter().filter(|c| fit(&filters, c)).map(|c| c.name.as_str()).collect();
        assert_eq!(have.join(" "), want, "{texts:?}");
    }
}

#[test]
fn moments_bound_from_both_sides() {
    let (_dir, store) = store();
    let all = [container(0x10, "a", Phase::Exited, 0), container(0x20, "b", Phase::Exited, 0)];
    let names = |filters: &[Filter]| {
        let have: Vec<_> = all.iter().filter(|c| fit(filters, c)).map(|c| c.name.as_str()).collect();
        have.join(" ")
    };
    // podman: of several the earliest counts.
    assert_eq!(names(&[Filter::Before(20_000), Filter::Before(99_000)]), "a");
    assert_eq!(names(&[Filter::Since(20_000), Filter::Since(1)]), "a b");
    assert_eq!(names(&[Filter::Since(16_000)]), "b");
    assert!(parse_all(&["until=1".to_owned(), "until=2".to_owned()], LIST, &store).is_err());
}

#[test]
fn bad_filters_are_refused() {
    let (_dir, store) = store();
    for (text, want) in [
        ("foo=bar", "foo is an invalid filter: there are id, name, status"),
        ("status=foo", "unknown container state: foo: invalid argument"),
        ("status", "invalid filter \"status\""),
        ("name=a(b", "invalid filter \"name=a(b\": no regular expression"),
        ("exited=x", "exited code out of range \"x\""),
        ("before=nosuch", "no container with name or ID \"nosuch\" found: no such container"),
        ("since=", "no container with name or ID \"\" found: no such container"),
        ("health=sick", "want starting, healthy, unhealthy or none"),
        ("is-task=maybe", "want true or false"),
        ("publish=80", "filter publish is not supported: rctr publishes no ports yet"),
        ("expose=80", "filter expose is not supported"),
        ("restart-policy=often", "often invalid restart policy"),
        ("until=soon", "invalid --filter until \"soon\": unable to interpret time value"),
    ] {
        let error = parse_all(&[text.to_owned()], LIST, &store).unwrap_err().to_string();
        assert!(error.contains(want), "{text}: {error}");
    }
}
