//! The container's standard streams: pipes, or /dev/null where nothing is passed on; a terminal comes later and takes
//! their place.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::pipe::PipeFlags;

use crate::engine::Failure;
use crate::sys::{Attempt, SysError, process};

/// The monitor's ends.
#[derive(Debug, Default)]
pub struct Stdio {
    /// Write end of stdin.
    pub stdin: Option<OwnedFd>,
    /// Read end of stdout.
    pub stdout: Option<OwnedFd>,
    /// Read end of stderr.
    pub stderr: Option<OwnedFd>,
    /// They are a terminal's.
    pub terminal: bool,
}

/// The container's ends.
#[derive(Debug)]
pub struct ChildStdio {
    streams: [OwnedFd; 3],
}

impl Stdio {
    /// Makes both sides: stdin only when it is passed on, nothing with a terminal.
    ///
    /// # Errors
    /// EMFILE.
    pub fn new(interactive: bool, terminal: bool) -> Result<(Self, ChildStdio), Failure> {
        if terminal {
            return Ok((Self::default(), ChildStdio { streams: [null()?, null()?, null()?] }));
        }
        let (child_in, stdin) = if interactive {
            let (read, write) = pipe()?;
            non_blocking(&write)?;
            (read, Some(write))
        } else {
            (null()?, None)
        };
        let (stdout, child_out) = pipe()?;
        let (stderr, child_err) = pipe()?;
        non_blocking(&stdout)?;
        non_blocking(&stderr)?;
        let ours = Self { stdin, stdout: Some(stdout), stderr: Some(stderr), terminal: false };
        Ok((ours, ChildStdio { streams: [child_in, child_out, child_err] }))
    }

    /// A terminal's master is all three.
    ///
    /// # Errors
    /// EMFILE.
    pub fn of_terminal(master: OwnedFd) -> Result<Self, SysError> {
        non_blocking(&master)?;
        let writer = master.try_clone().attempt(|| "duplicate the terminal")?;
        Ok(Self { stdin: Some(writer), stdout: Some(master), stderr: None, terminal: true })
    }
}

impl ChildStdio {
    /// Nothing to read; what is written goes to one place.
    ///
    /// # Errors
    /// EMFILE.
    pub fn to(output: &OwnedFd) -> Result<Self, SysError> {
        let copy = || output.try_clone().attempt(|| "duplicate a pipe");
        Ok(Self { streams: [null()?, copy()?, copy()?] })
    }

    /// The caller's own streams, for a container whose output nobody keeps or relays.
    ///
    /// # Errors
    /// EBADF, EMFILE.
    pub fn callers() -> Result<Self, SysError> {
        let copy = |fd: std::os::fd::BorrowedFd<'_>| fd.try_clone_to_owned().attempt(|| "duplicate a stream");
        let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        Ok(Self { streams: [copy(stdin.as_fd())?, copy(stdout.as_fd())?, copy(stderr.as_fd())?] })
    }

    /// The same once more, for a container that is started again.
    ///
    /// # Errors
    /// EMFILE.
    pub fn again(&self) -> Result<Self, SysError> {
        let copy = |fd: &OwnedFd| fd.try_clone().attempt(|| "duplicate a stream");
        let [stdin, stdout, stderr] = &self.streams;
        Ok(Self { streams: [copy(stdin)?, copy(stdout)?, copy(stderr)?] })
    }

    /// Their numbers.
    pub fn numbers(&self) -> [std::os::fd::RawFd; 3] {
        use std::os::fd::AsRawFd;
        [&self.streams[0], &self.streams[1], &self.streams[2]].map(AsRawFd::as_raw_fd)
    }

    /// Makes them 0, 1 and 2 of this process.
    ///
    /// # Errors
    /// EBADF.
    pub fn place(self) -> Result<(), SysError> {
        for (fd, target) in self.streams.iter().zip(0..) {
            process::place_fd(fd.as_fd(), target)?;
        }
        Ok(())
    }
}

fn null() -> Result<OwnedFd, SysError> {
    rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).attempt(|| "open /dev/null")
}

fn pipe() -> Result<(OwnedFd, OwnedFd), SysError> {
    rustix::pipe::pipe_with(PipeFlags::CLOEXEC).attempt(|| "make a pipe")
}

fn non_blocking(fd: &OwnedFd) -> Result<(), SysError> {
    rustix::io::ioctl_fionbio(fd, true).attempt(|| "make a pipe non-blocking")
}
