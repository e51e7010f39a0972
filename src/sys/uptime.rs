//! Clocks: the one that processes are started by, and times of the day as people here read them.

use super::{Attempt, SysError};

/// A point in time in the caller's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
    /// Seconds east of Greenwich.
    pub offset: i64,
    /// `CET` and the like.
    pub zone: String,
}

/// Nanoseconds since boot, with the time that the machine was asleep (clock_gettime(2), CLOCK_BOOTTIME): start times of
/// processes count the same.
///
/// # Errors
/// None that the kernel documents.
pub fn since_boot() -> Result<u64, SysError> {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).attempt(|| "read the clock")?;
    let (seconds, nanoseconds) = (time.tv_sec().cast_unsigned(), time.tv_nsec().cast_unsigned());
    Ok(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
}

/// Seconds since the epoch in the zone of `TZ` or /etc/localtime; none for a year that is out of reach.
pub fn local(seconds: i64) -> Option<LocalTime> {
    // SAFETY: tm is plain old data which localtime_r(3) fills; it gives null when it did not. The process has one thread,
    // so that nobody changes the environment meanwhile.
    let time = unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&raw const seconds, &raw mut time).is_null() {
            return None;
        }
        time
    };
    let zone = if time.tm_zone.is_null() {
        String::new()
    } else {
        // SAFETY: localtime_r(3) has set it to a text that the C library keeps.
        unsafe { std::ffi::CStr::from_ptr(time.tm_zone) }.to_string_lossy().into_owned()
    };
    let number = |value: i32| value.cast_unsigned();
    Some(LocalTime {
        year: time.tm_year.checked_add(1900)?,
        month: number(time.tm_mon + 1),
        day: number(time.tm_mday),
        hour: number(time.tm_hour),
        minute: number(time.tm_min),
        second: number(time.tm_sec),
        offset: time.tm_gmtoff,
        zone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert!(since_boot().unwrap() > 0);
        let time = local(1_750_000_000).unwrap();
        assert_eq!((time.year, time.month), (2025, 6));
        let of_day = i64::from(time.hour * 3600 + time.minute * 60 + time.second);
        assert_eq!((1_750_000_000 + time.offset) % 86_400, of_day);
        assert_eq!(local(i64::MAX), None);
    }
}
