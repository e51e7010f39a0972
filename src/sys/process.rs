//! Processes: fork, clone3, waiting, and the per-process switches of prctl(2).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::unistd::ForkResult;
use rustix::process::{Pid, WaitOptions};

pub use super::procfs::start_time;
use super::{Attempt, SysError};

/// clone(2): the child starts in the cgroup that `cgroup` names (the libc crate has it too narrow).
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Namespaces to create, as `CLONE_NEW*` bits.
pub type CloneFlags = u64;

/// The child side or the parent side of a clone.
pub enum Cloned {
    /// In the new process.
    Child,
    /// In the old one: the child's pid as seen here, and a descriptor that names it without races.
    Parent {
        /// Process id.
        pid: i32,
        /// pidfd, close-on-exec.
        pidfd: OwnedFd,
    },
}

/// Forks.
///
/// # Errors
/// EAGAIN at a process limit, ENOMEM.
pub fn fork() -> Result<Option<i32>, SysError> {
    // SAFETY: rctr starts no thread before it forks (the run path has none at all), so the child may go on
    // using the allocator and every lock.
    match unsafe { nix::unistd::fork() }.attempt(|| "fork")? {
        ForkResult::Child => Ok(None),
        ForkResult::Parent { child } => Ok(Some(child.as_raw())),
    }
}

/// clone3(2) with these `CLONE_NEW*` flags, a pidfd, and `SIGCHLD` at the end; the child goes on like after fork(2).
///
/// # Errors
/// EPERM, ENOSPC (namespace quota), EAGAIN.
pub fn clone3(namespaces: CloneFlags, cgroup: Option<BorrowedFd<'_>>) -> Result<Cloned, SysError> {
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain old data for which all-zeroes is "nothing asked".
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = namespaces | libc::CLONE_PIDFD as u64;
    args.pidfd = (&raw mut pidfd) as u64;
    args.exit_signal = libc::SIGCHLD as u64;
    if let Some(cgroup) = cgroup {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: without CLONE_VM and without a stack this is fork(2): the child has a copy of everything. The process
    // has a single thread. `args` and `pidfd` outlive the call.
    let result = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of::<libc::clone_args>()) };
    match result {
        -1 => Err(io::Error::last_os_error()).attempt(|| "create the container's namespaces"),
        0 => Ok(Cloned::Child),
        // SAFETY: the kernel has just made this descriptor for us.
        pid => Ok(Cloned::Parent { pid: pid as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } }),
    }
}

/// Ends this process at once, without running anything of the runtime.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit(2) does not return and touches no memory of ours.
    unsafe { libc::_exit(code) }
}

/// Waits for a child and gives its exit code, 128+n when signal n ended it.
///
/// # Errors
/// ECHILD.
pub fn wait(pid: i32) -> Result<i32, SysError> {
    let what = || format!("wait for process {pid}");
    let child = Pid::from_raw(pid).ok_or(rustix::io::Errno::CHILD).attempt(what)?;
    loop {
        match rustix::process::waitpid(Some(child), WaitOptions::empty()) {
            Ok(Some((_, status))) => {
                if let Some(code) = exit_code(status) {
                    return Ok(code);
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno).attempt(what),
        }
    }
}

/// The next child that has ended, with its exit code as [`wait`] gives it; none when no child has ended, or none is left.
///
/// # Errors
/// None that the kernel documents.
pub fn reap_any() -> Result<Option<(i32, i32)>, SysError> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                if let Some(code) = exit_code(status) {
                    return Ok(Some((pid.as_raw_nonzero().get(), code)));
                }
            }
            Ok(None) | Err(rustix::io::Errno::CHILD) => return Ok(None),
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno).attempt(|| "wait for a child"),
        }
    }
}

/// nix has no name for real-time signals and fails on them, with the child already gone.
fn exit_code(status: rustix::process::WaitStatus) -> Option<i32> {
    status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal))
}

/// Sends a signal through a pidfd.
///
/// # Errors
/// ESRCH when the process has ended, EINVAL for a number that is no signal.
pub fn pidfd_signal(pidfd: BorrowedFd<'_>, signal: i32) -> Result<(), SysError> {
    // SAFETY: no pointers but a null siginfo, which pidfd_send_signal(2) allows.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    check(result, || format!("send signal {signal} to the container"))
}

/// Opens a pidfd.
///
/// # Errors
/// ESRCH.
pub fn pidfd_open(pid: i32) -> Result<OwnedFd, SysError> {
    let pid = Pid::from_raw(pid).ok_or_else(|| {
        SysError::new(format!("open process {pid}"), io::Error::from_raw_os_error(libc::ESRCH))
    })?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
        .attempt(|| format!("open process {}", pid.as_raw_nonzero()))
}

/// Makes the process's memory, descriptors and executable unreachable for others of its user, also from inside its
/// user namespace (PR_SET_DUMPABLE; ptrace(2), "Ptrace access mode checking").
///
/// # Errors
/// None that the kernel documents.
pub fn set_undumpable() -> Result<(), SysError> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .attempt(|| "make the process undumpable")
}

/// Lets others of the process's user look at it, or not; see [`set_undumpable`].
///
/// # Errors
/// None that the kernel documents.
pub fn set_dumpable(dumpable: bool) -> Result<(), SysError> {
    use rustix::process::DumpableBehavior::{Dumpable, NotDumpable};
    let behavior = if dumpable { Dumpable } else { NotDumpable };
    rustix::process::set_dumpable_behavior(behavior).attempt(|| "let others look at the process")
}

/// Gives memory that the allocator holds and nobody uses back to the kernel (malloc_trim(3)).
pub fn trim_memory() {
    // SAFETY: takes a plain number; what is in use stays where it is. Where nothing can be given back it does nothing.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Renames this process for ps(1) and wipes its command line, which /proc/PID/cmdline shows to everybody, also to a
/// container that this process lives in. `std::env::args` gives empty words afterwards.
///
/// # Errors
/// None that the kernel documents.
pub fn disguise(name: &std::ffi::CStr) -> Result<(), SysError> {
    unsafe extern "C" {
        /// glibc(3): points to the first argument as the kernel has put it.
        static program_invocation_name: *mut libc::c_char;
    }
    let length: usize = std::env::args_os().map(|word| word.len() + 1).sum();
    // SAFETY: the kernel puts the arguments one after the other, each with its NUL (execve(2)), into writable memory;
    // nothing else in this single-threaded process looks at them meanwhile.
    unsafe {
        let first = program_invocation_name;
        if length > 0 && !first.is_null() {
            std::ptr::write_bytes(first, 0, length);
            let shown = name.to_bytes().len().min(length - 1);
            std::ptr::copy_nonoverlapping(name.as_ptr(), first, shown);
        }
    }
    rustix::thread::set_name(name).attempt(|| "rename the process")
}

/// Has the kernel kill this process when the one that made it ends (PR_SET_PDEATHSIG).
///
/// # Errors
/// None that the kernel documents.
pub fn die_with_parent() -> Result<(), SysError> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .attempt(|| "tie the process to its parent")
}

/// Leaves the caller's session keyring (its tickets and passwords) for a new, empty one. Fine where keys cannot be had
/// at all: a kernel without them, an outer container that forbids them.
///
/// # Errors
/// EDQUOT (keyrings(7), "/proc/sys/kernel/keys/maxkeys").
pub fn new_session_keyring() -> Result<(), SysError> {
    let join = libc::c_long::from(libc::KEYCTL_JOIN_SESSION_KEYRING);
    // SAFETY: a null name asks for a keyring without one; nothing else is read.
    let result = unsafe { libc::syscall(libc::SYS_keyctl, join, std::ptr::null::<libc::c_char>()) };
    match check(result, || "make a session keyring") {
        Err(error) if [libc::ENOSYS, libc::EPERM].contains(&error.errno()) => Ok(()),
        other => other,
    }
}

/// Marks every descriptor from `first` on close-on-exec, or closes them at once.
///
/// # Errors
/// ENOSYS before Linux 5.9 (closing) and 5.11 (marking).
pub fn close_from(first: u32, on_exec: bool) -> Result<(), SysError> {
    let flags = if on_exec { libc::CLOSE_RANGE_CLOEXEC } else { 0 };
    // SAFETY: no pointers. Closing descriptors that Rust values own is only done right before exec or exit.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, flags) };
    check(result, || "close inherited descriptors")
}

/// Sets the supplementary groups. Where the user namespace denies that (user_namespaces(7), "setgroups"), they stay
/// as they are: leaving a group could open what is closed to its members.
///
/// # Errors
/// EPERM without CAP_SETGID, EINVAL when a group has no mapping.
pub fn set_groups(groups: &[u32]) -> Result<(), SysError> {
    // SAFETY: pointer and length come from one slice. The raw call changes this thread, which is the only one.
    let result = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
    let done = check(result, || format!("set supplementary groups {groups:?}"));
    match done {
        Err(error) if error.errno() == libc::EPERM && setgroups_denied() => Ok(()),
        other => other,
    }
}

fn setgroups_denied() -> bool {
    super::file::read_text(std::path::Path::new("/proc/self/setgroups"), 16)
        .is_ok_and(|t| t.trim_end() == "deny")
}

/// Becomes `uid`/`gid` in the current user namespace, all three ids each. Supplementary groups are set when given.
///
/// # Errors
/// EINVAL when an id has no mapping, EPERM when setgroups is denied.
pub fn become_ids(uid: u32, gid: u32, groups: Option<&[u32]>) -> Result<(), SysError> {
    if let Some(groups) = groups {
        set_groups(groups)?;
    }
    // SAFETY: plain numbers; the raw calls change this thread, which is the only one.
    check(unsafe { libc::syscall(libc::SYS_setresgid, gid, gid, gid) }, || format!("become group {gid}"))?;
    // SAFETY: as above.
    check(unsafe { libc::syscall(libc::SYS_setresuid, uid, uid, uid) }, || format!("become user {uid}"))
}

/// Sets one resource limit; `u64::MAX` is unlimited.
///
/// # Errors
/// EPERM above the hard limit, EINVAL for a soft limit above the hard one.
pub fn set_rlimit(name: &str, soft: u64, hard: u64) -> Result<(), SysError> {
    let what = || format!("set ulimit {name}={soft}:{hard}");
    let resource = rlimit_number(name)
        .ok_or_else(|| SysError::new(what(), io::Error::from_raw_os_error(libc::EINVAL)))?;
    let limit = libc::rlimit64 { rlim_cur: soft, rlim_max: hard };
    // SAFETY: `limit` outlives the call.
    check(i64::from(unsafe { libc::setrlimit64(resource, &raw const limit) }), what)
}

/// The kernel's number of a resource named as ulimit(1) options are (`nofile`).
pub fn rlimit_number(name: &str) -> Option<libc::__rlimit_resource_t> {
    Some(match name {
        "as" => libc::RLIMIT_AS,
        "core" => libc::RLIMIT_CORE,
        "cpu" => libc::RLIMIT_CPU,
        "data" => libc::RLIMIT_DATA,
        "fsize" => libc::RLIMIT_FSIZE,
        "locks" => libc::RLIMIT_LOCKS,
        "memlock" => libc::RLIMIT_MEMLOCK,
        "msgqueue" => libc::RLIMIT_MSGQUEUE,
        "nice" => libc::RLIMIT_NICE,
        "nofile" => libc::RLIMIT_NOFILE,
        "nproc" => libc::RLIMIT_NPROC,
        "rss" => libc::RLIMIT_RSS,
        "rtprio" => libc::RLIMIT_RTPRIO,
        "rttime" => libc::RLIMIT_RTTIME,
        "sigpending" => libc::RLIMIT_SIGPENDING,
        "stack" => libc::RLIMIT_STACK,
        _ => return None,
    })
}

/// Turns `-1` with errno into an error.
pub(super) fn check<S: Into<String>>(result: i64, what: impl FnOnce() -> S) -> Result<(), SysError> {
    if result == -1 { Err(io::Error::last_os_error()).attempt(what) } else { Ok(()) }
}

/// dup2(2): makes `fd` available as number `target` (0, 1 or 2), not close-on-exec.
///
/// # Errors
/// EBADF.
pub fn place_fd(fd: BorrowedFd<'_>, target: RawFd) -> Result<(), SysError> {
    // SAFETY: plain numbers; the targets 0 to 2 are owned by no Rust value.
    check(i64::from(unsafe { libc::dup2(fd.as_raw_fd(), target) }), || format!("place descriptor {target}"))
}

/// Closes every descriptor from 3 on that is not in `keep`.
///
/// # Errors
/// ENOSYS before Linux 5.9.
pub fn close_all_but(keep: &[RawFd]) -> Result<(), SysError> {
    let mut keep: Vec<u32> =
        keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).filter(|fd| *fd > 2).collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep.into_iter().chain([u32::MAX]) {
        let last = if fd == u32::MAX { fd } else { fd - 1 };
        if first <= last && first <= fd {
            // SAFETY: no pointers; what is closed belongs to the caller's caller, or to values that are never used again.
            let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
            check(result, || "close inherited descriptors")?;
        }
        first = fd.saturating_add(1);
    }
    Ok(())
}

/// Joins a namespace of this kind (`net`, `pid` …; `pid` is that of children to come).
///
/// # Errors
/// EPERM without CAP_SYS_ADMIN over it, EINVAL for a namespace of another kind.
pub fn join_namespace(namespace: BorrowedFd<'_>, kind: &str) -> Result<(), SysError> {
    nix::sched::setns(namespace, flag_of(kind)).attempt(|| format!("join a {kind} namespace"))
}

/// Joins these kinds of namespaces of a process at once (setns(2), "fd refers to a process").
///
/// # Errors
/// EPERM where this process may not look at that one; ESRCH when it has ended.
pub fn join_process(pidfd: BorrowedFd<'_>, kinds: &[&str]) -> Result<(), SysError> {
    let flags = kinds.iter().fold(nix::sched::CloneFlags::empty(), |flags, kind| flags | flag_of(kind));
    nix::sched::setns(pidfd, flags).attempt(|| "join the namespaces of the container")
}

fn flag_of(kind: &str) -> nix::sched::CloneFlags {
    use nix::sched::CloneFlags as Flags;
    match kind {
        "user" => Flags::CLONE_NEWUSER,
        "pid" => Flags::CLONE_NEWPID,
        "net" => Flags::CLONE_NEWNET,
        "ipc" => Flags::CLONE_NEWIPC,
        "uts" => Flags::CLONE_NEWUTS,
        "cgroup" => Flags::CLONE_NEWCGROUP,
        _ => Flags::CLONE_NEWNS,
    }
}

/// Opens the namespace that a user or pid namespace was made in (ioctl_nsfs(2), NS_GET_PARENT).
///
/// # Errors
/// EPERM when that is not below this process's own.
pub fn parent_namespace(namespace: &OwnedFd) -> Result<OwnedFd, SysError> {
    const NS_GET_PARENT: libc::Ioctl = 0xb702;
    // SAFETY: the request takes no argument, and gives a new descriptor or -1.
    let fd = unsafe { libc::ioctl(namespace.as_raw_fd(), NS_GET_PARENT) };
    check(i64::from(fd), || "open the parent of a namespace")?;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Raises the limit of open files as far as it goes without a right.
///
/// # Errors
/// None that the kernel documents.
pub fn raise_open_files() -> Result<(), SysError> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = rustix::process::Rlimit { current: limit.maximum, ..limit };
    setrlimit(Resource::Nofile, most).attempt(|| "raise the limit of open files")
}
