//! Health checks, by the monitor itself.

use serde_json::json;

use crate::support::{Image, World};

#[test]
fn what_fails_so_often_is_unhealthy_and_may_recover() {
    let world = World::with_busybox();
    let flags = [
        "--name",
        "a",
        "--health-cmd",
        "test -e /ok || { echo no file; exit 3; }",
        "--health-interval",
        "100ms",
    ];
    let mut flags = flags.to_vec();
    flags.extend(["--health-retries", "2"]);
    world.detached(&flags, &["sleep", "60"]);
    world.becomes("a", "{{.State.Health.Status}}", "unhealthy");
    let health = world.run(&["inspect", "a"]).ok().json()[0]["State"]["Health"].clone();
    assert_eq!(health["Log"][0]["ExitCode"], 3, "{health}");
    assert_eq!(health["Log"][0]["Output"], "no file\n", "{health}");
    world.run(&["exec", "a", "touch", "/ok"]).ok();
    world.becomes("a", "{{.State.Health.Status}}", "healthy");
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn a_check_on_demand() {
    let world = World::with_busybox();
    let flags = ["--name", "a", "--health-cmd", "test -e /ok", "--health-interval", "disable"];
    world.detached(&flags, &["sleep", "60"]);
    assert_eq!(world.inspected("a", "{{.State.Health.Status}}"), "starting");
    world.run(&["healthcheck", "run", "a"]).code(1);
    world.run(&["exec", "a", "touch", "/ok"]).ok();
    world.run(&["healthcheck", "run", "a"]).ok();
    assert_eq!(world.inspected("a", "{{.State.Health.Status}}"), "healthy");
    world.run(&["stop", "-t", "0", "a"]).ok();
    world.run(&["healthcheck", "run", "a"]).fails(125);
    world.run(&["rm", "a"]).ok();
    world.detached(&["--name", "b"], &["sleep", "60"]);
    world.run(&["healthcheck", "run", "b"]).fails(125).err_has("has no defined healthcheck");
    world.run(&["rm", "-f", "b"]).ok();
}

#[test]
fn a_check_that_takes_too_long_has_failed_and_ends() {
    let world = World::with_busybox();
    let flags = [
        "--name",
        "a",
        "--health-cmd",
        "sleep 300",
        "--health-interval",
        "100ms",
        "--health-timeout",
        "100ms",
    ];
    let mut flags = flags.to_vec();
    flags.extend(["--health-retries", "1"]);
    world.detached(&flags, &["sleep", "60"]);
    world.becomes("a", "{{.State.Health.Status}}", "unhealthy");
    let log = world.run(&["inspect", "a"]).ok().json()[0]["State"]["Health"]["Log"].clone();
    assert_eq!(log[0]["ExitCode"], -1, "{log}");
    assert!(log[0]["Output"].as_str().unwrap().contains("exceeded timeout"), "{log}");
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn what_becomes_of_the_unhealthy() {
    let world = World::with_busybox();
    for (action, status) in [("kill", "exited 137"), ("stop", "exited 7")] {
        let flags =
            ["--name", "a", "--health-cmd", "false", "--health-interval", "100ms", "--health-retries", "1"];
        let mut flags = flags.to_vec();
        flags.extend(["--health-on-failure", action]);
        world.detached(&flags, &["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.01; done"]);
        world.becomes("a", "{{.State.Status}} {{.State.ExitCode}}", status);
        world.run(&["rm", "a"]).ok();
    }
    let flags = ["--name", "a", "--health-cmd", "test $(wc -l < /n) -ge 2", "--health-interval", "100ms"];
    let mut flags = flags.to_vec();
    flags.extend(["--health-retries", "1", "--health-on-failure", "restart"]);
    world.detached(&flags, &["sh", "-c", "echo x >> /n; exec sleep 60"]);
    world.becomes("a", "{{.State.Health.Status}}", "healthy");
    world.run(&["exec", "a", "cat", "/n"]).ok().out_is("x\nx");
    world.run(&["rm", "-f", "a"]).ok();
}

#[test]
fn the_images_check_and_an_init() {
    let world = World::with_busybox();
    let config = json!({"Cmd": ["sleep", "60"], "Healthcheck": {
        "Test": ["CMD-SHELL", "id -u; grep Seccomp: /proc/self/status"], "Interval": 100_000_000, "Retries": 2
    }});
    world.load(&Image::busybox().named("well").config(config));
    for flags in [&[][..], &["--init"], &["--user", "1000"]] {
        let mut all = vec!["run", "-d", "--network", "none", "--name", "a"];
        all.extend(flags);
        all.push("well");
        world.run(&all).ok();
        world.becomes("a", "{{.State.Health.Status}}", "healthy");
        let log = world.run(&["inspect", "a"]).ok().json()[0]["State"]["Health"]["Log"].clone();
        // It is confined as the container is.
        assert!(log[0]["Output"].as_str().unwrap().contains("Seccomp:\t2"), "{log}");
        world.run(&["rm", "-f", "a"]).ok();
    }
    world.run(&["run", "-d", "--network", "none", "--name", "b", "--no-healthcheck", "well"]).ok();
    assert!(
        world.run(&["inspect", "b"]).ok().json()[0]["State"]["Health"]["Status"]
            .as_str()
            .is_none_or(str::is_empty)
    );
    world.run(&["rm", "-f", "b"]).ok();
}
