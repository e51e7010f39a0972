//! Sizes in bytes as docker writes them: `64m`, `1.5g`, `512`, `10KiB`. Every unit is a power of 1024, but for logs, where
//! both podman and docker count in thousands.

use super::SpecError;

/// Reads a size; the unit is one of b k m g t p, a `b` or `ib` may follow.
pub fn parse(flag: &'static str, text: &str) -> Result<u64, SpecError> {
    count(text, 1024).map_err(|why| SpecError::flag(flag, text, why))
}

/// Reads a size whose units are powers of 1000: `value` is a part of `text`, which is quoted.
pub fn parse_decimal(flag: &'static str, text: &str, value: &str) -> Result<u64, SpecError> {
    count(value, 1000).map_err(|why| SpecError::flag(flag, text, format!("invalid size: '{value}': {why}")))
}

fn count(text: &str, base: u64) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if number.is_empty() {
        return Err("a size begins with a number, like 64m".to_owned());
    }
    let lower = unit.trim().to_ascii_lowercase();
    let unknown = || format!("unknown unit {unit:?}: want b, k, m, g, t or p");
    let power = match lower.strip_suffix("ib").or(lower.strip_suffix('b')).unwrap_or(&lower) {
        "" if lower == "ib" => return Err(unknown()),
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return Err(unknown()),
    };
    let scale = base.pow(power);
    let too_large = || "too large".to_owned();
    if let Ok(whole) = number.parse::<u64>() {
        let bytes = u128::from(whole) * u128::from(scale);
        return u64::try_from(bytes).ok().filter(|b| *b <= i64::MAX as u64).ok_or_else(too_large);
    }
    match number.parse::<f64>() {
        Ok(value) if value * (scale as f64) < i64::MAX as f64 => Ok((value * scale as f64) as u64),
        Ok(_) => Err(too_large()),
        Err(_) => Err(format!("{number:?} is not a number")),
    }
}

/// `4.26 MB`: decimal units, three digits; `gap` is between number and unit.
#[allow(clippy::cast_precision_loss)] // three digits are shown
pub fn human(bytes: u64, gap: &str) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value >= 100.0 || unit == 0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{gap}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, want) in [
            ("0", 0),
            ("512", 512),
            ("512b", 512),
            ("1k", 1024),
            ("1K", 1024),
            ("1kb", 1024),
            ("1KiB", 1024),
            ("64m", 64 << 20),
            ("64MB", 64 << 20),
            ("65536k", 64 << 20),
            ("1.5g", 3 << 29),
            ("0.5m", 1 << 19),
            ("2t", 2 << 40),
            ("1 m", 1 << 20),
            ("1p", 1 << 50),
        ] {
            assert_eq!(parse("--shm-size", text).unwrap(), want, "{text}");
        }
        for (text, why) in [
            ("", "begins with a number"),
            ("m", "begins with a number"),
            ("-1", "begins with a number"),
            ("1x", "unknown unit \"x\""),
            ("1mm", "unknown unit \"mm\""),
            ("1ib", "unknown unit \"ib\""),
            ("1.2.3m", "\"1.2.3\" is not a number"),
            (".", "\".\" is not a number"),
            ("99999999999999999999", "too large"),
            ("9999999p", "too large"),
            ("1e9", "unknown unit \"e9\""),
        ] {
            let error = parse("--shm-size", text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn logs_are_counted_in_thousands() {
        for (value, want) in [("10", 10), ("10k", 10_000), ("1.5MB", 1_500_000), ("1g", 1_000_000_000)] {
            assert_eq!(parse_decimal("--log-opt", "max-size=…", value), Ok(want), "{value}");
        }
        let error = parse_decimal("--log-opt", "max-size=lots", "lots").unwrap_err().to_string();
        assert!(error.starts_with("invalid --log-opt \"max-size=lots\": invalid size: 'lots': "), "{error}");
    }
}
