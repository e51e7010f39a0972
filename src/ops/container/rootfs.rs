//! A container's root file system for a command that works in it: of one that runs as its processes see it, of one that
//! does not as its record says, with the container kept from being started, removed or looked into by others meanwhile.

use std::os::fd::BorrowedFd;

use serde::{Serialize, de::DeserializeOwned};

use super::door;
use super::seen::{self, Phase, SeenContainer};
use super::signal::{Held, started};
use super::turn::Turn;
use crate::engine::door::Door;
use crate::engine::enter::{self, Inside, Way};
use crate::engine::{Failure, FailureKind};
use crate::model::spec::RootfsSource;
use crate::model::{ContainerSpec, MountKind, MountSpec};
use crate::ops::{Context, OpsError};
use crate::spec::path::is_within;
use crate::store::{Claim, LiveContainer, Store, StoreError};
use crate::sys::root::Root;

/// A container that can be worked in.
pub(super) struct Rootfs<'a> {
    /// As the user named it.
    pub name: String,
    /// How it is.
    pub container: SeenContainer,
    /// What was decided of it; of one that does not run without the mounts that cannot be made now.
    pub spec: ContainerSpec,
    /// What is left out, one sentence each.
    pub notices: Vec<String>,
    store: &'a Store,
    hold: Hold,
}

/// What keeps it as it is.
enum Hold {
    /// The way in: what it leads to lives as long as the container.
    Running(Door),
    /// Its lock: it is nobody else's.
    Stopped(LiveContainer),
}

impl<'a> Rootfs<'a> {
    /// Finds a container; one that is on its way up or down is waited for.
    ///
    /// # Errors
    /// There is none; its record cannot be read; somebody holds it and does not let go.
    pub fn find(store: &'a Store, name: &str) -> Result<Self, OpsError> {
        let id = store.find_container(name)?;
        let mut turn = Turn::default();
        loop {
            let container = started(store, seen::one(store, &id)?)?;
            let Some(spec) = container.spec.clone() else {
                let path = store.container_dir(&id).join("spec.json");
                return Err(StoreError::Damaged { path, reason: "it cannot be read".to_owned() }.into());
            };
            let (hold, spec, notices) = match container.phase {
                Phase::Initialized | Phase::Running | Phase::Paused => {
                    match door::to_files(store, &container, "you can only enter running containers") {
                        Ok(door) => (Hold::Running(door), spec, Vec::new()),
                        // It has ended this moment.
                        Err(OpsError::NotRunningFor { .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                Phase::Created | Phase::Exited => match store.borrow_container(&id)? {
                    Claim::Taken(live) => {
                        let (spec, notices) = without_what_is_gone(spec, &live);
                        (Hold::Stopped(live), spec, notices)
                    }
                    Claim::Gone => return Err(StoreError::NoSuchContainer(name.to_owned()).into()),
                    Claim::Busy => {
                        turn.wait(store, &id)?;
                        continue;
                    }
                },
                Phase::Stopping if Held::of(store, &container)?.settle()? => continue,
                phase => {
                    let message = format!("it is {}", phase.word());
                    let failure = Failure::new(FailureKind::Other, message);
                    return Err(OpsError::Enter { name: name.to_owned(), failure });
                }
            };
            return Ok(Self { name: name.to_owned(), container, spec, notices, store, hold });
        }
    }

    /// Does it run?
    pub fn runs(&self) -> bool {
        matches!(self.hold, Hold::Running(_))
    }

    /// What is copied to `path` of a container that does not run may be covered when it does.
    pub fn hidden_later(&self, path: &str) -> Option<String> {
        let path = crate::spec::path::clean(path);
        let mounts = self.container.spec.iter().flat_map(|spec| &spec.mounts);
        let mut covering = mounts.filter(|mount| matches!(mount.kind, MountKind::Tmpfs { .. }));
        let place = &covering.find(|mount| is_within(&path, &mount.destination))?.destination;
        (!self.runs()).then(|| {
            format!("{place} is in memory while {} runs, and covers then what is copied there now", self.name)
        })
    }

    /// Starts `work` in its root file system. With its volumes and binds, or of one that does not run without them.
    ///
    /// # Errors
    /// [`OpsError::Enter`].
    pub fn enter<T, E>(
        &self,
        ctx: &Context,
        with_mounts: bool,
        keep: &[BorrowedFd<'_>],
        work: impl FnOnce(&Root) -> Result<T, E>,
    ) -> Result<Inside<T, E>, OpsError>
    where
        T: Serialize + DeserializeOwned,
        E: Serialize + DeserializeOwned,
    {
        let entered = match &self.hold {
            Hold::Running(door) => {
                enter::enter(&Way::Running(door), &self.spec.id_maps, &ctx.host, keep, work)
            }
            Hold::Stopped(_) if self.spec.rootfs.source == RootfsSource::Host => Err(Failure::new(
                FailureKind::Other,
                "with --rootfs / its files were in memory, and went with it",
            )),
            Hold::Stopped(live) => {
                let mut spec = self.spec.clone();
                if !with_mounts {
                    spec.mounts.clear();
                }
                let way = Way::Stopped { spec: &spec, dir: &live.dir };
                enter::enter(&way, &spec.id_maps, &ctx.host, keep, work)
            }
        };
        entered.map_err(|failure| self.failed(failure))
    }

    /// Starts `work` as root of its user namespace, outside of its root file system.
    ///
    /// # Errors
    /// [`OpsError::Enter`].
    pub fn as_its_root<T, E>(
        &self,
        ctx: &Context,
        keep: &[BorrowedFd<'_>],
        work: impl FnOnce(&Root) -> Result<T, E>,
    ) -> Result<Inside<T, E>, OpsError>
    where
        T: Serialize + DeserializeOwned,
        E: Serialize + DeserializeOwned,
    {
        let entered = enter::enter(&Way::Outside, &self.spec.id_maps, &ctx.host, keep, work);
        entered.map_err(|failure| self.failed(failure))
    }

    /// What went wrong with the work itself.
    pub fn failed(&self, failure: Failure) -> OpsError {
        OpsError::Enter { name: self.name.clone(), failure }
    }
}

impl Drop for Rootfs<'_> {
    fn drop(&mut self) {
        if let Hold::Stopped(live) = &self.hold {
            // The lock goes with this process in any case; a file that stays is swept by the next command.
            let _ = self.store.end_life(&live.id);
        }
    }
}

/// The kernel's file systems are of no use without processes, and what somebody has moved away meanwhile must not be in
/// the way of getting at the rest.
fn without_what_is_gone(mut spec: ContainerSpec, live: &LiveContainer) -> (ContainerSpec, Vec<String>) {
    let mut notices = Vec::new();
    spec.devices.clear();
    spec.mounts.retain(|mount| match &mount.kind {
        MountKind::Bind { source, .. } => {
            let there = source.symlink_metadata().is_ok();
            if holds_files(mount) && !there {
                notices.push(format!(
                    "{} is gone, so nothing is mounted on {}",
                    source.display(),
                    mount.destination
                ));
            }
            holds_files(mount) && there
        }
        MountKind::Volume { name } => live.dir.join("volumes").join(name).is_dir(),
        _ => false,
    });
    (spec, notices)
}

fn holds_files(mount: &MountSpec) -> bool {
    let mut parts = mount.destination.split('/').filter(|part| !part.is_empty());
    !matches!(parts.next(), Some("proc" | "sys" | "dev"))
}
