//! Images from registries that behave: Debian's docker-registry, and a scripted one where requests are counted.

use serde_json::json;

use crate::support::image::Packing;
use crate::support::registry::{Authority, Registry};
use crate::support::scripted::{Content, Scripted};
use crate::support::{Image, Layer, World};

const INSECURE: &str = "--tls-verify=false";

/// Layers that list their directories, as build tools write them.
fn app() -> Image {
    Image::busybox()
        .layer(Layer::new().dir("srv/", 0o755).file("srv/one", 0o644, "one\n"))
        .layer(Layer::new().dir("srv/", 0o755).file("srv/.wh.one", 0o644, "").file("srv/two", 0o644, "two\n"))
}

fn scripted(content: Content) -> Scripted {
    Scripted::new(content, |_, _| None)
}

#[test]
fn an_image_of_a_registry_runs() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    for (tag, packing) in [("gz", Packing::Gzip), ("zst", Packing::Zstd), ("tar", Packing::Plain)] {
        world.run(&["rmi", "-af"]).ok();
        let digest = registry.push("team/app", tag, &app(), packing);
        let name = registry.name(&format!("team/app:{tag}"));
        let pulled = world.run(&["pull", INSECURE, &name]).ok();
        let id = pulled.out.trim().to_owned();
        assert_eq!(id.len(), 64, "{pulled}");
        pulled.err_has(&format!("Trying to pull {name}"));
        world.quick(&[&name, "ls", "/srv"]).ok().out_is("two");
        let shown = world.run(&["image", "inspect", &name]).ok().json();
        assert_eq!(shown[0]["Id"], id);
        assert_eq!(shown[0]["RepoTags"], json!([name]));
        assert_eq!(shown[0]["RepoDigests"], json!([format!("{}@{digest}", registry.name("team/app"))]));
        world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
        world.run(&["pull", "-q", INSECURE, &name]).ok().out_is(&id);
        let pinned = format!("{}@{digest}", registry.name("team/app"));
        world.run(&["pull", "-q", INSECURE, &pinned]).ok().out_is(&id);
        world.quick(&[&pinned, "cat", "/srv/two"]).ok().out_is("two");
        world
            .run(&["events", "--stream=false", "--filter", "event=pull", "--format", "{{.Name}}"])
            .ok()
            .out_has(&name);
    }
}

#[test]
fn what_is_not_there_is_told_in_podmans_words() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    let name = registry.name("nope");
    let outcome = world.run(&["pull", INSECURE, &name]).fails(125);
    outcome.err_has(&format!(
        "initializing source docker://{name}:latest: reading manifest latest in {name}: manifest unknown"
    ));
    // Without the flag it is TLS or nothing.
    let outcome = world.run(&["pull", &name]).fails(125);
    outcome
        .err_has(&format!("pinging container registry {}: ", registry.host))
        .err_has("http: server gave HTTP response to HTTPS client")
        .err_has("Hint: ");
    world.run(&["pull", "127.0.0.1:9/x"]).fails(125).err_has("connection refused");
    world.run(&["pull", "Bad Name"]).fails(125).err_has("invalid reference format");
    world.run(&["pull", "docker-daemon:x"]).fails(125).err_has("docker-daemon:x");
}

#[test]
fn a_password_opens_the_registry() {
    let world = World::new();
    let dir = world.make_dir("registry");
    let digest = Registry::plain(&dir).push("app", "1", &app(), Packing::Gzip);
    let registry = Registry::with_password(&dir);
    let name = registry.name("app:1");
    let outcome = world.run(&["pull", INSECURE, &name]).fails(125);
    outcome
        .err_has("unauthorized: authentication required")
        .err_has(&format!("rctr login {}", registry.host));
    world.run(&["pull", INSECURE, "--creds", "user:wrong", &name]).fails(125).err_has("unauthorized");
    world.run(&["pull", INSECURE, "--creds", "user:secret", &name]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
}

#[test]
fn a_private_authority_is_believed_where_it_is_named() {
    let world = World::new();
    let dir = world.make_dir("registry");
    Registry::plain(&dir).push("app", "1", &app(), Packing::Gzip);
    let authority = Authority::new(&dir);
    let registry = Registry::with_tls(&dir, &authority, false);
    let name = registry.name("app:1");
    let outcome = world.run(&["pull", &name]).fails(125);
    outcome.err_has("x509: certificate signed by unknown authority").err_has("Hint: ");
    world.run(&["pull", INSECURE, &name]).ok();
    world.run(&["rmi", &name]).ok();
    let certs = world.make_dir("certs");
    std::fs::copy(authority.certificate(), certs.join("ca.crt")).unwrap();
    world.run(&["pull", "--cert-dir", certs.to_str().unwrap(), &name]).ok();
    world.run(&["rmi", &name]).ok();
    let own = world.make_dir(&format!("home/.config/containers/certs.d/{}", registry.host));
    std::fs::copy(authority.certificate(), own.join("ca.crt")).unwrap();
    world.run(&["pull", &name]).ok();
}

#[test]
fn a_certificate_is_shown_to_who_asks_for_one() {
    let world = World::new();
    let dir = world.make_dir("registry");
    Registry::plain(&dir).push("app", "1", &app(), Packing::Gzip);
    let authority = Authority::new(&dir);
    let registry = Registry::with_tls(&dir, &authority, true);
    let name = registry.name("app:1");
    let certs = world.make_dir("certs");
    std::fs::copy(authority.certificate(), certs.join("ca.crt")).unwrap();
    let flags = ["pull", "--retry", "0", "--cert-dir", certs.to_str().unwrap(), &name];
    world.run(&flags).fails(125);
    let (cert, key) = authority.issue("client");
    std::fs::copy(cert, certs.join("client.cert")).unwrap();
    world.run(&flags).fails(125).err_has("client.key is missing");
    std::fs::copy(key, certs.join("client.key")).unwrap();
    world.run(&flags).ok();
}

#[test]
fn every_tag_of_a_repository() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    for tag in ["1", "2"] {
        registry.push("app", tag, &app(), Packing::Gzip);
    }
    registry.push("other", "3", &app(), Packing::Gzip);
    let outcome = world.run(&["pull", "-a", INSECURE, &registry.name("app")]).ok();
    assert_eq!(outcome.out.lines().count(), 2, "{outcome}");
    world.run(&["images", "--format", "{{.Tag}}", "--sort", "tag"]).ok().out_is("1\n2");
}

#[test]
fn the_image_for_the_platform_is_chosen() {
    let world = World::new();
    let mut content = Content::default();
    let variants = ["amd64", "arm64", "arm v6", "arm v7", "arm v8"];
    let made: Vec<_> = variants
        .iter()
        .map(|variant| {
            let image = Image::new("x").layer(Layer::new().file("which", 0o644, *variant));
            let (arch, level) = variant.split_once(' ').map_or((*variant, None), |(a, v)| (a, Some(v)));
            let mut platform = json!({"os": "linux", "architecture": arch});
            if let Some(level) = level {
                platform["variant"] = json!(level);
            }
            (content.image("app", variant, &image, Packing::Gzip), platform)
        })
        .collect();
    let manifests: Vec<_> =
        made.iter().map(|(digest, platform)| (digest.as_str(), platform.clone())).collect();
    let index = content.index("app", "latest", &manifests);
    let server = scripted(content);
    let name = server.name("app");
    for (flags, wanted) in [
        (&[][..], made[0].0.as_str()),
        (&["--platform", "linux/arm64"], &made[1].0),
        (&["--arch", "arm", "--variant", "v7"], &made[3].0),
        (&["--platform", "linux/arm/v6"], &made[2].0),
        (&["--arch", "armhf"], &made[3].0),
    ] {
        let words = [&["pull", INSECURE][..], flags, &[name.as_str()]].concat();
        world.run(&words).ok();
        let shown = world.run(&["image", "inspect", &name]).ok().json();
        assert_eq!(shown[0]["Digest"], index, "{flags:?}");
        let digests = shown[0]["RepoDigests"].to_string();
        assert!(digests.contains(wanted) && digests.contains(&index), "{flags:?}: {digests}");
    }
    let outcome = world.run(&["pull", INSECURE, "--platform", "linux/s390x", &name]).fails(125);
    outcome.err_has("no image for linux/s390x").err_has("linux/arm64");
    // The index's digest names what was chosen from it.
    let pinned = format!("{name}@{index}");
    world.run(&["pull", INSECURE, &pinned]).ok();
    world.run(&["image", "exists", &pinned]).ok();
}

#[test]
fn a_second_pull_asks_little_and_does_nothing() {
    let world = World::new();
    let mut content = Content::default();
    let digest = content.image("app", "1", &app(), Packing::Gzip);
    let index = content.index("app", "latest", &[(&digest, json!({"os": "linux", "architecture": "amd64"}))]);
    let server = scripted(content);
    for (name, requests) in
        [(server.name("app:1"), 1), (server.name("app"), 1), (server.name(&format!("app@{index}")), 1)]
    {
        world.run(&["pull", INSECURE, &name]).ok();
        let blobs = server.count("/blobs/");
        server.forget();
        world.run(&["pull", INSECURE, &name]).ok();
        assert_eq!(server.paths().len(), requests, "{name}: {:?} (before: {blobs} blobs)", server.paths());
        server.forget();
    }
}

#[test]
fn layers_that_are_here_are_not_fetched() {
    let world = World::new();
    let mut content = Content::default();
    let base = content.image("base", "1", &Image::busybox(), Packing::Gzip);
    content.image("app", "1", &app(), Packing::Gzip);
    let shared = content.layers(&base).remove(0);
    let server = scripted(content);
    world.run(&["pull", INSECURE, &server.name("base:1")]).ok();
    assert_eq!(server.count(&shared), 1);
    let outcome = world.run(&["pull", INSECURE, "--progress=plain", &server.name("app:1")]).ok();
    assert_eq!(server.count(&shared), 1);
    outcome.err_has(&format!("Copying blob {shared} skipped: already exists"));
}

#[test]
fn progress_for_programs() {
    let world = World::new();
    let mut content = Content::default();
    content.image("app", "1", &app(), Packing::Gzip);
    let server = scripted(content);
    let name = server.name("app:1");
    let outcome = world.run(&["pull", INSECURE, "--progress=json", &name]).ok();
    let objects: Vec<serde_json::Value> = outcome
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
        .collect();
    let last = objects.last().expect("at least one");
    assert_eq!((&last["image"], &last["current"]), (&json!(name), &last["total"]));
    assert_eq!(last["layers"].as_array().map(Vec::len), Some(3), "{last}");
    assert!(last["layers"].as_array().unwrap().iter().all(|layer| layer["state"] == "done"), "{last}");
    // Nobody who reads a pipe sees moving lines.
    world.run(&["rmi", &name]).ok();
    let outcome = world.run(&["pull", INSECURE, &name]).ok();
    assert_eq!(outcome.err.trim(), format!("Trying to pull {name}..."));
    world.run(&["rmi", &name]).ok();
    let outcome = world.run(&["pull", INSECURE, "-q", &name]).ok();
    assert_eq!(outcome.err, "");
}

#[test]
fn a_real_pull_through_mirror_serves_what_it_has_kept() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    let digest = registry.push("team/app", "1", &Image::busybox(), Packing::Gzip);
    let mirror = Registry::mirror_of(&world.make_dir("mirror"), &registry);
    let text = format!(
        "[[registry]]\nlocation = \"{}\"\ninsecure = true\n[[registry.mirror]]\nlocation = \"{}\"\ninsecure = true\n",
        registry.host, mirror.host
    );
    let conf = world.write("home/registries.conf", text);
    let pull = |name: &str| {
        let words = ["pull", "-q", "--retry", "0", name];
        world.rctr(&words).env("CONTAINERS_REGISTRIES_CONF", &conf).run()
    };
    pull(&registry.name("team/app:1")).ok();
    let names = world.run(&["images", "--format", "{{.Repository}} {{.Digest}}"]).ok();
    names.out_is(&format!("{} {digest}", registry.name("team/app")));
    world.quick(&[&registry.name("team/app:1"), "true"]).ok();
    // What the mirror has it gives without the other; what it has not is looked for there.
    let pinned = registry.name(&format!("team/app@{digest}"));
    let absent = registry.name("team/other:1");
    let outcome = pull(&absent).fails(125);
    assert!(outcome.err.contains("not found") || outcome.err.contains("unknown"), "{outcome}");
    drop(registry);
    world.run(&["rmi", "-a", "-f"]).ok();
    pull(&pinned).ok();
    world.quick(&[&pinned, "true"]).ok();
    drop(mirror);
    world.run(&["rmi", "-a", "-f"]).ok();
    pull(&pinned).fails(125).err_has("connection refused");
}

#[test]
fn registries_conf_leads_the_way() {
    let world = World::new();
    let mut content = Content::default();
    let hub = content.image("hub/library/app", "latest", &app(), Packing::Gzip);
    content.image("team/app", "latest", &Image::busybox(), Packing::Gzip);
    let server = scripted(content);
    let host = &server.host;
    let conf = |text: &str| world.write("home/registries.conf", text).to_str().unwrap().to_owned();
    let pull = |conf: &str, name: &str| {
        world.rctr(&["pull", "--retry", "0", name]).env("CONTAINERS_REGISTRIES_CONF", conf).run()
    };
    // A mirror of docker.io, insecure by its own word; the image keeps its name.
    let path = conf(&format!(
        "[[registry]]\nlocation = 'docker.io'\n[[registry.mirror]]\nlocation = '{host}/hub'\ninsecure = true\n"
    ));
    pull(&path, "app").ok();
    world
        .run(&["images", "--format", "{{.Repository}} {{.Digest}}"])
        .ok()
        .out_is(&format!("docker.io/library/app {hub}"));
    world.run(&["rmi", "-a"]).ok();
    // A short name, and where it is looked for; the second of them has it.
    let path = conf(&format!(
        "unqualified-search-registries = ['127.0.0.1:9', '{host}']\n[[registry]]\nlocation = '{host}'\ninsecure = true\n"
    ));
    pull(&path, "team/app").ok();
    world.run(&["images", "--format", "{{.Repository}}"]).ok().out_is(&format!("{host}/team/app"));
    let outcome = pull(&path, "team/none").fails(125);
    outcome
        .err_has("2 errors occurred while pulling")
        .err_has("connection refused")
        .err_has("manifest unknown");
    world.run(&["rmi", "-a"]).ok();
    let path = conf(&format!(
        "[aliases]\nshort = '{host}/team/app'\n[[registry]]\nlocation = '{host}'\ninsecure = true\n"
    ));
    pull(&path, "short").ok();
    world.run(&["images", "--format", "{{.Repository}}"]).ok().out_is(&format!("{host}/team/app"));
    let path = conf(&format!("[[registry]]\nlocation = '{host}'\nblocked = true\n"));
    pull(&path, &server.name("team/app")).fails(125).err_has("is blocked in registries.conf");
    pull(&conf("]["), "x").fails(125).err_has("registries.conf");
}

#[test]
fn archives_and_directories_are_transports() {
    let world = World::new();
    let (oci, tar, docker) = (world.path("oci"), world.path("oci.tar"), world.path("docker.tar"));
    app().named("app:1").oci_dir(&oci, Packing::Gzip);
    app().named("app:2").oci_archive(&tar, Packing::Zstd);
    app().named("app:3").docker_archive(&docker);
    for (transport, name) in [
        (format!("oci:{}:app:1", oci.display()), "localhost/app:1"),
        (format!("oci-archive:{}", tar.display()), "localhost/app:2"),
        (format!("docker-archive:{}:app:3", docker.display()), "docker.io/library/app:3"),
    ] {
        world.run(&["pull", "-q", &transport]).ok();
        world.quick(&[name, "cat", "/srv/two"]).ok().out_is("two");
    }
    world.run(&["pull", &format!("oci:{}:other", oci.display())]).fails(125).err_has("other");
    world.run(&["pull", "oci:/nonexistent"]).fails(125).err_has("/nonexistent");
}
