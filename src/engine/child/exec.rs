//! Becoming the program: environment, working directory, the search of `$PATH`, and the refusal to ever execute rctr's
//! own binary inside, which would hand the container a writable path to it (`/proc/self/exe` as ENTRYPOINT or `#!`).

use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::model::spec::ProcessSpec;
use crate::sys::{Attempt, SysError, describe};

/// What the shell of every distribution starts with, and docker's default.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The kernel follows so many `#!` lines (exec_binprm() in fs/exec.c): the program and as many interpreters are opened.
const MAX_INTERPRETERS: usize = 5;

/// As much of a file as the kernel reads to tell what it is (BINPRM_BUF_SIZE).
const HEAD: u64 = 256;

/// A program that has been found, ready to be executed.
#[derive(Debug)]
pub struct Program {
    path: CString,
    /// A program that may be executed and not read, by descriptor.
    unreadable: Option<OwnedFd>,
    args: Vec<CString>,
    env: Vec<CString>,
}

/// Device and inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    dev: u64,
    ino: u64,
}

impl FileId {
    /// Of the running binary.
    pub fn of_own_binary() -> Result<Self, SysError> {
        let stat = rustix::fs::stat("/proc/self/exe").attempt(|| "look at /proc/self/exe")?;
        Ok(Self::of(&stat))
    }

    fn of(stat: &Stat) -> Self {
        Self { dev: stat.st_dev, ino: stat.st_ino }
    }
}

/// Enters the working directory: found below the root without magic links, so that no descriptor of ours is a way out.
pub fn enter_directory(root: &OwnedFd, cwd: &str) -> Result<(), Failure> {
    let what = || format!("chdir to cwd ({cwd:?})");
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let dir = open(root, cwd, flags).attempt(what).or_fail(FailureKind::WorkDir)?;
    rustix::process::fchdir(&dir).attempt(what).or_fail(FailureKind::WorkDir)?;
    Ok(())
}

/// Finds the program for `process` and puts its environment together.
pub fn find(process: &ProcessSpec, home: &str, root: &OwnedFd, own: FileId) -> Result<Program, Failure> {
    let mut env = process.env.clone();
    let value = |env: &[String], key: &str| {
        env.iter().find_map(|e| e.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
    };
    let path = value(&env, "PATH").unwrap_or_else(|| {
        env.push(format!("PATH={DEFAULT_PATH}"));
        DEFAULT_PATH.to_owned()
    });
    if value(&env, "HOME").is_none_or(|h| h.is_empty()) {
        env.retain(|e| !e.starts_with("HOME="));
        env.push(format!("HOME={home}"));
    }
    let name = process.args.first().map(String::as_str).unwrap_or_default();
    let file = search(name, &path, &process.cwd, root)?;
    let unreadable = refuse_own_binary(&file, process, root, own)?;
    Ok(Program {
        path: text(&file)?,
        unreadable,
        args: process.args.iter().map(|a| text(a)).collect::<Result<_, _>>()?,
        env: env.iter().map(|e| text(e)).collect::<Result<_, _>>()?,
    })
}

impl Program {
    /// Executes it; only returns when that failed.
    pub fn exec(&self, name: &str) -> Failure {
        let Err(errno) = match &self.unreadable {
            Some(file) => {
                nix::unistd::execveat(file, c"", &self.args, &self.env, nix::fcntl::AtFlags::AT_EMPTY_PATH)
            }
            None => nix::unistd::execve(&self.path, &self.args, &self.env),
        };
        let path = self.path.to_string_lossy();
        let reason = match errno {
            nix::errno::Errno::ENOENT => {
                format!("{path} needs an interpreter or loader that the container does not have")
            }
            nix::errno::Errno::ENOEXEC => {
                format!("{path}: exec format error (another architecture, or no program)")
            }
            other => describe(&other.into()),
        };
        let message = format!("cannot execute `{name}`: {reason}");
        Failure { kind: FailureKind::CommandNotExecutable, message, errno: errno as i32, hint: None }
    }
}

/// The path of the first executable file: `name` itself with a slash in it, else below the directories of `$PATH`.
fn search(name: &str, path: &str, cwd: &str, root: &OwnedFd) -> Result<String, Failure> {
    let absolute = |dir: &str, name: &str| {
        if dir.starts_with('/') { format!("{dir}/{name}") } else { format!("{cwd}/{dir}/{name}") }
    };
    if name.contains('/') {
        let file = if name.starts_with('/') { name.to_owned() } else { format!("{cwd}/{name}") };
        return match executable(root, &file) {
            Ok(()) => Ok(file),
            Err(errno) => Err(not_executable(name, errno)),
        };
    }
    let mut denied = None;
    for dir in path.split(':') {
        let file = absolute(if dir.is_empty() { "." } else { dir }, name);
        match executable(root, &file) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => {}
            Err(errno) => denied = denied.or(Some(errno)),
        }
    }
    match denied {
        Some(errno) => Err(not_executable(name, errno)),
        None => Err(Failure::new(
            FailureKind::CommandNotFound,
            format!("executable file `{name}` not found in $PATH: No such file or directory"),
        )),
    }
}

fn not_executable(name: &str, errno: rustix::io::Errno) -> Failure {
    match errno {
        rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR => Failure::new(
            FailureKind::CommandNotFound,
            format!("executable file `{name}` not found: No such file or directory"),
        ),
        rustix::io::Errno::ISDIR => Failure::new(
            FailureKind::CommandNotExecutable,
            format!("cannot execute `{name}`: it is a directory"),
        ),
        rustix::io::Errno::LOOP => Failure::new(
            FailureKind::CommandNotExecutable,
            format!(
                "cannot execute `{name}`: its symlinks lead in a circle, or through /proc out of the container"
            ),
        ),
        errno => Failure {
            kind: FailureKind::CommandNotExecutable,
            message: format!("cannot execute `{name}`: {}", describe(&errno.into())),
            errno: errno.raw_os_error(),
            hint: None,
        },
    }
}

/// May this process execute the file? Found without magic links.
fn executable(root: &OwnedFd, path: &str) -> rustix::io::Result<()> {
    let fd = open(root, path, OFlags::PATH)?;
    let stat = rustix::fs::fstat(&fd)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Err(rustix::io::Errno::ISDIR),
        FileType::RegularFile => {
            rustix::fs::accessat(rustix::fs::CWD, path, rustix::fs::Access::EXEC_OK, AtFlags::EACCESS)
        }
        _ => Err(rustix::io::Errno::ACCESS),
    }
}

/// Follows the chain of `#!` lines and refuses rctr's own binary anywhere in it. What it cannot follow because the file
/// may be executed and not read, it gives back, to be executed by this very descriptor: the kernel runs no script by a
/// descriptor that closes on exec (execveat(2), "BUGS"), so that there is nothing to follow.
fn refuse_own_binary(
    file: &str,
    process: &ProcessSpec,
    root: &OwnedFd,
    own: FileId,
) -> Result<Option<OwnedFd>, Failure> {
    use rustix::io::Errno;
    let name = process.args.first().map(String::as_str).unwrap_or_default();
    let mut file = file.as_bytes().to_vec();
    for depth in 0..=MAX_INTERPRETERS {
        let what = || format!("look at {}", String::from_utf8_lossy(&file));
        let fd = match open(root, file.as_slice(), OFlags::PATH) {
            Ok(fd) => fd,
            // The kernel will say what is wrong with an interpreter that is not there.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::NAMETOOLONG) => return Ok(None),
            Err(errno) => return Err(not_executable(name, errno)),
        };
        let stat = rustix::fs::fstat(&fd).attempt(what)?;
        if FileId::of(&stat) == own {
            let message =
                format!("cannot execute `{name}`: it is rctr itself, which never runs inside a container");
            return Err(Failure::new(FailureKind::CommandNotExecutable, message));
        }
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(None); // EACCES
        }
        let mut head = Vec::with_capacity(HEAD as usize);
        match open(root, file.as_slice(), OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY) {
            Ok(readable) => File::from(readable).take(HEAD).read_to_end(&mut head).attempt(what)?,
            Err(Errno::ACCESS) if depth == 0 => return Ok(Some(fd)),
            Err(errno) => return Err(not_executable(name, errno)),
        };
        file = match interpreter(&head) {
            Some(next) if next.starts_with(b"/") => next.to_vec(),
            Some(next) => [process.cwd.as_bytes(), b"/", next].concat(),
            None => return Ok(None),
        };
    }
    // One more than the kernel follows: it says so.
    Ok(None)
}

/// The interpreter that a `#!` line names (execve(2), "Interpreter scripts"): any bytes, not only text.
fn interpreter(head: &[u8]) -> Option<&[u8]> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|b| *b == b'\n').next()?;
    line.split(|b| matches!(b, b' ' | b'\t' | 0)).find(|w| !w.is_empty())
}

fn open(root: &OwnedFd, path: impl rustix::path::Arg + Copy, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        match rustix::fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            // A rename raced with the lookup (openat2(2), EAGAIN): the kernel asks to look again.
            Err(rustix::io::Errno::AGAIN) => {}
            other => return other,
        }
    }
}

fn text(value: &str) -> Result<CString, Failure> {
    CString::new(value).map_err(|_| {
        Failure::new(FailureKind::CommandNotExecutable, format!("{value:?} has a NUL byte in it"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_read_as_the_kernel_does() {
        let rows: [(&[u8], Option<&str>); 6] = [
            (b"#!/bin/sh\necho", Some("/bin/sh")),
            (b"#! \t/usr/bin/env python3\n", Some("/usr/bin/env")),
            (b"#!/proc/self/exe", Some("/proc/self/exe")),
            (b"\x7fELF", None),
            (b"#!", None),
            (b"#!\n/bin/sh", None),
        ];
        for (head, want) in rows {
            assert_eq!(interpreter(head), want.map(str::as_bytes), "{head:?}");
        }
    }
}
