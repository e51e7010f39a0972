//! What a path names below a root, in the way that copying needs: the directory, or the last directory on the way and the
//! name in it, after every symlink. Both sides of a copy look this way: the host's root is `/`.

use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::root::Root;
use super::{Attempt, SysError};

/// How many symlinks are followed one after the other at the end of a path, as the kernel has it (path_resolution(7)).
const LINKS_MAX: usize = 40;

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// A directory, and what it is called where a name can be told.
    Directory {
        /// O_PATH.
        fd: OwnedFd,
        /// None for the root, and for what `..` led to.
        name: Option<CString>,
    },
    /// Anything else.
    File {
        /// The directory that it is in, O_PATH.
        parent: OwnedFd,
        /// Its name there; no symlink when it was looked at.
        name: CString,
    },
    /// Nothing, in a directory that is there.
    Missing {
        /// O_PATH.
        parent: OwnedFd,
        /// The name that is free.
        name: CString,
    },
}

impl Root {
    /// Looks a path up, symlinks inside the root followed to the last.
    ///
    /// # Errors
    /// ENOENT when a directory on the way is missing, ENOTDIR, ELOOP; "a dangling symlink stands there".
    pub fn find(&self, path: &[u8]) -> Result<Found, SysError> {
        let shown = String::from_utf8_lossy(path).into_owned();
        let what = || format!("look up {shown:?}");
        let mut path = path.to_vec();
        for followed in 0..LINKS_MAX {
            let must_be_directory = path.ends_with(b"/");
            while path.ends_with(b"/") {
                path.pop();
            }
            let at = path.iter().rposition(|b| *b == b'/');
            let name = path[at.map_or(0, |at| at + 1)..].to_vec();
            let above = at.map_or(&b""[..], |at| &path[..=at]);
            if matches!(name.as_slice(), b"" | b"." | b"..") {
                let whole = if path.is_empty() { b"." } else { path.as_slice() };
                let fd = self.look(whole, OFlags::DIRECTORY).attempt(what)?;
                return Ok(Found::Directory { fd, name: None });
            }
            let parent =
                self.look(if above.is_empty() { b"." } else { above }, OFlags::DIRECTORY).attempt(what)?;
            let name = CString::new(name).map_err(io::Error::from).attempt(what)?;
            let stat = match rustix::fs::statat(&parent, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) if followed > 0 => {
                    return Err(SysError::new(what(), io::Error::other("a dangling symlink stands there")));
                }
                Err(Errno::NOENT) if must_be_directory => return Err(Errno::NOENT).attempt(what),
                Err(Errno::NOENT) => return Ok(Found::Missing { parent, name }),
                other => other.attempt(what)?,
            };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {
                    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                    let fd = rustix::fs::openat(&parent, &name, flags, rustix::fs::Mode::empty());
                    return Ok(Found::Directory { fd: fd.attempt(what)?, name: Some(name) });
                }
                FileType::Symlink => {
                    let target =
                        rustix::fs::readlinkat(&parent, &name, Vec::new()).attempt(what)?.into_bytes();
                    // Counted from where the link is, by the same text that led there.
                    path = if target.starts_with(b"/") { target } else { [above, &target].concat() };
                    if must_be_directory {
                        path.push(b'/');
                    }
                }
                _ if must_be_directory => return Err(Errno::NOTDIR).attempt(what),
                _ => return Ok(Found::File { parent, name }),
            }
        }
        Err(Errno::LOOP).attempt(what)
    }

    fn look(&self, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
        self.open_with(path, OFlags::PATH | flags, ResolveFlags::empty())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;
    use crate::sys::root::open_directory;

    fn shown(found: Result<Found, SysError>) -> String {
        let name = |name: CString| name.into_string().unwrap();
        match found {
            Ok(Found::Directory { name: None, .. }) => "directory".to_owned(),
            Ok(Found::Directory { name: Some(n), .. }) => format!("directory {}", name(n)),
            Ok(Found::File { name: n, .. }) => format!("file {}", name(n)),
            Ok(Found::Missing { name: n, .. }) => format!("missing {}", name(n)),
            Err(error) => crate::sys::describe(&error.source),
        }
    }

    #[test]
    fn every_path_ends_inside() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("d/e")).unwrap();
        std::fs::write(at("d/f"), "").unwrap();
        for (name, to) in [
            ("to-f", "d/f"),
            ("to-d", "/d/"),
            ("d/up", "../../../.."),
            ("d/abs", "/d/f"),
            ("dangling", "nowhere"),
            ("deep", "d/abs"),
            ("loop", "loop"),
            ("away", "/nowhere/x"),
        ] {
            symlink(to, at(name)).unwrap();
        }
        let root = Root::new(open_directory(dir.path()).unwrap());
        for (path, want) in [
            ("/", "directory"),
            ("", "directory"),
            ("..", "directory"),
            ("/d/e/..", "directory"),
            ("d", "directory d"),
            ("/d/e/", "directory e"),
            ("/to-d", "directory d"),
            ("/to-d/f", "file f"),
            ("to-f", "file f"),
            ("deep", "file f"),
            ("d/up/d/f", "file f"),
            ("/../../d/new", "missing new"),
            ("new", "missing new"),
            ("new/", "no such file or directory"),
            ("new/er", "no such file or directory"),
            ("d/f/", "not a directory"),
            ("to-f/", "not a directory"),
            ("d/f/x", "not a directory"),
            ("dangling", "a dangling symlink stands there"),
            ("away", "no such file or directory"),
            ("loop", "too many symbolic links encountered"),
        ] {
            assert_eq!(shown(root.find(path.as_bytes())), want, "{path:?}");
        }
        let Found::Directory { fd, .. } = root.find(b"d/up").unwrap() else { panic!("a directory") };
        assert_eq!(rustix::fs::fstat(&fd).unwrap().st_ino, dir.path().metadata().unwrap().ino());
    }
}
