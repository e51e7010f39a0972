//! Runs a filter program as the kernel would (net/core/filter.c, the subset that seccomp admits), for tests.

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
    let code: Vec<(u16, usize, usize, u32)> = program
        .as_chunks::<8>()
        .0
        .iter()
        .map(|&[a, b, jt, jf, e, f, g, h]| {
            (u16::from_ne_bytes([a, b]), jt.into(), jf.into(), u32::from_ne_bytes([e, f, g, h]))
        })
        .collect();
    let (mut at, mut a, mut memory) = (0, 0u32, [0u32; 16]);
    let mut x = 0u32;
    loop {
        let &(op, jt, jf, k) = code.get(at).ok_or_else(|| format!("jump out of the program to {at}"))?;
        let jump = |yes: bool| if yes { jt } else { jf };
        at += 1;
        match op {
            0x20 => {
                let bytes = data.get(k as usize..k as usize + 4).ok_or_else(|| format!("load from {k}"))?;
                a = u32::from_ne_bytes(bytes.try_into().map_err(|_| "load")?);
            }
            0x54 => a &= k,
            0x05 => at += k as usize,
            0x15 => at += jump(a == k),
            0x25 => at += jump(a > k),
            0x35 => at += jump(a >= k),
            0x45 => at += jump(a & k != 0),
            0x02 => memory[k as usize] = a,
            0x60 => a = memory[k as usize],
            0x07 => x = a,
            0x87 => a = x,
            0x06 => return Ok(k),
            _ => return Err(format!("instruction {op:#x} at {}", at - 1)),
        }
    }
}
