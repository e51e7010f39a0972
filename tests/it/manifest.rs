//! Lists of images: made, changed, pushed, and read by others.

use serde_json::{Value, json};

use crate::support::image::Packing;
use crate::support::registry::Registry;
use crate::support::scripted::{Content, Scripted};
use crate::support::{Image, Layer, Outcome, World, program};

const INSECURE: &str = "--tls-verify=false";

/// An image for a platform: what differs is one file.
fn image(name: &str) -> Image {
    Image::new(name).layer(Layer::new().file("which", 0o644, name))
}

/// A world with images `one` and `two`.
fn world() -> World {
    let world = World::new();
    world.load(&image("one"));
    world.load(&image("two"));
    world
}

fn manifest(world: &World, words: &[&str]) -> Outcome {
    world.run(&[&["manifest"][..], words].concat())
}

fn entries(world: &World, list: &str) -> Vec<Value> {
    let shown = manifest(world, &["inspect", list]).ok().json();
    assert_eq!(shown["schemaVersion"], 2);
    shown["manifests"].as_array().expect("manifests").clone()
}

fn digest(world: &World, name: &str) -> String {
    world.run(&["image", "inspect", "--format", "{{.Digest}}", name]).ok().out.trim().to_owned()
}

#[test]
fn a_list_is_made_and_changed() {
    let world = world();
    let id = manifest(&world, &["create", "app", "one"]).ok().out.trim().to_owned();
    assert_eq!(id.len(), 64);
    manifest(&world, &["create", "app"]).fails(125).err_has("that name is already in use");
    manifest(&world, &["create", "--amend", "app"]).ok().out_is(&id);
    manifest(&world, &["create", "one"]).ok();
    manifest(&world, &["exists", "app"]).ok();
    manifest(&world, &["exists", "nothere"]).code(1);
    let flags = ["--arch", "arm", "--variant", "v7", "--os-version", "1", "--annotation", "a=b=c"];
    manifest(&world, &[&["add"][..], &flags, &["--features", "x,y", "app", "two"]].concat()).ok().out_is(&id);
    let list = entries(&world, "app");
    assert_eq!(list.len(), 2, "{list:?}");
    assert_eq!(list[0]["digest"], digest(&world, "one"));
    assert_eq!(list[0]["platform"]["os"], "linux");
    assert_eq!(
        (&list[1]["platform"], &list[1]["annotations"]),
        (
            &json!({"architecture": "arm", "os": "linux", "variant": "v7", "os.version": "1", "features": ["x", "y"]}),
            &json!({"a": "b=c"}),
        )
    );
    // The same image again takes its place.
    manifest(&world, &["add", "--arch", "riscv64", "app", "two"]).ok();
    assert_eq!(entries(&world, "app")[1]["platform"], json!({"architecture": "riscv64", "os": "linux"}));
    let two = digest(&world, "two");
    manifest(&world, &["annotate", "--arch", "arm64", "--os-features", "f", "app", &two]).ok().out_is(&id);
    manifest(&world, &["annotate", "--annotation", "k=v", "app", "two"]).ok();
    manifest(&world, &["annotate", "--index", "--annotation", "of=all", "app"]).ok();
    let shown = manifest(&world, &["inspect", "app"]).ok().json();
    assert_eq!(shown["annotations"], json!({"of": "all"}));
    assert_eq!(shown["manifests"][1]["platform"]["architecture"], "arm64");
    assert_eq!(shown["manifests"][1]["annotations"], json!({"k": "v"}));
    // Another list: the one for this machine, or all.
    manifest(&world, &["create", "other", "app"]).ok();
    assert_eq!(entries(&world, "other").len(), 1);
    manifest(&world, &["add", "--all", "other", "app"]).ok();
    assert_eq!(entries(&world, "other").len(), 2);
    manifest(&world, &["remove", "app", &two]).ok().out_is(&id);
    assert_eq!(entries(&world, "app").len(), 1);
    for (words, want) in [
        (&["remove", "app", &two][..], "no instance matching"),
        (&["remove", "app", "sha256:aa"], "invalid image digest"),
        (&["annotate", "app", "two"], "no instance matching"),
        (&["annotate", "app"], "name an image"),
        (&["annotate", "--index", "--arch", "x", "app"], "has no platform"),
        (&["add", "nothere", "one"], "nothere: image not known"),
        (&["add", "app", "containers-storage:none"], "no such image: none"),
        (&["create", "Bad"], "must be lowercase"),
        (&["create", &format!("x@{two}")], "a list has a tag"),
        (&["inspect", "docker://127.0.0.1:9/x"], "connection refused"),
        (&["push", "app", "dir:x"], "lists go to registries alone"),
        (&["push", "--sign-by", "me", "app"], "--sign-by"),
        (&["rm", "nothere"], "nothere: image not known"),
    ] {
        let code = if words[0] == "rm" { 1 } else { 125 };
        manifest(&world, words).fails(code).err_has(want);
    }
}

#[test]
fn a_list_stands_among_images_and_outlives_them() {
    let world = world();
    let id = manifest(&world, &["create", "app", "one", "two"]).ok().out.trim().to_owned();
    let listed = world.run(&["images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"]).ok();
    listed.out_has(&format!("localhost/app:latest sha256:{id}"));
    // Its images go, and what it needs of them stays.
    world.run(&["rmi", "one", "two"]).ok();
    world.run(&["image", "prune", "-a"]).ok();
    world.run(&["system", "check"]).ok();
    let registry = Registry::plain(&world.make_dir("registry"));
    let name = registry.name("app:1");
    manifest(&world, &["push", INSECURE, "-q", "app", &name]).ok().out_is("");
    world.run(&["pull", "-q", INSECURE, &name]).ok();
    world.run(&["rmi", &name]).ok();
    manifest(&world, &["rm", "app"])
        .ok()
        .out_has("Untagged: localhost/app:latest")
        .out_has(&format!("Deleted: {id}"));
    assert_eq!(std::fs::read_dir(world.store().join("layers")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(world.store().join("images/blobs/sha256")).unwrap().count(), 0);
    // rmi takes a list away as well, and so does its id.
    manifest(&world, &["create", "a"]).ok();
    let second = manifest(&world, &["create", "b"]).ok().out;
    world.run(&["rmi", "a"]).ok().out_has("Untagged: localhost/a:latest");
    world.run(&["rmi", &second[..12]]).ok().out_has("Untagged: localhost/b:latest");
    manifest(&world, &["create", "c"]).ok();
    world.run(&["rmi", "-a"]).ok();
    manifest(&world, &["exists", "c"]).code(1);
}

#[test]
fn a_pushed_list_is_read_by_all() {
    let (world, other) = (world(), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    manifest(&world, &["create", "app", "one"]).ok();
    manifest(&world, &["add", "--arch", "arm64", "--annotation", "a=b", "app", "two"]).ok();
    let skopeo = program(&["skopeo"]).expect("skopeo is installed (contrib/test.sh does it)");
    for (flags, kind) in [
        (&[][..], "application/vnd.oci.image.index.v1+json"),
        (&["--format", "v2s2"], "application/vnd.docker.distribution.manifest.list.v2+json"),
        (&["--compression-format", "zstd", "--format", "oci"], "application/vnd.oci.image.index.v1+json"),
    ] {
        let name = registry.name(&format!("x{}:1", flags.join("").replace('-', "")));
        let file = world.path("digest");
        let words = ["push", INSECURE, "--digestfile", file.to_str().unwrap(), "app", &name];
        manifest(&world, &[&words[..], flags].concat()).ok();
        let raw = ["inspect", "--raw", INSECURE, &format!("docker://{name}")];
        let seen = world.program(&skopeo).args(raw).run().ok();
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            format!("sha256:{}", crate::support::image::hex(seen.out.as_bytes()))
        );
        let seen = seen.json();
        assert_eq!(
            (&seen["mediaType"], seen["manifests"].as_array().unwrap().len()),
            (&json!(kind), 2),
            "{seen}"
        );
        assert_eq!(manifest(&other, &["inspect", INSECURE, &format!("docker://{name}")]).ok().json(), seen);
        for (arch, what) in [("amd64", "one"), ("arm64", "two")] {
            other.run(&["pull", "-q", INSECURE, "--arch", arch, &name]).ok();
            let ids = |world: &World, name: &str| {
                world.run(&["image", "inspect", "--format", "{{.Id}}", name]).ok().out
            };
            assert_eq!(ids(&other, &name), ids(&world, what), "{arch} of {name}");
        }
        let place = format!("oci:{}", world.path(&format!("oci{}", flags.join(""))).display());
        let copy = ["copy", "-q", "--all", "--src-tls-verify=false", &format!("docker://{name}"), &place];
        world.program(&skopeo).args(copy).run().ok();
    }
    // By `push` too, and gone when it is asked for.
    let name = registry.name("plain:1");
    world.run(&["push", "-q", INSECURE, "app", &name]).ok();
    manifest(&world, &["push", "-q", "--rm", INSECURE, "app", &registry.name("gone:1")]).ok();
    manifest(&world, &["exists", "app"]).code(1);
    // A registry refuses a list of what it has not got.
    manifest(&world, &["create", "bare", "one"]).ok();
    let outcome =
        manifest(&world, &["push", "-q", "--all=false", INSECURE, "bare", &registry.name("bare:1")]);
    outcome.fails(125).err_has("uploading manifest 1 to");
}

#[test]
fn images_of_registries_are_listed_and_taken_along() {
    let (world, other) = (World::new(), World::new());
    let registry = Registry::plain(&world.make_dir("registry"));
    let first = registry.push("team/one", "1", &image("one"), Packing::Gzip);
    let second = registry.push("team/two", "1", &image("two"), Packing::Zstd);
    manifest(&world, &["create", INSECURE, "app", &format!("docker://{}", registry.name("team/one:1"))]).ok();
    manifest(&world, &["add", INSECURE, "--arch", "arm64", "app", &registry.name("team/two:1")]).ok();
    let list = entries(&world, "app");
    assert_eq!((&list[0]["digest"], &list[1]["digest"]), (&json!(first), &json!(second)));
    world.run(&["images", "-q", "--filter", "reference=*one*"]).ok().out_is("");
    let name = registry.name("all/app:1");
    manifest(&world, &["push", "-q", INSECURE, "app", &name]).ok();
    for (arch, digest) in [("amd64", &first), ("arm64", &second)] {
        other.run(&["pull", "-q", INSECURE, "--arch", arch, &name]).ok();
        let shown = other.run(&["image", "inspect", &name]).ok().json();
        assert!(shown[0]["RepoDigests"].to_string().contains(digest.as_str()), "{shown}");
    }
    // All of an index, and from one registry into another.
    manifest(&world, &["create", INSECURE, "--all", "copy", &format!("docker://{name}")]).ok();
    assert_eq!(entries(&world, "copy").len(), 2);
    manifest(&world, &["create", INSECURE, "mine", &format!("docker://{name}")]).ok();
    assert_eq!(entries(&world, "mine").len(), 1);
    let elsewhere = Registry::plain(&world.make_dir("elsewhere"));
    let there = elsewhere.name("copied:1");
    manifest(&world, &["push", "-q", INSECURE, "copy", &there]).ok();
    other.run(&["pull", "-q", INSECURE, "--arch", "arm64", &there]).ok();
}

#[test]
fn a_password_is_for_where_the_list_goes() {
    let world = World::new();
    let mut content = Content::default();
    content.image("one", "1", &image("one"), Packing::Gzip);
    let source = Scripted::new(content, |asked, _| {
        // Whoever asks who somebody is would get a password that is not for it.
        let asks =
            asked.path.contains("/blobs/") && asked.before == 0 && asked.header("authorization").is_empty();
        asks.then(|| crate::support::scripted::Reply::new(503, ""))
    });
    manifest(&world, &["create", INSECURE, "app", &format!("docker://{}", source.name("one:1"))]).ok();
    let arrived = crate::support::accepting::Arrived::default();
    let target = arrived.serve(
        |_| None,
        |asked, _| {
            let reply =
                crate::support::scripted::Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x");
            asked.header("authorization").is_empty().then_some(reply)
        },
    );
    let words =
        ["push", "-q", INSECURE, "--retry-delay", "1ms", "--creds", "u:p", "app", &target.name("app:1")];
    manifest(&world, &words).ok();
    assert!(arrived.manifest("app:1").is_some());
    assert!(source.requests().iter().all(|asked| asked.header("authorization").is_empty()));
    assert!(target.requests().iter().any(|asked| asked.header("authorization") == "Basic dTpw"));
}
