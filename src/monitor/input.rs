//! What is on its way into a container: bytes for its stdin, the size of its terminal.

use std::os::fd::{AsFd, OwnedFd};

use super::stdio::Stdio;
use crate::sys::pty;

/// Input that the container has not read yet is kept up to this many bytes; then nobody's is heard.
const LIMIT: usize = 1024 * 1024;

/// Ctrl-D: the end of input on a terminal.
const END_OF_TRANSMISSION: &[u8] = &[4];

/// Input that waits.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    closed: bool,
    /// What a client said of its window before there was a terminal.
    size: Option<(u16, u16)>,
}

impl Input {
    /// Is there room for more?
    pub fn has_room(&self) -> bool {
        self.bytes.len() < LIMIT
    }

    /// Does something wait for the container to read it?
    pub fn waits(&self) -> bool {
        !self.bytes.is_empty()
    }

    pub fn push(&mut self, bytes: &[u8], stdio: &mut Stdio) {
        self.bytes.extend_from_slice(bytes);
        self.flush(stdio);
    }

    /// No more comes. Of a terminal nothing is closed: who reads there is told, and it stays the container's.
    pub fn close(&mut self, stdio: &mut Stdio) {
        if stdio.terminal {
            self.bytes.extend_from_slice(END_OF_TRANSMISSION);
        } else {
            self.closed = true;
        }
        self.flush(stdio);
    }

    pub fn flush(&mut self, stdio: &mut Stdio) {
        let Some(stdin) = &stdio.stdin else { return };
        while !self.bytes.is_empty() {
            match rustix::io::write(stdin, &self.bytes) {
                Ok(written) => drop(self.bytes.drain(..written)),
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return,
                // Nobody reads any more.
                Err(_) => {
                    self.bytes.clear();
                    self.closed |= !stdio.terminal;
                }
            }
        }
        if self.closed {
            stdio.stdin = None;
        }
    }

    pub fn resize(&mut self, stdio: &Stdio, rows: u16, columns: u16) {
        match &stdio.stdout {
            Some(master) if stdio.terminal => set_size(master, rows, columns),
            _ => self.size = Some((rows, columns)),
        }
    }

    /// The terminal is there now.
    pub fn terminal_is(&mut self, stdio: &Stdio) {
        if let (Some((rows, columns)), Some(master)) = (self.size.take(), &stdio.stdout) {
            set_size(master, rows, columns);
        }
    }
}

fn set_size(master: &OwnedFd, rows: u16, columns: u16) {
    // A terminal that has just hung up needs no size.
    let _ = pty::set_size(master.as_fd(), rows, columns);
}
