//! Runs inside a container and says what it sees, as JSON on stdout. Static and without dependencies, so that it runs
//! in any image. Compiled by contrib/test.sh with plain rustc.
//!
//!     probe                      a report of everything
//!     probe calls                which forbidden system calls answer what
//!     probe paths PATH…          what each path is, and whether it can be read and written
//!     probe session [CMD…]       serial number of the session keyring; with CMD in a new one, before it becomes CMD
//!     probe hold-exe PID PATH    keeps /proc/PID/exe open, then tries to write to it
//!     probe play DIR FILE        plays the file system calls of FILE below DIR, and shows what came of them
//!     probe swap A B             says `swapping`, and exchanges the two for ever

mod play;

use std::ffi::{c_int, c_long};
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn isatty(fd: c_int) -> c_int;
    fn socket(family: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn getsid(pid: c_int) -> c_int;
    fn getpgid(pid: c_int) -> c_int;
    fn ioctl(fd: c_int, request: u64, ...) -> c_int;
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let text = match words.as_slice() {
        [] => report(),
        ["calls"] if outside() => {
            eprintln!("probe: these calls would take effect: inside a container only");
            std::process::exit(64);
        }
        ["calls"] => calls(),
        ["paths", paths @ ..] => object(paths.iter().map(|p| (p.to_string(), path(p)))),
        ["hold-exe", pid] => hold_exe(pid),
        ["winsize"] => winsize(),
        ["session"] => session().to_string(),
        ["session", program, words @ ..] => in_session(program, words),
        ["ping", address] => ping(address),
        ["play", base, script] => play::play(base, script),
        ["swap", one, other] => swap(one, other),
        _ => {
            eprintln!("probe: unknown words {words:?}");
            std::process::exit(64);
        }
    };
    println!("{text}");
}

const KEYCTL: c_long = if cfg!(target_arch = "x86_64") { 250 } else { 219 };

/// KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING; -1 without one.
fn session() -> c_long {
    // SAFETY: plain numbers.
    unsafe { syscall(KEYCTL, 0 as c_long, -3 as c_long, 0 as c_long) }
}

fn in_session(program: &str, words: &[&str]) -> String {
    // SAFETY: KEYCTL_JOIN_SESSION_KEYRING without a name.
    unsafe { syscall(KEYCTL, 1 as c_long, 0 as c_long) };
    println!("{}", session());
    let error = std::os::unix::process::CommandExt::exec(std::process::Command::new(program).args(words));
    format!("{error}")
}

/// Exchanges two names at one stroke (renameat2(2), RENAME_EXCHANGE), as fast as it goes.
fn swap(one: &str, other: &str) -> ! {
    const RENAMEAT2: c_long = if cfg!(target_arch = "x86_64") { 316 } else { 276 };
    let [one, other] = [one, other].map(|name| std::ffi::CString::new(name).expect("no NUL"));
    println!("swapping");
    loop {
        // One of them may be missing for a moment: somebody copies over it.
        // SAFETY: both are C strings.
        unsafe { syscall(RENAMEAT2, -100 as c_long, one.as_ptr(), -100 as c_long, other.as_ptr(), 2 as c_long) };
    }
}

/// Pings without a capability, through a socket of IPPROTO_ICMP (icmp(7), ping_group_range).
fn ping(address: &str) -> String {
    use std::os::fd::FromRawFd as _;
    // SAFETY: plain numbers.
    let fd = unsafe { socket(2, 2, 1) };
    if fd == -1 {
        return format!("socket: {}", std::io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's; what is used of UdpSocket holds for any datagram socket.
    let icmp = unsafe { std::net::UdpSocket::from_raw_fd(fd) };
    let echo = (|| {
        icmp.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
        icmp.connect((address, 1))?;
        icmp.send(&[8, 0, 0, 0, 0, 0, 0, 1])?;
        let mut reply = [0; 64];
        icmp.recv(&mut reply).map(|_| reply[0])
    })();
    match echo {
        Ok(0) => "pong".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Are these the machine's own ids, and not a user namespace's?
fn outside() -> bool {
    read("/proc/self/uid_map").split_whitespace().nth(2).is_none_or(|count| count == "4294967295")
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 32 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn object(pairs: impl Iterator<Item = (String, String)>) -> String {
    let pairs: Vec<_> = pairs.map(|(key, value)| format!("{}:{value}", quote(&key))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn report() -> String {
    let status = read("/proc/self/status");
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    let numbers = |text: &str| array(text.split_whitespace().map(str::to_owned));
    let rows = |path: &str| array(read(path).lines().map(numbers));
    let link = |path: String| fs::read_link(path).map(|p| p.display().to_string()).unwrap_or_default();
    let parts = vec![
        ("pid", std::process::id().to_string()),
        ("ppid", std::os::unix::process::parent_id().to_string()),
        ("sid", unsafe { getsid(0) }.to_string()),
        ("pgid", unsafe { getpgid(0) }.to_string()),
        ("uid", numbers(&field("Uid"))),
        ("gid", numbers(&field("Gid"))),
        ("groups", numbers(&field("Groups"))),
        ("uid_map", rows("/proc/self/uid_map")),
        ("gid_map", rows("/proc/self/gid_map")),
        ("setgroups", quote(read("/proc/self/setgroups").trim())),
        ("cap_inh", quote(&field("CapInh"))),
        ("cap_prm", quote(&field("CapPrm"))),
        ("cap_eff", quote(&field("CapEff"))),
        ("cap_bnd", quote(&field("CapBnd"))),
        ("cap_amb", quote(&field("CapAmb"))),
        ("no_new_privs", field("NoNewPrivs")),
        ("seccomp", field("Seccomp")),
        ("umask", quote(&field("Umask"))),
        ("sig_blocked", quote(&field("SigBlk"))),
        ("sig_ignored", quote(&field("SigIgn"))),
        ("threads", field("Threads")),
        ("oom_score_adj", read("/proc/self/oom_score_adj").trim().to_owned()),
        ("hostname", quote(read("/proc/sys/kernel/hostname").trim())),
        ("cgroup", quote(&read("/proc/self/cgroup"))),
        ("exe", quote(&link("/proc/self/exe".into()))),
        ("cwd", quote(&link("/proc/self/cwd".into()))),
        ("init", quote(read("/proc/1/comm").trim())),
        ("args", array(std::env::args().map(|a| quote(&a)))),
        (
            "env",
            object(
                std::env::vars_os().map(|(k, v)| (k.to_string_lossy().into(), quote(&v.to_string_lossy()))),
            ),
        ),
        ("fds", fds()),
        ("terminals", array((0..3).map(|fd| (unsafe { isatty(fd) } == 1).to_string()))),
        (
            "ns",
            object(
                ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]
                    .into_iter()
                    .map(|ns| (ns.to_owned(), quote(&link(format!("/proc/self/ns/{ns}"))))),
            ),
        ),
        ("mounts", mounts()),
        ("limits", limits()),
        ("dev", dev()),
        (
            "interfaces",
            array(
                read("/proc/self/net/dev")
                    .lines()
                    .skip(2)
                    .filter_map(|l| Some(quote(l.split_once(':')?.0.trim()))),
            ),
        ),
    ];
    object(parts.into_iter().map(|(k, v)| (k.to_owned(), if v.is_empty() { "null".into() } else { v })))
}

/// Open descriptors without the one that lists them.
fn fds() -> String {
    let mut found: Vec<(i32, String)> = Vec::new();
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        for entry in entries.flatten() {
            let Ok(fd) = entry.file_name().to_string_lossy().parse() else { continue };
            let target = fs::read_link(entry.path()).map(|p| p.display().to_string()).unwrap_or_default();
            found.push((fd, target));
        }
    }
    let own = format!("/proc/{}/fd", std::process::id());
    found.retain(|(_, target)| *target != own);
    found.sort();
    object(found.into_iter().map(|(fd, target)| (fd.to_string(), quote(&target))))
}

fn mounts() -> String {
    let text = read("/proc/self/mountinfo");
    array(text.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let left: Vec<&str> = left.split(' ').collect();
        let right: Vec<&str> = right.split(' ').collect();
        Some(object(
            [
                ("root", left[3].to_owned()),
                ("point", left[4].to_owned()),
                ("options", left[5].to_owned()),
                ("propagation", left[6..].join(" ")),
                ("type", right[0].to_owned()),
                ("source", right[1].to_owned()),
                ("super", right.get(2).copied().unwrap_or_default().to_owned()),
            ]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), quote(&v))),
        ))
    }))
}

fn limits() -> String {
    let text = read("/proc/self/limits");
    object(text.lines().skip(1).filter_map(|line| {
        let (name, rest) = (line.get(..25)?.trim(), line.get(25..)?);
        let mut words = rest.split_whitespace();
        Some((name.to_owned(), format!("[{},{}]", quote(words.next()?), quote(words.next()?))))
    }))
}

fn dev() -> String {
    let mut found: Vec<(String, String)> = Vec::new();
    if let Ok(entries) = fs::read_dir("/dev") {
        for entry in entries.flatten() {
            found.push((
                entry.file_name().to_string_lossy().into(),
                quote(&kind(&entry.path().display().to_string())),
            ));
        }
    }
    found.sort();
    object(found.into_iter())
}

/// `c 1:3 666`, `l /proc/self/fd`, `d 755`, `- 644 0:0`.
fn kind(path: &str) -> String {
    let Ok(meta) = fs::symlink_metadata(path) else { return "missing".into() };
    let mode = meta.permissions().mode() & 0o7777;
    let rdev = meta.rdev();
    let (major, minor) = ((rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00));
    let file_type = meta.file_type();
    if file_type.is_symlink() {
        format!("l {}", fs::read_link(path).map(|p| p.display().to_string()).unwrap_or_default())
    } else if file_type.is_char_device() {
        format!("c {major}:{minor} {mode:o}")
    } else if file_type.is_block_device() {
        format!("b {major}:{minor} {mode:o}")
    } else if file_type.is_dir() {
        format!("d {mode:o} {}:{}", meta.uid(), meta.gid())
    } else {
        format!("- {mode:o} {}:{}", meta.uid(), meta.gid())
    }
}

fn outcome<T>(result: std::io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(error) => error.raw_os_error().map_or_else(|| error.to_string(), name_of),
    }
}

fn path(path: &str) -> String {
    let is_dir = fs::metadata(path).is_ok_and(|m| m.is_dir());
    let read = if is_dir {
        fs::read_dir(path).map(|d| d.count()).map_err(Some)
    } else {
        let mut buffer = [0; 64];
        OpenOptions::new().read(true).open(path).and_then(|mut f| f.read(&mut buffer)).map_err(Some)
    };
    let size = read.as_ref().map_or(-1, |n| *n as i64);
    let write = if is_dir {
        let new = format!("{path}/.probe-{}", std::process::id());
        let made = fs::write(&new, "x");
        let _ = fs::remove_file(&new);
        made
    } else {
        OpenOptions::new().write(true).open(path).map(|_| ())
    };
    object(
        [
            ("kind", quote(&kind(path))),
            ("read", quote(&outcome(read.map_err(|e| e.unwrap_or_else(|| std::io::Error::other("none")))))),
            ("size", size.to_string()),
            ("write", quote(&outcome(write))),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v)),
    )
}

fn name_of(errno: i32) -> String {
    let name = match errno {
        1 => "EPERM",
        2 => "ENOENT",
        3 => "ESRCH",
        5 => "EIO",
        6 => "ENXIO",
        9 => "EBADF",
        13 => "EACCES",
        14 => "EFAULT",
        22 => "EINVAL",
        25 => "ENOTTY",
        26 => "ETXTBSY",
        30 => "EROFS",
        38 => "ENOSYS",
        97 => "EAFNOSUPPORT",
        other => return format!("errno {other}"),
    };
    name.to_owned()
}

/// Runs `call` in a child, because some of these take effect; gives "ok", the errno's name, or the signal.
fn attempt(call: impl FnOnce() -> c_long) -> String {
    unsafe {
        let child = fork();
        if child == 0 {
            let result = call();
            let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(255);
            _exit(if result >= 0 { 0 } else { errno });
        }
        let mut status = 0;
        waitpid(child, &mut status, 0);
        match (status & 0x7f, (status >> 8) & 0xff) {
            (0, 0) => "ok".into(),
            (0, errno) => name_of(errno),
            (signal, _) => format!("signal {signal}"),
        }
    }
}

/// Numbers of x86_64; invalid arguments that the kernel answers with something other than EPERM and ENOSYS.
#[cfg(target_arch = "x86_64")]
fn calls() -> String {
    const NEWUSER: c_long = 0x1000_0000;
    const NEWNS: c_long = 0x0002_0000;
    const TIOCSTI: u64 = 0x5412;
    const TIOCLINUX: u64 = 0x541c;
    let list: Vec<(&str, String)> = vec![
        ("acct", attempt(|| unsafe { syscall(163, c"/none".as_ptr()) })),
        ("add_key", attempt(|| unsafe { syscall(248, 0, 0, 0, 0, 0) })),
        ("af_alg", attempt(|| unsafe { syscall(41, 38, 5, 0) })),
        ("af_vsock", attempt(|| unsafe { syscall(41, 40, 1, 0) })),
        ("bpf", attempt(|| unsafe { syscall(321, 0, 0, 0) })),
        ("clone3", attempt(|| unsafe { syscall(435, 0, 0) })),
        ("clone_newuser", attempt(|| unsafe { syscall(56, NEWUSER | 17, 0, 0, 0, 0) })),
        ("delete_module", attempt(|| unsafe { syscall(176, c"none".as_ptr(), 0) })),
        ("finit_module", attempt(|| unsafe { syscall(313, -1, c"".as_ptr(), 0) })),
        ("fsopen", attempt(|| unsafe { syscall(430, c"tmpfs".as_ptr(), 0) })),
        ("io_uring_setup", attempt(|| unsafe { syscall(425, 1, 0) })),
        ("iopl", attempt(|| unsafe { syscall(172, 0) })),
        ("kexec_load", attempt(|| unsafe { syscall(246, 0, 0, 0, 0) })),
        ("keyctl", attempt(|| unsafe { syscall(250, 0, -3, 0) })),
        ("mount", attempt(|| unsafe { syscall(165, 0, c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, 0) })),
        ("move_mount", attempt(|| unsafe { syscall(429, -1, c"".as_ptr(), -1, c"".as_ptr(), 0) })),
        ("open_by_handle_at", attempt(|| unsafe { syscall(304, -1, 0, 0) })),
        ("open_tree", attempt(|| unsafe { syscall(428, -100, c"/".as_ptr(), 1) })),
        ("perf_event_open", attempt(|| unsafe { syscall(298, 0, 0, -1, -1, 0) })),
        ("personality_odd", attempt(|| unsafe { syscall(135, 0x0040_0000) })),
        ("pivot_root", attempt(|| unsafe { syscall(155, c"/".as_ptr(), c"/".as_ptr()) })),
        ("quotactl", attempt(|| unsafe { syscall(179, 0, 0, 0, 0) })),
        ("reboot", attempt(|| unsafe { syscall(169, 0, 0, 0, 0) })),
        ("request_key", attempt(|| unsafe { syscall(249, 0, 0, 0, 0) })),
        ("setns", attempt(|| unsafe { syscall(308, -1, 0) })),
        ("settimeofday", attempt(|| unsafe { syscall(164, 0, 0) })),
        ("swapon", attempt(|| unsafe { syscall(167, c"/none".as_ptr(), 0) })),
        ("syslog", attempt(|| unsafe { syscall(103, 10, 0, 0) })),
        ("tiocsti", attempt(|| unsafe { ioctl(0, TIOCSTI, c"x".as_ptr()).into() })),
        ("tiocsti_high_bits", attempt(|| unsafe { ioctl(0, TIOCSTI | 1 << 32, c"x".as_ptr()).into() })),
        ("tioclinux", attempt(|| unsafe { ioctl(0, TIOCLINUX, c"\x02".as_ptr()).into() })),
        ("umount", attempt(|| unsafe { syscall(166, c"/proc".as_ptr(), 2) })),
        ("unshare_mnt", attempt(|| unsafe { syscall(272, NEWNS) })),
        ("unshare_user", attempt(|| unsafe { syscall(272, NEWUSER) })),
        ("userfaultfd", attempt(|| unsafe { syscall(323, 0xffff_ffffu32) })),
        ("vhangup", attempt(|| unsafe { syscall(153) })),
        ("x32_getpid", attempt(|| unsafe { syscall(39 | 0x4000_0000) })),
        ("getpid", attempt(|| unsafe { syscall(39) })),
    ];
    object(list.into_iter().map(|(name, answer)| (name.to_owned(), quote(&answer))))
}

#[cfg(not(target_arch = "x86_64"))]
fn calls() -> String {
    "{}".into()
}

/// What CVE-2019-5736 did: keep a handle of the runtime's binary and write to it through /proc/self/fd.
fn hold_exe(pid: &str) -> String {
    let exe = format!("/proc/{pid}/exe");
    let target = fs::read_link(&exe).map(|p| p.display().to_string()).unwrap_or_default();
    let write = match OpenOptions::new().read(true).open(&exe) {
        Ok(held) => {
            let again = format!("/proc/self/fd/{}", held.as_raw_fd());
            outcome(OpenOptions::new().write(true).open(again).and_then(|mut f| f.write_all(b"overwritten")))
        }
        Err(error) => outcome::<()>(Err(error)),
    };
    let direct =
        outcome(OpenOptions::new().write(true).open(&exe).and_then(|mut f| f.write_all(b"overwritten")));
    object(
        [("target", target), ("reopened", write), ("direct", direct)]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), quote(&v))),
    )
}

/// Size of the terminal on stdin.
fn winsize() -> String {
    const TIOCGWINSZ: u64 = 0x5413;
    let mut size = [0u16; 4];
    let result = unsafe { ioctl(0, TIOCGWINSZ, size.as_mut_ptr()) };
    if result == 0 { format!("[{},{}]", size[0], size[1]) } else { "null".into() }
}
