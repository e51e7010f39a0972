//! Runs a filter program as the kernel would (net/core/filter.c, the subset that seccomp admits), for tests.

use super::bpf::{self, Instruction};

/// What a system call looks like to a filter (`struct seccomp_data`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Call {
    pub(super) number: i32,
    pub(super) arch: u32,
    pub(super) args: [u64; 6],
}

/// The value that the program returns; fails on anything that the kernel's checker would refuse.
pub(super) fn run(program: &[u8], call: &Call) -> Result<u32, String> {
    let mut data = Vec::with_capacity(64);
    data.extend(call.number.to_ne_bytes());
    data.extend(call.arch.to_ne_bytes());
    data.extend([0; 8]); // instruction pointer
    call.args.iter().for_each(|arg| data.extend(arg.to_ne_bytes()));
    let code = bpf::decode(program);
    let (mut at, mut a, mut memory) = (0, 0u32, [0u32; 16]);
    let mut x = 0u32;
    let jump = |yes: bool, jt: u8, jf: u8| usize::from(if yes { jt } else { jf });
    loop {
        let &Instruction { code: op, jt, jf, k } =
            code.get(at).ok_or_else(|| format!("jump out of the program to {at}"))?;
        at += 1;
        match op {
            bpf::LOAD => {
                let bytes = data.get(k as usize..k as usize + 4).ok_or_else(|| format!("load from {k}"))?;
                a = u32::from_ne_bytes(bytes.try_into().map_err(|_| "load")?);
            }
            bpf::AND => a &= k,
            bpf::JUMP => at += k as usize,
            bpf::IF_EQUAL => at += jump(a == k, jt, jf),
            bpf::IF_GREATER => at += jump(a > k, jt, jf),
            bpf::IF_AT_LEAST => at += jump(a >= k, jt, jf),
            bpf::IF_ANY_SET => at += jump(a & k != 0, jt, jf),
            bpf::STORE => memory[k as usize] = a,
            bpf::LOAD_MEMORY => a = memory[k as usize],
            bpf::TO_X => x = a,
            bpf::FROM_X => a = x,
            bpf::RETURN => return Ok(k),
            _ => return Err(format!("instruction {op:#x} at {}", at - 1)),
        }
    }
}
