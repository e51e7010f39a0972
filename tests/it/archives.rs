//! What a container sees of an image, by whichever door it came: layers with everything that layers can do, and a
//! whole Debian. The store's side of it is in `images`.

use serde_json::json;

use crate::support::image::{Meta, Packing, compress};
use crate::support::{Image, Layer, World, debian_tarball};

/// Two layers that use what layers can do.
fn layered() -> Image {
    let lower = crate::support::image::busybox_layer()
        .dir("keep/", 0o755)
        .file("keep/same", 0o644, "same\n")
        .file("keep/removed", 0o644, "removed\n")
        .file("keep/changed", 0o644, "old\n")
        .dir("opaque/", 0o755)
        .file("opaque/below", 0o644, "below\n")
        .dir("becomes-file/", 0o755)
        .file("becomes-file/x", 0o644, "x")
        .owned("owned", Meta::new(0o640, 1000, 29), "owned\n")
        .owned("setuid", Meta::new(0o4755, 0, 0), "")
        .file_with_xattr("labelled", "user.colour", "blue", "labelled\n")
        .device("dev-null");
    let upper = Layer::new()
        .file("keep/.wh.removed", 0o644, "")
        .file("keep/changed", 0o600, "new\n")
        .hard_link("keep/linked", "keep/changed")
        .dir("opaque/", 0o700)
        .file("opaque/.wh..wh..opq", 0o644, "")
        .file("opaque/above", 0o644, "above\n")
        .file("becomes-file", 0o644, "a file now\n");
    Image::new("layered").layer(lower).layer(upper).config(json!({"Cmd": ["sh"]}))
}

const LOOK: &str = "cat /keep/same /keep/changed /becomes-file; ls /keep /opaque; \
    stat -c '%n %a %u:%g %h' /owned /setuid /keep/changed /opaque; test -e /dev-null || echo no device";

const SEEN: &str = "same
new
a file now
/keep:
changed
linked
same

/opaque:
above
/owned 640 1000:29 1
/setuid 4755 0:0 1
/keep/changed 600 0:0 2
/opaque 700 0:0 2
no device
";

#[test]
fn every_door_leads_to_the_same_content() {
    let image = layered();
    for door in ["docker", "oci plain", "oci gzip", "oci zstd", "dir gzip", "docker gzip"] {
        let world = World::new();
        let path = world.path("image");
        match door {
            "docker" => image.docker_archive(&path),
            "docker gzip" => {
                image.docker_archive(&path);
                let packed = compress(&std::fs::read(&path).unwrap(), Packing::Gzip);
                std::fs::write(&path, packed).unwrap();
            }
            "oci plain" => image.oci_archive(&path, Packing::Plain),
            "oci gzip" => image.oci_archive(&path, Packing::Gzip),
            "oci zstd" => image.oci_archive(&path, Packing::Zstd),
            _ => image.oci_dir(&path, Packing::Gzip),
        }
        let outcome = world.run(&["load", "-i", path.to_str().unwrap()]).ok();
        assert!(outcome.out.contains("Loaded image: "), "{door}: {outcome}");
        assert!(
            outcome.err.contains('1') && outcome.err.contains("device"),
            "{door} counts devices: {outcome}"
        );
        let outcome = world.quick(&["layered", "sh", "-c", LOOK]).ok();
        assert_eq!(outcome.out, SEEN, "{door}");
    }
}

#[test]
fn load_reads_stdin() {
    let world = World::new();
    let archive = world.path("image.tar");
    Image::busybox().docker_archive(&archive);
    world.rctr(&["load"]).stdin(std::fs::read(archive).unwrap()).run().ok().out_has("busybox");
    world.quick(&["busybox", "echo", "loaded"]).ok().out_is("loaded");
}

#[test]
fn names_that_do_not_exist_or_are_no_names() {
    let world = World::with_busybox();
    world.quick(&["nosuchimage", "true"]).fails(125).err_has("nosuchimage");
    world.run(&["image", "inspect", "nosuchimage"]).fails(125).err_has("nosuchimage");
    world.run(&["tag", "nosuchimage", "x"]).fails(125).err_has("nosuchimage");
    world.run(&["tag", "busybox", "UPPER:1"]).fails(125).err_has("UPPER:1");
    world.run(&["load", "-i", "/nonexistent.tar"]).fails(125).err_has("/nonexistent.tar");
    world.run(&["import", "/nonexistent.tar"]).fails(125).err_has("/nonexistent.tar");
}

#[test]
fn debian_whole_and_with_its_owners() {
    let Some(tarball) = debian_tarball() else {
        crate::skip!("no Debian test image (contrib/test.sh makes it)")
    };
    let world = World::new();
    world.run(&["import", tarball.to_str().unwrap(), "debian"]).ok();
    let script = "stat -c '%n %a %u:%g' /etc/shadow /var/mail /tmp /usr/bin/passwd; \
                  find / -xdev | wc -l; dpkg-query -W | wc -l; su nobody -s /bin/sh -c 'id -un'";
    let outcome = world.quick(&["debian", "sh", "-c", script]).ok();
    let lines: Vec<_> = outcome.out.lines().collect();
    assert_eq!(
        lines[..4],
        ["/etc/shadow 640 0:42", "/var/mail 2775 0:8", "/tmp 1777 0:0", "/usr/bin/passwd 4755 0:0"],
        "{outcome}"
    );
    assert!(lines[4].parse::<u32>().unwrap() > 3000, "{outcome}");
    assert!(lines[5].parse::<u32>().unwrap() > 50, "{outcome}");
    assert_eq!(lines[6], "nobody");
    world.quick(&["debian", "perl", "-e", "print 6*7"]).ok().out_is("42");
    // A file of another owner can be changed and disappears with the container.
    world.quick(&["debian", "sh", "-c", "chown mail:mail /etc/passwd && rm -rf /usr/share/doc"]).ok();
    world.run(&["rmi", "debian"]).ok();
}

#[test]
fn debian_with_a_single_id() {
    let Some(tarball) = debian_tarball() else {
        crate::skip!("no Debian test image (contrib/test.sh makes it)")
    };
    let Some(words) = crate::support::without(&["newuidmap", "newgidmap"]) else {
        crate::skip!("cannot hide newuidmap: unshare fails");
    };
    let under: Vec<&str> = words.iter().map(String::as_str).collect();
    let world = World::new();
    world.rctr(&["import", tarball.to_str().unwrap(), "debian"]).under(&under).run().ok();
    let words = ["run", "--rm", "--network", "none", "debian", "sh", "-c", "dpkg-query -W | wc -l"];
    let outcome = world.rctr(&words).under(&under).run().ok();
    assert!(outcome.out.trim().parse::<u32>().unwrap() > 50, "{outcome}");
}
