//! Copies that somebody works against: a container that exchanges directories and symlinks meanwhile, streams and links
//! that lead elsewhere, full disks, kills. Nothing outside of the container is read or written, and nobody stays behind.

use nix::sys::signal::{Signal, killpg};

use crate::support::world::children_of;
use crate::support::{Layer, Outcome, World, in_own_mounts};

/// Every command either worked or said why not.
#[track_caller]
fn worked_or_said_why(outcome: Outcome) -> bool {
    if outcome.code == 0 {
        return true;
    }
    outcome.fails(125);
    false
}

#[test]
fn a_container_that_exchanges_paths_leads_nowhere() {
    let world = World::with_busybox();
    let outside = world.make_dir("outside");
    std::fs::write(outside.join("f"), "safe").unwrap();
    std::fs::create_dir(outside.join("sub")).unwrap();
    let up = format!("/../../../../../../../..{}", outside.display());
    let script = format!(
        "mkdir -p /w/real/sub; echo inside >/w/real/f; ln -s {up} /w/link; \
         mkdir /w/d2; ln -s /etc /w/etc; \
         probe swap /w/real /w/link & probe swap /w/d2 /w/etc & wait"
    );
    let words = ["run", "--rm", "--network", "none", "--name", "web", "busybox", "sh", "-c", &script];
    let mut running = world.rctr(&words).spawn();
    running.wait_for("swapping\nswapping");
    world.write("home/mine", "from the host");
    let tree = world.make_dir("home/tree/real");
    std::fs::write(tree.join("planted"), "x").unwrap();
    std::fs::create_dir(world.path("home/tree/d2")).unwrap();
    std::fs::write(world.path("home/tree/d2/planted"), "x").unwrap();
    let (mut read, mut written, mut trees) = (0, 0, 0);
    // As often as it takes for some to come through, and within a bound.
    for n in 0..400 {
        if n >= 40 && read > 0 && trees > 0 {
            break;
        }
        let got = world.path("home/got");
        if worked_or_said_why(world.run(&["cp", "web:/w/real/f", "got"])) {
            assert_eq!(std::fs::read(&got).unwrap(), b"inside\n");
            std::fs::remove_file(&got).unwrap();
            read += 1;
        }
        written += u32::from(worked_or_said_why(world.run(&["cp", "mine", "web:/w/real/sub/mine"])));
        // Where that is cut short one of the names may be missing from then on.
        if read > 0 && trees > 0 {
            worked_or_said_why(world.run(&["cp", "--overwrite", "tree/.", "web:/w"]));
        }
        let out = format!("out{n}");
        if worked_or_said_why(world.run(&["cp", "web:/w", &out])) {
            trees += 1;
            for name in ["real", "link"] {
                let path = world.path("home").join(&out).join(name);
                if !path.is_symlink() && path.join("f").exists() {
                    assert_eq!(std::fs::read(path.join("f")).unwrap(), b"inside\n");
                }
            }
        }
        assert_eq!(world.files_below("outside"), ["f", "sub"]);
        assert_eq!(std::fs::read(outside.join("f")).unwrap(), b"safe");
    }
    assert!(read > 0 && trees > 0, "read {read}, written {written}, trees {trees}");
    // Nor was anything planted in the container's /etc through the other pair.
    world.run(&["exec", "web", "test", "-e", "/etc/planted"]).code(1);
    world.run(&["kill", "web"]).ok();
    running.finish().code(137);
}

#[test]
fn links_that_a_container_has_laid_lead_nowhere_else() {
    let world = World::with_busybox();
    let outside = world.make_dir("outside");
    std::fs::write(outside.join("canary"), "safe").unwrap();
    let path = outside.display();
    let script = format!(
        "ln -s {path} /out; ln -s {path}/canary /file; ln -s /../../../../..{path}/canary /up; \
         ln -s {path}/new /dangling; mkdir /d; ln -s {path} /d/out; ln -s /proc/1/root /magic"
    );
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "sh", "-c", &script]).ok();
    world.write("home/f", "over");
    for link in ["/out/canary", "/file", "/up", "/magic/etc/passwd"] {
        world.run(&["cp", &format!("web:{link}"), "got"]).fails(125);
    }
    for to in ["/out/canary", "/file", "/up", "/dangling", "/out/"] {
        world.run(&["cp", "f", &format!("web:{to}")]).fails(125);
    }
    // Copied with a tree a link is a link, and a second copy goes around it.
    world.run(&["cp", "web:/d", "got"]).ok();
    assert!(world.path("home/got/out").is_symlink());
    std::fs::create_dir_all(world.path("home/other/out")).unwrap();
    world.write("home/other/out/canary", "over");
    world
        .run(&[
            "run",
            "--network",
            "none",
            "--name",
            "db",
            "busybox",
            "sh",
            "-c",
            "mkdir -p /d/out; echo over >/d/out/canary",
        ])
        .ok();
    for _ in 0..2 {
        world.run(&["cp", "db:/d/.", "got"]).fails(125).err_has("\"out\"");
    }
    world.run(&["cp", "other/.", "web:/d"]).fails(125).err_has("\"out\"");
    assert_eq!(std::fs::read(outside.join("canary")).unwrap(), b"safe");
    assert_eq!(world.files_below("outside"), ["canary"]);
    world.run(&["rm", "web", "db"]).ok();
}

#[test]
fn hostile_tars_stay_below_the_destination() {
    let world = World::with_busybox();
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "mkdir", "-p", "/d", "/safe"]).ok();
    for layer in [
        Layer::new().symlink("l", "/safe").file("l/f", 0o644, "x"),
        Layer::new().symlink("l", "../safe").file("l/f", 0o644, "x"),
        Layer::new().file("../safe/f", 0o644, "x"),
        Layer::new().hard_link("h", "../etc/passwd"),
        Layer::new().symlink("e", "/etc/passwd").hard_link("h", "e/x"),
    ] {
        world.rctr(&["cp", "-", "web:/d"]).stdin(layer.finish()).run().fails(125);
    }
    world.rctr(&["cp", "-", "web:/d"]).stdin(Layer::new().file("/safe/f", 0o644, "x").finish()).run().ok();
    world.run(&["diff", "web"]).ok().out_is("A /d\nA /d/e\nA /d/l\nA /d/safe\nA /d/safe/f\nA /safe");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn a_full_disk_is_named_on_either_side() {
    let world = World::with_busybox();
    let flags = ["run", "-d", "--network", "none", "--name", "web", "--tmpfs", "/mem:size=64k"];
    let script = "yes | head -c 3000000 >/large; echo ready; exec sleep 1000";
    world.run(&[&flags[..], &["busybox", "sh", "-c", script]].concat()).ok();
    world.run(&["exec", "web", "sh", "-c", "until test $(stat -c %s /large) = 3000000; do :; done"]).ok();
    world.write("home/large", vec![1; 1 << 20]);
    world
        .run(&["cp", "large", "web:/mem/"])
        .fails(125)
        .err_has("no space left on device")
        .err_has("make room");
    // The container goes on, and so does copying.
    world.run(&["exec", "web", "rm", "/mem/large"]).ok();
    world.write("home/small", "x");
    world.run(&["cp", "small", "web:/mem/"]).ok();
    world.run(&["kill", "web"]).ok();
    world.run(&["wait", "web"]).ok();
    world.run(&["rm", "web"]).ok();
    // The other side, in a user namespace of one id, where a small disk can be mounted.
    let small = world.make_dir("small");
    let script = format!(
        "for f in newuidmap newgidmap; do mount --bind /dev/null $(command -v $f); done; \
         mount -t tmpfs -o size=256k,mode=755 none {} && exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"",
        small.display()
    );
    let Some(under) = in_own_mounts(&script) else { crate::skip!("cannot mount in a user namespace") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let root = world.busybox_dir("root");
    let steps = format!(
        "r={}; s={}; $r run --network none --name web --rootfs {} sh -c 'yes | head -c 3000000 >/large' >&2; \
         $r cp web:/large $s; echo $?; rm -f $s/large; $r export -o $s/x.tar web; echo $?; ls -A $s; $r rm web",
        crate::support::rctr_binary().display(),
        small.display(),
        root.display()
    );
    let outcome = world.program("/bin/sh").args(["-c", &steps]).under(&under).run().ok();
    let said = outcome.err.matches("no space left on device").count();
    assert!(said == 2 && outcome.out == "125\n125\nweb\n", "{outcome}");
}

/// A copy that waits for more of a tar on its stdin, with a process of its own in the container.
fn waiting(world: &World) -> (crate::support::run::Running, nix::unistd::Pid) {
    let copy = world.rctr(&["cp", "-", "web:/tmp"]).stdin_open().spawn();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        if let Some(worker) = children_of(copy.pid()).first() {
            // Undumpable: its files in /proc are root's.
            let link = std::fs::read_link(format!("/proc/{worker}/root"));
            if link.is_err() {
                return (copy, *worker);
            }
        }
        assert!(std::time::Instant::now() < deadline, "no process works in the container");
        std::thread::yield_now();
    }
}

#[test]
fn nobody_stays_behind() {
    for running in [true, false] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
            let world = World::with_busybox();
            let script = if running { "exec sleep 1000" } else { ":" };
            let detach = if running { "-d" } else { "-i" };
            world
                .run(&["run", detach, "--network", "none", "--name", "web", "busybox", "sh", "-c", script])
                .ok();
            let (copy, worker) = waiting(&world);
            match signal {
                // As Ctrl-C does it.
                Signal::SIGINT => killpg(copy.pid(), signal).unwrap(),
                _ => copy.signal(signal),
            }
            copy.finish().code(1000 + signal as i32);
            crate::support::world::gone(worker, "the process in the container");
            // The container is as it was, and can be used.
            let state = if running { "running" } else { "exited" };
            world.run(&["ps", "-a", "--format", "{{.State}}"]).ok().out_is(state);
            world.write("home/f", "x");
            world.run(&["cp", "f", "web:/tmp/"]).ok();
            world.run(&["rm", "-f", "-t", "0", "web"]).ok();
        }
    }
}

#[test]
fn a_worker_that_is_killed_is_told_of() {
    let world = World::with_busybox();
    world.run(&["create", "--rm", "--network", "none", "--name", "web", "busybox", "true"]).ok();
    let (copy, worker) = waiting(&world);
    nix::sys::signal::kill(worker, Signal::SIGKILL).unwrap();
    copy.finish().fails(125).err_has("the helper in the container was killed");
    // Also when it had begun, and the copy waits for more to hand on.
    let (mut copy, worker) = waiting(&world);
    let header = Layer::new().file("large", 0o644, "x").finish();
    copy.write(&header[..100]);
    while copy.unread() > 0 {
        std::thread::yield_now();
    }
    nix::sys::signal::kill(worker, Signal::SIGKILL).unwrap();
    copy.finish().fails(125).err_has("the helper in the container was killed");
    // What is no archive is refused when that is seen, not at the end of the input.
    let (mut copy, _) = waiting(&world);
    copy.write(&[b'x'; 2048]);
    copy.finish().fails(125).err_has("corrupted tar");
    // A killed command that held the container has changed nothing of it.
    let (copy, _) = waiting(&world);
    copy.signal(Signal::SIGKILL);
    copy.finish().code(1009);
    world.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().out_is("web created");
    world.run(&["rm", "web"]).ok();
}

#[test]
fn who_wants_the_same_container_waits() {
    let world = World::with_busybox();
    world.run(&["create", "--network", "none", "--name", "web", "busybox", "cat", "/tmp/f"]).ok();
    let (mut copy, _) = waiting(&world);
    world.run(&["ps", "-a", "--format", "{{.State}}"]).ok().out_is("created");
    world.write("home/f", "copied first");
    let second = world.rctr(&["cp", "f", "web:/tmp/f"]).spawn();
    copy.close_stdin();
    copy.finish();
    second.finish().ok();
    world.run(&["start", "-a", "web"]).ok().out_is("copied first");
    world.run(&["rm", "web"]).ok();
}
