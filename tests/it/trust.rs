//! Which images are let in: policies, signatures that are as they should be, and skopeo as the other side.

use serde_json::{Value, json};

use crate::skip;
use crate::support::image::Packing;
use crate::support::keys::{Gpg, PemKey};
use crate::support::registry::Registry;
use crate::support::scripted::{Content, MANIFEST, Scripted};
use crate::support::{Image, Layer, World, in_own_mounts, program};

pub const INSECURE: &str = "--tls-verify=false";

/// A small image that holds this word.
pub fn app(word: &str) -> Image {
    Image::new("app").layer(Layer::new().file("word", 0o644, word))
}

/// The user's policy.
pub fn policy(world: &World, policy: &Value) {
    let dir = world.make_dir("home/.config/containers");
    std::fs::write(dir.join("policy.json"), policy.to_string()).unwrap();
}

/// A policy that lets in what is signed by the keys in this file, and nothing else.
pub fn signed_by(key: &std::path::Path) -> Value {
    json!({"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": key}]})
}

/// Signatures are files in this directory of the world.
pub fn lookaside(world: &World, url: Option<&str>) -> std::path::PathBuf {
    let dir = world.make_dir("sigs");
    let url = url.map_or_else(|| format!("file://{}", dir.display()), str::to_owned);
    let config = world.make_dir("home/.config/containers/registries.d");
    std::fs::write(config.join("a.yaml"), format!("default-docker:\n  lookaside: {url}\n")).unwrap();
    dir
}

/// Puts the signature with this number where it is looked for.
pub fn put(dir: &std::path::Path, repository: &str, digest: &str, number: usize, signature: &[u8]) {
    let dir = dir.join(format!("{repository}@{}", digest.replace(':', "=")));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("signature-{number}")), signature).unwrap();
}

/// What simple signing signs.
pub fn payload(digest: &str, name: &str) -> Vec<u8> {
    json!({
        "critical": {
            "identity": {"docker-reference": name},
            "image": {"docker-manifest-digest": digest},
            "type": "atomic container signature",
        },
        "optional": {},
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_policy_decides_for_every_way_in() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    registry.push("team/app", "1", &app("one"), Packing::Gzip);
    let name = registry.name("team/app:1");
    let archive = world.path("image.tar");
    app("two").docker_archive(&archive);
    let oci = world.path("oci.tar");
    app("three").oci_archive(&oci, Packing::Gzip);
    let dir = world.path("layout");
    app("four").oci_dir(&dir, Packing::Gzip);
    let tarball = world.write("files.tar", Layer::new().file("f", 0o644, "f").finish());
    let [archive, oci, dir, tarball] = [&archive, &oci, &dir, &tarball].map(|path| path.to_str().unwrap());

    policy(&world, &json!({"default": [{"type": "reject"}]}));
    let rejected = "is rejected by policy";
    world.run(&["pull", INSECURE, &name]).fails(125).err_has(&format!("docker://{name} {rejected}"));
    world.run(&["run", "--rm", INSECURE, &name, "true"]).fails(125).err_has(rejected);
    world.run(&["create", "--pull=always", INSECURE, &name]).fails(125).err_has(rejected);
    world.run(&["load", "-i", archive]).fails(125).err_has(&format!("docker-archive:{archive} {rejected}"));
    world.run(&["load", "-i", oci]).fails(125).err_has(&format!("oci-archive:{oci} {rejected}"));
    world.run(&["load", "-i", dir]).fails(125).err_has(&format!("oci:{dir} {rejected}"));
    world.run(&["pull", &format!("oci-archive:{oci}")]).fails(125).err_has(rejected);
    let bytes = std::fs::read(archive).unwrap();
    world.rctr(&["load"]).stdin(bytes).run().fails(125).err_has(rejected);
    world.run(&["import", tarball, "x"]).fails(125).err_has(&format!("tarball:{tarball} {rejected}"));
    world.run(&["images", "-q"]).ok().out_is("");

    // The narrowest scope holds.
    let accept = json!([{"type": "insecureAcceptAnything"}]);
    policy(
        &world,
        &json!({"default": [{"type": "reject"}], "transports": {
            "docker": {&registry.host: [{"type": "reject"}], registry.name("team"): accept},
            "oci-archive": {world.path("").to_str().unwrap().trim_end_matches('/'): accept},
            "docker-archive": {"": accept},
            "tarball": {"": accept},
        }}),
    );
    world.run(&["pull", INSECURE, &name]).ok();
    world.run(&["load", "-i", archive]).ok();
    world.run(&["load", "-i", oci]).ok();
    world.run(&["load", "-i", dir]).fails(125).err_has(rejected);
    world.run(&["import", tarball, "x"]).ok();
    world.run(&["pull", INSECURE, &registry.name("other")]).fails(125).err_has(rejected);

    // Another policy for once; what is not understood lets nothing in.
    let other = world.write("other.json", r#"{"default":[{"type":"reject"}]}"#);
    let other = other.to_str().unwrap();
    world.run(&["pull", INSECURE, "--signature-policy", other, &name]).fails(125).err_has(rejected);
    world.run(&["load", "--signature-policy", other, "-i", oci]).fails(125).err_has(rejected);
    world.run(&["pull", "--signature-policy", "/nowhere.json", &name]).fails(125).err_has("/nowhere.json");
    for bad in [r#"{"default":[]}"#, r#"{"default":[{"type":"acceptAll"}]}"#, "{", r#"{"defualt":[]}"#] {
        std::fs::write(other, bad).unwrap();
        let outcome = world.run(&["pull", INSECURE, "--signature-policy", other, &name]).fails(125);
        outcome.err_has("invalid policy in").err_has("other.json").err_has("Hint: ");
    }
}

#[test]
fn skopeos_signatures_are_taken() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    let digest = registry.push("team/app", "1", &app("one"), Packing::Gzip);
    let name = registry.name("team/app:1");
    let gpg = Gpg::new(&world);
    let key = gpg.key("signer@example.org");
    policy(&world, &signed_by(&gpg.public("signer@example.org")));
    let sigs = lookaside(&world, None);
    let unsigned = "A signature was required, but no signature exists";
    world.run(&["pull", INSECURE, &name]).fails(125).err_has(unsigned);
    let manifest = world.path(&format!("registry/store/docker/registry/v2/blobs/sha256/{}", &digest[7..9]));
    let manifest = manifest.join(&digest[7..]).join("data");
    let signature = world.path("made-by-skopeo");
    let skopeo = program(&["skopeo"]).expect("skopeo is installed (contrib/test.sh does it)");
    world
        .program(&skopeo)
        .env("GNUPGHOME", &gpg.home)
        .args(["standalone-sign", manifest.to_str().unwrap(), &name, &key, "--output"])
        .args([signature.to_str().unwrap()])
        .run()
        .ok();
    put(&sigs, "team/app", &digest, 1, &std::fs::read(&signature).unwrap());
    world.run(&["pull", INSECURE, &name]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
    // By digest any name of the repository will do.
    world.run(&["rmi", "-af"]).ok();
    world.run(&["pull", INSECURE, &format!("{}@{digest}", registry.name("team/app"))]).ok();
    // Nothing of gpg's stays in the store.
    assert!(world.files_below("home/.local/share/rctr/tmp").iter().all(|file| file == ".lock"));
}

#[test]
fn skopeo_takes_our_signatures() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    let digest = registry.push("team/app", "1", &app("one"), Packing::Gzip);
    let name = registry.name("team/app:1");
    let gpg = Gpg::new(&world);
    let key = gpg.key("signer@example.org");
    let sigs = lookaside(&world, None);
    let policy_of_both = signed_by(&gpg.public("signer@example.org"));
    policy(&world, &policy_of_both);
    let sign = |words: &[&str]| {
        let words = [&["image", "sign", INSECURE, "--sign-by"], words].concat();
        world.rctr(&words).env("GNUPGHOME", &gpg.home).run()
    };
    sign(&["nobody@example.org", &name]).fails(125).err_has("nobody@example.org");
    sign(&["signer@example.org", &registry.name("nope")]).fails(125).err_has("manifest unknown");
    sign(&["signer@example.org", "-d", "/nowhere", &name]).fails(125).err_has("/nowhere");
    sign(&["signer@example.org", &format!("docker://{name}")]).ok().out_is("");
    let path = sigs.join(format!("team/app@{}", digest.replace(':', "="))).join("signature-1");
    let skopeo = program(&["skopeo"]).expect("skopeo is installed (contrib/test.sh does it)");
    let manifest = world.path(&format!("registry/store/docker/registry/v2/blobs/sha256/{}", &digest[7..9]));
    let manifest = manifest.join(&digest[7..]).join("data");
    world
        .program(&skopeo)
        .env("GNUPGHOME", &gpg.home)
        .args(["standalone-verify", manifest.to_str().unwrap(), &name, &key, path.to_str().unwrap()])
        .run()
        .ok()
        .out_has(&digest);
    let copied = world.path("copied");
    world
        .program(&skopeo)
        .args(["--policy", world.path("home/.config/containers/policy.json").to_str().unwrap()])
        .args(["--registries.d", world.path("home/.config/containers/registries.d").to_str().unwrap()])
        .args(["copy", "--src-tls-verify=false", &format!("docker://{name}")])
        .args([&format!("dir:{}", copied.display())])
        .run()
        .ok();
    world.run(&["pull", INSECURE, &name]).ok();
    // A second one does not take the place of the first; a directory that is named is one.
    sign(&[&key, &name]).ok();
    assert!(path.with_file_name("signature-2").exists());
    let other = world.make_dir("other");
    sign(&[&key, "--directory", other.to_str().unwrap(), &name]).ok();
    assert_eq!(
        world.files_below("other").len(),
        3,
        "team, app@…, the signature: {:?}",
        world.files_below("other")
    );
    // What skopeo has copied brings its signature along, under the name that was signed.
    world.run(&["rmi", "-af"]).ok();
    let from = format!("dir:{}", copied.display());
    world.run(&["pull", &from]).fails(125).err_has("is not accepted");
    let mut exact = policy_of_both;
    exact["default"][0]["signedIdentity"] = json!({"type": "exactReference", "dockerReference": name});
    policy(&world, &exact);
    world.run(&["pull", &from]).ok();
}

#[test]
fn without_a_policy_anything_is_let_in_and_that_is_said() {
    let world = World::new();
    let hidden = match std::path::Path::new("/etc/containers").is_dir() {
        true => "mount -t tmpfs none /etc/containers && ",
        false => "",
    };
    let script = format!("{hidden}exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"");
    let Some(words) = in_own_mounts(&script) else { skip!("no user namespace to hide /etc/containers in") };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let run = |args: &[&str]| world.rctr(args).under(&words).run();
    run(&["image", "trust", "show"]).ok().out_has("accept").err_has("there is no policy.json");
    run(&["image", "trust", "show", "--raw"]).ok().out_has("insecureAcceptAnything");
    let info = ["info", "--format", "{{.Host.Security.SignaturePolicy}}"];
    run(&info).ok().out_is("built-in: insecureAcceptAnything");
    let archive = world.path("image.tar");
    app("one").docker_archive(&archive);
    run(&["load", "-i", archive.to_str().unwrap()]).ok();
    // What is said first of one registry leaves the others as they were.
    run(&["image", "trust", "set", "-t", "reject", "h.io"]).ok();
    let shown = run(&["image", "trust", "show", "-n"]).ok();
    assert_eq!(shown.out.lines().count(), 2, "{shown}");
    shown.out_has("default     accept").out_has("h.io        reject");
}

/// Puts a signature into the registry as cosign does.
pub fn attach(content: &mut Content, repository: &str, digest: &str, signatures: &[(Vec<u8>, String)]) {
    let layers: Vec<Value> = signatures
        .iter()
        .map(|(payload, signature)| {
            let blob = content.put("", payload.clone());
            json!({
                "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
                "digest": blob,
                "size": payload.len(),
                "annotations": {"dev.cosignproject.cosign/signature": signature},
            })
        })
        .collect();
    let config = content.put("", "{}");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
        "layers": layers,
    });
    let manifest = content.put(MANIFEST, manifest.to_string());
    content.tag(repository, &format!("{}.sig", digest.replace(':', "-")), &manifest);
}

/// What cosign signs; it knows repositories only.
pub fn cosigned(digest: &str, name: &str) -> Vec<u8> {
    let text = String::from_utf8(payload(digest, name)).unwrap();
    text.replace("atomic container signature", "cosign container image signature")
        .replace("\"optional\":{}", "\"optional\":null")
        .into_bytes()
}

#[test]
fn signatures_beside_the_image_are_found() {
    let world = World::new();
    let mut content = Content::default();
    let keys = [PemKey::new(&world, "p256", false), PemKey::new(&world, "edwards", true)];
    let mut digests = Vec::new();
    for (repository, key) in [("ecdsa", &keys[0]), ("edwards", &keys[1])] {
        let digest = content.image(repository, "1", &app(repository), Packing::Gzip);
        let payload = cosigned(&digest, &format!("signed.example/{repository}"));
        let signature = key.sign(&payload);
        attach(&mut content, repository, &digest, &[(payload, signature)]);
        digests.push(digest);
    }
    content.image("unsigned", "1", &app("unsigned"), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let remap = json!({"type": "exactRepository", "dockerRepository": "signed.example/ecdsa"});
    let requirement = |key: &PemKey<'_>, identity: &Value| json!([{"type": "sigstoreSigned", "keyPath": key.public, "signedIdentity": identity}]);
    let edwards = json!({"type": "exactRepository", "dockerRepository": "signed.example/edwards"});
    policy(
        &world,
        &json!({"default": requirement(&keys[0], &remap), "transports": {"docker": {
            server.name("edwards"): requirement(&keys[1], &edwards),
        }}}),
    );
    let unsigned = "A signature was required, but no signature exists";
    // Nobody looks there without being told to.
    world.run(&["pull", INSECURE, &server.name("ecdsa:1")]).fails(125).err_has(unsigned);
    assert_eq!(server.count(".sig"), 0);
    let config = world.make_dir("home/.config/containers/registries.d");
    let text = format!("docker:\n  {}:\n    use-sigstore-attachments: true\n", server.host);
    std::fs::write(config.join("a.yaml"), text).unwrap();
    for (repository, digest) in [("ecdsa:1", &digests[0]), ("edwards:1", &digests[1])] {
        world.run(&["pull", INSECURE, &server.name(repository)]).ok();
        world.run(&["rmi", "-af"]).ok();
        world
            .run(&[
                "pull",
                INSECURE,
                &format!("{}@{digest}", server.name(repository.split(':').next().unwrap())),
            ])
            .ok();
    }
    server.forget();
    world.run(&["pull", INSECURE, &server.name("unsigned:1")]).fails(125).err_has(unsigned);
    assert_eq!(server.count("/blobs/"), 0, "{:?}", server.paths());
    policy(&world, &json!({"default": requirement(&keys[1], &remap)}));
    let outcome = world.run(&["pull", INSECURE, &server.name("ecdsa:1")]).fails(125);
    outcome.err_has("not by one of the trusted keys");
    for (more, named) in [("fulcio", "fulcio"), ("rekorPublicKeyPath", "rekorPublicKeyPath")] {
        let mut wanted = requirement(&keys[0], &remap);
        wanted[0][more] = json!({});
        policy(&world, &json!({ "default": wanted }));
        world.run(&["pull", INSECURE, &server.name("ecdsa:1")]).fails(125).err_has(named);
    }
}

#[test]
fn who_is_trusted_is_shown_and_changed() {
    let world = World::new();
    let gpg = Gpg::new(&world);
    gpg.key("signer@example.org");
    let key = gpg.public("signer@example.org");
    let key = key.to_str().unwrap();
    let own = world.path("home/.config/containers/policy.json");
    policy(
        &world,
        &json!({"default": [{"type": "reject"}], "transports": {"docker-daemon": {"": [{"type": "insecureAcceptAnything"}]}}}),
    );
    let set = |words: &[&str]| world.run(&[&["image", "trust", "set"], words].concat());
    set(&["-f", key, "signed.example/team"]).ok();
    set(&["-t", "accept", "h.io:5000/"]).ok();
    set(&["--type", "sigstoreSigned", "--pubkeysfile", key, "docker.io/library/busybox:1"]).ok();
    set(&["signed.example"])
        .fails(125)
        .err_has("at least one public key must be defined for type 'signedBy'");
    set(&["-f", "/nowhere", "signed.example"]).fails(125).err_has("/nowhere");
    set(&["-t", "accept", "Bad Name"]).fails(125).err_has("Bad Name");
    set(&["-t", "accept", "-f", key, "h.io"]).fails(125).err_has("mean nothing");
    let config = world.make_dir("home/.config/containers/registries.d");
    std::fs::write(
        config.join("a.yaml"),
        "docker:\n  signed.example/team:\n    lookaside: https://s.example\n",
    )
    .unwrap();
    let table = [
        "TRANSPORT      NAME                         TYPE            ID                  STORE",
        "all            default                      reject",
        "repository     docker.io/library/busybox:1  sigstoreSigned  N/A",
        "repository     h.io:5000                    accept",
        "repository     signed.example/team          signed          signer@example.org  https://s.example",
        "docker-daemon                               accept",
    ];
    let shown = world.run(&["image", "trust", "show"]).ok();
    let lines: Vec<&str> = shown.out.lines().map(str::trim_end).collect();
    assert_eq!(lines, table, "{shown}");
    let shown = world.run(&["image", "trust", "show", "-n", "signed.example"]).ok();
    assert_eq!(shown.out.lines().count(), 2, "{shown}");
    let objects = world.run(&["image", "trust", "show", "--json"]).ok().json();
    assert_eq!(
        objects[3],
        json!({"transport": "repository", "name": "signed.example/team", "repo_name": "signed.example/team",
            "sigstore": "https://s.example", "type": "signed", "gpg_id": "signer@example.org"})
    );
    assert_eq!(
        objects[0],
        json!({"transport": "all", "name": "* (default)", "repo_name": "default", "type": "reject"})
    );
    world.run(&["image", "trust", "show", "--raw"]).ok().out_is(&std::fs::read_to_string(&own).unwrap());
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o644);
    set(&["-t", "accept", "default"]).ok();
    world.run(&["image", "trust", "show", "-n", "none.example"]).ok().out_has("accept");
    // What is not understood is left as it is.
    std::fs::write(&own, "{\"default\":1}").unwrap();
    set(&["-t", "accept", "default"]).fails(125).err_has("invalid policy");
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "{\"default\":1}");
}
