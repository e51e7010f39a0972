//! Registries that break off, lie or lead astray while something is pushed, and pushes that are ended.

use nix::sys::signal::Signal;

use crate::support::accepting::Arrived;
use crate::support::scripted::{Asked, Content, Reply, Scripted};
use crate::support::{Image, Layer, World};

const INSECURE: &str = "--tls-verify=false";

/// What nothing compresses.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let mut step = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| step()).collect()
}

/// A world with an image of one layer of so many bytes.
fn world(length: usize) -> World {
    let world = World::new();
    world.load(&Image::new("app").layer(Layer::new().file("large", 0o644, noise(length))));
    world
}

fn push(world: &World, server: &Scripted, flags: &[&str]) -> crate::support::Outcome {
    let words = ["push", "-q", INSECURE, "--retry-delay", "1ms"];
    world.run(&[&words[..], flags, &["app", &server.name("app:1")]].concat())
}

fn is_upload(asked: &Asked) -> bool {
    asked.path.contains("/blobs/uploads/")
}

/// The manifest's layer is there, whole.
fn arrived_whole(arrived: &Arrived) {
    let manifest = arrived.manifest("app:1").expect("a manifest");
    for part in [&manifest["layers"][0], &manifest["config"]] {
        let bytes = arrived.blob(part["digest"].as_str().unwrap()).expect("the blob");
        assert_eq!(part["size"], bytes.len());
    }
}

/// The offset of each `PATCH`, and the methods of all requests of uploads.
fn methods(server: &Scripted) -> Vec<String> {
    let uploads = server.requests().into_iter().filter(is_upload_of_layer);
    uploads
        .map(|asked| format!("{} {}", asked.method, asked.header("content-range")).trim().to_owned())
        .collect()
}

/// The layer comes first; the configuration is small and goes in one request.
fn is_upload_of_layer(asked: &Asked) -> bool {
    is_upload(asked) && asked.path.contains("uploads/1?")
}

#[test]
fn a_whole_blob_goes_in_one_request() {
    let (world, arrived) = (world(2_000_000), Arrived::default());
    let server = arrived.serve(|_| None, |_, _| None);
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    assert_eq!(methods(&server), ["PUT"]);
    // The manifest is the last of all.
    assert!(server.paths().last().unwrap().ends_with("/manifests/1"));
    server.forget();
    push(&world, &server, &[]).ok();
    assert_eq!(arrived.uploads(), 2, "nothing is uploaded twice");
    assert!(server.requests().iter().all(|asked| !is_upload(asked)));
}

#[test]
fn a_broken_connection_is_taken_up_again() {
    let (world, arrived) = (world(40_000_000), Arrived::default());
    let server = arrived.serve(
        |asked| match (asked.method.as_str(), asked.before) {
            ("PUT", 0) if is_upload(asked) && asked.path.contains("uploads/1?") => Some(3_000_000),
            ("PATCH", _) if asked.header("content-range").starts_with("3000000-") => Some(2_000_000),
            _ => None,
        },
        |_, _| None,
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    let methods = methods(&server);
    let size = arrived.manifest("app:1").unwrap()["layers"][0]["size"].as_u64().unwrap();
    let piece = 16 << 20;
    let pieces = [5_000_000, 5_000_000 + piece, 5_000_000 + 2 * piece]
        .map(|from: u64| format!("PATCH {from}-{}", (from + piece).min(size) - 1));
    let wanted = ["PUT", "GET", "PATCH 3000000-19777215", "GET"].map(str::to_owned);
    assert_eq!(methods, [&wanted[..], &pieces[..], &["PUT".to_owned()]].concat());
}

#[test]
fn too_much_at_once_goes_in_pieces_as_large_as_the_registry_wants() {
    let (world, arrived) = (world(40_000_000), Arrived::default());
    let server = arrived.serve(
        |_| None,
        |asked, arrived| match asked.method.as_str() {
            "PUT" if is_upload(asked) && asked.bytes.len() > 30_000_000 => Some(Reply::new(413, "")),
            "POST" => Some(arrived.reply(asked)?.header("OCI-Chunk-Min-Length", "20000000")),
            _ => None,
        },
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    let sizes: Vec<_> =
        server.requests().iter().filter(|a| a.method == "PATCH").map(|a| a.bytes.len()).collect();
    assert_eq!(sizes[0], 20_000_000, "{sizes:?}");
    assert_eq!(sizes.len(), 3);
    // One that wants more at once than there is gets all of it.
    let (world, arrived) = (self::world(1_000_000), Arrived::default());
    let huge = u64::MAX.to_string();
    let server = arrived.serve(
        |asked| {
            (asked.method == "PUT" && asked.path.contains("uploads/1?") && asked.before == 0)
                .then_some(500_000)
        },
        move |asked, arrived| {
            (asked.method == "POST").then(|| {
                arrived.reply(asked).map(|reply| reply.header("OCI-Chunk-Min-Length", huge.clone()))
            })?
        },
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    assert_eq!(
        methods(&server)[1..3],
        ["GET".to_owned(), format!("PATCH 500000-{}", layer_size(&arrived) - 1)]
    );
}

fn layer_size(arrived: &Arrived) -> u64 {
    arrived.manifest("app:1").unwrap()["layers"][0]["size"].as_u64().unwrap()
}

#[test]
fn an_upload_that_the_registry_loses_begins_anew() {
    let (world, arrived) = (world(2_000_000), Arrived::default());
    let server = arrived.serve(
        |asked| (asked.method == "PUT" && asked.path.contains("uploads/1?")).then_some(1_000_000),
        |asked, _| (asked.method == "GET" && asked.path.contains("uploads/1?")).then(|| Reply::new(404, "")),
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    // One whose answer was lost is there.
    let (world, arrived) = (self::world(2_000_000), Arrived::default());
    let server = arrived.serve(
        |_| None,
        |asked, arrived| {
            (asked.method == "PUT" && is_upload(asked) && asked.before == 0).then(|| {
                arrived.reply(asked);
                Reply::new(502, "")
            })
        },
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
    assert_eq!(arrived.uploads(), 2);
}

#[test]
fn what_a_registry_gets_wrong_is_told_and_ends() {
    type Script = fn(&Asked, &Arrived) -> Option<Reply>;
    let cases: &[(&str, Script, &str)] = &[
        (
            "401 again and again",
            |_, _| Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x")),
            "unauthorized",
        ),
        (
            "429 for hours",
            |asked, _| is_upload(asked).then(|| Reply::new(429, "").header("Retry-After", "7200")),
            "too many requests",
        ),
        ("500 for uploads", |asked, _| is_upload(asked).then(|| Reply::new(500, "")), "500"),
        (
            "503 for the bytes",
            |asked, _| (asked.method == "PUT" && is_upload(asked)).then(|| Reply::new(503, "")),
            "503",
        ),
        (
            "202 without a place",
            |asked, _| is_upload(asked).then(|| Reply::new(202, "")),
            "does not say where",
        ),
        (
            "a place that is none",
            |asked, _| is_upload(asked).then(|| Reply::new(202, "").header("Location", "file:///etc/passwd")),
            "which is no place",
        ),
        (
            "uploads denied",
            |asked, _| {
                let words = r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#;
                is_upload(asked).then(|| Reply::new(403, words))
            },
            "requested access to the resource is denied",
        ),
        (
            "a name that the registry refuses",
            |asked, _| {
                let words = r#"{"errors":[{"code":"NAME_INVALID","message":"invalid repository name"}]}"#;
                is_upload(asked).then(|| Reply::new(400, words))
            },
            "invalid repository name",
        ),
        (
            "another digest of a blob",
            |asked, arrived| {
                let other = format!("sha256:{}", "0".repeat(64));
                (asked.method == "PUT" && is_upload(asked)).then(|| {
                    arrived.reply(asked);
                    Reply::new(201, "").header("Docker-Content-Digest", other)
                })
            },
            "it should be",
        ),
        (
            "another digest of the manifest",
            |asked, _| {
                let other = format!("sha256:{}", "0".repeat(64));
                asked
                    .path
                    .contains("/manifests/")
                    .then(|| Reply::new(201, "").header("Docker-Content-Digest", other))
            },
            "it should be",
        ),
        (
            "a manifest refused",
            |asked, _| {
                let words = r#"{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}"#;
                asked.path.contains("/manifests/").then(|| Reply::new(400, words))
            },
            "uploading manifest 1 to",
        ),
        (
            "more than was sent",
            |asked, _| match asked.method.as_str() {
                "PUT" if is_upload(asked) => Some(Reply::new(502, "")),
                "GET" if is_upload(asked) => Some(Reply::new(204, "").header("Range", "0-99999999999")),
                _ => None,
            },
            "were sent at most",
        ),
        (
            "a range that never grows",
            |asked, _| match asked.method.as_str() {
                "PUT" if is_upload(asked) => Some(Reply::new(502, "")),
                "GET" if is_upload(asked) => Some(Reply::new(204, "").header("Range", "0-99")),
                "PATCH" => Some(
                    Reply::new(202, "")
                        .header("Location", "/v2/app/blobs/uploads/1?x")
                        .header("Range", "0-99"),
                ),
                _ => None,
            },
            "writing blob",
        ),
        (
            "a redirect of an upload to another page",
            |asked, _| is_upload(asked).then(|| Reply::new(303, "").header("Location", "/else")),
            "answers with another page",
        ),
        (
            "a blob of another length",
            |asked, _| (asked.method == "HEAD").then(|| Reply::new(200, "12").cut(0)),
            "",
        ),
    ];
    for (what, script, want) in cases {
        let (world, arrived) = (world(100_000), Arrived::default());
        let script = *script;
        let server = arrived.serve(
            |_| None,
            move |asked, arrived| {
                if asked.path == "/v2/" { None } else { script(asked, arrived) }
            },
        );
        let outcome = push(&world, &server, &["--retry", "2"]);
        if want.is_empty() {
            outcome.ok();
            continue;
        }
        let outcome = outcome.fails(125);
        assert!(outcome.err.contains(want), "{what}: want {want:?}: {outcome}");
        assert!(server.requests().len() < 40, "{what}: {:?}", server.paths());
        let shown = world.run(&["image", "inspect", "--format", "{{.RepoDigests}}", "app"]).ok();
        assert!(!shown.out.contains(&server.host), "{what}: {shown}");
        assert_eq!(
            std::fs::read_dir(world.store().join("tmp")).unwrap().count(),
            1,
            "{what}: the lock alone"
        );
    }
}

#[test]
fn passing_failures_are_waited_out() {
    let (world, arrived) = (world(100_000), Arrived::default());
    let server = arrived.serve(
        |_| None,
        |asked, _| match (asked.method.as_str(), asked.before) {
            ("POST", 0) => Some(Reply::new(429, "").header("Retry-After", "0")),
            ("HEAD", 0) => Some(Reply::new(503, "")),
            ("PUT", 0) if asked.path.contains("uploads/1?") => Some(Reply::new(502, "")),
            _ => None,
        },
    );
    push(&world, &server, &[]).ok();
    arrived_whole(&arrived);
}

#[test]
fn another_host_gets_the_blob_and_no_secret() {
    let (world, arrived) = (world(100_000), Arrived::default());
    let elsewhere = arrived.serve(|_| None, |_, _| None);
    let to = elsewhere.host.clone();
    let server = arrived.serve(
        |_| None,
        move |asked, arrived| {
            if asked.header("authorization").is_empty() {
                return Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x"));
            }
            if asked.method != "POST" {
                return None;
            }
            arrived.reply(asked)?;
            let number = arrived.uploads();
            Some(
                Reply::new(202, "")
                    .header("Location", format!("http://{to}/v2/app/blobs/uploads/{number}?sig=a")),
            )
        },
    );
    push(&world, &server, &["--creds", "u:p"]).ok();
    arrived_whole(&arrived);
    let there = elsewhere.requests();
    assert_eq!(there.iter().filter(|asked| asked.method == "PUT").count(), 2);
    assert!(there.iter().all(|asked| asked.header("authorization").is_empty()), "{there:?}");
    // Nor does its asking for one help it.
    let thief = Scripted::new(Content::default(), |_, _| {
        Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"give me\""))
    });
    let to = thief.host.clone();
    let server = Arrived::default().serve(
        |_| None,
        move |asked, _| {
            let open = !asked.header("authorization").is_empty();
            match asked.method.as_str() {
                _ if !open => Some(Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x")),
                "POST" => Some(Reply::new(202, "").header("Location", format!("http://{to}/take"))),
                _ => None,
            }
        },
    );
    push(&world, &server, &["--creds", "u:p"]).fails(125).err_has("unauthorized");
    assert!(thief.requests().iter().all(|asked| asked.header("authorization").is_empty()));
}

#[test]
fn tokens_are_for_what_is_done() {
    let (world, arrived) = (world(100_000), Arrived::default());
    let server = arrived.serve(
        |_| None,
        |asked, _| {
            let host = asked.header("host").to_owned();
            if asked.path.starts_with("/token") {
                return Some(Reply::new(200, r#"{"token":"t"}"#));
            }
            if asked.method == "HEAD" && asked.path.starts_with("/v2/copy/") && asked.before == 1 {
                return Some(Reply::new(404, ""));
            }
            (asked.header("authorization") != "Bearer t").then(|| {
                let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"s\"");
                Reply::new(401, "").header("WWW-Authenticate", challenge)
            })
        },
    );
    push(&world, &server, &[]).ok();
    let tokens = || server.paths().into_iter().filter(|path| path.starts_with("/token")).collect::<Vec<_>>();
    assert_eq!(tokens(), ["/token?service=s&scope=repository%3Aapp%3Apull%2Cpush"]);
    // To take a layer over from another repository one must be let into that one too.
    server.forget();
    world.run(&["push", "-q", INSECURE, "app", &server.name("copy:1")]).ok();
    assert_eq!(
        tokens(),
        [
            "/token?service=s&scope=repository%3Acopy%3Apull%2Cpush",
            "/token?service=s&scope=repository%3Acopy%3Apull%2Cpush&scope=repository%3Aapp%3Apull",
        ]
    );
    let mut mounts = server.paths();
    mounts.retain(|path| path.contains("mount="));
    mounts.dedup();
    assert!(mounts.len() == 1 && mounts[0].ends_with("&from=app"), "{mounts:?}");
}

#[test]
fn a_layer_is_taken_over_from_another_repository_or_uploaded() {
    for takes_over in [true, false] {
        let (world, arrived) = (world(100_000), Arrived::default());
        let server = arrived.serve(
            |_| None,
            move |asked, arrived| {
                // Each repository has what was uploaded into it.
                if asked.method == "HEAD" && asked.path.starts_with("/v2/copy/") && asked.before == 0 {
                    return Some(Reply::new(404, ""));
                }
                let mount = asked.param("mount").is_some();
                (mount && takes_over && arrived.blobs() > 0).then(|| Reply::new(201, ""))
            },
        );
        push(&world, &server, &[]).ok();
        world.run(&["push", "-q", INSECURE, "app", &server.name("copy:1")]).ok();
        let begun = server.requests().iter().filter(|asked| asked.method == "DELETE").count();
        assert_eq!(begun, usize::from(!takes_over), "an upload that nobody goes on with is given up");
        assert!(arrived.manifest("copy:1").is_some());
    }
}

#[test]
fn a_push_that_is_ended_leaves_nothing_here() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let (world, arrived) = (world(3_000_000), Arrived::default());
        world.leaves_processes();
        let server = arrived
            .serve(|_| None, |asked, _| (asked.method == "PUT").then(|| Reply::new(201, "x").stalled(0)));
        let words = ["push", "-q", INSECURE, "app", &server.name("app:1")];
        let running = world.rctr(&words).spawn();
        server.wait_for("digest=");
        running.signal(signal);
        running.finish().code(1000 + signal as i32);
        assert_eq!(std::fs::read_dir(world.store().join("tmp")).unwrap().count(), 1, "the lock alone");
        let honest = arrived.serve(|_| None, |_, _| None);
        push(&world, &honest, &[]).ok();
        arrived_whole(&arrived);
    }
}

#[test]
fn a_damaged_layer_is_not_pushed() {
    let (world, arrived) = (world(100_000), Arrived::default());
    let server = arrived.serve(|_| None, |_, _| None);
    let layers = world.store().join("layers");
    let layer = std::fs::read_dir(&layers).unwrap().next().unwrap().unwrap().path().join("fs/large");
    let change = format!("dd if=/dev/zero of={} bs=1 count=1 conv=notrunc 2>/dev/null", layer.display());
    let mapped = ["unshare", "--map-root-user", "--map-auto", "sh", "-c"];
    world.program(mapped[0]).args(&mapped[1..]).args([change]).run().ok();
    push(&world, &server, &[]).fails(125).err_has("digest of tar is wrong");
    assert!(arrived.manifest("app:1").is_none());
    assert_eq!(arrived.blobs(), 0);
}
