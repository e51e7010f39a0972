//! Times and sizes as Go's libraries write them, which the tables of podman and docker are made of.

/// `1h2m12.5s`, `20.38s`, `1.5ms`, `0s`: Go's time.Duration.
pub fn go_duration(nanoseconds: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let fraction = |value: u64, unit: u64| {
        let (whole, rest) = (value / unit, value % unit);
        let digits = unit.ilog10() as usize;
        let rest = format!("{rest:0digits$}");
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1000 => format!("{nanoseconds}ns"),
        1000..1_000_000 => format!("{}µs", fraction(nanoseconds, 1000)),
        1_000_000..SECOND => format!("{}ms", fraction(nanoseconds, 1_000_000)),
        _ => {
            let (hours, rest) = (nanoseconds / (3600 * SECOND), nanoseconds % (3600 * SECOND));
            let (minutes, rest) = (rest / (60 * SECOND), rest % (60 * SECOND));
            let seconds = fraction(rest, SECOND);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, _) => format!("{minutes}m{seconds}s"),
                _ => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `3.092MB`: decimal units, four digits (docker's units.HumanSize).
pub fn decimal_size(bytes: u64) -> String {
    scaled(bytes, 1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// `2.949MiB`: binary units, four digits (docker's units.BytesSize).
pub fn binary_size(bytes: u64) -> String {
    scaled(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

#[allow(clippy::cast_precision_loss)] // four digits are shown
fn scaled(bytes: u64, step: f64, units: &[&str]) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= step && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    // C's and Go's %.4g, for numbers below 10000.
    let digits: usize = match value {
        ..9.9995 => 3,
        ..99.995 => 2,
        ..999.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1500, "1.5µs"),
            (8_236_000, "8.236ms"),
            (1_000_000_000, "1s"),
            (20_386_825_206, "20.386825206s"),
            (63_000_000_000, "1m3s"),
            (3_732_497_061_672, "1h2m12.497061672s"),
            (86_400_000_000_000, "24h0m0s"),
        ] {
            assert_eq!(go_duration(nanoseconds), text);
        }
    }

    #[test]
    fn sizes_of_docker() {
        for (bytes, decimal, binary) in [
            (0, "0B", "0B"),
            (999, "999B", "999B"),
            (1000, "1kB", "1000B"),
            (1024, "1.024kB", "1KiB"),
            (49_152, "49.15kB", "48KiB"),
            (3_092_000, "3.092MB", "2.949MiB"),
            (16_700_000_000, "16.7GB", "15.55GiB"),
            (999_999, "1000kB", "976.6KiB"),
            (u64::MAX, "18.45EB", "16EiB"),
        ] {
            assert_eq!((decimal_size(bytes).as_str(), binary_size(bytes).as_str()), (decimal, binary));
        }
    }
}
