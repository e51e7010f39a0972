//! Texts that decide: references, manifests and configurations, system call profiles. What is printed reads as it was.

use crate::image::document::{Configuration, Descriptor};
use crate::image::document::{DOCKER_LIST, DOCKER_MANIFEST, Document, OCI_INDEX, OCI_MANIFEST, parse_json};
use crate::image::read_configuration;
use crate::model::{Digest, Reference};
use crate::spec::seccomp::{Target, decide, parse};

/// A name has one meaning, which its text keeps, and no part of it climbs.
pub fn reference(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = Reference::parse(text);
    assert_eq!(found.is_ok(), Reference::candidates(text).is_ok());
    let local = Reference::parse_local(text);
    for name in found.iter().chain(&local).chain(Reference::candidates(text).iter().flatten()) {
        let shown = name.to_string();
        assert_eq!(Reference::parse(&shown).as_ref(), Ok(name), "{shown}");
        assert_eq!(Reference::candidates(&shown).as_deref(), Ok(std::slice::from_ref(name)), "{shown}");
        assert!(name.repository().len() <= 255 && name.tag().is_none_or(|tag| tag.len() <= 128), "{shown}");
        assert!(name.tag().is_some() || name.digest().is_some(), "{shown}");
        let path = name.path().split('/');
        assert!(path.into_iter().all(|part| !matches!(part, "" | "." | "..")), "{shown}");
        assert!(shown.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\%?#".contains(&b)), "{shown}");
    }
}

/// A document is what it says, whatever points to it says; and a configuration that is read and written reads the same.
pub fn document(data: &[u8]) {
    if let Ok(plain) = Document::parse(data, "", "x") {
        for kind in [DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_LIST, OCI_INDEX] {
            match (Document::parse(data, kind, "x"), &plain) {
                (Err(_), _) => {}
                (Ok(Document::Index(list)), Document::Index(other)) => assert_eq!(&list, other),
                (Ok(Document::Manifest(one)), Document::Manifest(other)) => {
                    assert_eq!((&one.config, &one.layers), (&other.config, &other.layers));
                }
                (Ok(one), other) => panic!("two meanings: {one:?}\n{other:?}"),
            }
        }
        let descriptors: Vec<&Descriptor> = match &plain {
            Document::Index(list) => list.iter().collect(),
            Document::Manifest(one) => one.layers.iter().chain([&one.config]).collect(),
        };
        descriptors.into_iter().for_each(|descriptor| is_digest(&descriptor.digest));
    } else {
        // What makes no sense by itself makes none by what is said of it.
        for kind in [DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_LIST, OCI_INDEX] {
            assert!(Document::parse(data, kind, "x").is_err(), "{kind} makes sense of it");
        }
    }
    let Ok(configuration) = parse_json::<Configuration>(data, "x") else { return };
    configuration.rootfs.diff_ids.iter().for_each(is_digest);
    let text = serde_json::to_vec(&configuration).expect("in memory");
    assert_eq!(parse_json::<Configuration>(&text, "x").as_ref(), Ok(&configuration));
    let layers = configuration.rootfs.diff_ids.len();
    assert!(read_configuration(data, layers + 1, "x").is_err());
}

fn is_digest(digest: &Digest) {
    let text = digest.to_string();
    let hex = text.strip_prefix("sha256:").expect("an algorithm");
    assert!(
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
        "{text}"
    );
    assert_eq!(Digest::parse(&text).as_ref(), Ok(digest));
}

/// A profile decides the same twice, and about no more than it names.
pub fn seccomp(data: &[u8]) {
    let Ok(profile) = parse(data) else { return };
    for (machine, kernel) in [("x86_64", "6.1.0"), ("aarch64", "5.10"), ("m68k", "")] {
        let target = Target { capabilities: &[0, 21], machine, kernel };
        let filter = decide(&profile, &target);
        assert_eq!(filter, decide(&profile, &target));
        assert!(filter.rules.iter().all(|rule| filter.known.contains(&rule.syscall)));
        assert!(filter.rules.iter().flat_map(|rule| &rule.conditions).all(|condition| condition.index <= 5));
    }
}
