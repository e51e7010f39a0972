//! The JSON of profiles, as it is written.

use serde::Deserialize;

use super::{Action, Arch, Condition, Operator, ProfileError};

/// A profile as its file has it, words checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(super) default: Action,
    pub(super) arches: Arches,
    pub(super) rules: Vec<ProfileRule>,
}

/// Which other system call tables are filtered too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arches {
    /// OCI: all of these.
    List(Vec<Arch>),
    /// Docker: those of the machine's entry.
    Map(Vec<(Arch, Vec<Arch>)>),
}

/// A rule about several system calls that holds only for some containers and machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProfileRule {
    pub(super) names: Vec<String>,
    pub(super) action: Action,
    pub(super) conditions: Vec<Condition>,
    pub(super) includes: Scope,
    pub(super) excludes: Scope,
}

/// For whom a rule holds (docker's `includes` and `excludes`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) caps: Vec<String>,
    pub(super) arches: Vec<String>,
    pub(super) min_kernel: Option<(u32, u32)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawProfile {
    default_action: String,
    default_errno_ret: Option<u64>,
    default_errno: Option<String>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    #[serde(default)]
    arch_map: Option<Vec<RawArch>>,
    #[serde(default)]
    flags: Option<Vec<String>>,
    #[serde(default)]
    syscalls: Option<Vec<RawRule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawArch {
    architecture: String,
    sub_architectures: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    name: Option<String>,
    names: Option<Vec<String>>,
    action: String,
    errno_ret: Option<u64>,
    errno: Option<String>,
    args: Option<Vec<RawArg>>,
    includes: Option<RawScope>,
    excludes: Option<RawScope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawArg {
    index: u32,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawScope {
    caps: Option<Vec<String>>,
    arches: Option<Vec<String>>,
    min_kernel: Option<String>,
}

/// Reads a profile in docker's or the OCI runtime's format. Fields that it does not know are passed over, as docker does.
pub fn parse(bytes: &[u8]) -> Result<Profile, ProfileError> {
    let raw: RawProfile = serde_json::from_slice(bytes).map_err(|e| ProfileError::Json(e.to_string()))?;
    for flag in raw.flags.iter().flatten() {
        if !FLAGS.contains(&flag.as_str()) {
            return Err(ProfileError::Flag(flag.clone()));
        }
    }
    let arches = match (raw.architectures, raw.arch_map) {
        (Some(list), Some(map)) if !list.is_empty() && !map.is_empty() => {
            return Err(ProfileError::BothArchitectures);
        }
        (list, Some(map)) if list.as_ref().is_none_or(Vec::is_empty) => {
            let entry = |raw: RawArch| {
                Ok((arch(&raw.architecture)?, arch_list(raw.sub_architectures.unwrap_or_default())?))
            };
            Arches::Map(map.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        (list, _) => Arches::List(arch_list(list.unwrap_or_default())?),
    };
    let default = action("defaultAction", &raw.default_action, raw.default_errno_ret, raw.default_errno)?;
    let rules = raw.syscalls.unwrap_or_default().into_iter().enumerate();
    let rules = rules.map(|(number, raw)| rule(number, raw)).collect::<Result<_, _>>()?;
    Ok(Profile { default, arches, rules })
}

/// seccomp(2). They change how a filter is loaded, not what it refuses; rctr loads every filter the same way.
const FLAGS: [&str; 4] = [
    "SECCOMP_FILTER_FLAG_LOG",
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_TSYNC",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
];

fn rule(number: usize, raw: RawRule) -> Result<ProfileRule, ProfileError> {
    let names = match (raw.name.filter(|n| !n.is_empty()), raw.names.filter(|n| !n.is_empty())) {
        (Some(name), Some(_)) => return Err(ProfileError::BothNames(name)),
        (Some(name), None) => vec![name],
        (None, Some(names)) => names,
        (None, None) => return Err(ProfileError::NoName(number)),
    };
    let first = names[0].clone();
    let scope = |raw: Option<RawScope>| scope(&first, raw.unwrap_or_default());
    Ok(ProfileRule {
        action: action(&format!("rule for {first}"), &raw.action, raw.errno_ret, raw.errno)?,
        conditions: raw
            .args
            .unwrap_or_default()
            .into_iter()
            .map(|raw| condition(&first, &raw))
            .collect::<Result<_, _>>()?,
        includes: scope(raw.includes)?,
        excludes: scope(raw.excludes)?,
        names,
    })
}

fn scope(syscall: &str, raw: RawScope) -> Result<Scope, ProfileError> {
    let min_kernel = match raw.min_kernel.filter(|v| !v.is_empty()) {
        None => None,
        Some(version) => Some(
            super::decide::kernel_version(&version)
                .ok_or_else(|| ProfileError::Kernel { syscall: syscall.to_owned(), version })?,
        ),
    };
    Ok(Scope { caps: raw.caps.unwrap_or_default(), arches: raw.arches.unwrap_or_default(), min_kernel })
}

fn action(
    place: &str,
    word: &str,
    number: Option<u64>,
    name: Option<String>,
) -> Result<Action, ProfileError> {
    const EPERM: u16 = 1;
    let place = || place.to_owned();
    let errno = || match (number, name.as_deref().filter(|n| !n.is_empty())) {
        (Some(number), _) => u16::try_from(number)
            .ok()
            .filter(|n| *n <= 4095)
            .ok_or_else(|| ProfileError::Errno { place: place(), errno: number.to_string() }),
        (None, Some(name)) => {
            errno_of(name).ok_or_else(|| ProfileError::Errno { place: place(), errno: format!("{name:?}") })
        }
        (None, None) => Ok(EPERM),
    };
    match word {
        "SCMP_ACT_ALLOW" => Ok(Action::Allow),
        "SCMP_ACT_LOG" => Ok(Action::Log),
        "SCMP_ACT_ERRNO" => Ok(Action::Errno(errno()?)),
        "SCMP_ACT_TRACE" => Ok(Action::Trace(errno()?)),
        "SCMP_ACT_TRAP" => Ok(Action::Trap),
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => Ok(Action::KillThread),
        "SCMP_ACT_KILL_PROCESS" => Ok(Action::KillProcess),
        "SCMP_ACT_NOTIFY" => Err(ProfileError::Unsupported { place: place(), action: word.to_owned() }),
        _ => Err(ProfileError::Action { place: place(), action: word.to_owned() }),
    }
}

/// podman writes errnos by name beside the number; these are the ones that profiles use (numbers of all Linux ports
/// but alpha, mips and sparc for ENOSYS; those profiles give the number, which wins).
fn errno_of(name: &str) -> Option<u16> {
    let table = [
        ("EPERM", 1),
        ("ENOENT", 2),
        ("EIO", 5),
        ("ENOEXEC", 8),
        ("EAGAIN", 11),
        ("ENOMEM", 12),
        ("EACCES", 13),
        ("EFAULT", 14),
        ("EBUSY", 16),
        ("EINVAL", 22),
        ("ENOTTY", 25),
        ("ENOSPC", 28),
        ("ENOSYS", 38),
        ("EAFNOSUPPORT", 97),
    ];
    table.into_iter().find(|(known, _)| *known == name).map(|(_, number)| number)
}

fn condition(syscall: &str, raw: &RawArg) -> Result<Condition, ProfileError> {
    if raw.index > 5 {
        return Err(ProfileError::Index { syscall: syscall.to_owned(), index: raw.index });
    }
    let plain = |operator| Condition { index: raw.index, operator, value: raw.value };
    Ok(match raw.op.as_str() {
        "SCMP_CMP_NE" => plain(Operator::NotEqual),
        "SCMP_CMP_LT" => plain(Operator::Less),
        "SCMP_CMP_LE" => plain(Operator::LessOrEqual),
        "SCMP_CMP_EQ" => plain(Operator::Equal),
        "SCMP_CMP_GE" => plain(Operator::GreaterOrEqual),
        "SCMP_CMP_GT" => plain(Operator::Greater),
        // The format's `value` is the mask here and `valueTwo` what remains.
        "SCMP_CMP_MASKED_EQ" => Condition {
            index: raw.index,
            operator: Operator::MaskedEqual { mask: raw.value },
            value: raw.value_two,
        },
        _ => return Err(ProfileError::Operator { syscall: syscall.to_owned(), op: raw.op.clone() }),
    })
}

fn arch_list(words: Vec<String>) -> Result<Vec<Arch>, ProfileError> {
    words.iter().map(|word| arch(word)).collect()
}

fn arch(word: &str) -> Result<Arch, ProfileError> {
    Ok(match word.strip_prefix("SCMP_ARCH_").unwrap_or(word) {
        "X86" => Arch::X86,
        "X86_64" => Arch::X86_64,
        "X32" => Arch::X32,
        "ARM" => Arch::Arm,
        "AARCH64" => Arch::Aarch64,
        "LOONGARCH64" => Arch::Loongarch64,
        "MIPS" => Arch::Mips,
        "MIPS64" => Arch::Mips64,
        "MIPS64N32" => Arch::Mips64N32,
        "MIPSEL" => Arch::Mipsel,
        "MIPSEL64" => Arch::Mipsel64,
        "MIPSEL64N32" => Arch::Mipsel64N32,
        "PPC" => Arch::Ppc,
        "PPC64" => Arch::Ppc64,
        "PPC64LE" => Arch::Ppc64le,
        "S390" => Arch::S390,
        "S390X" => Arch::S390x,
        "RISCV64" => Arch::Riscv64,
        _ => return Err(ProfileError::Arch(word.to_owned())),
    })
}
