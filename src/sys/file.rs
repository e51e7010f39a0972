//! Small files, whole: read with a bound, written atomically.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{Attempt, SysError};

/// Small files mostly are not larger.
const USUAL: usize = 8 * 1024;

/// Reads a text file of at most `limit` bytes.
///
/// # Errors
/// Those of open and read; EFBIG when it is longer, and "invalid data" when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, SysError> {
    let what = || format!("read {}", path.display());
    let file = File::open(path).attempt(what)?;
    read_text_from(file, limit).attempt(what)
}

/// Reads a regular file of at most `limit` bytes, in three system calls when it is small: less than was asked for is the
/// rest of it, which procfs and pipes do not promise.
///
/// # Errors
/// Those of open and read; EFBIG when it is longer.
pub fn read_regular(path: &Path, limit: usize) -> Result<Vec<u8>, SysError> {
    (|| {
        let file = File::open(path)?;
        let mut bytes = Vec::with_capacity(USUAL);
        loop {
            let room = bytes.capacity() - bytes.len();
            let read = || rustix::io::read(&file, rustix::buffer::spare_capacity(&mut bytes));
            let length = rustix::io::retry_on_intr(read)?;
            if bytes.len() > limit {
                return Err(io::Error::from_raw_os_error(libc::EFBIG));
            }
            if length < room {
                return Ok(bytes);
            }
            bytes.reserve(bytes.len());
        }
    })()
    .attempt(|| format!("read {}", path.display()))
}

/// Reads at most `limit` bytes of UTF-8 from an open file.
///
/// # Errors
/// As [`read_text`].
pub fn read_text_from(file: File, limit: u64) -> io::Result<String> {
    // Room for most of what is read here, so that it comes in one read(2): from nothing it would double from 32 bytes.
    let mut text = String::with_capacity(USUAL);
    file.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit { Err(io::Error::from_raw_os_error(libc::EFBIG)) } else { Ok(text) }
}

/// Writes `bytes` to a temporary name beside `path` and renames it there, so that a reader sees the old or the new
/// content and never a part. With `durable` the content is synced first.
///
/// # Errors
/// ENOSPC, EROFS, EACCES; the temporary file is removed.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32, durable: bool) -> Result<(), SysError> {
    let what = || format!("write {}", path.display());
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = (|| {
        // One of a process that had this id and was killed. Whatever else stands there is not written to.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        std::fs::rename(&temporary, path)
    })();
    if result.is_err() {
        // The first error is the one to tell; a left-over temporary file is swept with its directory.
        let _ = std::fs::remove_file(&temporary);
    }
    result.attempt(what)
}

/// Writes a kernel file (procfs, sysfs) in one write(2).
///
/// # Errors
/// Whatever the kernel says of the value.
pub fn write_kernel(path: &str, value: &str) -> Result<(), SysError> {
    (|| OpenOptions::new().write(true).open(path)?.write_all(value.as_bytes()))()
        .attempt(|| format!("write {value:?} to {path}"))
}
/// The same for a file below a directory, the root of a procfs for one.
///
/// # Errors
/// Whatever the kernel says of the value.
pub fn write_kernel_at(directory: BorrowedFd<'_>, path: &str, value: &str) -> Result<(), SysError> {
    (|| {
        let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC;
        let file = rustix::fs::openat(directory, path, flags, rustix::fs::Mode::empty())?;
        File::from(file).write_all(value.as_bytes())
    })()
    .attempt(|| format!("write {value:?} to {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_files_of_every_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for length in [0, 1, USUAL - 1, USUAL, USUAL + 1, 5 * USUAL] {
            let content: Vec<u8> = (0..length).map(|n| b'a' + (n % 23) as u8).collect();
            std::fs::write(&path, &content).unwrap();
            assert_eq!(read_regular(&path, 5 * USUAL).unwrap(), content, "{length}");
        }
        let error = read_regular(&path, 5 * USUAL - 1).unwrap_err();
        assert_eq!(error.errno(), libc::EFBIG);
        assert_eq!(read_regular(&dir.path().join("g"), 1).unwrap_err().errno(), libc::ENOENT);
    }
}
