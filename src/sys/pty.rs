//! Pseudo-terminals of a devpts instance that is named by descriptor (ioctl_tty(2), TIOCGPTPEER).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::fs::{Mode, OFlags};

use super::{Attempt, SysError, process::check};

/// A new terminal of the instance mounted at `devpts`: master and slave. No path is looked up for the slave.
///
/// # Errors
/// ENOSPC when no terminal is left.
pub fn open(devpts: BorrowedFd<'_>) -> Result<(OwnedFd, OwnedFd), SysError> {
    let what = || "open a terminal of the container";
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let master = rustix::fs::openat(devpts, "ptmx", flags, Mode::empty()).attempt(what)?;
    let unlock: libc::c_int = 0;
    // SAFETY: TIOCSPTLCK reads one int, which outlives the call.
    check(i64::from(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlock) }), what)?;
    let open_flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: TIOCGPTPEER takes open flags by value and returns a new descriptor.
    let slave = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, open_flags) };
    if slave == -1 {
        return Err(io::Error::last_os_error()).attempt(what);
    }
    // SAFETY: the kernel has just made this descriptor for us.
    Ok((master, unsafe { OwnedFd::from_raw_fd(slave) }))
}

/// Sets the size of a terminal.
///
/// # Errors
/// ENOTTY.
pub fn set_size(terminal: BorrowedFd<'_>, rows: u16, columns: u16) -> Result<(), SysError> {
    let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(terminal, size)
        .attempt(|| format!("resize the terminal to {rows}x{columns}"))
}

/// Makes the terminal the controlling one of this session leader.
///
/// # Errors
/// EPERM when this is no session leader or has one.
pub fn make_controlling(terminal: BorrowedFd<'_>) -> Result<(), SysError> {
    // SAFETY: TIOCSCTTY takes a plain number.
    check(i64::from(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSCTTY, 0) }), || "take the terminal")
}
