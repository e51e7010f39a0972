//! Times as logs have them (RFC 3339): written and read by hand, because there is one in front of every line.

use super::moment::Point;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Length of what [`Stamp::text`] gives for the years 0 to 9999 with an offset.
pub const LENGTH: usize = 35;

/// A point in time and the offset of the clock that it was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// When.
    pub point: Point,
    /// Seconds east of Greenwich.
    pub offset: i32,
}

/// How the offset of UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utc {
    /// `+00:00`, as in log files.
    Number,
    /// `Z`, as Go prints it and so `podman logs -t`.
    Letter,
}

impl Stamp {
    /// `2026-11-27T02:56:03.123456789+00:00`: always nine digits, so that texts sort as times do.
    pub fn text(&self, utc: Utc) -> String {
        let local = self.point.seconds.saturating_add(i64::from(self.offset));
        let (year, month, day) = civil(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let mut text = String::with_capacity(LENGTH);
        let year = year.clamp(0, 9999).unsigned_abs();
        digits(&mut text, year, 4);
        for (sign, number) in [('-', month), ('-', day)] {
            text.push(sign);
            digits(&mut text, number, 2);
        }
        let clock = second.unsigned_abs();
        for (sign, number) in [('T', clock / 3600), (':', clock / 60 % 60), (':', clock % 60)] {
            text.push(sign);
            digits(&mut text, number, 2);
        }
        text.push('.');
        digits(&mut text, self.point.nanos.into(), 9);
        let minutes = u64::from(self.offset.unsigned_abs()) / 60;
        if minutes == 0 && utc == Utc::Letter {
            text.push('Z');
            return text;
        }
        text.push(if self.offset < 0 { '-' } else { '+' });
        digits(&mut text, minutes / 60, 2);
        text.push(':');
        digits(&mut text, minutes % 60, 2);
        text
    }

    /// Reads a time with its date, its clock and its offset, any number of digits after the second.
    pub fn parse(text: &[u8]) -> Option<Self> {
        match parse(text)? {
            Reading { seconds, nanos, offset: Some(offset), clock: true } => {
                let point = Point { seconds: seconds.checked_sub(offset.into())?, nanos };
                Some(Self { point, offset })
            }
            _ => None,
        }
    }
}

/// A time as far as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the clock shows, as if it were in UTC: seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds after that.
    pub nanos: u32,
    /// The offset, when there is one.
    pub offset: Option<i32>,
    /// There is a time of day.
    pub clock: bool,
}

/// Reads `YYYY-MM-DD[(T| )HH[:MM[:SS[.FRACTION]]]][Z|(+|-)HH:MM]`.
pub fn parse(text: &[u8]) -> Option<Reading> {
    let mut rest = Scanner(text);
    let year = rest.number(4)?;
    rest.expect(b"-")?;
    let month = rest.number(2).filter(|m| (1..=12).contains(m))?;
    rest.expect(b"-")?;
    let day = rest.number(2).filter(|d| (1..=days_of(year, month)).contains(d))?;
    let clock = rest.skip(b"Tt ");
    let (mut second, mut nanos) = (0, 0);
    if clock {
        second = rest.number(2).filter(|h| *h < 24)? * 3600;
        if rest.skip(b":") {
            second += rest.number(2).filter(|m| *m < 60)? * 60;
            if rest.skip(b":") {
                // A leap second counts as the one after it, as POSIX has it.
                second += rest.number(2).filter(|s| *s <= 60)?;
                if rest.skip(b".") {
                    nanos = rest.fraction()?;
                }
            }
        }
    }
    let offset = if rest.skip(b"Zz") {
        Some(0)
    } else if let Some(sign) = rest.sign() {
        let hours = rest.number(2).filter(|h| *h < 24)?;
        rest.expect(b":")?;
        let minutes = rest.number(2).filter(|m| *m < 60)?;
        Some(sign * (hours * 3600 + minutes * 60) as i32)
    } else {
        None
    };
    rest.0.is_empty().then_some(Reading {
        seconds: days(year, month, day) * DAY + second,
        nanos,
        offset,
        clock,
    })
}

struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn number(&mut self, length: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let found = self.0.first().is_some_and(|byte| any.contains(byte));
        self.0 = &self.0[usize::from(found)..];
        found
    }

    fn expect(&mut self, any: &[u8]) -> Option<()> {
        self.skip(any).then_some(())
    }

    fn sign(&mut self) -> Option<i32> {
        if self.skip(b"-") { Some(-1) } else { self.skip(b"+").then_some(1) }
    }

    /// Digits after a point as nanoseconds; what is finer is left out.
    fn fraction(&mut self) -> Option<u32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let nine = digits.iter().map(|digit| u32::from(digit - b'0')).chain(std::iter::repeat(0)).take(9);
        (length > 0).then(|| nine.fold(0, |sum, digit| sum * 10 + digit))
    }
}

/// Appends a number of at least so many digits.
fn digits(text: &mut String, number: u64, length: u32) {
    for place in (0..length).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        text.push(char::from(b'0' + digit as u8));
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the epoch of a date of the Gregorian calendar. Counts in eras of 400 years (146,097 days) that begin with a
/// March, so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after the epoch: year, month, day.
fn civil(days: i64) -> (i64, u64, u64) {
    let days = days + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month.unsigned_abs(), day.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: i64, nanos: u32, offset: i32) -> Stamp {
        Stamp { point: Point { seconds, nanos }, offset }
    }

    #[test]
    fn texts_are_podmans() {
        for (stamp, number, letter) in [
            (stamp(0, 0, 0), "1970-01-01T00:00:00.000000000+00:00", "1970-01-01T00:00:00.000000000Z"),
            (
                stamp(1_795_748_163, 123_456_789, 0),
                "2026-11-27T02:56:03.123456789+00:00",
                "2026-11-27T02:56:03.123456789Z",
            ),
            (
                stamp(1_709_164_799, 1, 19_800),
                "2024-02-29T05:29:59.000000001+05:30",
                "2024-02-29T05:29:59.000000001+05:30",
            ),
            (
                stamp(951_782_400, 0, -12_600),
                "2000-02-28T20:30:00.000000000-03:30",
                "2000-02-28T20:30:00.000000000-03:30",
            ),
        ] {
            assert_eq!(stamp.text(Utc::Number), number);
            assert_eq!(stamp.text(Utc::Letter), letter);
            assert_eq!(Stamp::parse(number.as_bytes()), Some(stamp));
            assert_eq!(Stamp::parse(letter.as_bytes()), Some(stamp));
        }
        assert_eq!(stamp(0, 0, 0).text(Utc::Number).len(), LENGTH);
    }

    #[test]
    fn every_day_comes_back() {
        for day in (-800_000..2_900_000).step_by(13) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month as i64, of_month as i64), day);
            assert!(of_month as i64 <= days_of(year, month as i64), "{year}-{month}-{of_month}");
        }
        assert_eq!((civil(59), civil(-1)), ((1970, 3, 1), (1969, 12, 31)));
    }

    #[test]
    fn parts_may_be_left_out_and_nothing_may_be_wrong() {
        let reading = |seconds, nanos, offset, clock| Some(Reading { seconds, nanos, offset, clock });
        for (text, want) in [
            ("1970-01-02", reading(86_400, 0, None, false)),
            ("1970-01-02Z", reading(86_400, 0, Some(0), false)),
            ("1970-01-02+01:00", reading(86_400, 0, Some(3600), false)),
            ("1970-01-01T01", reading(3600, 0, None, true)),
            ("1970-01-01T01:02", reading(3720, 0, None, true)),
            ("1970-01-01 01:02:03", reading(3723, 0, None, true)),
            ("1970-01-01T01:02:03.5", reading(3723, 500_000_000, None, true)),
            ("1970-01-01T00:00:00.1234567899-01:30", reading(0, 123_456_789, Some(-5400), true)),
            ("1970-01-01T00:00:60Z", reading(60, 0, Some(0), true)),
            ("2000-02-29", reading(951_782_400, 0, None, false)),
        ] {
            assert_eq!(parse(text.as_bytes()), want, "{text}");
        }
        for text in [
            "",
            "1970",
            "1970-1-1",
            "1970-13-01",
            "1970-00-01",
            "1970-02-29",
            "1900-02-29",
            "1970-04-31",
            "1970-01-01T",
            "1970-01-01T24",
            "1970-01-01T00:60",
            "1970-01-01T00:00:61",
            "1970-01-01T00:00:00.",
            "1970-01-01T00:00:00+1",
            "1970-01-01T00:00:00+25:00",
            "1970-01-01x",
            "x970-01-01",
            "+970-01-01",
            "1970-01-01Z0",
            "1970-01-01T00:00:00.5.5",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Stamp::parse(b"1970-01-01Z"), None);
        assert_eq!(Stamp::parse(b"1970-01-01T00:00:00"), None);
    }
}
