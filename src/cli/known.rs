//! Flags that podman or docker have and rctr does not have yet: naming one is no slip of the pen, and must not be
//! taken silently either.

/// podman's global options.
const GLOBAL: &[&str] = &[
    "--cdi-spec-dir",
    "--cgroup-manager",
    "--config",
    "--conmon",
    "--connection",
    "--context",
    "--debug",
    "--events-backend",
    "--hooks-dir",
    "--host",
    "--identity",
    "--imagestore",
    "--module",
    "--network-cmd-path",
    "--network-config-dir",
    "--noout",
    "--out",
    "--remote",
    "--runroot",
    "--runtime",
    "--runtime-flag",
    "--ssh",
    "--storage-driver",
    "--storage-opt",
    "--syslog",
    "--tls-ca",
    "--tmpdir",
    "--transient-store",
    "--url",
    "--volumepath",
    "-D",
    "-H",
    "-c",
    "-r",
];

/// Options of `run` and `create`.
const RUN: &[&str] = &[
    "--blkio-weight-device",
    "--chrootdirs",
    "--conmon-pidfile",
    "--cpu-rt-period",
    "--cpu-rt-runtime",
    "--decryption-key",
    "--device-cgroup-rule",
    "--disable-content-trust",
    "--domainname",
    "--env-merge",
    "--expose",
    "--gpus",
    "--group-entry",
    "--health-log-destination",
    "--health-max-log-count",
    "--health-max-log-size",
    "--health-startup-cmd",
    "--health-startup-interval",
    "--health-startup-retries",
    "--health-startup-success",
    "--health-startup-timeout",
    "--hosts-file",
    "--hostuser",
    "--image-volume",
    "--init-ctr",
    "--init-path",
    "--ip",
    "--ip6",
    "--isolation",
    "--kernel-memory",
    "--link",
    "--link-local-ip",
    "--mac-address",
    "--network-alias",
    "--no-hostname",
    "--passwd",
    "--passwd-entry",
    "--personality",
    "--pod",
    "--pod-id-file",
    "--preserve-fd",
    "--publish",
    "--publish-all",
    "--rdt-class",
    "--requires",
    "--rmi",
    "--runtime",
    "--sdnotify",
    "--seccomp-policy",
    "--secret",
    "--shm-size-systemd",
    "--storage-opt",
    "--systemd",
    "--unsetenv-all",
    "--use-api-socket",
    "--volume-driver",
    "--volumes-from",
    "-P",
    "-p",
];

/// Options of `push`.
const PUSH: &[&str] = &[
    "--add-compression",
    "--all-tags",
    "--disable-content-trust",
    "--encrypt-layer",
    "--encryption-key",
    "--platform",
    "--sign-by",
    "--sign-by-sigstore",
    "--sign-by-sigstore-private-key",
    "--sign-by-sq-fingerprint",
    "--sign-passphrase-file",
    "-a",
];

/// Is this a flag that podman or docker would take after these verbs?
pub(super) fn elsewhere(verbs: &[String], flag: &str) -> bool {
    let table = match verbs {
        [] => GLOBAL,
        [verb] if ["run", "create", "update"].contains(&verb.as_str()) => RUN,
        [verb] if verb == "push" => PUSH,
        [noun, verb] if verb == "push" && ["image", "manifest"].contains(&noun.as_str()) => PUSH,
        _ => return false,
    };
    table.contains(&flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_have_is_not_in_the_tables() {
        let command = crate::cli::command();
        let verb = |name: &str| command.get_subcommands().find(|sub| sub.get_name() == name).unwrap();
        for (command, table) in [(&command, GLOBAL), (verb("run"), RUN), (verb("push"), PUSH)] {
            for flag in table {
                let ours = command.get_arguments().any(|arg| {
                    let long = arg.get_long_and_visible_aliases().unwrap_or_default();
                    let short = arg.get_short().map(|letter| format!("-{letter}"));
                    long.iter().any(|long| flag.strip_prefix("--") == Some(long))
                        || short.as_deref() == Some(*flag)
                });
                assert!(!ours, "{flag} is there: take it out of the table");
            }
            assert!(table.is_sorted(), "keep the tables sorted");
        }
    }
}
