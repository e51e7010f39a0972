//! What procfs tells of another process.

use std::io;
use std::path::Path;

use super::process_dir::ProcessDir;
use super::{Attempt, SysError, file};

/// What is read of a process at most.
const LIMIT: u64 = 64 * 1024;

/// When a process began, in clock ticks since boot (proc_pid_stat(5), field 22).
///
/// # Errors
/// ENOENT when it has ended.
pub fn start_time(pid: i32) -> Result<u64, SysError> {
    stat(pid, 22, "start time")
}

/// Names this boot of the machine (random(4)).
///
/// # Errors
/// None that the kernel documents.
pub fn boot_id() -> Result<String, SysError> {
    let text = file::read_text(Path::new("/proc/sys/kernel/random/boot_id"), LIMIT)?;
    Ok(text.trim_end().to_owned())
}

/// The kinds of namespaces, as procfs names them.
pub const NAMESPACES: [&str; 7] = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

/// The number of a namespace of a process (namespaces(7)).
///
/// # Errors
/// ENOENT when it has ended, EACCES when it is not the caller's.
pub fn namespace(pid: i32, kind: &str) -> Result<u64, SysError> {
    let what = || format!("read the {kind} namespace of process {pid}");
    let link = std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).attempt(what)?;
    let number = link.to_str().and_then(|link| link.split_once(":[")?.1.strip_suffix(']')?.parse().ok());
    number.ok_or_else(|| invalid(what()))
}

/// What `/proc/PID/stat` says of a process (proc_pid_stat(5)); times in clock ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Name of the program, at most 15 bytes.
    pub name: String,
    /// R, S, D, T (stopped), t (stopped by a tracer), Z (zombie) and so on.
    pub state: char,
    /// Pid of the parent.
    pub parent: i32,
    /// Device number of the controlling terminal; 0 is none.
    pub terminal: u32,
    /// Time in user mode, of the process and of the children that it has waited for.
    pub user: [u64; 2],
    /// Time in kernel mode, likewise.
    pub system: [u64; 2],
    /// From -20 to 19.
    pub nice: i64,
    /// How many threads.
    pub threads: u64,
    /// When it began, since boot.
    pub start: u64,
    /// Bytes of address space.
    pub virtual_size: u64,
    /// Pages in memory.
    pub resident: u64,
}

impl Stat {
    /// None for what is no such text.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at - 3)?.parse::<i64>().ok();
        let count = |at: usize| number(at)?.try_into().ok();
        Some(Self {
            name: head.split_once('(')?.1.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: i32::try_from(number(4)?).ok()?,
            terminal: (number(7)? as i32).cast_unsigned(),
            user: [count(14)?, count(16)?],
            system: [count(15)?, count(17)?],
            nice: number(19)?,
            threads: count(20)?,
            start: fields.get(22 - 3)?.parse().ok()?,
            virtual_size: fields.get(23 - 3)?.parse().ok()?,
            resident: fields.get(24 - 3)?.parse().ok()?,
        })
    }

    /// Has it ended, but for being waited for? A process whose first thread has ended may go on with the others.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x') && self.threads <= 1
    }
}

/// The value of a line of /proc/PID/status (proc_pid_status(5)).
pub fn status_line<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}

/// Does this signal wait for the process as a whole?
pub fn waits(status: &str, signal: i32) -> bool {
    let mask = status_line(status, "ShdPnd").and_then(|mask| u64::from_str_radix(mask, 16).ok());
    let bit = signal.checked_sub(1).and_then(|bit| u32::try_from(bit).ok()).filter(|bit| *bit < 64);
    bit.zip(mask).is_some_and(|(bit, mask)| mask >> bit & 1 == 1)
}

/// How many clock ticks a second has.
pub fn ticks_per_second() -> u64 {
    sysconf(nix::unistd::SysconfVar::CLK_TCK, 100)
}

/// How many bytes a page has.
pub fn page_size() -> u64 {
    sysconf(nix::unistd::SysconfVar::PAGE_SIZE, 4096)
}

fn sysconf(variable: nix::unistd::SysconfVar, usual: u64) -> u64 {
    nix::unistd::sysconf(variable).ok().flatten().and_then(|value| value.try_into().ok()).unwrap_or(usual)
}

/// Can a signal reach this process although it ignores what it has no handler for, as the first process of a pid
/// namespace does (pid_namespaces(7), "The namespace init process")? A blocked signal waits, and may be read by
/// signalfd(2) or sigwait(3).
///
/// # Errors
/// ENOENT when it has ended.
pub fn hears(pid: i32, signal: i32) -> Result<bool, SysError> {
    let text = file::read_text(Path::new(&format!("/proc/{pid}/status")), LIMIT)?;
    let told = hears_in(&text, signal);
    let told = told.ok_or_else(|| invalid(format!("read the signals of process {pid}")))?;
    Ok(told || waits_for_signals(pid))
}

/// Is one of its threads in sigtimedwait(2)? The kernel takes the signals that are waited for out of the mask of those that
/// are blocked as long as that lasts. Where it is not told what a thread sleeps in, it may be that.
fn waits_for_signals(pid: i32) -> bool {
    let Some(process) = ProcessDir::open(pid) else { return false };
    process.threads().into_iter().any(|(state, sleeps_in)| match state {
        'R' | 'Z' | 'X' => false,
        _ => sleeps_in.is_none_or(|function| function.starts_with("do_sigtimedwait")),
    })
}

fn hears_in(status: &str, signal: i32) -> Option<bool> {
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    let bit = u32::try_from(signal.checked_sub(1)?).ok().filter(|bit| *bit < 64)?;
    Some((mask("SigCgt:")? | mask("SigBlk:")?) >> bit & 1 == 1)
}

/// A numbered field of /proc/PID/stat after the name, which may hold blanks and brackets.
fn stat<T: std::str::FromStr>(pid: i32, number: usize, what: &str) -> Result<T, SysError> {
    let text = file::read_text(Path::new(&format!("/proc/{pid}/stat")), LIMIT)?;
    field(&text, number)
        .and_then(|field| field.parse().ok())
        .ok_or_else(|| invalid(format!("read the {what} of process {pid}")))
}

fn field(stat: &str, number: usize) -> Option<&str> {
    stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(number.checked_sub(3)?))
}

fn invalid(what: String) -> SysError {
    SysError::new(what, io::Error::from(io::ErrorKind::InvalidData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_name() {
        let text = "77 (a) b (c) S 12 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 9 9";
        assert_eq!((field(text, 4), field(text, 22)), (Some("12"), Some("4242")));
        assert_eq!((field("x", 4), field(text, 2)), (None, None));
        let own = std::process::id().cast_signed();
        assert!(start_time(own).unwrap() > 0 && hears(own, 10).is_ok());
        assert!(namespace(own, "net").unwrap() > 0 && namespace(own, "nosuch").is_err());
    }

    #[test]
    fn the_fields_of_stat() {
        let text = "77 (a) b (c) T 12 77 78 34817 -1 4194560 1 0 0 0 5 6 7 8 20 -3 2 0 4242 18446744073709551615 9 1";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.name.as_str(), stat.state, stat.parent, stat.terminal), ("a) b (c", 'T', 12, 34817));
        assert_eq!((stat.user, stat.system, stat.nice, stat.threads), ([5, 7], [6, 8], -3, 2));
        assert_eq!((stat.start, stat.virtual_size, stat.resident), (4242, u64::MAX, 9));
        for broken in ["", "77 (a", "77 (a) S 1", "77 (a) S 1 2 3 4 5 6 7 8 9 0 x"] {
            assert_eq!(Stat::parse(broken), None, "{broken}");
        }
        // The first thread of a program may end before the others.
        let dead = |state, threads| Stat { state, threads, ..stat.clone() }.is_dead();
        assert!(dead('Z', 1) && !dead('Z', 2) && !dead('T', 1));
    }

    #[test]
    fn lines_of_status() {
        let status = "Name:\tsh\nNSpid:\t77\t1\nShdPnd:\t0000000000040000\n";
        assert_eq!(status_line(status, "NSpid"), Some("77\t1"));
        assert_eq!(status_line(status, "NS"), None);
        assert!(waits(status, 19) && !waits(status, 18) && !waits("", 19) && !waits(status, 0));
    }

    #[test]
    fn handled_and_blocked_signals_are_heard() {
        let status =
            "Name:\tx\nSigBlk:\t0000000000000004\nSigIgn:\t0000000000000001\nSigCgt:\t8000000000004000\n";
        for (signal, want) in [(1, false), (3, true), (15, true), (9, false), (64, true)] {
            assert_eq!(hears_in(status, signal), Some(want), "{signal}");
        }
        for nonsense in [0, -1, 65] {
            assert_eq!(hears_in(status, nonsense), None);
        }
        assert_eq!(hears_in("", 15), None);
    }
}
