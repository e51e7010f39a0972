use clap::Parser;

use super::*;
use crate::cli::{Cli, Verb};
use crate::model::registry_request::PullPolicy;
use crate::model::run_request::{EnvEntry, NetworkChoice, NsRequest, UsernsRequest};
use crate::model::spec::{NetworkMode, SeccompSpec};

/// The request of `rctr run` with these words.
fn request(words: &[&str]) -> Result<RunRequest, String> {
    let line = ["rctr", "run"].iter().chain(words);
    match Cli::try_parse_from(line).map_err(|error| error.to_string())?.verb {
        Verb::Run(args) => args.request().map_err(|failure| failure.message),
        _ => unreachable!("the verb is run"),
    }
}

fn one(line: &str) -> RunRequest {
    let words: Vec<&str> = line.split(' ').collect();
    request(&words).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn flags_end_at_the_image() {
    for (line, image, command) in [
        ("img", "img", ""),
        ("img ls -la", "img", "ls -la"),
        ("img --rm -it --name x", "img", "--rm -it --name x"),
        ("--rm img --rm", "img", "--rm"),
        ("img -- ls", "img", "-- ls"),
        ("-- img ls", "img", "ls"),
        ("-e A=b img -e A=b", "img", "-e A=b"),
        ("--rm=true img --help", "img", "--help"),
        ("img -h", "img", "-h"),
        ("img sh -c x --unknown", "img", "sh -c x --unknown"),
    ] {
        let request = one(line);
        assert_eq!(request.source, RunSource::Image(image.to_owned()), "{line}");
        assert_eq!(request.command.join(" "), command, "{line}");
    }
    let spaces = request(&["img", "a b", "", "-"]).unwrap();
    assert_eq!(spaces.command, ["a b", "", "-"]);
}

#[test]
fn defaults() {
    let mut want = RunRequest { source: RunSource::Image("img".to_owned()), ..RunRequest::default() };
    want.sig_proxy = true;
    want.detach_keys = vec![16, 17];
    want.process.http_proxy = true;
    want.mounts.read_only_tmpfs = true;
    assert_eq!(one("img"), want);
}

#[test]
fn every_flag_reaches_the_request() {
    type Check = fn(&RunRequest) -> bool;
    #[rustfmt::skip]
    let rows: Vec<(&str, Check)> = vec![
        ("--rootfs /x true", |r| r.source == RunSource::Rootfs { path: "/x".into(), overlay: false } && r.command == ["true"]),
        ("--rootfs /x:O true", |r| r.source == RunSource::Rootfs { path: "/x".into(), overlay: true }),
        ("--rootfs=true / true", |r| r.source == RunSource::Rootfs { path: "/".into(), overlay: false }),
        ("--rootfs=false x", |r| r.source == RunSource::Image("x".into())),
        ("-e A=b --env C i", |r| r.process.env == [EnvEntry::Set("A".into(), "b".into()), EnvEntry::FromHost("C".into())]),
        ("-eA=b i", |r| r.process.env == [EnvEntry::Set("A".into(), "b".into())]),
        ("--env-host i", |r| r.process.env_host),
        ("--unsetenv A --unsetenv B i", |r| r.process.unset_env == ["A", "B"]),
        ("--http-proxy=false i", |r| !r.process.http_proxy),
        ("--entrypoint= i", |r| r.process.entrypoint == Some(vec![])),
        ("--entrypoint sh i", |r| r.process.entrypoint == Some(vec!["sh".into()])),
        ("--entrypoint [\"a\",\"b\"] i", |r| r.process.entrypoint == Some(vec!["a".into(), "b".into()])),
        ("-w /x i", |r| r.process.workdir.as_deref() == Some("/x")),
        ("--workdir=/x i", |r| r.process.workdir.as_deref() == Some("/x")),
        ("-u 1:2 i", |r| r.process.user.as_deref() == Some("1:2")),
        ("--user web i", |r| r.process.user.as_deref() == Some("web")),
        ("--group-add a --group-add 5 i", |r| r.process.groups == ["a", "5"] && !r.process.keep_groups),
        ("--group-add keep-groups i", |r| r.process.groups.is_empty() && r.process.keep_groups),
        ("-h box i", |r| r.namespaces.hostname.as_deref() == Some("box")),
        ("--hostname box i", |r| r.namespaces.hostname.as_deref() == Some("box")),
        ("--hostname= i", |r| r.namespaces.hostname.is_none()),
        ("-i i", |r| r.process.interactive && !r.process.terminal),
        ("-t i", |r| r.process.terminal && !r.process.interactive),
        ("-it i", |r| r.process.terminal && r.process.interactive),
        ("-ti --tty=false i", |r| !r.process.terminal && r.process.interactive),
        ("-ite A=b i", |r| r.process.terminal && r.process.env.len() == 1),
        ("--init i", |r| r.init),
        ("--sig-proxy=false i", |r| !r.sig_proxy),
        ("--ulimit nofile=5 --ulimit core=0:1 i", |r| r.process.rlimits.len() == 2),
        ("--sysctl net.a=1 i", |r| r.sysctls == [("net.a".into(), "1".into())]),
        ("--oom-score-adj -5 i", |r| r.process.oom_score_adj == Some(-5)),
        ("--umask 077 i", |r| r.process.umask == Some(0o77)),
        ("--stop-signal KILL i", |r| r.stop_signal == Some(9)),
        ("--timeout 5 i", |r| r.timeout == 5),
        ("--name web i", |r| r.name.as_deref() == Some("web")),
        ("--name= --workdir= --user= --network= --userns= --tz= --stop-signal= i", |r| *r == RunRequest { process: crate::model::run_request::ProcessRequest { user: Some(String::new()), ..one("i").process }, ..one("i") }),
        ("--name web --replace i", |r| r.replace),
        ("--name a --name b i", |r| r.name.as_deref() == Some("b")),
        ("-l a=b --label c i", |r| r.labels.len() == 2 && r.labels["c"].is_empty()),
        ("--annotation a=b i", |r| r.annotations["a"] == "b"),
        ("--cidfile f i", |r| r.cidfile.as_deref() == Some("f".as_ref())),
        ("--pidfile f i", |r| r.pidfile.as_deref() == Some("f".as_ref())),
        ("--rm i", |r| r.remove),
        ("--rm --rm=false i", |r| !r.remove),
        ("--dry-run i", |r| r.dry_run),
        ("-q i", |r| r.quiet),
        ("--pull=never i", |r| r.pull.policy == PullPolicy::Never),
        ("--pull missing i", |r| *r == one("i")),
        ("--pull=always --pull ifnewer i", |r| r.pull.policy == PullPolicy::Newer),
        ("--tls-verify=false --authfile f --cert-dir d i", |r| {
            let access = &r.pull.access;
            access.tls_verify == Some(false)
                && access.authfile.as_deref() == Some("f".as_ref())
                && access.cert_dir.as_deref() == Some("d".as_ref())
        }),
        ("--creds u:p:q --retry 5 --retry-delay 1.5s i", |r| {
            let access = &r.pull.access;
            access.credentials == Some(("u".into(), "p:q".into()))
                && (access.retry, access.retry_delay_ms) == (Some(5), Some(1500))
        }),
        ("--platform linux/arm/v7 i", |r| r.pull.platform.variant.as_deref() == Some("v7")),
        ("--userns keep-id i", |r| matches!(r.id_maps.userns, UsernsRequest::KeepId { .. })),
        ("--uidmap 0:1:5 i", |r| r.id_maps.uidmap.len() == 1 && r.id_maps.gidmap.is_empty()),
        ("--gidmap 0:1:5 i", |r| r.id_maps.gidmap.len() == 1),
        ("--subuidname a --subgidname b i", |r| r.id_maps.subuidname.as_deref() == Some("a") && r.id_maps.subgidname.as_deref() == Some("b")),
        ("--pid host i", |r| r.namespaces.pid == NsRequest::Host),
        ("--ipc host i", |r| r.namespaces.ipc == NsRequest::Host),
        ("--uts host i", |r| r.namespaces.uts == NsRequest::Host),
        ("--cgroupns host i", |r| r.namespaces.cgroup == NsRequest::Host),
        ("--network host i", |r| r.network.mode == NetworkChoice::Host),
        ("--net=none i", |r| r.network.mode == NetworkChoice::Own(NetworkMode::None)),
        ("-v /a:/b -v /c:/d:ro i", |r| r.mounts.mounts.len() == 2),
        ("-v /a:/b --tmpfs /t --mount type=tmpfs,dst=/u i", |r| r.mounts.mounts.iter().map(|m| m.destination.as_str()).collect::<Vec<_>>() == ["/b", "/u", "/t"]),
        ("--read-only i", |r| r.mounts.read_only && r.mounts.read_only_tmpfs),
        ("--read-only --read-only-tmpfs=false i", |r| !r.mounts.read_only_tmpfs),
        ("--shm-size 1m i", |r| r.mounts.shm_size == Some(1 << 20)),
        ("--device /dev/fuse i", |r| r.mounts.devices.len() == 1),
        ("--add-host a:1.2.3.4 i", |r| r.network.add_hosts == [("a".into(), "1.2.3.4".into())]),
        ("--dns 1.1.1.1 --dns-search x --dns-option y --dns-opt z i", |r| r.network.dns == ["1.1.1.1"] && r.network.dns_search == ["x"] && r.network.dns_options == ["y", "z"]),
        ("--dns none i", |r| r.network.dns_none),
        ("--no-hosts i", |r| r.network.no_hosts),
        ("--cap-add chown --cap-drop ALL i", |r| r.confinement.cap_add.numbers == [0] && r.confinement.cap_drop.all),
        ("--privileged i", |r| r.confinement.privileged),
        ("--security-opt seccomp=unconfined i", |r| r.confinement.seccomp == Some(SeccompSpec::Unconfined)),
        ("-d i", |r| r.detach),
        ("--detach-keys a,ctrl-b i", |r| r.detach_keys == [b'a', 2]),
        ("-a stdout -a STDERR i", |r| r.attach == Some([false, true, true])),
        ("--restart on-failure:3 i", |r| r.restart == crate::model::RestartPolicy::OnFailure { max: 3 }),
        ("--stop-timeout 3 i", |r| r.stop_timeout == Some(3)),
        ("--health-cmd x --health-interval 5s --health-retries 2 i", |r| r.health.interval_ms == Some(5000) && r.health.retries == Some(2)),
        ("--health-timeout 1s --health-start-period 2s --health-start-interval 3s i", |r| (r.health.timeout_ms, r.health.start_period_ms, r.health.start_interval_ms) == (Some(1000), Some(2000), Some(3000))),
        ("--health-on-failure kill i", |r| r.health.on_failure == Some(crate::model::HealthAction::Kill)),
        ("--no-healthcheck i", |r| r.health.none),
        ("--preserve-fds 3 i", |r| r.process.preserve_fds == 3),
        ("--tz UTC i", |r| r.process.timezone.as_deref() == Some("UTC")),
    ];
    for (line, check) in rows {
        assert!(check(&one(line)), "{line}");
    }
}

#[test]
fn refusals_name_the_flag() {
    for (line, want) in [
        ("--name a/b i", "invalid --name \"a/b\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"),
        ("--replace i", "cannot replace container without --name being set"),
        ("--retry-delay soon i", "invalid --retry-delay \"soon\""),
        ("--platform linux i", "invalid --platform \"linux\""),
        ("--env-file /nonexistent/x i", "read --env-file /nonexistent/x: no such file or directory"),
        ("--label-file /nonexistent/x i", "read --label-file /nonexistent/x: no such file or directory"),
        ("-e =x i", "invalid --env \"=x\""),
        ("-l =x i", "invalid --label \"=x\""),
        ("--annotation =x i", "invalid --annotation \"=x\""),
        ("-u a:b:c i", "invalid --user \"a:b:c\""),
        ("--umask 9 i", "invalid --umask \"9\""),
        ("--stop-signal FOO i", "invalid --stop-signal \"FOO\""),
        ("--detach-keys ctrl-1 i", "invalid --detach-keys \"ctrl-1\""),
        ("-a x i", "invalid --attach \"x\""),
        ("-d -a stdin i", "--detach and --attach cannot be used together"),
        ("--restart x i", "invalid --restart \"x\""),
        ("--health-interval x i", "invalid --health-interval \"x\""),
        ("--health-on-failure x i", "invalid --health-on-failure \"x\""),
        ("--preserve-fds 5000 i", "invalid --preserve-fds \"5000\""),
        ("--group-add keep-groups --group-add x i", "invalid --group-add \"x\""),
        ("-v /a:/b:xx i", "invalid --volume \"/a:/b:xx\""),
        ("--mount type=x,dst=/a i", "invalid --mount \"type=x,dst=/a\""),
        ("--tmpfs x i", "invalid --tmpfs \"x\""),
        ("--device x i", "invalid --device \"x\""),
        ("--shm-size x i", "invalid --shm-size \"x\""),
        ("--network x i", "invalid --network \"x\""),
        ("--add-host x i", "invalid --add-host \"x\""),
        ("--dns x i", "invalid --dns \"x\""),
        ("--no-hosts --add-host a:1.1.1.1 i", "--no-hosts and --add-host cannot be set together"),
        ("-h a_b! i", "invalid --hostname \"a_b!\""),
        ("--pid x i", "invalid --pid \"x\""),
        ("--ipc x i", "invalid --ipc \"x\""),
        ("--uts x i", "invalid --uts \"x\""),
        ("--cgroupns x i", "invalid --cgroupns \"x\""),
        ("--userns x i", "invalid --userns \"x\""),
        ("--uidmap x i", "invalid --uidmap \"x\""),
        ("--gidmap x i", "invalid --gidmap \"x\""),
        ("--cap-add x i", "invalid --cap-add \"x\""),
        ("--cap-drop x i", "invalid --cap-drop \"x\""),
        ("--security-opt x i", "invalid --security-opt \"x\""),
        ("--ulimit x i", "invalid --ulimit \"x\""),
        ("--sysctl x i", "invalid --sysctl \"x\""),
        ("--oom-score-adj x i", "invalid --oom-score-adj \"x\""),
        ("--rootfs /a:idmap x", "invalid --rootfs \"/a:idmap\""),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let error = request(&words).unwrap_err();
        assert!(error.contains(want), "{line}\n got: {error}\nwant: {want}");
    }
}

#[test]
fn files_of_variables_and_labels_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("f");
    std::fs::write(&file, "# note\nA=file\nB=file\n").unwrap();
    let path = file.to_str().unwrap();
    let request =
        request(&["-e", "A=flag", "--env-file", path, "-l", "A=flag", "--label-file", path, "img"]).unwrap();
    let set = |key: &str, value: &str| EnvEntry::Set(key.to_owned(), value.to_owned());
    assert_eq!(request.process.env, [set("A", "file"), set("B", "file"), set("A", "flag")]);
    assert_eq!((request.labels["A"].as_str(), request.labels["B"].as_str()), ("flag", "file"));
}

#[test]
fn the_definitions_are_sound() {
    <Cli as clap::CommandFactory>::command().debug_assert();
    crate::cli::command().debug_assert();
}
