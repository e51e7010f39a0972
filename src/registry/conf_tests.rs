//! Tables over registries.conf.

use super::*;

fn registries(texts: &[&str]) -> Registries {
    let mut all = Registries::default();
    texts.iter().for_each(|text| all.add(text).unwrap());
    all
}

fn places(conf: &Registries, name: &str) -> Vec<String> {
    let show = |e: &Endpoint| format!("{}{}", e.repository(), if e.insecure { " insecure" } else { "" });
    match conf.endpoints(&Reference::parse(name).unwrap()) {
        Ok(endpoints) => endpoints.iter().map(show).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn names_are_completed_without_a_question() {
    let none = registries(&[]);
    let searching = registries(&[
        "unqualified-search-registries = ['quay.io', 'docker.io']\n[aliases]\n'fedora' = 'registry.example/f/fedora'",
    ]);
    for (conf, text, want) in [
        (&none, "busybox", &["docker.io/library/busybox:latest"][..]),
        (&none, "a/b:1", &["docker.io/a/b:1"]),
        (&none, "quay.io/a", &["quay.io/a:latest"]),
        (&none, "localhost/a", &["localhost/a:latest"]),
        (&searching, "busybox:1", &["quay.io/busybox:1", "docker.io/library/busybox:1"]),
        (&searching, "h:5000/a", &["h:5000/a:latest"]),
        (&searching, "fedora:40", &["registry.example/f/fedora:40"]),
        (&searching, "fedora", &["registry.example/f/fedora:latest"]),
        (&searching, "x/fedora", &["quay.io/x/fedora:latest", "docker.io/x/fedora:latest"]),
    ] {
        let names: Vec<String> = conf.candidates(text).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(names, want, "{text}");
    }
    assert!(none.candidates("Bad Name").is_err());
}

#[test]
fn names_lead_to_places() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let conf = registries(&["
[[registry]]
location = 'docker.io'
[[registry.mirror]]
location = 'mirror.example/hub'
insecure = true
[[registry.mirror]]
location = 'digests.example'
pull-from-mirror = 'digest-only'
[[registry.mirror]]
location = 'tags.example'
pull-from-mirror = 'tag-only'

[[registry]]
prefix = 'docker.io/library/secret'
location = 'docker.io/library/secret'
blocked = true

[[registry]]
prefix = '*.corp.example'
insecure = true

[[registry]]
prefix = 'old.example/team'
location = 'new.example/other'

[[registry]]
prefix = 'h.example'
location = 'h.example'
insecure = true

[[registry]]
prefix = 'pinned.example'
location = 'pinned.example'
mirror-by-digest-only = true
[[registry.mirror]]
location = 'm.example'
"]);
    for (name, want) in [
        (
            "busybox",
            &[
                "mirror.example/hub/library/busybox insecure",
                "tags.example/library/busybox",
                "docker.io/library/busybox",
            ][..],
        ),
        (
            &format!("busybox@{digest}"),
            &[
                "mirror.example/hub/library/busybox insecure",
                "digests.example/library/busybox",
                "docker.io/library/busybox",
            ],
        ),
        ("docker.io/library/secret:1", &["registry docker.io/library/secret is blocked in registries.conf"]),
        (
            "docker.io/library/secrets",
            &[
                "mirror.example/hub/library/secrets insecure",
                "tags.example/library/secrets",
                "docker.io/library/secrets",
            ],
        ),
        ("a.corp.example/x", &["a.corp.example/x insecure"]),
        ("corp.example/x", &["corp.example/x"]),
        ("evilcorp.example/x", &["evilcorp.example/x"]),
        ("old.example/team/app:1", &["new.example/other/app"]),
        ("old.example/teams/app", &["old.example/teams/app"]),
        ("h.example/a", &["h.example/a insecure"]),
        ("h.example:5000/a", &["h.example:5000/a"]),
        ("pinned.example/a", &["pinned.example/a"]),
        (&format!("pinned.example/a@{digest}"), &["m.example/a", "pinned.example/a"]),
    ] {
        assert_eq!(places(&conf, name), want, "{name}");
    }
}

#[test]
fn later_files_override() {
    let conf = registries(&[
        "unqualified-search-registries = ['a.example']\n[[registry]]\nlocation = 'h.example'\n[aliases]\nx = 'a.example/x'\ny = 'a.example/y'",
        "[[registry]]\nlocation = 'h.example'\ninsecure = true\n[aliases]\nx = 'b.example/x'\ny = ''",
        "unqualified-search-registries = ['b.example']",
    ]);
    assert_eq!(places(&conf, "h.example/a"), ["h.example/a insecure"]);
    let names = |text| conf.candidates(text).unwrap()[0].to_string();
    assert_eq!((names("x"), names("y")), ("b.example/x:latest".into(), "b.example/y:latest".into()));
    assert!(conf.is_insecure("h.example") && !conf.is_insecure("a.example"));
}

#[test]
fn nonsense_is_told() {
    for (text, word) in [
        ("unqualified-search-registries = 1", "unqualified-search-registries"),
        ("[[registry]]\ninsecure = true", "location"),
        (
            "[[registry]]\nlocation='a'\n[[registry.mirror]]\nlocation='b'\npull-from-mirror='never'",
            "pull-from-mirror",
        ),
        ("[[registry]]\nlocation='https://h.example'", "without a scheme"),
        ("[[registry]]\nlocation='h.example/a:1'", "a tag"),
        ("[[registry]]\nlocation='h.example/../a'", "location \"h.example/../a\""),
        ("[[registry]]\nlocation='h.example'\n[[registry.mirror]]\nlocation='m.example/a b'", "HOST[:PORT]"),
        ("[registries.search]\nregistries = ['x']", "version 1"),
        ("[aliases]\nx = 'Bad Name'", "alias"),
        ("][", "TOML"),
    ] {
        let error = Registries::default().add(text).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
}

#[test]
fn a_slash_at_the_end_of_a_place_means_nothing() {
    let conf = registries(&[
        "[[registry]]\nprefix = 'h.example/'\nlocation = 'm.example/x/'\n[[registry.mirror]]\nlocation = 'n.example/'",
    ]);
    assert_eq!(places(&conf, "h.example/a"), ["n.example/a", "m.example/x/a"]);
}
