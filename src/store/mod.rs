//! State on disk: images, layers, containers. Atomic writes, locks, crash recovery.
//!
//! ```text
//! DATA/version                     format number, written last when a store is made
//! DATA/lock                        flock: shared while records are added, exclusive while things are taken away
//! DATA/images/refs/<hash>.json     one name: everything `run` needs, in one read; <hash> is sha256 of the name
//! DATA/images/ids/<id>.json        one image
//! DATA/images/lists/<hash>.json    one list of images; <hash> as for names
//! DATA/images/blobs/sha256/<hex>   manifests and configurations, byte for byte
//! DATA/layers/<diff-id>/fs         an unpacked layer; it is whole if it is there
//! DATA/layers/<diff-id>/meta.json  what unpacking it counted
//! DATA/layers/<diff-id>/recipe     how its tar is made of its files, see `image::recipe`
//! DATA/layers/<diff-id>/kept       files that the tar has and the layer has not any more; where there are some
//! DATA/containers, names, live    see `containers`
//! DATA/events/                   what happened, see `events`
//! DATA/skeleton                    mount points, the lowest layer of every container
//! DATA/tmp/<random>                half-made things, each flocked by its maker; whose lock can be taken is swept
//! DATA/locks/layer-<diff-id>       flock: alone to unpack a layer, shared to keep one until an image has it
//! ```
//!
//! Lock order: locks/layer-* (sorted), lock, names, containers/<id>, live/*, tmp/.lock, events/lock (which nobody waits for). DATA is 0700: layers hold setuid files that belong to the user.

mod check;
pub mod containers;
mod error;
pub mod events;
mod execs;
mod gc;
mod image_record;
mod images;
mod layers;
mod lists;
mod lives;
mod lock;
mod names;
mod pauses;
mod pushes;
mod reset;
mod resolve;
mod skeleton;
mod staging;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub use check::{Object, Problem, Structure};
pub use containers::{DeadContainer, LiveContainer, Lives};
pub use error::StoreError;
pub use events::EventReader;
pub use execs::ExecSession;
pub use image_record::{BlobRef, ImageRecord, LayerMeta, LayerRef, RefRecord};
pub use layers::{LayerLock, LayerParts};
pub use lists::{ListEntry, ListPlatform, ListRecord, ListSource};
pub use lives::{Claim, Life};
pub use lock::StoreLock;
pub use staging::Staged;

use crate::model::host::Dirs;
use crate::sys::{Attempt, SysError};

/// The format of the store that this program reads and writes.
const VERSION: &str = "1";
const DIRECTORIES: [&str; 11] = [
    "images/refs",
    "images/ids",
    "images/lists",
    "images/blobs/sha256",
    "layers",
    "containers",
    "names",
    "live",
    "events",
    "tmp",
    "locks",
];

/// A user's store.
#[derive(Clone, Debug)]
pub struct Store {
    data: PathBuf,
}

impl Store {
    /// Opens the store, and makes it when there is none yet. One small read when there is.
    ///
    /// # Errors
    /// [`StoreError::Version`] when a newer rctr made it; a system call that failed.
    pub fn open(dirs: &Dirs) -> Result<Self, StoreError> {
        let store = Self { data: dirs.data.clone() };
        let path = store.data.join("version");
        match std::fs::read_to_string(&path) {
            Ok(version) if version.trim_end() == VERSION => Ok(store),
            Ok(version) => {
                Err(StoreError::Version { path, found: version.trim_end().chars().take(40).collect() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                store.make()?;
                Ok(store)
            }
            Err(error) => Err(SysError::new(format!("read {}", path.display()), error).into()),
        }
    }

    /// The directory that all of it lies in.
    pub fn data(&self) -> &Path {
        &self.data
    }

    fn make(&self) -> Result<(), StoreError> {
        DIRECTORIES.iter().try_for_each(|name| self.make_dir(name))?;
        self.write(&self.data.join("version"), format!("{VERSION}\n").as_bytes())
    }

    fn make_dir(&self, name: &str) -> Result<(), StoreError> {
        let dir = self.data.join(name);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        Ok(made.attempt(|| format!("create directory {}", dir.display()))?)
    }

    /// Puts a whole file in place: readers see the old or the new content, and after a power cut it is one of both.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let staged = self.stage_file()?;
        let what = || format!("write {}", path.display());
        let written = (|| {
            io::Write::write_all(&mut staged.file(), bytes)?;
            staged.file().sync_all()?;
            std::fs::rename(staged.path(), path)?;
            let parent = path.parent().unwrap_or(&self.data);
            std::fs::File::open(parent)?.sync_all()
        })();
        if written.is_err() {
            // The first error is the one to tell; what is left is swept by its place.
            let _ = std::fs::remove_file(staged.path());
        }
        Ok(written.attempt(what)?)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A store in a directory of its own.
    pub(crate) fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs {
            data: dir.path().join("data"),
            runtime: dir.path().join("run"),
            cache: dir.path().join("cache"),
            config: dir.path().join("config"),
        };
        let store = Store::open(&dirs).unwrap();
        (dir, store)
    }

    #[test]
    fn is_made_once_private_and_refuses_a_newer_format() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, store) = store();
        let data = store.data().to_owned();
        assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
        let dirs = Dirs {
            data: data.clone(),
            runtime: dir.path().into(),
            cache: dir.path().into(),
            config: dir.path().into(),
        };
        Store::open(&dirs).unwrap();
        std::fs::write(data.join("version"), "2\n").unwrap();
        assert!(matches!(Store::open(&dirs), Err(StoreError::Version { .. })));
    }
}
