//! When to ask again, and when to give up: pure decisions.

use std::time::Duration;

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(60);

/// How often and after what time something is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// After the first attempt, so many more.
    pub more: u32,
    /// Between two of them; absent is one second, then two, four ….
    pub delay: Option<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { more: 3, delay: None }
    }
}

impl RetryPolicy {
    /// How long to wait after failure number `failures` (the first is 1); none is to give up. A server that asks for
    /// more time than anybody waits for is given up.
    pub fn wait(&self, failures: u32, asked: Option<Duration>) -> Option<Duration> {
        if failures > self.more || asked.is_some_and(|asked| asked > LONGEST) {
            return None;
        }
        let own = self.delay.unwrap_or_else(|| Duration::from_secs(1 << (failures - 1).min(6)));
        Some(own.min(LONGEST).max(asked.unwrap_or_default()))
    }
}

/// Is this status one that may be another the next time?
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3), which counts from `now` (seconds since the epoch).
pub fn retry_after(value: &str, now: i64) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::from_secs(u64::try_from(date.as_second() - now).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let policy = RetryPolicy::default();
        let seconds = |failures| policy.wait(failures, None).map(|wait| wait.as_secs());
        assert_eq!([1, 2, 3, 4].map(seconds), [Some(1), Some(2), Some(4), None]);
        let fixed = RetryPolicy { more: 2, delay: Some(Duration::from_millis(5)) };
        assert_eq!(fixed.wait(2, None), Some(Duration::from_millis(5)));
        assert_eq!(fixed.wait(3, None), None);
        assert_eq!(RetryPolicy { more: 0, delay: None }.wait(1, None), None);
    }

    #[test]
    fn a_server_may_ask_for_time_but_not_for_ever() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(3600))), None);
        for (text, want) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Thu, 01 Jan 1970 00:02:00 GMT", Some(20)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(retry_after(text, 100).map(|wait| wait.as_secs()), want, "{text}");
        }
    }
}
