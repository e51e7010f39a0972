//! Every seed, and as many mutations as a second or two allows; RCTR_TEST_MUTATIONS makes it more or less.

use std::path::PathBuf;

use super::mutate::{Random, mutated};

/// Runs the seeds of a target, then `count` mutations of them.
fn run(name: &str, target: fn(&[u8]), count: usize) {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let dir = PathBuf::from(root).join("contrib/fuzz/seeds").join(name);
    let files = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "no seeds in {}", dir.display());
    for (seed, path) in seeds.iter().zip(&files) {
        caught(target, seed, &path.display().to_string());
    }
    let wanted = std::env::var("RCTR_TEST_MUTATIONS").ok().and_then(|text| text.parse().ok());
    let mut random = Random::new(0x7263_7472);
    for n in 0..wanted.unwrap_or(count) {
        caught(target, &mutated(&seeds, &mut random), &format!("mutation {n} of {name}"));
    }
}

/// Says which input it was, and keeps it for `cargo fuzz run TARGET FILE`.
fn caught(target: fn(&[u8]), input: &[u8], what: &str) {
    if std::panic::catch_unwind(|| target(input)).is_err() {
        let (_, path) = tempfile::NamedTempFile::with_prefix("rctr-fuzz-").unwrap().keep().unwrap();
        std::fs::write(&path, input).unwrap();
        panic!("{what} breaks a promise: {}", path.display());
    }
}

#[test]
fn fuzz_tar() {
    run("tar", super::tar, 20_000);
}

#[test]
fn fuzz_layer() {
    run("layer", super::layer, 1_500);
}

#[test]
fn fuzz_reference() {
    run("reference", super::reference, 30_000);
}

#[test]
fn fuzz_document() {
    run("document", super::document, 20_000);
}

#[test]
fn fuzz_seccomp() {
    run("seccomp", super::seccomp, 10_000);
}

#[test]
fn fuzz_challenge() {
    run("challenge", super::challenge, 30_000);
}

#[test]
fn fuzz_registries() {
    run("registries", super::registries, 10_000);
}

#[test]
fn fuzz_url() {
    run("url", super::url, 30_000);
}
