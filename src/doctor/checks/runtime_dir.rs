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
    const WHY: &str = "other sessions of this user look for running containers in another place";
    const FIX: &str = "log in through a session of systemd, or give every session the same XDG_RUNTIME_DIR (mode 0700, your own)";
    if let Some(notice) = probes.host.notices.iter().find(|notice| notice.contains("XDG_RUNTIME_DIR")) {
        return Finding::warn(NAME, format!("{path} ({notice})"), WHY).fix(FIX);
    }
    if probes.host.dirs.runtime.starts_with("/tmp") {
        return Finding::warn(NAME, format!("{path}, there is no other"), WHY).fix(FIX);
    }
    Finding::ok(NAME, path.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn fallbacks() {
        let mut probes = sample::well();
        probes.host.notices = vec!["XDG_RUNTIME_DIR is /x, which does not exist: ignoring it".into()];
        assert_eq!(check(&probes).status, Status::Warn);
        probes.host.notices.clear();
        probes.host.dirs.runtime = "/tmp/rctr-1000".into();
        assert_eq!(check(&probes).status, Status::Warn);
        probes.runtime = Err("read-only file system".into());
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Fail);
        assert!(finding.found.ends_with("cannot be made: read-only file system"));
    }
}
