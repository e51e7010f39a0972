use clap::Parser;

use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{RunRequest, RunSource};
use crate::model::{ContainerId, ContainerState, Status};
use crate::spec::{self, Creation};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: PsArgs,
}

fn containers() -> Vec<SeenContainer> {
    let container = |n: u8, name: &str, words: &[&str], phase, state| {
        let id = ContainerId::from_bytes([n; 32]);
        let request = RunRequest {
            source: RunSource::Rootfs { path: "/srv/root".into(), overlay: false },
            command: words.iter().map(|w| (*w).to_owned()).collect(),
            labels: [("k".to_owned(), "v".to_owned())].into(),
            ..RunRequest::default()
        };
        let creation = Creation::new(id.clone(), name, 1000);
        let spec = spec::resolve(&request, None, &plain(), &creation).unwrap();
        SeenContainer { id, name: name.to_owned(), created_ms: 1000, phase, spec: Some(spec), state }
    };
    let running =
        ContainerState { status: Status::Running, pid: 7, started_ms: 2000, ..ContainerState::default() };
    let exited = ContainerState {
        status: Status::Exited,
        exit_code: 3,
        finished_ms: 60_000,
        ..ContainerState::default()
    };
    vec![
        container(0xbb, "web", &["sleep", "1000"], Phase::Running, running),
        container(0xaa, "job", &["sh", "-c", "a\nlonger script"], Phase::Exited, exited),
    ]
}

fn shown(words: &[&str]) -> String {
    let line = Line::parse_from(std::iter::once("ps").chain(words.iter().copied()));
    show(&line.args, containers(), 200_000).unwrap()
}

#[test]
fn lists() {
    let (a, b) = ("aaaaaaaaaaaa", "bbbbbbbbbbbb");
    assert_eq!(
        shown(&[]),
        format!(
            "CONTAINER ID  IMAGE       COMMAND               CREATED        STATUS                    PORTS       NAMES\n\
             {b}              sleep 1000            3 minutes ago  Up 3 minutes                          web\n\
             {a}              sh -c a longer sc...  3 minutes ago  Exited (3) 2 minutes ago              job\n"
        )
    );
    assert_eq!(shown(&["-q"]), format!("{b}\n{a}\n"));
    assert_eq!(shown(&["-q", "--no-trunc", "--sort", "id"]).lines().next().map(str::len), Some(64));
    assert_eq!(shown(&["--noheading"]).lines().count(), 2);
    assert_eq!(
        shown(&["--format", "{{.Names}} {{.State}} {{.Labels}} {{.ID}}", "--sort=names"]),
        format!("job exited k=v {a}\nweb running k=v {b}\n")
    );
    assert!(shown(&["--format", "table {{.Names}}\\t{{.Status}}"]).starts_with("NAMES       STATUS\n"));
    let json: Value = serde_json::from_str(&shown(&["--format", "json"])).unwrap();
    assert_eq!((&json[0]["Names"][0], &json[0]["Pid"]), (&json!("web"), &json!(7)));
    assert_eq!((&json[1]["ExitCode"], &json[1]["Command"][2]), (&json!(3), &json!("a\nlonger script")));
}

#[test]
fn what_is_asked_for() {
    let request =
        |words: &[&str]| Line::parse_from(std::iter::once("ps").chain(words.iter().copied())).args.request();
    assert_eq!(request(&["-n", "2"]).unwrap().last, Some(2));
    assert_eq!(request(&["-l"]).unwrap().last, Some(1));
    assert!(request(&["-n", "-1"]).unwrap().all);
    let both = request(&["-n", "1", "-l"]).unwrap_err();
    assert_eq!(both.message, "last and latest are mutually exclusive");
}
