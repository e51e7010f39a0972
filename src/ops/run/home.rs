//! The container's place in the store, as the engine sees it.

use std::cell::Cell;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::container::Turn;
use super::super::container::seen::{self, Phase};
use super::super::{Context, OpsError, cgroups, container, run_as_owner};
use super::mapped::{self, Translation};
use crate::engine::{Failure, FailureKind, Home, Intent, Placement};
use crate::model::spec::{RootfsBackend, RootfsSource};
use crate::model::{Action, ContainerSpec, ContainerState, Event, HealthRecord, HealthStatus, Status};
use crate::store::containers::{take_intent, write_health, write_state};
use crate::store::{Claim, LiveContainer, Store, StoreError, StoreLock};
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
    /// It was there before this command.
    existing: bool,
    /// Somebody is attached from the start: that is told with the first start.
    attached: Cell<bool>,
    /// The part of its life that was told of last: its status, and which of its runs.
    told: Cell<(Status, i64)>,
    told_health: Cell<HealthStatus>,
}

/// Nothing was told of yet.
const UNTOLD: (Status, i64) = (Status::Created, 0);

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
        let (live, images) = (None, Some(images));
        let (told, told_health) = (Cell::new(UNTOLD), Cell::default());
        Self {
            store,
            spec,
            dir,
            root_mode,
            ctx,
            translation,
            live,
            images,
            existing: false,
            attached: Cell::default(),
            told,
            told_health,
        }
    }

    /// The place of a container that is there already.
    pub fn existing(ctx: &'a Context, store: &'a Store, spec: &'a ContainerSpec) -> Self {
        let dir = store.container_dir(&spec.id);
        Self {
            store,
            spec,
            dir,
            root_mode: 0,
            ctx,
            translation: None,
            live: None,
            images: None,
            existing: true,
            attached: Cell::default(),
            told: Cell::new(UNTOLD),
            told_health: Cell::default(),
        }
    }
}

impl ContainerHome<'_> {
    /// Somebody is attached from the start.
    pub fn attached(self, attached: bool) -> Self {
        self.attached.set(attached);
        self
    }

    /// Takes back what was made and is not to stay.
    pub fn take_back(&self) {
        // What cannot be removed is dead and half-made: the next command sweeps it.
        let _ = run_as_owner(self.ctx, || self.remove(None));
    }

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

impl ContainerHome<'_> {
    fn event(&self, action: Action) -> Event {
        let event = Event::container(Timestamp::now(), action, self.spec);
        if self.store.has_name(&self.spec.id, &self.spec.name) {
            return event;
        }
        // It has another name by now.
        self.reload().map_or(event, |spec| Event::container(Timestamp::now(), action, &spec))
    }

    /// Writes the start and the end of each run to the event log: once, however often its record is written.
    fn tell(&self, state: &ContainerState) {
        let (before, run) = self.told.replace((state.status, state.started_ms));
        match (before, state.status) {
            (Status::Running, Status::Running) if run == state.started_ms => {}
            (_, Status::Initialized) => self.store.record_event(&self.event(Action::Init)),
            (Status::Initialized, Status::Running) => {
                self.told_health.set(HealthStatus::default());
                self.store.record_event(&self.event(Action::Start));
            }
            (_, Status::Running) => {
                self.told_health.set(HealthStatus::default());
                let attach = self.attached.take().then_some(Action::Attach);
                // What it is called is looked up once.
                let mut events = vec![self.event(Action::Init)];
                for action in [Action::Start].into_iter().chain(attach) {
                    events.push(Event { action, ..events[0].clone() });
                }
                self.store.record_events(&events);
            }
            (Status::Running | Status::Initialized, _) => {
                if state.oom_killed {
                    self.store.record_event(&self.event(Action::Oom));
                }
                self.store.record_event(&self.event(Action::Died).exit_code(state.exit_code));
            }
            _ => {}
        }
    }

    /// Takes the container over, from whoever has it for a moment.
    fn claim(&mut self) -> Result<(), Failure> {
        let mut turn = Turn::default();
        loop {
            match self.store.claim_container(&self.spec.id).map_err(failure)? {
                Claim::Taken(live) => {
                    self.live = Some(live);
                    // Of the last run.
                    take_intent(&self.dir);
                    self.store.forget_execs(&self.spec.id).map_err(failure)?;
                    let mut state = self.store.container_state(&self.spec.id).unwrap_or_default();
                    (state.status, state.error, state.stopped_by_user) =
                        (Status::Created, String::new(), false);
                    self.record(&state)?;
                    return match std::fs::remove_file(self.dir.join("health.json")) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            Err(SysError::new("forget the health of the last run", error).into())
                        }
                        _ => Ok(()),
                    };
                }
                Claim::Gone => {
                    return Err(failure(StoreError::NoSuchContainer(self.spec.id.to_string())));
                }
                Claim::Busy => {
                    self.is_free_soon()?;
                    turn.wait(self.store, &self.spec.id)?;
                }
            }
        }
    }

    /// It is just ending, or a command has it for a moment; and not: somebody else has started it.
    fn is_free_soon(&self) -> Result<(), Failure> {
        let container = seen::one(self.store, &self.spec.id).map_err(failure)?;
        let container = container::started(self.store, container)
            .map_err(|error| Failure::new(FailureKind::Other, error.to_string()))?;
        match container.phase {
            Phase::Initialized | Phase::Running | Phase::Paused | Phase::Restarting => {
                Err(Failure::new(FailureKind::Taken, "somebody else has started it"))
            }
            _ => Ok(()),
        }
    }

    /// Records why it does not run, and that it lives no longer.
    fn leave(&self, why: &Failure, status: Option<Status>) -> Result<(), Failure> {
        let mut state = self.store.container_state(&self.spec.id).unwrap_or_default();
        (state.pid, state.monitor, state.error) = (0, 0, why.message.clone());
        state.exit_code = match why.kind {
            FailureKind::CommandNotFound => 127,
            FailureKind::CommandNotExecutable => 126,
            _ => 125,
        };
        if let Some(status) = status {
            (state.status, state.finished_ms) = (status, super::super::now_ms());
        } else if state.status == Status::Initialized {
            state.status = Status::Created;
        }
        self.record(&state)?;
        self.end()
    }
}

impl Home for ContainerHome<'_> {
    fn create(&mut self) -> Result<(), Failure> {
        if self.existing {
            return self.claim();
        }
        self.live = Some(self.store.create_container(self.spec, self.root_mode).map_err(failure)?);
        self.store.record_event(&Event::container(Timestamp::now(), Action::Create, self.spec));
        self.images = None;
        let filled = self.copy_layers().and_then(|()| match self.translation {
            _ if self.ctx.host.uid == 0 => mapped::own_as_root(&self.spec.id_maps, &self.dir),
            Some(translation) => translation.own(self.ctx, &self.dir),
            None => Ok(()),
        });
        filled.map_err(|error| {
            self.take_back();
            Failure::new(FailureKind::Mount, error.to_string())
        })
    }

    fn place(&self, monitor: i32) -> Result<Placement, Failure> {
        cgroups::place(self.ctx, self.spec, monitor)
    }

    fn dir(&self) -> &Path {
        &self.dir
    }

    fn lock(&self) -> Option<BorrowedFd<'_>> {
        self.live.as_ref().map(LiveContainer::lock)
    }

    fn record(&self, state: &ContainerState) -> Result<(), Failure> {
        write_state(&self.dir, state)?;
        self.tell(state);
        if let (Status::Exited, Some(live)) = (state.status, &self.live) {
            // On a full disk: who waits reads the record instead.
            let _ = live.leave_code(state.exit_code);
        }
        Ok(())
    }

    fn record_health(&self, health: &HealthRecord) -> Result<(), Failure> {
        write_health(&self.dir, health)?;
        if self.told_health.replace(health.status) != health.status {
            self.store.record_event(&self.event(Action::HealthStatus).health(health.status.word()));
        }
        Ok(())
    }

    fn abandon(&self, why: &Failure) -> Result<(), Failure> {
        if self.existing { self.leave(why, None) } else { self.remove(None) }
    }

    fn fail(&self, why: &Failure) -> Result<(), Failure> {
        if self.spec.remove { self.remove(None) } else { self.leave(why, Some(Status::Exited)) }
    }

    fn take_intent(&self) -> Intent {
        match take_intent(&self.dir).as_str() {
            "stop" => Intent::Stop,
            "restart" => Intent::Restart,
            _ => Intent::None,
        }
    }

    fn reload(&self) -> Option<ContainerSpec> {
        self.store.container_spec(&self.spec.id).ok()
    }

    fn remove(&self, code: Option<i32>) -> Result<(), Failure> {
        // While it still has its name. What is removed at its end is not recorded before that.
        let died = matches!(self.told.get().0, Status::Running | Status::Initialized)
            .then(|| Event { exit_code: code, ..self.event(Action::Died) });
        let removed = self.event(Action::Remove);
        self.store.remove_container(&self.spec.id, &self.spec.name).map_err(failure)?;
        let removed = Event { time: Timestamp::now(), ..removed };
        self.store.record_events(&died.into_iter().chain([removed]).collect::<Vec<_>>());
        Ok(())
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
