//! Signatures that are not what they should be, and registries that play tricks with them. Whatever is refused, nothing is
//! fetched on its word.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::image::Packing;
use crate::support::keys::{Gpg, PemKey};
use crate::support::scripted::{Content, MANIFEST, Reply, Scripted};
use crate::support::{World, without};
use crate::trust::{INSECURE, app, attach, cosigned, lookaside, payload, policy, put, signed_by};

#[test]
fn bad_signatures_of_gpgs() {
    let world = World::new();
    let mut content = Content::default();
    let digest = content.image("app", "1", &app("one"), Packing::Gzip);
    let other = content.image("app", "2", &app("two"), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let name = server.name("app:1");
    let gpg = Gpg::new(&world);
    gpg.key("good@example.org");
    gpg.key("stranger@example.org");
    gpg.expired_key("old@example.org");
    let lost = gpg.key("lost@example.org");
    let payload_of_it = payload(&digest, &name);
    let lost_signature = gpg.sign("lost@example.org", &payload_of_it);
    gpg.revoke(&lost);
    let keys = world.path("keys.gpg");
    let exported = [
        "--output",
        keys.to_str().unwrap(),
        "--export",
        "good@example.org",
        "old@example.org",
        "lost@example.org",
        "lost@example.org",
    ];
    gpg.gpg(&exported).run().ok();
    policy(&world, &signed_by(&keys));
    let sigs = lookaside(&world, None);
    let good = gpg.sign("good@example.org", &payload_of_it);
    let text = String::from_utf8(payload_of_it.clone()).unwrap();
    let of = |text: &str| gpg.sign("good@example.org", text.as_bytes());
    let stranger = gpg.sign("stranger@example.org", &payload_of_it);
    let then = ["--faked-system-time=20200101T000100", "--local-user", "old@example.org"];
    let expired = gpg.sign_with(&then, &payload_of_it);
    let mut changed = good.clone();
    let at = changed.len() / 2;
    changed[at] ^= 1;
    // Two signatures over one text, of which one is a stranger's.
    let both = gpg.sign_with(&["-u", "good@example.org", "-u", "stranger@example.org"], &payload_of_it);
    let large = gpg.sign("good@example.org", &[b' '].repeat(8 << 20));
    assert!(large.len() < 60_000, "it is packed well: {}", large.len());
    gpg.gpg(&[
        "--clearsign",
        "--output",
        world.path("clear").to_str().unwrap(),
        "--local-user",
        "good@example.org",
    ])
    .args([world.write("text", &payload_of_it)])
    .run()
    .ok();
    let clear = std::fs::read(world.path("clear")).unwrap();
    for (what, signature, told) in [
        (
            "another digest",
            gpg.sign("good@example.org", &payload(&other, &name)),
            "Signature for docker digest",
        ),
        (
            "another name",
            gpg.sign("good@example.org", &payload(&digest, "h.io/app:1")),
            "Signature for identity \"h.io/app:1\"",
        ),
        (
            "another tag",
            gpg.sign("good@example.org", &payload(&digest, &server.name("app:2"))),
            "is not accepted",
        ),
        ("no tag", gpg.sign("good@example.org", &payload(&digest, &server.name("app"))), "is not accepted"),
        ("a stranger", stranger.clone(), "not by one of the trusted keys"),
        ("expired", expired, "the key has expired"),
        ("revoked", lost_signature, "the key was revoked"),
        ("changed", changed, "Invalid GPG signature"),
        ("two signers", both, "Invalid GPG signature"),
        ("large", large, "it does not end"),
        ("cleartext", clear, "Invalid GPG signature"),
        ("unsigned", payload_of_it.clone(), "it is no signed message"),
        ("empty", Vec::new(), "Invalid GPG signature"),
        ("noise", vec![0xa5; 1000], "Invalid GPG signature"),
        ("another type", of(&text.replace("atomic", "Atomic")), "Unrecognized signature type"),
        (
            "one word more",
            of(&text.replace("\"optional\"", "\"more\":1,\"optional\"")),
            "Invalid signature format",
        ),
        ("twice", of(&text.replace("\"type\"", "\"type\":\"x\",\"type\"")), "Invalid signature format"),
    ] {
        put(&sigs, "app", &digest, 1, &signature);
        server.forget();
        world.run(&["pull", INSECURE, &name]).fails(125).err_has("Source image rejected: ").err_has(told);
        assert_eq!(server.count("/blobs/"), 0, "{what}");
    }
    // Of several one good one is enough.
    put(&sigs, "app", &digest, 1, &stranger);
    world.run(&["pull", INSECURE, &name]).fails(125);
    put(&sigs, "app", &digest, 2, &good);
    world.run(&["pull", INSECURE, &name]).ok();
    // Also one that is here already has to be let in again under another name.
    std::fs::remove_file(sigs.join(format!("app@{}/signature-2", digest.replace(':', "=")))).unwrap();
    world.run(&["pull", INSECURE, &name]).fails(125).err_has("not by one of the trusted keys");
    put(&sigs, "app", &digest, 1, &vec![b'x'; 100_000]);
    world.run(&["pull", INSECURE, &name]).fails(125).err_has("file too large");
    // Without a key nothing is by one of them.
    std::fs::write(&keys, "").unwrap();
    put(&sigs, "app", &digest, 1, &good);
    world.run(&["pull", INSECURE, &name]).fails(125).err_has("it holds no OpenPGP public key");
    std::fs::remove_file(&keys).unwrap();
    world.run(&["pull", INSECURE, &name]).fails(125).err_has("keys.gpg: no such file");
    assert!(world.files_below("home/.local/share/rctr/tmp").iter().all(|file| file == ".lock"));
}

#[test]
fn without_gpg_nothing_that_needs_it_is_let_in() {
    let world = World::new();
    let mut content = Content::default();
    let digest = content.image("app", "1", &app("one"), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let gpg = Gpg::new(&world);
    gpg.key("good@example.org");
    policy(&world, &signed_by(&gpg.public("good@example.org")));
    let name = server.name("app:1");
    put(&lookaside(&world, None), "app", &digest, 1, &gpg.sign("good@example.org", &payload(&digest, &name)));
    let pull = || world.rctr(&["pull", INSECURE, &name]);
    pull()
        .env("PATH", world.path("home").to_str().unwrap())
        .run()
        .fails(125)
        .err_has("gpg: cannot be started")
        .err_has("install gnupg");
    if let Some(words) = without(&["gpg"]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        pull().under(&words).run().fails(125).err_has("gpg: cannot be started");
    }
    pull().run().ok();
}

#[test]
fn a_signature_store_on_the_web() {
    let world = World::new();
    let mut content = Content::default();
    let digest = content.image("app", "1", &app("one"), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let name = server.name("app:1");
    let gpg = Gpg::new(&world);
    gpg.key("good@example.org");
    policy(&world, &signed_by(&gpg.public("good@example.org")));
    let good = gpg.sign("good@example.org", &payload(&digest, &name));
    let at = format!("/top/app@{}/signature-", digest.replace(':', "="));
    let store = |reply: fn(usize, &[u8]) -> Reply| {
        let (good, at) = (good.clone(), at.clone());
        Scripted::new(Content::default(), move |asked, _| {
            let number = asked.path.strip_prefix(&at).and_then(|number| number.parse().ok());
            Some(number.map_or_else(|| Reply::new(500, "another path"), |number| reply(number, &good)))
        })
    };
    let pull = |store: &Scripted| {
        lookaside(&world, Some(&format!("http://{}/top/", store.host)));
        server.forget();
        world.run(&["pull", "--retry", "0", INSECURE, &name])
    };
    pull(&store(|number, good| if number == 1 { Reply::new(200, good) } else { Reply::new(404, "") })).ok();
    let thousand = store(|number, _| if number <= 1000 { Reply::new(200, "x") } else { Reply::new(404, "") });
    pull(&thousand).fails(125).err_has("more signatures, at most 128");
    assert!(thousand.paths().len() <= 129, "{}", thousand.paths().len());
    assert_eq!(server.count("/blobs/"), 0);
    for (bad, told) in [
        (store(|_, _| Reply::new(404, "")), "no signature exists"),
        (store(|_, _| Reply::new(200, vec![b'x'; 1 << 20])), "longer than"),
        (store(|_, _| Reply::new(500, "")), "unexpected HTTP status: 500"),
        (store(|_, _| Reply::new(403, "")), "unexpected HTTP status: 403"),
        (store(|_, _| Reply::redirect("file:///etc/passwd")), "which is no place"),
        (store(|_, good| Reply::new(200, good).cut(10)), "reading http://"),
    ] {
        pull(&bad).fails(125).err_has(told);
        assert_eq!(server.count("/blobs/"), 0, "{told}");
    }
}

/// A policy for signatures beside an image.
fn sigstore(world: &World, key: &Path, host: &str) {
    let identity = json!({"type": "exactReference", "dockerReference": "signed.example/app:1"});
    let requirement = json!([{"type": "sigstoreSigned", "keyPath": key, "signedIdentity": identity}]);
    policy(world, &json!({ "default": requirement }));
    let config = world.make_dir("home/.config/containers/registries.d");
    let text = format!("docker:\n  {host}:\n    use-sigstore-attachments: true\n");
    std::fs::write(config.join("a.yaml"), text).unwrap();
}

/// Payloads, each with its signature.
type Signatures = Vec<(Vec<u8>, String)>;

#[test]
fn bad_signatures_beside_the_image() {
    let world = World::new();
    let key = PemKey::new(&world, "good", false);
    let stranger = PemKey::new(&world, "stranger", false);
    let signed = |key: &PemKey<'_>, payload: Vec<u8>| {
        let signature = key.sign(&payload);
        (payload, signature)
    };
    let mut content = Content::default();
    let mut cases: Vec<(String, &str)> = Vec::new();
    let mut add = |content: &mut Content, what: &str, told, signatures: &dyn Fn(&str) -> Signatures| {
        let digest = content.image(what, "1", &app(what), Packing::Gzip);
        attach(content, what, &digest, &signatures(&digest));
        cases.push((what.to_owned(), told));
    };
    let name = "signed.example/app:1";
    let other = format!("sha256:{}", "0".repeat(64));
    add(&mut content, "digest", "Signature for docker digest", &|_| {
        vec![signed(&key, cosigned(&other, name))]
    });
    add(&mut content, "name", "is not accepted", &|d| vec![signed(&key, cosigned(d, "signed.example/app"))]);
    add(&mut content, "stranger", "not by one of the trusted keys", &|d| {
        vec![signed(&stranger, cosigned(d, name))]
    });
    add(&mut content, "atomic", "Unrecognized signature type", &|d| vec![signed(&key, payload(d, name))]);
    add(&mut content, "base64", "not base64", &|d| vec![(cosigned(d, name), "?".to_owned())]);
    add(&mut content, "exchanged", "not by one of the trusted keys", &|d| {
        vec![(cosigned(d, name), signed(&key, cosigned(&other, name)).1)]
    });
    add(&mut content, "long", "longer signature", &|_| vec![signed(&key, vec![b' '; 100_000])]);
    add(&mut content, "none", "no signature exists", &|_| Vec::new());
    add(&mut content, "many", "more signatures", &|d| vec![(cosigned(d, name), "eA==".to_owned()); 1000]);
    let digest = content.image("twice", "1", &app("twice"), Packing::Gzip);
    let pair = [(cosigned(&digest, name), "eA==".to_owned()), signed(&key, cosigned(&digest, name))];
    attach(&mut content, "twice", &digest, &pair);
    // Its payload is another one under way.
    let digest = content.image("swapped", "1", &app("swapped"), Packing::Gzip);
    attach(&mut content, "swapped", &digest, &[signed(&key, cosigned(&digest, name))]);
    let nothing = content.put(MANIFEST, "[]");
    let digest = content.image("nonsense", "1", &app("nonsense"), Packing::Gzip);
    content.tag("nonsense", &format!("{}.sig", digest.replace(':', "-")), &nothing);
    let server = Scripted::new(content, |asked, content| {
        let swapped = asked.path.starts_with("/v2/swapped/blobs/");
        swapped.then(|| content.reply(asked).map_body(|body| body.iter().rev().copied().collect()))
    });
    sigstore(&world, &key.public, &server.host);
    cases.push(("swapped".to_owned(), "its digest is"));
    cases.push(("nonsense".to_owned(), "corrupted manifest"));
    for (what, told) in &cases {
        server.forget();
        let outcome =
            world.run(&["pull", "--retry", "0", INSECURE, &server.name(&format!("{what}:1"))]).fails(125);
        outcome.err_has(told);
        let layers = server.requests().iter().filter(|asked| asked.is_blob()).count();
        assert!(layers <= 1, "{what}: only payloads are fetched: {:?}", server.paths());
    }
    world.run(&["pull", INSECURE, &server.name("twice:1")]).ok();
}

#[test]
fn a_tag_that_moves_meanwhile_brings_nothing_else_in() {
    let world = World::new();
    let mut content = Content::default();
    let signed = content.image("app", "1", &app("signed"), Packing::Gzip);
    let evil = content.image("app", "2", &app("evil"), Packing::Gzip);
    let evil_one = evil.clone();
    // The signed one is shown once, and the evil one ever after.
    let server = Scripted::new(content, move |asked, content| {
        let moved = asked.path == "/v2/app/manifests/1" && asked.before > 0;
        moved.then(|| Reply::new(200, content.bytes(&evil_one)).header("Content-Type", MANIFEST))
    });
    let name = server.name("app:1");
    let gpg = Gpg::new(&world);
    gpg.key("good@example.org");
    policy(&world, &signed_by(&gpg.public("good@example.org")));
    let sigs = lookaside(&world, None);
    put(&sigs, "app", &signed, 1, &gpg.sign("good@example.org", &payload(&signed, &name)));
    world.run(&["pull", INSECURE, &name]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&signed);
    assert_eq!(server.count("/manifests/1"), 1);
    // Asked again it is the evil one, which nobody has signed; the good one's signature does not help it.
    put(&sigs, "app", &evil, 1, &gpg.sign("good@example.org", &payload(&signed, &name)));
    server.forget();
    world.run(&["pull", INSECURE, &name]).ok();
    let outcome = world.run(&["pull", INSECURE, &name]).fails(125);
    outcome.err_has("Signature for docker digest");
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&signed);
}

#[test]
fn the_manifest_of_the_platform_is_what_is_signed() {
    let world = World::new();
    let mut content = Content::default();
    let made: Vec<(String, Value)> = ["amd64", "arm64"]
        .map(|arch| {
            let digest = content.image("app", arch, &app(arch), Packing::Gzip);
            (digest, json!({"os": "linux", "architecture": arch}))
        })
        .into();
    let manifests: Vec<_> =
        made.iter().map(|(digest, platform)| (digest.as_str(), platform.clone())).collect();
    let index = content.index("app", "latest", &manifests);
    let server = Scripted::new(content, |_, _| None);
    let name = server.name("app");
    let gpg = Gpg::new(&world);
    gpg.key("good@example.org");
    policy(&world, &signed_by(&gpg.public("good@example.org")));
    let sigs = lookaside(&world, None);
    let whole = format!("{name}:latest");
    put(&sigs, "app", &index, 1, &gpg.sign("good@example.org", &payload(&index, &whole)));
    world.run(&["pull", INSECURE, "--arch", "amd64", &name]).fails(125).err_has("no signature exists");
    let sign = |flags: &[&str]| {
        let words =
            [&["image", "sign", INSECURE, "--sign-by", "good@example.org"], flags, &[&whole]].concat();
        world.rctr(&words).env("GNUPGHOME", &gpg.home).run().ok();
    };
    sign(&["--all"]);
    for arch in ["amd64", "arm64"] {
        world.run(&["pull", INSECURE, "--arch", arch, &name]).ok();
    }
}
