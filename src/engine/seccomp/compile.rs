//! Compiles a decided filter with libseccomp, and puts before it what libseccomp cannot say (`prologue`).

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use libseccomp::{
    ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall, ScmpVersion,
};

use super::bpf::{self, Instruction};
use super::prologue::{self, Special, Table};
use super::{CompileError, assemble};
use crate::model::seccomp::{Action, Arch, Condition, Filter, Operator, Rule};
use crate::sys::seccomp::MAX_INSTRUCTIONS;
use crate::sys::{Attempt, SysError};

/// The library's version: another one may make another program of the same rules.
pub(super) fn library_version() -> String {
    ScmpVersion::current().map(|v| v.to_string()).unwrap_or_default()
}

/// The program, instructions as `struct sock_filter` has them.
pub fn compile(filter: &Filter) -> Result<Vec<u8>, CompileError> {
    let program = assemble::shorten(translate(filter)?);
    match program.len() {
        length if length > MAX_INSTRUCTIONS => Err(CompileError::TooLong(length)),
        _ => Ok(bpf::encode(&program)),
    }
}

/// The prologue and libseccomp's program.
pub(super) fn translate(filter: &Filter) -> Result<Vec<Instruction>, CompileError> {
    let (plain, special) = separate(filter);
    let library = |e: libseccomp::error::SeccompError| CompileError::Library(e.to_string());
    let mut context = ScmpFilterContext::new(scmp_action(filter.default)).map_err(library)?;
    for arch in &filter.arches {
        context.add_arch(scmp_arch(*arch)).map_err(library)?;
    }
    // A binary tree instead of a list: 0.3 ms to load instead of 0.9. Older libraries than 2.5 make the list.
    let _list_will_do = context.set_ctl_optimize(2);
    for rule in plain {
        let Ok(syscall) = ScmpSyscall::from_name(&rule.syscall) else { continue };
        let conditions: Vec<ScmpArgCompare> = rule.conditions.iter().map(compare).collect();
        context
            .add_rule_conditional(scmp_action(rule.action), syscall, &conditions)
            .map_err(|e| CompileError::Rule { syscall: rule.syscall.clone(), reason: e.to_string() })?;
    }
    let mut file = std::fs::File::from(
        rustix::fs::memfd_create("rctr-seccomp", rustix::fs::MemfdFlags::CLOEXEC)
            .attempt(|| "make a file in memory for the system call filter")?,
    );
    context.export_bpf(&file).map_err(library)?;
    let mut body = Vec::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.read_to_end(&mut body))
        .map_err(|e| SysError::new("read the compiled system call filter", e))?;
    let tables: Vec<Table> = tables(filter, &special);
    let mut program = prologue::build(filter.default, &tables);
    program.extend(bpf::decode(&body));
    Ok(program)
}

/// Divides the rules into those for libseccomp and those that must come first.
///
/// libseccomp knows one action a system call once a rule without conditions is there, and leaves open what wins
/// otherwise. Here a refusal wins over a permission of the same generality, and the special over the general.
fn separate(filter: &Filter) -> (Vec<&Rule>, Vec<&Rule>) {
    let mut by_name: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in &filter.rules {
        by_name.entry(&rule.syscall).or_default().push(rule);
    }
    let (mut plain, mut refusals, mut permissions) = (Vec::new(), Vec::new(), Vec::new());
    for rules in by_name.values() {
        let general = || rules.iter().copied().filter(|r| r.conditions.is_empty());
        let base = general().find(|r| !r.action.permits()).or_else(|| general().next());
        plain.extend(base);
        let conditional = rules.iter().copied().filter(|r| !r.conditions.is_empty());
        let permits = rules.iter().any(|r| r.action.permits());
        for rule in conditional {
            match base {
                Some(base) if base.action == rule.action => {}
                Some(_) if rule.action.permits() => permissions.push(rule),
                Some(_) => refusals.push(rule),
                None if !rule.action.permits() && permits => refusals.push(rule),
                None => plain.push(rule),
            }
        }
    }
    plain.retain(|rule| rule.action != filter.default); // which libseccomp refuses as useless
    refusals.extend(permissions);
    (plain, refusals)
}

/// What has to come first, by architecture.
fn tables(filter: &Filter, special: &[&Rule]) -> Vec<Table> {
    let arches = std::iter::once(ScmpArch::native()).chain(filter.arches.iter().map(|a| scmp_arch(*a)));
    arches
        .filter_map(|arch| {
            let (audit, base) = audit_arch(arch)?;
            let numbers: BTreeMap<&str, (u32, bool)> = filter
                .known
                .iter()
                .filter_map(|name| Some((name.as_str(), number_of(name, arch, base)?)))
                .collect();
            let unknown =
                |rule: &&Rule| numbers.get(rule.syscall.as_str()).is_some_and(|(_, by_lib)| !by_lib);
            let specials = special.iter().copied().chain(filter.rules.iter().filter(unknown));
            let specials = specials
                .filter_map(|rule| {
                    let (number, _) = *numbers.get(rule.syscall.as_str())?;
                    Some(Special { number, conditions: rule.conditions.clone(), action: rule.action })
                })
                .collect();
            let largest = |lib_only: bool| {
                numbers.values().filter(|(_, by_lib)| !lib_only || *by_lib).map(|(n, _)| *n).max()
            };
            Some(Table {
                audit_arch: audit,
                x32: arch == ScmpArch::X32,
                specials,
                last_compiled: largest(true)?,
                last_known: largest(false)?,
            })
        })
        .collect()
}

/// The number of a system call, and whether libseccomp knows it.
fn number_of(name: &str, arch: ScmpArch, base: u32) -> Option<(u32, bool)> {
    if let Ok(syscall) = ScmpSyscall::from_name_by_arch(name, arch) {
        // A negative number stands for "not on this architecture", or for a socket call that exists as a call of its own
        // and as a part of socketcall.
        let own = || (name == "socket").then(|| socket_number(arch)).flatten();
        return u32::try_from(syscall.as_raw_syscall()).ok().or_else(own).map(|number| (number, true));
    }
    let only = [("uretprobe", 335, ScmpArch::X8664), ("riscv_hwprobe", 258, ScmpArch::Riscv64)];
    let known = only.into_iter().find(|(n, ..)| *n == name);
    if let Some((_, number, its)) = known {
        return (its == arch).then_some((number, false));
    }
    let newer = NEWER.iter().find(|(n, _)| *n == name)?;
    Some((base + newer.1, false))
}

/// socket(2) where libseccomp gives no number because of socketcall.
fn socket_number(arch: ScmpArch) -> Option<u32> {
    match arch {
        ScmpArch::X86 | ScmpArch::S390 | ScmpArch::S390X => Some(359),
        ScmpArch::Ppc | ScmpArch::Ppc64 | ScmpArch::Ppc64Le => Some(326),
        _ => None,
    }
}

/// System calls that a libseccomp of 2020 or later may not know. Since Linux 5.1 a new one has the same number everywhere
/// (plus the base of the table).
const NEWER: [(&str, u32); 31] = [
    ("epoll_pwait2", 441),
    ("mount_setattr", 442),
    ("quotactl_fd", 443),
    ("landlock_create_ruleset", 444),
    ("landlock_add_rule", 445),
    ("landlock_restrict_self", 446),
    ("memfd_secret", 447),
    ("process_mrelease", 448),
    ("futex_waitv", 449),
    ("set_mempolicy_home_node", 450),
    ("cachestat", 451),
    ("fchmodat2", 452),
    ("map_shadow_stack", 453),
    ("futex_wake", 454),
    ("futex_wait", 455),
    ("futex_requeue", 456),
    ("statmount", 457),
    ("listmount", 458),
    ("lsm_get_self_attr", 459),
    ("lsm_set_self_attr", 460),
    ("lsm_list_modules", 461),
    ("mseal", 462),
    ("setxattrat", 463),
    ("getxattrat", 464),
    ("listxattrat", 465),
    ("removexattrat", 466),
    ("open_tree_attr", 467),
    ("file_getattr", 468),
    ("file_setattr", 469),
    ("listns", 470),
    ("rseq_slice_yield", 471),
];

/// `AUDIT_ARCH_…` (linux/audit.h) and the first number of the table.
fn audit_arch(arch: ScmpArch) -> Option<(u32, u32)> {
    Some(match arch {
        ScmpArch::X86 => (0x4000_0003, 0),
        ScmpArch::X8664 => (prologue::AUDIT_ARCH_X86_64, 0),
        ScmpArch::X32 => (prologue::AUDIT_ARCH_X86_64, prologue::X32_BIT),
        ScmpArch::Arm => (0x4000_0028, 0),
        ScmpArch::Aarch64 => (0xc000_00b7, 0),
        ScmpArch::Loongarch64 => (0xc000_0102, 0),
        ScmpArch::Mips => (0x0000_0008, 4000),
        ScmpArch::Mips64 => (0x8000_0008, 5000),
        ScmpArch::Mips64N32 => (0xa000_0008, 6000),
        ScmpArch::Mipsel => (0x4000_0008, 4000),
        ScmpArch::Mipsel64 => (0xc000_0008, 5000),
        ScmpArch::Mipsel64N32 => (0xe000_0008, 6000),
        ScmpArch::Ppc => (0x0000_0014, 0),
        ScmpArch::Ppc64 => (0x8000_0015, 0),
        ScmpArch::Ppc64Le => (0xc000_0015, 0),
        ScmpArch::S390 => (0x0000_0016, 0),
        ScmpArch::S390X => (0x8000_0016, 0),
        ScmpArch::Riscv64 => (0xc000_00f3, 0),
        _ => return None,
    })
}

fn scmp_arch(arch: Arch) -> ScmpArch {
    match arch {
        Arch::X86 => ScmpArch::X86,
        Arch::X86_64 => ScmpArch::X8664,
        Arch::X32 => ScmpArch::X32,
        Arch::Arm => ScmpArch::Arm,
        Arch::Aarch64 => ScmpArch::Aarch64,
        Arch::Loongarch64 => ScmpArch::Loongarch64,
        Arch::Mips => ScmpArch::Mips,
        Arch::Mips64 => ScmpArch::Mips64,
        Arch::Mips64N32 => ScmpArch::Mips64N32,
        Arch::Mipsel => ScmpArch::Mipsel,
        Arch::Mipsel64 => ScmpArch::Mipsel64,
        Arch::Mipsel64N32 => ScmpArch::Mipsel64N32,
        Arch::Ppc => ScmpArch::Ppc,
        Arch::Ppc64 => ScmpArch::Ppc64,
        Arch::Ppc64le => ScmpArch::Ppc64Le,
        Arch::S390 => ScmpArch::S390,
        Arch::S390x => ScmpArch::S390X,
        Arch::Riscv64 => ScmpArch::Riscv64,
    }
}

fn scmp_action(action: Action) -> ScmpAction {
    match action {
        Action::Allow => ScmpAction::Allow,
        Action::Log => ScmpAction::Log,
        Action::Errno(errno) => ScmpAction::Errno(i32::from(errno)),
        Action::Trap => ScmpAction::Trap,
        Action::Trace(message) => ScmpAction::Trace(message),
        Action::KillThread => ScmpAction::KillThread,
        Action::KillProcess => ScmpAction::KillProcess,
    }
}

fn compare(condition: &Condition) -> ScmpArgCompare {
    let operator = match condition.operator {
        Operator::NotEqual => ScmpCompareOp::NotEqual,
        Operator::Less => ScmpCompareOp::Less,
        Operator::LessOrEqual => ScmpCompareOp::LessOrEqual,
        Operator::Equal => ScmpCompareOp::Equal,
        Operator::GreaterOrEqual => ScmpCompareOp::GreaterEqual,
        Operator::Greater => ScmpCompareOp::Greater,
        Operator::MaskedEqual { mask } => ScmpCompareOp::MaskedEqual(mask),
    };
    ScmpArgCompare::new(condition.index, operator, condition.value)
}
