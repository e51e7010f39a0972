//! System call filters as text: docker's profile format and the `linux.seccomp` object of the OCI runtime spec
//! (config-linux.md, "Seccomp"), which docker's extends.
//!
//! Reading a profile and deciding which of its rules hold for one container is done here, without the kernel and
//! without libseccomp; making a program of the result is `engine::seccomp`'s.

mod decide;
mod format;

pub use decide::{Target, decide};
pub use format::parse;

pub use crate::model::seccomp::{Action, Arch, Condition, Filter, Operator, Rule};

/// The embedded profile in docker's format.
///
/// At least as tight as docker's own (`contrib/decisions/0005-seccomp-program.md` says where it is tighter and how a refusal with
/// arguments beside a general permission is meant).
pub const DEFAULT_PROFILE: &str = include_str!("seccomp_default.json");

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProfileError {
    /// Not JSON, or a field of the wrong kind.
    #[error("not a seccomp profile: {0}")]
    Json(String),
    /// An action that does not exist.
    #[error("{place}: unknown action {action:?}")]
    Action {
        /// `defaultAction`, or the rule's first system call.
        place: String,
        /// As written.
        action: String,
    },
    /// An action that exists and that we cannot do.
    #[error("{place}: {action} is not supported: no program here listens to the filter")]
    Unsupported {
        /// `defaultAction`, or the rule's first system call.
        place: String,
        /// As written.
        action: String,
    },
    /// An errno out of range (seccomp(2): 16 bits; the kernel caps it at 4095).
    #[error("{place}: {errno} is no errno (0 to 4095)")]
    Errno {
        /// `defaultErrnoRet`, or the rule's first system call.
        place: String,
        /// As written.
        errno: String,
    },
    /// A comparison that does not exist.
    #[error("rule for {syscall}: unknown operator {op:?}")]
    Operator {
        /// The rule's first system call.
        syscall: String,
        /// As written.
        op: String,
    },
    /// There is no such argument.
    #[error("rule for {syscall}: argument index {index} is not 0 to 5")]
    Index {
        /// The rule's first system call.
        syscall: String,
        /// As written.
        index: u32,
    },
    /// An architecture that does not exist.
    #[error("unknown architecture {0:?}")]
    Arch(String),
    /// A filter flag that does not exist.
    #[error("unknown flag {0:?}")]
    Flag(String),
    /// Docker forbids both at once.
    #[error("architectures and archMap cannot both be given")]
    BothArchitectures,
    /// A rule about nothing.
    #[error("rule {0} names no system call")]
    NoName(usize),
    /// `name` and `names` in one rule.
    #[error("rule for {0}: name and names cannot both be given")]
    BothNames(String),
    /// `minKernel` is no version.
    #[error("rule for {syscall}: minKernel {version:?} is not like 4.8")]
    Kernel {
        /// The rule's first system call.
        syscall: String,
        /// As written.
        version: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    fn rule(rest: &str) -> String {
        format!(r#"{{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{{{rest}}}]}}"#)
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let allow = r#""names":["mkdir","x"],"action":"SCMP_ACT_ALLOW""#;
        for (text, want) in [
            ("".to_owned(), "not a seccomp profile: EOF while parsing a value at line 1 column 0"),
            ("{}".to_owned(), "not a seccomp profile: missing field `defaultAction` at line 1 column 2"),
            (
                r#"{"defaultAction":"SCMP_ACT_NO"}"#.to_owned(),
                "defaultAction: unknown action \"SCMP_ACT_NO\"",
            ),
            (rule(r#""names":["mkdir"],"action":"ALLOW""#), "rule for mkdir: unknown action \"ALLOW\""),
            (
                rule(r#""names":["mkdir"],"action":"SCMP_ACT_NOTIFY""#),
                "rule for mkdir: SCMP_ACT_NOTIFY is not supported: no program here listens to the filter",
            ),
            (
                rule(r#""names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":4096"#),
                "rule for mkdir: 4096 is no errno (0 to 4095)",
            ),
            (
                rule(r#""names":["mkdir"],"action":"SCMP_ACT_ERRNO","errno":"EWHAT""#),
                "rule for mkdir: \"EWHAT\" is no errno (0 to 4095)",
            ),
            (
                rule(&format!(r#"{allow},"args":[{{"index":6,"value":1,"op":"SCMP_CMP_EQ"}}]"#)),
                "rule for mkdir: argument index 6 is not 0 to 5",
            ),
            (
                rule(&format!(r#"{allow},"args":[{{"index":0,"value":1,"op":"EQ"}}]"#)),
                "rule for mkdir: unknown operator \"EQ\"",
            ),
            (
                rule(&format!(r#"{allow},"includes":{{"minKernel":"new"}}"#)),
                "rule for mkdir: minKernel \"new\" is not like 4.8",
            ),
            (rule(r#""action":"SCMP_ACT_ALLOW""#), "rule 0 names no system call"),
            (
                rule(&format!(r#""name":"read",{allow}"#)),
                "rule for read: name and names cannot both be given",
            ),
            (
                r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_VAX"]}"#.to_owned(),
                "unknown architecture \"SCMP_ARCH_VAX\"",
            ),
            (
                r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],
                    "archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}"#
                    .to_owned(),
                "architectures and archMap cannot both be given",
            ),
            (r#"{"defaultAction":"SCMP_ACT_ALLOW","flags":["X"]}"#.to_owned(), "unknown flag \"X\""),
        ] {
            assert_eq!(error(&text), want, "{text}");
        }
    }

    #[test]
    fn rules_hold_by_capability_architecture_and_kernel() {
        let holds = |scope: &str, caps: &[u8], machine: &str, kernel: &str| {
            let text = rule(&format!(r#""names":["mkdir"],"action":"SCMP_ACT_ALLOW",{scope}"#));
            let profile = parse(text.as_bytes()).unwrap();
            !decide(&profile, &Target { capabilities: caps, machine, kernel }).rules.is_empty()
        };
        type Case<'a> = (&'a str, &'a [u8], &'a str, &'a str, bool);
        let cases: &[Case<'_>] = &[
            (r#""includes":{}"#, &[], "x86_64", "6.1", true),
            (r#""includes":{"caps":["CAP_SYS_ADMIN"]}"#, &[21], "x86_64", "6.1", true),
            (r#""includes":{"caps":["CAP_SYS_ADMIN"]}"#, &[20], "x86_64", "6.1", false),
            (r#""includes":{"caps":["CAP_SYS_ADMIN","CAP_CHOWN"]}"#, &[21], "x86_64", "6.1", false),
            (r#""includes":{"caps":["CAP_OF_TOMORROW"]}"#, &[21], "x86_64", "6.1", false),
            (r#""excludes":{"caps":["CAP_SYS_ADMIN","CAP_CHOWN"]}"#, &[21], "x86_64", "6.1", false),
            (r#""excludes":{"caps":["CAP_SYS_ADMIN"]}"#, &[], "x86_64", "6.1", true),
            (r#""includes":{"arches":["amd64","x32"]}"#, &[], "x86_64", "6.1", true),
            (r#""includes":{"arches":["amd64"]}"#, &[], "aarch64", "6.1", false),
            (r#""includes":{"arches":["arm64"]}"#, &[], "aarch64", "6.1", true),
            (r#""excludes":{"arches":["s390x"]}"#, &[], "s390x", "6.1", false),
            (r#""includes":{"minKernel":"4.8"}"#, &[], "x86_64", "4.8.0-rc1", true),
            (r#""includes":{"minKernel":"4.8"}"#, &[], "x86_64", "4.7.10", false),
            (r#""includes":{"minKernel":"4.8"}"#, &[], "x86_64", "10.0", true),
            (r#""excludes":{"minKernel":"4.8"}"#, &[], "x86_64", "4.8", false),
            (r#""excludes":{"minKernel":"4.8"}"#, &[], "x86_64", "4.7", true),
        ];
        for (scope, caps, machine, kernel, want) in cases {
            assert_eq!(holds(scope, caps, machine, kernel), *want, "{scope} {caps:?} {machine} {kernel}");
        }
    }

    #[test]
    fn other_tables_come_from_the_machines_entry() {
        let profile = parse(DEFAULT_PROFILE.as_bytes()).unwrap();
        for (machine, want) in
            [("x86_64", &[Arch::X86][..]), ("aarch64", &[Arch::Arm]), ("riscv64", &[]), ("vax", &[])]
        {
            let filter = decide(&profile, &Target { capabilities: &[], machine, kernel: "6.1" });
            assert_eq!(filter.arches, want, "{machine}");
            assert_eq!(filter.default, Action::Errno(1));
        }
        let oci = parse(
            br#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]}"#,
        );
        let target = Target { capabilities: &[], machine: "x86_64", kernel: "6.1" };
        assert_eq!(decide(&oci.unwrap(), &target).arches, [Arch::X86]);
    }

    #[test]
    fn every_capability_of_the_default_profile_exists() {
        let text: serde_json::Value = serde_json::from_str(DEFAULT_PROFILE).unwrap();
        for rule in text["syscalls"].as_array().unwrap() {
            for scope in ["includes", "excludes"] {
                for cap in rule[scope]["caps"].as_array().into_iter().flatten() {
                    assert!(cap.as_str().unwrap().parse::<caps::Capability>().is_ok(), "{cap}");
                }
            }
        }
    }
}
