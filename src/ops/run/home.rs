//! The container's place in the store, as the engine sees it.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use super::super::{Context, OpsError, run_as_owner};
use super::mapped::{self, Translation};
use crate::engine::{Failure, FailureKind, Home};
use crate::model::spec::{RootfsBackend, RootfsSource};
use crate::model::{ContainerSpec, ContainerState, Status};
use crate::store::containers::write_state;
use crate::store::{LiveContainer, Store, StoreError, StoreLock};
use crate::sys::root::open_directory;
use crate::sys::tree::{Copy, Marks, same_owner};
use crate::sys::{Attempt, SysError};

/// One container of the store.
pub struct ContainerHome<'a> {
    store: &'a Store,
    spec: &'a ContainerSpec,
    dir: PathBuf,
    root_mode: u32,
    ctx: &'a Context,
    translation: Option<&'a Translation>,
    live: Option<LiveContainer>,
    images: Option<StoreLock>,
}

impl<'a> ContainerHome<'a> {
    /// The place of a container that is not made yet; `root_mode` are the permission bits of its root directory, and
    /// `translation` says whose it is under another id map. `images` keeps its layers in the store until its record does.
    pub fn new(
        ctx: &'a Context,
        store: &'a Store,
        spec: &'a ContainerSpec,
        root_mode: u32,
        translation: Option<&'a Translation>,
        images: StoreLock,
    ) -> Self {
        let dir = store.container_dir(&spec.id);
        Self { store, spec, dir, root_mode, ctx, translation, live: None, images: Some(images) }
    }
}

impl ContainerHome<'_> {
    /// Without overlays: the layers one over the other, as plain files in the container's directory.
    fn copy_layers(&self) -> Result<(), OpsError> {
        let layers = match (&self.spec.rootfs.source, self.spec.rootfs.backend) {
            (RootfsSource::Layers(layers), RootfsBackend::Copy) => layers.as_slice(),
            (RootfsSource::DirectoryOverlay(dir), RootfsBackend::Copy) => std::slice::from_ref(dir),
            _ => return Ok(()),
        };
        let root = self.dir.join("rootfs");
        run_as_owner(self.ctx, || {
            let copy = || {
                std::fs::create_dir(&root).attempt(|| format!("create directory {}", root.display()))?;
                let to = open_directory(&root)?;
                let copy = Copy { owner: &same_owner, marks: Marks::Apply };
                layers.iter().rev().try_for_each(|layer| {
                    copy.run(open_directory(layer)?.as_fd(), to.as_fd(), &layer.display().to_string())
                })
            };
            copy().map_err(|e: SysError| e.to_string())
        })?
        .map_err(|reason| OpsError::MappedCopy { reason })
    }
}

impl Home for ContainerHome<'_> {
    fn create(&mut self) -> Result<(), Failure> {
        self.live = Some(self.store.create_container(self.spec, self.root_mode).map_err(failure)?);
        self.images = None;
        let filled = self.copy_layers().and_then(|()| match self.translation {
            _ if self.ctx.host.uid == 0 => mapped::own_as_root(&self.spec.id_maps, &self.dir),
            Some(translation) => translation.own(self.ctx, &self.dir),
            None => Ok(()),
        });
        filled.map_err(|error| {
            // What cannot be removed is dead and half-made: the next command sweeps it.
            let _ = run_as_owner(self.ctx, || self.remove());
            Failure::new(FailureKind::Mount, error.to_string())
        })
    }

    fn dir(&self) -> &Path {
        &self.dir
    }

    fn lock(&self) -> Option<BorrowedFd<'_>> {
        self.live.as_ref().map(LiveContainer::lock)
    }

    fn record(&self, state: &ContainerState) -> Result<(), Failure> {
        write_state(&self.dir, state)?;
        if let (Status::Exited, Some(live)) = (state.status, &self.live) {
            // On a full disk: who waits reads the record instead.
            let _ = live.leave_code(state.exit_code);
        }
        Ok(())
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
