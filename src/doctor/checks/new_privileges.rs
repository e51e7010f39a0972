//! no_new_privs on the caller switches setuid helpers off.

use crate::doctor::{Finding, Probes};

const NAME: &str = "setuid programs";

pub(super) fn check(probes: &Probes) -> Finding {
    if !probes.no_new_privs {
        return Finding::ok(NAME, "have effect");
    }
    Finding::warn(
        NAME,
        "have no effect: no_new_privs is set on this process",
        "newuidmap and newgidmap cannot map ranges, so containers have a single id",
    )
    .fix(
        "start rctr from a process without it (Kubernetes: allowPrivilegeEscalation: true; systemd: \
         NoNewPrivileges=no; docker: without --security-opt no-new-privileges)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn set() {
        let mut probes = sample::well();
        probes.no_new_privs = true;
        assert_eq!(check(&probes).status, Status::Warn);
    }
}
