//! Plays a list of file system calls below a directory, and tells what each answered and what the tree is like then.
//! Nothing in it differs from one file system to another that works alike.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, c_long};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Error, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::syscall;

const fn number(x86_64: c_long, other: c_long) -> c_long {
    if cfg!(target_arch = "x86_64") { x86_64 } else { other }
}

const RENAMEAT2: c_long = number(316, 276);
const MKNODAT: c_long = number(259, 33);
const UTIMENSAT: c_long = number(280, 88);
const LSETXATTR: c_long = number(189, 6);
const LGETXATTR: c_long = number(192, 9);
const LLISTXATTR: c_long = number(195, 12);
const LREMOVEXATTR: c_long = number(198, 15);
const FALLOCATE: c_long = number(285, 47);
const UMASK: c_long = number(95, 166);
const HERE: c_long = -100;
/// What was made before this is told exactly, the rest is now.
const LONG_AGO: i64 = 1_500_000_000;

/// Plays the lines of `script` below `base`.
pub fn play(base: &str, script: &str) -> String {
    let base = Path::new(base);
    let text = fs::read_to_string(script).expect("a script");
    let mut out = String::new();
    let mut open = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match step(base, &words, &mut open) {
            Ok(told) => told,
            Err(error) => format!("errno {}", error.raw_os_error().unwrap_or_default()),
        };
        let _ = writeln!(out, "{line}: {answer}");
    }
    drop(open);
    tree(base, Path::new(""), &mut out);
    out
}

fn step(base: &Path, words: &[&str], open: &mut BTreeMap<String, File>) -> Result<String> {
    let at = |index: usize| base.join(words[index]);
    let number = |index: usize| u32::from_str_radix(words[index], 8).expect("an octal number");
    let done = |()| "done".to_owned();
    match words[0] {
        "umask" => {
            // SAFETY: a plain number.
            unsafe { syscall(UMASK, c_long::from(number(1))) };
            Ok("done".to_owned())
        }
        "create" => options()
            .write(true)
            .create_new(true)
            .mode(number(2))
            .open(at(1))
            .map(|_| "done".to_owned()),
        "write" => {
            let file = options().write(true).open(at(1))?;
            file.write_all_at(words[3].as_bytes(), number(2).into()).map(done)
        }
        "put" => {
            let file = options().write(true).create(true).truncate(true).open(at(1))?;
            file.write_all_at(words[2].as_bytes(), 0).map(done)
        }
        "append" => options().append(true).open(at(1))?.write_all(words[2].as_bytes()).map(done),
        "read" => read(&mut options().read(true).open(at(1))?),
        "truncate" => options().write(true).open(at(1))?.set_len(number(2).into()).map(done),
        "allocate" => {
            let file = options().write(true).open(at(1))?;
            let fd = c_long::from(std::os::fd::AsRawFd::as_raw_fd(&file));
            // SAFETY: plain numbers.
            answered(unsafe { syscall(FALLOCATE, fd, 0 as c_long, 0 as c_long, c_long::from(number(2))) })
        }
        "mkdir" => {
            let mut builder = fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, number(2));
            builder.create(at(1)).map(done)
        }
        "rmdir" => fs::remove_dir(at(1)).map(done),
        "unlink" => fs::remove_file(at(1)).map(done),
        "rename" => {
            let (from, to) = (c_path(&at(1)), c_path(&at(2)));
            let flags = c_long::from(number(3));
            // SAFETY: C strings.
            answered(unsafe { syscall(RENAMEAT2, HERE, from.as_ptr(), HERE, to.as_ptr(), flags) })
        }
        "link" => fs::hard_link(at(1), at(2)).map(done),
        "symlink" => std::os::unix::fs::symlink(words[2], at(1)).map(done),
        "chmod" if at(1).is_symlink() => Ok("a symlink".to_owned()),
        "chmod" => fs::set_permissions(at(1), Permissions::from_mode(number(2))).map(done),
        "chown" => std::os::unix::fs::lchown(at(1), Some(number(2)), Some(number(3))).map(done),
        "times" => {
            let path = c_path(&at(1));
            let times = [i64::from(number(2)), 5, i64::from(number(2)), 7];
            // SAFETY: a C string and two of struct timespec; AT_SYMLINK_NOFOLLOW.
            answered(unsafe { syscall(UTIMENSAT, HERE, path.as_ptr(), times.as_ptr(), 0x100 as c_long) })
        }
        "setxattr" => {
            let (path, name) = (c_path(&at(1)), c_path(Path::new(words[2])));
            let length = words[3].len();
            // SAFETY: C strings, and bytes of this length.
            answered(unsafe {
                syscall(LSETXATTR, path.as_ptr(), name.as_ptr(), words[3].as_ptr(), length, 0 as c_long)
            })
        }
        "getxattr" => attribute(&at(1), words[2]),
        "removexattr" => {
            let (path, name) = (c_path(&at(1)), c_path(Path::new(words[2])));
            // SAFETY: C strings.
            answered(unsafe { syscall(LREMOVEXATTR, path.as_ptr(), name.as_ptr()) })
        }
        "mknod" => {
            let path = c_path(&at(1));
            let device: c_long = 0;
            // SAFETY: a C string.
            answered(unsafe { syscall(MKNODAT, HERE, path.as_ptr(), c_long::from(number(2)), device) })
        }
        "stat" => fs::symlink_metadata(at(1)).map(|found| attributes(&at(1), &found)),
        "list" => {
            let mut names: Vec<_> =
                fs::read_dir(at(1))?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_>>()?;
            names.sort();
            Ok(format!("{names:?}"))
        }
        // One that stays open while others change the file, or its name.
        "open" => {
            open.insert(words[2].to_owned(), options().read(true).open(at(1))?);
            Ok("done".to_owned())
        }
        "open-both" => {
            open.insert(words[2].to_owned(), options().read(true).write(true).open(at(1))?);
            Ok("done".to_owned())
        }
        "again" => match open.get_mut(words[1]) {
            Some(file) => {
                file.seek(SeekFrom::Start(0))?;
                let found = file.metadata()?;
                Ok(format!("{} {:o} {}", read(file)?, found.mode(), found.size()))
            }
            None => Ok("not open".to_owned()),
        },
        "write-again" => match open.get_mut(words[1]) {
            Some(file) => file.write_all_at(words[2].as_bytes(), 0).map(done),
            None => Ok("not open".to_owned()),
        },
        other => panic!("unknown call {other}"),
    }
}

/// A FIFO that nobody else has open keeps nobody waiting.
fn options() -> OpenOptions {
    const NONBLOCK: i32 = 0o4000;
    let mut options = OpenOptions::new();
    options.custom_flags(NONBLOCK);
    options
}

fn read(file: &mut File) -> Result<String> {
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(format!("{:?}", String::from_utf8_lossy(&content)))
}

fn answered(result: c_long) -> Result<String> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok("done".to_owned()) }
}

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL")
}

fn attribute(path: &Path, name: &str) -> Result<String> {
    let (path, name) = (c_path(path), c_path(Path::new(name)));
    let mut value = [0_u8; 256];
    // SAFETY: C strings, and room of this size.
    let length = unsafe { syscall(LGETXATTR, path.as_ptr(), name.as_ptr(), value.as_mut_ptr(), value.len()) };
    if length < 0 {
        return Err(Error::last_os_error());
    }
    Ok(format!("{:?}", String::from_utf8_lossy(&value[..length as usize])))
}

fn attribute_names(path: &Path) -> Vec<String> {
    let path = c_path(path);
    let mut names = [0_u8; 4096];
    // SAFETY: a C string, and room of this size.
    let length = unsafe { syscall(LLISTXATTR, path.as_ptr(), names.as_mut_ptr(), names.len()) };
    let names = &names[..usize::try_from(length).unwrap_or_default()];
    let mut names: Vec<_> =
        names.split(|b| *b == 0).filter(|n| !n.is_empty()).map(|n| String::from_utf8_lossy(n).into()).collect();
    names.sort();
    names
}

fn attributes(path: &Path, found: &fs::Metadata) -> String {
    let kind = found.file_type();
    let mut text = format!("{:o} {}:{}", found.mode(), found.uid(), found.gid());
    if !kind.is_dir() {
        let _ = write!(text, " {} links", found.nlink());
    }
    if kind.is_file() || kind.is_symlink() {
        let _ = write!(text, " {} bytes", found.size());
    }
    match found.mtime() {
        time @ ..LONG_AGO => drop(write!(text, " at {time}.{}", found.mtime_nsec())),
        _ => text.push_str(" now"),
    }
    for name in attribute_names(path) {
        let _ = write!(text, " {name}={}", attribute(path, &name).unwrap_or_default());
    }
    text
}

/// Every file below, with its content; and that a directory's listing and its files agree.
fn tree(base: &Path, below: &Path, out: &mut String) {
    let path: PathBuf = base.join(below);
    let Ok(found) = fs::symlink_metadata(&path) else { return };
    let _ = write!(out, "/{} {}", below.display(), attributes(&path, &found));
    let kind = found.file_type();
    if kind.is_file() {
        let content = fs::read(&path).map(|content| String::from_utf8_lossy(&content).into_owned());
        let _ = write!(out, " {content:?}");
    } else if kind.is_symlink() {
        let _ = write!(out, " -> {}", fs::read_link(&path).unwrap_or_default().display());
    } else if kind.is_fifo() {
        out.push_str(" fifo");
    }
    out.push('\n');
    if !kind.is_dir() {
        return;
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).expect("a directory") {
        let entry = entry.expect("an entry");
        let found = entry.metadata().expect("a file that is listed");
        if entry.file_type().expect("a type") != found.file_type() {
            let _ = writeln!(out, "{:?} is listed as {:?}", entry.path(), entry.file_type());
        }
        names.push(entry.file_name());
    }
    names.sort();
    for name in names {
        tree(base, &below.join::<&OsStr>(name.as_ref()), out);
    }
}
