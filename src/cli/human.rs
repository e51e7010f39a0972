//! Times and sizes in words, as docker's and podman's lists have them.

/// `2 weeks ago`, `About an hour ago`; both in milliseconds since the epoch.
pub(super) fn ago(then_ms: i64, now_ms: i64) -> String {
    format!("{} ago", lasting(now_ms.saturating_sub(then_ms)))
}

/// `2 weeks`, `About an hour`; in milliseconds.
pub(super) fn lasting(ms: i64) -> String {
    let seconds = (ms / 1000).max(0);
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    let many = |n: i64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match seconds {
        0 => "Less than a second".to_owned(),
        1..60 => many(seconds, "second"),
        _ if minutes == 1 => "About a minute".to_owned(),
        _ if minutes < 60 => many(minutes, "minute"),
        _ if hours <= 1 => "About an hour".to_owned(),
        _ if hours < 48 => many(hours, "hour"),
        _ if hours < 24 * 14 => many(hours / 24, "day"),
        _ if hours < 24 * 60 => many(hours / 24 / 7, "week"),
        _ if hours < 24 * 365 * 2 => many(hours / 24 / 30, "month"),
        _ => many(hours / 24 / 365, "year"),
    }
}

/// `4.26 MB`: decimal units, three digits.
pub(super) fn size(bytes: u64) -> String {
    crate::spec::size::human(bytes, " ")
}

/// `1.988MB`: as docker's tables of disk usage have it, four digits and no blank.
#[allow(clippy::cast_precision_loss)] // four digits are shown
pub(super) fn compact_size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match value {
        ..10.0 => 3,
        ..100.0 => 2,
        ..1000.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        const HOUR: i64 = 3600;
        for (seconds, text) in [
            (0, "Less than a second ago"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "About a minute ago"),
            (150, "2 minutes ago"),
            (HOUR, "About an hour ago"),
            (47 * HOUR, "47 hours ago"),
            (3 * 24 * HOUR, "3 days ago"),
            (15 * 24 * HOUR, "2 weeks ago"),
            (70 * 24 * HOUR, "2 months ago"),
            (800 * 24 * HOUR, "2 years ago"),
            (-5, "Less than a second ago"),
        ] {
            assert_eq!(ago(0, seconds * 1000), text);
        }
    }

    #[test]
    fn compact_sizes() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1000, "1kB"),
            (5520, "5.52kB"),
            (1_988_123, "1.988MB"),
            (281_000_000, "281MB"),
            (12_345_678_901, "12.35GB"),
            (u64::MAX, "18.45EB"),
        ] {
            assert_eq!(compact_size(bytes), text);
        }
    }

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (4_261_000, "4.26 MB"),
            (77_800_000, "77.8 MB"),
            (124_000_000, "124 MB"),
            (999_900_000, "1 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
