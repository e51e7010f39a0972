//! Is a layer still what was unpacked? Its tar is put together again, and what that says of each entry is compared with what
//! is there: kind, permission bits, owner, where a symlink leads; and nothing may be there that the tar does not have.
//!
//! Names that lead through a symlink of the layer's own, and attributes that were left out, are not compared: content is
//! known by the tar's digest all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::error::{ImageError, show};
use super::owner::{OWNER_XATTR, OwnerPolicy};
use super::pack::{join, names, open_dir};
use super::path::{Asked, EntryPath, judge};
use super::recipe::{LayerFiles, rebuild};
use super::tar::{Entry, Kind, TarReader};
use crate::model::Digest;
use crate::sys::Attempt;

/// How many differences are told of one layer.
const TOLD_MAX: usize = 20;
/// As deep as `pack` goes.
const DEPTH_MAX: usize = 900;

/// Tells what is not as it was, one sentence each. Owners and permission bits are compared when there is a policy that
/// the layer was unpacked by.
///
/// # Errors
/// As [`rebuild`]: content that is not the tar's.
pub fn verify(
    layer: &LayerFiles,
    diff_id: &Digest,
    owners: Option<&OwnerPolicy>,
) -> Result<Vec<String>, ImageError> {
    let (read, mut write) = std::io::pipe().attempt(|| "make a pipe")?;
    let (rebuilt, expected) = std::thread::scope(|scope| {
        let rebuilding = scope.spawn(move || rebuild(layer, diff_id, &mut write));
        let expected = expect(TarReader::new(BufReader::with_capacity(256 * 1024, read)), owners);
        let rebuilt = rebuilding.join();
        (
            rebuilt.unwrap_or_else(|_| Err(ImageError::corrupt("layer", "who put it together panicked"))),
            expected,
        )
    });
    // A tar that ends in the middle is the other side's trouble.
    rebuilt?;
    let mut check = Check { root: layer.fs.as_fd(), expected: expected?, differences: Vec::new() };
    check.entries()?;
    check.extras()?;
    Ok(check.differences)
}

/// What must be at a path.
#[derive(Debug)]
struct Expect {
    kind: Kind,
    mode: Option<u32>,
    owner: Option<(u32, u32)>,
    /// What [`OWNER_XATTR`] says, where owners are only recorded.
    record: Option<Option<String>>,
    link: Vec<u8>,
    whiteout: bool,
}

#[derive(Debug, Default)]
struct Expected {
    paths: BTreeMap<EntryPath, Expect>,
    /// Names lead through symlinks: what is there under another name is not told from what is too much.
    aliased: bool,
}

fn expect(
    mut tar: TarReader<impl std::io::Read>,
    owners: Option<&OwnerPolicy>,
) -> Result<Expected, ImageError> {
    let mut expected = Expected::default();
    while let Some(entry) = tar.next_entry()? {
        match judge(&entry.path)? {
            Asked::Make(path) => expected.make(path, &entry, owners),
            Asked::Whiteout(path) => expected.whiteout(path),
            Asked::Opaque(_) | Asked::Bookkeeping => {}
        }
    }
    tar.drain()?;
    Ok(expected)
}

impl Expected {
    fn make(&mut self, path: EntryPath, entry: &Entry, owners: Option<&OwnerPolicy>) {
        if matches!(entry.kind, Kind::Device | Kind::Other(_)) || !self.reach(&path) {
            return;
        }
        if entry.kind != Kind::Directory {
            let (first, last) = path.below();
            let gone: Vec<_> = self.paths.range(first..last).map(|(path, _)| path.clone()).collect();
            gone.iter().for_each(|path| drop(self.paths.remove(path)));
        }
        // A further name has what the first one says.
        let own = owners.filter(|_| entry.kind != Kind::HardLink);
        let holds_record = matches!(entry.kind, Kind::File | Kind::Directory);
        let expect = Expect {
            kind: entry.kind,
            mode: own.filter(|_| entry.kind != Kind::Symlink).map(|owners| owners.mode(entry)),
            owner: own.and_then(|owners| owners.owner(entry).ok().flatten()).map(|o| (o.uid, o.gid)),
            record: own
                .filter(|owners| **owners == OwnerPolicy::Record && holds_record)
                .map(|o| o.record(entry)),
            link: entry.link.clone(),
            whiteout: false,
        };
        self.paths.insert(path, expect);
    }

    fn whiteout(&mut self, path: EntryPath) {
        if self.reach(&path) {
            self.paths.entry(path).or_insert(Expect {
                kind: Kind::Device,
                mode: None,
                owner: None,
                record: None,
                link: Vec::new(),
                whiteout: true,
            });
        }
    }

    /// Makes room on the way to a path; false when that leads through a symlink.
    fn reach(&mut self, path: &EntryPath) -> bool {
        let mut above = path.split().map(|(parent, _)| parent);
        while let Some(parent) = above {
            match self.paths.get(&parent).map(|expect| expect.kind) {
                Some(Kind::Symlink) => {
                    self.aliased = true;
                    return false;
                }
                Some(Kind::Directory) | None => {}
                // Only what was hidden gives way to a directory.
                Some(_) => drop(self.paths.remove(&parent)),
            }
            above = parent.split().map(|(parent, _)| parent);
        }
        true
    }
}

struct Check<'a> {
    root: BorrowedFd<'a>,
    expected: Expected,
    differences: Vec<String>,
}

impl Check<'_> {
    fn differs(&mut self, path: &EntryPath, how: impl std::fmt::Display) {
        if self.differences.len() < TOLD_MAX {
            self.differences.push(format!("{:?} {how}", show(path.bytes())));
        }
    }

    fn entries(&mut self) -> Result<(), ImageError> {
        for (path, expect) in std::mem::take(&mut self.expected.paths) {
            if let Some(how) = self.entry(&path, &expect)? {
                self.differs(&path, how);
            }
            self.expected.paths.insert(path, expect);
        }
        Ok(())
    }

    fn entry(&self, path: &EntryPath, expect: &Expect) -> Result<Option<String>, ImageError> {
        let name = if path.is_root() { b"." } else { path.bytes() };
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let what = || format!("look at {}", show(path.bytes()));
        let fd = match rustix::fs::openat2(self.root, name, flags, Mode::empty(), resolve) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => {
                return Ok(Some("is gone".to_owned()));
            }
            other => other.attempt(what)?,
        };
        let stat = rustix::fs::fstat(&fd).attempt(what)?;
        let is = FileType::from_raw_mode(stat.st_mode);
        if expect.whiteout {
            let hides = is == FileType::CharacterDevice || is == FileType::RegularFile && stat.st_size == 0;
            return Ok((!hides).then(|| "hides nothing any more".to_owned()));
        }
        if !same_kind(expect.kind, is) {
            return Ok(Some(format!("is a {} and no {}", word(is), kind_word(expect.kind))));
        }
        if expect.kind == Kind::Symlink {
            let link = rustix::fs::readlinkat(&fd, c"", Vec::new()).attempt(what)?;
            if link.as_bytes() != expect.link {
                return Ok(Some(format!("leads to {:?} and not to {:?}", link, show(&expect.link))));
            }
        }
        Ok(self.attributes(&stat, name, expect))
    }

    fn attributes(&self, stat: &Stat, name: &[u8], expect: &Expect) -> Option<String> {
        let mode = stat.st_mode & 0o7777;
        if let Some(want) = expect.mode.filter(|want| *want != mode) {
            return Some(format!("has mode {mode:o} and not {want:o}"));
        }
        let owner = (stat.st_uid, stat.st_gid);
        if let Some((uid, gid)) = expect.owner.filter(|want| *want != owner) {
            return Some(format!("belongs to {}:{} and not to {uid}:{gid}", owner.0, owner.1));
        }
        let want = expect.record.as_ref()?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mut value = [0; 64];
        let length = rustix::fs::openat(self.root, name, flags, Mode::empty())
            .and_then(|fd| rustix::fs::fgetxattr(&fd, OWNER_XATTR, &mut value[..]));
        let have = length.ok().map(|length| String::from_utf8_lossy(&value[..length]).into_owned());
        (have != *want).then(|| "has another owner on record".to_owned())
    }

    /// What is there and should not be.
    fn extras(&mut self) -> Result<(), ImageError> {
        if self.expected.aliased {
            return Ok(());
        }
        let mut on_the_way = BTreeSet::new();
        for path in self.expected.paths.keys() {
            let mut above = path.split().map(|(parent, _)| parent);
            while let Some(parent) = above {
                above = parent.split().map(|(parent, _)| parent);
                if !on_the_way.insert(parent) {
                    break;
                }
            }
        }
        self.below(self.root, &[], &on_the_way, 0)
    }

    fn below(
        &mut self,
        dir: BorrowedFd<'_>,
        path: &[u8],
        on_the_way: &BTreeSet<EntryPath>,
        depth: usize,
    ) -> Result<(), ImageError> {
        if depth > DEPTH_MAX {
            return Ok(());
        }
        let what = || format!("read {}", show(path));
        for name in names(dir).attempt(what)? {
            let path = join(path, &name);
            let whole = EntryPath::clean(&path)?;
            if !self.expected.paths.contains_key(&whole) && !on_the_way.contains(&whole) {
                self.differs(&whole, "is not of this layer");
                continue;
            }
            match open_dir(dir, &name) {
                Ok(fd) => self.below(fd.as_fd(), &path, on_the_way, depth + 1)?,
                Err(Errno::NOTDIR | Errno::LOOP | Errno::NOENT) => {}
                other => drop(other.attempt(what)?),
            }
        }
        Ok(())
    }
}

fn same_kind(kind: Kind, is: FileType) -> bool {
    match kind {
        Kind::File => is == FileType::RegularFile,
        Kind::Directory => is == FileType::Directory,
        Kind::Symlink => is == FileType::Symlink,
        Kind::Fifo => is == FileType::Fifo,
        // Of whatever the first name is.
        _ => is != FileType::Directory,
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "directory",
        Kind::Symlink => "symlink",
        Kind::Fifo => "FIFO",
        _ => "file",
    }
}

fn word(is: FileType) -> &'static str {
    match is {
        FileType::Directory => "directory",
        FileType::Symlink => "symlink",
        FileType::Fifo => "FIFO",
        FileType::RegularFile => "file",
        _ => "device",
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::image::tar::build::{Head, Tar};
    use crate::image::{LayerDirs, Limits, apply_layer, sha256};

    struct Layer {
        dir: tempfile::TempDir,
        files: LayerFiles,
        diff_id: Digest,
    }

    fn layer(tar: Tar) -> Layer {
        let (dir, tar) = (tempfile::tempdir().unwrap(), tar.end());
        let open = |name: &str| {
            fs::create_dir(dir.path().join(name)).unwrap();
            File::open(dir.path().join(name)).unwrap()
        };
        let (fs, kept, recipe) = (open("fs"), open("kept"), tempfile::tempfile().unwrap());
        let dirs = LayerDirs { fs: fs.as_fd(), kept: kept.as_fd(), recipe: &recipe };
        apply_layer(tar.as_slice(), dirs, &OwnerPolicy::Record, &Limits::default()).unwrap();
        let files = LayerFiles { fs: fs.into(), kept: Some(kept.into()), recipe };
        Layer { dir, files, diff_id: sha256(&tar) }
    }

    impl Layer {
        fn differences(&self) -> Vec<String> {
            verify(&self.files, &self.diff_id, Some(&OwnerPolicy::Record)).unwrap()
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.dir.path().join("fs").join(name)
        }
    }

    fn some() -> Tar {
        let head = Head { path: b"owned", uid: 7, mode: 0o4755, ..Head::default() };
        Tar::default()
            .dir("d")
            .file("d/f", b"old")
            .file("d/f", b"new")
            .head(&head)
            .symlink("s", "d/f")
            .hardlink("h", "d/f")
            .file("implied/x", b"x")
            .file("d/.wh.gone", b"")
            .head(&Head { flag: b'3', path: b"null", ..Head::default() })
            .dir("becomes")
            .file("becomes/a", b"a")
            .file("becomes", b"a file")
    }

    #[test]
    fn what_was_unpacked_is_as_it_was() {
        for tar in [
            some(),
            Tar::default(),
            Tar::default().dir("b").symlink("a", "b").file("a/x", b"1"),
            Tar::default().file("x", b"1").file(".wh.x", b"").file("x/y", b"2"),
        ] {
            assert_eq!(layer(tar).differences(), Vec::<String>::new());
        }
    }

    #[test]
    fn every_change_is_told() {
        type Damage = fn(&Layer);
        let cases: [(Damage, &str); 9] = [
            (
                |l| fs::set_permissions(l.path("d"), Permissions::from_mode(0o777)).unwrap(),
                "\"d\" has mode 777 and not 755",
            ),
            (
                |l| fs::set_permissions(l.path("owned"), Permissions::from_mode(0o4755)).unwrap(),
                "\"owned\" has mode 4755 and not 755",
            ),
            (
                |l| rustix::fs::removexattr(l.path("owned"), OWNER_XATTR).unwrap(),
                "\"owned\" has another owner on record",
            ),
            (|l| fs::remove_file(l.path("s")).unwrap(), "\"s\" is gone"),
            (
                |l| {
                    fs::remove_file(l.path("s")).unwrap();
                    std::os::unix::fs::symlink("else", l.path("s")).unwrap();
                },
                "\"s\" leads to \"else\" and not to \"d/f\"",
            ),
            (
                |l| {
                    fs::remove_file(l.path("s")).unwrap();
                    fs::write(l.path("s"), "x").unwrap();
                },
                "\"s\" is a file and no symlink",
            ),
            (|l| fs::write(l.path("d/more"), "x").unwrap(), "\"d/more\" is not of this layer"),
            (|l| fs::write(l.path("implied/more"), "x").unwrap(), "\"implied/more\" is not of this layer"),
            (|l| fs::remove_file(l.path("d/gone")).unwrap(), "\"d/gone\" is gone"),
        ];
        for (damage, want) in cases {
            let layer = layer(some());
            damage(&layer);
            assert_eq!(layer.differences(), [want]);
        }
        let layer = layer(some());
        fs::write(layer.path("implied/x"), "y").unwrap();
        assert!(matches!(verify(&layer.files, &layer.diff_id, None), Err(ImageError::Digest { .. })));
    }
}
