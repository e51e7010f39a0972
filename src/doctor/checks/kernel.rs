//! The kernel's version. What it must be able to do is tried by the other checks.

use crate::doctor::{Finding, Probes};

const NAME: &str = "kernel";

pub(super) fn check(probes: &Probes) -> Finding {
    let release = &probes.host.kernel;
    let found = format!("{release} on {}", probes.host.machine);
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0u32));
    match (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) {
        (0, _) => Finding::warn(NAME, found, "its version cannot be read: what depends on it is tried out instead"),
        version if version < (5, 12) => Finding::fail(
            NAME,
            found,
            "rctr mounts by file descriptor and closes mounts recursively, which Linux has since 5.12",
        )
        .fix("boot Linux 5.12 or later"),
        version if version < (6, 5) => Finding::warn(
            NAME,
            found,
            "overlays take their layers one by one since Linux 6.5: before it an image with very many layers is copied",
        )
        .fix("boot Linux 6.5 or later"),
        _ => Finding::ok(NAME, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn versions() {
        for (release, want) in [
            ("6.18.44", Status::Ok),
            ("6.5.0-rc1", Status::Ok),
            ("6.1.0-13-amd64", Status::Warn),
            ("5.11.9", Status::Fail),
            ("4.18.0-553.el8", Status::Fail),
            ("strange", Status::Warn),
        ] {
            let mut probes = sample::well();
            probes.host.kernel = release.into();
            assert_eq!(check(&probes).status, want, "{release}");
        }
    }
}
