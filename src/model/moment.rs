//! A moment as somebody says it: most ways need a clock or a time zone to become a point in time.

/// `--since` and `--until`, read and not yet resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A point in time.
    At(Point),
    /// What a clock on the wall shows, written as if it were UTC.
    OnTheWall(Point),
    /// So many nanoseconds from now; below zero is before.
    FromNow(i64),
}

/// A point in time: seconds since the epoch, and nanoseconds after that (below 10⁹).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Seconds.
    pub seconds: i64,
    /// Nanoseconds.
    pub nanos: u32,
}

/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

impl Point {
    /// So many nanoseconds later.
    pub fn plus(self, nanos: i64) -> Self {
        Self::from_nanos(self.since_epoch() + i128::from(nanos))
    }

    /// Milliseconds since the epoch; what is too far away is cut.
    pub fn milliseconds(self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(i64::from(self.nanos / 1_000_000))
    }

    /// Nanoseconds from this one to `later`; none when that is not after it.
    pub fn until(self, later: Self) -> Option<u64> {
        let nanos = later.since_epoch() - self.since_epoch();
        (nanos > 0).then(|| u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Of a number of nanoseconds since the epoch; what no clock will show is cut.
    pub fn from_nanos(nanos: i128) -> Self {
        let largest = i128::from(i64::MAX);
        let seconds = nanos.div_euclid(SECOND).clamp(-largest, largest);
        Self { seconds: seconds as i64, nanos: nanos.rem_euclid(SECOND) as u32 }
    }

    fn since_epoch(self) -> i128 {
        i128::from(self.seconds) * SECOND + i128::from(self.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_goes_both_ways_over_the_epoch() {
        let at = |seconds, nanos| Point { seconds, nanos };
        for (from, nanos, want) in [
            (at(0, 0), -1, at(-1, 999_999_999)),
            (at(-1, 999_999_999), 1, at(0, 0)),
            (at(7, 5), 2_000_000_000, at(9, 5)),
            (at(i64::MAX, 0), i64::MAX, at(i64::MAX, 854_775_807)),
        ] {
            assert_eq!(from.plus(nanos), want, "{from:?} {nanos}");
        }
        assert_eq!(at(1, 0).until(at(2, 1)), Some(1_000_000_001));
        assert_eq!(at(2, 0).until(at(2, 0)), None);
        assert_eq!(at(i64::MIN, 0).until(at(i64::MAX, 0)), Some(u64::MAX));
    }
}
