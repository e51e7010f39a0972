//! What procfs tells of another process.

use std::io;
use std::path::Path;

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

/// Can a signal reach this process although it ignores what it has no handler for, as the first process of a pid
/// namespace does (pid_namespaces(7), "The namespace init process")? A blocked signal waits, and may be read by
/// signalfd(2) or sigwait(3).
///
/// # Errors
/// ENOENT when it has ended.
pub fn hears(pid: i32, signal: i32) -> Result<bool, SysError> {
    let text = file::read_text(Path::new(&format!("/proc/{pid}/status")), LIMIT)?;
    hears_in(&text, signal).ok_or_else(|| invalid(format!("read the signals of process {pid}")))
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
