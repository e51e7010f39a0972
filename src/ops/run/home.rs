//! The container's place in the store, as the engine sees it.

use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::mapped::Translation;
use crate::engine::{Failure, FailureKind, Home};
use crate::model::{ContainerSpec, ContainerState};
use crate::store::containers::write_state;
use crate::store::{LiveContainer, Store, StoreError};

/// One container of the store.
pub struct ContainerHome<'a> {
    store: &'a Store,
    spec: &'a ContainerSpec,
    dir: PathBuf,
    root_mode: u32,
    translation: Option<(&'a Context, &'a Translation)>,
    live: Option<LiveContainer>,
}

impl<'a> ContainerHome<'a> {
    /// The place of a container that is not made yet; `root_mode` are the permission bits of its root directory, and
    /// `translation` says whose it is under another id map.
    pub fn new(
        store: &'a Store,
        spec: &'a ContainerSpec,
        root_mode: u32,
        translation: Option<(&'a Context, &'a Translation)>,
    ) -> Self {
        Self { store, spec, dir: store.container_dir(&spec.id), root_mode, translation, live: None }
    }
}

impl Home for ContainerHome<'_> {
    fn create(&mut self) -> Result<(), Failure> {
        self.live = Some(self.store.create_container(self.spec, self.root_mode).map_err(failure)?);
        if let Some((ctx, translation)) = self.translation {
            let owned = translation.own(ctx, &self.dir);
            if let Err(error) = owned {
                self.remove()?;
                return Err(Failure::new(FailureKind::IdMaps, error.to_string()));
            }
        }
        Ok(())
    }

    fn dir(&self) -> &Path {
        &self.dir
    }

    fn lock(&self) -> Option<RawFd> {
        self.live.as_ref().map(LiveContainer::lock_fd)
    }

    fn record(&self, state: &ContainerState) -> Result<(), Failure> {
        Ok(write_state(&self.dir, state)?)
    }

    fn remove(&self) -> Result<(), Failure> {
        self.store.remove_container(&self.spec.id, &self.spec.name).map_err(failure)
    }

    fn end(&self) -> Result<(), Failure> {
        self.store.end_life(&self.spec.id).map_err(failure)
    }
}

fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Sys(error) => error.into(),
        other => Failure::new(FailureKind::Other, other.to_string()),
    }
}
