//! The mounts that every container needs: tmpfs and proc, made by root of the user namespace.

use crate::doctor::userns::apparmor_fix;
use crate::doctor::{Finding, Probes};

const NAME: &str = "mounts";

pub(super) fn check(probes: &Probes) -> Finding {
    let Some(inside) = &probes.inside else {
        let why = "there is no user namespace to try them in";
        return match probes.host.uid {
            0 => Finding::warn(NAME, "not tried", why),
            _ => Finding::fail(NAME, "not tried", why),
        };
    };
    if let Err(why) = &inside.tmpfs {
        let finding = Finding::fail(
            NAME,
            format!("tmpfs cannot be mounted in a user namespace: {why}"),
            "a container's /dev is one",
        );
        if probes.userns.apparmor_takes_powers() {
            return finding.fix(apparmor_fix(&probes.userns.program.to_string_lossy()));
        }
        return finding.fix(
            "an outer container or a security module forbids mounts: docker --security-opt seccomp=unconfined \
             --security-opt apparmor=unconfined, Kubernetes hostUsers: false",
        );
    }
    if let Err(why) = &inside.proc {
        return Finding::fail(
            NAME,
            format!("proc cannot be mounted in a user namespace: {why}"),
            "the kernel refuses a new /proc where the one outside is partly hidden, as docker and Kubernetes have it",
        )
        .fix(
            "docker and podman: --security-opt systempaths=unconfined (podman: unmask=ALL); Kubernetes: procMount: \
             Unmasked; here: rctr run --pid host",
        );
    }
    Finding::ok(NAME, "tmpfs and proc work in a user namespace")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn refused() {
        let mut probes = sample::well();
        probes.inside.as_mut().unwrap().proc = Err("operation not permitted".into());
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Fail);
        assert!(finding.fix.unwrap().contains("systempaths=unconfined"));
        probes.inside.as_mut().unwrap().tmpfs = Err("operation not permitted".into());
        assert!(check(&probes).found.starts_with("tmpfs"));
        probes.inside = None;
        assert_eq!(check(&probes).status, Status::Fail);
    }
}
