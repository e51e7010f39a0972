//! Starting a helper program that lives beside the container: nothing of ours leaks into it. Unlike std's `Command` it
//! resets the signal mask (ours blocks what is handed on to the container), closes every descriptor that was not asked
//! for (also those that our caller leaked into us), leaves the caller's session, and gives a pidfd.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::{WaitId, WaitIdOptions, waitid};

use super::{Attempt, SysError, process};

/// A helper that was started.
#[derive(Debug)]
pub struct Helper {
    pid: i32,
    pidfd: OwnedFd,
}

impl Helper {
    /// Its process id as we see it.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits for its end and gives its exit code, 128+n when signal n ended it.
    ///
    /// # Errors
    /// ECHILD when somebody else has waited for it.
    pub fn wait(self) -> Result<i32, SysError> {
        let id = WaitId::PidFd(self.pidfd.as_fd());
        loop {
            match waitid(id.clone(), WaitIdOptions::EXITED) {
                Ok(Some(status)) => {
                    let signal = || status.terminating_signal().map(|signal| 128 + signal);
                    if let Some(code) = status.exit_status().or_else(signal) {
                        return Ok(code);
                    }
                }
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(errno).attempt(|| format!("wait for process {}", self.pid)),
            }
        }
    }
}

/// Readable (poll(2)) when it has ended.
impl AsFd for Helper {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

/// Starts `program` (an absolute path) with an empty environment, /dev/null as stdin, `output` as stdout and stderr, and
/// `fds` as descriptors 3, 4 and so on; no others.
///
/// # Errors
/// Those of execve(2); the child has been waited for.
pub fn spawn(
    program: &Path,
    arguments: &[&OsStr],
    output: BorrowedFd<'_>,
    fds: &[BorrowedFd<'_>],
) -> Result<Helper, SysError> {
    let what = || format!("start {}", program.display());
    let path = CString::new(program.as_os_str().as_bytes()).attempt(what)?;
    let name = program.file_name().unwrap_or(program.as_os_str());
    let texts = std::iter::once(&name)
        .chain(arguments)
        .map(|text| CString::new(text.as_bytes()))
        .collect::<Result<Vec<_>, _>>()
        .attempt(what)?;
    let null =
        rustix::fs::open("/dev/null", rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC, 0.into())
            .attempt(|| "open /dev/null")?;
    // High copies first, so that no dup2 of the child hits a descriptor that is still needed.
    let above = 3 + fds.len() as i32;
    let mut sources = Vec::with_capacity(above as usize);
    for fd in [null.as_fd(), output, output].iter().chain(fds) {
        sources.push(rustix::io::fcntl_dupfd_cloexec(fd, above).attempt(what)?);
    }
    let pid = posix_spawn(&path, &texts, &sources).attempt(what)?;
    Ok(Helper { pid, pidfd: process::pidfd_open(pid)? })
}

/// posix_spawn(3) with the descriptors as 0, 1, 2 and so on.
fn posix_spawn(path: &CString, texts: &[CString], fds: &[OwnedFd]) -> io::Result<i32> {
    let mut arguments: Vec<*mut libc::c_char> = texts.iter().map(|text| text.as_ptr().cast_mut()).collect();
    arguments.push(std::ptr::null_mut());
    let environment = [std::ptr::null_mut::<libc::c_char>()];
    let ok = |code| if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code)) };
    // SAFETY: both objects are initialised before use and destroyed on every way out (posix_spawn_file_actions_init(3));
    // the texts, arguments and descriptors outlive the call, which returns only when the child has executed or failed.
    unsafe {
        let mut actions: libc::posix_spawn_file_actions_t = std::mem::zeroed();
        ok(libc::posix_spawn_file_actions_init(&raw mut actions))?;
        let mut attributes: libc::posix_spawnattr_t = std::mem::zeroed();
        let mut pid = 0;
        let mut none: libc::sigset_t = std::mem::zeroed();
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigfillset(&raw mut all);
        let flags = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        let result = (|| {
            for (number, fd) in fds.iter().enumerate() {
                ok(libc::posix_spawn_file_actions_adddup2(&raw mut actions, fd.as_raw_fd(), number as i32))?;
            }
            ok(libc::posix_spawn_file_actions_addclosefrom_np(&raw mut actions, fds.len() as i32))?;
            ok(libc::posix_spawnattr_init(&raw mut attributes))?;
            ok(libc::posix_spawnattr_setsigmask(&raw mut attributes, &raw const none))?;
            ok(libc::posix_spawnattr_setsigdefault(&raw mut attributes, &raw const all))?;
            let flags = flags as libc::c_short | libc::POSIX_SPAWN_SETSID;
            ok(libc::posix_spawnattr_setflags(&raw mut attributes, flags))?;
            ok(libc::posix_spawn(
                &raw mut pid,
                path.as_ptr(),
                &raw const actions,
                &raw const attributes,
                arguments.as_ptr(),
                environment.as_ptr(),
            ))
        })();
        libc::posix_spawnattr_destroy(&raw mut attributes);
        libc::posix_spawn_file_actions_destroy(&raw mut actions);
        result.map(|()| pid)
    }
}

/// A file in memory of a fixed size that keeps the first `limit` bytes of what a helper says, without anybody reading:
/// a pipe would stop the helper when it is full, and kill it when its reader is gone.
///
/// # Errors
/// EMFILE, ENOMEM.
pub fn bounded_log(limit: u64) -> Result<OwnedFd, SysError> {
    use rustix::fs::{MemfdFlags, SealFlags};
    let what = || "make a file in memory";
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = rustix::fs::memfd_create("log", flags).attempt(what)?;
    rustix::fs::ftruncate(&file, limit).attempt(what)?;
    rustix::fs::fcntl_add_seals(&file, SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)
        .attempt(what)?;
    Ok(file)
}

/// What was said so far.
///
/// # Errors
/// None that the kernel documents for files in memory.
pub fn read_log(log: BorrowedFd<'_>) -> Result<String, SysError> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count =
            rustix::io::pread(log, &mut chunk, bytes.len() as u64).attempt(|| "read a helper's output")?;
        // The rest of the file is still zeroes.
        let said = chunk[..count].iter().position(|&byte| byte == 0).unwrap_or(count);
        bytes.extend_from_slice(&chunk[..said]);
        if said == 0 || said < count {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::signal::block_forwarded_signals;

    fn shell(script: &str, fds: &[BorrowedFd<'_>], limit: u64) -> (i32, String) {
        let log = bounded_log(limit).unwrap();
        let arguments = ["-c", script].map(OsStr::new);
        let helper = spawn(Path::new("/bin/sh"), &arguments, log.as_fd(), fds).unwrap();
        let code = helper.wait().unwrap();
        (code, read_log(log.as_fd()).unwrap())
    }

    #[test]
    fn nothing_of_ours_leaks() {
        block_forwarded_signals().unwrap();
        // Neither close-on-exec: a caller's leak.
        let leak = std::fs::File::open("/").unwrap();
        rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
        let given = std::fs::File::open("/etc").unwrap();
        let script = "readlink /proc/self/fd/3; ls /proc/$$/fd | tr '\\n' ' '; echo; env | grep -v ^PWD; \
                      grep -E 'Sig(Blk|Ign)' /proc/$$/status | cut -f2; exit 3";
        let (code, said) = shell(script, &[given.as_fd()], 4096);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!((code, &lines[..2]), (3, &["/etc", "0 1 2 3 "][..]), "{said}");
        for set in &lines[2..] {
            // 32 and 33 are glibc's own, which its posix_spawn ignores.
            assert_eq!(u64::from_str_radix(set, 16).unwrap() & !0x1_8000_0000, 0, "{said}");
        }
        assert_eq!(lines.len(), 4, "{said}");
    }

    #[test]
    fn a_log_keeps_the_beginning_and_stops_nobody() {
        let script = "echo start; head -c 100000 /dev/zero | tr '\\0' x; kill -9 $$";
        let (code, said) = shell(script, &[], 8192);
        assert_eq!(code, 137);
        assert!(said.starts_with("start\nxxx") && said.len() <= 8192, "{}", said.len());
    }

    #[test]
    fn a_missing_program() {
        let log = bounded_log(4096).unwrap();
        let error = spawn(Path::new("/no/such"), &[], log.as_fd(), &[]).unwrap_err();
        assert_eq!(error.to_string(), "start /no/such: no such file or directory");
        assert_eq!(error.errno(), libc::ENOENT);
    }
}
