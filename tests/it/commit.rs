//! What a container has changed: listed, exported, and made an image of.

use crate::support::{Image, Layer, Outcome, World, in_own_mounts, program, without};

const CHANGES: &str = "echo new >/new; rm /etc/group; mkdir -p /d/e; echo 1 >/d/e/f; chown 5:6 /d/e/f; \
                       chmod 4755 /d/e/f; rm -r /home/alice; mkdir /home/alice; echo other >/home/alice/mine; \
                       ln /new /twin; ln -s new /link; echo v >/volume/f; chmod 700 /var";

fn changed(world: &World, flags: &[&str]) {
    let mut words =
        vec!["run", "--network", "none", "--name", "web", "-v", "/volume", "-v", "/tmp:/made/deep"];
    words.extend(flags);
    words.extend(["busybox", "sh", "-c", CHANGES]);
    world.run(&words).ok();
}

/// What the image `name` says to a script.
#[track_caller]
fn says(world: &World, name: &str, script: &str) -> Outcome {
    world.quick(&[name, "sh", "-c", script]).ok()
}

#[test]
fn diff_tells_what_was_changed_and_nothing_that_rctr_made() {
    let world = World::with_busybox();
    let want = "A /d\nA /d/e\nA /d/e/f\nC /etc\nD /etc/group\nC /home\nC /home/alice\nC /home/alice/mine\nA /link\n\
                A /new\nA /twin\nC /var";
    for flags in [&[][..], &["--userns", "keep-id", "-u", "0"], &["--rootfs-backend", "copy"]] {
        changed(&world, flags);
        let said = world.run(&["diff", "web"]).ok().out;
        // A copy has /home/alice/mine as it was only if it looks the same; there it differs in size.
        assert_eq!(said.trim_end(), want, "{flags:?}");
        world.run(&["container", "diff", "--latest"]).ok().out_is(want);
        let json = world.run(&["diff", "--format", "json", "web"]).ok().json();
        assert_eq!(json["deleted"], serde_json::json!(["/etc/group"]), "{flags:?}");
        world.run(&["rm", "web"]).ok();
    }
    let two = Image::busybox().named("two").layer(Layer::new().file("etc/added", 0o644, "").file(
        "etc/.wh.passwd",
        0o644,
        "",
    ));
    world.load(&two);
    world.run(&["diff", "two"]).ok().out_is("C /etc\nA /etc/added\nD /etc/passwd");
    world.run(&["container", "diff", "two"]).fails(125).err_has("no such container");
    world.run(&["diff", "nosuch"]).fails(125).err_has("no such image");
    world.run(&["diff"]).fails(125);
    world.run(&["diff", "--format", "yaml", "two"]).fails(125);
    world.busybox_dir("root");
    world.in_rootfs(&["--network", "none", "--name", "dir"], &["true"]).run().ok();
    let root = world.path("root");
    world
        .run(&["run", "--network", "none", "--name", "dir", "--rootfs", root.to_str().unwrap(), "true"])
        .ok();
    world.run(&["diff", "dir"]).fails(125).err_has("is written in place by dir");
    world.run(&["rm", "dir"]).ok();
}

#[test]
fn names_from_inside_do_not_drive_the_terminal() {
    let world = World::with_busybox();
    let script = "touch \"/tmp/$(printf '\\033[2J')\"";
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "sh", "-c", script]).ok();
    let out = world.run(&["diff", "web"]).ok().out;
    assert!(out.contains("A /tmp/?[2J") && !out.contains('\u{1b}'), "{out:?}");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn export_is_the_root_without_what_is_mounted() {
    let world = World::with_busybox();
    for running in [false, true] {
        let script = format!("{CHANGES}{}", if running { "; echo ready; exec sleep 1000" } else { "" });
        let words =
            ["run", "--network", "none", "--name", "web", "-v", "/volume", "busybox", "sh", "-c", &script];
        let mut process = world.rctr(&words).spawn();
        if running {
            process.wait_for("ready");
        } else {
            process.finish().ok();
            process = world.program("/bin/true").spawn();
        }
        world.run(&["export", "-o", "all.tar", "web"]).ok().out_is("");
        let mut archive = tar::Archive::new(std::fs::File::open(world.path("home/all.tar")).unwrap());
        let mut found = std::collections::BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let head = entry.header();
            let facts =
                (head.uid().unwrap(), head.gid().unwrap(), head.mode().unwrap(), head.size().unwrap());
            found.insert(entry.path().unwrap().display().to_string(), facts);
        }
        assert_eq!(found["d/e/f"], (5, 6, 0o4755, 2));
        assert_eq!(found["home/alice/mine"], (0, 0, 0o644, 6));
        assert!(!found.contains_key("etc/group") && !found.contains_key("volume/f"), "{found:?}");
        assert!(found.contains_key("proc/") && !found.keys().any(|k| k.starts_with("proc/1")), "{found:?}");
        assert_eq!(found["etc/shadow"], (0, 42, 0o640, 14));
        world.run(&["rm", "-f", "-t", "0", "web"]).ok();
        process.finish();
        world.run(&["import", "all.tar", "imported"]).ok();
        says(&world, "imported", "cat /new; stat -c %u:%g /d/e/f").out_is("new\n5:6");
    }
    world.run(&["export", "nosuch"]).fails(125).err_has("no such container");
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "true"]).ok();
    world.run(&["export", "-o", "/nonexistent/x.tar", "web"]).fails(125).err_has("/nonexistent/x.tar");
    let left: Vec<_> =
        std::fs::read_dir(world.path("home")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".tmp")), "{left:?}");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn a_commit_is_the_container_again() {
    let world = World::with_busybox();
    for (flags, name) in [(&[][..], "made"), (&["--squash"], "squashed"), (&["-f", "docker"], "dockers")] {
        changed(&world, &[]);
        let mut words = vec!["commit", "-q"];
        words.extend(flags);
        words.extend(["web", name]);
        let id = world.run(&words).ok().out;
        assert_eq!(id.trim_end().len(), 64, "{id:?}");
        let script = "cat /new /home/alice/mine; stat -c '%u:%g %a' /d/e/f /var; ls -A /volume /etc; ls /home/alice; \
                      test /new -ef /twin && readlink /link; test -e /etc/group || echo gone";
        let said = says(&world, name, script).out;
        assert!(said.starts_with("new\nother\n5:6 4755\n0:0 700\n"), "{name}: {said}");
        assert!(said.ends_with("mine\nnew\ngone\n") && !said.contains("group"), "{name}: {said}");
        // The places that only mounts needed are not in it, but for the squashed one.
        let made = world.quick(&[name, "test", "-e", "/made"]).code;
        assert_eq!(made == 0, name == "squashed", "{name}");
        world.run(&["rm", "web"]).ok();
        let inspected = world.run(&["image", "inspect", name]).ok().json()[0].clone();
        let (layers, kind) = match name {
            "made" => (2, "application/vnd.oci.image.manifest.v1+json"),
            "squashed" => (1, "application/vnd.oci.image.manifest.v1+json"),
            _ => (2, "application/vnd.docker.distribution.manifest.v2+json"),
        };
        assert_eq!(inspected["RootFS"]["Layers"].as_array().map(Vec::len), Some(layers), "{inspected:#}");
        assert_eq!(inspected["ManifestType"], kind);
    }
    world.run(&["diff", "made"]).ok().out_has("D /etc/group").out_has("A /new");
}

#[test]
fn a_running_container_of_every_kind_of_ids_can_be_committed() {
    let world = World::with_busybox();
    for flags in
        [&[][..], &["--userns", "keep-id", "-u", "0"], &["--userns", "auto"], &["--rootfs-backend", "copy"]]
    {
        let mut words = vec!["run", "--network", "none", "--name", "web"];
        words.extend(flags);
        let script = format!("mkdir /volume; {CHANGES}; echo ready; exec sleep 1000");
        words.extend(["busybox", "sh", "-c", &script]);
        let mut running = world.rctr(&words).spawn();
        running.wait_for("ready");
        world.run(&["commit", "web", "made"]).ok();
        world.run(&["rm", "-f", "-t", "0", "web"]).ok();
        running.finish();
        says(&world, "made", "cat /new; stat -c %u:%g /d/e/f /etc/shadow; test ! -e /etc/group && id -u")
            .out_is("new\n5:6\n0:42\n0");
        world.run(&["rmi", "made"]).ok();
    }
}

#[test]
fn a_container_may_rest_meanwhile() {
    let world = World::with_busybox();
    let script = "n=0; while :; do n=$((n + 1)); echo $n >/one; echo $n >/two; done";
    world.run(&["run", "-d", "--network", "none", "--name", "web", "busybox", "sh", "-c", script]).ok();
    world.run(&["exec", "web", "sh", "-c", "until test -s /two; do :; done"]).ok();
    world.run(&["commit", "-q", "--pause", "web", "made"]).ok();
    world.run(&["ps", "--format", "{{.State}}"]).ok().out_is("running");
    let said = says(&world, "made", "cat /one /two").out;
    let numbers: Vec<u64> = said.split_whitespace().map(|n| n.parse().unwrap()).collect();
    // Written one after the other: nothing lies between two moments.
    assert!(numbers.len() < 2 || numbers[0] == numbers[1] || numbers[0] == numbers[1] + 1, "{said}");
    // One that was paused before stays so, and can be copied from.
    world.run(&["pause", "web"]).ok();
    world.run(&["commit", "-q", "-p", "web", "again"]).ok();
    world.run(&["cp", "web:/one", "one"]).ok();
    world.run(&["ps", "--format", "{{.State}}"]).ok().out_is("paused");
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn settings_come_from_image_container_and_changes() {
    let world = World::new();
    let image = Image::busybox().config(serde_json::json!({
        "Env": ["PATH=/bin", "A=image"], "Cmd": ["sh"], "Shell": ["/bin/bash"], "Labels": {"l": "image"},
        "Healthcheck": {"Test": ["CMD", "true"]},
    }));
    world.load(&image);
    let words = [
        "run",
        "--network",
        "none",
        "--name",
        "web",
        "-e",
        "B=container",
        "-w",
        "/tmp",
        "-u",
        "alice",
        "-v",
        "/data",
    ];
    world.run(&[&words[..], &["--label", "m=container", "busybox", "true"]].concat()).ok();
    let changes = [
        "-c",
        "CMD [\"cat\", \"/etc/passwd\"]",
        "-c",
        "ENV C=1 D=\"two words\"",
        "-c",
        "EXPOSE 80",
        "-c",
        "ONBUILD RUN make",
        "-c",
        "LABEL n=change",
        "-c",
        "VOLUME /v",
        "-c",
        "STOPSIGNAL SIGINT",
        "-c",
        "HEALTHCHECK --interval=5s CMD x",
        "-c",
        "USER 7",
        "--include-volumes",
        "-a",
        "me",
        "-m",
        "said",
        "--iidfile",
        "id",
    ];
    let id = world.run(&[&["commit"], &changes[..], &["web", "made:1"]].concat()).ok().out;
    assert_eq!(std::fs::read_to_string(world.path("home/id")).unwrap(), id.trim_end());
    let object = world.run(&["image", "inspect", "made:1"]).ok().json()[0].clone();
    for (pointer, want) in [
        ("/Config/Env", serde_json::json!(["PATH=/bin", "A=image", "B=container", "C=1", "D=two words"])),
        ("/Config/Cmd", serde_json::json!(["cat", "/etc/passwd"])),
        ("/Config/WorkingDir", "/tmp".into()),
        ("/Config/User", "7".into()),
        ("/Config/Labels", serde_json::json!({"l": "image", "m": "container", "n": "change"})),
        ("/Config/Volumes", serde_json::json!({"/data": {}, "/v": {}})),
        ("/Config/ExposedPorts", serde_json::json!({"80/tcp": {}})),
        ("/Config/StopSignal", "SIGINT".into()),
        ("/Config/OnBuild", serde_json::json!(["RUN make"])),
        ("/Config/Healthcheck/Test", serde_json::json!(["CMD-SHELL", "x"])),
        ("/Config/Shell", serde_json::json!(["/bin/bash"])),
        ("/Author", "me".into()),
        ("/History/1/comment", "said".into()),
        ("/History/1/created_by", "true".into()),
        ("/RepoTags", serde_json::json!(["localhost/made:1"])),
    ] {
        assert_eq!(object.pointer(pointer), Some(&want), "{pointer} of {object:#}");
    }
    for (change, want) in [
        ("FOO bar", "bad change \"FOO bar\": instructions are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK"),
        ("EXPOSE http", "bad change \"EXPOSE http\""),
        ("HEALTHCHECK CMD", "CMD wants a command"),
    ] {
        world.run(&["commit", "-c", change, "web"]).fails(125).err_has(want);
    }
    world.run(&["commit", "web", "Bad Name"]).fails(125).err_has("Bad Name");
    world.run(&["commit", "nosuch"]).fails(125).err_has("no such container");
    world.run(&["commit", "-f", "ova", "web"]).fails(125);
    // Without a name, and of a container that has changed nothing.
    let id = world.run(&["commit", "-q", "web"]).ok().out;
    world.quick(&[id.trim_end(), "id", "-u"]).ok().out_is("1000");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn a_directory_becomes_an_image_of_one_layer() {
    let world = World::with_rootfs();
    let root = world.path("root");
    let words = [
        "run",
        "--network",
        "none",
        "--name",
        "web",
        "--rootfs",
        root.to_str().unwrap(),
        "sh",
        "-c",
        "echo 1 >/new",
    ];
    world.run(&words).ok();
    world.run(&["commit", "-q", "-c", "CMD cat /new", "web", "made"]).ok();
    world.quick(&["made"]).ok().out_is("1");
    world.run(&["rm", "web"]).ok();
}

/// The store has nothing half-made, and the container can still be made an image of.
fn as_before(world: &World, run: &dyn Fn(&[&str]) -> Outcome) {
    run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().out_is("web exited");
    run(&["commit", "-q", "web", "again"]).ok();
    run(&["run", "--rm", "--network", "none", "again", "cat", "/new"]).ok().out_is("new");
    run(&["rmi", "-f", "again"]).ok();
    for dir in ["tmp", "live", "locks"] {
        let left: Vec<_> =
            std::fs::read_dir(world.store().join(dir)).unwrap().map(|e| e.unwrap().file_name()).collect();
        let left: Vec<_> = left.into_iter().filter(|name| name != ".lock").collect();
        assert!(left.is_empty(), "{dir}: {left:?}");
    }
}

/// The command line and both its processes are each killed right after their n-th change of a directory.
#[test]
fn a_kill_between_any_two_steps_of_a_commit_leaves_nothing() {
    const STEPS: &str =
        "mkdir,mkdirat,link,linkat,symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,openat2";
    let world = World::new();
    world.leaves_processes();
    // A traced setuid helper has no privileges, so there is none.
    let (Some(strace), Some(hidden)) = (program(&["strace"]), without(&["newuidmap", "newgidmap"])) else {
        crate::skip!("strace or unshare is missing");
    };
    let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
    let archive = world.path("image.tar");
    Image::busybox().docker_archive(&archive);
    let run = |words: &[&str]| world.rctr(words).under(&hidden).run();
    run(&["load", "-i", archive.to_str().unwrap()]).ok();
    let script = "echo new >/new; mkdir -p /d/e; touch /d/e/f /d/g; rm /etc/group";
    run(&["run", "--network", "none", "--name", "web", "busybox", "sh", "-c", script]).ok();
    let mut killed = 0;
    for n in 1..=16 {
        let (trace, inject) = (format!("trace={STEPS}"), format!("inject={STEPS}:signal=SIGKILL:when={n}"));
        let mut under = hidden.clone();
        under.extend([strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
        let outcome = world.rctr(&["commit", "-q", "web", "made"]).under(&under).run();
        if outcome.err.contains("ptrace") {
            crate::skip!("strace may not trace here");
        }
        killed += usize::from(outcome.code != 0);
        // There is an image or there is none; one that is there runs.
        if run(&["image", "exists", "made"]).code == 0 {
            run(&["run", "--rm", "--network", "none", "made", "cat", "/new"]).ok().out_is("new");
            run(&["rmi", "-f", "made"]).ok();
        }
        as_before(&world, &run);
    }
    assert!(killed > 5, "only {killed} of the kills met somebody");
}

#[test]
fn a_disk_that_fills_up_in_the_middle_is_named() {
    let world = World::new();
    let archive = world.path("image.tar");
    Image::busybox().docker_archive(&archive);
    let rctr = crate::support::rctr_binary();
    let script = format!(
        "for f in newuidmap newgidmap; do mount --bind /dev/null $(command -v $f); done; \
         mount -t tmpfs -o size=14m,mode=755 none {} && exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"",
        world.path("home").display()
    );
    let Some(under) = in_own_mounts(&script) else { crate::skip!("cannot mount in a user namespace") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let steps = format!(
        "set -e; r={}; $r load -qi {} >&2; \
         $r run --network none --name web busybox sh -c 'echo new >/new; yes | head -c 6000000 >/large' >&2; \
         if $r commit -q web made; then echo committed; fi; \
         $r image exists made && echo there; $r ps -a --format '{{{{.State}}}}'; \
         $r cp web:/new {}; \
         ls $HOME/.local/share/rctr/tmp; $r rm web >&2; $r info >/dev/null",
        rctr.display(),
        archive.display(),
        world.path("tmp/out").display()
    );
    let outcome = world.program("/bin/sh").args(["-c", &steps]).under(&under).run();
    let outcome = outcome.err_has("no space left on device").out_has("exited");
    assert!(!outcome.out.contains("committed") && !outcome.out.contains("there"), "{outcome}");
    assert_eq!(std::fs::read(world.path("tmp/out")).unwrap(), b"new\n", "{outcome}");
}
