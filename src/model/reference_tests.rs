//! Tables and properties of the reference grammar.

use proptest::prelude::*;

use super::*;

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn names_are_completed_as_docker_does() {
    let pinned = format!("busybox@sha256:{HEX}");
    let pinned_full = format!("docker.io/library/busybox@sha256:{HEX}");
    let both = format!("a.b/c:1@sha256:{HEX}");
    for (typed, whole) in [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox:latest"),
        ("team/app", "docker.io/team/app:latest"),
        ("quay.io/team/app:v1", "quay.io/team/app:v1"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("Registry/app", "Registry/app:latest"),
        ("my-reg.example/a__b/c--d.e_f:T_1.x-y", "my-reg.example/a__b/c--d.e_f:T_1.x-y"),
        (&pinned, &pinned_full),
        (&both, &both),
    ] {
        assert_eq!(Reference::parse(typed).unwrap().to_string(), whole, "{typed}");
    }
}

#[test]
fn what_is_made_here_is_localhost() {
    for (typed, whole) in [
        ("app", "localhost/app:latest"),
        ("team/app:1", "localhost/team/app:1"),
        ("quay.io/a", "quay.io/a:latest"),
    ] {
        assert_eq!(Reference::parse_local(typed).unwrap().to_string(), whole, "{typed}");
    }
}

#[test]
fn short_names_have_two_meanings() {
    let names =
        |text| Reference::candidates(text).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names("app:1"), ["localhost/app:1", "docker.io/library/app:1"]);
    assert_eq!(names("docker.io/app"), ["docker.io/library/app:latest"]);
}

#[test]
fn bad_names_say_why() {
    for (typed, reason) in [
        ("", "bad repository name"),
        ("/", "bad repository name"),
        ("a//b", "bad repository name"),
        ("a/../b", "bad repository name"),
        ("../etc", "bad registry name"),
        ("-a", "bad repository name"),
        ("a-", "bad repository name"),
        ("a___b", "bad repository name"),
        ("a..b", "bad repository name"),
        ("a b", "bad repository name"),
        ("ä", "bad repository name"),
        ("Busybox", "repository name must be lowercase"),
        ("busybox:", "a tag is"),
        ("busybox:.x", "a tag is"),
        ("busybox:a:b", "a tag is"),
        ("busybox@sha256:12", "the digest must be"),
        ("busybox@sha512:00", "the digest must be"),
        ("host.example:port/app", "bad registry name"),
        ("[::g]/app", "bad registry name"),
        ("a.-b/app", "bad registry name"),
        (HEX, "64 hex digits are an image id"),
    ] {
        let error = Reference::parse(typed).unwrap_err();
        assert!(error.reason.starts_with(reason), "{typed}: {error}");
    }
    assert!(Reference::parse(&"a".repeat(300)).unwrap_err().reason.contains("255"));
    assert!(Reference::parse(&format!("a:{}", "t".repeat(129))).is_err());
}

proptest! {
    #[test]
    fn any_text_is_refused_or_printed_in_a_form_that_parses_to_the_same(text in "\\PC{0,60}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(Reference::parse(&reference.to_string()).unwrap(), reference);
        }
    }

    #[test]
    fn well_formed_names_parse(
        domain in "([a-z0-9]{1,5}(\\.[a-z0-9]{1,5}){1,2}(:[0-9]{1,5})?/)?",
        path in "[a-z0-9]{1,6}(([._]|__|-{1,3})[a-z0-9]{1,6}){0,2}(/[a-z0-9]{1,6}){0,2}",
        tag in "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20})?",
    ) {
        // Without a domain, a first component with a dot would be taken for one.
        let text = format!("{domain}x/{path}{tag}");
        let reference = Reference::parse(&text).unwrap();
        prop_assert!(reference.to_string().contains(&path));
        prop_assert!(!reference.repository().contains(".."));
    }
}
