//! man/ and contrib/completions/ are what the flags say. `RCTR_BLESS=1 cargo test cli::pages` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

/// Compares the directory with the files that it should hold, or writes them.
fn check(dir: &Path, wanted: &[(String, Vec<u8>)]) {
    if std::env::var_os("RCTR_BLESS").is_some() {
        fs::create_dir_all(dir).unwrap();
        for entry in fs::read_dir(dir).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, content) in wanted {
            fs::write(dir.join(name), content).unwrap();
        }
    }
    let mut found: Vec<String> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut names: Vec<String> = wanted.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    assert_eq!(found, names, "{}: RCTR_BLESS=1 cargo test cli::pages", dir.display());
    for (name, content) in wanted {
        let path = dir.join(name);
        let current = fs::read(&path).unwrap() == *content;
        assert!(current, "{} is not current: RCTR_BLESS=1 cargo test cli::pages", path.display());
    }
}

fn page(command: &Command, name: &str) -> (String, Vec<u8>) {
    let version = format!("rctr {}", env!("CARGO_PKG_VERSION"));
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .source(version)
        .manual("rctr manual")
        .date("");
    page.render(&mut text).unwrap();
    (format!("{name}.1"), text)
}

/// A page for the command and for every one below it.
fn pages(command: &Command, name: &str, found: &mut Vec<(String, Vec<u8>)>) {
    found.push(page(command, name));
    for below in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
        pages(below, &format!("{name}-{}", below.get_name()), found);
    }
}

#[test]
fn man_pages_are_current() {
    let mut wanted = Vec::new();
    pages(&crate::cli::command(), "rctr", &mut wanted);
    pages(&crate::oci::command(), "rctr-oci", &mut wanted);
    check(&root().join("man"), &wanted);
}

#[test]
fn verbs_are_listed_in_their_order() {
    fn check(command: &Command) {
        let shown = command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set());
        let names: Vec<_> = shown.map(Command::get_name).collect();
        assert!(names.is_sorted(), "{}: {names:?}", command.get_name());
        command.get_subcommands().for_each(check);
    }
    check(&crate::cli::command());
    check(&crate::oci::command());
}

#[test]
fn completions_are_current() {
    let script = crate::cli::completion::script;
    let wanted = [
        ("rctr.bash".to_owned(), script(Shell::Bash)),
        ("_rctr".to_owned(), script(Shell::Zsh)),
        ("rctr.fish".to_owned(), script(Shell::Fish)),
    ];
    check(&root().join("contrib/completions"), &wanted);
}
