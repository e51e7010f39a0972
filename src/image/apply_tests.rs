//! What layers become, and what hostile ones do not.

use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use super::*;
use crate::image::recipe::{LayerFiles, rebuild};
use crate::image::sha256;
use crate::image::tar::build::{Head, Tar};

/// A layer's directory inside another one that must stay as it is.
struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self::of(tempfile::tempdir().unwrap())
    }

    /// In memory where that can be, for many files.
    fn quick() -> Self {
        tempfile::tempdir_in("/dev/shm").map_or_else(|_| Self::new(), Self::of)
    }

    fn of(dir: tempfile::TempDir) -> Self {
        std::fs::create_dir(dir.path().join("fs")).unwrap();
        std::fs::write(dir.path().join("canary"), "alive").unwrap();
        std::fs::create_dir(dir.path().join("outside")).unwrap();
        Self { dir }
    }

    fn fs(&self) -> std::path::PathBuf {
        self.dir.path().join("fs")
    }

    fn apply(&self, tar: &[u8], owners: &OwnerPolicy) -> Result<LayerReport, ImageError> {
        self.apply_within(tar, owners, &Limits::default())
    }

    fn apply_within(
        &self,
        tar: &[u8],
        owners: &OwnerPolicy,
        limits: &Limits,
    ) -> Result<LayerReport, ImageError> {
        let fs = File::open(self.fs()).unwrap();
        let aside = tempfile::tempdir().unwrap();
        let kept = File::open(aside.path()).unwrap();
        let recipe = tempfile::tempfile().unwrap();
        let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
        let report = apply_layer(tar, dirs, owners, limits)?;
        // Whatever could be unpacked can be given out again.
        let files = LayerFiles { fs: fs.into(), kept: Some(kept.into()), recipe };
        let mut again = Vec::new();
        let length = rebuild(&files, &sha256(tar), &mut again)?;
        assert!(again == tar && length == tar.len() as u64);
        Ok(report)
    }

    fn intact(&self) -> bool {
        let names: Vec<_> =
            std::fs::read_dir(self.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.len() == 3
            && std::fs::read(self.dir.path().join("canary")).unwrap() == b"alive"
            && std::fs::metadata(self.dir.path().join("canary")).unwrap().nlink() == 1
            && std::fs::read_dir(self.dir.path().join("outside")).unwrap().count() == 0
    }
}

fn apply(tar: Tar) -> (Sandbox, LayerReport) {
    let sandbox = Sandbox::new();
    let report = sandbox.apply(&tar.end(), &OwnerPolicy::Record).unwrap();
    assert!(sandbox.intact());
    (sandbox, report)
}

fn refused(tar: Tar) -> String {
    let sandbox = Sandbox::new();
    let error = sandbox.apply(&tar.end(), &OwnerPolicy::Record).unwrap_err();
    assert!(sandbox.intact());
    error.to_string()
}

fn xattr(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut buffer = [0; 256];
    let length = rustix::fs::lgetxattr(path, name, &mut buffer[..]).ok()?;
    Some(buffer[..length].to_vec())
}

fn is_whiteout(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_char_device() && m.rdev() == 0)
}

#[test]
fn an_honest_layer() {
    let (sandbox, report) = apply(
        Tar::default()
            .head(&Head { flag: b'5', path: b"./", mode: 0o711, ..Head::default() })
            .head(&Head { flag: b'5', path: b"d/", mode: 0o500, mtime: 77, ..Head::default() })
            .file("d/f", b"hello")
            .head(&Head { path: b"d/tool", mode: 0o4755, ..Head::default() })
            .hardlink("d/g", "d/f")
            .symlink("l", "/etc/nowhere")
            .head(&Head { flag: b'6', path: b"pipe", mode: 0o640, ..Head::default() })
            .head(&Head { flag: b'3', path: b"dev/null", ..Head::default() })
            .file("/abs", b"1"),
    );
    let fs = sandbox.fs();
    let meta = |p: &str| std::fs::symlink_metadata(fs.join(p)).unwrap();
    assert_eq!(meta("").permissions().mode() & 0o7777, 0o711);
    assert_eq!((meta("d").permissions().mode() & 0o7777, meta("d").mtime()), (0o500, 77));
    assert_eq!(std::fs::read(fs.join("d/f")).unwrap(), b"hello");
    assert_eq!((meta("d/f").nlink(), meta("d/f").ino()), (2, meta("d/g").ino()));
    assert_eq!(meta("d/f").mtime(), 1_000_000_000);
    assert_eq!(std::fs::read_link(fs.join("l")).unwrap(), Path::new("/etc/nowhere"));
    assert_eq!(meta("l").mtime(), 1_000_000_000);
    assert!(meta("pipe").file_type().is_fifo());
    assert_eq!(meta("pipe").permissions().mode() & 0o7777, 0o640);
    assert!(fs.join("abs").exists() && !fs.join("dev").exists());
    assert_eq!(meta("d/tool").permissions().mode() & 0o7777, 0o755, "a recorded setuid bit is not set");
    assert_eq!(xattr(&fs.join("d/tool"), OWNER_XATTR).unwrap(), b"0:0:4755");
    assert_eq!((report.entries, report.size, report.devices), (9, 6, 1));
    std::fs::set_permissions(fs.join("d"), PermissionsExt::from_mode(0o700)).unwrap();
}

#[test]
fn holes_stay_holes() {
    let mut big = vec![0; 3 << 20];
    big[..4].copy_from_slice(b"head");
    let (sandbox, report) = apply(
        Tar::default()
            .file("zeros", &big)
            .pax(&[(b"GNU.sparse.map", b"1048576,4"), (b"GNU.sparse.size", b"2097152")])
            .file("sparse", b"data"),
    );
    let read = std::fs::read(sandbox.fs().join("zeros")).unwrap();
    assert!(read == big);
    let sparse = std::fs::read(sandbox.fs().join("sparse")).unwrap();
    assert_eq!((sparse.len(), &sparse[1_048_576..1_048_580]), (2 << 20, &b"data"[..]));
    assert_eq!(report.size, (3 << 20) + (2 << 20));
    assert!(std::fs::metadata(sandbox.fs().join("zeros")).unwrap().blocks() * 512 < 1 << 20);
}

#[test]
fn whiteouts_are_what_overlayfs_reads() {
    let (sandbox, _) = apply(
        Tar::default()
            .file("a/.wh.gone", b"")
            .file("o/.wh..wh..opq", b"")
            .file("o/new", b"1")
            .file(".wh..wh.plnk/x", b"")
            // Hidden below, and made again: whichever comes first.
            .file(".wh.again", b"")
            .file("again", b"2")
            .file("before/f", b"3")
            .file(".wh.before", b"")
            .file(".wh.after", b"")
            .file("after/f", b"4")
            .file(".wh.listed", b"")
            .dir("listed"),
    );
    let fs = sandbox.fs();
    assert!(is_whiteout(&fs.join("a/gone")));
    let opaque = |p: &str| xattr(&fs.join(p), "user.overlay.opaque").is_some_and(|v| v == b"y");
    assert!(opaque("o") && opaque("before") && opaque("after") && opaque("listed") && !opaque("a"));
    assert_eq!(std::fs::read(fs.join("again")).unwrap(), b"2");
    assert_eq!(std::fs::read(fs.join("after/f")).unwrap(), b"4");
    assert!(!fs.join(".wh..wh.plnk").exists());
}

#[test]
fn attributes_that_the_overlay_would_obey_are_escaped() {
    let (sandbox, report) = apply(
        Tar::default()
            .pax(&[
                (b"SCHILY.xattr.user.mine", b"a\nb"),
                (b"SCHILY.xattr.user.overlay.redirect", b"/etc"),
                (b"SCHILY.xattr.user.rctr.owner", b"0:0:4755"),
                (b"SCHILY.xattr.trusted.x", b"1"),
                (b"SCHILY.xattr.security.selinux", b"1"),
            ])
            .file("f", b"")
            .pax(&[(b"SCHILY.xattr.user.overlay.opaque", b"y")])
            .dir("d"),
    );
    let file = sandbox.fs().join("f");
    assert_eq!(xattr(&file, "user.mine").unwrap(), b"a\nb");
    assert_eq!(xattr(&file, "user.overlay.overlay.redirect").unwrap(), b"/etc");
    assert_eq!(xattr(&file, "user.overlay.redirect"), None);
    assert_eq!(xattr(&file, OWNER_XATTR), None);
    assert_eq!(xattr(&sandbox.fs().join("d"), "user.overlay.opaque"), None);
    assert_eq!(report.xattrs, 3);
}

#[test]
fn the_last_of_several_entries_wins() {
    let (sandbox, _) = apply(
        Tar::default()
            .file("f", b"1")
            .file("f", b"22")
            .dir("d")
            .file("d/x", b"1")
            .file("d", b"now a file")
            .file("e", b"a file")
            .dir("e")
            .file("e/x", b"2")
            .symlink("s", "e")
            .dir("s")
            .file("s/own", b"3")
            .hardlink("h", "f")
            .file("h", b"other")
            .hardlink("f", "f"),
    );
    let read = |p: &str| std::fs::read(sandbox.fs().join(p)).unwrap();
    assert_eq!((read("f"), read("d"), read("e/x")), (b"22".to_vec(), b"now a file".to_vec(), b"2".to_vec()));
    assert!(!sandbox.fs().join("e/own").exists(), "a directory replaces a symlink to one");
    assert_eq!(read("h"), b"other");
}

#[test]
fn symlinks_inside_are_followed_inside_only() {
    let (sandbox, report) = apply(
        Tar::default()
            .dir("usr")
            .dir("usr/lib")
            .symlink("lib", "usr/lib")
            .file("lib/a.so", b"1")
            .symlink("abs", "/usr")
            .file("abs/b", b"2")
            .symlink("up", "../../../../usr")
            .file("up/c", b"3"),
    );
    for name in ["usr/lib/a.so", "usr/b", "usr/c"] {
        assert!(sandbox.fs().join(name).is_file(), "{name}");
    }
    assert!(report.implicit.is_empty());
}

#[test]
fn nothing_leaves_the_layer() {
    let outside = |sandbox: &Sandbox| sandbox.dir.path().join("outside").display().to_string();
    let probe = Sandbox::new();
    let absolute = outside(&probe);
    type Make<'a> = Box<dyn Fn() -> Tar + 'a>;
    let corpus: Vec<(&str, Make<'_>)> = vec![
        ("climbing name", Box::new(|| Tar::default().file("../outside/x", b"1"))),
        ("climbing in the middle", Box::new(|| Tar::default().dir("a").file("a/../../outside/x", b"1"))),
        ("climbing after a slash", Box::new(|| Tar::default().file("/../outside/x", b"1"))),
        ("through a symlink", Box::new(|| Tar::default().symlink("l", "../outside").file("l/x", b"1"))),
        (
            "through an absolute symlink",
            Box::new(|| Tar::default().symlink("l", &absolute).file("l/x", b"1")),
        ),
        (
            "through two",
            Box::new(|| Tar::default().symlink("a", "..").symlink("b", "a/outside").file("b/x", b"1")),
        ),
        (
            "a directory over a symlink",
            Box::new(|| Tar::default().symlink("l", "../outside").dir("l/").file("l/x", b"1")),
        ),
        (
            "a slash after a symlink",
            Box::new(|| Tar::default().symlink("l", "../outside").dir("l/").dir("l/d/")),
        ),
        ("a file over a symlink", Box::new(|| Tar::default().symlink("l", "../canary").file("l", b"dead"))),
        (
            "a FIFO over a symlink",
            Box::new(|| {
                Tar::default().symlink("l", "../canary").head(&Head {
                    flag: b'6',
                    path: b"l",
                    ..Head::default()
                })
            }),
        ),
        ("a hard link outside", Box::new(|| Tar::default().hardlink("h", "../canary").file("h", b"dead"))),
        (
            "a hard link by an absolute name",
            Box::new(|| Tar::default().hardlink("h", &format!("{absolute}/../canary"))),
        ),
        (
            "a hard link through a symlink",
            Box::new(|| Tar::default().symlink("l", "..").hardlink("h", "l/canary").file("h", b"dead")),
        ),
        (
            "a hard link to a symlink, then a file",
            Box::new(|| Tar::default().symlink("l", "../canary").hardlink("h", "l").file("h", b"dead")),
        ),
        (
            "a whiteout through a symlink",
            Box::new(|| Tar::default().symlink("l", "..").file("l/.wh.canary", b"")),
        ),
        ("a whiteout of ..", Box::new(|| Tar::default().file("a/.wh...", b""))),
        ("a whiteout of .", Box::new(|| Tar::default().file("a/.wh..", b""))),
        (
            "opaque through a symlink",
            Box::new(|| Tar::default().symlink("l", "../outside").file("l/.wh..wh..opq", b"")),
        ),
        ("opaque of ..", Box::new(|| Tar::default().file("../outside/.wh..wh..opq", b""))),
        ("a root that is a symlink", Box::new(|| Tar::default().symlink("./", "../outside").file("x", b"1"))),
        ("a root that is a file", Box::new(|| Tar::default().head(&Head { path: b".", ..Head::default() }))),
        (
            "a symlink swapped for a directory in use",
            Box::new(|| {
                Tar::default().dir("d").file("d/a", b"1").symlink("d", "../outside").file("d/b", b"2")
            }),
        ),
        (
            "a directory's meta data after a swap",
            Box::new(|| {
                Tar::default()
                    .head(&Head { flag: b'5', path: b"d", mode: 0o777, mtime: 1, ..Head::default() })
                    .symlink("d", "../outside")
            }),
        ),
        ("magic links", Box::new(|| Tar::default().symlink("l", "/proc/self/cwd").file("l/x", b"1"))),
    ];
    for (what, tar) in corpus {
        let sandbox = Sandbox::new();
        let before = std::fs::metadata(sandbox.dir.path().join("outside")).unwrap();
        let _ = sandbox.apply(&tar().end(), &OwnerPolicy::Record);
        assert!(sandbox.intact(), "{what}");
        let after = std::fs::metadata(sandbox.dir.path().join("outside")).unwrap();
        assert_eq!((before.mode(), before.mtime()), (after.mode(), after.mtime()), "{what}");
        assert!(probe.intact(), "{what}: an absolute name reached out");
    }
}

#[test]
fn refusals_name_the_entry() {
    for (tar, want) in [
        (Tar::default().file("a/../../b", b""), "refusing entry \"a/../../b\": it climbs with \"..\""),
        (
            Tar::default().hardlink("h", "nope"),
            "refusing entry \"h\": it is a hard link to \"nope\", which this layer does not have",
        ),
        (Tar::default().hardlink("h", "../x"), "which is no path inside the layer"),
        (Tar::default().dir("d").hardlink("h", "d"), "which cannot have another name"),
        (Tar::default().symlink("l", "gone").file("l/x", b""), "refusing entry \"l\": a symlink to nowhere"),
        (Tar::default().file("f", b"").file("f/x", b""), "refusing entry \"f\": a file stands where"),
        (Tar::default().file("evil\x1b[2J/../..", b""), "evil\\u{1b}[2J"),
    ] {
        let error = refused(tar);
        assert!(error.contains(want), "{error}\nwant {want}");
    }
}

#[test]
fn directories_that_the_tar_leaves_out_are_told() {
    let (sandbox, report) = apply(Tar::default().file("usr/bin/x", b"").dir("etc").file("etc/y", b""));
    assert_eq!(report.implicit, ["usr/bin", "usr"]);
    let mode = std::fs::metadata(sandbox.fs().join("usr")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
}

#[test]
fn extremes_are_taken_or_refused_by_name() {
    let sparse = |size: &str, map: &str, content: &[u8]| {
        Tar::default()
            .pax(&[(b"GNU.sparse.map", map.as_bytes()), (b"GNU.sparse.size", size.as_bytes())])
            .file("holes", content)
    };
    let pax = |key: &[u8], value: &[u8]| Tar::default().pax(&[(key, value)]).file("f", b"");
    for (what, tar, want) in [
        ("a size of all bits", pax(b"size", b"18446744073709551615"), "size overflow"),
        ("a size that no number holds", pax(b"size", b"18446744073709551616"), "cannot be read"),
        ("a negative size", pax(b"size", b"-1"), "cannot be read"),
        (
            "a hole of exabytes",
            sparse("4611686018427387904", "4611686018427387900,4", b"data"),
            "RCTR_MAX_LAYER_BYTES",
        ),
        (
            "a piece that runs over",
            sparse("18446744073709551615", "18446744073709551615,4", b"data"),
            "too long",
        ),
        (
            "an attribute that nothing holds",
            pax(b"SCHILY.xattr.user.a", &[7; 70_000]),
            "attribute user.a of f",
        ),
        (
            "a link of 5,000 bytes",
            Tar::default().pax(&[(b"linkpath", &[b'l'; 5000])]).symlink("s", "x"),
            "unpack s",
        ),
        ("a path of 5,000 bytes", pax(b"path", "d/".repeat(2500).as_bytes()), "a path of 4999 bytes"),
        ("a name of 300 bytes", pax(b"path", &[b'n'; 300]), "a name of 300 bytes"),
        ("a NUL in a name", pax(b"path", b"a\0b"), "holds a NUL"),
    ] {
        let error = refused(tar);
        assert!(error.contains(want), "{what}: {error}");
    }
    let deep = "d/".repeat(2000) + "f";
    let (sandbox, report) = apply(
        sparse("400000000000", "0,1,399999999999,1", b"ab")
            .pax(&[(b"mtime", b"-9223372036854775807.999999999")])
            .file("before", b"")
            .pax(&[(b"mtime", b"9223372036854775807")])
            .file("after", b"")
            .pax(&[(b"path", deep.as_bytes())])
            .file("deep", b"1")
            .pax(&[(b"path", b"new\nline")])
            .file("x", b"2"),
    );
    let holes = std::fs::metadata(sandbox.fs().join("holes")).unwrap();
    assert!(holes.len() == 400_000_000_000 && holes.blocks() < 1000);
    assert_eq!(std::fs::read(sandbox.fs().join(deep)).unwrap(), b"1");
    assert_eq!(std::fs::read(sandbox.fs().join("new\nline")).unwrap(), b"2");
    assert_eq!((report.entries, report.implicit.len()), (5, 2000));
}

#[test]
fn what_a_layer_leaves_out_is_bounded() {
    let deep = "d/".repeat(2000);
    let tar = (0..10).fold(Tar::default(), |tar, n| {
        tar.pax(&[(b"path", format!("{n}/{deep}f").as_bytes())]).file("f", b"")
    });
    let sandbox = Sandbox::quick();
    let error = sandbox.apply(&tar.end(), &OwnerPolicy::Record).unwrap_err().to_string();
    assert!(error.contains("the names of directories that it does not list are longer than"), "{error}");
}

#[test]
fn a_directory_may_hold_very_many_entries() {
    let tar = (0..20_000).fold(Tar::default().dir("d"), |tar, n| tar.symlink(&format!("d/{n}"), "x"));
    let sandbox = Sandbox::quick();
    let report = sandbox.apply(&tar.end(), &OwnerPolicy::Record).unwrap();
    assert_eq!(report.entries, 20_001);
    assert_eq!(std::fs::read_dir(sandbox.fs().join("d")).unwrap().count(), 20_000);
}

#[test]
fn an_entry_too_many_is_refused() {
    let limits = Limits { entries: 3, ..Limits::default() };
    let tar = Tar::default().file("a", b"").file("b", b"").file("c", b"");
    for (tar, fits) in [(tar.0.clone(), true), (Tar(tar.0).file("d", b"").0, false)] {
        let sandbox = Sandbox::new();
        let result = sandbox.apply_within(&tar, &OwnerPolicy::Record, &limits);
        assert_eq!(result.is_ok(), fits, "{result:?}");
    }
}
