//! Classic BPF as seccomp admits it (linux/filter.h): one accumulator, jumps forward only, conditional ones at most 255
//! far. What a program looks at is `struct seccomp_data` (linux/seccomp.h).

use crate::sys::seccomp::INSTRUCTION;

/// `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) code: u16,
    pub(super) jt: u8,
    pub(super) jf: u8,
    pub(super) k: u32,
}

pub(super) const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
pub(super) const LOAD_MEMORY: u16 = 0x60; // BPF_LD | BPF_MEM
pub(super) const STORE: u16 = 0x02; // BPF_ST
pub(super) const AND: u16 = 0x54; // BPF_ALU | BPF_AND | BPF_K
pub(super) const TO_X: u16 = 0x07; // BPF_MISC | BPF_TAX
pub(super) const FROM_X: u16 = 0x87; // BPF_MISC | BPF_TXA
pub(super) const JUMP: u16 = 0x05; // BPF_JMP | BPF_JA
pub(super) const IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
pub(super) const IF_GREATER: u16 = 0x25; // BPF_JMP | BPF_JGT | BPF_K
pub(super) const IF_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
pub(super) const IF_ANY_SET: u16 = 0x45; // BPF_JMP | BPF_JSET | BPF_K
pub(super) const RETURN: u16 = 0x06; // BPF_RET | BPF_K

/// `offsetof(struct seccomp_data, nr)`.
pub(super) const NUMBER: u32 = 0;
/// `offsetof(struct seccomp_data, arch)`.
pub(super) const ARCH: u32 = 4;
/// `offsetof(struct seccomp_data, args)`; six of eight bytes.
pub(super) const ARGUMENTS: u32 = 16;

/// An instruction that does not branch.
pub(super) fn op(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

/// A conditional jump.
pub(super) fn branch(code: u16, k: u32, jt: u8, jf: u8) -> Instruction {
    Instruction { code, jt, jf, k }
}

/// What a conditional jump asks of the accumulator; none for what is no conditional jump.
pub(super) fn holds(code: u16, accumulator: u32, k: u32) -> Option<bool> {
    match code {
        IF_EQUAL => Some(accumulator == k),
        IF_GREATER => Some(accumulator > k),
        IF_AT_LEAST => Some(accumulator >= k),
        IF_ANY_SET => Some(accumulator & k != 0),
        _ => None,
    }
}

/// The instructions of a program; an incomplete one at its end is left out.
pub(super) fn decode(program: &[u8]) -> Vec<Instruction> {
    let of = |&[a, b, jt, jf, e, f, g, h]: &[u8; INSTRUCTION]| Instruction {
        code: u16::from_ne_bytes([a, b]),
        jt,
        jf,
        k: u32::from_ne_bytes([e, f, g, h]),
    };
    program.as_chunks().0.iter().map(of).collect()
}

/// Bytes as the kernel takes them.
pub(super) fn encode(program: &[Instruction]) -> Vec<u8> {
    program
        .iter()
        .flat_map(|i| {
            let ([a, b], [e, f, g, h]) = (i.code.to_ne_bytes(), i.k.to_ne_bytes());
            [a, b, i.jt, i.jf, e, f, g, h]
        })
        .collect()
}
