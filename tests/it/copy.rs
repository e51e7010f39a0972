//! Files into containers, out of them, and from one to the other: podman's table of what comes to lie where, owners,
//! what is mounted, tars on both ends, and what nobody may copy.

use crate::support::{World, program, without};

/// A container of busybox named `web` that has run `script` to its end, or runs on when `running`.
fn container(world: &World, flags: &[&str], script: &str, running: bool) {
    let script =
        if running { format!("{script}; touch /dev/shm/ready; exec sleep 1000") } else { script.to_owned() };
    let mut words = vec!["run", "--network", "none", "--name", "web"];
    words.extend(flags);
    words.extend(["busybox", "sh", "-c", script.as_str()]);
    if running {
        words.insert(1, "-d");
    }
    world.run(&words).ok();
    if running {
        in_it(world, "until test -e /dev/shm/ready; do :; done");
    }
}

/// What a shell says in the running container.
#[track_caller]
fn in_it(world: &World, script: &str) -> String {
    world.run(&["exec", "web", "sh", "-c", script]).ok().out.trim_end().to_owned()
}

fn end(world: &World) {
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

/// Names of what a tar on stdout holds, and their kind, owner and mode.
#[track_caller]
fn listed(world: &World, words: &[&str]) -> Vec<String> {
    let tar = world.path("tmp/listed.tar");
    let out = std::fs::File::create(&tar).unwrap();
    let mut command = world.rctr(words).into_command();
    let status = command.stdout(out).status().unwrap();
    assert!(status.success(), "{words:?}");
    let mut archive = tar::Archive::new(std::fs::File::open(&tar).unwrap());
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let (path, head) = (entry.path().unwrap().display().to_string(), entry.header());
            let owner = format!("{}:{}", head.uid().unwrap(), head.gid().unwrap());
            format!("{path} {owner} {:o} {}", head.mode().unwrap(), entry.size())
        })
        .collect()
}

#[test]
fn podmans_table() {
    for running in [false, true] {
        let world = World::with_busybox();
        let script = "mkdir -p /d/e /there; echo in >/d/e/f; echo file >/f; ln -s d /link; echo old >/old";
        container(&world, &[], script, running);
        std::fs::create_dir_all(world.path("home/src/sub")).unwrap();
        world.write("home/src/sub/x", "x");
        world.write("home/one", "1");
        // In: a file.
        for (to, want) in
            [("/new", "/new"), ("/there", "/there/one"), ("there/", "/there/one"), ("/old", "/old")]
        {
            world.run(&["cp", "one", &format!("web:{to}")]).ok().out_is("");
            let copied = world.run(&["cp", &format!("web:{want}"), "back"]).ok();
            assert_eq!(std::fs::read(world.path("home/back")).unwrap(), b"1", "{to}: {copied}");
            std::fs::remove_file(world.path("home/back")).unwrap();
        }
        // In: a directory.
        for (from, to, want) in [
            ("src", "/made", "/made/sub/x"),
            ("src", "/there", "/there/src/sub/x"),
            ("src/.", "/there", "/there/sub/x"),
            ("./src/", "/made2/", "/made2/sub/x"),
            ("src/.", "/made3", "/made3/sub/x"),
        ] {
            world.run(&["cp", from, &format!("web:{to}")]).ok();
            world.run(&["cp", &format!("web:{want}"), "-"]).ok();
        }
        // Out.
        for (from, to, want) in [
            ("/f", "out-f", "out-f"),
            ("/d", "out-d", "out-d/e/f"),
            ("/d/.", "src", "src/e/f"),
            ("d", "src", "src/d/e/f"),
            ("/link", "src/sub", "src/sub/d/e/f"),
            ("/link/e/f", ".", "f"),
        ] {
            world.run(&["container", "cp", &format!("web:{from}"), to]).ok().out_is("");
            assert!(world.path("home").join(want).is_file(), "{from} {to}");
        }
        // What cannot be.
        for (words, want) in [
            (
                ["nosuch", "web:/"],
                "Error: \"nosuch\" could not be found on the host: no such file or directory",
            ),
            (
                ["web:/nosuch", "."],
                "Error: \"/nosuch\" could not be found on container web: no such file or directory",
            ),
            (
                ["one", "web:/no/such"],
                "Error: \"/no/such\" could not be found on container web: no such file or directory",
            ),
            (["one", "web:/nodir/"], "Error: \"/nodir/\" could not be found on container web"),
            (["src", "web:/f"], "Error: destination must be a directory when copying a directory"),
            (["web:/d", "one"], "Error: destination must be a directory when copying a directory"),
            (["web:/f", "no/such"], "\"no/such\" could not be found on the host"),
            (["one", "nosuch:/"], "no container with name or ID \"nosuch\" found: no such container"),
            (["one", "two"], "one of the two must be CONTAINER:PATH"),
            (["web:", "."], "want CONTAINER:PATH"),
            (["src/.", "web:/d/e/f/x"], "not a directory"),
        ] {
            world.run(&["cp", words[0], words[1]]).fails(125).err_has(want);
        }
        end(&world);
    }
}

#[test]
fn directories_and_files_give_way_only_when_asked() {
    let world = World::with_busybox();
    container(&world, &[], "mkdir -p /d/x; touch /d/y; ln -s /etc /d/z", false);
    std::fs::create_dir_all(world.path("home/src/y")).unwrap();
    world.write("home/src/x", "file");
    world.run(&["cp", "src/.", "web:/d"]).fails(125).err_has("\"x\"").err_has("--overwrite");
    world.run(&["cp", "--overwrite", "src/.", "web:/d"]).ok();
    world.run(&["cp", "web:/d/x", "got"]).ok();
    assert_eq!(std::fs::read(world.path("home/got")).unwrap(), b"file");
    // A symlink is no directory to copy into, whoever laid it.
    std::fs::create_dir(world.path("home/src/z")).unwrap();
    world.write("home/src/z/passwd", "taken over");
    world.run(&["cp", "src/.", "web:/d"]).fails(125).err_has("\"z\"");
    assert!(!world.run(&["cp", "web:/etc/passwd", "-"]).ok().out.contains("taken over"));
    end(&world);
}

#[test]
fn tars_on_both_ends() {
    let world = World::with_busybox();
    container(&world, &[], "mkdir -p /d/e; echo in >/d/e/f; chown 5:6 /d/e/f; chmod 4750 /d/e/f", false);
    assert_eq!(
        listed(&world, &["cp", "web:/d", "-"]),
        ["d/ 0:0 755 0", "d/e/ 0:0 755 0", "d/e/f 5:6 4750 3"]
    );
    assert_eq!(listed(&world, &["cp", "web:/d/.", "-"]), ["e/ 0:0 755 0", "e/f 5:6 4750 3"]);
    assert_eq!(listed(&world, &["cp", "web:/d/e/f", "-"]), ["f 5:6 4750 3"]);
    let tar = |name: &str| crate::support::Layer::new().dir("t/", 0o755).file(name, 0o644, "x").finish();
    for packing in [crate::support::image::Packing::Plain, crate::support::image::Packing::Gzip] {
        let bytes = crate::support::image::compress(&tar("t/a"), packing);
        world.rctr(&["cp", "-", "web:/d"]).stdin(bytes).run().ok();
        assert_eq!(listed(&world, &["cp", "web:/d/t", "-"]), ["t/ 0:0 755 0", "t/a 0:0 644 1"]);
    }
    for (bytes, to, want) in [
        (tar("t/a"), "/d/e/f", "destination must be a directory when copying from stdin"),
        (tar("t/a"), "/nosuch", "destination must be a directory when copying from stdin"),
        (tar("../a"), "/d", "climbs"),
        (b"this is no tar".to_vec(), "/d", "corrupted tar"),
        (tar("t/a")[..1300].to_vec(), "/d", "cut off"),
    ] {
        world.rctr(&["cp", "-", &format!("web:{to}")]).stdin(bytes).run().fails(125).err_has(want);
    }
    end(&world);
}

#[test]
fn a_copy_belongs_to_the_containers_user_or_to_whom_it_did() {
    for (flags, user, root, alice) in [
        (&[][..], "0:0", "0:0", "1000:1000"),
        (&["-u", "alice"], "1000:1000", "0:0", "1000:1000"),
        (&["-u", "7:8", "--userns", "auto"], "7:8", "0:0", "1000:1000"),
        (&["-u", "0", "--userns", "keep-id"], "0:0", "", "1000:1000"),
        (&["-u", "1000", "--userns", "nomap"], "1000:1000", "0:0", "1000:1000"),
    ] {
        for running in [false, true] {
            let world = World::with_busybox();
            container(&world, flags, ":", running);
            std::fs::create_dir(world.path("home/d")).unwrap();
            world.write("home/d/f", "mine");
            world.run(&["cp", "d", "web:/tmp/d"]).ok();
            let owner = |path: &str| listed(&world, &["cp", path, "-"]).join("\n");
            let want = format!("d/ {user} 755 0\nd/f {user} 644 4");
            assert_eq!(owner("web:/tmp/d"), want, "{flags:?} {running}");
            // With -a: the caller's files are those of whoever the caller is inside.
            world.run(&["cp", "-a", "d", "web:/tmp/kept"]).ok();
            if !root.is_empty() {
                assert_eq!(owner("web:/tmp/kept/f"), format!("f {root} 644 4"), "{flags:?} {running}");
            }
            // Out and in again as a tar keeps every number; out as files they are the caller's.
            assert_eq!(owner("web:/home/alice/mine"), format!("mine {alice} 600 8"), "{flags:?} {running}");
            world.run(&["cp", "web:/home/alice/mine", "mine"]).ok();
            assert_eq!(std::fs::read(world.path("home/mine")).unwrap(), b"alice's\n");
            end(&world);
        }
    }
}

#[test]
fn with_a_single_id_owners_are_told_as_they_are_recorded() {
    let Some(hidden) = without(&["newuidmap", "newgidmap"]) else { crate::skip!("unshare is missing") };
    let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
    let world = World::new();
    let archive = world.path("image.tar");
    crate::support::Image::busybox().docker_archive(&archive);
    let run = |words: &[&str]| world.rctr(words).under(&hidden).run();
    run(&["load", "-i", archive.to_str().unwrap()]).ok();
    run(&["run", "--network", "none", "--name", "web", "busybox", "sh", "-c", "echo x >/new"]).ok();
    world.write("home/f", "mine");
    run(&["cp", "f", "web:/tmp/f"]).ok();
    run(&["cp", "web:/tmp/f", "back"]).ok();
    assert_eq!(std::fs::read(world.path("home/back")).unwrap(), b"mine");
    run(&["export", "-o", "all.tar", "web"]).ok();
    let mut archive = tar::Archive::new(std::fs::File::open(world.path("home/all.tar")).unwrap());
    let mine =
        archive.entries().unwrap().map(|e| e.unwrap()).find(|e| e.path().unwrap().ends_with("alice/mine"));
    let mine = mine.expect("alice's file");
    assert_eq!((mine.header().uid().unwrap(), mine.header().mode().unwrap()), (1000, 0o600));
    run(&["commit", "-q", "web", "made"]).ok();
    run(&["run", "--rm", "--network", "none", "made", "cat", "/new"]).ok().out_is("x");
    run(&["rm", "web"]).ok();
}

#[test]
fn what_is_mounted_is_seen_as_inside() {
    let world = World::with_busybox();
    let shared = world.make_dir("shared");
    let bind = format!("{}:/shared", shared.display());
    let flags = ["-v", &bind, "-v", "/volume", "--tmpfs", "/mem"];
    container(&world, &flags, "echo v >/volume/f; echo m >/mem/f", true);
    world.write("home/f", "new");
    for dir in ["/volume", "/mem", "/shared", "/etc/../volume"] {
        world.run(&["cp", "f", &format!("web:{dir}/copied")]).ok();
        assert_eq!(in_it(&world, &format!("cat {dir}/copied")), "new", "{dir}");
    }
    assert_eq!(std::fs::read(shared.join("copied")).unwrap(), b"new");
    // A file that rctr has mounted itself.
    world.run(&["cp", "f", "web:/etc/hosts"]).ok();
    assert_eq!(in_it(&world, "cat /etc/hosts"), "new");
    assert_eq!(listed(&world, &["cp", "web:/mem/f", "-"]), ["f 0:0 644 2"]);
    world.run(&["cp", "web:/dev", "dev"]).ok().err_has("device node");
    world.run(&["stop", "-t", "0", "web"]).ok();
    // Volumes and binds are there without the container's processes; what was in memory is not.
    assert_eq!(listed(&world, &["cp", "web:/volume/copied", "-"]), ["copied 0:0 644 3"]);
    world.run(&["cp", "web:/shared/copied", "again"]).ok();
    world
        .run(&["cp", "web:/mem/f", "."])
        .fails(125)
        .err_has("\"/mem/f\" could not be found on container web");
    world.run(&["cp", "f", "web:/mem/"]).ok().err_has("/mem is in memory while web runs");
    std::fs::remove_dir_all(&shared).unwrap();
    world
        .run(&["cp", "web:/volume/copied", "again"])
        .ok()
        .err_has("shared is gone, so nothing is mounted on /shared");
    end(&world);
}

#[test]
fn read_only_stays_read_only() {
    for running in [true, false] {
        let world = World::with_busybox();
        let shared = world.make_dir("shared");
        let bind = format!("{}:/shared:ro", shared.display());
        container(&world, &["--read-only", "-v", &bind], ":", running);
        world.write("home/f", "new");
        for to in ["/etc/f", "/shared/f"] {
            world.run(&["cp", "f", &format!("web:{to}")]).fails(125).err_has("read-only file system");
        }
        if running {
            world.run(&["cp", "f", "web:/tmp/f"]).ok();
        }
        assert!(std::fs::read_dir(&shared).unwrap().next().is_none());
        end(&world);
    }
}

#[test]
fn from_container_to_container() {
    let world = World::with_busybox();
    container(&world, &[], "mkdir /d; echo 1 >/d/f; ln /d/f /d/g; chown 5:6 /d/f; ln -s f /d/l", true);
    let words = ["run", "--network", "none", "--name", "db", "-u", "alice", "busybox", "true"];
    world.run(&words).ok();
    world.run(&["cp", "web:/d", "db:/tmp"]).ok();
    let want = ["d/ 1000:1000 755 0", "d/f 1000:1000 644 2", "d/g 1000:1000 644 0", "d/l 1000:1000 777 0"];
    assert_eq!(listed(&world, &["cp", "db:/tmp/d", "-"]), want);
    world.run(&["cp", "-a", "web:/d/f", "db:/tmp/kept"]).ok();
    assert_eq!(listed(&world, &["cp", "db:/tmp/kept", "-"]), ["kept 5:6 644 2"]);
    world.run(&["cp", "web:/d", "web:/again"]).ok();
    assert_eq!(in_it(&world, "cat /again/f"), "1");
    world
        .run(&["cp", "db:/tmp/d", "db:/x"])
        .fails(125)
        .err_has("cannot copy within db while it does not run");
    // Both at once in both directions: neither waits for the other for ever.
    world.run(&["stop", "-t", "0", "web"]).ok();
    let both: Vec<_> = (0..4)
        .map(|n| {
            let (from, to) = if n % 2 == 0 { ("web:/d", "db:/tmp/e") } else { ("db:/tmp/d", "web:/tmp/e") };
            world.rctr(&["cp", from, to]).spawn()
        })
        .collect();
    both.into_iter().for_each(|copy| drop(copy.finish().ok()));
    world.run(&["rm", "db"]).ok();
    end(&world);
}

#[test]
fn links_holes_times_and_attributes_are_kept() {
    use std::os::unix::fs::{FileExt, MetadataExt};
    let world = World::with_busybox();
    container(&world, &[], ":", true);
    let dir = world.make_dir("home/d");
    let file = std::fs::File::create(dir.join("sparse")).unwrap();
    file.write_all_at(b"middle", 3 << 30).unwrap();
    file.set_len(1 << 40).unwrap();
    std::fs::write(dir.join("n".repeat(200)), "long name").unwrap();
    std::fs::write(dir.join("f"), "1").unwrap();
    std::fs::hard_link(dir.join("f"), dir.join("g")).unwrap();
    std::os::unix::fs::symlink("/nowhere", dir.join("l")).unwrap();
    if let Some(setfattr) = program(&["setfattr"]) {
        let run = world.program(setfattr).args(["-n", "user.mine", "-v", "kept"]).args([dir.join("f")]);
        run.run().ok();
    }
    let time = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(7, 8));
    std::fs::File::options().write(true).open(dir.join("f")).unwrap().set_times(time).unwrap();
    world.run(&["cp", "d", "web:/tmp/d"]).ok();
    let seen = in_it(
        &world,
        "cd /tmp/d; stat -c '%s %i' sparse f g; du -k sparse 2>/dev/null; readlink l; ls | wc -l",
    );
    assert!(seen.contains("1099511627776") && seen.contains("/nowhere"), "{seen}");
    world.run(&["cp", "web:/tmp/d", "back"]).ok();
    let back = world.path("home/back");
    let (sparse, f, g) = (
        back.join("sparse").metadata().unwrap(),
        back.join("f").metadata().unwrap(),
        back.join("g").metadata().unwrap(),
    );
    assert!(sparse.len() == 1 << 40 && sparse.blocks() < 1000, "{} blocks", sparse.blocks());
    assert_eq!((f.ino(), f.mtime(), f.mtime_nsec()), (g.ino(), 7, 8));
    assert_eq!(std::fs::read_link(back.join("l")).unwrap(), std::path::Path::new("/nowhere"));
    assert!(back.join("n".repeat(200)).exists());
    if let Some(getfattr) = program(&["getfattr"]) {
        let outcome =
            world.program(getfattr).args(["-n", "user.mine", back.join("f").to_str().unwrap()]).run();
        outcome.ok().out_has("kept");
    }
    end(&world);
}

#[test]
fn odd_containers_and_odd_roots() {
    let world = World::with_busybox();
    world.write("home/f", "new");
    // rctr's own init lets nobody look at it.
    container(&world, &["--init"], ":", true);
    world.run(&["cp", "f", "web:/tmp/f"]).ok();
    assert_eq!(in_it(&world, "cat /tmp/f"), "new");
    end(&world);
    // Made, and never started.
    world
        .run(&[
            "create",
            "--name",
            "web",
            "--network",
            "none",
            "-v",
            "/volume",
            "busybox",
            "cat",
            "/f",
            "/volume/f",
        ])
        .ok();
    world.run(&["cp", "f", "web:/f"]).ok();
    world.run(&["cp", "f", "web:/volume/f"]).ok();
    world.run(&["ps", "-a", "--format", "{{.State}}"]).ok().out_is("created");
    world.run(&["start", "-a", "web"]).ok().out_is("newnew");
    world.run(&["cp", "web:/f", "-"]).ok();
    end(&world);
    // Directories of the user's.
    let root = world.busybox_dir("root");
    let root = root.to_str().unwrap();
    for (source, kept) in [(root.to_owned(), true), (format!("{root}:O"), false)] {
        let words =
            ["run", "--name", "web", "--network", "none", "--rootfs", &source, "sh", "-c", "echo 1 >/tmp/in"];
        world.run(&words).ok();
        world.run(&["cp", "f", "web:/tmp/f"]).ok();
        world.run(&["cp", "web:/tmp/in", "-"]).ok();
        assert_eq!(world.path("root/tmp/f").exists(), kept, "{source}");
        end(&world);
        let _gone = std::fs::remove_file(world.path("root/tmp/f"));
    }
    let words = ["run", "--name", "web", "--network", "none", "--rootfs", "/", "true"];
    world.run(&words).ok();
    world
        .run(&["cp", "web:/etc/passwd", "."])
        .fails(125)
        .err_has("its files were in memory, and went with it");
    end(&world);
    // Where no overlay can be had.
    container(&world, &["--rootfs-backend", "copy"], "echo 1 >/in", false);
    world.run(&["cp", "f", "web:/f"]).ok();
    assert_eq!(listed(&world, &["cp", "web:/f", "-"]), ["f 0:0 644 3"]);
    world.run(&["diff", "web"]).ok().out_is("A /f\nA /in");
    end(&world);
}
