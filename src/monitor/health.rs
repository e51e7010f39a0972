//! When the monitor looks at its container's health, and what a check that runs has said so far. The monitor does it
//! itself: no timer of anybody's is needed.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::model::{HealthCheck, HealthSpec, HealthStatus};
use crate::sys::{process, wait};

/// As much of a check's output is kept, as docker does.
const OUTPUT_LIMIT: usize = 4096;

/// So long after its time a check that has not been ended yet is killed with whoever holds it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a check is recorded with that gave no exit code.
const NO_CODE: i32 = -1;

/// A check that runs.
#[derive(Debug)]
pub struct Check {
    /// The process that holds it, a child of this one.
    pub pid: i32,
    /// The same without races.
    pub pidfd: OwnedFd,
    /// What it prints; does not block.
    pub output: OwnedFd,
}

/// The schedule of one container's checks.
#[derive(Debug)]
pub(super) struct Schedule {
    spec: HealthSpec,
    started: Instant,
    next: Option<Instant>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    check: Check,
    began: jiff::Timestamp,
    deadline: Instant,
    killed: bool,
    starting: bool,
    text: Vec<u8>,
}

impl Schedule {
    /// Of a container that starts now.
    pub fn new(spec: HealthSpec) -> Self {
        let started = Instant::now();
        let mut schedule = Self { spec, started, next: None, running: None };
        schedule.plan(HealthStatus::Starting);
        schedule
    }

    pub fn spec(&self) -> &HealthSpec {
        &self.spec
    }

    /// The next moment at which something is to be done.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.running {
            Some(running) => (!running.killed).then_some(running.deadline + PATIENCE),
            None => self.next,
        }
    }

    /// Is a check due?
    pub fn due(&self) -> bool {
        self.running.is_none() && self.next.is_some_and(|next| Instant::now() >= next)
    }

    /// A check of this container that runs now.
    pub fn running(&self) -> Option<&Check> {
        self.running.as_ref().map(|running| &running.check)
    }

    /// A check has begun.
    pub fn begin(&mut self, check: Check) {
        let now = Instant::now();
        let period = Duration::from_millis(self.spec.start_period_ms);
        self.running = Some(Running {
            check,
            began: jiff::Timestamp::now(),
            deadline: now + Duration::from_millis(self.spec.timeout_ms.max(1)),
            killed: false,
            starting: now.duration_since(self.started) < period,
            text: Vec::new(),
        });
    }

    /// A check could not be begun; it counts as one that failed.
    pub fn not_begun(&mut self, why: &str) -> (HealthCheck, bool) {
        let now = jiff::Timestamp::now().to_string();
        let starting = self.started.elapsed() < Duration::from_millis(self.spec.start_period_ms);
        (HealthCheck { start: now.clone(), end: now, exit_code: NO_CODE, output: why.to_owned() }, starting)
    }

    /// Kills a check that was not ended by who holds it.
    pub fn enforce(&mut self) {
        let overdue =
            |running: &&mut Running| !running.killed && Instant::now() >= running.deadline + PATIENCE;
        if let Some(running) = self.running.as_mut().filter(overdue) {
            running.killed = true;
            // It may have ended this moment.
            let _ = process::pidfd_signal(running.check.pidfd.as_fd(), 9);
        }
    }

    /// Takes what the check has printed; what comes on top of the limit is read and dropped, so that it need not wait.
    pub fn read(&mut self) {
        let Some(running) = &mut self.running else { return };
        let mut buffer = [0; 4096];
        // One that prints without end gets no more of our time than anybody else.
        for _ in 0..16 {
            let Ok(length @ 1..) = rustix::io::read(&running.check.output, &mut buffer) else { return };
            let room = OUTPUT_LIMIT.saturating_sub(running.text.len());
            running.text.extend_from_slice(&buffer[..length.min(room)]);
        }
    }

    /// The check has ended: what it found, and whether it began in the start period.
    pub fn finish(&mut self) -> Option<(HealthCheck, bool)> {
        self.read();
        let running = self.running.take()?;
        let code = process::wait(running.check.pid).unwrap_or(NO_CODE);
        let late = code != 0 && Instant::now() >= running.deadline;
        let (exit_code, output) = match late {
            true => {
                let limit = Duration::from_millis(self.spec.timeout_ms);
                (NO_CODE, format!("Health check exceeded timeout ({}s)", limit.as_secs_f32()))
            }
            false => (code, String::from_utf8_lossy(&running.text).into_owned()),
        };
        let (start, end) = (running.began.to_string(), jiff::Timestamp::now().to_string());
        Some((HealthCheck { start, end, exit_code, output }, running.starting))
    }

    /// Puts the next check on the clock.
    pub fn plan(&mut self, status: HealthStatus) {
        let spec = &self.spec;
        let starting = status == HealthStatus::Starting
            && self.started.elapsed() < Duration::from_millis(spec.start_period_ms)
            && spec.start_interval_ms > 0;
        let wait = if starting { spec.start_interval_ms } else { spec.interval_ms };
        self.next = (wait > 0).then(|| Instant::now() + Duration::from_millis(wait));
    }

    /// A check that runs is of no use any more: the container has ended, or is looked at otherwise.
    pub fn abandon(&mut self) {
        let Some(running) = self.running.take() else { return };
        let pidfd = running.check.pidfd.as_fd();
        // Who holds it ends it and reaps it, unless it has ended by itself; then there is nothing to be told.
        let _ = process::pidfd_signal(pidfd, 15);
        if !wait::readable(pidfd, Some(PATIENCE)).unwrap_or(false) {
            let _ = process::pidfd_signal(pidfd, 9);
        }
        let _ = process::wait(running.check.pid);
    }
}
