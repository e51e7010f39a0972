//! Who may ping without privilege.

use crate::doctor::{Finding, Probes};

const NAME: &str = "ping";

pub(super) fn check(probes: &Probes) -> Finding {
    match probes.ping_groups {
        Some((first, last)) if first <= last && (first..=last).contains(&probes.host.gid) => {
            Finding::ok(NAME, format!("groups {first} to {last} may"))
        }
        // In a network namespace of its own a container sets the range itself; this is about the host's.
        Some(_) => Finding::warn(
            NAME,
            "this user may not",
            "slirp4netns answers pings from containers only where the user itself may ping",
        )
        .fix("sudo sysctl -w net.ipv4.ping_group_range='0 2147483647' (keep it: a line in /etc/sysctl.d/)"),
        None => Finding::ok(NAME, "the kernel does not say"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn ranges() {
        for (range, want) in [
            (Some((0, 2_147_483_647)), Status::Ok),
            (Some((1, 0)), Status::Warn),
            (Some((0, 0)), Status::Warn),
            (Some((1000, 1000)), Status::Ok),
            (None, Status::Ok),
        ] {
            let mut probes = sample::well();
            probes.ping_groups = range;
            assert_eq!(check(&probes).status, want, "{range:?}");
        }
    }
}
