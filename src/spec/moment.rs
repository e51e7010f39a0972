//! `--since` and `--until`: dates, seconds since the epoch, and distances from now, as podman takes them.

use super::SpecError;
use crate::model::moment::{Moment, Point};
use crate::model::stamp::{self, Reading};

/// Which way a distance is counted (podman's rule, odd as it is).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `--since 10m` is ten minutes ago.
    Back,
    /// `--until 10m` is ten minutes from now.
    Ahead,
}

const WANTED: &str = "unable to interpret time value: want a date like 2026-11-27T02:56:03Z or 2026-11-27, seconds since \
                      1970, or a distance like 10m or 1h30m (units ns, us, ms, s, m, h)";

/// Reads a moment.
pub fn parse(flag: &'static str, text: &str, distance: Direction) -> Result<Moment, SpecError> {
    let moment = date(text).or_else(|| seconds(text)).or_else(|| {
        let nanos = duration(text)?;
        Some(Moment::FromNow(if distance == Direction::Back { nanos.checked_neg()? } else { nanos }))
    });
    moment.ok_or_else(|| SpecError::flag(flag, text, WANTED))
}

fn date(text: &str) -> Option<Moment> {
    let Reading { seconds, nanos, offset, .. } = stamp::parse(text.as_bytes())?;
    Some(match offset {
        Some(offset) => Moment::At(Point { seconds: seconds - i64::from(offset), nanos }),
        None => Moment::OnTheWall(Point { seconds, nanos }),
    })
}

/// `1795748164` or `1795748164.25`.
fn seconds(text: &str) -> Option<Moment> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, nanos) = decimal(digits)?;
    let nanos = i128::from(whole) * 1_000_000_000 + i128::from(nanos);
    Some(Moment::At(Point::from_nanos(if negative { -nanos } else { nanos })))
}

/// Digits with a point among them: what is before it, and nanoths of what is behind.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nine = fraction.bytes().map(|byte| u64::from(byte - b'0')).chain(std::iter::repeat(0)).take(9);
    Some((whole, nine.fold(0, |sum, digit| sum * 10 + digit)))
}

/// Go's time.ParseDuration: `1h30m`, `-1.5h`, `+300ms`, in nanoseconds.
fn duration(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut sum: u128 = 0;
    loop {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (whole, nanoths) = decimal(digits)?;
        let scale: u64 = match &after[..unit] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let scale = u128::from(scale);
        sum += u128::from(whole) * scale + u128::from(nanoths) * scale / 1_000_000_000;
        rest = &after[unit..];
        if rest.is_empty() {
            let nanos = i64::try_from(sum).ok()?;
            return Some(if negative { -nanos } else { nanos });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    fn at(seconds: i64, nanos: u32) -> Moment {
        Moment::At(Point { seconds, nanos })
    }

    #[test]
    fn table() {
        let wall = |seconds, nanos| Moment::OnTheWall(Point { seconds, nanos });
        for (text, since, until) in [
            ("2026-11-27T02:56:03Z", at(1_795_748_163, 0), None),
            ("2026-11-27T02:56:03.5+01:00", at(1_795_744_563, 500_000_000), None),
            ("2026-11-27T02:56:03", wall(1_795_748_163, 0), None),
            ("2026-11-27T02:56:03.25", wall(1_795_748_163, 250_000_000), None),
            ("2026-11-27Z", at(1_795_737_600, 0), None),
            ("2026-11-27+01:00", at(1_795_734_000, 0), None),
            ("2026-11-27", wall(1_795_737_600, 0), None),
            ("2026-11-27T02:56", wall(1_795_748_160, 0), None),
            ("1795748163", at(1_795_748_163, 0), None),
            ("1795748163.000000001", at(1_795_748_163, 1), None),
            ("10", at(10, 0), None),
            ("-1.5", at(-2, 500_000_000), None),
            ("20261127", at(20_261_127, 0), None),
            ("10m", Moment::FromNow(-600 * S), Some(Moment::FromNow(600 * S))),
            ("+10m", Moment::FromNow(-600 * S), Some(Moment::FromNow(600 * S))),
            ("-1h", Moment::FromNow(3600 * S), Some(Moment::FromNow(-3600 * S))),
            ("1h30m", Moment::FromNow(-5400 * S), Some(Moment::FromNow(5400 * S))),
            ("1.5h", Moment::FromNow(-5400 * S), Some(Moment::FromNow(5400 * S))),
            (".5s", Moment::FromNow(-S / 2), Some(Moment::FromNow(S / 2))),
            ("300ms", Moment::FromNow(-3 * S / 10), Some(Moment::FromNow(3 * S / 10))),
            ("1us5ns", Moment::FromNow(-1005), Some(Moment::FromNow(1005))),
            ("1µs", Moment::FromNow(-1000), Some(Moment::FromNow(1000))),
        ] {
            assert_eq!(parse("--since", text, Direction::Back), Ok(since), "{text}");
            assert_eq!(parse("--until", text, Direction::Ahead), Ok(until.unwrap_or(since)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        for text in [
            "",
            "foo",
            "yesterday",
            "10d",
            "10 m",
            "m",
            "1h30",
            "1..5h",
            ".s",
            "-",
            ".",
            "--5m",
            "2026-13-01",
            "2026-11-27T02:56:03X",
            "99999999999999999999",
            "999999999999h",
            "1e9",
        ] {
            let error = parse("--since", text, Direction::Back).unwrap_err().to_string();
            let start = format!("invalid --since {text:?}: unable to interpret time value");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
