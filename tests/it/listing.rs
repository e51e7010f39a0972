//! Looking at containers: `ps` and `inspect` of real ones, beside what the kernel says of the same.

use nix::sys::signal::Signal;

use crate::support::World;
use crate::support::run::Running;

/// A container of the busybox image that says `ready` and stays.
fn staying(world: &World, flags: &[&str], name: &str) -> Running {
    let mut words = vec!["run", "--network", "none", "--name", name];
    words.extend(flags);
    words.extend(["busybox", "sh", "-c", "echo ready; exec sleep 600"]);
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    running
}

/// One that has ended.
fn ended(world: &World, flags: &[&str], name: &str, script: &str) {
    let mut words = vec!["run", "--network", "none", "--name", name];
    words.extend(flags);
    words.extend(["busybox", "sh", "-c", script]);
    world.run(&words).ok();
}

fn ids(world: &World) -> Vec<String> {
    world.run(&["ps", "-aq", "--no-trunc"]).ok().out.lines().map(str::to_owned).collect()
}

/// Puts copies of a container's records into the store, under ids that begin with `prefix`: as if there were so many.
pub fn multiply(world: &World, id: &str, prefix: &str, count: usize) {
    let containers = world.store().join("containers");
    for n in 0..count {
        let copy = format!("{prefix}{n:0width$x}", width = 64 - prefix.len());
        let dir = containers.join(&copy);
        std::fs::create_dir(&dir).expect("make a directory");
        for name in ["spec.json", "state.json"] {
            let text = std::fs::read_to_string(containers.join(id).join(name)).expect("read a record");
            std::fs::write(dir.join(name), text.replace(id, &copy)).expect("write a record");
        }
    }
}

#[test]
fn sizes_are_those_of_files_of_every_owner() {
    let world = World::with_busybox();
    let script = "mkdir /d; head -c 5000 /dev/zero > /d/f; ln /d/f /d/g; chown -R 1000:1000 /d; chmod 0 /d";
    ended(&world, &[], "full", script);
    ended(&world, &[], "empty", "true");
    let image = world.run(&["images", "--format", "json"]).ok().json()[0]["Size"].as_u64().expect("a size");
    let list = world.run(&["ps", "-as", "--format", "json", "--sort", "size"]).ok().json();
    let sizes: Vec<_> =
        list.as_array().expect("a list").iter().map(|c| (&c["Names"][0], &c["Size"])).collect();
    assert_eq!((sizes[0].0, sizes[1].0), (&"empty".into(), &"full".into()), "{list:#}");
    let written =
        sizes[1].1["rwSize"].as_u64().expect("a size") - sizes[0].1["rwSize"].as_u64().expect("a size");
    assert_eq!(written, 5000, "{list:#}");
    assert_eq!(
        sizes[0].1["rootFsSize"].as_u64().expect("a size"),
        image + sizes[0].1["rwSize"].as_u64().unwrap()
    );
    world.run(&["ps", "-as", "--filter", "name=full"]).ok().out_has("SIZE").out_has("5kB (virtual ");
    world.run(&["ps", "-a", "--format", "{{.Names}} {{.Size}}"]).ok().out_has("full 5kB (virtual ");
    let object = world.run(&["inspect", "-s", "full"]).ok().json()[0].clone();
    assert_eq!((&object["SizeRw"], &object["SizeRootFs"]), (&5000.into(), &(image + 5000).into()));
    assert!(world.run(&["inspect", "full"]).ok().json()[0].get("SizeRw").is_none());
}

#[test]
fn namespaces_are_the_kernels() {
    let world = World::with_busybox();
    let running = staying(&world, &[], "web");
    let list = world.run(&["ps", "--ns", "--format", "json"]).ok().json();
    let (pid, own) = (&list[0]["Pid"], &list[0]["Namespaces"]);
    for (key, kind) in [("Mnt", "mnt"), ("Pidns", "pid"), ("Net", "net"), ("User", "user"), ("Uts", "uts")] {
        let ours = std::fs::read_link(format!("/proc/self/ns/{kind}")).expect("a namespace");
        let theirs = std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("a namespace");
        let number = own[key].as_str().expect("a number");
        assert_eq!(theirs.to_str().expect("UTF-8"), format!("{kind}:[{number}]"), "{own}");
        assert_ne!(ours, theirs, "{kind}");
    }
    world
        .run(&["ps", "--ns"])
        .ok()
        .out_has("NAMES       PID         CGROUPNS")
        .out_has(own["Mnt"].as_str().unwrap());
    world.run(&["ps", "--format", "{{.Namespaces.MNT}}"]).ok().out_is(own["Mnt"].as_str().unwrap());
    world.run(&["kill", "web"]).ok();
    running.finish().code(137);
    assert_eq!(
        world.run(&["ps", "-a", "--ns", "--format", "json"]).ok().json()[0]["Namespaces"],
        serde_json::json!({})
    );
}

#[test]
fn templates_and_filters_of_scripts() {
    let world = World::with_busybox();
    let running = staying(&world, &["--label", "app=x", "--label", "tier=web", "-v", "/tmp:/host:ro"], "web");
    ended(&world, &["--label", "app=x"], "job", "true");
    for (words, want) in [
        (&["ps", "--format", "{{.Names}}: {{.Status}}"][..], "web: Up "),
        (
            &["ps", "-aq", "--filter", "label=app=x", "--filter", "status=exited", "--format", "{{.Names}}"],
            "job\n",
        ),
        (&["ps", "-a", "--filter", "label!=tier", "--format", "{{.Names}}"], "job\n"),
        (&["ps", "-a", "--filter", "name=^(web|job)$", "--format", "{{.Names}}"], "web\njob\n"),
        (&["ps", "-a", "--filter", "volume=/host", "--format", "{{.Label \"tier\"}}"], "web\n"),
        (&["ps", "-a", "--filter", "since=web", "--format", "{{.Names}}"], "job\n"),
        (&["ps", "-a", "--filter", "before=job", "--format", "{{.Names}}"], "web\n"),
        (&["ps", "-a", "--filter", "ancestor=busybox", "--format", "{{.Names}}", "-l"], "job\n"),
        (&["ps", "-a", "--filter", "command=^/bin", "--format", "{{.Names}}"], ""),
        (
            &["ps", "-a", "--filter", "network=none", "--format", "table {{.Names}} {{.ExitCode}}"],
            "NAMES       EXIT CODE\n",
        ),
        (&["ps", "-a", "--pod", "--external", "--sync", "--noheading", "-f", "name=job"], ""),
        (
            &["inspect", "-f", "{{.State.Running}} {{.State.Status}}", "web", "job"],
            "true running\nfalse exited\n",
        ),
        (&["inspect", "-f", "{{.State.Pid}} {{.State.ConmonPid}}", "job"], "0 0\n"),
        (
            &["inspect", "-f", "{{range .Mounts}}{{.Source}}:{{.Destination}}:{{.RW}}{{end}}", "web"],
            "/tmp:/host:false\n",
        ),
        (
            &["inspect", "-f", "{{index .Config.Labels \"tier\"}}|{{index .Config.Labels \"no\"}}", "web"],
            "web|\n",
        ),
        (&["inspect", "-f", "{{with .State.Health}}{{.Status}}{{else}}none{{end}}", "web"], "none\n"),
        (
            &[
                "inspect",
                "-f",
                "{{.HostConfig.RestartPolicy.Name}} {{json .NetworkSettings.Networks}}",
                "web",
            ],
            "no {}\n",
        ),
        (&["inspect", "-f", "{{.NetworkSettings.IPAddress}}|{{len .HostConfig.Links}}", "web"], "|0\n"),
        (&["inspect", "-f", "{{join .Args \" \"}}", "job"], "-c true\n"),
        (&["inspect", "-l", "-f", "{{.Name}}"], "job\n"),
        (
            &["inspect", "--type", "container", "-f", "{{.ImageName}}", "web"],
            "docker.io/library/busybox:latest\n",
        ),
        (&["inspect", "--type", "image", "-f", "{{.Os}}", "busybox"], "linux\n"),
    ] {
        let out = world.run(words).ok().out;
        assert!(out.starts_with(want) && (!want.is_empty() || !out.contains("web")), "{words:?}: {out:?}");
    }
    for (words, want) in [
        (
            &["ps", "-a", "--format", "{{.ID}} {{.Nmaes}}"][..],
            "template: format:1:11: executing \"format\" at <.Nmaes>",
        ),
        (&["ps", "-a", "--format", "{{.ID}} {{.Nmaes}}"], "Hint: did you mean .Names?"),
        (&["inspect", "-f", "{{if .State.Running}}up", "web"], "template: format:1:1: unexpected EOF"),
        (&["inspect", "-f", "{{.State.Nope}}", "web"], "format:1:3: executing \"format\" at <.State.Nope>"),
        (&["ps", "--filter", "name=("], "invalid filter \"name=(\""),
        (&["ps", "--filter", "publish=80"], "filter publish is not supported"),
        (&["ps", "--filter", "since=jbo"], "Hint: did you mean job?"),
        (&["ps", "-q", "-s"], "quiet conflicts with size and namespace"),
        (&["ps", "--sort", "age"], "invalid argument \"age\" for --sort"),
        (&["inspect", "--type", "container", "busybox"], "no such container busybox"),
    ] {
        world.run(words).fails(125).err_has(want);
    }
    world.run(&["kill", "web"]).ok();
    running.finish().code(137);
}

#[test]
fn every_state_is_told() {
    let world = World::with_busybox();
    let flags = [
        "--name",
        "web",
        "--health-cmd",
        "test -e /ok",
        "--health-interval",
        "disable",
        "--health-retries",
        "1",
    ];
    world.detached(&flags, &["sleep", "600"]);
    world
        .run(&[
            "create",
            "--network",
            "none",
            "--name",
            "made",
            "--restart",
            "on-failure:2",
            "busybox",
            "true",
        ])
        .ok();
    ended(&world, &["--health-cmd", "true"], "done", "true");
    let health = |status: &str| {
        world.run(&["ps", "--format", "{{.Status}}"]).ok().out_has("Up ").out_has(&format!("({status})"));
        assert_eq!(world.inspected("web", "{{.State.Health.Status}}"), status);
        world
            .run(&["ps", "-a", "--filter", &format!("health={status}"), "--format", "{{.Names}}"])
            .ok()
            .out_has("web");
    };
    health("starting");
    world.run(&["healthcheck", "run", "web"]).code(1);
    health("unhealthy");
    world.run(&["exec", "web", "touch", "/ok"]).ok();
    world.run(&["healthcheck", "run", "web"]).ok();
    health("healthy");
    let object = world.run(&["inspect", "made"]).ok().json()[0].clone();
    for (pointer, want) in [
        ("/State/Status", serde_json::json!("created")),
        ("/State/StartedAt", "0001-01-01T00:00:00Z".into()),
        ("/State/Health", serde_json::Value::Null),
        ("/HostConfig/RestartPolicy/MaximumRetryCount", 2.into()),
        ("/RestartCount", 0.into()),
    ] {
        assert_eq!(object.pointer(pointer), Some(&want), "{pointer} of {object:#}");
    }
    // Nobody looks at the health of what has ended.
    world
        .run(&["ps", "-a", "--format", "{{.Names}}: {{.Status}}", "--sort", "names"])
        .ok()
        .out_has("done: Exited (0) ")
        .out_has(" ago\n")
        .out_has("made: Created\n")
        .out_has("web: Up ");
    world.run(&["ps", "--filter", "status=created", "--format", "{{.Names}}"]).ok().out_is("made");
    world
        .run(&["ps", "-a", "--filter", "restart-policy=on-failure", "--format", "{{.Names}}"])
        .ok()
        .out_is("made");
    world.run(&["stop", "-t", "0", "web"]).ok();
    assert_eq!(
        world.inspected("web", "{{.State.Running}} {{.State.Pid}} {{.State.StoppedByUser}}"),
        "false 0 true"
    );
}

#[test]
fn an_ambiguous_id_names_the_candidates() {
    let world = World::with_busybox();
    ended(&world, &[], "web", "true");
    let id = ids(&world).remove(0);
    // The copies have the same name in their records, but it is not theirs.
    multiply(&world, &id, "eeee0", 2);
    multiply(&world, &id, "eeee1", 1);
    let words = "more than one result for container ID \"eeee\": eeee00000000, eeee00000000, eeee10000000: \
                 container not unique";
    for verb in [&["inspect"][..], &["rm"], &["container", "exists"], &["wait"]] {
        let mut all = verb.to_vec();
        all.push("eeee");
        let outcome = world.run(&all);
        assert!(outcome.code == 125 && outcome.err.contains(words), "{outcome}");
    }
    world.run(&["inspect", "-f", "{{.Id}}", "eeee1"]).ok().out_has("eeee1000");
    world.run(&["container", "exists", "eeee1"]).ok();
    world.run(&["container", "exists", "eeef"]).code(1);
    world.run(&["inspect", "wbe"]).fails(125).err_has("Hint: did you mean web?");
}

#[test]
fn a_list_is_watched_until_nobody_looks() {
    let world = World::with_busybox();
    let mut watching = world.rctr(&["ps", "-w", "1", "-a", "--format", "table {{.Names}}"]).spawn();
    watching.wait_for("NAMES");
    ended(&world, &[], "web", "true");
    watching.wait_for("web");
    watching.signal(Signal::SIGTERM);
    watching.finish().ok();
    let mut watching = world.rctr(&["ps", "-w", "1000000"]).spawn();
    watching.wait_for("NAMES");
    watching.signal(Signal::SIGINT);
    watching.finish().ok();
    // `head` ends after the first line, and the list then has no reader: nobody waits for the next one to find that out.
    let rctr = crate::support::rctr_binary();
    let script = format!("{} ps -w 1000000 | head -n 1", rctr.display());
    world.program("sh").args(["-c", &script]).run().ok().out_has("CONTAINER ID");
}
