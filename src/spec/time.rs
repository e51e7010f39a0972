//! Moments as `--since`, `--until` and filters take them: seconds since the epoch, a date and time, or a duration from now.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{SpecError, duration};

/// Which way a duration counts from now (podman: back for `--since`, forward for `--until`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// `10m` is ten minutes ago.
    Past,
    /// `10m` is in ten minutes.
    Future,
}

/// Reads `1700000000`, `1700000000.25`, `2026-01-02T15:04:05.123+01:00`, `2026-01-02T15:04:05`, `2026-01-02`,
/// `2026-01-02+01:00`, `1h30m`. A date without an offset is one of `zone`.
///
/// # Errors
/// [`SpecError::Flag`] with this flag.
pub fn parse(
    flag: &'static str,
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
    towards: Towards,
) -> Result<Timestamp, SpecError> {
    let refuse = || {
        SpecError::flag(
            flag,
            text,
            "want seconds since 1970, a date and time like 2026-01-02T15:04:05, or a duration like 1h30m",
        )
    };
    if let Some(moment) = unix(text) {
        return moment.ok_or_else(refuse);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Some(moment) = date_with_offset(text) {
        return Ok(moment);
    }
    if let Ok(civil) = text.parse::<DateTime>() {
        return zone.to_timestamp(civil).map_err(|_| refuse());
    }
    let (back, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let span = duration::parse(text).and_then(|ms| i64::try_from(ms).ok()).ok_or_else(refuse)?;
    let duration = SignedDuration::from_millis(if back { -span } else { span });
    let moment = match towards {
        Towards::Past => now.checked_sub(duration),
        Towards::Future => now.checked_add(duration),
    };
    moment.map_err(|_| refuse())
}

/// Whole or decimal seconds since the epoch. None: it is no number; `Some(None)`: one that no clock shows.
fn unix(text: &str) -> Option<Option<Timestamp>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let magnitude = whole.strip_prefix('-').unwrap_or(whole);
    if magnitude.is_empty() || !digits(magnitude) || !digits(fraction) {
        return None;
    }
    let nanoseconds: i32 = format!("{fraction:0<9}")[..9].parse().unwrap_or_default();
    let nanoseconds = if whole.starts_with('-') { -nanoseconds } else { nanoseconds };
    Some(whole.parse().ok().and_then(|seconds| Timestamp::new(seconds, nanoseconds).ok()))
}

/// `2026-01-02Z`, `2026-01-02+01:00`.
fn date_with_offset(text: &str) -> Option<Timestamp> {
    let (date, offset) = text.split_at_checked("2026-01-02".len())?;
    format!("{date}T00:00:00{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for (text, towards, want) in [
            ("0", Towards::Past, "1970-01-01T00:00:00Z"),
            ("1700000000", Towards::Past, "2023-11-14T22:13:20Z"),
            ("1700000000.25", Towards::Past, "2023-11-14T22:13:20.25Z"),
            ("1700000000.1234567899", Towards::Past, "2023-11-14T22:13:20.123456789Z"),
            ("-1.5", Towards::Past, "1969-12-31T23:59:58.5Z"),
            ("2026-01-02T15:04:05Z", Towards::Past, "2026-01-02T15:04:05Z"),
            ("2026-01-02T15:04:05.123456789+01:00", Towards::Past, "2026-01-02T14:04:05.123456789Z"),
            ("2026-01-02T15:04:05", Towards::Past, "2026-01-02T13:04:05Z"),
            ("2026-01-02T15:04:05.5", Towards::Past, "2026-01-02T13:04:05.5Z"),
            ("2026-01-02 15:04:05", Towards::Past, "2026-01-02T13:04:05Z"),
            ("2026-01-02T15:04", Towards::Past, "2026-01-02T13:04:00Z"),
            ("2026-01-02", Towards::Past, "2026-01-01T22:00:00Z"),
            ("2026-01-02Z", Towards::Past, "2026-01-02T00:00:00Z"),
            ("2026-01-02-05:00", Towards::Past, "2026-01-02T05:00:00Z"),
            ("10m", Towards::Past, "2026-06-01T11:50:00Z"),
            ("10m", Towards::Future, "2026-06-01T12:10:00Z"),
            ("1h30m", Towards::Past, "2026-06-01T10:30:00Z"),
            ("1.5h", Towards::Past, "2026-06-01T10:30:00Z"),
            ("500ms", Towards::Past, "2026-06-01T11:59:59.5Z"),
            ("-10m", Towards::Past, "2026-06-01T12:10:00Z"),
            ("0s", Towards::Future, "2026-06-01T12:00:00Z"),
        ] {
            let moment = parse("--since", text, now, &zone, towards).unwrap();
            assert_eq!(moment, want.parse().unwrap(), "{text}");
        }
        for text in
            ["", "abc", "99999999999999999999", "2026-13-01", "2026-01-02T25:00:00", "m", "1é", "-", "1.x"]
        {
            let result = parse("--since", text, now, &zone, Towards::Past);
            let error = result.unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid --since {text:?}: want seconds")), "{error}");
        }
    }
}
