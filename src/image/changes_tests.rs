use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::XattrFlags;

use super::*;

/// Layers as directories: `make` fills them by name.
struct Layers {
    dir: tempfile::TempDir,
    names: Vec<&'static str>,
}

impl Layers {
    fn new(names: &[&'static str]) -> Self {
        let layers = Self { dir: tempfile::tempdir().unwrap(), names: names.to_vec() };
        names.iter().for_each(|name| std::fs::create_dir(layers.at(name)).unwrap());
        layers
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn file(&self, path: &str, content: &str) -> &Self {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), content).unwrap();
        self
    }

    fn mark(&self, path: &str, name: &str, value: &str) -> &Self {
        let fd = std::fs::File::open(self.at(path)).unwrap();
        rustix::fs::fsetxattr(&fd, name, value.as_bytes(), XattrFlags::empty())
            .expect("user xattrs in TMPDIR");
        self
    }

    /// The form of a whiteout that needs no right to make devices.
    fn whiteout(&self, path: &str) -> &Self {
        self.file(path, "").mark(path, "user.overlay.whiteout", "y");
        let parent = Path::new(path).parent().unwrap().to_str().unwrap();
        self.mark(parent, "user.overlay.opaque", "x")
    }

    /// All modification times the same, so that they tell nothing.
    fn settle(&self) -> &Self {
        let time = rustix::fs::Timespec { tv_sec: 1, tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
        let mut waiting = vec![self.dir.path().to_owned()];
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            }
            rustix::fs::utimensat(rustix::fs::CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        }
        self
    }

    fn changes(&self, whole: bool, mounts: &[&str]) -> Vec<String> {
        let open = |name: &&str| OwnedFd::from(std::fs::File::open(self.at(name)).unwrap());
        let lowers: Vec<_> = self.names[1..].iter().map(open).collect();
        let mounts: Vec<_> = mounts.iter().map(|m| m.as_bytes().to_vec()).collect();
        let mut seen = Vec::new();
        Comparison { lowers: &lowers, whole, mounts: &mounts }
            .walk(open(&self.names[0]).as_fd(), &mut |kind, path, dir, name| {
                let there = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
                assert!(there || kind == ChangeKind::Deleted, "{path:?}");
                seen.push(format!("{} {}", kind.letter(), String::from_utf8_lossy(path)));
                Ok(())
            })
            .unwrap();
        seen
    }
}

#[test]
fn an_upper_directory_says_what_it_changed() {
    let layers = Layers::new(&["up", "mid", "low"]);
    layers.file("low/etc/a", "1").file("low/etc/b", "1").file("low/usr/x", "").file("mid/etc/c", "1");
    layers.file("up/etc/a", "2").file("up/etc/new", "").file("up/srv/deep/f", "").whiteout("up/etc/b");
    layers.whiteout("up/etc/never-was");
    layers.settle();
    assert_eq!(
        layers.changes(false, &[]),
        ["C etc", "C etc/a", "D etc/b", "A etc/new", "A srv", "A srv/deep", "A srv/deep/f"]
    );
}

#[test]
fn what_a_layer_between_has_hidden_was_not_there() {
    let layers = Layers::new(&["up", "mid", "low"]);
    layers.file("low/d/gone", "").file("low/d/hidden/f", "").file("low/o/f", "").file("low/t/f", "");
    layers.whiteout("mid/d/gone").file("mid/o/g", "").mark("mid/o", "user.overlay.opaque", "y");
    layers.file("mid/t", "a file now");
    layers.file("up/d/gone", "").file("up/o/f", "").file("up/o/g", "").file("up/t/f", "");
    layers.settle();
    assert_eq!(layers.changes(false, &[]), ["C d", "A d/gone", "C o", "A o/f", "C o/g", "C t", "A t/f"]);
}

#[test]
fn an_opaque_directory_has_deleted_what_it_covers() {
    let layers = Layers::new(&["up", "low"]);
    layers.file("low/d/a", "").file("low/d/sub/x", "").file("low/d/sub/y", "").file("low/d/other/z", "");
    layers.file("up/d/sub/x", "").file("up/d/b", "").mark("up/d", "user.overlay.opaque", "y");
    layers.settle();
    assert_eq!(
        layers.changes(false, &[]),
        ["C d", "D d/a", "A d/b", "D d/other", "C d/sub", "C d/sub/x", "D d/sub/y"]
    );
}

#[test]
fn a_directory_copied_up_for_nothing_is_no_change() {
    let layers = Layers::new(&["up", "low"]);
    for path in ["up/d/e", "low/d/e"] {
        std::fs::create_dir_all(layers.at(path)).unwrap();
    }
    layers.settle();
    assert_eq!(layers.changes(false, &[]), [""; 0]);
    std::fs::set_permissions(layers.at("up/d/e"), PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(layers.changes(false, &[]), ["C d", "C d/e"]);
}

#[test]
fn mount_points_are_no_changes() {
    let layers = Layers::new(&["up", "low"]);
    layers.file("low/etc/a", "").file("up/etc/hosts", "").file("up/srv/other/f", "");
    std::fs::create_dir_all(layers.at("up/srv/data/deep")).unwrap();
    std::fs::create_dir_all(layers.at("up/mnt")).unwrap();
    let mounts = ["etc/hosts", "srv/data/deep", "mnt"];
    assert_eq!(layers.changes(false, &mounts), ["A srv", "A srv/other", "A srv/other/f"]);
    layers.file("up/mnt/written", "below the mount").file("up/etc/hosts", "so was this");
    assert_eq!(layers.changes(false, &mounts).len(), 7);
}

#[test]
fn a_copy_is_compared() {
    let layers = Layers::new(&["copy", "mid", "low"]);
    for path in
        ["low/d/same", "copy/d/same", "low/d/gone", "mid/d/size", "low/d/mode", "copy/d/mode", "low/e/f"]
    {
        layers.file(path, "1");
    }
    layers.file("copy/d/size", "12").file("copy/new/f", "").whiteout("mid/d/never");
    layers.file("low/d/never", "");
    std::fs::set_permissions(layers.at("copy/d/mode"), PermissionsExt::from_mode(0o600)).unwrap();
    layers.settle();
    assert_eq!(
        layers.changes(true, &[]),
        ["C d", "D d/gone", "C d/mode", "C d/size", "D e", "A new", "A new/f"]
    );
}
