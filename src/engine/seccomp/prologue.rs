//! The first instructions of a filter, written by ourselves: what libseccomp cannot say.
//!
//! - Refusals with conditions where the rest of the call is permitted (`ioctl`, but never TIOCSTI).
//! - System calls that are newer than the installed libseccomp.
//! - ENOSYS for system calls that are newer than the profile: EPERM would keep a C library from falling back to what
//!   it used before.

use super::bpf::{
    AND, ARCH, ARGUMENTS, IF_AT_LEAST, IF_EQUAL, IF_GREATER, Instruction, JUMP, LOAD, NUMBER, RETURN, branch,
    op,
};
use crate::model::seccomp::{Action, Condition, Operator};

/// Numbers of the x32 table have it; its calls come with the AUDIT_ARCH of x86_64.
pub(super) const X32_BIT: u32 = 0x4000_0000;

pub(super) const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;

const ENOSYS: u16 = 38;

/// A rule that goes first.
#[derive(Clone, Debug)]
pub(super) struct Special {
    pub(super) number: u32,
    pub(super) conditions: Vec<Condition>,
    pub(super) action: Action,
}

/// What goes first on one architecture.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) audit_arch: u32,
    pub(super) x32: bool,
    pub(super) specials: Vec<Special>,
    /// The last system call that libseccomp's part knows.
    pub(super) last_compiled: u32,
    /// The last one that the profile knows.
    pub(super) last_known: u32,
}

/// The instructions, to be followed by libseccomp's.
pub(super) fn build(default: Action, tables: &[Table]) -> Vec<Instruction> {
    let mut program = vec![op(LOAD, ARCH)];
    let mut leave = Vec::new(); // jumps to the end, patched when it is known
    for table in tables {
        let block = block(default, table);
        let mut inner = vec![op(LOAD, NUMBER)];
        if table.audit_arch == AUDIT_ARCH_X86_64 {
            // Two tables share it; the number tells which. A number of the other one leaves over the block.
            let (jt, jf) = if table.x32 { (1, 0) } else { (0, 1) };
            inner.push(branch(IF_AT_LEAST, X32_BIT, jt, jf));
            inner.push(match newer_fail(default) {
                // Nobody filters x32 calls: what a kernel without that table answers.
                true if !tables.iter().any(|t| t.x32) => op(RETURN, verdict(Action::Errno(ENOSYS))),
                _ => op(JUMP, block.len() as u32 + 1),
            });
        }
        inner.extend(block);
        inner.push(op(JUMP, 0));
        inner.push(op(LOAD, ARCH)); // for the next table
        program.push(branch(IF_EQUAL, table.audit_arch, 1, 0));
        program.push(op(JUMP, inner.len() as u32));
        leave.push(program.len() + inner.len() - 2);
        program.extend(inner);
    }
    let end = program.len();
    for place in leave {
        program[place].k = (end - place - 1) as u32;
    }
    program
}

/// Do calls that the profile's author did not know get ENOSYS? Not where everything is permitted, nor where they are to
/// end the process.
fn newer_fail(default: Action) -> bool {
    matches!(default, Action::Errno(_))
}

/// The tests of one table, with the number in the accumulator; falls out at its end when libseccomp's part decides.
fn block(default: Action, table: &Table) -> Vec<Instruction> {
    let mut block = Vec::new();
    let (old, new): (Vec<&Special>, Vec<&Special>) =
        table.specials.iter().partition(|s| s.number <= table.last_compiled);
    old.iter().for_each(|special| block.extend(test(special)));
    let mut newer = Vec::new();
    new.iter().for_each(|special| newer.extend(test(special)));
    if newer_fail(default) {
        newer.push(branch(IF_GREATER, table.last_known, 0, 1));
        newer.push(op(RETURN, verdict(Action::Errno(ENOSYS))));
    }
    block.push(branch(IF_GREATER, table.last_compiled, 1, 0));
    block.push(op(JUMP, newer.len() as u32));
    block.extend(newer);
    block
}

/// `if number == … && conditions { return action }`, with the number in the accumulator before and after.
fn test(special: &Special) -> Vec<Instruction> {
    let mut steps: Vec<Step> = special.conditions.iter().flat_map(condition).collect();
    steps.push(Step::Do(op(RETURN, verdict(special.action))));
    let length = steps.len();
    let mut result = vec![branch(IF_EQUAL, special.number, 1, 0)];
    // After a failed condition the accumulator holds an argument: the number is loaded again behind the return.
    let reload = !special.conditions.is_empty();
    result.push(op(JUMP, (length + usize::from(reload)) as u32));
    for (position, step) in steps.into_iter().enumerate() {
        result.push(match step {
            Step::Do(instruction) => instruction,
            Step::If { code, k, yes, no } => {
                // At most 6 conditions of 6 instructions: always within reach.
                let to = |target| match target {
                    To::Next => 0,
                    To::Skip(count) => count,
                    To::Fail => (length - position - 1) as u8,
                };
                branch(code, k, to(yes), to(no))
            }
        });
    }
    if reload {
        result.push(op(LOAD, NUMBER));
    }
    result
}

/// A step of a condition before its jumps are known.
enum Step {
    Do(Instruction),
    If { code: u16, k: u32, yes: To, no: To },
}

#[derive(Clone, Copy)]
enum To {
    Next,
    Skip(u8),
    Fail,
}

/// A comparison of a 64-bit argument by its halves.
fn condition(condition: &Condition) -> Vec<Step> {
    let (high, low) = ((condition.value >> 32) as u32, condition.value as u32);
    let offset = ARGUMENTS + 8 * condition.index;
    let (high_at, low_at) =
        if cfg!(target_endian = "big") { (offset, offset + 4) } else { (offset + 4, offset) };
    let load = |at| Step::Do(op(LOAD, at));
    let test = |code, k, yes, no| Step::If { code, k, yes, no };
    let equal = |k| test(IF_EQUAL, k, To::Next, To::Fail);
    match condition.operator {
        Operator::Equal => vec![load(high_at), equal(high), load(low_at), equal(low)],
        Operator::NotEqual => vec![
            load(high_at),
            test(IF_EQUAL, high, To::Next, To::Skip(2)),
            load(low_at),
            test(IF_EQUAL, low, To::Fail, To::Next),
        ],
        Operator::MaskedEqual { mask } => {
            let (mask_high, mask_low) = ((mask >> 32) as u32, mask as u32);
            let mut steps = Vec::new();
            if mask_high != 0 || high != 0 {
                steps.extend([load(high_at), Step::Do(op(AND, mask_high)), equal(high)]);
            }
            steps.extend([load(low_at), Step::Do(op(AND, mask_low)), equal(low)]);
            steps
        }
        Operator::Greater | Operator::GreaterOrEqual => vec![
            load(high_at),
            test(IF_GREATER, high, To::Skip(3), To::Next),
            equal(high),
            load(low_at),
            match condition.operator {
                Operator::Greater => test(IF_GREATER, low, To::Next, To::Fail),
                _ => test(IF_AT_LEAST, low, To::Next, To::Fail),
            },
        ],
        Operator::Less | Operator::LessOrEqual => vec![
            load(high_at),
            test(IF_GREATER, high, To::Fail, To::Next),
            test(IF_EQUAL, high, To::Next, To::Skip(2)),
            load(low_at),
            match condition.operator {
                Operator::Less => test(IF_AT_LEAST, low, To::Fail, To::Next),
                _ => test(IF_GREATER, low, To::Fail, To::Next),
            },
        ],
    }
}

/// `SECCOMP_RET_…` (linux/seccomp.h).
pub(super) fn verdict(action: Action) -> u32 {
    match action {
        Action::KillProcess => 0x8000_0000,
        Action::KillThread => 0,
        Action::Trap => 0x0003_0000,
        Action::Errno(errno) => 0x0005_0000 | u32::from(errno),
        Action::Trace(message) => 0x7ff0_0000 | u32::from(message),
        Action::Log => 0x7ffc_0000,
        Action::Allow => 0x7fff_0000,
    }
}
