//! The caller and a process that it stays with: signals go in, and what passes through a terminal goes both ways.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::poll::{PollFd, PollFlags};

use crate::engine::HandedOver;
use crate::sys::signal::SavedMask;
use crate::sys::term::{RawTerminal, window_size};
use crate::sys::{Attempt, SysError, packet, process, pty, wait};

/// The size of the caller's terminal, which a new one gets from the start.
pub(super) fn callers_size() -> Option<(u16, u16)> {
    window_size(std::io::stdin().as_fd())
}

/// Until it ends; its code.
pub(super) fn stay(
    process: &HandedOver,
    ours: Option<OwnedFd>,
    signals: &SavedMask,
) -> Result<i32, SysError> {
    let signals = signals.reader()?;
    let mut terminal = ours.map(|ours| Terminal::receive(&ours)).transpose()?;
    let stdin = std::io::stdin();
    let raw = terminal.as_ref().filter(|_| rustix::termios::isatty(&stdin));
    let _raw = raw.map(|_| RawTerminal::enter(stdin.as_fd())).transpose()?;
    let resize = |terminal: &Option<Terminal>| match (terminal, window_size(stdin.as_fd())) {
        (Some(terminal), Some((rows, columns))) => pty::set_size(terminal.master.as_fd(), rows, columns),
        _ => Ok(()),
    };
    // It may have changed meanwhile.
    resize(&terminal)?;
    loop {
        let mut fds = vec![
            PollFd::new(process.pidfd.as_fd(), PollFlags::POLLIN),
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
        ];
        if let Some(terminal) = &terminal {
            let master = if terminal.open { PollFlags::POLLIN } else { PollFlags::empty() };
            let input = if terminal.input { PollFlags::POLLIN } else { PollFlags::empty() };
            // What is not waited for would still tell its end, again and again.
            fds.extend(terminal.open.then(|| PollFd::new(terminal.master.as_fd(), master)));
            fds.extend(terminal.input.then(|| PollFd::new(stdin.as_fd(), input)));
        }
        wait::ready(&mut fds, None)?;
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        if let Some(terminal) = &mut terminal {
            let (open, input) = (terminal.open, terminal.input);
            if open && ready[2] {
                terminal.show()?;
            }
            if input && ready[2 + usize::from(open)] {
                terminal.type_from(stdin.as_fd())?;
            }
        }
        if ready[1] {
            while let Some(signal) = signals.next()? {
                if signal == nix::sys::signal::Signal::SIGWINCH as i32 {
                    resize(&terminal)?;
                } else {
                    // It may have ended this moment.
                    let _ = process::pidfd_signal(process.pidfd.as_fd(), signal);
                }
            }
        }
        if ready[0] {
            if let Some(terminal) = &mut terminal {
                terminal.show_rest()?;
            }
            return process::wait(process.pid);
        }
    }
}

/// The master of the process's terminal.
struct Terminal {
    master: File,
    /// Something may come from it.
    open: bool,
    /// Something may be typed.
    input: bool,
}

impl Terminal {
    fn receive(ours: &OwnedFd) -> Result<Self, SysError> {
        let mut word = [0; 64];
        let (_, master) = packet::receive(ours.as_fd(), &mut word)?;
        let missing = || std::io::Error::other("it did not come");
        let master = File::from(master.ok_or_else(missing).attempt(|| "take the terminal")?);
        rustix::io::ioctl_fionbio(&master, true).attempt(|| "make the terminal non-blocking")?;
        Ok(Self { master, open: true, input: true })
    }

    /// Shows what is there; nobody reads stdout: it is thrown away.
    fn show(&mut self) -> Result<bool, SysError> {
        let mut buffer = [0; 4096];
        match self.master.read(&mut buffer) {
            Ok(length @ 1..) => {
                let mut stdout = std::io::stdout().lock();
                let _nobody_reads = stdout.write_all(&buffer[..length]).and_then(|()| stdout.flush());
                Ok(true)
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
            // EIO: no process has the terminal open any more (pty(7)).
            _ => {
                self.open = false;
                Ok(false)
            }
        }
    }

    fn show_rest(&mut self) -> Result<(), SysError> {
        while self.open && self.show()? {}
        Ok(())
    }

    /// Passes on what was typed. What finds no room is waited with.
    fn type_from(&mut self, stdin: BorrowedFd<'_>) -> Result<(), SysError> {
        let mut buffer = [0; 1024];
        match rustix::io::read(stdin, &mut buffer) {
            Ok(length @ 1..) => {
                let mut rest = &buffer[..length];
                while !rest.is_empty() && self.open {
                    match self.master.write(rest) {
                        Ok(written) => rest = &rest[written..],
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                            // Its reader may wait for its own output to be shown.
                            if !self.show()? {
                                wait::writable(self.master.as_fd(), None)?;
                            }
                        }
                        Err(_) => self.open = false,
                    }
                }
                Ok(())
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(()),
            _ => {
                self.input = false;
                Ok(())
            }
        }
    }
}
