//! The places that every container has something mounted on, as one more layer below all others. Where an image lacks
//! them they would otherwise be made, and removed again, in the upper directory of each container.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Store, StoreError};
use crate::sys::Attempt;

const DIRECTORIES: [&str; 5] = ["dev", "etc", "proc", "run", "sys"];
const FILES: [&str; 4] = ["etc/hostname", "etc/hosts", "etc/resolv.conf", "run/.containerenv"];

impl Store {
    /// Where the layer is; made when it is not there yet.
    ///
    /// # Errors
    /// ENOSPC, EROFS.
    pub fn skeleton(&self) -> Result<PathBuf, StoreError> {
        let place = self.data().join("skeleton");
        if place.is_dir() {
            return Ok(place);
        }
        let staged = self.stage_dir()?;
        let made = fill(staged.path()).and_then(|()| std::fs::rename(staged.path(), &place));
        match made {
            // Somebody else made it meanwhile; ours stays in tmp/ and is swept.
            Err(_) if place.is_dir() => Ok(place),
            other => Ok(other.attempt(|| format!("make {}", place.display())).map(|()| place)?),
        }
    }
}

fn fill(root: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for name in DIRECTORIES {
        DirBuilder::new().mode(0o755).create(root.join(name))?;
        // mkdir(2) takes the umask away.
        std::fs::set_permissions(root.join(name), PermissionsExt::from_mode(0o755))?;
    }
    for name in FILES {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(root.join(name))?;
        file.set_permissions(PermissionsExt::from_mode(0o644))?;
    }
    std::fs::set_permissions(root, PermissionsExt::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    #[test]
    fn it_is_made_once() {
        let (_dir, store) = store();
        let place = store.skeleton().unwrap();
        assert!(FILES.iter().all(|f| place.join(f).is_file()));
        assert!(DIRECTORIES.iter().all(|d| place.join(d).is_dir()));
        assert_eq!(store.skeleton().unwrap(), place);
        assert!(store.stale().unwrap().is_empty());
    }
}
