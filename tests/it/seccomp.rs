//! System call filters end to end: the default, none, the user's own, and their errors.

use crate::support::World;

/// The `Seccomp:` line of a program in a container with these flags.
fn mode(world: &World, flags: &[&str]) -> String {
    let mut all = vec!["--network", "none"];
    all.extend(flags);
    let status = world.in_rootfs(&all, &["cat", "/proc/self/status"]).run().ok().out;
    status.lines().find_map(|l| l.strip_prefix("Seccomp:")).unwrap_or("none").trim().to_owned()
}

#[test]
fn on_by_default_and_off_when_asked() {
    let world = World::with_rootfs();
    assert_eq!(mode(&world, &[]), "2");
    assert_eq!(mode(&world, &["--security-opt", "seccomp=unconfined"]), "0");
    assert_eq!(mode(&world, &["--privileged"]), "0");
    let cached = world.files_below("home/.cache/rctr/seccomp");
    assert_eq!(cached.len(), 1, "{cached:?}");
    assert_eq!(mode(&world, &[]), "2");
    assert_eq!(world.files_below("home/.cache/rctr/seccomp"), cached, "compiled once");
}

#[test]
fn a_profile_of_the_users_own() {
    let world = World::with_rootfs();
    let profile = world.write(
        "profile.json",
        r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}"#,
    );
    let option = format!("seccomp={}", profile.display());
    let flags = ["--network", "none", "--security-opt", &option];
    let outcome = world.in_rootfs(&flags, &["mkdir", "/tmp/x"]).run().code(1);
    assert!(outcome.err.contains("No space left on device"), "{outcome}");
    world.in_rootfs(&flags, &["touch", "/tmp/x"]).run().ok();
}

#[test]
fn a_profile_that_cannot_be_used() {
    let world = World::with_rootfs();
    let run = |path: &str| {
        let option = format!("seccomp={path}");
        world.in_rootfs(&["--network", "none", "--security-opt", &option], &["true"]).run().code(125).err
    };
    let gone = world.path("gone.json").display().to_string();
    assert!(run(&gone).starts_with(&format!("Error: cannot read seccomp profile {gone}: no such file")));
    let broken = world.write(
        "broken.json",
        r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"X"}]}"#,
    );
    let broken = broken.display().to_string();
    let error = run(&broken);
    let want = format!("Error: cannot use seccomp profile {broken}: rule for mkdir: unknown action \"X\"");
    assert!(error.starts_with(&want), "{error}");
}

#[test]
fn a_damaged_or_unwritable_cache_costs_nothing_but_time() {
    let world = World::with_rootfs();
    mode(&world, &[]);
    let name = world.files_below("home/.cache/rctr/seccomp").remove(0);
    let file = world.path("home/.cache/rctr/seccomp").join(name);
    std::fs::write(&file, b"rctrbpf1 and nothing that anybody should load").unwrap();
    assert_eq!(mode(&world, &[]), "2");
    assert!(std::fs::metadata(&file).unwrap().len() > 1000, "made anew");
    let outcome = world
        .in_rootfs(&["--network", "none"], &["grep", "-c", "^Seccomp:.2", "/proc/self/status"])
        .env("XDG_CACHE_HOME", "/proc/nowhere")
        .run();
    outcome.ok();
}
