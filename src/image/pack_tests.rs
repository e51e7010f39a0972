use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::image::OWNER_XATTR;
use crate::image::extract::{Extraction, Names, extract};
use crate::image::tar::TarReader;
use crate::image::{LayerReport, OwnerPolicy};

fn same(uid: u32, gid: u32) -> (u32, u32) {
    (uid, gid)
}

fn how(sparse: bool) -> Packing<'static> {
    Packing { sparse, nanos: true, one_mount: false, owner: &same }
}

fn pack(dir: &Path, how: Packing<'_>) -> (Vec<u8>, PackReport) {
    let mut bytes = Vec::new();
    let fd = File::open(dir).unwrap();
    let mut packer = Packer::new(&mut bytes, how);
    packer.tree(fd.as_fd(), c".", b"top").unwrap();
    let report = packer.finish().unwrap();
    (bytes, report)
}

fn unpack(tar: &[u8], into: &Path) -> LayerReport {
    let mut tar = TarReader::new(tar);
    let first = tar.next_entry().unwrap();
    let how = Extraction { names: Names::Below, owners: OwnerPolicy::Maker, overwrite: false };
    extract(first, tar, File::open(into).unwrap().as_fd(), &how).unwrap()
}

#[test]
fn what_is_packed_comes_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    std::fs::create_dir_all(from.join("sub/empty")).unwrap();
    std::fs::create_dir(&to).unwrap();
    std::fs::write(from.join("sub/file"), "text").unwrap();
    std::fs::hard_link(from.join("sub/file"), from.join("twin")).unwrap();
    std::fs::set_permissions(from.join("sub/file"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("/etc/passwd", from.join("link")).unwrap();
    nix::unistd::mkfifo(&from.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
    std::fs::write(from.join("large"), vec![7; 3 * CHUNK + 5]).unwrap();
    let old = rustix::fs::Timespec { tv_sec: 1_000_000_000, tv_nsec: 7 };
    let times = rustix::fs::Timestamps { last_access: old, last_modification: old };
    rustix::fs::futimens(File::open(from.join("sub")).unwrap(), &times).unwrap();
    let (tar, report) = pack(&from, how(true));
    assert_eq!((report.entries, report.sockets, report.unreadable), (8, 1, 0));
    assert_eq!(pack(&from, how(true)).0, tar, "the same files give the same bytes");
    unpack(&tar, &to);
    let file = to.join("sub/file").metadata().unwrap();
    assert_eq!(std::fs::read(to.join("sub/file")).unwrap(), b"text");
    assert_eq!((file.mode() & 0o7777, file.ino()), (0o640, to.join("twin").metadata().unwrap().ino()));
    assert_eq!(std::fs::read_link(to.join("link")).unwrap(), Path::new("/etc/passwd"));
    assert_eq!(std::fs::read(to.join("large")).unwrap(), vec![7; 3 * CHUNK + 5]);
    let sub = to.join("sub").metadata().unwrap();
    assert_eq!((sub.mtime(), sub.mtime_nsec()), (1_000_000_000, 7));
    assert!(to.join("sub/empty").is_dir() && !to.join("socket").exists());
    assert_eq!(to.join("pipe").symlink_metadata().unwrap().mode() & 0o170_000, 0o010_000);
}

#[test]
fn holes_stay_holes() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    std::fs::create_dir(&from).unwrap();
    std::fs::create_dir(&to).unwrap();
    let file = File::create(from.join("f")).unwrap();
    file.write_all_at(b"middle", 64 << 20).unwrap();
    file.set_len(1 << 30).unwrap();
    File::create(from.join("nothing")).unwrap().set_len(2 << 20).unwrap();
    let (tar, _) = pack(&from, how(true));
    assert!(tar.len() < 1 << 20, "{} bytes", tar.len());
    unpack(&tar, &to);
    let copy = File::open(to.join("f")).unwrap();
    let mut word = [0; 6];
    copy.read_exact_at(&mut word, 64 << 20).unwrap();
    assert_eq!((&word, copy.metadata().unwrap().len()), (b"middle", 1 << 30));
    assert!(copy.metadata().unwrap().blocks() < 4096);
    assert_eq!(to.join("nothing").metadata().unwrap().len(), 2 << 20);
}

#[test]
fn a_file_that_shrinks_is_filled_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, vec![1; 1000]).unwrap();
    let mut bytes = Vec::new();
    let mut packer = Packer::new(&mut bytes, how(false));
    packer.write(&Entry { path: b"f".to_vec(), size: 3000, ..nothing() }).unwrap();
    packer.piece(&File::open(&path).unwrap(), 0, 3000, b"f").unwrap();
    packer.finish().unwrap();
    let mut tar = TarReader::new(bytes.as_slice());
    tar.next_entry().unwrap().unwrap();
    let mut content = Vec::new();
    let mut buffer = [0; 512];
    while let n @ 1.. = tar.read_data(&mut buffer).unwrap() {
        content.write_all(&buffer[..n]).unwrap();
    }
    assert_eq!(content, [vec![1; 1000], vec![0; 2000]].concat());
}

#[test]
fn recorded_owners_and_escaped_attributes_travel() {
    let dir = tempfile::tempdir().unwrap();
    let file = File::create(dir.path().join("f")).unwrap();
    let set = |name: &str, value: &[u8]| {
        rustix::fs::fsetxattr(&file, name, value, rustix::fs::XattrFlags::empty())
            .expect("user xattrs in TMPDIR");
    };
    file.set_permissions(PermissionsExt::from_mode(0o755)).unwrap();
    set(OWNER_XATTR, b"33:34:4755");
    set("user.mine", b"1");
    set("user.overlay.opaque", b"y");
    set("user.overlay.overlay.opaque", b"nested");
    let (tar, _) = pack(dir.path(), how(true));
    let mut tar = TarReader::new(tar.as_slice());
    tar.next_entry().unwrap();
    let entry = tar.next_entry().unwrap().unwrap();
    assert_eq!((entry.uid, entry.gid, entry.mode), (33, 34, 0o4755));
    let mut xattrs = entry.xattrs;
    xattrs.sort();
    let want = [("user.mine", "1"), ("user.overlay.opaque", "nested")];
    assert_eq!(xattrs, want.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    // A mode that was changed since is the file's own.
    file.set_permissions(PermissionsExt::from_mode(0o700)).unwrap();
    let (tar, _) = pack(dir.path(), how(true));
    let mut tar = TarReader::new(tar.as_slice());
    tar.next_entry().unwrap();
    assert_eq!(tar.next_entry().unwrap().unwrap().mode, 0o700);
}

#[test]
fn mounts_are_left_out_of_one_mount() {
    let root = File::open("/").unwrap();
    let mut packer = Packer::new(Vec::new(), Packing { one_mount: true, ..how(false) });
    assert!(packer.is_mounted(root.as_fd(), c"proc").unwrap());
    assert!(!packer.is_mounted(root.as_fd(), c".").unwrap());
}
