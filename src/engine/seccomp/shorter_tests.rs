//! The shortened program is judged by the long one: the same verdicts, for profiles and for programs that nobody wrote.

use proptest::prelude::*;

use super::assemble::shorten;
use super::bpf::{self, Instruction, branch, op};
use super::interpret::{Call, run};
use crate::spec::seccomp::{self as profile, Target, parse};

/// What edge cases of both are made of.
const WORDS: [u64; 12] = [
    0,
    1,
    2,
    17,
    40,
    0x5412,
    0x1000_0000,
    0x1000_0011,
    0x003d_0f00,
    0xffff_ffff,
    0xdead_beef_0000_0010,
    u64::MAX,
];
const ARCHES: [u32; 6] = [0, 0x4000_0003, 0xc000_003e, 0xc000_00b7, 0xc000_003f, u32::MAX];

/// Both as bytes.
fn same((long, short): &(Vec<u8>, Vec<u8>), call: &Call) -> Result<(), TestCaseError> {
    let (long, short) = (run(long, call), run(short, call));
    prop_assert!(long.is_ok() && long == short, "{call:x?}: {long:x?} became {short:x?}");
    Ok(())
}

fn long_program(text: &str, capabilities: &[u8]) -> Vec<Instruction> {
    let target = Target { capabilities, machine: "x86_64", kernel: "6.18.44" };
    super::compile::translate(&profile::decide(&parse(text.as_bytes()).unwrap(), &target)).unwrap()
}

#[test]
fn the_default_profile_decides_the_same() {
    let all: Vec<u8> = (0..41).collect();
    for capabilities in [&[0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31][..], &all] {
        let long = long_program(profile::DEFAULT_PROFILE, capabilities);
        let short = shorten(long.clone());

        assert!(short.len() < 400 && long.len() > 2 * short.len(), "{} of {}", short.len(), long.len());
        let both = (bpf::encode(&long), bpf::encode(&short));
        let numbers = (0..600).chain(0x4000_0000..0x4000_0260).chain([-1, i32::MIN, i32::MAX, 0x3fff_ffff]);
        for (arch, number) in ARCHES.iter().flat_map(|arch| numbers.clone().map(move |n| (*arch, n))) {
            for (at, word) in WORDS.iter().enumerate() {
                let mut args = [*word; 6];
                args[at % 6] = WORDS[(at + 5) % WORDS.len()];
                same(&both, &Call { number, arch, args }).unwrap();
            }
        }
    }
}

/// More than a conditional jump reaches: every second call has a question of its own.
#[test]
fn long_ways_are_gone_in_several_jumps() {
    let mut long = vec![op(bpf::LOAD, bpf::NUMBER)];
    for number in (0..900).step_by(2) {
        long.push(branch(bpf::IF_EQUAL, number, 0, 3));
        long.push(op(bpf::LOAD, bpf::ARGUMENTS));
        long.push(branch(bpf::IF_GREATER, 7 * number, 0, 1));
        long.push(op(bpf::RETURN, number));
        // Behind it the number again, as it may be another one.
        long.push(op(bpf::LOAD, bpf::NUMBER));
    }
    long.push(op(bpf::RETURN, u32::MAX));
    let short = shorten(long.clone());
    assert!(short.len() < long.len(), "{} of {}", short.len(), long.len());
    let both = (bpf::encode(&long), bpf::encode(&short));
    for number in 0..1000 {
        for arg in [0, 7 * number, 7 * number + 1, 7000] {
            let call = Call { number: number as i32, arch: 0, args: [arg, 0, 0, 0, 0, 0] };
            same(&both, &call).unwrap();
        }
    }
}

fn instruction(left: usize) -> impl Strategy<Value = Instruction> {
    let word = prop_oneof![
        3 => Just(bpf::NUMBER),
        1 => Just(bpf::ARCH),
        3 => (0u32..12).prop_map(|word| bpf::ARGUMENTS + 4 * word)
    ];
    let small = || prop_oneof![0u32..12, Just(0x4000_0000), Just(0xc000_003e), Just(u32::MAX), any::<u32>()];
    let mask = prop_oneof![Just(7u32), Just(0xfffc), Just(0x4000_0000), Just(0), Just(u32::MAX)];
    let code = prop_oneof![
        Just(bpf::IF_EQUAL),
        Just(bpf::IF_GREATER),
        Just(bpf::IF_AT_LEAST),
        Just(bpf::IF_ANY_SET)
    ];
    let far = left.min(255) as u8;
    let jump = (code, small(), 0..=far, 0..=far).prop_map(|(code, k, jt, jf)| branch(code, k, jt, jf));
    prop_oneof![
        3 => word.prop_map(|k| op(bpf::LOAD, k)),
        6 => jump,
        1 => mask.prop_map(|k| op(bpf::AND, k)),
        1 => (0u32..3).prop_map(|k| op(bpf::STORE, k)),
        1 => (0u32..3).prop_map(|k| op(bpf::LOAD_MEMORY, k)),
        1 => prop_oneof![Just(op(bpf::TO_X, 0)), Just(op(bpf::FROM_X, 0))],
        1 => (0u32..4).prop_map(|k| op(bpf::RETURN, k)),
        1 => (0..=left.min(4) as u32).prop_map(|k| op(bpf::JUMP, k)),
    ]
}

/// Registers and memory are set first, as the kernel's checker demands; the last instruction returns.
fn program() -> impl Strategy<Value = Vec<Instruction>> {
    let body = (1usize..40)
        .prop_flat_map(|length| (0..length).map(|at| instruction(length - at - 1)).collect::<Vec<_>>());
    body.prop_map(|body| {
        let mut program = vec![op(bpf::LOAD, bpf::NUMBER), op(bpf::TO_X, 0)];
        program.extend((0..3).map(|k| op(bpf::STORE, k)));
        program.extend(body);
        program.push(op(bpf::RETURN, 99));
        program
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_program_decides_the_same(
        long in program(),
        numbers in prop::collection::vec(prop_oneof![-2i32..14, any::<i32>()], 4),
        args in prop::collection::vec(prop_oneof![0u64..14, any::<u64>()], 6),
    ) {
        let short = shorten(long.clone());
        prop_assert!(short.len() <= long.len());
        let both = (bpf::encode(&long), bpf::encode(&short));
        for number in (-1..14).chain([0x4000_0000, 0x4000_0001]).chain(numbers) {
            for arch in [0, 0xc000_003e, u32::MAX] {
                for first in (0..12).step_by(3).chain([args[0]]) {
                    let mut args: [u64; 6] = args.clone().try_into().unwrap();
                    args[0] = first;
                    same(&both, &Call { number, arch, args })?;
                }
            }
        }
    }
}
