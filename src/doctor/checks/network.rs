//! slirp4netns: the way out of a container's network namespace.

use crate::doctor::{Finding, Probes};

const NAME: &str = "slirp4netns";

pub(super) fn check(probes: &Probes) -> Finding {
    const WHY: &str = "the default network needs it; --network none and --network host work without";
    const INSTALL: &str = "sudo apt install slirp4netns (Debian, Ubuntu), sudo dnf install slirp4netns, sudo pacman -S slirp4netns";
    match &probes.slirp4netns {
        None => Finding::warn(NAME, "not found", WHY).fix(INSTALL),
        Some(Err(why)) => Finding::warn(NAME, format!("does not run: {why}"), WHY).fix(INSTALL),
        Some(Ok(version)) => match old(version) {
            // --enable-seccomp, --ready-fd and --exit-fd together.
            true => Finding::warn(NAME, version, "rctr uses it as it is since 0.4.0").fix(INSTALL),
            false => Finding::ok(NAME, version),
        },
    }
}

/// A version that cannot be read is taken for a new one.
fn old(line: &str) -> bool {
    let version = line.split_ascii_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let mut numbers = version.unwrap_or("1").split('.').map(|n| n.parse().unwrap_or(0u32));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < (0, 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn versions() {
        for (version, want) in [
            (None, Status::Warn),
            (Some(Err("exec format error")), Status::Warn),
            (Some(Ok("slirp4netns version 1.2.0")), Status::Ok),
            (Some(Ok("slirp4netns version 0.4.3+dev")), Status::Ok),
            (Some(Ok("slirp4netns version 0.3.0")), Status::Warn),
            (Some(Ok("version unknown")), Status::Ok),
        ] {
            let mut probes = sample::well();
            probes.slirp4netns = version.map(|v| v.map(str::to_owned).map_err(str::to_owned));
            assert_eq!(check(&probes).status, want, "{version:?}");
        }
    }
}
