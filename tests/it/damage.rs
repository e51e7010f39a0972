//! `system check`: what is damaged is found and can be removed, and keeps no verb from its work; and a load that is killed at
//! any moment damages nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::image::{Layer, Meta};
use crate::support::{Image, Outcome, World};

/// `good` and `bad`, which share their lowest layer.
fn two() -> (World, [PathBuf; 2]) {
    let world = World::new();
    let layer = |content: &str| {
        let own = Meta::new(0o640, 3, 4);
        Layer::new().dir("etc/", 0o755).file("etc/content", 0o644, content).owned("etc/owned", own, content)
    };
    let shared = || Image::new("good:1").layer(layer("shared"));
    let archives = ["good.tar", "bad.tar"].map(|name| world.path(name));
    shared().docker_archive(&archives[0]);
    shared().named("bad:1").layer(layer("bad's own")).docker_archive(&archives[1]);
    for archive in &archives {
        world.run(&["load", "-q", "-i", archive.to_str().unwrap()]).ok();
    }
    (world, archives)
}

/// Files of the store that belong to `bad` alone: its name, record, configuration and layer.
fn files(world: &World) -> (PathBuf, PathBuf, PathBuf, PathBuf) {
    let store = world.store();
    let inspected = world.run(&["image", "inspect", "bad:1"]).ok().json();
    let id = inspected[0]["Id"].as_str().unwrap().to_owned();
    let layer =
        inspected[0]["RootFS"]["Layers"][1].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let refs = std::fs::read_dir(store.join("images/refs")).unwrap().flatten().map(|e| e.path());
    let name = refs.into_iter().find(|path| std::fs::read_to_string(path).unwrap().contains("/bad:1\""));
    (
        name.unwrap(),
        store.join(format!("images/ids/{id}.json")),
        store.join("images/blobs/sha256").join(&id),
        store.join("layers").join(layer),
    )
}

fn check(world: &World, flags: &[&str]) -> Outcome {
    world.run(&[&["system", "check"], flags].concat())
}

/// Damages of every kind: what is done to `bad`, whether `--quick` sees it, and what is told.
type Damage = (&'static str, fn(&World), bool, &'static str);

const DAMAGES: [Damage; 11] = [
    ("name", |w| std::fs::write(files(w).0, "{").unwrap(), true, "damaged store"),
    ("record", |w| std::fs::write(files(w).1, "{").unwrap(), true, "damaged store"),
    ("no record", |w| std::fs::remove_file(files(w).1).unwrap(), true, "which is not here"),
    ("configuration", |w| std::fs::write(files(w).2, "{}").unwrap(), true, "its digest is"),
    ("no configuration", |w| std::fs::remove_file(files(w).2).unwrap(), true, "no such file"),
    ("counts", |w| std::fs::write(files(w).3.join("meta.json"), "").unwrap(), true, "damaged store"),
    ("no layer", |w| std::fs::rename(files(w).3, w.path("away")).unwrap(), true, "is missing"),
    (
        "content",
        |w| std::fs::write(files(w).3.join("fs/etc/content"), "bad's OWN").unwrap(),
        false,
        "digest of tar",
    ),
    (
        "a file too much",
        |w| std::fs::write(files(w).3.join("fs/more"), "x").unwrap(),
        false,
        "\"more\" is not of this layer",
    ),
    (
        "a mode",
        |w| crate::support::world::set_mode(&files(w).3.join("fs/etc"), 0o700),
        false,
        "\"etc\" has mode 700 and not 755",
    ),
    ("recipe", |w| std::fs::write(files(w).3.join("recipe"), "x").unwrap(), false, "recipe of the tar"),
];

#[test]
fn every_damage_is_found_and_repaired() {
    for (what, damage, quick, told) in DAMAGES {
        let (world, archives) = two();
        check(&world, &[]).ok().out_is("2 images, 2 layers: no damage");
        damage(&world);
        let found = check(&world, &[]).fails(125);
        assert!(found.out.contains(told), "{what}: {found}");
        assert!(found.err.contains("damage detected in local storage"), "{what}: {found}");
        let seen = check(&world, &["--quick"]);
        assert_eq!(seen.code, if quick { 125 } else { 0 }, "{what} --quick: {seen}");
        let repaired = check(&world, &["--repair"]);
        assert_eq!(repaired.code, 0, "{what}: {repaired}");
        assert!(repaired.out.contains("(removed)"), "{what}: {repaired}");
        if what != "name" {
            assert!(
                repaired.out.contains("Load or pull again: docker.io/library/bad:1"),
                "{what}: {repaired}"
            );
        }
        let left = check(&world, &[]);
        if what == "recipe" {
            // It runs, and is complete when it is loaded again.
            left.fails(125).out_has("is not written down");
        } else {
            assert_eq!(left.code, 0, "{what}: {left}");
        }
        world.run(&["load", "-q", "-i", archives[1].to_str().unwrap()]).ok();
        check(&world, &[]).ok().out_is("2 images, 2 layers: no damage");
    }
}

#[test]
fn no_verb_depends_on_what_is_damaged() {
    for (what, damage, ..) in DAMAGES {
        let (world, archives) = two();
        damage(&world);
        let works = |words: &[&str]| {
            let outcome = world.run(words);
            assert_eq!(outcome.code, 0, "{what}: {outcome}");
            outcome
        };
        works(&["images"]).out_has("docker.io/library/good");
        works(&["image", "inspect", "good:1"]);
        works(&["system", "df"]);
        works(&["tag", "good:1", "good:2"]);
        works(&["save", "-o", world.path("out.tar").to_str().unwrap(), "good:1"]);
        works(&["create", "--name", "c", "good:1", "true"]);
        works(&["ps", "-a"]);
        works(&["rm", "c"]);
        works(&["image", "prune", "-f"]);
        works(&["rmi", "bad:1"]);
        works(&["rmi", "-a"]);
        works(&["load", "-q", "-i", archives[0].to_str().unwrap()]);
        works(&["image", "prune", "-a"]);
    }
}

#[test]
fn what_a_container_was_made_from_goes_only_by_force() {
    let (world, _) = two();
    world.run(&["create", "--name", "c", "bad:1", "true"]).ok();
    std::fs::write(files(&world).3.join("fs/etc/content"), "x").unwrap();
    check(&world, &["--repair"]).fails(125).err_has("Hint: containers were made from what is damaged");
    world.run(&["image", "exists", "bad:1"]).ok();
    check(&world, &["--repair", "--force"]).ok().out_has("docker.io/library/bad:1");
    world.run(&["image", "exists", "bad:1"]).code(1);
    world.run(&["rm", "c"]).ok();
    check(&world, &["--force"]).fails(125).err_has("--force goes with --repair");
}

/// How often in all: 40 times, or what RCTR_TEST_KILLS says.
fn kills() -> u32 {
    std::env::var("RCTR_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// Kills a load so often, at moments from one part of its length to another.
fn killed_between(from: f64, to: f64) {
    let world = World::new();
    let many = |salt: u32| {
        let mut layer = Layer::new().dir("d/", 0o755);
        for n in 0..100 {
            layer = layer.file(&format!("d/{n}"), 0o644, format!("{salt} {n}").repeat(50));
        }
        layer
    };
    let archive = world.path("i.tar");
    Image::new("i").layer(many(1)).layer(many(2)).docker_archive(&archive);
    let load = |world: &World| world.rctr(&["load", "-q", "-i", archive.to_str().unwrap()]).spawn();
    let begun = std::time::Instant::now();
    load(&world).finish().ok();
    let whole = begun.elapsed().max(Duration::from_millis(20));
    let count = kills() / 2;
    for n in 0..count {
        world.run(&["rmi", "-a"]).ok();
        let running = load(&world);
        // Where exactly is chance, and must not matter.
        wait(whole.mul_f64(from + (to - from) * f64::from(n) / f64::from(count)));
        running.signal(Signal::SIGKILL);
        running.finish();
        check(&world, &[]).ok().out_has("no damage");
    }
    load(&world).finish().ok();
    check(&world, &[]).ok().out_is("1 image, 2 layers: no damage");
    left_nothing(&world.store().join("tmp"));
}

#[test]
fn a_load_killed_early_damages_nothing() {
    killed_between(0.0, 0.55);
}

#[test]
fn a_load_killed_late_damages_nothing() {
    killed_between(0.55, 1.1);
}

/// The moment is the test's subject here, there is no event to wait for.
fn wait(time: Duration) {
    let (_never, nothing) = std::sync::mpsc::channel::<()>();
    let _timed_out = nothing.recv_timeout(time);
}

fn left_nothing(tmp: &Path) {
    let left: Vec<_> = std::fs::read_dir(tmp).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, [".lock"]);
}
