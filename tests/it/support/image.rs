//! Makes images of real content, byte for byte the same every time: busybox with the probe, or whatever a test says.
//! Written straight to the formats' specifications, and not with rctr's own writer, so that a shared mistake shows.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{probe_binary, program};

/// How layers of an OCI layout are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// One layer: a tar archive in the making. Names are written as they are given, also hostile ones.
pub struct Layer {
    tar: tar::Builder<Vec<u8>>,
}

/// Owner and mode of an entry.
#[derive(Clone, Copy)]
pub struct Meta {
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
}

impl Meta {
    pub const fn new(mode: u32, uid: u64, gid: u64) -> Self {
        Self { mode, uid, gid }
    }
}

impl Layer {
    pub fn new() -> Self {
        Self { tar: tar::Builder::new(Vec::new()) }
    }

    /// Any entry: `name` and `link` raw, no checks.
    pub fn raw(mut self, kind: tar::EntryType, name: &str, link: &str, meta: Meta, data: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(meta.mode);
        header.set_uid(meta.uid);
        header.set_gid(meta.gid);
        header.set_mtime(1_700_000_000);
        header.set_size(data.len() as u64);
        let old = header.as_old_mut();
        assert!(name.len() < 100 && link.len() < 100, "long names need an extension header: {name} {link}");
        old.name[..name.len()].copy_from_slice(name.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        self.tar.append(&header, data).expect("in memory");
        self
    }

    pub fn dir(self, name: &str, mode: u32) -> Self {
        self.raw(tar::EntryType::Directory, name, "", Meta::new(mode, 0, 0), b"")
    }

    pub fn file(self, name: &str, mode: u32, data: impl AsRef<[u8]>) -> Self {
        self.raw(tar::EntryType::Regular, name, "", Meta::new(mode, 0, 0), data.as_ref())
    }

    pub fn owned(self, name: &str, meta: Meta, data: &str) -> Self {
        self.raw(tar::EntryType::Regular, name, "", meta, data.as_bytes())
    }

    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.raw(tar::EntryType::Symlink, name, target, Meta::new(0o777, 0, 0), b"")
    }

    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.raw(tar::EntryType::Link, name, target, Meta::new(0o644, 0, 0), b"")
    }

    /// A character device 1:3.
    pub fn device(mut self, name: &str) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Char);
        header.set_path(name).expect("a plain name");
        header.set_mode(0o666);
        header.set_size(0);
        header.set_device_major(1).expect("gnu header");
        header.set_device_minor(3).expect("gnu header");
        header.set_cksum();
        self.tar.append(&header, &b""[..]).expect("in memory");
        self
    }

    /// A file with extended attributes, in a PAX header (SCHILY.xattr, as GNU tar writes them).
    pub fn file_with_xattr(mut self, name: &str, key: &str, value: &str, data: &str) -> Self {
        let key = format!("SCHILY.xattr.{key}");
        self.tar.append_pax_extensions([(key.as_str(), value.as_bytes())]).expect("in memory");
        self.file(name, 0o644, data)
    }

    /// The archive.
    pub fn finish(self) -> Vec<u8> {
        self.tar.into_inner().expect("in memory")
    }
}

/// An image: layers, bottom first, and the `config` object of its configuration.
pub struct Image {
    pub name: String,
    pub layers: Vec<Vec<u8>>,
    pub config: Value,
}

pub fn hex(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect()
}

impl Image {
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), layers: Vec::new(), config: json!({"Cmd": ["sh"]}) }
    }

    /// busybox, the probe, some users and directories; entry point none, command `sh`.
    pub fn busybox() -> Self {
        Self::new("busybox").layer(busybox_layer()).config(json!({
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "FROM_IMAGE=yes"],
            "Cmd": ["sh"],
        }))
    }

    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    pub fn layer(self, layer: Layer) -> Self {
        self.tar(layer.finish())
    }

    /// A layer that is an archive already.
    pub fn tar(mut self, tar: Vec<u8>) -> Self {
        self.layers.push(tar);
        self
    }

    pub fn config(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    /// The configuration blob.
    pub fn configuration(&self) -> Vec<u8> {
        let diff_ids: Vec<_> = self.layers.iter().map(|l| format!("sha256:{}", hex(l))).collect();
        json!({
            "architecture": if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" },
            "os": "linux",
            "created": "2026-01-02T03:04:05Z",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created": "2026-01-02T03:04:05Z", "created_by": "the test suite"}],
        })
        .to_string()
        .into_bytes()
    }

    /// Writes what `docker save` writes.
    pub fn docker_archive(&self, path: &Path) {
        self.docker_archive_with(path, |_, data| data);
    }

    /// The same, with each member of the archive changed by `change` (name, content).
    pub fn docker_archive_with(&self, path: &Path, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) {
        let configuration = self.configuration();
        let config_name = format!("{}.json", hex(&configuration));
        let names: Vec<_> = self.layers.iter().map(|l| format!("{}/layer.tar", hex(l))).collect();
        let tagged =
            if self.name.contains(':') { self.name.clone() } else { format!("{}:latest", self.name) };
        let manifest = json!([{"Config": config_name, "RepoTags": [tagged], "Layers": names}]);
        let mut members = vec![(config_name, configuration)];
        members.extend(names.into_iter().zip(self.layers.iter().cloned()));
        members.push(("manifest.json".into(), manifest.to_string().into_bytes()));
        let changed = members.into_iter().map(|(name, data)| {
            let data = change(&name, data);
            (name, data)
        });
        std::fs::write(path, pack(changed)).expect("write the archive");
    }

    /// Members of an OCI image layout.
    pub fn layout(&self, packing: Packing) -> Vec<(String, Vec<u8>)> {
        let mut members = Vec::new();
        let mut blob = |media_type: &str, data: Vec<u8>| {
            let digest = hex(&data);
            let descriptor =
                json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": data.len()});
            members.push((format!("blobs/sha256/{digest}"), data));
            descriptor
        };
        let suffix = match packing {
            Packing::Plain => "",
            Packing::Gzip => "+gzip",
            Packing::Zstd => "+zstd",
        };
        let media_type = format!("application/vnd.oci.image.layer.v1.tar{suffix}");
        let layers: Vec<_> = self.layers.iter().map(|l| blob(&media_type, compress(l, packing))).collect();
        let config = blob("application/vnd.oci.image.config.v1+json", self.configuration());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": layers,
        });
        let mut entry = blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string().into_bytes());
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": self.name});
        let index = json!({"schemaVersion": 2, "manifests": [entry]});
        members.push(("index.json".into(), index.to_string().into_bytes()));
        members.push(("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
        members
    }

    /// Writes an OCI layout as one tar archive.
    pub fn oci_archive(&self, path: &Path, packing: Packing) {
        std::fs::write(path, pack(self.layout(packing).into_iter())).expect("write the archive");
    }

    /// Writes an OCI layout as a directory.
    pub fn oci_dir(&self, dir: &Path, packing: Packing) {
        for (name, data) in self.layout(packing) {
            let path = dir.join(name);
            std::fs::create_dir_all(path.parent().expect("below dir")).expect("make a directory");
            std::fs::write(path, data).expect("write a blob");
        }
    }
}

fn pack(members: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut archive = Layer::new();
    for (name, data) in members {
        archive = archive.file(&name, 0o644, data);
    }
    archive.finish()
}

pub fn compress(data: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Plain => data.to_vec(),
        Packing::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            writer.write_all(data).expect("in memory");
            writer.finish().expect("in memory")
        }
        Packing::Zstd => zstd::bulk::compress(data, 1).expect("in memory"),
    }
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
alice:x:1000:1000:Alice:/home/alice:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
";

const GROUP: &str = "root:x:0:
daemon:x:1:
wheel:x:10:alice
audio:x:29:alice,nobody
alice:x:1000:
nogroup:x:65534:
";

fn busybox() -> Vec<u8> {
    let path = program(&["busybox"]).expect("busybox-static is installed (contrib/test.sh does it)");
    std::fs::read(path).expect("read busybox")
}

/// Applets that the tests use.
const APPLETS: &[&str] = &[
    "[", "ash", "awk", "cat", "chmod", "chown", "cp", "cut", "date", "dd", "df", "echo", "env", "expr",
    "false", "find", "free", "grep", "head", "hostname", "id", "ifconfig", "ip", "kill", "ln", "ls", "mkdir",
    "mkfifo", "mknod", "mount", "mv", "nc", "nslookup", "ping", "printf", "ps", "pwd", "readlink", "rm",
    "rmdir", "sed", "seq", "sh", "sleep", "sort", "stat", "stty", "su", "sync", "sysctl", "tail", "tar",
    "test", "timeout", "top", "touch", "tr", "true", "tty", "umount", "uname", "unshare", "wc", "wget",
    "which", "whoami", "xargs", "yes",
];

/// The layer of [`Image::busybox`].
pub fn busybox_layer() -> Layer {
    let probe = std::fs::read(probe_binary()).expect("read the probe");
    let mut layer = Layer::new();
    for dir in ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "usr", "usr/bin", "var", "var/tmp"]
    {
        layer = layer.dir(&format!("{dir}/"), if dir == "root" { 0o700 } else { 0o755 });
    }
    layer = layer
        .dir("tmp/", 0o1777)
        .raw(tar::EntryType::Directory, "home/alice/", "", Meta::new(0o755, 1000, 1000), b"")
        .file("bin/busybox", 0o755, busybox())
        .file("bin/probe", 0o755, probe)
        .file("etc/passwd", 0o644, PASSWD)
        .file("etc/group", 0o644, GROUP)
        .owned("etc/shadow", Meta::new(0o640, 0, 42), "root:*:::::::\n")
        .owned("home/alice/mine", Meta::new(0o600, 1000, 1000), "alice's\n")
        .file("etc/not-executable", 0o644, "#!/bin/sh\n");
    for applet in APPLETS {
        layer = layer.symlink(&format!("bin/{applet}"), "busybox");
    }
    layer
}

/// The same content as files of the caller, for `--rootfs`.
pub fn busybox_tree(dir: &Path) {
    for name in ["bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var"] {
        std::fs::create_dir_all(dir.join(name)).expect("make a directory");
    }
    for (name, data) in [
        ("bin/busybox", busybox()),
        ("bin/probe", std::fs::read(probe_binary()).expect("read the probe")),
        ("etc/passwd", PASSWD.into()),
        ("etc/group", GROUP.into()),
    ] {
        let path = dir.join(name);
        std::fs::write(&path, data).expect("write a file");
        super::world::set_mode(&path, if name.starts_with("bin/") { 0o755 } else { 0o644 });
    }
    for applet in APPLETS {
        std::os::unix::fs::symlink("busybox", dir.join("bin").join(applet)).expect("make a symlink");
    }
}
