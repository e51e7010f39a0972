//! Spans of time as Go writes them (`1h2m3.5s`, `300ms`), which is how podman's and docker's flags have them.

const UNITS: [(&str, f64); 7] =
    [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3600e3)];

/// Milliseconds; none for what is no span. `0` needs no unit. Spans over a hundred years are none.
pub fn parse(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (_, scale) = UNITS.iter().find(|(unit, _)| *unit == &after[..end])?;
        sum += number * scale;
        rest = &after[end..];
    }
    let century = 100.0 * 366.0 * 24.0 * 3600e3;
    (!text.is_empty() && sum <= century).then_some(sum.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn spans() {
        for (text, want) in [
            ("0", Some(0)),
            ("30s", Some(30_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("300ms", Some(300)),
            ("1.5m", Some(90_000)),
            ("1500us", Some(2)),
            ("", None),
            ("5", None),
            ("s", None),
            ("-1s", None),
            ("1s5", None),
            ("1d", None),
            ("1..5s", None),
            ("99999999999h", None),
        ] {
            assert_eq!(parse(text), want, "{text:?}");
        }
    }
}
