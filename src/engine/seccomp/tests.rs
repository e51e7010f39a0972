//! Programs are judged by running them: a table of system calls and arguments, and what must happen to them.

use libseccomp::{ScmpArch, ScmpSyscall};

use super::interpret::{Call, run};
use super::prologue::verdict;
use super::*;
use crate::model::seccomp::Action;
use crate::spec::seccomp::{self as profile, Target, parse};

const X86_64: (u32, ScmpArch) = (0xc000_003e, ScmpArch::X8664);
const X86: (u32, ScmpArch) = (0x4000_0003, ScmpArch::X86);
const X32: (u32, ScmpArch) = (0xc000_003e, ScmpArch::X32);

/// docker's default capabilities.
const DEFAULT_CAPS: [u8; 14] = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31];
const CAP_SYS_ADMIN: u8 = 21;
const CAP_SYS_PTRACE: u8 = 19;

const ALLOW: Action = Action::Allow;
const EPERM: Action = Action::Errno(1);
const EINVAL: Action = Action::Errno(22);
const ENOSYS: Action = Action::Errno(38);

fn build(text: &str, capabilities: &[u8]) -> Vec<u8> {
    let target = Target { capabilities, machine: "x86_64", kernel: "6.18.44" };
    compile::compile(&profile::decide(&parse(text.as_bytes()).unwrap(), &target)).unwrap()
}

fn number(name: &str, arch: ScmpArch) -> i32 {
    let newer = [
        ("cachestat", 451),
        ("fchmodat2", 452),
        ("mseal", 462),
        ("removexattrat", 466),
        ("lsm_set_self_attr", 460),
        ("uretprobe", 335),
        ("open_tree_attr", 467),
        ("one_of_the_future", 600),
    ];
    let base = if arch == ScmpArch::X32 { prologue::X32_BIT as i32 } else { 0 };
    if (name, arch) == ("socket", ScmpArch::X86) {
        return 359; // libseccomp's answer is about socketcall
    }
    match newer.into_iter().find(|(n, _)| *n == name) {
        Some((_, number)) => number + base,
        None => ScmpSyscall::from_name_by_arch(name, arch).unwrap().as_raw_syscall(),
    }
}

#[track_caller]
fn check(program: &[u8], arch: (u32, ScmpArch), name: &str, args: &[u64], want: Action) {
    let mut call = Call { number: number(name, arch.1), arch: arch.0, args: [0; 6] };
    assert!(call.number >= 0, "{name} is not of this architecture");
    call.args[..args.len()].copy_from_slice(args);
    let got = run(program, &call).unwrap();
    assert_eq!(got, verdict(want), "{name} {args:x?} on {:?}: {got:#x}", arch.1);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn the_default_profile_with_default_capabilities() {
    let program = build(profile::DEFAULT_PROFILE, &DEFAULT_CAPS);
    const HIGH: u64 = 0xdead_beef_0000_0000; // what the kernel cuts off 32-bit arguments
    let cases: &[(&str, &[u64], Action)] = &[
        // What every program does.
        ("read", &[], ALLOW),
        ("execve", &[], ALLOW),
        ("openat", &[], ALLOW),
        ("openat2", &[], ALLOW),
        ("futex", &[], ALLOW),
        ("getrandom", &[], ALLOW),
        ("chroot", &[], ALLOW),
        ("setgroups", &[], ALLOW),
        ("seccomp", &[], ALLOW),
        ("mknod", &[], ALLOW),
        ("ptrace", &[], ALLOW),
        ("process_vm_readv", &[], ALLOW),
        ("rseq", &[], ALLOW),
        ("cachestat", &[], ALLOW),
        ("fchmodat2", &[], ALLOW),
        ("mseal", &[], ALLOW),
        ("removexattrat", &[], ALLOW),
        ("uretprobe", &[], ALLOW),
        ("landlock_restrict_self", &[], ALLOW),
        // New namespaces, in all the ways there are.
        ("unshare", &[0x1000_0000], EPERM),
        ("setns", &[], EPERM),
        ("clone", &[0x0100_0000 | 17], ALLOW),
        ("clone", &[0x003d_0f00], ALLOW),
        ("clone", &[0x1000_0000 | 17], EPERM),
        ("clone", &[0x0002_0000], EPERM),
        ("clone", &[0x4000_0000], EPERM),
        ("clone", &[0x0200_0000], EPERM),
        ("clone", &[0x7e02_0000], EPERM),
        ("clone", &[HIGH | 0x1000_0000], EPERM),
        ("clone3", &[], ENOSYS),
        // Mounts.
        ("mount", &[], EPERM),
        ("umount2", &[], EPERM),
        ("pivot_root", &[], EPERM),
        ("fsopen", &[], EPERM),
        ("open_tree", &[], EPERM),
        ("move_mount", &[], EPERM),
        ("mount_setattr", &[], EPERM),
        ("open_tree_attr", &[], ENOSYS),
        // The kernel's back rooms.
        ("keyctl", &[], EPERM),
        ("add_key", &[], EPERM),
        ("request_key", &[], EPERM),
        ("io_uring_setup", &[], EPERM),
        ("io_uring_enter", &[], EPERM),
        ("io_uring_register", &[], EPERM),
        ("bpf", &[], EPERM),
        ("perf_event_open", &[], EPERM),
        ("userfaultfd", &[], EPERM),
        ("init_module", &[], EPERM),
        ("finit_module", &[], EPERM),
        ("kexec_load", &[], EPERM),
        ("kexec_file_load", &[], EPERM),
        ("reboot", &[], EPERM),
        ("swapon", &[], EPERM),
        ("swapoff", &[], EPERM),
        ("acct", &[], EPERM),
        ("quotactl", &[], EPERM),
        ("syslog", &[], EPERM),
        ("iopl", &[], EPERM),
        ("ioperm", &[], EPERM),
        ("open_by_handle_at", &[], EPERM),
        ("name_to_handle_at", &[], ALLOW),
        ("fanotify_init", &[], EPERM),
        ("kcmp", &[], EPERM),
        ("pidfd_getfd", &[], EPERM),
        ("process_madvise", &[], EPERM),
        ("move_pages", &[], EPERM),
        ("mbind", &[], EPERM),
        ("settimeofday", &[], EPERM),
        ("clock_settime", &[], EPERM),
        ("sethostname", &[], EPERM),
        ("vhangup", &[], EPERM),
        ("nfsservctl", &[], EPERM),
        ("uselib", &[], EPERM),
        ("ustat", &[], EPERM),
        ("sysfs", &[], EPERM),
        ("lookup_dcookie", &[], EPERM),
        ("lsm_set_self_attr", &[], EPERM),
        // Terminals.
        ("ioctl", &[0, 0x5401], ALLOW),
        ("ioctl", &[0, 0x5413], ALLOW),
        ("ioctl", &[0, 0x5412], EPERM),
        ("ioctl", &[0, HIGH | 0x5412], EPERM),
        ("ioctl", &[0, 0x541c], EPERM),
        ("ioctl", &[0, HIGH | 0x541c], EPERM),
        ("ioctl", &[0x5412, 0x5401], ALLOW),
        // Sockets.
        ("socket", &[1, 1, 0], ALLOW),
        ("socket", &[2, 1, 6], ALLOW),
        ("socket", &[10, 2, 17], ALLOW),
        ("socket", &[16, 3, 0], ALLOW),
        ("socket", &[16, 3, 9], ALLOW), // CAP_AUDIT_WRITE is there
        ("socket", &[38, 5, 0], EPERM),
        ("socket", &[HIGH | 38, 5, 0], EPERM),
        ("socket", &[40, 1, 0], EPERM),
        ("socket", &[HIGH | 40, 1, 0], EPERM),
        ("socket", &[44, 3, 0], ALLOW),
        ("socketpair", &[1, 1, 0], ALLOW),
        // Personalities.
        ("personality", &[0], ALLOW),
        ("personality", &[8], ALLOW),
        ("personality", &[0x20000], ALLOW),
        ("personality", &[0x20008], ALLOW),
        ("personality", &[0xffff_ffff], ALLOW),
        ("personality", &[0x0040_0000], EPERM), // READ_IMPLIES_EXEC
        ("personality", &[0x0004_0000], EPERM), // ADDR_NO_RANDOMIZE
        // What nobody has heard of.
        ("one_of_the_future", &[], ENOSYS),
    ];
    for (name, args, want) in cases {
        check(&program, X86_64, name, args, *want);
    }
    // The same with the x32 table, which docker filters too.
    let x32 =
        profile::DEFAULT_PROFILE.replace("[\"SCMP_ARCH_X86\"]", "[\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]");
    let x32 = build(&x32, &DEFAULT_CAPS);
    check(&program, X32, "read", &[], ENOSYS);
    check(&x32, X86_64, "read", &[], ALLOW);
    for (program, arch) in [(&program, X86), (&x32, X86), (&x32, X32)] {
        for (name, args, want) in [
            ("read", &[][..], ALLOW),
            ("unshare", &[], EPERM),
            ("clone", &[0x1000_0011], EPERM),
            ("clone", &[17], ALLOW),
            ("clone3", &[], ENOSYS),
            ("ioctl", &[0, 0x5412], EPERM),
            ("ioctl", &[0, 0x5401], ALLOW),
            ("socket", &[38], EPERM),
            ("socket", &[1], ALLOW),
            ("keyctl", &[], EPERM),
            ("fchmodat2", &[], ALLOW),
            ("one_of_the_future", &[], ENOSYS),
        ] {
            check(program, arch, name, args, want);
        }
    }
    check(&program, X86, "socketcall", &[1], ALLOW);
    check(&program, X86, "modify_ldt", &[], ALLOW);
    check(&program, X86, "vm86", &[], EPERM);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn capabilities_open_their_calls() {
    let mut caps = DEFAULT_CAPS.to_vec();
    caps.extend([CAP_SYS_PTRACE, CAP_SYS_ADMIN]);
    caps.retain(|cap| *cap != 29); // CAP_AUDIT_WRITE
    let program = build(profile::DEFAULT_PROFILE, &caps);
    for (name, args, want) in [
        ("unshare", &[0x1000_0000][..], ALLOW),
        ("clone", &[0x1000_0000], ALLOW),
        ("clone3", &[], ALLOW),
        ("mount", &[], ALLOW),
        ("setns", &[], ALLOW),
        ("bpf", &[], ALLOW),
        ("kcmp", &[], ALLOW),
        ("lsm_set_self_attr", &[], ALLOW),
        ("init_module", &[], EPERM),
        ("keyctl", &[], EPERM),
        ("userfaultfd", &[], EPERM),
        ("ioctl", &[0, 0x5412], EPERM),
        ("socket", &[16, 3, 9], EINVAL),
        ("socket", &[16, 3, 15], ALLOW),
    ] {
        check(&program, X86_64, name, args, want);
    }
    let none = build(profile::DEFAULT_PROFILE, &[]);
    check(&none, X86_64, "chroot", &[], EPERM);
    check(&none, X86_64, "ptrace", &[], ALLOW);
}

/// Every comparison, at the edges of both halves, in the part of ours and in libseccomp's.
#[test]
#[cfg(target_arch = "x86_64")]
fn comparisons() {
    let value = 0x0000_0005_0000_0007u64;
    let probes =
        [0, 7, value - 1, value, value + 1, 0x0000_0004_ffff_ffff, 0x0000_0006_0000_0000, u64::MAX, 5 << 32];
    type Holds = fn(u64, u64) -> bool;
    let operators: [(&str, Holds); 6] = [
        ("NE", |a, b| a != b),
        ("LT", |a, b| a < b),
        ("LE", |a, b| a <= b),
        ("EQ", |a, b| a == b),
        ("GE", |a, b| a >= b),
        ("GT", |a, b| a > b),
    ];
    for (word, holds) in operators {
        let rule = |action: &str| {
            format!(
                r#"{{"names":["mkdir"],"action":"{action}","errnoRet":5,
                "args":[{{"index":1,"value":{value},"op":"SCMP_CMP_{word}"}}]}}"#
            )
        };
        let ours = format!(
            r#"{{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{{"names":["mkdir","read"],"action":"SCMP_ACT_ALLOW"}},{}]}}"#,
            rule("SCMP_ACT_ERRNO")
        );
        let theirs =
            format!(r#"{{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{}]}}"#, rule("SCMP_ACT_ERRNO"));
        for text in [ours, theirs] {
            let program = build(&text, &[]);
            for probe in probes {
                let want = if holds(probe, value) { Action::Errno(5) } else { ALLOW };
                check(&program, X86_64, "mkdir", &[0, probe], want);
                check(&program, X86_64, "read", &[0, probe], ALLOW);
            }
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn what_wins() {
    // A permission for some arguments beside a general refusal, and two rules on one argument ("either").
    let text = r#"{"defaultAction":"SCMP_ACT_KILL","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
        {"names":["mkdir"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":5,"op":"SCMP_CMP_EQ"}]},
        {"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13},
        {"names":["rmdir"],"action":"SCMP_ACT_ALLOW"},
        {"names":["rmdir"],"action":"SCMP_ACT_TRAP"},
        {"names":["dup3"],"action":"SCMP_ACT_LOG","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},
            {"index":0,"value":2,"op":"SCMP_CMP_EQ"}]},
        {"names":["no_such_call","read"],"action":"SCMP_ACT_ALLOW"}]}"#;
    let program = build(text, &[]);
    for (name, args, want) in [
        ("mkdir", &[0, 5][..], ALLOW),
        ("mkdir", &[0, 6], Action::Errno(13)),
        ("rmdir", &[], Action::Trap),
        ("dup3", &[1], Action::Log),
        ("dup3", &[2], Action::Log),
        ("dup3", &[3], Action::KillThread),
        ("read", &[], ALLOW),
        ("one_of_the_future", &[], Action::KillThread),
    ] {
        check(&program, X86_64, name, args, want);
    }
}
