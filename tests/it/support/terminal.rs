//! A user at a terminal: types, reads, resizes, and looks at the settings.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::Child;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::unistd::Pid;
use rustix::termios::{Termios, tcgetattr, tcsetwinsize};

use super::children;
use super::run::Run;

/// The master side of a terminal, and the program that has it as its controlling terminal.
pub struct Terminal {
    master: File,
    slave: File,
    child: Child,
    seen: String,
    words: String,
}

/// Rows and columns at the start.
pub const SIZE: (u16, u16) = (33, 111);

impl Terminal {
    /// Starts `run` in a session of its own with a new terminal as stdin, stdout and stderr.
    pub fn start(run: Run) -> Self {
        let size = Winsize { ws_row: SIZE.0, ws_col: SIZE.1, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).expect("a terminal");
        let slave = File::from(pty.slave);
        let mut command = run.under(&["setsid", "--ctty", "--wait"]).into_command();
        let words = format!("{command:?}");
        for set in
            [std::process::Command::stdin, std::process::Command::stdout, std::process::Command::stderr]
        {
            set(&mut command, slave.try_clone().expect("duplicate"));
        }
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot start {words}: {e}"));
        Self { master: pty.master.into(), slave, child, seen: String::new(), words }
    }

    /// The `setsid` that waits for the program.
    pub fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(self.child.id().cast_signed())
    }

    /// Types.
    pub fn write(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("type");
    }

    /// Reads until `text` has come, and gives everything since the last call, `text` included.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let left = deadline.saturating_duration_since(Instant::now()).as_millis();
            let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
            let ready = poll(&mut fds, PollTimeout::try_from(left).expect("seconds")).expect("poll");
            let mut buffer = [0; 4096];
            let count = if ready == 0 { 0 } else { self.master.read(&mut buffer).unwrap_or(0) };
            assert!(count > 0, "waited for {text:?} of {}; on the screen: {:?}", self.words, self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }

    /// Makes the window larger or smaller.
    pub fn resize(&self, rows: u16, columns: u16) {
        let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.master, size).expect("resize");
    }

    /// The settings, printable and comparable.
    pub fn settings(&self) -> Termios {
        tcgetattr(&self.slave).expect("settings")
    }

    /// The program, which setsid(1) has started.
    pub fn program(&self) -> Pid {
        *children(self.pid(), "").first().expect("the program runs")
    }

    /// Waits for the program's end; its exit code.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("wait").code()
    }
}
