//! Archives on their way to the user.

use std::fs::File;
use std::path::PathBuf;

use crate::sys::{Attempt, SysError};

/// A file that is there whole or not at all; what is no ordinary file is written to as it is.
pub(super) struct OutputFile {
    path: PathBuf,
    file: File,
    temporary: Option<PathBuf>,
}

impl OutputFile {
    /// Begins a file.
    pub fn create(path: PathBuf) -> Result<Self, SysError> {
        let what = || format!("create {}", path.display());
        let ordinary = path.metadata().map_or(true, |metadata| metadata.is_file());
        if !ordinary || path.is_symlink() {
            let file = File::create(&path).attempt(what)?;
            return Ok(Self { path, file, temporary: None });
        }
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = File::create_new(&temporary).attempt(what)?;
        Ok(Self { path, file, temporary: Some(temporary) })
    }

    /// Where to write.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// It is whole: now it gets its name.
    pub fn keep(mut self) -> Result<(), SysError> {
        match self.temporary.take() {
            Some(temporary) => std::fs::rename(&temporary, &self.path)
                .attempt(|| format!("move the archive to {}", self.path.display())),
            None => Ok(()),
        }
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(path) = &self.temporary {
            // The first error is the one to tell.
            let _ = std::fs::remove_file(path);
        }
    }
}
