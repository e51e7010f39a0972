//! Compiled programs on disk: `<cache>/seccomp/<sha256 of all that the program depends on>.bpf`.
//!
//! A file is a magic word, the SHA-256 of the program, the program. One that is damaged, or that somebody else could have
//! written, counts as missing.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::model::HostFacts;
use crate::sys::seccomp::{INSTRUCTION, MAX_INSTRUCTIONS};

const MAGIC: &[u8; 8] = b"rctrbpf2";
const HEADER: usize = MAGIC.len() + 32;

/// The place of one program.
pub struct Entry {
    path: PathBuf,
    uid: u32,
}

impl Entry {
    /// The place of the program of this profile for these capabilities on this machine.
    pub fn of(profile: &[u8], capabilities: &[u8], host: &HostFacts) -> Self {
        let kernel = host.kernel.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let library = super::compile::library_version();
        let mut hash = Sha256::new();
        let parts: [&[u8]; 6] = [
            env!("CARGO_PKG_VERSION").as_bytes(),
            library.as_bytes(),
            host.machine.as_bytes(),
            kernel.as_bytes(),
            capabilities,
            profile,
        ];
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes()); // so that no two lists of parts look the same
            hash.update(part);
        }
        let name = crate::model::Digest::from_bytes(&hash.finalize().into());
        Self { path: host.dirs.cache.join("seccomp").join(format!("{}.bpf", name.hex())), uid: host.uid }
    }

    /// The program, if a good one is there.
    pub fn read(&self) -> Option<Vec<u8>> {
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        let mut file = OpenOptions::new().read(true).custom_flags(no_follow).open(&self.path).ok()?;
        let meta = file.metadata().ok()?;
        let length = usize::try_from(meta.len()).ok()?.checked_sub(HEADER)?;
        let ours = meta.is_file() && meta.uid() == self.uid && meta.mode() & 0o022 == 0;
        let whole =
            length > 0 && length.is_multiple_of(INSTRUCTION) && length <= INSTRUCTION * MAX_INSTRUCTIONS;
        if !ours || !whole {
            return None;
        }
        let mut header = [0; HEADER];
        let mut program = vec![0; length];
        file.read_exact(&mut header).ok()?;
        file.read_exact(&mut program).ok()?;
        let (magic, sum) = header.split_at(MAGIC.len());
        (magic == MAGIC && sum == Sha256::digest(&program).as_slice()).then_some(program)
    }

    /// Keeps the program. A cache that cannot be written is no error: the next container compiles again.
    pub fn write(&self, program: &[u8]) {
        let _next_time = self.try_write(program);
    }

    fn try_write(&self, program: &[u8]) -> std::io::Result<()> {
        let Some(dir) = self.path.parent() else { return Ok(()) };
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        // Not synced: what a power cut damages, the checksum tells.
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        let inner: &mut File = file.as_file_mut();
        inner.write_all(MAGIC)?;
        inner.write_all(Sha256::digest(program).as_slice())?;
        inner.write_all(program)?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn entry(dir: &tempfile::TempDir) -> Entry {
        Entry { path: dir.path().join("seccomp/x.bpf"), uid: nix::unistd::getuid().as_raw() }
    }

    #[test]
    fn a_program_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let entry = entry(&dir);
        assert_eq!(entry.read(), None);
        entry.write(&[7; 16]);
        assert_eq!(entry.read(), Some(vec![7; 16]));
        assert_eq!(std::fs::read_dir(dir.path().join("seccomp")).unwrap().count(), 1, "no temporary file");
    }

    #[test]
    fn what_is_damaged_or_foreign_counts_as_missing() {
        let dir = tempfile::tempdir().unwrap();
        let entry = entry(&dir);
        entry.write(&[7; 16]);
        let good = std::fs::read(&entry.path).unwrap();
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for bad in [&good[..good.len() - 8], &good[..good.len() - 1], &good[..HEADER], &[], &flipped] {
            std::fs::write(&entry.path, bad).unwrap();
            assert_eq!(entry.read(), None);
        }
        std::fs::write(&entry.path, &good).unwrap();
        assert!(entry.read().is_some());
        assert_eq!(Entry { uid: entry.uid + 1, path: entry.path.clone() }.read(), None, "somebody else's");
        std::fs::set_permissions(&entry.path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(entry.read(), None, "anybody can write to it");
        std::fs::remove_file(&entry.path).unwrap();
        std::fs::write(dir.path().join("elsewhere"), &good).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &entry.path).unwrap();
        assert_eq!(entry.read(), None, "a link");
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_no_error() {
        let entry = Entry { path: PathBuf::from("/proc/no/such/place/x.bpf"), uid: 0 };
        entry.write(&[7; 16]);
        assert_eq!(entry.read(), None);
    }
}
