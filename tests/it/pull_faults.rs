//! Registries that break off, lie or lead astray, and pulls that are killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;
use rctr::sys::watch::Watch;
use serde_json::json;

use crate::support::image::Packing;
use crate::support::scripted::{Asked, Content, MANIFEST, Reply, Scripted};
use crate::support::{Image, Layer, World};

const INSECURE: &str = "--tls-verify=false";

/// Two layers that nothing compresses, the larger one first on its way.
fn two_layers() -> Image {
    let noise = |seed: u32, length: usize| {
        let mut state = seed;
        let mut step = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(|_| step()).collect::<Vec<u8>>()
    };
    Image::new("x").layer(Layer::new().file("large", 0o644, noise(1, 3_000_000))).layer(Layer::new().file(
        "small",
        0o644,
        noise(2, 300_000),
    ))
}

fn content() -> (Content, String, Vec<String>) {
    let mut content = Content::default();
    let digest = content.image("app", "1", &two_layers(), Packing::Gzip);
    let layers = content.layers(&digest);
    (content, digest, layers)
}

/// Nothing of an image that failed is there.
fn nothing_is_there(world: &World) {
    world.run(&["images", "-q"]).ok().out_is("");
}

#[test]
fn what_a_registry_gets_wrong_is_told() {
    type Script = fn(&Asked, &Content) -> Option<Reply>;
    let cases: &[(&str, Script, &str)] = &[
        (
            "401 again and again",
            |_, _| Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x")),
            "unauthorized",
        ),
        (
            "a challenge of nonsense",
            |_, _| Some(Reply::new(401, "").header("WWW-Authenticate", "\"=,")),
            "unauthorized",
        ),
        (
            "a token service that is no URL",
            |_, _| {
                Some(Reply::new(401, "").header("WWW-Authenticate", "Bearer realm=\"file:///etc/passwd\""))
            },
            "is no URL",
        ),
        (
            "a manifest that is not what its digest header says",
            |asked, content| {
                let header = format!("sha256:{}", "0".repeat(64));
                asked
                    .path
                    .contains("/manifests/")
                    .then(|| content.reply(asked).header("Docker-Content-Digest", header))
            },
            "its digest is",
        ),
        (
            "a huge manifest",
            |asked, _| asked.path.contains("/manifests/").then(|| Reply::new(200, vec![b' '; (4 << 20) + 1])),
            "longer than 4194304 bytes",
        ),
        (
            "no manifest at all",
            |asked, _| asked.path.contains("/manifests/").then(|| Reply::new(200, "<html>")),
            "corrupted manifest",
        ),
        (
            "schema 1",
            |asked, _| {
                let text = json!({"schemaVersion": 1, "name": "app", "tag": "1", "fsLayers": []}).to_string();
                asked.path.contains("/manifests/").then(|| Reply::new(200, text))
            },
            "schema 1 is not supported",
        ),
        (
            "a configuration of another digest",
            |asked, content| {
                let reply = content.reply(asked);
                asked.is_blob().then(|| {
                    reply.map_body(|body| body.iter().map(|b| if *b == b'l' { b'L' } else { *b }).collect())
                })
            },
            "its digest is",
        ),
        (
            "a redirect without an end",
            |asked, _| Some(Reply::redirect(format!("{}x", asked.path))),
            "redirects without an end",
        ),
        ("a redirect to nowhere", |_, _| Some(Reply::redirect("gopher://x/")), "which is no place"),
        (
            "an error with words",
            |_, _| Some(Reply::new(500, r#"{"errors":[{"code":"UNKNOWN","message":"on fire\u0007"}]}"#)),
            "500: unknown: on fire",
        ),
        (
            "too many requests",
            |_, _| Some(Reply::new(429, "").header("Retry-After", "7200")),
            "too many requests",
        ),
    ];
    for (what, script, want) in cases {
        let world = World::new();
        let (content, ..) = content();
        let script = *script;
        // Whether there is a registry at all is asked first, and that is not what these are about.
        let server = Scripted::new(
            content,
            move |asked, content| {
                if asked.path == "/v2/" { None } else { script(asked, content) }
            },
        );
        let outcome =
            world.run(&["pull", INSECURE, "--retry-delay", "1ms", &server.name("app:1")]).fails(125);
        assert!(outcome.err.contains(want), "{what}: want {want:?}: {outcome}");
        assert!(server.requests().len() < 20, "{what}: {:?}", server.paths());
        nothing_is_there(&world);
    }
}

#[test]
fn a_layer_that_is_not_what_the_manifest_says_never_shows() {
    type Change = fn(Reply) -> Reply;
    let cases: &[(&str, Change, &str)] = &[
        (
            "another digest",
            |reply| {
                reply.map_body(|mut body| {
                    let middle = body.len() / 2;
                    body[middle] ^= 0x55;
                    body
                })
            },
            "digest of blob is wrong",
        ),
        (
            "shorter, and it says so",
            |reply| reply.map_body(|body| body[..body.len() - 1].to_vec()),
            "the manifest says",
        ),
        (
            "longer, and it says so",
            |reply| reply.map_body(|body| [body, vec![0]].concat()),
            "the manifest says",
        ),
        ("cut off every time", |reply| reply.cut(100), "fetching blob"),
        ("gone", |_| Reply::new(404, ""), "not found"),
        ("an error", |_| Reply::new(503, ""), "503"),
    ];
    for (what, change, want) in cases {
        let world = World::new();
        let (content, _, layers) = content();
        let (change, large) = (*change, layers[0].clone());
        let server = Scripted::new(content, move |asked, content| {
            asked
                .path
                .ends_with(&large)
                .then(|| change(content.reply(&Asked { headers: Default::default(), ..asked.clone() })))
        });
        let words = ["pull", INSECURE, "--retry", "2", "--retry-delay", "1ms", &server.name("app:1")];
        let outcome = world.run(&words).fails(125);
        assert!(outcome.err.contains(want), "{what}: want {want:?}: {outcome}");
        assert!(server.count(&layers[0]) <= 4, "{what}: {:?}", server.paths());
        nothing_is_there(&world);
        let shown = world.run(&["system", "df", "--format", "{{.Type}} {{.TotalCount}}"]).ok();
        assert!(shown.out.contains("Images 0"), "{what}: {shown}");
        assert!(!world.store().join("layers").join(diff_id(0)).exists(), "{what}");
    }
}

/// Directory name of a layer of [`two_layers`].
fn diff_id(layer: usize) -> String {
    crate::support::image::hex(&two_layers().layers[layer])
}

#[test]
fn foreign_layers_are_refused_before_anything_is_fetched() {
    let world = World::new();
    let mut content = Content::default();
    let config = content.put("", Image::busybox().configuration());
    let layer = json!({
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": config, "size": 10, "urls": ["https://example.invalid/layer"],
    });
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": content.bytes(&config).len()},
        "layers": [layer],
    });
    let digest = content.put(MANIFEST, manifest.to_string());
    content.tag("app", "1", &digest);
    let server = Scripted::new(content, |_, _| None);
    world.run(&["pull", INSECURE, &server.name("app:1")]).fails(125).err_has("is foreign");
    assert_eq!(server.count("/blobs/"), 0);
}

#[test]
fn a_passing_failure_is_waited_out() {
    let world = World::new();
    let (content, digest, layers) = content();
    let large = layers[0].clone();
    let server = Scripted::new(content, move |asked, content| match asked.before {
        0 if asked.path.contains("/manifests/") => Some(Reply::new(429, "").header("Retry-After", "0")),
        1 if asked.path.contains("/manifests/") => Some(Reply::new(502, "")),
        // The connection breaks twice, the second time where it was taken up.
        0 if asked.path.ends_with(&large) => Some(content.reply(asked).cut(1_000_000)),
        1 if asked.path.ends_with(&large) => Some(content.reply(asked).cut(500_000)),
        _ => None,
    });
    world.run(&["pull", INSECURE, "--retry-delay", "1ms", &server.name("app:1")]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
    let requests = server.requests();
    let ranges: Vec<_> =
        requests.iter().filter(|a| a.path.ends_with(&layers[0])).map(|a| a.header("range")).collect();
    assert_eq!(ranges, ["", "bytes=1000000-", "bytes=1500000-"]);
}

#[test]
fn a_server_without_ranges_is_read_from_the_start() {
    let world = World::new();
    let (content, digest, layers) = content();
    let large = layers[0].clone();
    let server = Scripted::new(content, move |asked, content| {
        let whole = content.reply(&Asked { headers: Default::default(), ..asked.clone() });
        let cut = if asked.before == 0 { whole.clone().cut(1_000_000) } else { whole };
        asked.path.ends_with(&large).then_some(cut)
    });
    world.run(&["pull", INSECURE, "--retry-delay", "1ms", &server.name("app:1")]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
}

#[test]
fn silence_ends() {
    let (content, _, layers) = content();
    for what in ["/manifests/", layers[0].as_str()] {
        let world = World::new();
        let part = what.to_owned();
        let server = Scripted::new(content.clone(), move |asked, content| {
            asked.path.contains(&part).then(|| content.reply(asked).stalled(100))
        });
        let words = ["pull", INSECURE, "--retry", "0", &server.name("app:1")];
        let outcome = world.rctr(&words).env("RCTR_REGISTRY_TIMEOUT", "1").run().fails(125);
        outcome.err_has("i/o timeout");
    }
    let world = World::new();
    let outcome = world.rctr(&["pull", "x"]).env("RCTR_REGISTRY_TIMEOUT", "soon").run().fails(125);
    outcome.err_has("RCTR_REGISTRY_TIMEOUT=soon");
}

#[test]
fn redirects_get_no_secrets() {
    let world = World::new();
    let (content, digest, _) = content();
    let elsewhere = Scripted::new(content.clone(), |asked, _| {
        // A challenge of the other host is not answered either.
        let again = asked.path.contains("/blobs/") && asked.before > 5;
        again.then(|| Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x"))
    });
    let to = elsewhere.host.clone();
    let server = Scripted::new(content, move |asked, _| {
        if asked.header("authorization").is_empty() {
            return Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x"));
        }
        asked.is_blob().then(|| Reply::redirect(format!("http://{to}{}", asked.path)))
    });
    world.run(&["pull", INSECURE, "--creds", "u:p", &server.name("app:1")]).ok();
    world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
    assert!(elsewhere.count("/blobs/") >= 3);
    for asked in elsewhere.requests() {
        assert_eq!(asked.header("authorization"), "", "{asked:?}");
    }
}

#[test]
fn another_hosts_challenge_is_not_answered() {
    let world = World::new();
    let (content, ..) = content();
    let thief = Scripted::new(Content::default(), |_, _| {
        Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"give me\""))
    });
    let to = thief.host.clone();
    let server = Scripted::new(content, move |asked, _| {
        if asked.header("authorization").is_empty() {
            return Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x"));
        }
        asked.is_blob().then(|| Reply::redirect(format!("http://{to}{}", asked.path)))
    });
    world
        .run(&["pull", INSECURE, "--creds", "u:p", &server.name("app:1")])
        .fails(125)
        .err_has("unauthorized");
    assert!(thief.requests().iter().all(|asked| asked.header("authorization").is_empty()));
    assert_eq!(thief.requests().len(), 1);
}

/// A token service at `/token` of the same server: a token for who asks rightly, and what was asked of it.
fn with_tokens(content: Content, good: &'static str) -> Scripted {
    Scripted::new(content, move |asked, _| {
        let host = asked.header("host").to_owned();
        if asked.path.starts_with("/token") {
            let user = asked.header("authorization");
            let refresh = asked.body.contains("refresh_token=id-token");
            let token = match (user, refresh) {
                ("", false) => "anonymous",
                // u:p
                ("Basic dTpw", _) | (_, true) => "known",
                _ => {
                    return Some(Reply::new(
                        401,
                        r#"{"errors":[{"code":"UNAUTHORIZED","message":"wrong"}]}"#,
                    ));
                }
            };
            return Some(Reply::new(200, json!({"token": token, "expires_in": 60}).to_string()));
        }
        if asked.header("authorization") == format!("Bearer {good}") {
            return None;
        }
        let challenge = format!(
            "Bearer realm=\"http://{host}/token\",service=\"a \\\"b\\\"\",scope=\"repository:other:pull\""
        );
        Some(Reply::new(401, "").header("WWW-Authenticate", format!("Negotiate, {challenge}")))
    })
}

#[test]
fn tokens_are_asked_for_once() {
    let world = World::new();
    let (content, ..) = content();
    let server = with_tokens(content.clone(), "anonymous");
    world.run(&["pull", INSECURE, &server.name("app:1")]).ok();
    let asked: Vec<_> = server.paths().into_iter().filter(|path| path.starts_with("/token")).collect();
    assert_eq!(asked, ["/token?service=a%20%22b%22&scope=repository%3Aapp%3Apull"], "{:?}", server.paths());

    let world = World::new();
    let server = with_tokens(content.clone(), "known");
    let name = server.name("app:1");
    world.run(&["pull", INSECURE, "--creds", "u:p", &name]).ok();
    assert_eq!(server.count("/token"), 1);
    assert_eq!(server.count("account=u"), 1);
    let outcome = world.run(&["pull", INSECURE, "--creds", "u:q", &name]).fails(125);
    outcome.err_has("unable to retrieve auth token: invalid username/password");
    // A token that is not enough: asked for once more, and that is all.
    server.forget();
    world.run(&["pull", INSECURE, &name]).fails(125).err_has("unauthorized");
    assert_eq!(server.count("/token"), 1, "{:?}", server.paths());

    // docker's identity token is exchanged, and never in a URL.
    let server = with_tokens(content, "known");
    let auth = json!({"auths": {server.host.as_str(): {"auth": "dTo=", "identitytoken": "id-token"}}});
    let file = world.write("home/auth.json", auth.to_string());
    world.run(&["pull", INSECURE, "--authfile", file.to_str().unwrap(), &server.name("app:1")]).ok();
    let requests = server.requests();
    let posted: Vec<_> = requests.iter().filter(|asked| asked.method == "POST").collect();
    assert_eq!(posted.len(), 1);
    assert!(posted[0].body.contains("grant_type=refresh_token"), "{:?}", posted[0]);
    assert!(requests.iter().all(|asked| !asked.path.contains("id-token")));
}

/// A registry that sends a part of this layer and then nothing, until it is opened.
fn halved(content: Content, layer: &str) -> (Scripted, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let (gate, layer) = (Arc::clone(&open), layer.to_owned());
    let server = Scripted::new(content, move |asked, content| {
        let whole = content.reply(asked);
        (asked.path.ends_with(&layer) && !gate.load(Ordering::SeqCst)).then(|| whole.stalled(1_000_000))
    });
    (server, open)
}

#[test]
fn two_pulls_of_one_layer_fetch_it_once() {
    let world = World::new();
    let (content, _, layers) = content();
    // The first to come gets half of it, until the other one waits.
    let (server, open) = halved(content, &layers[0]);
    let name = server.name("app:1");
    let words = ["pull", "-q", INSECURE, "--retry-delay", "1ms", &name];
    let pull = || world.rctr(&words).env("RCTR_REGISTRY_TIMEOUT", "2").spawn();
    let first = pull();
    server.wait_for(&layers[0]);
    let second = pull();
    open.store(true, Ordering::SeqCst);
    let (first, second) = (first.finish().ok(), second.finish().ok());
    assert_eq!(first.out, second.out);
    let requests = server.requests();
    let from_start = requests.iter().filter(|a| a.path.ends_with(&layers[0]) && a.header("range").is_empty());
    assert_eq!(from_start.count(), 1, "{:?}", server.paths());
    assert_eq!(server.count(&layers[1]), 1);
}

#[test]
fn a_killed_pull_goes_on_with_what_is_missing() {
    for signal in [Signal::SIGKILL, Signal::SIGINT] {
        let world = World::new();
        world.leaves_processes();
        let (content, digest, layers) = content();
        let (server, open) = halved(content, &layers[0]);
        let name = server.name("app:1");
        let pull = world.rctr(&["pull", INSECURE, &name]).spawn();
        server.wait_for(&layers[0]);
        // The small one becomes whole beside it, and then is there for everybody.
        let small = world.store().join("layers").join(diff_id(1));
        let watch = Watch::new(small.parent().unwrap()).unwrap();
        while !small.exists() {
            assert!(watch.next(std::time::Duration::from_secs(60)).unwrap(), "the small layer does not come");
        }
        // No image has it yet, and a prune leaves it all the same.
        world.run(&["image", "prune", "-f"]).ok();
        assert!(small.exists());
        pull.signal(signal);
        pull.finish().code(1000 + signal as i32);
        nothing_is_there(&world);
        open.store(true, Ordering::SeqCst);
        server.forget();
        world.run(&["pull", INSECURE, &name]).ok();
        assert_eq!((server.count(&layers[0]), server.count(&layers[1])), (1, 0), "{signal}");
        world.run(&["images", "--format", "{{.Digest}}"]).ok().out_is(&digest);
        let tmp = std::fs::read_dir(world.store().join("tmp")).unwrap().flatten();
        let left: Vec<_> = tmp.map(|e| e.file_name()).filter(|name| name != ".lock").collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}

#[test]
fn what_a_killed_pull_left_is_pruned() {
    let world = World::new();
    world.leaves_processes();
    let (content, _, layers) = content();
    let large = layers[0].clone();
    let server = Scripted::new(content, move |asked, content| {
        asked.path.ends_with(&large).then(|| content.reply(asked).stalled(1_000_000))
    });
    // Given up by itself, after the small layer has become whole.
    let words = ["pull", INSECURE, "--retry", "0", &server.name("app:1")];
    world.rctr(&words).env("RCTR_REGISTRY_TIMEOUT", "2").run().fails(125);
    let layers = || std::fs::read_dir(world.store().join("layers")).unwrap().count();
    assert_eq!(layers(), 1);
    world.run(&["image", "prune", "-f"]).ok();
    assert_eq!(layers(), 0);
}
