//! `rctr doctor`, `info` and `version`, on a machine where all is well and in places where something is not.

use serde_json::Value;

use crate::support::run::Run;
use crate::support::{Outcome, World, rctr_binary};

/// The finding of this name.
#[track_caller]
fn finding<'a>(report: &'a Value, name: &str) -> &'a Value {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("no finding {name}: {report:#}"))
}

/// An unprivileged user in a user namespace that may have none below it.
fn without_namespaces(run: Run) -> Run {
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    run.under(&["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c", script, "sh"])
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.out).unwrap_or_else(|e| panic!("{e}: {outcome}"))
}

#[test]
fn a_good_machine_runs_a_container() {
    let world = World::new();
    let report = world.run(&["doctor", "--json"]).ok().json();
    assert_eq!(report["ok"], true);
    for name in ["user namespaces", "id ranges", "id helpers", "mounts", "overlay", "store", "container"] {
        assert_eq!(finding(&report, name)["status"], "ok", "{report:#}");
    }
    assert!(finding(&report, "container")["found"].as_str().unwrap().ends_with(" ms"), "{report:#}");
    let left: Vec<_> = world.files_below("home").into_iter().filter(|f| f.contains("doctor")).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn lines_have_no_colour_in_a_pipe() {
    let world = World::new();
    let outcome = world.run(&["doctor"]).ok();
    assert!(!outcome.out.contains('\x1b'), "{outcome}");
    assert!(outcome.out.contains("\nrctr can run containers here"), "{outcome}");
}

#[test]
fn a_quota_of_no_user_namespaces_is_named() {
    let world = World::with_rootfs();
    let outcome = without_namespaces(world.rctr(&["doctor", "--json"])).run().code(1);
    let report = report(&outcome);
    assert_eq!(report["ok"], false);
    let userns = finding(&report, "user namespaces");
    assert_eq!(userns["status"], "fail");
    assert!(userns["why"].as_str().unwrap().contains("user.max_user_namespaces is 0"), "{report:#}");
    assert!(
        userns["fix"].as_str().unwrap().contains("sudo sysctl -w user.max_user_namespaces="),
        "{report:#}"
    );

    let outcome = without_namespaces(world.in_rootfs(&["--network", "none"], &["true"])).run().code(125);
    assert!(outcome.err.contains("Hint: the sysctl user.max_user_namespaces is 0: sudo sysctl"), "{outcome}");
}

#[test]
fn what_only_reads_needs_no_namespace() {
    let world = World::new();
    for words in [&["info"][..], &["version"], &["images"], &["--help"]] {
        without_namespaces(world.rctr(words)).run().ok();
    }
}

#[test]
fn root_of_a_namespace_that_denies_setgroups_has_containers_too() {
    let world = World::with_rootfs();
    let run = world.in_rootfs(&["--network", "none"], &["id", "-u"]).under(&["unshare", "--map-root-user"]);
    run.run().ok().out_is("0\n");
}

#[test]
fn a_filter_of_an_outer_container_is_named() {
    let world = World::new();
    // A copy: a program that is rctr itself is never started inside.
    let copy = world.make_dir("inner").join("rctr");
    std::fs::copy(rctr_binary(), &copy).unwrap();
    let program = format!("{}:/inner/rctr:ro", copy.display());
    let outcome = world
        .rctr(&["run", "--rm", "--network", "none", "--user", "1000:1000", "-e", "HOME=/tmp", "-v", &program])
        .args(["--rootfs", "/", "/inner/rctr", "doctor", "--json"])
        .run()
        .code(1);
    let report = report(&outcome);
    let userns = finding(&report, "user namespaces");
    assert!(userns["why"].as_str().unwrap().contains("system call filter (seccomp)"), "{report:#}");
    assert!(userns["fix"].as_str().unwrap().contains("seccomp=unconfined"), "{report:#}");
}

#[test]
fn without_setuid_programs_a_single_id_is_left() {
    let world = World::new();
    let outcome = world.rctr(&["doctor", "--json"]).under(&["setpriv", "--no-new-privs"]).run().ok();
    let report = report(&outcome);
    assert_eq!(finding(&report, "setuid programs")["status"], "warn");
    assert_eq!(finding(&report, "container")["status"], "ok", "{report:#}");
}

#[test]
fn places_that_cannot_be_used_are_named() {
    let world = World::new();
    let report = report(&world.run(&["--root", "/proc/rctr", "doctor", "--json"]).code(1));
    assert_eq!(finding(&report, "store")["status"], "fail", "{report:#}");

    let outcome = world.rctr(&["doctor", "--json"]).env("XDG_RUNTIME_DIR", "/root").run();
    let report = self::report(&outcome);
    let runtime = finding(&report, "runtime directory");
    assert_eq!(runtime["status"], "warn", "{report:#}");
    assert!(runtime["found"].as_str().unwrap().contains("XDG_RUNTIME_DIR is /root"), "{report:#}");
}

#[test]
fn a_runtime_directory_that_is_not_ours_is_passed_over() {
    let world = World::with_rootfs();
    for (place, why) in
        [("/no/such", "does not exist"), ("/root", "belongs to uid 0"), ("tmp", "is not an absolute path")]
    {
        let run = || world.in_rootfs(&["--network", "none"], &["echo", "ran"]).env("XDG_RUNTIME_DIR", place);
        let outcome = run().run().ok();
        assert_eq!(outcome.out, "ran\n");
        let want = format!("Note: XDG_RUNTIME_DIR is {place}, which {why}: ignoring it\n");
        assert!(outcome.err.starts_with(&want), "{outcome}");
        assert_eq!(run().without_env("HOME").run().ok().out, "ran\n");
    }
}

#[test]
fn info_and_version_have_podmans_fields() {
    let world = World::new();
    let info = world.run(&["info", "--format", "json"]).ok().json();
    assert_eq!(info["store"]["graphRoot"], world.store().to_str().unwrap());
    assert_eq!(info["host"]["security"]["rootless"], true);
    assert_eq!(info["store"]["imageStore"]["number"], 0);
    let graph_root = world.run(&["info", "-f", "{{.Store.GraphRoot}}"]).ok();
    assert_eq!(graph_root.out.trim_end(), world.store().to_str().unwrap());
    let version = env!("CARGO_PKG_VERSION");
    for template in ["{{.Client.Version}}", "{{ .Server.Version }}"] {
        assert_eq!(world.run(&["version", "--format", template]).ok().out.trim_end(), version);
    }
    assert!(world.run(&["version"]).ok().out.contains(&format!("Version:      {version}\n")));
}
