//! Signals of this process: blocking the ones that are handed on, reading them from a descriptor, and putting
//! everything back before another program is executed. Installs no handlers.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::SigSet;
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::process::check;
use super::{Attempt, SysError, wait};

/// What an attached command line hands on to the container. Not: SIGKILL and SIGSTOP (nobody can), SIGCHLD, SIGPIPE
/// and SIGURG (they speak of this process), SIGTSTP, SIGTTIN, SIGTTOU (Ctrl-Z stops the command line, not the container),
/// and those that tell of a fault of our own.
const FORWARDED: [i32; 11] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGIO,
    libc::SIGPWR,
];

/// The mask before [`block_forwarded_signals`], and what that blocked.
#[derive(Clone, Copy)]
pub struct SavedMask {
    before: libc::sigset_t,
    blocked: libc::sigset_t,
}

/// Blocks the signals that an attached command line hands on, SIGWINCH and SIGCONT, so that none is lost between the
/// monitor's fork and the moment they are read. A signal that the caller has ignored (nohup(1), a background job of a
/// shell without job control) stays ignored.
///
/// # Errors
/// None that the kernel documents.
pub fn block_forwarded_signals() -> Result<SavedMask, SysError> {
    let mut set = empty();
    let realtime = libc::SIGRTMIN()..=libc::SIGRTMAX();
    for signal in FORWARDED.into_iter().chain(realtime).filter(|&signal| !ignored(signal)) {
        add(&mut set, signal);
    }
    add(&mut set, libc::SIGWINCH);
    add(&mut set, libc::SIGCONT);
    let mut before = empty();
    mask(libc::SIG_BLOCK, &set, Some(&mut before))?;
    Ok(SavedMask { before, blocked: set })
}

impl SavedMask {
    /// Puts the mask back: in the monitor after its fork.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn restore(&self) -> Result<(), SysError> {
        mask(libc::SIG_SETMASK, &self.before, None)
    }

    /// A descriptor that reads the blocked signals.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM.
    pub fn reader(&self) -> Result<SignalReader, SysError> {
        // SAFETY: the set was made by sigemptyset(3) and sigaddset(3).
        let set = unsafe { SigSet::from_sigset_t_unchecked(self.blocked) };
        SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
            .map(SignalReader)
            .attempt(|| "make a signal descriptor")
    }

    /// Ends this process by the default action of a signal, so that a shell sees what ended it.
    pub fn die_of(&self, signal: i32) -> ! {
        let mut only = empty();
        add(&mut only, signal);
        // SAFETY: sets the default disposition, then sends to this very process; no memory is involved.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::kill(libc::getpid(), signal);
        }
        // The pending signal takes effect here; should it not end us, the exit code says the same.
        let _ = mask(libc::SIG_UNBLOCK, &only, None);
        super::process::exit_now(128 + signal)
    }
}

/// Reads blocked signals.
#[derive(Debug)]
pub struct SignalReader(SignalFd);

impl SignalReader {
    /// The next signal's number; none when no signal waits.
    ///
    /// # Errors
    /// None that the kernel documents.
    pub fn next(&self) -> Result<Option<i32>, SysError> {
        loop {
            match self.0.read_signal() {
                Ok(info) => return Ok(info.map(|info| info.ssi_signo as i32)),
                Err(nix::errno::Errno::EINTR) => {}
                Err(errno) => return Err(SysError::new("read signals", errno)),
            }
        }
    }
}

impl AsFd for SignalReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What ends a command that would go on for ever.
#[derive(Debug)]
pub struct Interrupt(SignalReader);

/// Blocks SIGINT and SIGTERM, so that a command ends where it may.
///
/// # Errors
/// EMFILE.
pub fn block_end() -> Result<Interrupt, SysError> {
    let mut set = empty();
    add(&mut set, libc::SIGINT);
    add(&mut set, libc::SIGTERM);
    mask(libc::SIG_BLOCK, &set, None)?;
    end_reader().map(Interrupt)
}

impl Interrupt {
    /// Waits so long; true: one of these signals has come, or nobody reads `output` any more.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn wait(&self, output: impl AsFd, time: Duration) -> Result<bool, SysError> {
        let mut fds = [
            PollFd::new(self.0.as_fd(), PollFlags::POLLIN),
            // That it is hung up or broken is told unasked.
            PollFd::new(output.as_fd(), PollFlags::empty()),
        ];
        wait::ready(&mut fds, wait::deadline(Some(time)))
    }
}

/// A descriptor that reads SIGTERM and SIGINT, which must be blocked.
///
/// # Errors
/// EMFILE.
pub fn end_reader() -> Result<SignalReader, SysError> {
    let mut set = SigSet::empty();
    set.add(nix::sys::signal::Signal::SIGTERM);
    set.add(nix::sys::signal::Signal::SIGINT);
    SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map(SignalReader)
        .attempt(|| "make a signal descriptor")
}

/// Every signal unblocked and at its default action, as a program expects to start: the Rust runtime ignores SIGPIPE,
/// and masks and ignored signals survive execve(2).
///
/// # Errors
/// None that the kernel documents.
pub fn reset_for_exec() -> Result<(), SysError> {
    for signal in 1..=libc::SIGRTMAX() {
        if ignored(signal) {
            // SAFETY: only the disposition changes; no handler of ours is ever installed.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
    mask(libc::SIG_SETMASK, &empty(), None)
}

/// Blocks every signal, so that [`wait_any`] gets them. As pid 1 of a namespace that is also what makes the kernel
/// deliver those that have no handler (pid_namespaces(7)).
///
/// # Errors
/// None that the kernel documents.
pub fn block_all() -> Result<(), SysError> {
    mask(libc::SIG_SETMASK, &full(), None)
}

/// Waits for the next blocked signal. Needs no descriptor.
///
/// # Errors
/// ENOSYS where a system call filter forbids it.
pub fn wait_any() -> Result<i32, SysError> {
    let set = full();
    loop {
        // SAFETY: the set is initialised, and no details are asked for.
        let signal = unsafe { libc::sigwaitinfo(&raw const set, std::ptr::null_mut()) };
        match std::io::Error::last_os_error() {
            _ if signal > 0 => return Ok(signal),
            error if error.kind() == std::io::ErrorKind::Interrupted => {}
            error => return Err(SysError::new("wait for a signal", error)),
        }
    }
}

/// Sends a signal to a child that has not been waited for, so that the number cannot be somebody else's.
///
/// # Errors
/// EPERM when the child runs with other ids by now.
pub fn send(child: i32, signal: i32) -> Result<(), SysError> {
    // SAFETY: plain numbers.
    check(i64::from(unsafe { libc::kill(child, signal) }), || format!("send signal {signal} to {child}"))
}

/// Is the signal's action "ignore"?
fn ignored(signal: i32) -> bool {
    // SAFETY: sigaction is plain old data; asking with a null new action only fills it, and fails for the two
    // numbers that libc keeps for itself, which leaves zeroes.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

fn empty() -> libc::sigset_t {
    // SAFETY: sigset_t is plain old data which sigemptyset(3) then initialises.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        set
    }
}

fn full() -> libc::sigset_t {
    let mut set = empty();
    // SAFETY: the set is initialised.
    unsafe { libc::sigfillset(&raw mut set) };
    set
}

fn add(set: &mut libc::sigset_t, signal: i32) {
    // SAFETY: the set is initialised; a number that is no signal is refused without effect.
    unsafe { libc::sigaddset(set, signal) };
}

fn mask(how: i32, set: &libc::sigset_t, old: Option<&mut libc::sigset_t>) -> Result<(), SysError> {
    let old = old.map_or(std::ptr::null_mut(), std::ptr::from_mut);
    // SAFETY: both point to initialised sets or nothing. pthread_sigmask(3) would give the error another way.
    check(i64::from(unsafe { libc::sigprocmask(how, set, old) }), || "change the signal mask")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_signals_are_read_in_turn() {
        let saved = block_forwarded_signals().unwrap();
        let reader = saved.reader().unwrap();
        assert_eq!(reader.next().unwrap(), None);
        for signal in [libc::SIGTERM, libc::SIGRTMIN() + 3, libc::SIGWINCH] {
            // SAFETY: raise(3) sends to this thread, which has the signal blocked.
            unsafe { libc::raise(signal) };
            assert_eq!(reader.next().unwrap(), Some(signal));
        }
        saved.restore().unwrap();
    }

    /// In a process of its own: dispositions are the process's, and `cargo test` runs other tests beside this one.
    #[test]
    fn what_the_caller_ignores_is_not_handed_on() {
        let holds = || {
            // SAFETY: sets dispositions of the child. SIGINT may come ignored: a background job of sh has it so.
            unsafe {
                libc::signal(libc::SIGHUP, libc::SIG_IGN);
                libc::signal(libc::SIGINT, libc::SIG_DFL);
            }
            let Ok(saved) = block_forwarded_signals() else { return false };
            // SAFETY: asks a set that was initialised.
            let blocks = |signal| unsafe { libc::sigismember(&raw const saved.blocked, signal) } == 1;
            let told_apart = !blocks(libc::SIGHUP) && blocks(libc::SIGINT);
            told_apart && reset_for_exec().is_ok() && !ignored(libc::SIGHUP) && !ignored(libc::SIGPIPE)
        };
        // SAFETY: the child makes system calls only.
        match unsafe { libc::fork() } {
            // SAFETY: leaves without coming back into the harness.
            0 => unsafe { libc::_exit(i32::from(!holds())) },
            child => {
                let ended = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(child), None);
                assert!(matches!(ended, Ok(nix::sys::wait::WaitStatus::Exited(_, 0))), "{ended:?}");
            }
        }
    }
}
