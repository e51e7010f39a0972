//! The caller's terminal: raw mode with a way back, and its size. Knows nothing of the container's own terminal.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetpgrp};

use super::signal::{self, SavedMask};
use super::{Attempt, SysError, wait};

/// A terminal in raw mode; dropping it restores what was before.
pub struct RawTerminal<'fd> {
    fd: BorrowedFd<'fd>,
    before: Termios,
}

impl<'fd> RawTerminal<'fd> {
    /// Puts the terminal into raw mode as cfmakeraw(3) does. A background job is stopped here (SIGTTOU) until it is
    /// brought to the foreground, and only then are the settings to return to looked at: until then they are the shell's.
    ///
    /// # Errors
    /// ENOTTY, or EIO for a background job that nobody can bring to the foreground.
    pub fn enter(fd: BorrowedFd<'fd>) -> Result<Self, SysError> {
        wait_for_foreground(fd);
        let before = tcgetattr(fd).attempt(|| "read the terminal's settings")?;
        let terminal = Self { fd, before };
        terminal.apply()?;
        Ok(terminal)
    }

    /// Raw mode again: after a stop the shell has put its own settings back.
    ///
    /// # Errors
    /// As [`RawTerminal::enter`].
    pub fn apply(&self) -> Result<(), SysError> {
        let mut raw = self.before.clone();
        raw.make_raw();
        tcsetattr(self.fd, OptionalActions::Now, &raw).attempt(|| "put the terminal into raw mode")
    }

    /// Is this process in the terminal's foreground? True as well where the terminal is not the controlling one.
    pub fn in_foreground(&self) -> bool {
        in_foreground(self.fd)
    }
}

impl Drop for RawTerminal<'_> {
    fn drop(&mut self) {
        // A job that went to the background leaves the terminal to the shell.
        if in_foreground(self.fd) {
            // Nothing is left to be done for a terminal that has gone away.
            let _ = tcsetattr(self.fd, OptionalActions::Now, &self.before);
        }
    }
}

/// A terminal that does not show what is typed; dropping it restores what was before.
pub struct HiddenInput<'fd> {
    fd: BorrowedFd<'fd>,
    before: Termios,
    mask: SavedMask,
}

/// Has the terminal show nothing of what is typed, from what is typed next.
///
/// # Errors
/// ENOTTY.
pub fn without_echo(fd: BorrowedFd<'_>) -> Result<HiddenInput<'_>, SysError> {
    wait_for_foreground(fd);
    let before = tcgetattr(fd).attempt(|| "read the terminal's settings")?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
    // From here on no signal ends this process before the terminal is as it was.
    let input = HiddenInput { fd, before, mask: signal::block_forwarded_signals()? };
    tcsetattr(fd, OptionalActions::Flush, &hidden).attempt(|| "hide what is typed")?;
    Ok(input)
}

impl HiddenInput<'_> {
    /// Waits until a line was typed. A signal that ends this process puts the terminal back before that.
    ///
    /// # Errors
    /// EMFILE, ENOMEM.
    pub fn wait_for_line(self) -> Result<Self, SysError> {
        let mask = self.mask;
        let signals = mask.reader()?;
        while wait::first(&[self.fd, signals.as_fd()], Duration::MAX)? != Some(0) {
            match signals.next()? {
                None | Some(libc::SIGWINCH | libc::SIGCONT) => {}
                Some(number) => {
                    drop(self);
                    mask.die_of(number);
                }
            }
        }
        Ok(self)
    }
}

impl Drop for HiddenInput<'_> {
    fn drop(&mut self) {
        // Nothing is left to be done for a terminal that has gone away.
        let _ = tcsetattr(self.fd, OptionalActions::Now, &self.before);
        let _ = self.mask.restore();
    }
}

fn in_foreground(fd: BorrowedFd<'_>) -> bool {
    tcgetpgrp(fd).map_or(true, |group| group == rustix::process::getpgrp())
}

/// Making our own process group the foreground one changes nothing when it is, and otherwise gets the whole job
/// stopped until it is: the kernel's check and ours cannot disagree then.
fn wait_for_foreground(fd: BorrowedFd<'_>) {
    while tcsetpgrp(fd, rustix::process::getpgrp()) == Err(rustix::io::Errno::INTR) {}
}

/// Rows and columns of a terminal; none for what is not a terminal or has no size.
pub fn window_size(fd: BorrowedFd<'_>) -> Option<(u16, u16)> {
    let size = tcgetwinsize(fd).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use nix::pty::{Winsize, openpty};

    use super::*;

    #[test]
    fn raw_mode_comes_and_goes() {
        let size = Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let slave = pty.slave.as_fd();
        let before = format!("{:?}", tcgetattr(slave).unwrap());
        {
            let raw = RawTerminal::enter(slave).unwrap();
            let now = tcgetattr(slave).unwrap();
            assert!(!now.local_modes.contains(rustix::termios::LocalModes::ICANON));
            assert!(!now.output_modes.contains(rustix::termios::OutputModes::OPOST));
            assert!(raw.in_foreground());
        }
        assert_eq!(format!("{:?}", tcgetattr(slave).unwrap()), before);
        assert_eq!(window_size(slave), Some((30, 100)));
    }

    #[test]
    fn what_is_no_terminal() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(window_size(file.as_fd()), None);
        assert!(RawTerminal::enter(file.as_fd()).is_err());
    }
}
