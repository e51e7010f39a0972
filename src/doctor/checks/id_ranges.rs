//! Subordinate ids: what the users inside are outside.

use crate::doctor::{Finding, Probes};

const NAME: &str = "id ranges";

/// What images are built for: ids up to `nobody` (65534).
const USUAL: u64 = 65_536;

pub(super) fn check(probes: &Probes) -> Finding {
    let host = &probes.host;
    let count = |ranges: &[(u32, u32)]| ranges.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
    let (uids, gids) = (count(&host.subuids), count(&host.subgids));
    let who = host.user.clone().unwrap_or_else(|| format!("uid {}", host.uid));
    let found = format!("{uids} uids and {gids} gids for {who}");
    let least = uids.min(gids);
    if least >= USUAL - 1 {
        return Finding::ok(NAME, found);
    }
    if host.uid == 0 && uids + gids == 0 {
        return Finding::ok(NAME, "none for root: containers of root have the host's ids");
    }
    let why = match least {
        0 => {
            "containers have a single id: a program that changes its user fails, files of an image lose their owners"
        }
        _ => "images use ids up to 65534: files of those beyond the range lose their owners",
    };
    Finding::warn(NAME, found, why).fix(fix(probes, &who))
}

/// usermod(8) knows names only, and takes ranges that overlap others: the first free place is the administrator's to find
/// when the usual one is taken by somebody else.
fn fix(probes: &Probes, who: &str) -> String {
    if probes.userns.nested {
        return format!(
            "rctr runs in a container: that needs more ids, and ranges for {who} in its /etc/subuid and /etc/subgid \
             that lie among them (/proc/self/uid_map lists them)"
        );
    }
    if probes.host.user.is_none() {
        return format!(
            "echo {0}:100000:65536 | sudo tee -a /etc/subuid /etc/subgid (and give uid {0} a line in /etc/passwd: \
             newuidmap wants its name)",
            probes.host.uid
        );
    }
    format!(
        "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {who} (other numbers where \
         /etc/subuid gives these to somebody else)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn sizes() {
        type Case<'a> = (&'a [(u32, u32)], &'a [(u32, u32)], u32, Status, &'a str);
        let whole: &[(u32, u32)] = &[(100_000, 65_536)];
        let cases: [Case<'_>; 6] = [
            (whole, whole, 1000, Status::Ok, ""),
            (&[(100_000, 60_000), (300_000, 5_536)], whole, 1000, Status::Ok, ""),
            (&[], &[], 1000, Status::Warn, "sudo usermod --add-subuids"),
            (whole, &[], 1000, Status::Warn, "--add-subgids"),
            (&[(100_000, 1000)], whole, 1000, Status::Warn, "usermod"),
            (&[], &[], 0, Status::Ok, ""),
        ];
        for (uids, gids, uid, status, fix) in cases {
            let mut probes = sample::well();
            (probes.host.subuids, probes.host.subgids, probes.host.uid) = (uids.into(), gids.into(), uid);
            let finding = check(&probes);
            assert_eq!(finding.status, status, "{finding:?}");
            assert!(finding.fix.unwrap_or_default().contains(fix));
        }
        let mut probes = sample::well();
        (probes.host.user, probes.host.subuids) = (None, vec![]);
        assert!(check(&probes).fix.unwrap().contains("echo 1000:100000:65536"));
        probes.userns.nested = true;
        assert!(check(&probes).fix.unwrap().contains("/proc/self/uid_map"));
    }
}
