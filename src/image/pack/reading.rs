//! What can be asked of files by descriptor: names, holes, attributes.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{Dir, Mode, OFlags, SeekFrom};
use rustix::io::Errno;

/// Most pieces of a file with holes, as the reader has it.
const PIECES_MAX: usize = 100_000;

/// File systems that hold no files but answers of the kernel (statfs(2)): proc, sysfs, cgroup, cgroup2, debugfs, tracefs.
const KERNELS: [u64; 6] = [0x9fa0, 0x6265_6572, 0x0027_e0eb, 0x6367_7270, 0x6462_6720, 0x7472_6163];

/// The names in a directory, sorted: the same files give the same tar.
pub(in crate::image) fn names(dir: BorrowedFd<'_>) -> rustix::io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Opens a directory for reading, and nothing else.
pub(in crate::image) fn open_dir(dir: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}

/// A path below another one; below nothing it is the name.
pub(in crate::image) fn join(path: &[u8], name: &CStr) -> Vec<u8> {
    if path.is_empty() { name.to_bytes().to_vec() } else { [path, b"/", name.to_bytes()].concat() }
}

/// Is there nothing in a directory but what the kernel makes up?
pub(super) fn is_kernels(dir: &OwnedFd) -> rustix::io::Result<bool> {
    let kind = rustix::fs::fstatfs(dir)?.f_type;
    Ok(KERNELS.contains(&(kind as u64 & 0xffff_ffff)))
}

/// The name under which an attribute travels; none for those that mean something only here. What overlayfs has escaped
/// gets its own name back (overlayfs.rst, "Nesting overlayfs mounts").
pub(super) fn carried(name: &[u8]) -> Option<Vec<u8>> {
    if let Some(rest) = name.strip_prefix(b"user.overlay.") {
        return rest.strip_prefix(b"overlay.").map(|own| [b"user.overlay.", own].concat());
    }
    let ours = name.starts_with(b"user.rctr.");
    (name == b"security.capability" || (name.starts_with(b"user.") && !ours)).then(|| name.to_vec())
}

pub(super) fn value_of(fd: BorrowedFd<'_>, name: &[u8]) -> rustix::io::Result<Vec<u8>> {
    let mut value = vec![0_u8; 64 * 1024];
    let length = rustix::fs::fgetxattr(fd, name, value.as_mut_slice())?;
    value.truncate(length);
    Ok(value)
}

/// Where a file has data (lseek(2), SEEK_DATA); none when its file system does not tell, or tells of too much.
pub(super) fn pieces(file: &File, size: u64) -> rustix::io::Result<Option<Vec<(u64, u64)>>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < size {
        let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(start) => start,
            // Nothing but a hole to its end.
            Err(Errno::NXIO) => break,
            Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        if start >= size {
            break;
        }
        let end = rustix::fs::seek(file, SeekFrom::Hole(start))?.min(size);
        if end <= start || pieces.len() >= PIECES_MAX - 1 {
            return Ok(None);
        }
        pieces.push((start, end - start));
        at = end;
    }
    if pieces.last().is_none_or(|(offset, length)| offset + length < size) {
        pieces.push((size, 0));
    }
    Ok(Some(pieces))
}
