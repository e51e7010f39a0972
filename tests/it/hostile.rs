//! Archives that lie: nothing outside the store is touched, nothing half-made stays, and the message says what is wrong.

use crate::support::image::{Meta, Packing, compress};
use crate::support::{Image, Layer, Outcome, World};

/// Loads an image of one hostile layer on top of busybox.
fn load(world: &World, layer: Layer) -> Outcome {
    let path = world.path("hostile.tar");
    Image::busybox().named("hostile").layer(layer).docker_archive(&path);
    world.run(&["load", "-i", path.to_str().unwrap()])
}

/// No image may be there, nothing half-made, and the canary next to the home is as it was.
fn assert_refused(world: &World, outcome: Outcome, words: &[&str]) {
    let outcome = outcome.fails(125);
    for word in words {
        assert!(outcome.err.contains(word), "expected {word:?}: {outcome}");
    }
    world.quick(&["hostile", "true"]).fails(125);
    let left: Vec<_> = world.files_below("home").into_iter().filter(|f| f.contains("ingest/")).collect();
    assert!(left.is_empty(), "half-made things stay: {left:?}");
}

/// A layer that may be refused or confined; never does anything reach outside.
fn confined(layer: impl FnOnce(&str) -> Layer) {
    let world = World::new();
    let outside = world.make_dir("outside");
    std::fs::write(outside.join("canary"), "safe").unwrap();
    let outcome = load(&world, layer(outside.to_str().unwrap()));
    if outcome.code == 0 {
        world.quick(&["hostile", "true"]).ok();
    } else {
        outcome.fails(125);
    }
    assert_eq!(world.files_below("outside"), ["canary"]);
    assert_eq!(std::fs::read_to_string(outside.join("canary")).unwrap(), "safe");
    for escaped in ["/escaped", "/tmp/escaped", "/var/tmp/escaped"] {
        assert!(!std::path::Path::new(escaped).exists());
    }
    assert!(!world.files_below("home").iter().any(|f| {
        let escaped = f.contains("escaped");
        escaped && !f.contains("layers/")
    }));
}

#[test]
fn a_name_that_climbs_out() {
    let world = World::new();
    let outcome = load(&world, Layer::new().file("../../../escaped", 0o644, "x"));
    assert_refused(&world, outcome, &["../../../escaped"]);
    confined(|_| Layer::new().file("etc/../../../../../../../../../../tmp/escaped", 0o644, "x"));
    confined(|_| Layer::new().dir("a/", 0o755).file("a/../../escaped", 0o644, "x"));
}

#[test]
fn absolute_names_are_below_the_root() {
    confined(|outside| Layer::new().file(&format!("{outside}/canary"), 0o644, "overwritten"));
}

#[test]
fn a_symlink_and_then_a_file_through_it() {
    confined(|outside| Layer::new().symlink("link", outside).file("link/canary", 0o644, "overwritten"));
    confined(|outside| Layer::new().symlink("link", outside).file("link/new", 0o644, "escaped"));
    confined(|outside| {
        let up = format!("../../../../../../../../../..{outside}");
        Layer::new().symlink("etc/link", &up).file("etc/link/new", 0o644, "escaped").dir("etc/link/d/", 0o755)
    });
    confined(|outside| {
        Layer::new().symlink("canary", &format!("{outside}/canary")).file("canary", 0o644, "over")
    });
}

#[test]
fn hard_links_to_the_outside() {
    confined(|outside| {
        Layer::new().hard_link("link", &format!("{outside}/canary")).file("link", 0o644, "over")
    });
    confined(|outside| {
        let up = format!("../../../../../../../../../..{outside}/canary");
        Layer::new().hard_link("link", &up)
    });
    confined(|outside| {
        Layer::new().symlink("dir", outside).hard_link("link", "dir/canary").file(
            "link",
            0o600,
            "overwritten",
        )
    });
}

#[test]
fn whiteouts_of_the_outside() {
    confined(|_| Layer::new().file(".wh...", 0o644, ""));
    confined(|_| Layer::new().file("etc/.wh...", 0o644, ""));
    confined(|_| Layer::new().file("etc/.wh..", 0o644, ""));
    confined(|outside| Layer::new().symlink("link", outside).file("link/.wh.canary", 0o644, ""));
    confined(|outside| Layer::new().symlink("link", outside).file("link/.wh..wh..opq", 0o644, ""));
}

#[test]
fn a_directory_that_turns_into_a_link() {
    confined(|outside| {
        Layer::new().dir("turns/", 0o755).symlink("turns", outside).file("turns/new", 0o644, "escaped")
    });
}

#[test]
fn odd_entries() {
    confined(|_| Layer::new().raw(tar::EntryType::Fifo, "etc/fifo", "", Meta::new(0o644, 0, 0), b""));
    confined(|_| Layer::new().raw(tar::EntryType::new(b'Z'), "etc/unknown", "", Meta::new(0o644, 0, 0), b""));
    confined(|_| Layer::new().raw(tar::EntryType::Regular, "", "", Meta::new(0o644, 0, 0), b"no name"));
    confined(|_| Layer::new().owned("etc/owner", Meta::new(0o644, 0o7777777, 0o7777777), "too large an id"));
    confined(|_| Layer::new().symlink("etc", "/").file("etc/new", 0o644, "x"));
}

#[test]
fn an_owner_beyond_the_range_is_named() {
    let world = World::new();
    let outcome = load(&world, Layer::new().owned("etc/owner", Meta::new(0o644, 2_000_000, 2_000_000), "x"));
    if outcome.code != 0 {
        assert_refused(&world, outcome, &["2000000"]);
    }
}

#[test]
fn a_layer_that_is_not_what_its_digest_says() {
    let world = World::new();
    let path = world.path("bad.tar");
    Image::busybox().named("hostile").docker_archive_with(&path, |name, mut data| {
        if name.ends_with("layer.tar") {
            let middle = data.len() / 2;
            data[middle] ^= 1;
        }
        data
    });
    let outcome = world.run(&["load", "-i", path.to_str().unwrap()]);
    assert_refused(&world, outcome, &["sha256:"]);

    let dir = world.make_dir("layout");
    Image::busybox().named("hostile").oci_dir(&dir, Packing::Plain);
    let blobs = dir.join("blobs/sha256");
    let largest =
        std::fs::read_dir(&blobs).unwrap().flatten().max_by_key(|e| e.metadata().unwrap().len()).unwrap();
    let mut data = std::fs::read(largest.path()).unwrap();
    let middle = data.len() / 2;
    data[middle] ^= 1;
    std::fs::write(largest.path(), data).unwrap();
    let outcome = world.run(&["load", "-i", dir.to_str().unwrap()]);
    assert_refused(&world, outcome, &["sha256:"]);
}

#[test]
fn archives_that_end_too_early() {
    let world = World::new();
    let whole = world.path("whole.tar");
    Image::busybox().named("hostile").docker_archive(&whole);
    let data = std::fs::read(&whole).unwrap();
    for keep in [0, 100, 512, 5000, data.len() / 2] {
        let outcome = world.rctr(&["load"]).stdin(&data[..keep]).run();
        assert_refused(&world, outcome, &[]);
    }
    let packed = compress(&data, Packing::Gzip);
    let outcome = world.rctr(&["load"]).stdin(&packed[..packed.len() / 2]).run();
    assert_refused(&world, outcome, &[]);
    let outcome = world.rctr(&["load"]).stdin("this is no archive at all").run();
    assert_refused(&world, outcome, &[]);
}

#[test]
fn a_manifest_of_nonsense() {
    let world = World::new();
    for manifest in [
        "{}",
        "[]",
        "null",
        "[{\"Config\":\"../../../../etc/passwd\",\"RepoTags\":[\"hostile:latest\"],\"Layers\":[]}]",
        "[{\"Config\":\"missing.json\",\"RepoTags\":[\"hostile:latest\"],\"Layers\":[\"missing/layer.tar\"]}]",
    ] {
        let path = world.path("bad.tar");
        Image::busybox().named("hostile").docker_archive_with(&path, |name, data| {
            if name == "manifest.json" { manifest.as_bytes().to_vec() } else { data }
        });
        let outcome = world.run(&["load", "-i", path.to_str().unwrap()]);
        assert_refused(&world, outcome, &[]);
    }
}

#[test]
fn a_bomb_is_stopped_by_a_limit() {
    // 64 MiB of nothing in a few KiB: below the limits of what an image may be it loads, above a limit it is refused.
    let world = World::new();
    let layer = Layer::new().file("zeros", 0o644, vec![0; 64 << 20]).finish();
    for packing in [Packing::Gzip, Packing::Zstd] {
        let path = world.path("bomb.tar");
        Image::new("bomb").tar(layer.clone()).oci_archive(&path, packing);
        for (variable, value, what) in [
            ("RCTR_MAX_LAYER_BYTES", "60000000", "at most 60000000"),
            ("RCTR_MAX_LAYER_ENTRIES", "0", "more than 0 entries"),
        ] {
            let load = world.rctr(&["load", "-i", path.to_str().unwrap()]).env(variable, value);
            // It is not taken into memory either: there is less than that.
            let outcome = load.under(&["prlimit", "--data=50000000"]).run().fails(125);
            assert!(outcome.err.contains("over the limit") && outcome.err.contains(what), "{outcome}");
            assert!(!world.files_below("home").iter().any(|file| file.contains("zeros")), "a part stays");
        }
        world.rctr(&["load", "-i", path.to_str().unwrap()]).under(&["prlimit", "--data=50000000"]).run().ok();
        world.run(&["rmi", "-a"]).ok();
    }
    // A gzip stream that claims to go on for ever is refused while it is read.
    let mut claim = compress(&crate::support::image::busybox_layer().finish(), Packing::Gzip);
    claim.truncate(claim.len() - 8);
    claim.extend([0xff; 8]);
    assert_ne!(world.rctr(&["import", "-", "claim"]).stdin(claim).run().code, 0);
}
