//! Images: in from every kind of archive, listed, named, removed; and what broken or hostile archives do.

use std::io::Write as _;

use serde_json::json;

use crate::skip;
use crate::support::image::{Layer, Meta, Packing, busybox_layer, compress};
use crate::support::{Image, World, debian_tarball};

/// A small image; different `content` gives a different one.
fn small(content: &str) -> Image {
    Image::new("small").layer(Layer::new().dir("etc/", 0o755).file("etc/content", 0o644, content))
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn loaded(world: &World, image: &Image, archive: &str) -> crate::support::Outcome {
    let path = world.path(archive);
    image.docker_archive(&path);
    world.run(&["load", "-i", text(&path)])
}

/// Names in a directory of the store.
fn stored(world: &World, dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir(world.store().join(dir)).expect("a directory of the store").flatten();
    let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
    names.sort();
    names
}

#[test]
fn every_kind_of_archive_gives_the_same_image() {
    let world = World::new();
    let image = Image::busybox();
    let id = |outcome: crate::support::Outcome| {
        outcome.ok();
        let id = world.run(&["images", "-q", "--no-trunc"]).ok().out;
        assert_eq!(id.lines().count(), 1, "{id}");
        id
    };
    image.docker_archive(&world.path("d.tar"));
    let docker = world
        .run(&["load", "-i", text(&world.path("d.tar"))])
        .out_is("Loaded image: docker.io/library/busybox:latest");
    let want = id(docker);
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        image.oci_archive(&world.path("o.tar"), packing);
        let dir = world.make_dir(&format!("layout-{packing:?}"));
        image.oci_dir(&dir, packing);
        for path in [world.path("o.tar"), dir] {
            world.run(&["rmi", "-a"]).ok();
            let outcome =
                world.run(&["load", "-i", text(&path)]).out_is("Loaded image: localhost/busybox:latest");
            assert_eq!(id(outcome), want, "{packing:?} {}", path.display());
        }
    }
    let archive = std::fs::read(world.path("d.tar")).unwrap();
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        world.run(&["rmi", "-a"]).ok();
        assert_eq!(
            id(world.rctr(&["load", "-q"]).stdin(compress(&archive, packing)).run()),
            want,
            "stdin {packing:?}"
        );
    }
    assert!(stored(&world, "tmp").is_empty() && stored(&world, "locks").is_empty());
}

#[test]
fn owners_modes_links_and_whiteouts_are_there() {
    let world = World::new();
    let lower = busybox_layer()
        .dir("d/", 0o755)
        .file("d/gone", 0o644, "x")
        .file("d/stays", 0o644, "x")
        .dir("hidden/", 0o755)
        .file("hidden/below", 0o644, "x")
        .owned("suid", Meta::new(0o4755, 0, 0), "#!/bin/sh\n")
        .hard_link("same", "suid")
        .device("dev/null0");
    let upper = Layer::new()
        .file("d/.wh.gone", 0o644, "")
        .file("hidden/.wh..wh..opq", 0o644, "")
        .file("hidden/new", 0o644, "x")
        // Not listed, but below a directory with a sticky bit.
        .file("tmp/left", 0o644, "x");
    let outcome = loaded(&world, &Image::new("busybox").layer(lower).layer(upper), "i.tar").ok();
    outcome.err_has("Note: skipped 1 device node");
    let script = "ls d hidden; stat -c '%u:%g %a %h %n' suid etc/shadow tmp home/alice/mine; ls dev/null0";
    let seen = world.quick(&["busybox", "sh", "-c", script]);
    let want = "d:\nstays\n\nhidden:\nnew\n0:0 4755 2 suid\n0:42 640 1 etc/shadow\n0:0 1777 3 tmp\n1000:1000 600 1 home/alice/mine";
    let have: Vec<_> =
        seen.out.lines().map(|l| if l.ends_with(" tmp") { "0:0 1777 3 tmp" } else { l }).collect();
    assert_eq!(have.join("\n"), want, "{seen}");
    assert!(seen.out.contains(" 1777 "), "the sticky bit of /tmp is kept: {seen}");
}

#[test]
fn a_tarball_becomes_an_image() {
    let world = World::new();
    let tar = world.write("root.tar", busybox_layer().finish());
    let changes = [
        "-c",
        "CMD [\"cat\", \"/etc/passwd\"]",
        "-c",
        "ENV A=1 B=\"2 3\"",
        "-c",
        "USER alice",
        "-c",
        "LABEL k=v",
    ];
    let mut words = vec!["import"];
    words.extend(changes);
    words.extend(["-m", "by hand", text(&tar), "made:1"]);
    let id = world.run(&words).ok().out;
    assert!(id.starts_with("sha256:"), "{id}");
    world.quick(&["made:1", "sh", "-c", "id -u; echo $A-$B"]).ok().out_is("1000\n1-2 3");
    world.quick(&["made:1"]).ok().out_has("root:x:0:0");
    let details = world.run(&["image", "inspect", "made:1"]).ok().json();
    assert_eq!(details[0]["RepoTags"], json!(["localhost/made:1"]));
    assert_eq!(details[0]["History"][0]["comment"], "by hand");
    assert_eq!(details[0]["Labels"], json!({"k": "v"}));
    let packed = compress(&std::fs::read(&tar).unwrap(), Packing::Gzip);
    world.rctr(&["import", "-", "again"]).stdin(packed).run().ok();
    assert_eq!(stored(&world, "layers").len(), 1, "the same content is one layer");
    world.run(&["import", "-c", "RUN x", text(&tar)]).fails(125).err_has("\"RUN x\"");
    world.rctr(&["import", "-"]).stdin(b"no tar at all".repeat(100)).run().fails(125);
    assert!(stored(&world, "tmp").is_empty());
}

#[test]
fn images_are_listed_and_told_apart() {
    let world = World::new();
    loaded(&world, &small("1"), "1.tar").ok();
    loaded(&world, &small("2").named("quay.io/team/two:v2"), "2.tar").ok();
    // The name moves, the image stays without one.
    loaded(&world, &small("3"), "3.tar").ok();
    let lines = |words: &[&str]| world.run(words).ok().out.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = lines(&["images"]);
    assert!(all[0].starts_with("REPOSITORY ") && all[0].contains("IMAGE ID"), "{all:?}");
    assert_eq!(all.len(), 4);
    assert_eq!(lines(&["images", "-q", "--filter", "dangling=true"]).len(), 1);
    assert_eq!(lines(&["images", "--format", "{{.Repository}}:{{.Tag}}", "two"]), ["quay.io/team/two:v2"]);
    assert_eq!(lines(&["image", "ls", "-n", "--filter", "reference=*/team/*"]).len(), 1);
    let json = world.run(&["images", "--format", "json"]).ok().json();
    assert_eq!(json.as_array().unwrap().len(), 3);
    world.run(&["images", "--format", "{{.Nope}}"]).fails(125);
    world.run(&["images", "--filter", "colour=red"]).fails(125).err_has("\"colour=red\"");
    let id = world.run(&["image", "inspect", "-f", "{{.Id}}", "small"]).ok().out;
    for name in [id.trim(), &id[..6], &format!("sha256:{}", id.trim()), "docker.io/library/small"] {
        world.run(&["image", "exists", name]).ok();
    }
    world.run(&["image", "exists", "nope"]).code(1);
    world.run(&["image", "inspect", "nope"]).fails(125).err_has("no such image: nope");
}

#[test]
fn names_come_and_go() {
    let world = World::new();
    loaded(&world, &small("1"), "1.tar").ok();
    world.run(&["tag", "small", "other", "quay.io/x/y:1"]).ok();
    world.run(&["tag", "small", "Bad Name"]).fails(125).err_has("invalid reference format");
    world.run(&["untag", "small", "other"]).ok();
    let id = world.run(&["images", "-q"]).ok().out;
    world.run(&["rmi", id.trim()]).fails(125).err_has("more than one tag").err_has("Hint:");
    world.run(&["rmi", "quay.io/x/y:1"]).ok().out_is("Untagged: quay.io/x/y:1");
    assert_eq!(stored(&world, "layers").len(), 1);
    world.run(&["rmi", "nope"]).fails(1).err_has("no such image");
    world.run(&["rmi", "-i", "nope"]).ok();
    world.run(&["rmi", "small"]).ok().out_has("Untagged: docker.io/library/small:latest\nDeleted: ");
    for dir in ["layers", "images/ids", "images/refs", "images/blobs/sha256", "tmp", "locks"] {
        assert!(stored(&world, dir).is_empty(), "{dir}: {:?}", stored(&world, dir));
    }
}

#[test]
fn an_image_in_use_stays() {
    let world = World::with_busybox();
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "true"]).ok();
    world.run(&["rmi", "busybox"]).fails(2).err_has("image is in use by a container");
    world.run(&["image", "prune", "-a"]).ok().out_is("");
    world.quick(&["busybox", "true"]).ok();
}

#[test]
fn copies_of_layers_for_other_id_maps_go_with_them() {
    let world = World::with_busybox();
    world.quick(&["--userns", "keep-id", "busybox", "true"]).ok();
    world.run(&["rmi", "busybox"]).ok();
    assert!(stored(&world, "layers").is_empty() && stored(&world, "tmp").is_empty());
}

#[test]
fn layers_are_shared_and_go_with_their_last_image() {
    let world = World::new();
    let base = || Layer::new().file("base", 0o644, "base");
    let one = Image::new("one").layer(base()).layer(Layer::new().file("1", 0o644, "1"));
    let two = Image::new("two").layer(base()).layer(Layer::new().file("2", 0o644, "2"));
    loaded(&world, &one, "1.tar").ok();
    loaded(&world, &two, "2.tar").ok();
    assert_eq!(stored(&world, "layers").len(), 3);
    world.run(&["rmi", "one"]).ok();
    assert_eq!(stored(&world, "layers").len(), 2);
    world.run(&["rmi", "two"]).ok();
    assert!(stored(&world, "layers").is_empty());
}

#[test]
fn a_layer_that_comes_twice_is_no_obstacle() {
    let world = World::new();
    let extra = || Layer::new().file("extra", 0o644, "x");
    let image = Image::new("busybox").layer(extra()).layer(busybox_layer()).layer(extra());
    loaded(&world, &image, "i.tar").ok();
    world.quick(&["busybox", "cat", "extra"]).ok().out_is("x");
}

#[test]
fn broken_archives_are_refused_and_leave_nothing() {
    let world = World::new();
    let good = world.path("good.tar");
    let big = Image::new("big").layer(Layer::new().file("f", 0o644, "0123456789".repeat(100_000)));
    big.docker_archive(&good);
    let bytes = std::fs::read(&good).unwrap();
    let mut flipped = bytes.clone();
    flipped[500_000] ^= 1;
    let mut packed = compress(&bytes, Packing::Gzip);
    packed.truncate(packed.len() / 2);
    for (what, bytes, says) in [
        ("empty", vec![], "it is empty"),
        ("noise", b"\x01noise".repeat(1000), "corrupted tar"),
        ("cut", bytes[..400_000].to_vec(), "it is cut off"),
        ("flipped", flipped, "digest of tar is wrong"),
        ("packed and cut", packed, "corrupted"),
        ("xz", b"\xfd7zXZ\0\0\0\0\0".to_vec(), "packed with xz"),
        ("a tarball", busybox_layer().finish(), "no image archive"),
    ] {
        let path = world.write("bad.tar", bytes);
        let outcome = world.run(&["load", "-i", text(&path)]);
        eprintln!("{what}: {outcome}");
        outcome.fails(125).err_has(says);
        for dir in ["layers", "images/ids", "images/refs", "tmp", "locks"] {
            assert!(stored(&world, dir).is_empty(), "{what}: {dir}");
        }
    }
    world
        .run(&["load", "-i", "/nowhere.tar"])
        .fails(125)
        .err_has("open /nowhere.tar: no such file or directory");
    world.rctr(&["load"]).run().fails(125).err_has("standard input: it is empty");
}

#[test]
fn hostile_layers_are_refused_and_write_nowhere_else() {
    let world = World::new();
    let canary = world.write("canary", "alive");
    let outside = text(&canary).to_owned();
    let symlink = tar::EntryType::Symlink;
    let meta = Meta::new(0o644, 0, 0);
    for (layer, says) in [
        (Layer::new().file("../../../../canary", 0o644, "dead"), "climbs with"),
        (Layer::new().symlink("l", "/").file("l/../../x", 0o644, ""), "climbs with"),
        (Layer::new().hard_link("h", "../../canary"), "hard link"),
        (Layer::new().hard_link("h", &outside).file("h", 0o644, "dead"), "which this layer does not have"),
        (Layer::new().raw(symlink, "./", "/etc", meta, b""), "the root of a layer"),
        (Layer::new().file(".wh...", 0o644, ""), "a whiteout that names nothing"),
    ] {
        let image = Image::new("evil").layer(layer);
        let outcome = loaded(&world, &image, "evil.tar").fails(125).err_has("refusing entry").err_has(says);
        assert!(outcome.err.contains("layer sha256:"), "{outcome}");
        assert!(stored(&world, "layers").is_empty() && stored(&world, "tmp").is_empty());
    }
    let absolute = Layer::new().symlink("l", &outside).file("l", 0o644, "dead").file(&outside, 0o644, "dead");
    loaded(&world, &Image::new("abs").layer(absolute), "abs.tar").ok();
    assert_eq!(std::fs::read(&canary).unwrap(), b"alive");
}

#[test]
fn bombs_meet_limits() {
    let world = World::new();
    let archive = world.path("i.tar");
    Image::new("big")
        .layer(Layer::new().file("f", 0o644, vec![0; 2_000_000]))
        .oci_archive(&archive, Packing::Gzip);
    let load = |name: &str, value: &str| world.rctr(&["load", "-i", text(&archive)]).env(name, value).run();
    load("RCTR_MAX_LAYER_BYTES", "1000000")
        .fails(125)
        .err_has("over the limit")
        .err_has("RCTR_MAX_LAYER_BYTES");
    load("RCTR_MAX_LAYER_ENTRIES", "0").fails(125).err_has("RCTR_MAX_LAYER_ENTRIES");
    load("RCTR_MAX_LAYER_RATIO", "lots").fails(125).err_has("RCTR_MAX_LAYER_RATIO=lots");
    load("RCTR_MAX_LAYER_BYTES", "9000000").ok();
    let mut huge = tar::Header::new_gnu();
    huge.set_entry_type(tar::EntryType::XHeader);
    huge.set_size(1 << 40);
    huge.set_cksum();
    let mut records = huge.as_bytes().to_vec();
    records.resize(4096, 0);
    loaded(&world, &Image::new("pax").tar(records), "pax.tar").fails(125).err_has("over the limit");
}

#[test]
fn owners_beyond_the_range_are_told_with_the_remedy() {
    let world = World::new();
    let image = Image::new("far").layer(Layer::new().owned("f", Meta::new(0o644, 70_000, 0), "x"));
    let outcome = loaded(&world, &image, "far.tar").fails(125);
    let outcome = outcome.err_has("subuid range too small for this image: \"f\" belongs to user 70000");
    outcome.err_has("Hint: sudo usermod --add-subuids");
}

#[test]
fn two_loads_of_one_image_do_not_clash() {
    let world = World::new();
    let archive = world.path("i.tar");
    Image::busybox().docker_archive(&archive);
    let running: Vec<_> = (0..4).map(|_| world.rctr(&["load", "-i", text(&archive)]).spawn()).collect();
    for one in running {
        one.finish().ok();
    }
    assert_eq!(stored(&world, "layers").len(), 1);
    assert!(stored(&world, "tmp").is_empty());
    world.quick(&["busybox", "true"]).ok();
}

#[test]
fn a_killed_load_leaves_a_store_that_works() {
    let world = World::new();
    world.leaves_processes();
    // stdin is a pipe that gives a part and then nothing more: the load is in the middle when it is killed.
    let tar = busybox_layer().finish();
    for give in [0, 512, 100_000, 1_000_000] {
        let mut command = world.rctr(&["import", "-", "half"]).into_command();
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("start rctr");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(&tar[..give.min(tar.len() / 2)]).expect("write a part");
        child.kill().expect("kill it");
        child.wait().expect("wait for it");
        drop(pipe);
        world.run(&["images"]).ok();
    }
    world.load(&Image::busybox());
    assert_eq!((stored(&world, "layers").len(), stored(&world, "tmp").len()), (1, 0));
    world.quick(&["busybox", "true"]).ok();
}

#[test]
fn a_whole_debian_keeps_its_owners() {
    let Some(tarball) = debian_tarball() else {
        skip!("there is no Debian tarball (contrib/test.sh makes one)")
    };
    let world = World::new();
    world.run(&["import", "-c", "CMD [\"bash\"]", text(&tarball), "debian:test"]).ok();
    let script = "stat -c '%U:%G %a %n' /etc/shadow /usr/bin/passwd /tmp /var/mail; dpkg --audit && echo whole; \
                  find / -xdev -newermt 2000-01-01 -type f | wc -l";
    let seen = world.quick(&["debian:test", "sh", "-c", script]).ok();
    let lines: Vec<_> = seen.out.lines().collect();
    let want = ["root:shadow 640 /etc/shadow", "root:root 4755 /usr/bin/passwd", "root:root 1777 /tmp"];
    assert_eq!((&lines[..3], lines[3], lines[4]), (&want[..], "root:mail 2775 /var/mail", "whole"), "{seen}");
    assert!(lines[5].parse::<u32>().is_ok_and(|files| files > 2000), "{seen}");
    world.run(&["rmi", "debian:test"]).ok();
    assert!(stored(&world, "layers").is_empty() && stored(&world, "tmp").is_empty());
}
