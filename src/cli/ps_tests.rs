use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{RunRequest, RunSource};
use crate::model::spec::ImageOrigin;
use crate::model::{
    ContainerId, ContainerState, Digest, HealthRecord, HealthStatus, MountKind, MountSpec, Status,
};
use crate::ops::{ContainerSize, Phase, SeenContainer};
use crate::spec::{self, Creation};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: PsArgs,
}

fn container(n: u8, name: &str, words: &[&str], phase: Phase, state: ContainerState) -> ListedContainer {
    let id = ContainerId::from_bytes([n; 32]);
    let request = RunRequest {
        source: RunSource::Rootfs { path: "/srv/root".into(), overlay: false },
        command: words.iter().map(|w| (*w).to_owned()).collect(),
        labels: [("k".to_owned(), "v".to_owned()), ("a.b".to_owned(), "c\nd".to_owned())].into(),
        ..RunRequest::default()
    };
    let spec = spec::resolve(&request, None, &plain(), &Creation::new(id.clone(), name, 1000)).unwrap();
    let seen = SeenContainer {
        id,
        name: name.to_owned(),
        created_ms: 1000,
        phase,
        spec: Some(spec),
        state,
        health: None,
    };
    ListedContainer { seen, size: None, namespaces: Default::default() }
}

fn ended(exit_code: i32) -> ContainerState {
    ContainerState { status: Status::Exited, exit_code, finished_ms: 60_000, ..ContainerState::default() }
}

fn containers() -> Vec<ListedContainer> {
    let running =
        ContainerState { status: Status::Running, pid: 7, started_ms: 2000, ..ContainerState::default() };
    let mut web = container(0xbb, "web", &["sleep", "1000"], Phase::Running, running);
    web.size = Some(ContainerSize { writable: 12, whole: 1_982_342 });
    web.namespaces = [("mnt", 4_026_532_178), ("pid", 4_026_532_183)].into();
    if let Some(spec) = &mut web.seen.spec {
        let image = ImageOrigin { name: "localhost/bb:latest".to_owned(), id: Digest::from_bytes(&[7; 32]) };
        spec.image = Some(image);
        for (place, kind) in [
            ("/v", MountKind::Volume { name: "anon".to_owned() }),
            ("/host", MountKind::Bind { source: "/tmp".into(), recursive: true, create_source: false }),
            ("/t", MountKind::Tmpfs { size: None, mode: None, copy_up: true }),
        ] {
            let destination = place.to_owned();
            spec.mounts.push(MountSpec { destination, kind, options: Default::default() });
        }
    }
    vec![web, container(0xaa, "job", &["sh", "-c", "a\nlonger \u{1b}script"], Phase::Exited, ended(3))]
}

fn shown(words: &[&str]) -> String {
    let line = Line::parse_from(std::iter::once("ps").chain(words.iter().copied()));
    show(&line.args, containers(), 200_000).unwrap()
}

#[test]
fn lists() {
    let (a, b) = ("aaaaaaaaaaaa", "bbbbbbbbbbbb");
    insta::assert_snapshot!(shown(&[]), @r"
    CONTAINER ID  IMAGE                COMMAND               CREATED        STATUS                    PORTS       NAMES
    bbbbbbbbbbbb  localhost/bb:latest  sleep 1000            3 minutes ago  Up 3 minutes                          web
    aaaaaaaaaaaa                       sh -c a longer  s...  3 minutes ago  Exited (3) 2 minutes ago              job
    ");
    assert_eq!(shown(&["-q"]), format!("{b}\n{a}\n"));
    assert_eq!(shown(&["-q", "--no-trunc", "--sort", "id"]).lines().next().map(str::len), Some(64));
    assert_eq!(shown(&["--noheading"]).lines().count(), 2);
    insta::assert_snapshot!(shown(&["--ns"]), @r"
    CONTAINER ID  NAMES       PID         CGROUPNS    IPC         MNT         NET         PIDNS       USERNS      UTS
    bbbbbbbbbbbb  web         7                                   4026532178              4026532183              
    aaaaaaaaaaaa  job         0                                                                                   
    ");
    insta::assert_snapshot!(shown(&["--size", "--pod", "--no-trunc", "--noheading", "--sort", "names"]), @r"
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa                       sh -c a longer  script  3 minutes ago  Exited (3) 2 minutes ago              job                                 
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  localhost/bb:latest  sleep 1000              3 minutes ago  Up 3 minutes                          web                                 12B (virtual 1.98MB)
    ");
}

#[test]
fn templates_have_podmans_and_dockers_fields() {
    for (template, want) in [
        ("{{.ID}} {{.Id}}", "bbbbbbbbbbbb bbbbbbbbbbbb"),
        ("{{.Names}} {{.State}} {{.Status}}", "web running Up 3 minutes"),
        ("{{.Image}} {{.ImageID}}", "localhost/bb:latest 070707070707"),
        ("{{.Command}} {{.Pid}} {{.PID}}", "sleep 1000 7 7"),
        ("{{.Created}}|{{.CreatedAt}}", "1970-01-01 00:00:01 +0000 UTC|1970-01-01 00:00:01 +0000 UTC"),
        ("{{.CreatedHuman}} {{.RunningFor}}", "3 minutes ago 3 minutes ago"),
        ("{{.StartedAt}} {{.ExitedAt}} {{.Exited}} {{.ExitCode}}", "2 -62135596800 false 0"),
        ("{{.Labels}} {{.Label \"k\"}} {{index .Labels \"k\"}}", "map[a.b:c\nd k:v] v v"),
        ("{{.Mounts}} {{join .Mounts \",\"}} {{.LocalVolumes}}", "[/host /t /v] /host,/t,/v 1"),
        ("{{.Networks}}{{.Ports}}{{.Pod}}{{.PodName}}{{.CIDFile}}|", "|"),
        ("{{.AutoRemove}} {{.IsInfra}} {{.Restarts}}", "false false 0"),
        ("{{.Size}}", "12B (virtual 1.98MB)"),
        ("{{.Namespaces.MNT}} {{.PIDNS}} {{.Cgroup}}|", "4026532178 4026532183 |"),
    ] {
        assert_eq!(
            shown(&["--format", template]).split_once("\n").unwrap().0,
            want.split('\n').next().unwrap()
        );
        assert!(shown(&["--format", template]).starts_with(want), "{template}");
    }
    insta::assert_snapshot!(shown(&["--format", "table {{.Names}} {{.ExitCode}}\\t{{.Label \"a.b\"}}"]), @r"
    NAMES       EXIT CODE   B
    web         0           c d
    job         3           c d
    ");
    assert_eq!(shown(&["-q", "--format", "{{.Names}}"]), "web\njob\n");
    assert_eq!(shown(&["--format", "{{range .}}{{.Names}} {{end}}"]), "web job \n");
    assert_eq!(shown(&["--format", "table"]), shown(&[]));
}

#[test]
fn podmans_json() {
    insta::assert_snapshot!(shown(&["--format", "json"]));
    assert_eq!(shown(&["--format", "{{ json . }}"]), shown(&["--format", "json"]));
}

#[test]
fn every_phase_has_its_words() {
    let state = ContainerState { started_ms: 197_000, ..ended(1) };
    for (phase, health, want) in [
        (Phase::Created, None, "Created"),
        (Phase::Starting, None, "Initialized"),
        (Phase::Running, None, "Up 3 seconds"),
        (Phase::Running, Some(HealthStatus::Healthy), "Up 3 seconds (healthy)"),
        (Phase::Running, Some(HealthStatus::Starting), "Up 3 seconds (starting)"),
        (Phase::Paused, None, "Paused"),
        (Phase::Stopping, Some(HealthStatus::Unhealthy), "Stopping (unhealthy)"),
        (Phase::Restarting, None, "Restarting (1) 2 minutes ago"),
        (Phase::Exited, Some(HealthStatus::Healthy), "Exited (1) 2 minutes ago"),
        (Phase::Unknown, None, "Unknown"),
    ] {
        let mut listed = container(1, "web", &["sh"], phase, state.clone());
        listed.seen.health = health.map(|status| HealthRecord { status, ..Default::default() });
        assert_eq!(fields::status(&listed.seen, 200_000), want);
    }
}

#[test]
fn what_is_asked_for() {
    let request =
        |words: &[&str]| Line::parse_from(std::iter::once("ps").chain(words.iter().copied())).args.request();
    for (words, last, all) in [
        (&["-n", "2"][..], Some(2), false),
        (&["-l"], Some(1), false),
        (&["-n", "-1"], None, false),
        (&["-n", "0"], None, false),
        (&["-a"], None, true),
        (&["--sync", "--external", "--pod"], None, false),
    ] {
        let request = request(words).unwrap();
        assert_eq!((request.last, request.all, request.size), (last, all, false), "{words:?}");
    }
    for words in [&["-s"][..], &["--sort", "size"], &["--format", "{{.Size}}"]] {
        assert!(request(words).unwrap().size, "{words:?}");
    }
    for words in
        [&["--ns"][..], &["--namespace"], &["--format", "{{.Namespaces.MNT}}"], &["--format", "{{.UTS}}"]]
    {
        assert!(request(words).unwrap().namespaces, "{words:?}");
    }
    for (words, want) in [
        (&["-n", "1", "-l"][..], "last and latest are mutually exclusive"),
        (&["-q", "-s"], "quiet conflicts with size and namespace"),
        (&["-q", "--ns"], "quiet conflicts with size and namespace"),
        (&["-s", "--ns"], "size and namespace options conflict"),
        (&["-w", "1", "-l"], "the watch and latest flags cannot be used together"),
    ] {
        assert_eq!(request(words).unwrap_err().message, want);
    }
}

#[test]
fn json_keys_are_podmans() {
    let keys = [
        "AutoRemove",
        "Command",
        "Created",
        "CreatedAt",
        "ExitCode",
        "Exited",
        "ExitedAt",
        "Id",
        "Image",
        "ImageID",
        "IsInfra",
        "Labels",
        "Mounts",
        "Names",
        "Namespaces",
        "Networks",
        "Pid",
        "Pod",
        "PodName",
        "Ports",
        "Restarts",
        "Size",
        "StartedAt",
        "State",
        "Status",
    ];
    let objects: Value = serde_json::from_str(&shown(&["--format", "json"])).unwrap();
    let have: Vec<_> = objects[0].as_object().unwrap().keys().collect();
    assert_eq!(have, keys);
    assert_eq!(objects[0]["Namespaces"], json!({"Mnt": "4026532178", "Pidns": "4026532183"}));
}
