//! Why no user namespace: the kernel says one errno for many reasons; a few files tell them apart.
//!
//! Reading happens only after a failure ([`diagnose_userns`]) or for `rctr doctor`; the judgement is a pure function.

use std::path::PathBuf;

/// What was attempted when the errno came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// unshare(2) or clone(2) with CLONE_NEWUSER.
    Create,
    /// Writing /proc/PID/uid_map of a namespace that could be made.
    Map,
}

/// What decides about user namespaces on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsernsFacts {
    /// `kernel.unprivileged_userns_clone` (Debian, Ubuntu, Arch); `None` where the kernel has no such switch.
    pub unprivileged_clone: Option<bool>,
    /// `user.max_user_namespaces`; `None` when it cannot be read or the kernel has no user namespaces.
    pub max: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu since 23.10).
    pub apparmor_restricts: bool,
    /// The AppArmor profile that we run under; `None` without AppArmor.
    pub apparmor_profile: Option<String>,
    /// A system call filter is on us (`Seccomp: 2` in /proc/self/status).
    pub seccomp: bool,
    /// The kernel has user namespaces at all (/proc/self/ns/user is there).
    pub supported: bool,
    /// We are in another user namespace than the machine's first one.
    pub nested: bool,
    /// Our root directory is no mount of this mount namespace: chroot(2).
    pub chroot: bool,
    /// Real user id.
    pub uid: u32,
    /// Our program, for the AppArmor profile that lets it.
    pub program: PathBuf,
}

impl UsernsFacts {
    /// Ubuntu's rule: a program without a profile of its own has no capability in a namespace that it makes.
    pub fn apparmor_takes_powers(&self) -> bool {
        let profile = self.apparmor_profile.as_deref();
        self.apparmor_restricts
            && self.uid != 0
            && profile.is_none_or(|p| p == "unconfined" || p.contains("unprivileged_userns"))
    }
}

/// A reason and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What forbids it, to follow "user namespaces are not possible here: ".
    pub cause: String,
    /// What the user or the administrator does about it.
    pub hint: String,
}

/// Looks for the reason why unshare(2) or clone(2) with CLONE_NEWUSER failed with this errno. Reads a few small files.
pub fn diagnose_userns(errno: i32) -> Diagnosis {
    explain(Attempted::Create, errno, &super::probe::userns_facts())
}

/// Is AppArmor the reason why root of a namespace that could be made was refused something there with this errno?
pub fn diagnose_powerless(errno: i32) -> Option<Diagnosis> {
    if !matches!(errno, EPERM | EACCES) {
        return None;
    }
    let facts = super::probe::userns_facts();
    facts.apparmor_takes_powers().then(|| explain(Attempted::Map, errno, &facts))
}

const EPERM: i32 = 1;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const ENOSPC: i32 = 28;
const ENOSYS: i32 = 38;
const EUSERS: i32 = 87;

/// Which of all possible reasons it is, the surest first (unshare(2), "ERRORS"; user_namespaces(7)).
pub fn explain(attempted: Attempted, errno: i32, facts: &UsernsFacts) -> Diagnosis {
    let diagnosis = |cause: &str, hint: &str| Diagnosis { cause: cause.to_owned(), hint: hint.to_owned() };
    match (attempted, errno) {
        (_, ENOSPC | EUSERS) if facts.max == Some(0) => diagnosis(
            "the sysctl user.max_user_namespaces is 0",
            "sudo sysctl -w user.max_user_namespaces=15000 (keep it: a line in /etc/sysctl.d/)",
        ),
        (_, ENOSPC | EUSERS) => Diagnosis {
            cause: match facts.max {
                Some(max) => format!("there are {max} user namespaces already, or 32 inside each other"),
                None => "the limit of user namespaces is reached, or 32 are inside each other".to_owned(),
            },
            hint: if facts.nested {
                "the limit of a container or namespace around this one counts too: raise user.max_user_namespaces there"
                    .to_owned()
            } else {
                "end something that made them (lsns -t user lists them), or raise the sysctl user.max_user_namespaces"
                    .to_owned()
            },
        },
        (Attempted::Create, EINVAL) if !facts.supported => diagnosis(
            "this kernel was built without user namespaces",
            "boot a kernel with CONFIG_USER_NS=y; those of all current distributions have it",
        ),
        (_, EPERM | EACCES) if facts.unprivileged_clone == Some(false) => diagnosis(
            "the sysctl kernel.unprivileged_userns_clone is 0",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1 (keep it: a line in /etc/sysctl.d/)",
        ),
        (_, EPERM | EACCES) if facts.apparmor_takes_powers() => Diagnosis {
            cause: "AppArmor lets only programs with a profile (kernel.apparmor_restrict_unprivileged_userns is 1)"
                .to_owned(),
            hint: apparmor_fix(&facts.program.to_string_lossy()),
        },
        (Attempted::Create, EPERM) if facts.chroot => diagnosis(
            "this process is in a chroot, and the kernel makes no user namespace there",
            "enter the directory with pivot_root (bwrap, systemd-nspawn, unshare --root) instead of chroot",
        ),
        (Attempted::Create, EPERM | ENOSYS) if facts.seccomp => diagnosis(
            "a system call filter (seccomp) of the container or service around this process forbids it",
            "docker and podman: --security-opt seccomp=unconfined; Kubernetes: hostUsers: false, or seccompProfile \
             type Unconfined; systemd: RestrictNamespaces=no",
        ),
        (_, EPERM | EACCES) if facts.apparmor_profile.as_deref().is_some_and(|p| p != "unconfined") => {
            Diagnosis {
                cause: format!(
                    "AppArmor confines this process ({})",
                    facts.apparmor_profile.as_deref().unwrap_or_default()
                ),
                hint: "let the profile have `userns,`, or run outside it (docker: --security-opt apparmor=unconfined)"
                    .to_owned(),
            }
        }
        (_, EACCES) => diagnosis(
            "a security module (SELinux, AppArmor, BPF) forbids it",
            "its log names the rule: sudo ausearch -m avc -ts recent, or sudo dmesg",
        ),
        (Attempted::Map, EPERM) if facts.nested => diagnosis(
            "the user namespace around this one does not map this user",
            "run as a user whose id the outer container maps",
        ),
        (_, EPERM) => diagnosis(
            "the kernel or a security module does not permit it",
            "sudo dmesg names the rule when it was a security module; rctr doctor tells more",
        ),
        (_, ENOMEM) => diagnosis("the kernel is out of memory", "free some, or raise the memory limit around this"),
        (_, ENOSYS) => diagnosis(
            "the kernel, or the sandbox that plays it, has no such system call",
            "gVisor and the like cannot run containers inside: use a runner with a real kernel",
        ),
        _ => Diagnosis {
            cause: format!("the kernel answers {}", crate::sys::describe(&std::io::Error::from_raw_os_error(errno))),
            hint: "rctr doctor tells more".to_owned(),
        },
    }
}

/// One command line that gives `program` the permission, as contrib/quickstart.sh does it: one profile for each place
/// that a program lies in, because a second one of the same name takes the first one's place.
pub fn apparmor_fix(program: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = program.chars().map(|c| if plain(c) { c } else { '.' }).collect();
    format!(
        "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile rctr{name} \"{program}\" flags=(unconfined) {{ userns, \
         }}\\n' | sudo tee /etc/apparmor.d/rctr{name} && sudo apparmor_parser -r /etc/apparmor.d/rctr{name}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let plain = UsernsFacts {
            supported: true,
            max: Some(15_000),
            uid: 1000,
            program: "/usr/bin/rctr".into(),
            ..Default::default()
        };
        let with = |change: fn(&mut UsernsFacts)| {
            let mut facts = plain.clone();
            change(&mut facts);
            facts
        };
        use Attempted::{Create, Map};
        for (attempted, errno, facts, cause, hint) in [
            (Create, ENOSPC, with(|f| f.max = Some(0)), "user.max_user_namespaces is 0", "=15000"),
            (Create, ENOSPC, plain.clone(), "there are 15000 user namespaces already", "lsns"),
            (Create, EUSERS, with(|f| f.nested = true), "32 inside each other", "around this one"),
            (Create, EINVAL, with(|f| f.supported = false), "built without", "CONFIG_USER_NS"),
            (
                Create,
                EPERM,
                with(|f| f.unprivileged_clone = Some(false)),
                "unprivileged_userns_clone is 0",
                "=1",
            ),
            (
                Create,
                EPERM,
                with(|f| (f.unprivileged_clone, f.seccomp) = (Some(false), true)),
                "unprivileged_userns_clone is 0",
                "=1",
            ),
            (
                Create,
                EACCES,
                with(|f| f.apparmor_restricts = true),
                "AppArmor lets only",
                "profile rctr.usr.bin.rctr \"/usr/bin/rctr\" flags=(unconfined) { userns, }",
            ),
            (
                Map,
                EPERM,
                with(|f| {
                    f.apparmor_restricts = true;
                    f.apparmor_profile = Some("unprivileged_userns (enforce)".into());
                }),
                "AppArmor lets only",
                "apparmor_parser -r",
            ),
            (
                Create,
                EPERM,
                with(|f| {
                    f.apparmor_restricts = true;
                    f.apparmor_profile = Some("rctr (unconfined)".into());
                    f.seccomp = true;
                }),
                "seccomp",
                "seccomp=unconfined",
            ),
            (Create, EPERM, with(|f| f.seccomp = true), "seccomp", "hostUsers: false"),
            (Create, ENOSYS, with(|f| f.seccomp = true), "seccomp", "RestrictNamespaces=no"),
            (Create, ENOSYS, plain.clone(), "no such system call", "gVisor"),
            (Create, EPERM, with(|f| (f.chroot, f.seccomp) = (true, true)), "in a chroot", "pivot_root"),
            (
                Create,
                EACCES,
                with(|f| f.apparmor_profile = Some("docker-default (enforce)".into())),
                "AppArmor confines this process (docker-default (enforce))",
                "apparmor=unconfined",
            ),
            (Create, EACCES, plain.clone(), "security module", "ausearch"),
            (Map, EPERM, with(|f| f.nested = true), "does not map this user", "outer container"),
            (Create, EPERM, plain.clone(), "does not permit it", "dmesg"),
            (Create, ENOMEM, plain.clone(), "out of memory", "memory limit"),
            (Create, 5, plain.clone(), "the kernel answers I/O error", "doctor"),
        ] {
            let got = explain(attempted, errno, &facts);
            assert!(got.cause.contains(cause), "{attempted:?} {errno} {facts:?}: {got:?}");
            assert!(got.hint.contains(hint), "{attempted:?} {errno} {facts:?}: {got:?}");
        }
    }
}
