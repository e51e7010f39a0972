//! The files of a log that rotates: `log` is written, `log.1` came before it, `log.2` before that.
//!
//! The oldest is removed, then each step is one rename to where nothing is: a crash between two of them loses nothing that
//! was to be kept, and leaves a gap in the numbers, which the next rotation fills and readers pass over.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file that was written so many rotations ago.
pub fn rotated(path: &Path, number: u32) -> PathBuf {
    if number == 0 { path.to_owned() } else { with_suffix(path, &format!(".{number}")) }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Puts the file aside, so that a new one can take its name; with a single file an empty one does already.
pub fn rotate(path: &Path, files: u32) -> io::Result<()> {
    let last = files.saturating_sub(1);
    if last == 0 {
        return replace(path);
    }
    let is_free = |number: &u32| rotated(path, *number).symlink_metadata().is_err();
    let free = (1..last).find(is_free).unwrap_or(last);
    if free == last {
        // Not by a rename over it: ext4 then writes the data of what takes its place to the disk first
        // (Documentation/admin-guide/ext4.rst, "auto_da_alloc").
        match std::fs::remove_file(rotated(path, last)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for number in (0..free).rev() {
        std::fs::rename(rotated(path, number), rotated(path, number + 1))?;
    }
    Ok(())
}

/// An empty file in the place of the old one, at one stroke: who reads the old one goes on to its end.
fn replace(path: &Path) -> io::Result<()> {
    let new = with_suffix(path, ".new");
    let create = || OpenOptions::new().write(true).create_new(true).mode(super::open::MODE).open(&new);
    match create() {
        // Of a rotation that was killed.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(&new)?;
            create()?;
        }
        other => drop(other?),
    }
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path) -> Vec<String> {
        let mut all: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                format!("{name}={}", std::fs::read_to_string(path).unwrap())
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn numbers_go_up_gaps_are_filled_and_the_oldest_goes() {
        for (files_before, count, want) in [
            ("log=a", 1, "log="),
            ("log=a log.new=x", 1, "log="),
            ("log=a", 2, "log.1=a"),
            ("log=a log.1=b", 2, "log.1=a"),
            ("log=a log.1=b", 3, "log.1=a log.2=b"),
            ("log=a log.1=b log.2=c", 3, "log.1=a log.2=b"),
            // Killed between two renames.
            ("log=a log.2=b", 3, "log.1=a log.2=b"),
            ("log=a log.1=b log.3=c", 4, "log.1=a log.2=b log.3=c"),
            ("log=a log.1=b log.2=c log.3=d", 4, "log.1=a log.2=b log.3=c"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            for file in files_before.split(' ') {
                let (name, text) = file.split_once('=').unwrap();
                std::fs::write(dir.path().join(name), text).unwrap();
            }
            rotate(&dir.path().join("log"), count).unwrap();
            assert_eq!(files(dir.path()).join(" "), want, "{files_before} {count}");
        }
    }
}
