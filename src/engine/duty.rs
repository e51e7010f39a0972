//! What the monitor does for a container that runs, besides relaying: records, health checks, its namespaces for those
//! who ask.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, SystemTime};

use crate::model::spec::ContainerSpec;
use crate::model::{ContainerState, HealthAction, HealthRecord, HealthSpec, RestartPolicy, Status};
use crate::monitor::log::{LogIdentity, LogWriter, Stream};
use crate::monitor::{Attendant, Check, Container};
use crate::sys::{Attempt, process, procfs};

use super::door::{self, Door};
use super::exec::{self, Exec};
use super::failure::{Failure, FailureKind};
use super::home::Placement;
use super::monitor::{Start, now_ms};

/// One run of one container.
pub struct Duty<'a> {
    start: &'a Start<'a>,
    state: ContainerState,
    door: Door,
    cgroup: Option<OwnedFd>,
    log: LogWriter,
    /// What `update` may have changed.
    restart: RestartPolicy,
    /// By its health.
    starts_again: bool,
}

impl<'a> Duty<'a> {
    /// Of a container that is about to run, was started again so often, and is by this policy.
    ///
    /// # Errors
    /// EMFILE.
    pub fn new(
        start: &'a Start<'a>,
        container: &Container,
        namespaces: Vec<(&'static str, OwnedFd)>,
        placement: &Placement,
        restarts: u32,
        restart: RestartPolicy,
    ) -> Result<Self, Failure> {
        let door = match namespaces.is_empty() {
            true => Door::Process(container.pidfd.try_clone().attempt(|| "duplicate a pidfd")?),
            false => Door::Files(namespaces),
        };
        let group = placement.cgroup.as_ref();
        let state = ContainerState {
            pid: container.pid,
            restarts,
            cgroup: group.map(|group| group.path().display().to_string()).unwrap_or_default(),
            ignored: placement.ignored.clone(),
            ..Default::default()
        };
        let cgroup = group
            .map(|group| group.as_fd().try_clone_to_owned())
            .transpose()
            .attempt(|| "duplicate a cgroup")?;
        let spec = start.launch.plan.spec;
        let identity = LogIdentity { id: spec.id.to_string(), name: spec.name.clone() };
        let log = LogWriter::new(start.home.dir(), &spec.log, &identity);
        Ok(Self { start, state, door, cgroup, log, restart, starts_again: false })
    }

    /// When it is started again.
    pub fn policy(&self) -> RestartPolicy {
        self.restart
    }

    /// Its health asks for a new start.
    pub fn starts_again(&self) -> bool {
        self.starts_again
    }

    /// What is known of it at its end.
    pub fn end(mut self) -> ContainerState {
        self.log.close(SystemTime::now());
        self.state.log_error = self.log.error().unwrap_or_default();
        self.state
    }

    /// Records whose processes these are, and how far they are.
    fn record(&mut self, status: Status) {
        let state = &mut self.state;
        state.status = status;
        state.pid_start = process::start_time(state.pid).unwrap_or_default();
        state.monitor = std::process::id().cast_signed();
        state.monitor_start = process::start_time(state.monitor).unwrap_or_default();
        state.boot_id = procfs::boot_id().unwrap_or_default();
        // A record that cannot be written (full disk) stops no program; that it lives is told by the lock.
        let _ = self.start.home.record(state);
        if !self.start.launch.attached {
            // What the command line has used is ours alone once that has gone.
            process::trim_memory();
        }
    }

    fn spec(&self) -> &'a ContainerSpec {
        self.start.launch.plan.spec
    }
}

impl Attendant for Duty<'_> {
    fn initialized(&mut self) {
        self.record(Status::Initialized);
    }

    fn started(&mut self) {
        self.state.started_ms = now_ms();
        self.record(Status::Running);
    }

    fn check(&mut self, test: &[String], at_most: Duration) -> Result<Check, Failure> {
        let mut spec = self.spec().clone();
        let process = &mut spec.process;
        process.args = match test {
            [kind, words @ ..] if kind == "CMD" => words.to_vec(),
            [_, text] => ["/bin/sh", "-c", text].map(str::to_owned).to_vec(),
            _ => return Err(Failure::new(FailureKind::Other, "the health check names no program")),
        };
        (process.terminal, process.interactive, process.preserve_fds) = (false, false, 0);
        let exec = Exec {
            spec: &spec,
            seccomp: self.start.launch.seccomp,
            door: &self.door,
            cgroup: self.cgroup.as_ref().map(AsFd::as_fd),
            attached: false,
        };
        exec::check(&exec, self.start.own_binary, at_most)
    }

    fn health(&mut self, record: &HealthRecord, action: HealthAction) {
        self.starts_again |= action == HealthAction::Restart;
        // What cannot be written is written after the next check.
        let _ = self.start.home.record_health(record);
    }

    fn namespace(&self, kind: &[u8]) -> Option<BorrowedFd<'_>> {
        match &self.door {
            Door::Process(_) => None,
            Door::Files(files) => door::by_name(files, kind),
        }
    }

    fn output(&mut self, stdout: bool, bytes: &[u8]) {
        let stream = if stdout { Stream::Out } else { Stream::Err };
        if self.log.write(stream, bytes, SystemTime::now()) {
            self.state.log_error = self.log.error().unwrap_or_default();
            // On a disk that is full for this too, the record of the end says it.
            let _ = self.start.home.record(&self.state);
        }
    }

    fn reload(&mut self) -> Option<HealthSpec> {
        let spec = self.start.home.reload();
        if let Some(spec) = &spec {
            self.restart = spec.restart;
        }
        spec.map_or_else(|| self.spec().health.clone(), |spec| spec.health)
    }
}
