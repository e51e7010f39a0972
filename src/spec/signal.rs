//! Signals by name and number, as `--stop-signal`, `kill` and images' STOPSIGNAL have them.

use super::SpecError;
use crate::model::nearest;

/// signal(7), "Signal numbering": the column that x86, arm and most others share.
const NAMES: [(&str, i32); 34] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("IOT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("POLL", 29),
    ("PWR", 30),
    ("SYS", 31),
    ("CLD", 17),
];
/// The first and the last real-time signal that programs see (glibc and musl keep 32 to 34 for themselves).
const REALTIME: (i32, i32) = (34, 64);

/// Reads `SIGTERM`, `term`, `15`, `SIGRTMIN+3`, `rtmax-1`.
pub fn parse(flag: &'static str, text: &str) -> Result<i32, SpecError> {
    let refuse = |why: String| Err(SpecError::flag(flag, text, why));
    if let Ok(number) = text.parse::<i32>() {
        return match number {
            1..=64 => Ok(number),
            _ => refuse("signals go from 1 to 64".to_owned()),
        };
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    if let Some((_, number)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(*number);
    }
    if let Some(number) = realtime(name) {
        return Ok(number);
    }
    match nearest(name, NAMES.iter().map(|(known, _)| *known)) {
        Some(near) => refuse(format!("unknown signal, did you mean SIG{near}?")),
        None => refuse("unknown signal".to_owned()),
    }
}

/// The usual name with `SIG`; real-time signals count from RTMIN.
pub fn name(number: i32) -> String {
    match NAMES.iter().find(|(_, known)| *known == number) {
        Some((name, _)) => format!("SIG{name}"),
        None if number == REALTIME.0 => "SIGRTMIN".to_owned(),
        None if (REALTIME.0..=REALTIME.1).contains(&number) => format!("SIGRTMIN+{}", number - REALTIME.0),
        None => number.to_string(),
    }
}

/// Every name, without SIG.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

fn realtime(name: &str) -> Option<i32> {
    let (base, offset, sign) = match (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX")) {
        (Some(rest), _) => (REALTIME.0, rest, '+'),
        (_, Some(rest)) => (REALTIME.1, rest, '-'),
        _ => return None,
    };
    let offset = match offset.strip_prefix(sign) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<i32>().ok()?,
        None if offset.is_empty() => 0,
        _ => return None,
    };
    let number = if sign == '+' { base.checked_add(offset)? } else { base.checked_sub(offset)? };
    (REALTIME.0..=REALTIME.1).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, want) in [
            ("TERM", 15),
            ("SIGTERM", 15),
            ("sigterm", 15),
            ("term", 15),
            ("15", 15),
            ("KILL", 9),
            ("9", 9),
            ("SIGQUIT", 3),
            ("winch", 28),
            ("SIGCLD", 17),
            ("IOT", 6),
            ("SIGRTMIN", 34),
            ("SIGRTMIN+3", 37),
            ("RTMIN+30", 64),
            ("rtmax", 64),
            ("SIGRTMAX-14", 50),
            ("64", 64),
        ] {
            assert_eq!(parse("--stop-signal", text).unwrap(), want, "{text}");
        }
        for (text, why) in [
            ("", "unknown signal"),
            ("0", "from 1 to 64"),
            ("65", "from 1 to 64"),
            ("-9", "from 1 to 64"),
            ("SIGTREM", "did you mean SIGTERM?"),
            ("RTMIN-1", "unknown signal"),
            ("RTMIN+31", "unknown signal"),
            ("RTMIN+-3", "unknown signal"),
            ("RTMAX+1", "unknown signal"),
            ("RTMIN+99999999999", "unknown signal"),
            ("whatever", "unknown signal"),
        ] {
            let error = parse("--stop-signal", text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(&format!("{text:?}")), "{text}: {error}");
        }
    }

    #[test]
    fn names_go_both_ways() {
        for number in (1..=31).chain(34..=64) {
            assert_eq!(parse("--signal", &name(number)).unwrap(), number);
        }
    }
}
