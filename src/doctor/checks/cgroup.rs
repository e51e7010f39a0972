//! cgroups: what can be limited and counted.

use crate::doctor::{Finding, Probes};
use crate::model::host::CgroupMode;

const NAME: &str = "cgroups";

/// What is needed for `--cpuset-cpus` and for limits of block devices.
const RARE: [&str; 2] = ["cpuset", "io"];

/// What the usual limits need.
const WANTED: [&str; 3] = ["cpu", "memory", "pids"];

pub(super) fn check(probes: &Probes) -> Finding {
    const WHY: &str = "containers run without limits: --memory, --cpus and --pids-limit cannot be kept";
    match probes.host.cgroup {
        CgroupMode::Absent => {
            return Finding::warn(NAME, "not mounted", WHY)
                .fix("sudo mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd");
        }
        CgroupMode::Legacy => {
            return Finding::warn(NAME, "version 1", format!("a normal user gets none of version 1; {WHY}"))
                .fix("boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line");
        }
        CgroupMode::Unified => {}
    }
    if probes.cgroup.delegated.is_none() {
        let found = "version 2, nothing delegated to this user";
        return Finding::warn(NAME, found, WHY).fix(match probes.cgroup.systemd_user {
            true => DELEGATE,
            false => "log in through a session of systemd (ssh, login, machinectl shell; not su or sudo -u), or: sudo loginctl \
                      enable-linger $USER",
        });
    }
    let has = |wanted: &&str| probes.cgroup.controllers.iter().any(|c| c == wanted);
    let missing: Vec<&str> = WANTED.iter().filter(|wanted| !has(wanted)).copied().collect();
    let rest: Vec<&str> = RARE.iter().filter(|rare| !has(rare)).copied().collect();
    let rest = if rest.is_empty() { String::new() } else { format!(" (not: {})", rest.join(" ")) };
    let found = format!("version 2, delegated: {}{rest}", probes.cgroup.controllers.join(" "));
    if missing.is_empty() {
        return Finding::ok(NAME, found);
    }
    Finding::warn(NAME, found, format!("limits of {} cannot be kept", missing.join(", "))).fix(DELEGATE)
}

const DELEGATE: &str = "sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory \
                        pids\\n' | sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl \
                        daemon-reload (then log in anew)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn modes() {
        for (mode, want) in [(CgroupMode::Absent, "not mounted"), (CgroupMode::Legacy, "version 1")] {
            let mut probes = sample::well();
            probes.host.cgroup = mode;
            let finding = check(&probes);
            assert_eq!((finding.status, finding.found.as_str()), (Status::Warn, want));
        }
        let mut probes = sample::well();
        probes.cgroup.controllers = vec!["memory".into(), "pids".into()];
        let finding = check(&probes);
        assert!(finding.why.contains("limits of cpu") && finding.fix.unwrap().contains("Delegate="));
        probes.cgroup.delegated = None;
        assert!(check(&probes).found.contains("nothing delegated"));
        probes.cgroup.systemd_user = false;
        assert!(check(&probes).fix.unwrap().contains("enable-linger"));
    }
}
