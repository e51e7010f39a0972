//! What is known of a container's health: docker's `State.Health`, kept as `health.json` beside the container's state.

use serde::{Deserialize, Serialize};

use super::lifecycle::HealthSpec;

/// So many checks are remembered, as docker does.
const REMEMBERED: usize = 5;

/// Docker's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// No check has decided yet.
    #[default]
    Starting,
    /// The last check succeeded.
    Healthy,
    /// So many checks failed in a row as `retries` says.
    Unhealthy,
}

impl HealthStatus {
    /// As lists and `inspect` have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// `containers/<id>/health.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthRecord {
    /// Where it stands.
    pub status: HealthStatus,
    /// How many checks in a row have failed.
    pub failing_streak: u32,
    /// The last checks, the oldest first.
    pub log: Vec<HealthCheck>,
}

/// One check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthCheck {
    /// When it began (RFC 3339).
    pub start: String,
    /// When it ended.
    pub end: String,
    /// Its exit code; -1 when it took too long or could not run.
    pub exit_code: i32,
    /// The beginning of what it printed.
    pub output: String,
}

impl HealthRecord {
    /// Takes a check in. `starting`: it began in the start period, where failures do not count until a check has
    /// succeeded (Dockerfile reference, HEALTHCHECK). True: it has just become unhealthy.
    pub fn note(&mut self, spec: &HealthSpec, check: HealthCheck, starting: bool) -> bool {
        let before = self.status;
        if check.exit_code == 0 {
            self.failing_streak = 0;
            self.status = HealthStatus::Healthy;
        } else if !(starting && before == HealthStatus::Starting) {
            self.failing_streak = self.failing_streak.saturating_add(1);
            if self.failing_streak >= spec.retries.max(1) {
                self.status = HealthStatus::Unhealthy;
            }
        }
        self.log.push(check);
        self.log.drain(..self.log.len().saturating_sub(REMEMBERED));
        self.status == HealthStatus::Unhealthy && before != HealthStatus::Unhealthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HealthAction;

    fn spec() -> HealthSpec {
        HealthSpec {
            test: vec!["CMD".into(), "true".into()],
            interval_ms: 1000,
            timeout_ms: 1000,
            start_period_ms: 5000,
            start_interval_ms: 0,
            retries: 3,
            on_failure: HealthAction::None,
        }
    }

    #[test]
    fn failures_count_after_the_start_period_or_the_first_success() {
        use HealthStatus::{Healthy, Starting, Unhealthy};
        type Row<'a> = (&'a [(i32, bool)], HealthStatus, u32);
        let rows: &[Row<'_>] = &[
            (&[], Starting, 0),
            (&[(1, true), (1, true), (1, true), (1, true)], Starting, 0),
            (&[(1, false), (1, false)], Starting, 2),
            (&[(1, false), (1, false), (-1, false)], Unhealthy, 3),
            (&[(0, true), (1, true), (1, true), (1, true)], Unhealthy, 3),
            (&[(1, false), (1, false), (1, false), (0, false)], Healthy, 0),
            (&[(0, false), (1, false), (1, false)], Healthy, 2),
        ];
        for (checks, status, streak) in rows {
            let mut record = HealthRecord::default();
            for (exit_code, starting) in *checks {
                record.note(&spec(), HealthCheck { exit_code: *exit_code, ..Default::default() }, *starting);
            }
            assert_eq!((record.status, record.failing_streak), (*status, *streak), "{checks:?}");
        }
    }

    #[test]
    fn becoming_unhealthy_is_told_once_and_five_checks_are_kept() {
        let mut record = HealthRecord::default();
        let told: Vec<bool> = (0..8)
            .map(|n| record.note(&spec(), HealthCheck { exit_code: 1 + n, ..Default::default() }, false))
            .collect();
        assert_eq!(told, [false, false, true, false, false, false, false, false]);
        assert_eq!(record.log.iter().map(|check| check.exit_code).collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
        assert!(
            serde_json::to_string(&record).unwrap().contains(r#""Status":"unhealthy","FailingStreak":8"#)
        );
    }
}
