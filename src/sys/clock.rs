//! The time, and the offset of the local clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::moment::{Moment, Point};

/// How long an offset holds for certain: clocks are put forward and back at quarters of an hour.
const QUARTER: i64 = 900;

/// A system time as seconds and nanoseconds.
pub fn point(time: SystemTime) -> Point {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => {
            Point { seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: since.subsec_nanos() }
        }
        Err(before) => Point::from_nanos(-i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX)),
    }
}

/// Now.
pub fn now() -> Point {
    point(SystemTime::now())
}

/// The point in time that somebody means who says this at a time.
pub fn resolve(moment: Moment, now: Point) -> Point {
    match moment {
        Moment::At(point) => point,
        Moment::OnTheWall(wall) => from_wall(wall),
        Moment::FromNow(nanos) => now.plus(nanos),
    }
}

/// The point in time at which a clock on the wall here shows this.
pub fn from_wall(wall: Point) -> Point {
    // The offset at that time; where it changes in between, the second look has the one that holds then.
    let first = wall.seconds.saturating_sub(local_offset(wall.seconds).into());
    let offset = local_offset(first);
    Point { seconds: wall.seconds.saturating_sub(offset.into()), nanos: wall.nanos }
}

/// Seconds that the local clock (tzset(3): `TZ`, else /etc/localtime) is ahead of UTC at a time; 0 where it has none.
pub fn local_offset(seconds: i64) -> i32 {
    local_zone(seconds).0
}

/// The same, and what the zone is called then (`CET`).
pub fn local_zone(seconds: i64) -> (i32, String) {
    // SAFETY: `tm` is plain old data for which all-zeroes is a value.
    let mut broken_down: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live values of this frame; localtime_r(3) keeps none of them. It reads the environment,
    // which nothing in rctr changes once there is a second thread.
    let done = unsafe { libc::localtime_r(&raw const seconds, &raw mut broken_down) };
    if done.is_null() || broken_down.tm_zone.is_null() {
        return (0, "UTC".to_owned());
    }
    // SAFETY: tm_zone points to a string of the C library's, which lives until tzset(3) reads another zone: nothing in
    // rctr changes TZ.
    let name = unsafe { std::ffi::CStr::from_ptr(broken_down.tm_zone) };
    (i32::try_from(broken_down.tm_gmtoff).unwrap_or(0), name.to_string_lossy().into_owned())
}

/// The local offset, looked up once a quarter of an hour.
#[derive(Debug, Default)]
pub struct LocalClock {
    quarter: Option<i64>,
    offset: i32,
}

impl LocalClock {
    /// The offset at this time.
    pub fn offset(&mut self, seconds: i64) -> i32 {
        let quarter = seconds.div_euclid(QUARTER);
        if self.quarter != Some(quarter) {
            self.quarter = Some(quarter);
            self.offset = local_offset(seconds);
        }
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_and_the_offset_agree() {
        for seconds in (0..4_000_000_000).step_by(86_400 * 97) {
            let wall = Point { seconds: seconds + i64::from(local_offset(seconds)), nanos: 5 };
            assert_eq!(from_wall(wall).seconds, seconds);
            assert_eq!(LocalClock::default().offset(seconds), local_offset(seconds));
        }
        assert_eq!(point(UNIX_EPOCH - std::time::Duration::from_nanos(1)).nanos, 999_999_999);
    }
}
