//! Limits of the caller that containers inherit or use up.

use crate::doctor::{Finding, Probes};

const NAME: &str = "limits";

pub(super) fn check(probes: &Probes) -> Finding {
    let limits = &probes.limits;
    let shown = |limit: u64| if limit == u64::MAX { "unlimited".to_owned() } else { limit.to_string() };
    let found = format!(
        "{} processes, {} open files (up to {})",
        shown(limits.processes),
        shown(limits.files),
        shown(limits.files_hard)
    );
    let low = [
        (
            limits.processes < 512,
            "processes: containers count for it",
            "ulimit -u 4096 (/etc/security/limits.conf: nproc)",
        ),
        (
            limits.files_hard < 1024,
            "open files: programs in containers expect 1024 or more",
            "raise nofile in /etc/security/limits.conf",
        ),
        (
            limits.inotify.is_some_and(|n| n < 64),
            "inotify instances: one a watching program, all containers together",
            "sudo sysctl -w fs.inotify.max_user_instances=512",
        ),
        (
            limits.keys.is_some_and(|n| n < 64),
            "kernel keys: one or two a container of other tools",
            "sudo sysctl -w kernel.keys.maxkeys=2000",
        ),
    ];
    let low: Vec<_> = low.into_iter().filter(|(is, ..)| *is).collect();
    if low.is_empty() {
        return Finding::ok(NAME, found);
    }
    let join = |parts: Vec<&str>, between: &str| parts.join(between);
    let why = format!("few {}", join(low.iter().map(|(_, why, _)| *why).collect(), "; few "));
    Finding::warn(NAME, found, why).fix(join(low.iter().map(|(.., fix)| *fix).collect(), "; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn low_ones_are_named() {
        let mut probes = sample::well();
        probes.limits.processes = 100;
        probes.limits.inotify = Some(8);
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Warn);
        assert!(finding.why.contains("few processes") && finding.why.contains("few inotify"), "{finding:?}");
        assert!(finding.fix.unwrap().contains("; sudo sysctl -w fs.inotify"));
        probes = sample::well();
        probes.limits.processes = u64::MAX;
        assert!(check(&probes).found.starts_with("unlimited processes"));
    }
}
