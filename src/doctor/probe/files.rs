//! Small files of /proc and /sys, and limits.

use std::path::{Path, PathBuf};

use crate::doctor::probes::{Cgroup, Limits};
use crate::doctor::userns::UsernsFacts;
use crate::model::HostFacts;
use crate::model::host::CgroupMode;

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim_end_matches(['\n', '\0']).to_owned())
}

fn number(path: &str) -> Option<u64> {
    read(path)?.parse().ok()
}

/// What decides about user namespaces, as far as files tell.
pub fn userns_facts() -> UsernsFacts {
    let map = read("/proc/self/uid_map").unwrap_or_default();
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    UsernsFacts {
        unprivileged_clone: number("/proc/sys/kernel/unprivileged_userns_clone").map(|n| n != 0),
        max: number("/proc/sys/user/max_user_namespaces"),
        apparmor_restricts: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == Some(1),
        apparmor_profile: apparmor_profile(),
        seccomp: status_field("Seccomp") == Some(2),
        supported: Path::new("/proc/self/ns/user").exists(),
        nested: !map.is_empty() && !is_whole(&map),
        chroot: !mounts.is_empty() && !has_root_mount(&String::from_utf8_lossy(&mounts)),
        uid: nix::unistd::getuid().as_raw(),
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/usr/bin/rctr")),
    }
}

/// Reading attr/current without AppArmor fails or gives what another module says; its directory tells.
fn apparmor_profile() -> Option<String> {
    let own = read("/proc/self/attr/apparmor/current");
    own.or_else(|| {
        let enabled = read("/sys/module/apparmor/parameters/enabled")? == "Y";
        enabled.then(|| read("/proc/self/attr/current")).flatten()
    })
}

/// Does the map give every id to itself, as the first user namespace has it?
fn is_whole(map: &str) -> bool {
    map.split_ascii_whitespace().eq(["0", "0", "4294967295"])
}

/// Is there a mount at `/` (mountinfo's fifth field)? In a chroot there is none, unless its directory is a mount point.
fn has_root_mount(mountinfo: &str) -> bool {
    mountinfo.lines().any(|line| line.split(' ').nth(4) == Some("/"))
}

/// A number of /proc/self/status.
pub(super) fn status_field(name: &str) -> Option<u64> {
    let status = read("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().parse().ok()
}

pub(super) fn limits() -> Limits {
    use rustix::process::{Resource, getrlimit};
    let none = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    let files = getrlimit(Resource::Nofile);
    Limits {
        processes: none(getrlimit(Resource::Nproc).current),
        files: none(files.current),
        files_hard: none(files.maximum),
        inotify: number("/proc/sys/fs/inotify/max_user_instances"),
        keys: number("/proc/sys/kernel/keys/maxkeys"),
    }
}

pub(super) fn ping_groups() -> Option<(u32, u32)> {
    let text = read("/proc/sys/net/ipv4/ping_group_range")?;
    let mut numbers = text.split_ascii_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Controllers are ours where a directory of the v2 tree is: the one that systemd gave our session, else our own.
pub fn cgroup(host: &HostFacts) -> Cgroup {
    let own = read("/proc/self/cgroup").unwrap_or_default();
    let path = own.lines().find_map(|line| line.strip_prefix("0::")).map(str::to_owned);
    let session = format!("/user.slice/user-{0}.slice/user@{0}.service", host.uid);
    let socket = host.dirs.runtime.parent().map(|dir| dir.join("systemd/private"));
    let mut result = Cgroup {
        systemd_user: socket.is_some_and(|socket| socket.exists()),
        path: path.clone(),
        ..Cgroup::default()
    };
    if host.cgroup != CgroupMode::Unified {
        return result;
    }
    for candidate in [Some(session), path].into_iter().flatten() {
        let dir = Path::new("/sys/fs/cgroup").join(candidate.trim_start_matches('/'));
        let writable = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
        if !writable(&dir) || !writable(&dir.join("cgroup.procs")) {
            continue;
        }
        let controllers = std::fs::read_to_string(dir.join("cgroup.controllers")).unwrap_or_default();
        result.controllers = controllers.split_ascii_whitespace().map(str::to_owned).collect();
        result.delegated = Some(dir);
        break;
    }
    result
}

/// The name of a file system (statfs(2)), and whether other machines write to it too.
pub(super) fn file_system(magic: i64) -> (String, bool) {
    let (name, network) = match magic as u32 {
        0xef53 => ("ext4", false),
        0x5846_5342 => ("xfs", false),
        0x9123_683e => ("btrfs", false),
        0x2fc1_2fc1 => ("zfs", false),
        0xf2f5_2010 => ("f2fs", false),
        0xca45_1a4e => ("bcachefs", false),
        0x0102_1994 => ("tmpfs", false),
        0x8584_58f6 => ("ramfs", false),
        0x794c_7630 => ("overlay", false),
        0xf15f => ("ecryptfs", false),
        0x6573_5546 => ("fuse", false),
        0x6969 => ("nfs", true),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => ("smb", true),
        0x0102_1997 => ("9p", true),
        0x00c3_6400 => ("ceph", true),
        0x0bd0_0bd0 => ("lustre", true),
        0x4750_4653 => ("gpfs", true),
        0x5346_414f => ("afs", true),
        other => return (format!("type {other:#x}"), false),
    };
    (name.to_owned(), network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_namespace_and_chroot() {
        assert!(is_whole("         0          0 4294967295"));
        assert!(!is_whole("         0       1000          1"));
        assert!(!is_whole("0 0 65536\n65536 65536 4294901759"));
        assert!(has_root_mount("21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"));
        assert!(!has_root_mount("30 21 0:5 / /proc rw - proc proc rw\n"));
    }

    #[test]
    fn file_systems_have_names() {
        assert_eq!(file_system(0xef53), ("ext4".to_owned(), false));
        assert_eq!(file_system(0x6969), ("nfs".to_owned(), true));
        assert_eq!(file_system(0x12), ("type 0x12".to_owned(), false));
    }
}
