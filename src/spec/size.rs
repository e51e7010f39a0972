//! Sizes in bytes as docker writes them: `64m`, `1.5g`, `512`, `10KiB`. Every unit is a power of 1024.

use super::SpecError;

/// Reads a size; the unit is one of b k m g t p, a `b` or `ib` may follow.
pub fn parse(flag: &'static str, text: &str) -> Result<u64, SpecError> {
    let refuse = |why: String| Err(SpecError::flag(flag, text, why));
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if number.is_empty() {
        return refuse("a size begins with a number, like 64m".to_owned());
    }
    let lower = unit.trim().to_ascii_lowercase();
    let shift = match lower.strip_suffix("ib").or(lower.strip_suffix('b')).unwrap_or(&lower) {
        "" if lower == "ib" => return refuse(format!("unknown unit {unit:?}: want b, k, m, g, t or p")),
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        "p" => 50,
        _ => return refuse(format!("unknown unit {unit:?}: want b, k, m, g, t or p")),
    };
    let too_large = || refuse("too large".to_owned());
    if let Ok(whole) = number.parse::<u64>() {
        let bytes = u128::from(whole) << shift;
        return u64::try_from(bytes).ok().filter(|b| *b <= i64::MAX as u64).map_or_else(too_large, Ok);
    }
    match number.parse::<f64>() {
        Ok(value) if value * 2f64.powi(shift) < i64::MAX as f64 => Ok((value * 2f64.powi(shift)) as u64),
        Ok(_) => too_large(),
        Err(_) => refuse(format!("{number:?} is not a number")),
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
}
