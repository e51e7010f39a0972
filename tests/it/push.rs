//! Images into registries that behave, and what others make of them.

use serde_json::{Value, json};

use crate::support::image::{Packing, busybox_layer};
use crate::support::registry::{Authority, Registry};
use crate::support::run::Run;
use crate::support::{Image, Layer, World, program};

const INSECURE: &str = "--tls-verify=false";

/// Three layers, one of them twice.
fn app() -> Image {
    let twice = || Layer::new().dir("srv/", 0o755).file("srv/two", 0o644, "two\n");
    Image::busybox()
        .layer(twice())
        .layer(Layer::new().dir("srv/", 0o755).owned(
            "srv/mine",
            crate::support::image::Meta::new(0o600, 1000, 1000),
            "x",
        ))
        .layer(twice())
        .named("app:1")
}

fn loaded(image: &Image) -> World {
    let world = World::new();
    world.load(image);
    world
}

fn id(world: &World, name: &str) -> String {
    world.run(&["image", "inspect", "--format", "{{.Id}}", name]).ok().out.trim().to_owned()
}

fn layers(world: &World, name: &str) -> Value {
    world.run(&["image", "inspect", name]).ok().json()[0]["RootFS"]["Layers"].clone()
}

/// skopeo's view of a name, its raw manifest.
fn raw(world: &World, name: &str) -> Value {
    skopeo(world, &["inspect", "--raw", INSECURE, &format!("docker://{name}")]).run().ok().json()
}

fn skopeo(world: &World, words: &[&str]) -> Run {
    let binary = program(&["skopeo"]).expect("skopeo is installed (contrib/test.sh does it)");
    world.program(binary).args(words)
}

#[test]
fn what_is_pushed_comes_back_the_same() {
    let (world, other) = (loaded(&app()), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    let own = id(&world, "app:1");
    for (flags, layer, kind) in [
        (&[][..], "rootfs.diff.tar.gzip", "docker"),
        (&["--format", "oci"], "layer.v1.tar+gzip", "oci"),
        (&["--format", "oci", "--compression-level", "9"], "layer.v1.tar+gzip", "oci"),
        (&["--compression-format", "zstd"], "layer.v1.tar+zstd", "oci"),
        (&["--compression-format", "gzip", "--format", "v2s2"], "rootfs.diff.tar.gzip", "docker"),
    ] {
        let name = registry.name(&format!("team/app:x{}", flags.join("").replace('-', "")));
        let digest_file = world.path("digest");
        let words = ["push", "-q", INSECURE, "--digestfile", digest_file.to_str().unwrap(), "app:1", &name];
        world.run(&[&words[..], flags].concat()).ok().out_is("");
        let manifest = raw(&world, &name);
        assert!(manifest["mediaType"].as_str().unwrap().contains(kind), "{flags:?}: {manifest}");
        let kinds = manifest["layers"].as_array().unwrap().iter().map(|l| l["mediaType"].as_str().unwrap());
        assert!(
            kinds.clone().all(|kind| kind.ends_with(layer)) && kinds.count() == 4,
            "{flags:?}: {manifest}"
        );
        let digest = std::fs::read_to_string(&digest_file).unwrap();
        other.run(&["rmi", "-af"]).ok();
        other.run(&["pull", "-q", INSECURE, &name]).ok().out_is(&own);
        assert_eq!(layers(&other, &name), layers(&world, "app:1"));
        other.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
        other.quick(&[&name, "cat", "/srv/two"]).ok().out_is("two");
        // And from there on with the same bytes as before: nothing is packed anew.
        let second = registry.name("second/app:1");
        other.run(&["push", "-q", INSECURE, &name, &second]).ok();
        assert_eq!(raw(&world, &second), manifest, "{flags:?}");
    }
    let digests = world.run(&["image", "inspect", "app:1"]).ok().json()[0]["RepoDigests"].to_string();
    assert!(digests.contains(&registry.name("team/app@sha256:")), "{digests}");
    let events =
        world.run(&["events", "--stream=false", "--filter", "event=push", "--format", "{{.Name}}"]).ok();
    events.out_has(&registry.name("team/app:xformatoci"));
}

#[test]
fn a_pulled_image_goes_on_as_it_came() {
    let (world, other) = (World::new(), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    for (tag, packing) in [("gz", Packing::Gzip), ("zst", Packing::Zstd), ("tar", Packing::Plain)] {
        let digest = registry.push("team/app", tag, &app(), packing);
        let name = registry.name(&format!("team/app:{tag}"));
        world.run(&["pull", "-q", INSECURE, &name]).ok();
        let again = registry.name(&format!("other/app:{tag}"));
        let outcome = world.run(&["push", INSECURE, "--progress=plain", &name, &again]).ok();
        assert_eq!(outcome.err.matches("skipped: already exists").count(), 3, "{outcome}");
        // What is pulled by that digest is it; and the image goes by that name.
        let pinned = format!("{}@{digest}", registry.name("other/app"));
        world.run(&["image", "exists", &pinned]).ok();
        other.run(&["pull", "-q", INSECURE, &pinned]).ok();
        world.run(&["push", "-q", INSECURE, &name]).ok();
        world.run(&["rmi", "-af"]).ok();
    }
    // Packed as it is asked for, whatever is there.
    world.load(&app());
    let name = registry.name("other/app:forced");
    world.run(&["push", "-q", INSECURE, "app:1", &name]).ok();
    world.run(&["push", "-q", INSECURE, "--compression-format", "zstd", "app:1", &name]).ok();
    assert!(raw(&world, &name).to_string().contains("tar+zstd"));
    let lax = ["--compression-format", "gzip", "--force-compression=false", "--format", "oci"];
    world.run(&[&["push", "-q", INSECURE][..], &lax, &["app:1", &name]].concat()).ok();
    assert!(raw(&world, &name).to_string().contains("tar+zstd"), "that is what it was pushed as last");
}

#[test]
fn what_is_made_here_is_pushed_too() {
    let (world, other) = (World::with_busybox(), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    world.run(&["run", "--name", "c", "--network", "none", "busybox", "sh", "-c", "echo new > /new"]).ok();
    world.run(&["commit", "-q", "c", "made"]).ok();
    let tarball = world.write("root.tar", busybox_layer().finish());
    world.run(&["import", "-q", tarball.to_str().unwrap(), "brought"]).ok();
    for name in ["made", "brought"] {
        let there = registry.name(name);
        world.run(&["tag", name, &there]).ok();
        world.run(&["push", "-q", INSECURE, &there]).ok();
        other.run(&["rmi", "-af"]).ok();
        other.run(&["pull", "-q", INSECURE, &there]).ok().out_is(&id(&world, name));
        other.quick(&[&there, "sh", "-c", "cat /new 2>/dev/null; true"]).ok().out_is(if name == "made" {
            "new"
        } else {
            ""
        });
    }
}

#[test]
fn others_take_what_rctr_pushes_and_the_other_way_round() {
    let (world, other) = (loaded(&app()), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    let own = id(&world, "app:1");
    for (tag, flags) in [("gz", &[][..]), ("zst", &["--compression-format", "zstd"])] {
        let name = registry.name(&format!("app:{tag}"));
        world.run(&[&["push", "-q", INSECURE, "app:1", &name][..], flags].concat()).ok();
        let seen = skopeo(&world, &["inspect", INSECURE, "--config", "--raw", &format!("docker://{name}")])
            .run()
            .ok();
        assert_eq!(
            format!("sha256:{}", crate::support::image::hex(seen.out.as_bytes())),
            format!("sha256:{own}")
        );
        // Unpacked, every byte is read and compared with its digest.
        // (An archive of the kind that the image has: for another one skopeo writes another configuration.)
        let kind = if tag == "gz" { "docker-archive" } else { "oci-archive" };
        let (from, to) = (format!("docker://{name}"), format!("{kind}:{}:x:1", world.path(tag).display()));
        skopeo(&world, &["copy", "-q", "--src-tls-verify=false", &from, &to]).run().ok();
        other.run(&["rmi", "-af"]).ok();
        other.run(&["load", "-q", "-i", world.path(tag).to_str().unwrap()]).ok();
        assert_eq!((id(&other, "x:1"), layers(&other, "x:1")), (own.clone(), layers(&world, "app:1")));
        let theirs = registry.name(&format!("theirs:{tag}"));
        let how = if tag == "zst" { &["--dest-compress-format", "zstd", "--format", "oci"][..] } else { &[] };
        let words = ["copy", "-q", "--dest-tls-verify=false", &to, &format!("docker://{theirs}")];
        skopeo(&world, &[&words[..], how].concat()).run().ok();
        other.run(&["pull", "-q", INSECURE, &theirs]).ok().out_is(&own);
    }
}

#[test]
fn podman_takes_it_too() {
    let Some(podman) = program(&["podman"]) else { crate::skip!("podman is not installed") };
    let (world, other) = (loaded(&app()), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    // podman keeps a process of its own.
    world.leaves_processes();
    other.leaves_processes();
    let (root, run) = (world.path("podman"), world.path("podman-run"));
    let words = |more: &[&str]| {
        let place =
            ["--root", root.to_str().unwrap(), "--runroot", run.to_str().unwrap(), "--events-backend=none"];
        let storage = ["--storage-driver", "vfs", "--cgroup-manager=cgroupfs"];
        world.program(&podman).args(place).args(storage).args(more)
    };
    if words(&["images", "-q"]).run().code != 0 {
        crate::skip!("podman does not work here");
    }
    for (tag, flags) in [("gz", &[][..]), ("zst", &["--compression-format", "zstd"])] {
        let name = registry.name(&format!("app:{tag}"));
        world.run(&[&["push", "-q", INSECURE, "app:1", &name][..], flags].concat()).ok();
        words(&["pull", "-q", INSECURE, &name]).run().ok().out_is(&id(&world, "app:1"));
        let theirs = registry.name(&format!("theirs:{tag}"));
        words(&["push", "-q", INSECURE, &name, &theirs]).run().ok();
        other.run(&["pull", "-q", INSECURE, &theirs]).ok().out_is(&id(&world, "app:1"));
        words(&["rmi", "-af"]).run().ok();
    }
}

#[test]
fn who_may_and_who_may_not() {
    let world = loaded(&app());
    let dir = world.make_dir("registry");
    let push = |flags: &[&str], name: &str| {
        world.run(&[&["push", "-q", "--retry-delay", "1ms"][..], flags, &["app:1", name]].concat())
    };
    let locked = Registry::with_password(&dir);
    let name = locked.name("app:1");
    push(&[INSECURE], &name)
        .fails(125)
        .err_has(&format!("pushing to docker://{name}: "))
        .err_has("unauthorized: authentication required")
        .err_has(&format!("rctr login {}", locked.host));
    push(&[INSECURE, "--creds", "user:wrong"], &name).fails(125).err_has("unauthorized");
    push(&[INSECURE, "--creds", "user:secret"], &name).ok();
    let login = ["login", INSECURE, "-u", "user", "-p", "secret", &locked.host];
    world.run(&login).ok();
    push(&[INSECURE], &locked.name("app:2")).ok();
    // A certificate of an authority that is named.
    let authority = Authority::new(&dir);
    let secure = Registry::with_tls(&dir, &authority, false);
    let name = secure.name("secure:1");
    push(&[], &name).fails(125).err_has("x509: certificate signed by unknown authority");
    let certs = world.make_dir("certs");
    std::fs::copy(authority.certificate(), certs.join("ca.crt")).unwrap();
    push(&["--cert-dir", certs.to_str().unwrap()], &name).ok();
    // For reading alone.
    let closed = Registry::read_only(&dir);
    let outcome = push(&[INSECURE], &closed.name("new:1")).fails(125);
    outcome.err_has("initiating layer upload to /v2/new/blobs/uploads/").err_has("read-only");
    // Nobody there, and a server that speaks no TLS.
    push(&[INSECURE, "--retry", "0"], "127.0.0.1:9/app").fails(125).err_has("connection refused");
    push(&[], &closed.name("new:1")).fails(125).err_has("server gave HTTP response to HTTPS client");
    assert_eq!(std::fs::read_dir(world.store().join("tmp")).unwrap().count(), 1, "its lock alone");
}

#[test]
fn what_cannot_be_is_told_before_anything_is_asked() {
    let world = loaded(&app());
    for (words, want) in [
        (&["nothere", "127.0.0.1:9/x"][..], "no such image: nothere"),
        (&["app:1", "127.0.0.1:9/Bad"], "repository name must be lowercase"),
        (&["app:1", "docker-daemon:x"], "docker-daemon:x"),
        (&["--compression-format", "lzma", "app:1", "x"], "lzma"),
        (&["--compression-format", "zstd", "--format", "v2s2", "app:1", "x"], "need --format oci"),
        (&["--compression-level", "10", "app:1", "x"], "want 1 to 9"),
        (&["--compression-level", "0", "app:1", "x"], "want 1 to 9"),
        (&["--compression-format", "zstd", "--compression-level", "23", "app:1", "x"], "want 1 to 22"),
        (&["--encryption-key", "jwe:x", "app:1", "x"], "--encryption-key"),
        (&["--sign-by", "me", "app:1", "x"], "--sign-by"),
        (&["app:1", "dir:"], "want a path"),
        (&["app:1", "oci:x:some name"], "some name"),
        (&["--format", "v2s2", "app:1", "oci:x"], "--format oci"),
        (&["--format", "oci", "app:1", "dir:x"], "--format v2s2"),
        (&["--compression-format", "gzip", "app:1", "docker-archive:x"], "are not packed"),
    ] {
        world.run(&[&["push"][..], words].concat()).fails(125).err_has(want);
    }
    let own = id(&world, "app:1");
    world.run(&["push", &own]).fails(125).err_has("say where to push it to");
    assert!(world.files_below("home").iter().all(|name| !name.starts_with('x')), "nothing was begun");
}

#[test]
fn archives_and_directories_are_destinations() {
    let (world, other) = (loaded(&app()), World::new());
    let place = |name: &str| world.path(name).display().to_string();
    let digest_file = world.path("digest");
    let push = |to: &str, flags: &[&str]| {
        let words = ["push", "-q", "--digestfile", digest_file.to_str().unwrap(), "app:1", to];
        world.run(&[&words[..], flags].concat())
    };
    for (to, flags, judge, named) in [
        (
            format!("oci:{}:some/name:2", place("oci")),
            &[][..],
            format!("oci:{}:some/name:2", place("oci")),
            None,
        ),
        (
            format!("oci-archive:{}:2", place("oci.tar")),
            &["--compression-format", "zstd"],
            format!("oci-archive:{}:2", place("oci.tar")),
            None,
        ),
        (
            format!("docker-archive:{}:other:3", place("docker.tar")),
            &[],
            format!("docker-archive:{}", place("docker.tar")),
            Some("docker.io/library/other:3"),
        ),
        (format!("dir:{}", place("dir")), &[], format!("dir:{}", place("dir")), None),
    ] {
        push(&to, flags).ok().out_is("");
        // skopeo unpacks archives with the owners that they name.
        let seen =
            skopeo(&world, &["inspect", &judge]).under(&["unshare", "--map-root-user"]).run().ok().json();
        assert_eq!(seen["Layers"].as_array().map(Vec::len), Some(4), "{to}: {seen}");
        if !to.starts_with("docker-archive") {
            assert_eq!(seen["Digest"], json!(std::fs::read_to_string(&digest_file).unwrap()), "{to}");
        }
        other.run(&["rmi", "-af"]).ok();
        other.run(&["pull", "-q", &to.replace(":some/name:2", "").replace(":other:3", "")]).ok();
        if let Some(name) = named {
            other.run(&["images", "--format", "{{.Repository}}:{{.Tag}}"]).ok().out_is(name);
        }
    }
    push(&format!("oci:{}", place("oci")), &[]).fails(125).err_has("is not empty");
}

#[test]
fn progress_is_told_as_for_a_pull() {
    let world = loaded(&app());
    let registry = Registry::plain(&world.make_dir("registry"));
    let push = |how: &str, tag: &str| {
        world.run(&["push", INSECURE, how, "app:1", &registry.name(&format!("app:{tag}"))]).ok()
    };
    let outcome = push("--progress=json", "1");
    let last =
        outcome.err.lines().last().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).unwrap();
    assert_eq!((&last["image"], &last["current"]), (&json!(registry.name("app:1")), &last["total"]));
    assert!(last["layers"].as_array().unwrap().iter().all(|layer| layer["state"] == "done"), "{last}");
    let outcome = push("--progress=plain", "2");
    assert_eq!(outcome.err.matches("skipped: already exists").count(), 3, "{outcome}");
    outcome.err_has("Writing manifest to image destination");
    assert_eq!(push("-q", "3").err, "");
}
