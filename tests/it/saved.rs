//! `save`: what goes out is what came in, to the byte, in every format; and what is damaged does not go out.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::support::image::{Layer, Meta, Packing, busybox_layer};
use crate::support::{Image, World};

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// An image whose second layer is a trial for whoever writes tars: entries that come twice, that are left out, and links.
fn trial() -> Image {
    let upper = Layer::new()
        .file("d/f", 0o644, "first")
        .file("d/f", 0o600, "second")
        .hard_link("same", "d/f")
        .device("dev/null0")
        .file("bin/.wh.probe", 0o644, "")
        .symlink("s", "d")
        .file("s/through", 0o644, "a symlink")
        .owned("suid", Meta::new(0o4755, 0, 42), "x")
        .file_with_xattr("x", "user.k", "v", "with an attribute")
        .raw(tar::EntryType::new(b'V'), "label", "", Meta::new(0, 0, 0), b"a volume's");
    Image::busybox().named("trial:1").layer(upper)
}

fn loaded(image: &Image) -> World {
    let world = World::new();
    image.docker_archive(&world.path("in.tar"));
    world.run(&["load", "-i", text(&world.path("in.tar"))]).ok();
    world
}

/// Members of a tar.
fn members(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut tar = tar::Archive::new(archive);
    let entries = tar.entries().expect("a tar").map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its content");
        (name, bytes)
    });
    entries.collect()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("read a file")
}

const FORMATS: [&str; 4] = ["docker-archive", "docker-dir", "oci-archive", "oci-dir"];

#[test]
fn every_format_brings_the_image_back() {
    let image = trial();
    let world = loaded(&image);
    let id = world.run(&["images", "-q", "--no-trunc"]).ok().out.trim().to_owned();
    for (format, flag) in FORMATS.into_iter().flat_map(|format| {
        let other = match format {
            "docker-dir" => Some("--compress"),
            "docker-archive" => None,
            _ => Some("--uncompressed"),
        };
        [Some((format, "-q")), other.map(|flag| (format, flag))].into_iter().flatten()
    }) {
        let out = world.path(&format!("{format}{flag}"));
        world.run(&["save", flag, "--format", format, "-o", text(&out), "trial:1"]).ok().out_is("");
        let other = World::new();
        let name = if format == "docker-dir" { id.as_str() } else { "docker.io/library/trial:1" };
        other.run(&["load", "-i", text(&out)]).ok().out_is(&format!("Loaded image: {name}"));
        assert_eq!(other.run(&["images", "-q", "--no-trunc"]).ok().out.trim(), id, "{format} {flag}");
        let seen =
            other.quick(&[&id, "sh", "-c", "cat d/f same x d/through; stat -c %a:%g suid; ls bin/probe"]);
        assert!(seen.out.starts_with("secondsecondwith an attributea symlink4755:42"), "{format}: {seen}");
    }
}

#[test]
fn layers_are_the_same_to_the_byte() {
    let image = trial();
    let world = loaded(&image);
    let out = world.path("out.tar");
    world.run(&["image", "save", "-o", text(&out), "trial:1"]).ok();
    let archive = read(&out);
    let found = members(&archive);
    for layer in &image.layers {
        assert!(found[&format!("{}.tar", hex(layer))] == *layer, "a layer of {} bytes", layer.len());
    }
    let configuration = image.configuration();
    assert!(found[&format!("{}.json", hex(&configuration))] == configuration);
    assert!(
        world.rctr(&["save", "trial:1"]).into_command().output().unwrap().stdout == archive,
        "stdout gets the same"
    );
    for format in ["oci-archive", "docker-archive"] {
        let twice = ["1", "2"].map(|n| {
            let out = world.path(&format!("{format}{n}"));
            world.run(&["save", "--format", format, "-o", text(&out), "trial:1"]).ok();
            read(&out)
        });
        assert!(twice[0] == twice[1], "{format} is the same each time");
    }
}

#[test]
fn several_images_in_one_archive() {
    let world = loaded(&trial());
    Image::busybox().named("other:2").docker_archive(&world.path("o.tar"));
    world.run(&["load", "-i", text(&world.path("o.tar"))]).ok();
    world.run(&["tag", "trial:1", "trial:again"]).ok();
    for format in ["docker-archive", "oci-archive"] {
        let out = world.path(format);
        world
            .run(&["save", "-m", "--format", format, "-o", text(&out), "trial:1", "other:2", "trial:again"])
            .ok();
        let names = World::new().run(&["load", "-i", text(&out)]).ok().out;
        let mut names: Vec<_> = names.lines().collect();
        names.sort_unstable();
        let want = ["docker.io/library/other:2", "docker.io/library/trial:1", "localhost/trial:again"];
        let want = want.map(|n| format!("Loaded image: {n}"));
        assert_eq!(names, want, "{format}");
    }
    let out = world.path("tags.tar");
    world.run(&["save", "-o", text(&out), "trial:1", "fresh:3", "trial:again"]).ok();
    let names = World::new().run(&["load", "-i", text(&out)]).ok().out;
    for name in ["docker.io/library/trial:1", "localhost/fresh:3", "localhost/trial:again"] {
        assert!(names.contains(name), "{name} in {names}");
    }
    world
        .run(&["save", "-o", text(&world.path("x")), "trial:1", "other:2"])
        .fails(125)
        .err_has("Error: other:2 is another image than trial:1: -m (--multi-image-archive) saves several");
}

#[test]
fn what_makes_no_archive_is_told() {
    let world = loaded(&trial());
    let full = world.make_dir("full");
    std::fs::write(full.join("f"), "x").unwrap();
    for (words, want) in [
        (vec!["--compress", "trial:1"], "--compress can only be set when --format is 'docker-dir'"),
        (vec!["--format", "oci-dir", "trial:1"], "the format is a directory: name one with --output"),
        (vec!["--format", "docker-dir", "-m", "-o", "d", "trial:1"], "docker-dir holds one image"),
        (vec!["--format", "oci-dir", "-o", text(&full), "trial:1"], "is not empty"),
        (vec!["-o", text(&world.path("out")), "nosuch"], "nosuch: image not known"),
        (vec!["-o", text(&world.path("no/out")), "trial:1"], "no/out"),
        (vec!["--format", "tar", "trial:1"], "invalid argument \"tar\" for --format"),
    ] {
        let words: Vec<_> = ["save"].into_iter().chain(words).collect();
        world.run(&words).fails(125).err_has(want);
    }
    assert!(!world.path("out").exists());
}

#[test]
fn a_damaged_layer_does_not_go_out() {
    let image = trial();
    let world = loaded(&image);
    let layer = world.store().join("layers").join(hex(&image.layers[1]));
    let out = world.path("out.tar");
    let save = |want: &str| {
        world
            .run(&["save", "-o", text(&out), "trial:1"])
            .fails(125)
            .err_has(want)
            .err_has(&hex(&image.layers[1]));
        assert!(!out.exists());
        let left = std::fs::read_dir(out.parent().unwrap()).unwrap().flatten();
        assert!(left.into_iter().all(|e| !e.file_name().to_string_lossy().contains("tmp.")));
    };
    let whole = read(&layer.join("fs/x"));
    std::fs::write(layer.join("fs/x"), "WITH an attribute").unwrap();
    save("digest of tar is wrong");
    std::fs::write(layer.join("fs/x"), &whole[1..]).unwrap();
    save("corrupted x: it is shorter than it was unpacked");
    std::fs::write(layer.join("fs/x"), &whole).unwrap();
    world.run(&["save", "-o", text(&out), "trial:1"]).ok();
    std::fs::remove_file(&out).unwrap();
    // As an older rctr left it.
    std::fs::remove_file(layer.join("recipe")).unwrap();
    save("Hint: load or pull the image again");
    world.quick(&["trial:1", "cat", "x"]).out_is("with an attribute");
    world.run(&["load", "-i", text(&world.path("in.tar"))]).ok();
    world.run(&["save", "-o", text(&out), "trial:1"]).ok();
    assert!(members(&read(&out))[&format!("{}.tar", hex(&image.layers[1]))] == image.layers[1]);
}

#[test]
fn what_is_committed_and_imported_goes_out_too() {
    let world = World::with_busybox();
    world.run(&["run", "--name", "c", "busybox", "sh", "-c", "echo new > /new; rm /etc/passwd"]).ok();
    world.run(&["commit", "-q", "c", "made"]).ok();
    let tarball = world.write("root.tar", busybox_layer().finish());
    world.run(&["import", "-q", text(&tarball), "brought"]).ok();
    let out = world.path("out.tar");
    world.run(&["save", "-m", "-o", text(&out), "made", "brought"]).ok();
    let other = World::new();
    other.run(&["load", "-i", text(&out)]).ok();
    other.quick(&["made", "sh", "-c", "cat /new; ls /etc/passwd"]).out_has("new");
    let ids = |world: &World| {
        let ids = world.run(&["images", "--no-trunc", "--format", "{{.Repository}} {{.ID}}"]).ok().out;
        let mut ids: Vec<_> = ids.lines().filter(|l| !l.contains("busybox")).map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&world), ids(&other));
}

#[test]
fn other_packings_are_not_missed() {
    let world = World::new();
    trial().oci_archive(&world.path("z.tar"), Packing::Zstd);
    world.run(&["load", "-q", "-i", text(&world.path("z.tar"))]).ok();
    let id = world.run(&["images", "-q", "--no-trunc"]).ok().out.trim().to_owned();
    let out = world.path("out.tar");
    world.run(&["save", "--format", "oci-archive", "-o", text(&out), &id]).ok();
    let other = World::new();
    other.run(&["load", "-i", text(&out)]).ok().out_is(&format!("Loaded image: {id}"));
}

#[test]
fn a_single_id_gives_out_the_same_bytes() {
    let Some(hidden) = crate::support::without(&["newuidmap", "newgidmap"]) else {
        crate::skip!("cannot hide newuidmap: unshare fails");
    };
    let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
    let image = trial();
    let (world, single) = (loaded(&image), World::new());
    image.docker_archive(&single.path("in.tar"));
    single.rctr(&["load", "-q", "-i", text(&single.path("in.tar"))]).under(&hidden).run().ok();
    let archives = [&world, &single].map(|world| world.path("out.tar"));
    world.run(&["save", "-o", text(&archives[0]), "trial:1"]).ok();
    single.rctr(&["save", "-o", text(&archives[1]), "trial:1"]).under(&hidden).run().ok();
    assert!(read(&archives[0]) == read(&archives[1]));
    single.rctr(&["system", "check"]).under(&hidden).run().ok().out_is("1 image, 2 layers: no damage");
    world.run(&["system", "check"]).ok().out_is("1 image, 2 layers: no damage");
}
