//! A layer on its way to disk: nothing outside of its directory is touched, and what could be unpacked can be given out
//! again to the byte.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::image::recipe::{LayerFiles, rebuild};
use crate::image::{LayerDirs, Limits, OwnerPolicy, apply_layer, sha256};
use crate::sys::remove::remove_contents;

/// Small, so that a bomb ends soon.
const LIMITS: Limits = Limits { bytes: 1 << 20, entries: 500, ratio: 1000 };

/// Unpacks an archive next to things that must stay as they are.
pub fn layer(data: &[u8]) {
    let bytes = super::tar::repaired(data);
    // In memory where that can be.
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
    let [fs, kept, outside] = ["fs", "kept", "outside"].map(|name| {
        let path = place.path().join(name);
        std::fs::create_dir(&path).expect("a directory");
        path
    });
    std::fs::write(outside.join("canary"), "alive").expect("write");
    let before = seen(&outside);
    let (fs, kept) = (File::open(fs).expect("open"), File::open(kept).expect("open"));
    let recipe = tempfile::tempfile().expect("a file");
    let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
    let report = apply_layer(bytes.as_slice(), dirs, &OwnerPolicy::Record, &LIMITS);
    assert_eq!(seen(&outside), before, "something was changed outside");
    let names: Vec<_> =
        std::fs::read_dir(place.path()).expect("list").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names.len(), 3, "something was made outside: {names:?}");
    if let Ok(report) = &report {
        assert!(report.entries <= LIMITS.entries && report.entries <= bytes.len() as u64 / 512);
        let files = LayerFiles {
            fs: fs.try_clone().expect("duplicate").into(),
            kept: Some(kept.try_clone().expect("duplicate").into()),
            recipe,
        };
        let mut again = Vec::new();
        rebuild(&files, &sha256(&bytes), &mut again).expect("given out again");
        assert!(again == bytes, "given out otherwise than it came");
    }
    for dir in [&fs, &kept] {
        remove_contents(dir.as_fd()).expect("whatever was made can be removed");
    }
}

/// Everything that could be changed of a directory and the one file in it.
fn seen(outside: &Path) -> Vec<(u32, u64, u64, i64, i64, u64)> {
    let canary = outside.join("canary");
    assert_eq!(std::fs::read(&canary).expect("read"), b"alive");
    let of = |path: &Path| {
        let meta = std::fs::symlink_metadata(path).expect("look");
        (meta.mode(), meta.nlink(), meta.ino(), meta.ctime(), meta.ctime_nsec(), meta.size())
    };
    vec![of(outside), of(&canary)]
}
