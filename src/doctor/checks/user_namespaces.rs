//! Can a normal user make a user namespace and be root in it? Everything stands on this.

use crate::doctor::userns::{Attempted, explain};
use crate::doctor::{Finding, Probes};

const NAME: &str = "user namespaces";

pub(super) fn check(probes: &Probes) -> Finding {
    let (attempted, errno) = match (&probes.unshare, &probes.single_map) {
        (Err(errno), _) => (Attempted::Create, *errno),
        (Ok(()), Err(errno)) => (Attempted::Map, *errno),
        (Ok(()), Ok(())) => {
            let max = probes.userns.max.map(|max| format!(", {max} at most")).unwrap_or_default();
            return Finding::ok(NAME, format!("work{max}"));
        }
    };
    let reason = explain(attempted, errno, &probes.userns);
    let found = match attempted {
        Attempted::Create => "cannot be made",
        Attempted::Map => "can be made, but no id can be mapped into them",
    };
    if probes.host.uid == 0 {
        return Finding::warn(
            NAME,
            found,
            format!("{}; containers of root have the host's ids", reason.cause),
        )
        .fix(reason.hint);
    }
    Finding::fail(NAME, found, format!("{}; without one a normal user has no container", reason.cause))
        .fix(reason.hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn the_reason_is_named() {
        let mut probes = sample::well();
        (probes.unshare, probes.single_map) = (Err(28), Err(28));
        probes.userns.max = Some(0);
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Fail);
        assert!(finding.why.contains("user.max_user_namespaces is 0"), "{finding:?}");
        assert!(finding.fix.unwrap().starts_with("sudo sysctl -w user.max_user_namespaces="));

        let mut probes = sample::well();
        probes.single_map = Err(1);
        probes.userns.apparmor_restricts = true;
        let finding = check(&probes);
        assert!(
            finding.found.contains("no id can be mapped") && finding.why.contains("AppArmor"),
            "{finding:?}"
        );
    }
}
