//! The files of one log, the newest first, while they are being rotated: a file is known by its inode, not by its name.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::monitor::log::rotated;
use crate::sys::{Attempt, SysError};

/// Device and inode: of a file that is held open nobody else has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(u64, u64);

/// A file of a log.
#[derive(Debug)]
pub struct LogFile {
    /// Open to be read.
    pub file: File,
    /// Which it is.
    pub id: FileId,
    /// How long it was when it was opened.
    pub size: u64,
}

/// All files of one log.
#[derive(Debug)]
pub struct Chain {
    path: PathBuf,
    files: u32,
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }
}

impl Chain {
    /// A log of at most so many files.
    pub fn new(path: PathBuf, files: u32) -> Self {
        Self { path, files }
    }

    /// Where the newest lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest file: the one that is being written, as a rule. None before the first output.
    ///
    /// # Errors
    /// EACCES.
    pub fn newest(&self) -> Result<Option<LogFile>, SysError> {
        self.pick(|all| (!all.is_empty()).then_some(0))
    }

    /// The file that comes next after this one, or the oldest; none when there is none yet.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn next(&self, after: Option<FileId>) -> Result<Option<LogFile>, SysError> {
        if after.is_some() && self.id(0) == after {
            return Ok(None);
        }
        self.pick(|all| match after.and_then(|after| all.iter().position(|id| *id == after)) {
            Some(0) => None,
            Some(place) => Some(place - 1),
            // It is so old that it is gone: what is left begins with the oldest.
            None => all.len().checked_sub(1),
        })
    }

    /// The file that came before this one.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn previous(&self, before: FileId) -> Result<Option<LogFile>, SysError> {
        self.pick(|all| all.iter().position(|id| *id == before).map(|place| place + 1))
    }

    /// Opens the file that `choose` wants of all of them, which may have another number by then.
    fn pick(&self, choose: impl Fn(&[FileId]) -> Option<usize>) -> Result<Option<LogFile>, SysError> {
        loop {
            let all = self.all();
            let ids: Vec<FileId> = all.iter().map(|(_, id)| *id).collect();
            let Some((number, id)) = choose(&ids).and_then(|place| all.get(place)) else { return Ok(None) };
            // Else it was renamed meanwhile, and is looked for once more.
            if let Some(found) = open(&rotated(&self.path, *number))?.filter(|found| found.id == *id) {
                return Ok(Some(found));
            }
        }
    }

    /// All that there are, the newest first. Numbers only go up, and are looked at from below: a file that is renamed
    /// meanwhile is seen twice rather than not at all.
    fn all(&self) -> Vec<(u32, FileId)> {
        let mut all: Vec<(u32, FileId)> = Vec::new();
        for number in 0..self.files.max(1) {
            if let Some(id) = self.id(number)
                && !all.iter().any(|(_, known)| *known == id)
            {
                all.push((number, id));
            }
        }
        all
    }

    fn id(&self, number: u32) -> Option<FileId> {
        rotated(&self.path, number).symlink_metadata().ok().map(|metadata| FileId::of(&metadata))
    }
}

/// None: it is not there.
fn open(path: &Path) -> Result<Option<LogFile>, SysError> {
    let attempt = || format!("open the log {}", path.display());
    let flags = (OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.attempt(attempt)?,
    };
    let metadata = file.metadata().attempt(attempt)?;
    if !metadata.is_file() {
        return Err(SysError::new(attempt(), io::Error::other("not a regular file")));
    }
    Ok(Some(LogFile { file, id: FileId::of(&metadata), size: metadata.len() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: Option<LogFile>) -> Option<String> {
        file.map(|file| io::read_to_string(file.file).unwrap())
    }

    #[test]
    fn files_follow_each_other_whatever_they_are_called() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let chain = Chain::new(path.clone(), 4);
        assert!(chain.next(None).unwrap().is_none() && chain.newest().unwrap().is_none());
        // A gap, as a crash leaves it.
        for (number, text) in [(0, "new"), (1, "middle"), (3, "old")] {
            std::fs::write(rotated(&path, number), text).unwrap();
        }
        let old = chain.next(None).unwrap().unwrap();
        let middle = chain.next(Some(old.id)).unwrap().unwrap();
        assert_eq!(text(chain.previous(middle.id).unwrap()).as_deref(), Some("old"));
        assert!(chain.previous(old.id).unwrap().is_none());
        // The oldest goes, the others go up, a new one comes.
        for number in (0..3).rev().filter(|number| *number != 2) {
            std::fs::rename(rotated(&path, number), rotated(&path, number + 1)).unwrap();
        }
        std::fs::remove_file(rotated(&path, 3)).unwrap();
        std::fs::write(&path, "newest").unwrap();
        let new = chain.next(Some(middle.id)).unwrap().unwrap();
        let newest = chain.next(Some(new.id)).unwrap().unwrap();
        assert!(chain.next(Some(newest.id)).unwrap().is_none());
        // The one that was read is gone: the oldest that is left comes next.
        assert_eq!(chain.next(Some(old.id)).unwrap().unwrap().id, middle.id);
        for (file, want) in [(old, "old"), (middle, "middle"), (new, "new"), (newest, "newest")] {
            assert_eq!(text(Some(file)).as_deref(), Some(want));
        }
    }

    #[test]
    fn only_plain_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        for (name, why) in
            [("fifo", "not a regular file"), ("link", "symbolic link"), ("dir", "not a regular")]
        {
            let path = dir.path().join(name);
            match name {
                "fifo" => {
                    let fifo = rustix::fs::FileType::Fifo;
                    rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, 0o600.into(), 0).unwrap();
                }
                "link" => std::os::unix::fs::symlink("/etc/passwd", &path).unwrap(),
                _ => std::fs::create_dir(&path).unwrap(),
            }
            let error = Chain::new(path, 1).newest().unwrap_err().to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
    }
}
