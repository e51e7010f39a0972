//! Whether a container that has ended is started again, and after what time. Pure.

use std::time::Duration;

use crate::model::RestartPolicy;

/// docker's first wait, which doubles with each start in a row.
const FIRST: Duration = Duration::from_millis(100);
/// docker's longest.
const LONGEST: Duration = Duration::from_secs(60);
/// A container that ran so long begins anew with the shortest wait.
const GOOD: Duration = Duration::from_secs(10);

/// The starts of one container by its policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restarts {
    /// How many there were.
    pub count: u32,
    wait: Option<Duration>,
}

impl Restarts {
    /// A container has ended with this code after it ran so long: the time after which it starts again, none for never.
    pub fn after(&mut self, policy: RestartPolicy, code: i32, ran: Duration) -> Option<Duration> {
        let again = match policy {
            RestartPolicy::No => false,
            RestartPolicy::OnFailure { max } => code != 0 && (max == 0 || self.count < max),
            RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
        };
        if !again {
            return None;
        }
        self.count = self.count.saturating_add(1);
        let wait = match self.wait.filter(|_| ran < GOOD) {
            Some(wait) => (wait * 2).min(LONGEST),
            None => FIRST,
        };
        self.wait = Some(wait);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        let short = Duration::from_secs(1);
        let rows = [
            (RestartPolicy::No, 1, 0),
            (RestartPolicy::OnFailure { max: 0 }, 0, 0),
            (RestartPolicy::OnFailure { max: 0 }, 3, 20),
            (RestartPolicy::OnFailure { max: 2 }, 3, 2),
            (RestartPolicy::Always, 0, 20),
            (RestartPolicy::UnlessStopped, 1, 20),
        ];
        for (policy, code, starts) in rows {
            let mut restarts = Restarts::default();
            let count = (0..20).filter(|_| restarts.after(policy, code, short).is_some()).count();
            assert_eq!((count, restarts.count as usize), (starts, starts), "{policy:?} {code}");
        }
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_begins_anew_after_a_good_run() {
        let mut restarts = Restarts::default();
        let mut wait =
            |ran| restarts.after(RestartPolicy::Always, 1, Duration::from_secs(ran)).unwrap().as_millis();
        let waits: Vec<u128> = (0..12).map(|_| wait(1)).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
        assert_eq!(wait(10), 100);
        assert_eq!(wait(0), 200);
    }
}
