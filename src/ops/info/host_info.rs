//! The `host` object of `info`.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::read;
use crate::model::HostFacts;
use crate::model::host::CgroupMode;
use crate::model::idmap::IdRange;
use crate::spec::idmaps;

/// Everything about the machine; `capabilities` is what a container gets, `policy` lets images in.
pub(super) fn host(host: &HostFacts, capabilities: &str, policy: &str) -> Value {
    let system = rustix::system::sysinfo();
    let unit = u64::from(system.mem_unit.max(1));
    let bytes = |amount: u64| amount.saturating_mul(unit);
    let maps = idmaps::default_maps(host);
    json!({
        "arch": go_arch(&host.machine),
        "cgroupControllers": crate::doctor::probe::cgroup(host).controllers,
        "cgroupManager": if host.cgroup == CgroupMode::Unified { "systemd" } else { "cgroupfs" },
        "cgroupVersion": match host.cgroup {
            CgroupMode::Unified => "v2",
            CgroupMode::Legacy => "v1",
            CgroupMode::Absent => "",
        },
        "cpuUtilization": utilization(&read("/proc/stat")),
        "cpus": std::thread::available_parallelism().map_or(1, usize::from),
        "databaseBackend": "files",
        "distribution": distribution(&read("/etc/os-release")),
        "eventLogger": "none",
        "hostname": host.hostname,
        "idMappings": { "gidmap": ranges(&maps.gids), "uidmap": ranges(&maps.uids) },
        "kernel": host.kernel,
        "linkmode": "dynamic",
        "logDriver": "k8s-file",
        "memFree": bytes(system.freeram),
        "memTotal": bytes(system.totalram),
        "networkBackend": "slirp4netns",
        "ociRuntime": {
            "name": "rctr",
            "package": "",
            "path": std::env::current_exe().unwrap_or_default(),
            "version": format!("rctr version {}", env!("CARGO_PKG_VERSION")),
        },
        "os": "linux",
        "remoteSocket": { "exists": false, "path": host.dirs.runtime.join("rctr.sock") },
        "rootlessNetworkCmd": "slirp4netns",
        "security": {
            "apparmorEnabled": read("/sys/module/apparmor/parameters/enabled").starts_with('Y'),
            "capabilities": capabilities,
            "rootless": host.uid != 0,
            "seccompEnabled": read("/proc/self/status").contains("\nSeccomp:"),
            "seccompProfilePath": "",
            "signaturePolicy": policy,
            "selinuxEnabled": Path::new("/sys/fs/selinux/enforce").exists(),
        },
        "serviceIsRemote": false,
        "slirp4netns": host.slirp4netns.as_deref().map_or(Value::Object(Default::default()), |path| {
            json!({ "executable": path, "package": "", "version": version_text(path) })
        }),
        "swapFree": bytes(system.freeswap),
        "swapTotal": bytes(system.totalswap),
        "uptime": uptime(u64::try_from(system.uptime).unwrap_or(0)),
    })
}

/// Machines as Go and OCI images name them.
pub(super) fn go_arch(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i486" | "i586" | "i686" => "386",
        "loongarch64" => "loong64",
        _ if machine.starts_with("arm") => "arm",
        _ => machine,
    }
}

/// Size and use in bytes of the file system that `path` is or will be on, and its type.
pub(super) fn file_system(path: &Path) -> (u64, u64, String) {
    let place = path.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/"));
    let (size, free) = rustix::fs::statvfs(place)
        .map_or((0, 0), |s| (s.f_blocks.saturating_mul(s.f_frsize), s.f_bfree.saturating_mul(s.f_frsize)));
    let magic = rustix::fs::statfs(place).map_or(0, |s| s.f_type);
    (size, size.saturating_sub(free), crate::doctor::probe::file_system_name(magic))
}

fn version_text(program: &Path) -> String {
    let output = Command::new(program).arg("--version").env_clear().stdin(Stdio::null()).output();
    output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
}

fn ranges(map: &[IdRange]) -> Value {
    map.iter().map(|r| json!({ "container_id": r.container, "host_id": r.host, "size": r.size })).collect()
}

/// os-release(5): `KEY=value`, the value perhaps in quotes.
fn distribution(os_release: &str) -> Value {
    let field = |key: &str| {
        let value = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        value.map(|value| value.trim_matches(['"', '\'']).to_owned())
    };
    let mut result = json!({
        "distribution": field("ID").unwrap_or_else(|| "unknown".to_owned()),
        "version": field("VERSION_ID").unwrap_or_else(|| "unknown".to_owned()),
    });
    for (name, key) in [("codename", "VERSION_CODENAME"), ("variant", "VARIANT_ID")] {
        if let Some(value) = field(key) {
            result[name] = Value::String(value);
        }
    }
    result
}

/// The first line of /proc/stat (proc_stat(5)) as shares of the time since boot.
fn utilization(stat: &str) -> Value {
    let fields: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .skip(1)
        .filter_map(|n| n.parse().ok())
        .collect();
    let total: f64 = fields.iter().take(8).sum();
    let share = |n: Option<&f64>| match total > 0.0 {
        true => (n.copied().unwrap_or(0.0) / total * 10_000.0).round() / 100.0,
        false => 0.0,
    };
    json!({
        "idlePercent": share(fields.get(3)),
        "systemPercent": share(fields.get(2)),
        "userPercent": share(fields.first()),
    })
}

/// `1h 15m 26.00s (Approximately 0.04 days)`.
fn uptime(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let long = if hours > 0 {
        format!(" (Approximately {:.2} days)", seconds as f64 / 86_400.0)
    } else {
        String::new()
    };
    format!("{hours}h {minutes}m {rest}.00s{long}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_system() {
        let release = "PRETTY_NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
        assert_eq!(
            distribution(release),
            json!({ "distribution": "debian", "version": "12", "codename": "bookworm" })
        );
        assert_eq!(distribution(""), json!({ "distribution": "unknown", "version": "unknown" }));
        assert_eq!(
            utilization("cpu  25 0 25 50 0 0 0 0 0 0\n"),
            json!({ "idlePercent": 50.0, "systemPercent": 25.0, "userPercent": 25.0 })
        );
        assert_eq!(utilization(""), json!({ "idlePercent": 0.0, "systemPercent": 0.0, "userPercent": 0.0 }));
        assert_eq!(uptime(4526), "1h 15m 26.00s (Approximately 0.05 days)");
        assert_eq!(uptime(59), "0h 0m 59.00s");
        assert_eq!((go_arch("x86_64"), go_arch("armv7l"), go_arch("riscv64")), ("amd64", "arm", "riscv64"));
    }
}
