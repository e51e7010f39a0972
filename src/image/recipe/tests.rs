//! What comes out again, and what a damaged layer or recipe does. That every tar of `apply_tests` comes out again is
//! checked there.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::AsFd;

use super::*;
use crate::image::error::ImageError;
use crate::image::tar::build::{Head, Tar};
use crate::image::{LayerDirs, Limits, OwnerPolicy, apply_layer, sha256};

/// An unpacked layer.
struct Unpacked {
    dir: tempfile::TempDir,
    files: LayerFiles,
    tar: Vec<u8>,
}

fn unpack(tar: Vec<u8>) -> Unpacked {
    let dir = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        std::fs::create_dir(dir.path().join(name)).unwrap();
        File::open(dir.path().join(name)).unwrap()
    };
    let (fs, kept) = (open("fs"), open("kept"));
    let recipe = tempfile::tempfile().unwrap();
    let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
    apply_layer(tar.as_slice(), dirs, &OwnerPolicy::Record, &Limits::default()).unwrap();
    Unpacked { dir, files: LayerFiles { fs: fs.into(), kept: Some(kept.into()), recipe }, tar }
}

impl Unpacked {
    fn given_out(&self) -> Result<Vec<u8>, ImageError> {
        let mut out = Vec::new();
        rebuild(&self.files, &sha256(&self.tar), &mut out)?;
        Ok(out)
    }

    fn kept(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("kept")).unwrap().count()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("fs").join(name)
    }

    fn recipe_is(&mut self, raw: &[u8]) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&zstd::encode_all(raw, 1).unwrap()).unwrap();
        self.files.recipe = file;
    }
}

#[test]
fn what_gave_way_is_in_the_tar_again() {
    for (what, kept, tar) in [
        ("a file twice", 1, Tar::default().file("f", b"old").file("f", b"new").end()),
        ("thrice", 2, Tar::default().file("f", b"1").file("f", b"22").file("f", b"333").end()),
        ("an empty one", 0, Tar::default().file("f", b"").file("f", b"new").end()),
        ("a link takes its place", 1, Tar::default().file("f", b"old").symlink("f", "g").end()),
        ("of two names", 1, Tar::default().file("f", b"old").hardlink("g", "f").file("f", b"new").end()),
        ("a directory", 1, Tar::default().file("d/e/f", b"old").file("d", b"new").end()),
        (
            "in a directory that gives way later",
            3,
            Tar::default()
                .file("d/e/f", b"1")
                .file("d/e/f", b"2")
                .file("d/e", b"3")
                .dir("d/e")
                .file("d/e/f", b"4")
                .end(),
        ),
        (
            "through a link that leads elsewhere later",
            0,
            Tar::default()
                .dir("b")
                .dir("c")
                .symlink("a", "b")
                .file("a/x", b"in b")
                .symlink("a", "c")
                .file("a/x", b"in c")
                .end(),
        ),
        (
            "through a link, and then by its own name",
            1,
            Tar::default().dir("b").symlink("a", "/b").file("a/x", b"old").file("b/x", b"new").end(),
        ),
        (
            "hidden and then a directory",
            1,
            Tar::default().file("x", b"1").file(".wh.x", b"").file("x/y", b"2").end(),
        ),
    ] {
        let layer = unpack(tar);
        assert!(layer.given_out().unwrap() == layer.tar, "{what}");
        assert_eq!(layer.kept(), kept, "{what}");
    }
}

#[test]
fn what_is_not_unpacked_is_in_the_tar_again() {
    let device = Head { flag: b'3', path: b"null", ..Head::default() };
    let label = Head { flag: b'V', path: b"label", size: 600, ..Head::default() };
    let tar = Tar::default()
        .pax(&[(b"comment", b"x")])
        .head(&device)
        .head(&label)
        .data(&[b'v'; 600])
        .file(".wh..wh.plnk/1.2", b"bookkeeping")
        .file("big", &vec![0; 3 << 20])
        .file("after", &[5; 100_000]);
    let mut bytes = tar.end();
    bytes.extend(std::iter::repeat_n(0, 9000));
    bytes.extend(b"something behind the end");
    let layer = unpack(bytes);
    assert!(layer.given_out().unwrap() == layer.tar);
    let recipe = layer.files.recipe.metadata().unwrap().len();
    assert!(recipe < 1000, "{recipe} bytes");
}

#[test]
fn a_damaged_layer_gives_an_error_and_no_tar() {
    let tar = || Tar::default().file("a", &[1; 5000]).file("d/b", b"bb").end();
    let layer = unpack(tar());
    std::fs::write(layer.path("a"), [2; 5000]).unwrap();
    assert!(matches!(layer.given_out().unwrap_err(), ImageError::Digest { .. }));
    std::fs::write(layer.path("a"), [1; 4999]).unwrap();
    assert_eq!(layer.given_out().unwrap_err().to_string(), "corrupted a: it is shorter than it was unpacked");
    std::fs::write(layer.path("a"), [1; 5000]).unwrap();
    assert!(layer.given_out().is_ok());
    std::fs::remove_file(layer.path("d/b")).unwrap();
    assert_eq!(layer.given_out().unwrap_err().to_string(), "read d/b: no such file or directory");
    std::os::unix::fs::symlink("../a", layer.path("d/b")).unwrap();
    assert!(layer.given_out().is_err(), "never through a symlink");
    std::fs::remove_file(layer.path("d/b")).unwrap();
    std::fs::create_dir(layer.path("d/b")).unwrap();
    assert_eq!(layer.given_out().unwrap_err().to_string(), "corrupted d/b: it is no file any more");
}

#[test]
fn a_damaged_recipe_is_told() {
    let mut layer = unpack(Tar::default().file("a", b"x").end());
    let whole = {
        (&layer.files.recipe).seek(SeekFrom::Start(0)).unwrap();
        zstd::decode_all(&layer.files.recipe).unwrap()
    };
    layer.recipe_is(&whole);
    assert!(layer.given_out().is_ok());
    for cut in 0..whole.len() {
        layer.recipe_is(&whole[..cut]);
        assert!(matches!(layer.given_out(), Err(ImageError::Corrupt { .. })), "{cut} bytes of it");
    }
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    for (what, parts) in [
        ("another format", b"rctr recipe 9\nE\0".to_vec()),
        ("an unknown part", [MAGIC, b"X"].concat()),
        ("a long text", [MAGIC, b"L\xff\xff\x7f"].concat()),
        ("no number", [MAGIC, b"L", &huge].concat()),
        ("a path to somewhere else", [MAGIC, b"C\x04../a\x01\0\x01E\x01"].concat()),
        ("a wrong sum", [MAGIC, b"L\x01xE\x02"].concat()),
        ("something behind the end", [MAGIC, b"E\0E\0"].concat()),
    ] {
        layer.recipe_is(&parts);
        assert!(layer.given_out().is_err(), "{what}");
    }
    let mut flipped = zstd::encode_all(whole.as_slice(), 1).unwrap();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&flipped).unwrap();
    layer.files.recipe = file;
    assert!(layer.given_out().is_err());
}
