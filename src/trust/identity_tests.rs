use super::*;

fn digest() -> String {
    format!("sha256:{}", "a".repeat(64))
}

#[test]
fn names_are_taken_as_they_are_written() {
    let digest = digest();
    for (text, want) in [
        ("busybox", Some("docker.io/library/busybox".to_owned())),
        ("busybox:1", Some("docker.io/library/busybox:1".to_owned())),
        ("localhost:5000/a", Some("localhost:5000/a".to_owned())),
        ("localhost:5000/a:latest", Some("localhost:5000/a:latest".to_owned())),
        (&format!("h.io/a@{digest}"), Some(format!("h.io/a@{digest}"))),
        (&format!("h.io/a:1@{digest}"), Some(format!("h.io/a:1@{digest}"))),
        ("", None),
        ("Bad Name", None),
        ("h.io/a:", None),
        ("h.io/a@sha256:12", None),
    ] {
        assert_eq!(Named::parse(text).ok().map(|named| named.to_string()), want, "{text}");
    }
}

#[test]
fn every_kind_of_identity() {
    use SignedIdentity as S;
    let pinned = format!("h.io/a@{}", digest());
    let both = format!("h.io/a:1@{}", digest());
    let remap = |prefix: &str, signed: &str| S::Remap { prefix: prefix.into(), signed: signed.into() };
    let reference = |text: &str| S::ExactReference(Named::parse(text).unwrap());
    for (identity, image, signed, want) in [
        (S::Exact, "h.io/a:1", "h.io/a:1", true),
        (S::Exact, "h.io/a:1", "h.io/a:2", false),
        (S::Exact, "h.io/a:1", "h.io/a", false),
        (S::Exact, "h.io/a:1", "h.io/b:1", false),
        (S::Exact, &pinned, "h.io/a:1", false),
        (S::Exact, &pinned, &pinned, true),
        (S::RepoDigestOrExact, "h.io/a:1", "h.io/a:1", true),
        (S::RepoDigestOrExact, "h.io/a:1", "h.io/a:2", false),
        (S::RepoDigestOrExact, "h.io/a:1", &pinned, false),
        (S::RepoDigestOrExact, &pinned, "h.io/a:7", true),
        (S::RepoDigestOrExact, &pinned, "h.io/b:7", false),
        (S::RepoDigestOrExact, &pinned, "h.io/a", false),
        (S::RepoDigestOrExact, &both, "h.io/a:1", false),
        (S::Repository, "h.io/a:1", "h.io/a:2", true),
        (S::Repository, "h.io/a:1", "h.io/a", true),
        (S::Repository, "h.io/a:1", "h.io/ab:1", false),
        (reference("x.io/y:1"), "h.io/a:1", "x.io/y:1", true),
        (reference("x.io/y:1"), "x.io/y:1", "x.io/y:2", false),
        (reference("x.io/y:1"), "x.io/y:1", "x.io/y", false),
        (S::ExactRepository("x.io/y".into()), "h.io/a:1", "x.io/y:9", true),
        (S::ExactRepository("x.io/y".into()), "h.io/a:1", "x.io/y", true),
        (S::ExactRepository("x.io/y".into()), "h.io/a:1", "x.io/yy:9", false),
        (remap("h.io", "v.example"), "h.io/a:1", "v.example/a:1", true),
        (remap("h.io", "v.example"), "h.io/a:1", "h.io/a:1", false),
        (remap("h.io", "v.example"), "h.io/a:1", "v.example/a:2", false),
        (remap("h.io", "v.example"), "h.io:5000/a:1", "h.io:5000/a:1", true),
        (remap("h.io/a", "v.example/x/y"), "h.io/a:1", "v.example/x/y:1", true),
        (remap("h.io/a", "v.example"), "h.io/ab:1", "h.io/ab:1", true),
        (remap("h.io/a", "v.example"), "h.io/ab:1", "v.exampleb:1", false),
        (remap("h.io", "v.example"), &pinned, "v.example/a:3", true),
    ] {
        let (image, signed) = (Named::parse(image).unwrap(), Named::parse(signed).unwrap());
        assert_eq!(identity.accepts(Some(&image), &signed), want, "{identity:?}: {image} {signed}");
    }
}

#[test]
fn without_a_name_only_what_names_one_itself_will_do() {
    use SignedIdentity as S;
    let signed = Named::parse("x.io/y:1").unwrap();
    for identity in [
        S::Exact,
        S::RepoDigestOrExact,
        S::Repository,
        S::Remap { prefix: "x.io".into(), signed: "x.io".into() },
    ] {
        assert!(!identity.accepts(None, &signed), "{identity:?}");
    }
    assert!(S::ExactReference(signed.clone()).accepts(None, &signed));
    assert!(S::ExactRepository("x.io/y".into()).accepts(None, &signed));
}

#[test]
fn prefixes_are_whole() {
    for (text, want) in [
        ("h.io", true),
        ("h.io:5000", true),
        ("localhost", true),
        ("docker.io", true),
        ("docker.io/library", true),
        ("docker.io/library/busybox", true),
        ("h.io/a/b", true),
        ("busybox", false),
        ("library/busybox", false),
        ("h.io/a:1", false),
        ("h.io/", false),
        ("", false),
        ("Bad Name", false),
    ] {
        assert_eq!(is_prefix(text), want, "{text}");
    }
}
