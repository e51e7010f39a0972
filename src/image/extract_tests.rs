use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::image::tar::build::{Head, Tar};

fn run(tar: &[u8], dir: &Path, names: Names, overwrite: bool) -> Result<LayerReport, ImageError> {
    let mut tar = TarReader::new(tar);
    let first = tar.next_entry()?;
    let how = Extraction { names, owners: OwnerPolicy::Maker, overwrite };
    extract(first, tar, File::open(dir).unwrap().as_fd(), &how)
}

/// A directory with `d/f` and a symlink `out` to one beside it, which holds `canary`.
fn filled() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("inside");
    std::fs::create_dir_all(inside.join("d")).unwrap();
    std::fs::create_dir(dir.path().join("outside")).unwrap();
    std::fs::write(dir.path().join("outside/canary"), "safe").unwrap();
    std::fs::write(inside.join("d/f"), "old").unwrap();
    symlink("../outside", inside.join("out")).unwrap();
    (dir, inside)
}

#[test]
fn names_are_given() {
    let tar =
        Tar::default().dir("top").dir("top/d").file("top/d/new", b"1").hardlink("top/l", "top/d/new").end();
    for (names, want) in
        [(Names::Same, "top/d/new"), (Names::Top(b"other".to_vec()), "other/d/new"), (Names::Below, "d/new")]
    {
        let (_keep, inside) = filled();
        run(&tar, &inside, names, false).unwrap();
        assert_eq!(std::fs::read(inside.join(want)).unwrap(), b"1", "{want}");
        assert_eq!(std::fs::read(inside.join(want.replace("d/new", "l"))).unwrap(), b"1");
        assert_eq!(std::fs::read(inside.join("d/f")).unwrap(), b"old");
    }
    let (_keep, inside) = filled();
    run(&Tar::default().file("name", b"2").end(), &inside, Names::Top(b"f2".to_vec()), false).unwrap();
    assert_eq!(std::fs::read(inside.join("f2")).unwrap(), b"2");
}

#[test]
fn nothing_goes_through_a_symlink() {
    for tar in [
        Tar::default().file("out/canary", b"over").end(),
        Tar::default().dir("out").file("out/canary", b"over").end(),
        Tar::default().symlink("new", "../outside").file("new/canary", b"over").end(),
        Tar::default().dir("d").symlink("d/up", "../..").file("d/up/outside/canary", b"over").end(),
        Tar::default().hardlink("mine", "out/canary").end(),
        Tar::default().file("../outside/canary", b"over").end(),
        Tar::default().file("/outside/canary", b"harmless").end(),
    ] {
        for overwrite in [false, true] {
            let (keep, inside) = filled();
            let result = run(&tar, &inside, Names::Same, overwrite);
            assert_eq!(std::fs::read(keep.path().join("outside/canary")).unwrap(), b"safe", "{result:?}");
            assert_eq!(std::fs::read_dir(keep.path().join("outside")).unwrap().count(), 1);
        }
    }
    // A symlink itself is replaced, and not what it leads to.
    let (keep, inside) = filled();
    run(&Tar::default().file("out", b"file now").end(), &inside, Names::Same, false).unwrap();
    assert_eq!(std::fs::read(inside.join("out")).unwrap(), b"file now");
    assert!(keep.path().join("outside/canary").exists());
}

#[test]
fn directories_give_way_when_asked() {
    for (tar, reason) in [
        (Tar::default().file("d", b"x").end(), "a directory stands there"),
        (Tar::default().dir("d").dir("d/f").end(), "is no directory"),
        (Tar::default().file("d/f/x", b"").end(), "a file stands where"),
    ] {
        let (_keep, inside) = filled();
        let error = run(&tar, &inside, Names::Same, false).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(std::fs::read(inside.join("d/f")).unwrap(), b"old");
    }
    let (_keep, inside) = filled();
    run(&Tar::default().file("d", b"x").end(), &inside, Names::Same, true).unwrap();
    assert_eq!(std::fs::read(inside.join("d")).unwrap(), b"x");
    run(&Tar::default().dir("d").end(), &inside, Names::Same, true).unwrap();
    assert!(inside.join("d").is_dir());
}

#[test]
fn whiteouts_are_only_names_here_and_nobody_lends_an_id() {
    let (_keep, inside) = filled();
    let suid = Head { path: b"suid", mode: 0o6755, uid: 5, gid: 5, ..Head::default() };
    let tar = Tar::default().file("d/.wh.f", b"1").head(&suid).end();
    run(&tar, &inside, Names::Same, false).unwrap();
    assert!(inside.join("d/f").exists() && inside.join("d/.wh.f").exists());
    assert_eq!(inside.join("suid").metadata().unwrap().permissions().mode() & 0o7777, 0o755);
}
