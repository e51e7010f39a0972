//! A system call filter, decided for one container: rules by name, not yet a program.

use std::collections::BTreeSet;

/// What happens to a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes through.
    Allow,
    /// It goes through and is logged.
    Log,
    /// It fails with this errno.
    Errno(u16),
    /// SIGSYS.
    Trap,
    /// A tracer decides; this is its message. Without one: ENOSYS.
    Trace(u16),
    /// The thread ends.
    KillThread,
    /// The process ends.
    KillProcess,
}

impl Action {
    /// Does the call get to the kernel, whoever listens?
    pub fn permits(self) -> bool {
        matches!(self, Self::Allow | Self::Log | Self::Trace(_))
    }
}

/// How an argument is compared, as 64-bit unsigned numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // seccomp_rule_add(3) has the names
pub enum Operator {
    NotEqual,
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    /// `argument & mask == value`.
    MaskedEqual {
        mask: u64,
    },
}

/// A condition on one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// 0 to 5.
    pub index: u32,
    /// How.
    pub operator: Operator,
    /// With what.
    pub value: u64,
}

/// A rule about one system call; it holds when all its conditions do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name; names that no architecture knows are no error.
    pub syscall: String,
    /// What happens.
    pub action: Action,
    /// On these conditions.
    pub conditions: Vec<Condition>,
}

/// CPU architectures, with their system call tables (seccomp_arch_add(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // libseccomp's own names
pub enum Arch {
    X86,
    X86_64,
    X32,
    Arm,
    Aarch64,
    Loongarch64,
    Mips,
    Mips64,
    Mips64N32,
    Mipsel,
    Mipsel64,
    Mipsel64N32,
    Ppc,
    Ppc64,
    Ppc64le,
    S390,
    S390x,
    Riscv64,
}

impl Arch {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::X86,
        Self::X86_64,
        Self::X32,
        Self::Arm,
        Self::Aarch64,
        Self::Loongarch64,
        Self::Mips,
        Self::Mips64,
        Self::Mips64N32,
        Self::Mipsel,
        Self::Mipsel64,
        Self::Mipsel64N32,
        Self::Ppc,
        Self::Ppc64,
        Self::Ppc64le,
        Self::S390,
        Self::S390x,
        Self::Riscv64,
    ];
}

/// A profile with everything decided for one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What happens to a call that no rule names.
    pub default: Action,
    /// Other system call tables than the machine's own.
    pub arches: Vec<Arch>,
    /// The rules. Where a permission without conditions stands beside a refusal with some, the refusal goes first.
    pub rules: Vec<Rule>,
    /// Every system call that the profile knows of, also in rules that do not hold here: what is newer than all of
    /// them did not exist for its author.
    pub known: BTreeSet<String>,
}
