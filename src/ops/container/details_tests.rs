use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{RunRequest, RunSource};
use crate::model::spec::ImageOrigin;
use crate::model::{
    ContainerId, ContainerState, Digest, HealthCheck, HealthRecord, HealthStatus, LogSpec, RestartPolicy,
    Status,
};
use crate::spec::{self, Creation};
use crate::store::tests::store;

fn seen(phase: Phase) -> SeenContainer {
    let id = ContainerId::from_bytes([0xab; 32]);
    let request = RunRequest {
        source: RunSource::Rootfs { path: "/srv/root".into(), overlay: false },
        command: vec!["sleep".to_owned(), "100".to_owned()],
        labels: [("k".to_owned(), "v".to_owned())].into(),
        ..RunRequest::default()
    };
    let spec = spec::resolve(&request, None, &plain(), &Creation::new(id.clone(), "web", 1_700_000_000_123))
        .unwrap();
    SeenContainer {
        id,
        name: "web".to_owned(),
        created_ms: spec.created_ms,
        phase,
        spec: Some(spec),
        state: ContainerState {
            status: Status::Running,
            pid: 77,
            monitor: 76,
            started_ms: 1_700_000_001_000,
            restarts: 2,
            ..ContainerState::default()
        },
        health: None,
    }
}

#[test]
fn everything_of_a_plain_container() {
    let (dir, store) = store();
    let object = object(&store, &seen(Phase::Running));
    let text = serde_json::to_string_pretty(&object).unwrap();
    insta::assert_snapshot!(text.replace(&dir.path().display().to_string(), "DIR"));
}

#[test]
fn what_was_asked_for_is_told() {
    let (_dir, store) = store();
    let mut container = seen(Phase::Running);
    let spec = container.spec.as_mut().unwrap();
    spec.image =
        Some(ImageOrigin { name: "docker.io/library/a:1".to_owned(), id: Digest::from_bytes(&[1; 32]) });
    spec.rootfs.source = RootfsSource::Layers(vec!["/layers/top".into(), "/layers/base".into()]);
    spec.restart = RestartPolicy::OnFailure { max: 3 };
    spec.stop_timeout = 7;
    spec.log = LogSpec {
        driver: LogDriver::JsonFile,
        path: Some("/srv/log".into()),
        max_size: Some(10_000_000),
        max_file: 2,
        tag: Some("t".to_owned()),
    };
    spec.health = Some(HealthSpec {
        test: vec!["CMD-SHELL".to_owned(), "true".to_owned()],
        interval_ms: 30_000,
        timeout_ms: 1500,
        start_period_ms: 0,
        start_interval_ms: 0,
        retries: 3,
        on_failure: HealthAction::Restart,
    });
    let check =
        HealthCheck { start: "s".to_owned(), end: "e".to_owned(), exit_code: 1, output: "no".to_owned() };
    container.health =
        Some(HealthRecord { status: HealthStatus::Unhealthy, failing_streak: 4, log: vec![check] });
    container.state.log_error = "no space left on device".to_owned();
    let object = object(&store, &container);
    for (pointer, want) in [
        (
            "/State/Health",
            json!({"Status": "unhealthy", "FailingStreak": 4, "Log": [
                {"Start": "s", "End": "e", "ExitCode": 1, "Output": "no"}
            ]}),
        ),
        ("/State/LogError", json!("no space left on device")),
        (
            "/Config/Healthcheck",
            json!({
                "Test": ["CMD-SHELL", "true"], "Interval": 30_000_000_000_u64, "Timeout": 1_500_000_000_u64,
                "StartPeriod": 0, "StartInterval": 0, "Retries": 3,
            }),
        ),
        ("/Config/HealthcheckOnFailureAction", json!("restart")),
        ("/Config/StopTimeout", json!(7)),
        ("/HostConfig/RestartPolicy", json!({"Name": "on-failure", "MaximumRetryCount": 3})),
        (
            "/HostConfig/LogConfig",
            json!({
                "Type": "json-file", "Config": {"max-size": "10000000", "max-file": "2", "tag": "t"},
                "Path": "/srv/log", "Tag": "t", "Size": "10MB",
            }),
        ),
        ("/LogPath", json!("/srv/log")),
        ("/RestartCount", json!(2)),
        ("/Image", json!("01".repeat(32))),
        ("/GraphDriver/Data/LowerDir", json!("/layers/top:/layers/base")),
        ("/NetworkSettings/SandboxKey", json!("/proc/77/ns/net")),
    ] {
        assert_eq!(object.pointer(pointer), Some(&want), "{pointer} of {object:#}");
    }
}

#[test]
fn the_state_of_every_phase() {
    for (phase, status, running, restarting, dead, pid) in [
        (Phase::Created, "created", false, false, false, 0),
        (Phase::Starting, "initialized", false, false, false, 77),
        (Phase::Running, "running", true, false, false, 77),
        (Phase::Paused, "paused", true, false, false, 77),
        (Phase::Stopping, "stopping", false, false, false, 77),
        (Phase::Restarting, "restarting", false, true, false, 77),
        (Phase::Exited, "exited", false, false, false, 0),
        (Phase::Unknown, "unknown", false, false, true, 0),
    ] {
        let state = state(&seen(phase));
        let want = json!([status, running, restarting, dead, pid]);
        let have =
            json!([state["Status"], state["Running"], state["Restarting"], state["Dead"], state["Pid"]]);
        assert_eq!(have, want);
    }
    let (_dir, store) = store();
    let mut lost = seen(Phase::Unknown);
    lost.spec = None;
    assert_eq!(object(&store, &lost)["Name"], "web");
}
