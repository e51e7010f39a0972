//! What registries answer, and what is configured of them.

use crate::model::Reference;
use crate::registry::challenge::{Challenge, parse};
use crate::registry::url::{Url, encode};
use crate::registry::{Endpoint, Registries};

/// A header's challenges read the same when they are written as the RFC has them.
pub fn challenge(data: &[u8]) {
    let header = String::from_utf8_lossy(data);
    let found = parse(&header);
    let lower = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
    };
    for challenge in &found {
        assert!(lower(&challenge.scheme), "{challenge:?}");
        assert!(challenge.params().iter().all(|(name, _)| lower(name)), "{challenge:?}");
    }
    let size: usize =
        found.iter().flat_map(Challenge::params).map(|(name, value)| name.len() + value.len()).sum();
    assert!(size <= header.len() && found.len() <= header.len());
    let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let show = |challenge: &Challenge| {
        let params = challenge.params().iter().map(|(name, value)| format!("{name}=\"{}\"", quote(value)));
        format!("{} {}", challenge.scheme, params.collect::<Vec<_>>().join(", ")).trim_end().to_owned()
    };
    let shown = found.iter().map(show).collect::<Vec<_>>().join(", ");
    assert_eq!(parse(&shown), found, "{shown}");
}

/// What a URL is, its text says; where it leads, nothing but a URL can say; and nothing in it ends a request's line.
pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let base = Url::new(true, "registry.example:5000", "/v2/a/blobs/x?y=z");
    for found in Url::parse(text).into_iter().chain(base.join(text)) {
        let shown = found.to_string();
        assert_eq!(Url::parse(&shown).as_ref(), Some(&found), "{shown}");
        assert!(shown.bytes().all(|b| b.is_ascii_graphic()), "{shown}");
        assert!(
            !found.host().is_empty() && found.path.starts_with('/') && found.same_origin(&found),
            "{shown}"
        );
        assert!(!found.authority.contains(['@', '/', '?', '#']), "{shown}");
    }
    assert!(encode(text).bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
}

/// Wherever a configuration sends a name, that is a repository of a registry.
pub fn registries(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut registries = Registries::default();
    if registries.add(text).is_err() {
        return;
    }
    let mut twice = registries.clone();
    assert_eq!(twice.add(text), Ok(()), "read once it reads again");
    assert_eq!(twice, registries);
    for word in ["busybox", "quay.io/team/app:1", "registry.example:5000/a/b/c", "x.example.com/y", "a/b"] {
        // A registry that is searched may be nonsense; then it is said.
        for name in registries.candidates(word).into_iter().flatten() {
            for endpoint in registries.endpoints(&name).into_iter().flatten() {
                is_repository(&endpoint);
            }
        }
    }
}

fn is_repository(endpoint: &Endpoint) {
    let repository = endpoint.repository();
    assert!(Reference::is_place(&repository) && !endpoint.path.is_empty(), "{repository}");
}
