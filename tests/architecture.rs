//! The rules of the source tree that no compiler checks: which room may name which, where `unsafe` and libc live, what
//! the pure rooms must not touch, how long a file may get. Fails with `file:line: rule`.
//!
//! Reads lines, not syntax: comments and string literals are blanked first, `#[cfg(test)]` modules at the end of a
//! file are exempt from the rules about effects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What each room may name besides itself and `model`. A room that is not listed fails the test: say here what it may
/// use when you make one.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("spec", &["net"]),
    ("plan", &["spec"]),
    ("sys", &[]),
    ("store", &["sys"]),
    ("image", &["sys", "store"]),
    ("net", &["sys"]),
    ("cgroup", &["sys"]),
    ("overlay", &["sys"]),
    ("registry", &["sys"]),
    ("trust", &["sys"]),
    ("monitor", &["sys", "engine", "plan", "net", "overlay", "store"]),
    ("engine", &["sys", "plan", "net", "monitor", "image", "overlay", "cgroup"]),
    ("doctor", &["sys", "cgroup"]),
    ("fuzz", &["spec", "sys", "image", "registry"]),
    (
        "ops",
        &[
            "spec", "plan", "sys", "store", "image", "registry", "trust", "net", "monitor", "engine",
            "doctor", "overlay", "cgroup",
        ],
    ),
    ("oci", &["cli", "ops", "spec"]),
    (
        "cli",
        &[
            "spec", "plan", "ops", "doctor", "engine", "image", "registry", "store", "trust", "monitor",
            "net", "sys",
        ],
    ),
];

/// Rooms that decide without doing.
const PURE: &[&str] = &["model", "spec", "plan"];

/// What a pure room must not name.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "TcpStream",
    "UdpSocket",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "rustix::",
    "nix::",
];

/// Crates that only one room names: what else uses them goes through that room.
const OWNED_CRATES: &[(&str, &str)] = &[
    ("libc", "sys"),
    ("ureq", "registry"),
    ("rustls", "registry"),
    ("poly1305", "trust"),
    ("ring", "trust"),
    ("rustls_pki_types", "trust"),
    ("salsa20", "trust"),
    ("scrypt", "trust"),
    ("yaml_rust2", "trust"),
    ("tokio", "api"),
    ("hyper", "api"),
    ("fuser", "overlay"),
];

/// Longest source file, in lines.
const LONGEST: usize = 800;

struct Source {
    /// Relative to the crate, `src/sys/mount.rs`.
    path: PathBuf,
    room: String,
    /// Without comments and literals.
    code: Vec<String>,
    /// Index of the line where the trailing test module starts.
    tests_from: usize,
}

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

fn sources() -> Vec<Source> {
    let root = root();
    let mut waiting = vec![root.join("src")];
    let mut found = Vec::new();
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("directory entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(read(&root, &path));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 10, "no sources below {}", root.display());
    found
}

fn read(root: &Path, path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let code = blank(&text);
    let all_tests = path.file_stem().is_some_and(|s| s.to_string_lossy().ends_with("tests"));
    let tests_from = if all_tests { Some(0) } else { None };
    let tests_from =
        tests_from.or_else(|| code.iter().rposition(|l| l.trim() == "#[cfg(test)]")).unwrap_or(code.len());
    let path = path.strip_prefix(root).expect("below the crate").to_owned();
    let below_src = path.strip_prefix("src").expect("in src");
    let first = below_src.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    let room = first.trim_end_matches(".rs").to_owned();
    Source { path, room, code, tests_from }
}

/// The lines of `text` with comments and the inside of string and character literals replaced by spaces.
fn blank(text: &str) -> Vec<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut depth = 0usize;
    while let Some(c) = rest.chars().next() {
        let skip = if depth > 0 {
            if rest.starts_with("*/") {
                depth -= 1;
                2
            } else if rest.starts_with("/*") {
                depth += 1;
                2
            } else {
                c.len_utf8()
            }
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            depth = 1;
            2
        } else if let Some(length) = literal(rest, &out) {
            length
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.extend(rest[..skip].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[skip..];
    }
    out.lines().map(str::to_owned).collect()
}

/// Length of the literal that `rest` starts with, if it does; `before` is the code so far.
fn literal(rest: &str, before: &str) -> Option<usize> {
    if rest.starts_with('"') {
        let mut escaped = false;
        for (i, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Some(i + 1),
                _ => {}
            }
        }
        return Some(rest.len());
    }
    if rest.starts_with('r') && !before.ends_with(|c: char| c.is_alphanumeric() && c != 'b' || c == '_') {
        let hashes = rest[1..].bytes().take_while(|b| *b == b'#').count();
        if rest[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let from = 2 + hashes;
            return Some(rest[from..].find(&end).map_or(rest.len(), |i| from + i + end.len()));
        }
    }
    if let Some(after) = rest.strip_prefix('\'') {
        // 'a' and '\n' are literals, 'static is a lifetime.
        let inner = after.strip_prefix('\\').and_then(|escape| escape.find('\'')).map(|i| i + 1);
        let inner = inner.or_else(|| {
            let first = after.chars().next()?.len_utf8();
            after[first..].starts_with('\'').then_some(first)
        });
        return inner.map(|i| i + 2);
    }
    None
}

/// Does `line` name `word` as a path segment or identifier of its own?
fn names(line: &str, word: &str) -> bool {
    let ident = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(ident) && (word.ends_with(':') || !line[at + word.len()..].starts_with(ident))
    })
}

fn report(problems: &[String]) {
    let mut text = String::new();
    for problem in problems {
        let _ = writeln!(text, "  {problem}");
    }
    assert!(problems.is_empty(), "{} broken rule(s):\n{text}", problems.len());
}

#[test]
fn rooms_name_only_what_lies_below_them() {
    let allowed: BTreeMap<_, _> = MAY_NAME.iter().copied().collect();
    let mut problems = Vec::new();
    for source in sources() {
        if ["lib", "main"].contains(&source.room.as_str()) {
            continue;
        }
        let Some(may) = allowed.get(source.room.as_str()) else {
            problems.push(format!("{}: room {} is not in MAY_NAME", source.path.display(), source.room));
            continue;
        };
        for (number, target) in crate_paths(&source.code[..source.tests_from]) {
            let fine = target == source.room || target == "model" || may.contains(&target.as_str());
            if !fine {
                problems.push(format!(
                    "{}:{number}: {} may not name crate::{target} (allowed: model{}{})",
                    source.path.display(),
                    source.room,
                    if may.is_empty() { "" } else { ", " },
                    may.join(", ")
                ));
            }
        }
    }
    report(&problems);
}

/// Every `crate::room` of the lines, with its line number; `crate::{a, b::c}` counts for a and b.
fn crate_paths(code: &[String]) -> Vec<(usize, String)> {
    let text = code.join("\n");
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let number = text[..at].matches('\n').count() + 1;
        let after = &text[at + "crate::".len()..];
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0i32;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push((number, first_segment(&std::mem::take(&mut item)))),
                    _ if depth == 0 => item.push(c),
                    _ => {}
                }
            }
            if !item.trim().is_empty() {
                found.push((number, first_segment(&item)));
            }
        } else {
            found.push((number, first_segment(after)));
        }
    }
    found
}

fn first_segment(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn unsafe_lives_in_sys() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|s| s.room != "sys") {
        for (number, line) in source.code.iter().enumerate() {
            if names(line, "unsafe") {
                problems.push(format!("{}:{}: unsafe outside src/sys", source.path.display(), number + 1));
            }
        }
    }
    report(&problems);
}

#[test]
fn crates_stay_in_the_room_that_owns_them() {
    let mut problems = Vec::new();
    for source in sources() {
        for (krate, owner) in OWNED_CRATES.iter().filter(|(_, owner)| *owner != source.room) {
            let path = format!("{krate}::");
            for (number, line) in source.code.iter().enumerate() {
                if names(line, &path) && !line.contains(&format!("::{path}")) {
                    problems.push(format!(
                        "{}:{}: {krate} belongs to src/{owner}",
                        source.path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn deciding_rooms_touch_nothing() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|s| PURE.contains(&s.room.as_str())) {
        for (number, line) in source.code[..source.tests_from].iter().enumerate() {
            for effect in EFFECTS.iter().filter(|e| names(line, e)) {
                problems.push(format!(
                    "{}:{}: {} is pure and may not name {effect}",
                    source.path.display(),
                    number + 1,
                    source.room
                ));
            }
        }
    }
    report(&problems);
}

#[test]
fn files_stay_short() {
    let sources = sources();
    let mut lengths: Vec<_> = sources.iter().map(|s| (s.code.len(), &s.path)).collect();
    lengths.sort();
    let (median, _) = lengths[lengths.len() / 2];
    println!("{} files, median {median} lines, longest:", lengths.len());
    for (lines, path) in lengths.iter().rev().take(5) {
        println!("  {lines:4} {}", path.display());
    }
    let problems: Vec<_> = lengths
        .iter()
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{}:{LONGEST}: {lines} lines, {LONGEST} is the wall", path.display()))
        .collect();
    report(&problems);
}

#[test]
fn the_scanner_sees_through_comments_and_literals() {
    let text = "let a = \"unsafe // \\\" \"; // unsafe\nlet c = '\"'; /* libc:: */ let s: &'static str = r#\"a\"b\"#;\n";
    let lines = blank(text);
    assert!(!lines.iter().any(|l| names(l, "unsafe") || names(l, "libc::")), "{lines:?}");
    assert!(lines[1].contains("'static str"), "{lines:?}");
    assert!(names("unsafe { x }", "unsafe") && !names("unsafe_code", "unsafe"));
    let code = ["use crate::{model, sys::{fd, mount}, net::Mode};".to_owned(), "crate::ops::x()".to_owned()];
    let rooms: Vec<_> = crate_paths(&code).into_iter().map(|(_, room)| room).collect();
    assert_eq!(rooms, ["model", "sys", "net", "ops"]);
}
