//! Where the files of an image archive are: members of a tar that can be read at any place, or files of a directory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags};

use super::error::ImageError;
use super::path::EntryPath;
use super::tar::{Kind, TarReader};
use crate::sys::Attempt;

/// Most members of an image archive; layers' own entries do not count.
const MEMBERS_MAX: usize = 100_000;
/// How many links in a row are followed inside an archive.
const LINKS_MAX: usize = 8;

/// An image archive, opened.
#[derive(Debug)]
pub struct Source {
    /// For messages.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Archive { file: Arc<File>, members: HashMap<Vec<u8>, Member> },
    Directory(PathBuf),
}

#[derive(Clone, Debug)]
enum Member {
    Bytes { offset: u64, size: u64 },
    Link(Vec<u8>),
}

/// A member's bytes, read without moving the file's own position: many can be read at once.
#[derive(Clone, Debug)]
pub struct Blob {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Blob {
    /// How many bytes are left.
    pub fn size(&self) -> u64 {
        self.end - self.position
    }

    /// A whole file.
    ///
    /// # Errors
    /// Those of fstat.
    pub fn whole(file: File) -> io::Result<Self> {
        let end = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), position: 0, end })
    }
}

impl Read for Blob {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.size()).unwrap_or(usize::MAX));
        let n = self.file.read_at(&mut buffer[..want], self.position)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Source {
    /// Takes a directory.
    pub fn directory(path: &Path) -> Self {
        Self { name: path.display().to_string(), place: Place::Directory(path.to_owned()) }
    }

    /// Lists the members of a tar that is not packed. `name` is for messages.
    ///
    /// # Errors
    /// [`ImageError::Corrupt`], and [`ImageError::Limit`] for an absurd number of members.
    pub fn archive(mut file: File, name: &str) -> Result<Self, ImageError> {
        let what = || format!("read {name}");
        let end = file.seek(SeekFrom::End(0)).attempt(what)?;
        file.seek(SeekFrom::Start(0)).attempt(what)?;
        let mut members = HashMap::new();
        let mut tar = TarReader::new(&file);
        while let Some(entry) = tar.next_entry()? {
            let Ok(path) = EntryPath::clean(&entry.path) else { continue };
            let member = match entry.kind {
                Kind::File if entry.sparse.is_none() => {
                    Some(Member::Bytes { offset: tar.position(), size: entry.size })
                }
                Kind::HardLink => {
                    EntryPath::clean(&entry.link).ok().map(|l| Member::Link(l.bytes().to_vec()))
                }
                Kind::Symlink => beside(path.bytes(), &entry.link).map(Member::Link),
                _ => None,
            };
            if let Some(member) = member {
                members.insert(path.bytes().to_vec(), member);
            }
            if members.len() > MEMBERS_MAX {
                return Err(ImageError::Limit {
                    what: name.to_owned(),
                    reason: format!("more than {MEMBERS_MAX} members"),
                });
            }
            let rest =
                i64::try_from(tar.leave_content()).map_err(|_| ImageError::corrupt(name, "size overflow"))?;
            (&file).seek(SeekFrom::Current(rest)).attempt(what)?;
            if tar.position() > end {
                return Err(ImageError::corrupt(name, "it is cut off"));
            }
        }
        Ok(Self { name: name.to_owned(), place: Place::Archive { file: Arc::new(file), members } })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Is it a directory, and no archive?
    pub fn is_directory(&self) -> bool {
        matches!(self.place, Place::Directory(_))
    }

    /// Opens a member; none when there is no such file.
    ///
    /// # Errors
    /// A member cut off by the end of the archive; those of open.
    pub fn open(&self, member: &str) -> Result<Option<Blob>, ImageError> {
        let Ok(path) = EntryPath::clean(member.as_bytes()) else { return Ok(None) };
        match &self.place {
            Place::Archive { file, members } => {
                let mut found = members.get(path.bytes());
                for _ in 0..LINKS_MAX {
                    let Some(Member::Link(target)) = found else { break };
                    found = members.get(target);
                }
                let Some(Member::Bytes { offset, size }) = found else { return Ok(None) };
                let end = offset.saturating_add(*size);
                if end > file.metadata().attempt(|| format!("read {}", self.name))?.len() {
                    return Err(ImageError::corrupt(&self.name, format!("it is cut off in {member}")));
                }
                Ok(Some(Blob { file: Arc::clone(file), position: *offset, end }))
            }
            Place::Directory(dir) => {
                let path = dir.join(member);
                // Never a FIFO that waits, never a device.
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
                let what = || format!("open {}", path.display());
                let fd = match rustix::fs::open(&path, flags, Mode::empty()) {
                    Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return Ok(None),
                    result => result.attempt(what)?,
                };
                let stat = rustix::fs::fstat(&fd).attempt(what)?;
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                    return Ok(None);
                }
                Ok(Some(Blob::whole(fd.into()).attempt(what)?))
            }
        }
    }

    /// Opens a member that must be there.
    ///
    /// # Errors
    /// As [`Self::open`]; [`ImageError::Corrupt`] when it is missing.
    pub fn must_open(&self, member: &str) -> Result<Blob, ImageError> {
        self.open(member)?.ok_or_else(|| ImageError::corrupt(&self.name, format!("{member:?} is missing")))
    }

    /// Reads a small member whole.
    ///
    /// # Errors
    /// As [`Self::open`]; [`ImageError::Limit`] when it is longer than `limit`.
    pub fn read(&self, member: &str, limit: u64) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(mut blob) = self.open(member)? else { return Ok(None) };
        if blob.size() > limit {
            return Err(ImageError::Limit {
                what: format!("{member} of {}", self.name),
                reason: format!("{} bytes, at most {limit}", blob.size()),
            });
        }
        let mut bytes = Vec::new();
        blob.read_to_end(&mut bytes).attempt(|| format!("read {member} of {}", self.name))?;
        Ok(Some(bytes))
    }
}

/// Where a relative symlink beside `path` leads, as text; none when it leads out. Docker's older archives link layers
/// that several images share.
fn beside(path: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    parts.pop();
    for part in target.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::build::Tar;
    use std::io::Write;

    fn archive(bytes: &[u8]) -> Result<Source, ImageError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Source::archive(file, "x.tar")
    }

    #[test]
    fn members_are_found_and_links_followed() {
        let tar = Tar::default()
            .dir("a")
            .file("a/layer.tar", b"content")
            .symlink("b/layer.tar", "../a/layer.tar")
            .hardlink("c", "a/layer.tar")
            .symlink("loop", "loop")
            .symlink("out", "../../etc/passwd")
            .file("./manifest.json", b"[]")
            .end();
        let source = archive(&tar).unwrap();
        for name in ["a/layer.tar", "b/layer.tar", "c", "./a/layer.tar"] {
            assert_eq!(source.read(name, 100).unwrap().unwrap(), b"content", "{name}");
        }
        for name in ["loop", "out", "a", "nope", "../x"] {
            assert!(source.open(name).unwrap().is_none(), "{name}");
        }
        assert!(matches!(source.read("a/layer.tar", 3), Err(ImageError::Limit { .. })));
        assert!(source.must_open("nope").unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn a_member_that_is_cut_off_is_told() {
        let tar = Tar::default().file("big", &[1; 4000]).end();
        let source = archive(&tar[..2000]);
        assert!(source.and_then(|s| s.open("big")).is_err());
    }

    #[test]
    fn a_directory_serves_ordinary_files_only() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "1").unwrap();
        nix::unistd::mkfifo(&dir.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let source = Source::directory(dir.path());
        assert_eq!(source.read("f", 10).unwrap().unwrap(), b"1");
        assert!(source.open("pipe").unwrap().is_none());
        assert!(source.open("../etc/passwd").unwrap().is_none());
    }
}
