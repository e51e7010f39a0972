//! The runtime directory: locks, sockets, state of running containers.

use crate::doctor::{Finding, Probes};

const NAME: &str = "runtime directory";

pub(super) fn check(probes: &Probes) -> Finding {
    let path = probes.host.dirs.runtime.display();
    if let Err(why) = &probes.runtime {
        return Finding::fail(
            NAME,
            format!("{path} cannot be made: {why}"),
            "running containers are found by it",
        )
        .fix(
            "export XDG_RUNTIME_DIR=DIR with a directory of your own with mode 0700 on a local file system",
        );
    }
    match probes
        .host
        .notices
        .iter()
        .find(|notice| notice.contains("XDG_RUNTIME_DIR") || notice.contains("runtime directory"))
    {
        Some(notice) => Finding::warn(
            NAME,
            format!("{path} ({notice})"),
            "other sessions of this user look for running containers in another place",
        )
        .fix("log in through a session of systemd, or give every session the same XDG_RUNTIME_DIR"),
        None => Finding::ok(NAME, path.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn fallbacks() {
        let mut probes = sample::well();
        probes.host.notices = vec!["there is no runtime directory for uid 1000: using /tmp/rctr-1000".into()];
        assert_eq!(check(&probes).status, Status::Warn);
        probes.runtime = Err("read-only file system".into());
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Fail);
        assert!(finding.found.ends_with("cannot be made: read-only file system"));
    }
}
