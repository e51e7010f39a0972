//! `--init`: the first process of a container whose program does not expect to be pid 1. It starts the program, hands
//! signals on, reaps orphans, and ends with the program's code. No heap, no descriptors, no settings.
//!
//! It is this very process, forked, not a file of its own: whatever was applied before (ids, capabilities,
//! no_new_privs, seccomp) holds for it too, and the program gets a copy. What remains of rctr in it is code, what its
//! heap held, and the environment of the command line. All of that stays out of the container's reach because the process is
//! undumpable: /proc/1/{exe,mem,environ,root,fd} and ptrace(2) then ask for CAP_SYS_PTRACE in the user namespace that
//! the *executable was started in*, the host's, where no container has it (ptrace(2), "Ptrace access mode checking").
//! What /proc shows to everybody regardless, the name and the command line, is wiped.

use std::os::fd::AsFd;

use nix::sys::signal::Signal;

use crate::sys::{SysError, process, signal};

/// What the shell calls "cannot run", for an init that failed itself.
const FAILED: i32 = 125;

/// Forks. `start_payload` runs in the child, with every signal at its default, as a job of its own in the foreground of
/// the terminal (a Ctrl-C must reach it once, not also through us); it executes the program, or tells why not by its own
/// means and gives the code to end with. The caller, pid 1, closes every descriptor and becomes the init.
///
/// Returns only when it could not fork (EAGAIN, ENOMEM), with nothing started.
pub fn run_as_init(start_payload: impl FnOnce() -> i32) -> SysError {
    let forked = signal::block_all().and_then(|()| process::set_undumpable()).and_then(|()| process::fork());
    let child = match forked {
        Ok(Some(child)) => child,
        Ok(None) => {
            become_foreground_job();
            if signal::reset_for_exec().is_err() {
                process::exit_now(FAILED);
            }
            process::exit_now(start_payload())
        }
        Err(error) => return error,
    };
    let prepared = process::disguise(c"rctr-init").and_then(|()| process::close_from(0, false));
    match prepared.and_then(|()| supervise(child)) {
        Ok(code) => process::exit_now(code),
        // No descriptor is left to tell it by; ending takes the program with it.
        Err(_) => process::exit_now(FAILED),
    }
}

/// A process group of its own for the program, in front of the terminal when it has one.
fn become_foreground_job() {
    let stdin = std::io::stdin();
    // SIGTTOU is still blocked, so that the change is not refused. Without a terminal both do nothing.
    let _ = rustix::process::setpgid(None, None);
    let _ = rustix::termios::tcsetpgrp(stdin.as_fd(), rustix::process::getpid());
}

/// Until the program ends: its signals to it, its orphans to rest.
fn supervise(child: i32) -> Result<i32, SysError> {
    loop {
        let signal = signal::wait_any()?;
        if signal == Signal::SIGCHLD as i32 {
            if let Some(code) = reap(child)? {
                return Ok(code);
            }
        } else {
            // A program that has changed its ids may not be signalled any more, as without an init.
            let _ = signal::send(child, signal);
        }
    }
}

/// Waits for all that have ended; the program's code when it is among them.
fn reap(child: i32) -> Result<Option<i32>, SysError> {
    let mut code = None;
    while let Some((pid, ended)) = process::reap_any()? {
        if pid == child {
            code = Some(ended);
        }
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `work` in a child and gives its exit code.
    fn forked(work: impl FnOnce() -> i32) -> i32 {
        match process::fork().unwrap() {
            Some(pid) => process::wait(pid).unwrap(),
            None => {
                let work = std::panic::AssertUnwindSafe(work);
                process::exit_now(std::panic::catch_unwind(work).unwrap_or(99))
            }
        }
    }

    /// Runs a script below our init as pid 1 of a pid namespace and gives what that ends with.
    fn under_init(script: &std::ffi::CStr) -> i32 {
        use nix::sched::{CloneFlags, unshare};
        forked(|| {
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID).unwrap();
            forked(|| {
                panic!(
                    "{}",
                    run_as_init(|| {
                        let _ = nix::unistd::execv(c"/bin/sh", &[c"sh", c"-c", script]);
                        98
                    })
                )
            })
        })
    }

    #[test]
    fn ends_with_the_programs_code() {
        assert_eq!(under_init(c"exit 7"), 7);
        assert_eq!(under_init(c"kill -KILL $$"), 137);
        // A real-time signal is one as well.
        assert_eq!(under_init(c"kill -40 $$"), 168);
        assert_eq!(under_init(c"[ $$ = 2 ] && [ $(cut -d' ' -f5 /proc/self/stat) != 1 ]"), 0);
    }

    #[test]
    fn hands_signals_on_and_outlives_orphans() {
        // The orphan's end comes first and is not taken for the program's.
        let script = c"trap 'exit 42' TERM; (sh -c 'exit 1' &); kill -TERM 1; while :; do sleep 0.01; done";
        assert_eq!(under_init(script), 42);
    }

    #[test]
    fn the_command_line_is_wiped() {
        let code = forked(|| {
            process::disguise(c"rctr-init").unwrap();
            let shown = std::fs::read_to_string("/proc/self/cmdline").unwrap();
            assert_eq!(shown.trim_end_matches('\0'), "rctr-init");
            assert_eq!(std::fs::read_to_string("/proc/self/comm").unwrap(), "rctr-init\n");
            0
        });
        assert_eq!(code, 0);
    }
}
