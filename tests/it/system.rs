//! The store as a whole: how much room it takes, pruned, reset.

use serde_json::Value;

use crate::support::{Image, Layer, World};

fn usage(world: &World) -> Value {
    world.run(&["system", "df", "--format", "json"]).ok().json()
}

#[test]
fn room_is_counted_whoever_owns_the_files() {
    let world = World::with_busybox();
    world.load(&Image::new("small").layer(Layer::new().file("f", 0o644, [7; 5000])));
    let script = "head -c 100000 /dev/zero > /big; mkdir -m 700 /d; head -c 23 /dev/zero > /d/f; chown -R 1000:1000 /d; \
                  head -c 400 /dev/zero > /v/f";
    world.run(&["run", "--name", "one", "--network", "none", "-v", "/v", "busybox", "sh", "-c", script]).ok();
    let rows = usage(&world);
    for (row, kind, total, active) in
        [(0, "Images", 2, 1), (1, "Containers", 1, 0), (2, "Local Volumes", 1, 1)]
    {
        let have = (&rows[row]["Type"], &rows[row]["Total"], &rows[row]["Active"]);
        assert_eq!(have, (&kind.into(), &total.into(), &active.into()), "{rows:#}");
    }
    assert_eq!(rows[0]["RawReclaimable"], 5000, "{rows:#}");
    let written = rows[1]["RawSize"].as_u64().unwrap();
    assert!((100_023..110_000).contains(&written), "{rows:#}");
    assert_eq!(rows[2]["RawSize"], 400, "{rows:#}");
    world
        .run(&["system", "df"])
        .ok()
        .out_has("TYPE           TOTAL       ACTIVE      SIZE        RECLAIMABLE\nImages");
    let each = world.run(&["system", "df", "-v"]).ok();
    each.out_has("Images space usage:").out_has("docker.io/library/small").out_has("one\n").out_has("5kB");
    world.run(&["system", "df", "-v", "--format", "json"]).fails(125).err_has("cannot combine");
    // What is paused is in use.
    world.detached(&["--name", "two"], &["sleep", "600"]);
    world.run(&["pause", "two"]).ok();
    assert_eq!(usage(&world)[1]["Active"], 1);
    world.run(&["rm", "-f", "two"]).ok();
}

#[test]
fn prune_asks_and_takes_what_is_not_used() {
    let world = World::with_busybox();
    world.load(&Image::new("small").layer(Layer::new().file("f", 0o644, [7; 5000])));
    world.run(&["untag", "small"]).ok();
    world
        .run(&[
            "run",
            "--name",
            "one",
            "--network",
            "none",
            "busybox",
            "sh",
            "-c",
            "head -c 3000 /dev/zero > /f",
        ])
        .ok();
    let asked = "Are you sure you want to continue? [y/N] ";
    world.run(&["system", "prune"]).fails(125).err_has(asked).err_has("Hint: -f");
    world.rctr(&["system", "prune"]).stdin("n\n").run().ok().out_is("");
    world.run(&["system", "prune", "-f", "--filter", "label=nope"]).ok().out_is("Total reclaimed space: 0B");
    world
        .run(&["system", "prune", "-f", "--filter", "foo=1h"])
        .fails(125)
        .err_has("foo is an invalid filter");
    let id = world.run(&["ps", "-aq", "--no-trunc"]).ok().out;
    let pruned = world.rctr(&["system", "prune"]).stdin("y\n").run().ok();
    let pruned = pruned.out_has(&format!("Deleted Containers\n{id}")).out_has("Deleted Images\n");
    assert!(pruned.out.contains("Total reclaimed space: 8"), "{pruned}");
    world.run(&["image", "exists", "busybox"]).ok();
    world.run(&["system", "prune", "-af"]).ok().out_has("Deleted Images\n");
    world.run(&["images", "-q"]).ok().out_is("");
    world.run(&["container", "prune"]).fails(125).err_has("This will remove all non running containers");
}

#[test]
fn container_prune_takes_filters() {
    let world = World::with_rootfs();
    let root = world.path("root");
    for name in ["one", "two"] {
        let label = format!("k={name}");
        let words = [
            "run",
            "--name",
            name,
            "--label",
            &label,
            "--network",
            "none",
            "--rootfs",
            root.to_str().unwrap(),
            "true",
        ];
        world.run(&words).ok();
    }
    for (filter, left) in [("until=1h", 2), ("label!=k", 2), ("label!=k=one", 1), ("until=0s", 0)] {
        world.run(&["container", "prune", "-f", "--filter", filter]).ok();
        assert_eq!(world.run(&["ps", "-aq"]).ok().out.lines().count(), left, "{filter}");
    }
}

#[test]
fn reset_leaves_nothing_of_rctrs_and_all_of_what_is_not() {
    let world = World::with_busybox();
    let script = "mkdir /d; touch /d/f; chown -R 1000:1000 /d; chmod 0 /d; echo ready; exec sleep 60";
    let words = ["run", "--name", "web", "--network", "none", "busybox", "sh", "-c", script];
    let mut running = world.rctr(&words).spawn();
    running.wait_for("ready");
    std::fs::write(world.store().join("mine"), "x").expect("write a file");
    world.rctr(&["system", "reset"]).stdin("no\n").run().ok().err_has("running ones too");
    world.run(&["container", "exists", "web"]).ok();
    world.run(&["system", "reset", "-f"]).ok();
    running.finish().code(137);
    assert_eq!(world.files_below("home/.local/share/rctr"), ["mine"]);
    assert!(world.files_below("home/.cache/rctr").is_empty());
    // And it works again.
    world.load(&Image::busybox());
    world.quick(&["busybox", "true"]).ok();
}
