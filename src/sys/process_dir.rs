//! One process as its directory in procfs: what was opened stays that process, also when its pid comes back. Reading from
//! it and signalling it (pidfd_send_signal(2) takes such a directory) meet the same process or none.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};

use super::procfs::Stat;
use super::{Attempt, SysError, process};

/// A file of a process is read up to this many bytes: an argument list may be as long as the stack allows.
const LIMIT: u64 = 64 * 1024;

/// A process that was found.
#[derive(Debug)]
pub struct ProcessDir {
    pid: i32,
    dir: OwnedFd,
}

/// The pids of all processes that procfs shows, ascending.
///
/// # Errors
/// EACCES, ENOENT where there is no /proc.
pub fn pids() -> Result<Vec<i32>, SysError> {
    let what = || "list the processes";
    let mut pids = Vec::new();
    for entry in std::fs::read_dir("/proc").attempt(what)? {
        let name = entry.attempt(what)?.file_name();
        pids.extend(name.to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(pids)
}

impl ProcessDir {
    /// None: there is no such process (any more).
    pub fn open(pid: i32) -> Option<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(format!("/proc/{pid}"), flags, Mode::empty()).ok()?;
        Some(Self { pid, dir })
    }

    /// The process that began at `start` ([`super::procfs::start_time`]); none when it has ended.
    pub fn find(pid: i32, start: u64) -> Option<Self> {
        Self::open(pid).filter(|process| process.stat().is_some_and(|stat| stat.start == start))
    }

    /// Its pid, as this process sees it.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// The descriptor of the directory.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// What `stat` says; none when it has ended.
    pub fn stat(&self) -> Option<Stat> {
        Stat::parse(&self.read("stat").ok()?)
    }

    /// Reads one of its files; what is not UTF-8, and what is too long, is lost.
    ///
    /// # Errors
    /// ESRCH when it has ended, EACCES.
    pub fn read(&self, name: &str) -> Result<String, SysError> {
        let bytes = (|| -> io::Result<Vec<u8>> {
            let file = File::from(self.open_file(name, OFlags::RDONLY)?);
            let mut bytes = Vec::new();
            file.take(LIMIT).read_to_end(&mut bytes)?;
            Ok(bytes)
        })();
        let bytes = bytes.attempt(|| format!("read {name} of process {}", self.pid))?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    /// Opens its root directory.
    ///
    /// # Errors
    /// EACCES for a process that may not be looked at.
    pub fn root(&self) -> Result<OwnedFd, SysError> {
        self.open_file("root", OFlags::PATH | OFlags::DIRECTORY)
            .attempt(|| format!("open the root of process {}", self.pid))
    }

    /// The inode number of one of its namespaces; none for a process that may not be looked at, or has ended.
    pub fn namespace(&self, kind: &str) -> Option<u64> {
        let link = rustix::fs::readlinkat(&self.dir, format!("ns/{kind}"), Vec::new()).ok()?;
        let (_, number) = link.to_str().ok()?.split_once(":[")?;
        number.strip_suffix(']')?.parse().ok()
    }

    /// Opens one of its namespaces; as long as that is held, nothing else gets its inode number.
    pub fn open_namespace(&self, kind: &str) -> Option<OwnedFd> {
        self.open_file(&format!("ns/{kind}"), OFlags::RDONLY).ok()
    }

    /// Processes that it has made, or that were given to it.
    pub fn children(&self) -> Vec<i32> {
        let tasks = self.tasks();
        let lists = tasks.iter().filter_map(|task| self.read(&format!("{task}/children")).ok());
        lists.flat_map(|list| parse_all(&list)).collect()
    }

    /// The state of each thread, as in [`Stat::state`], and the function of the kernel that it sleeps in, if that is told.
    pub fn threads(&self) -> Vec<(char, Option<String>)> {
        let state = |task: &str| Some(Stat::parse(&self.read(&format!("{task}/stat")).ok()?)?.state);
        let function = |task: &str| self.read(&format!("{task}/wchan")).ok().filter(|name| name != "0");
        let tasks = self.tasks();
        tasks
            .iter()
            .filter_map(|task| Some((state(task)?, function(task).filter(|f| !f.is_empty()))))
            .collect()
    }

    /// `task/1234` for each thread; none when it has ended.
    fn tasks(&self) -> Vec<String> {
        let Ok(tasks) = self.open_file("task", OFlags::RDONLY | OFlags::DIRECTORY) else { return Vec::new() };
        let Ok(entries) = rustix::fs::Dir::read_from(&tasks) else { return Vec::new() };
        let numbers =
            entries.flatten().filter_map(|entry| entry.file_name().to_str().ok()?.parse::<i32>().ok());
        numbers.map(|number| format!("task/{number}")).collect()
    }

    /// Sends a signal; false when the process has ended.
    ///
    /// # Errors
    /// EPERM.
    pub fn signal(&self, signal: i32) -> Result<bool, SysError> {
        match process::pidfd_signal(self.dir.as_fd(), signal) {
            Ok(()) => Ok(true),
            Err(error) if error.errno() == nix::errno::Errno::ESRCH as i32 => Ok(false),
            Err(error) => {
                Err(SysError::new(format!("send signal {signal} to process {}", self.pid), error.source))
            }
        }
    }

    fn open_file(&self, name: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        rustix::fs::openat(&self.dir, name, flags | OFlags::CLOEXEC, Mode::empty())
    }
}

fn parse_all(list: &str) -> Vec<i32> {
    list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_is_neither_read_nor_signalled() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = child.id().cast_signed();
        let process = ProcessDir::open(pid).unwrap();
        let start = process.stat().unwrap().start;
        assert_eq!((process.pid(), ProcessDir::find(pid, start + 1).is_none()), (pid, true));
        assert!(ProcessDir::find(pid, start).is_some() && pids().unwrap().contains(&pid));
        let own = ProcessDir::open(std::process::id().cast_signed()).unwrap();
        assert!(
            own.children().contains(&pid) && own.threads().iter().all(|(state, _)| state.is_alphabetic())
        );
        assert_eq!(process.namespace("user"), own.namespace("user"));
        assert!(process.open_namespace("pid").is_some() && process.root().is_ok());
        assert!(process.signal(9).unwrap());
        child.wait().unwrap();
        assert!(!process.signal(9).unwrap());
        assert!(process.stat().is_none() && process.read("status").is_err() && process.children().is_empty());
    }
}
