//! Where a container's first process waits for the word to start when nobody stays with it: two FIFOs in a directory of
//! its own. Reading and writing is all that the process needs, whatever its system call filter forbids.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::sys::stat::Mode as NixMode;
use rustix::fs::{Mode, OFlags};

use super::failure::Failure;
use super::message;
use crate::sys::{Attempt, SysError, process};

/// To the process: start.
const WORD: &str = "word";
/// From the process: why the program could not be executed.
const OUTCOME: &str = "outcome";

/// Both ends of both, so that nothing waits for somebody to open the other.
pub struct Gate {
    word: OwnedFd,
    outcome: OwnedFd,
}

impl Gate {
    /// Makes it.
    ///
    /// # Errors
    /// EEXIST, ENOSPC, EMFILE.
    pub fn make(dir: &Path) -> Result<Self, SysError> {
        let fifo = |name: &str| {
            let path = dir.join(name);
            let what = || format!("make {}", path.display());
            nix::unistd::mkfifo(&path, NixMode::from_bits_truncate(0o600)).attempt(what)?;
            open(&path, OFlags::RDWR)
        };
        Ok(Self { word: fifo(WORD)?, outcome: fifo(OUTCOME)? })
    }

    /// In the process: waits for the word. Another one, or none, ends it.
    pub(super) fn wait(&self) -> Result<(), Failure> {
        let mut word = [0; 16];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.word, &mut word))
            .attempt(|| "wait for the word to start")?;
        if &word[..length] == message::START { Ok(()) } else { process::exit_now(127) }
    }

    /// In the process: tells why it does not start.
    pub(super) fn tell(&self, failure: &Failure) {
        // Who gave the word and did not wait has nothing to hear.
        let _ = rustix::io::write(&self.outcome, &message::failure(failure)[1..]);
    }
}

/// Does a process still wait there?
pub fn is_closed(dir: &Path) -> bool {
    dir.join(WORD).exists()
}

/// Gives the word, and waits until the program runs or cannot. Once only.
///
/// # Errors
/// Outside: nobody waits there any more (ENOENT, ENXIO). Inside: the program cannot be executed.
pub fn pass(dir: &Path) -> Result<Result<(), Failure>, SysError> {
    let (word, outcome) = (dir.join(WORD), dir.join(OUTCOME));
    let mut hear = File::from(open(&outcome, OFlags::RDONLY | OFlags::NONBLOCK)?);
    let mut say = File::from(open(&word, OFlags::WRONLY | OFlags::NONBLOCK)?);
    rustix::io::ioctl_fionbio(&hear, false).attempt(|| "wait for the program")?;
    say.write_all(message::START).attempt(|| "give the word to start")?;
    let mut told = Vec::new();
    // Both ends close when the program is executed, and when the process ends.
    Read::by_ref(&mut hear)
        .take(message::LIMIT as u64)
        .read_to_end(&mut told)
        .attempt(|| "wait for the program")?;
    std::fs::remove_file(&word).attempt(|| format!("remove {}", word.display()))?;
    Ok(if told.is_empty() { Ok(()) } else { Err(message::parse_failure(&told)) })
}

fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, SysError> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())
        .attempt(|| format!("open {}", path.display()))
}
