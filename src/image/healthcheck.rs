//! The Dockerfile's HEALTHCHECK (Dockerfile reference, "HEALTHCHECK").

use super::change::json_words;
use crate::model::image::ImageHealthcheck;

/// Reads what stands after the word: options, then `CMD` and a command, or `NONE`.
///
/// # Errors
/// What is wrong.
pub(super) fn parse(text: &str) -> Result<ImageHealthcheck, String> {
    let mut check = ImageHealthcheck::default();
    let mut rest = text;
    while let Some(option) = rest.strip_prefix("--") {
        let end = option.find(char::is_whitespace).unwrap_or(option.len());
        let (word, after) = option.split_at(end);
        rest = after.trim_start();
        let (key, value) = word.split_once('=').ok_or_else(|| format!("--{word} wants a value"))?;
        let span = || duration(value).ok_or_else(|| format!("--{key} wants a time like 30s or 1m30s"));
        match key {
            "interval" => check.interval = span()?,
            "timeout" => check.timeout = span()?,
            "start-period" => check.start_period = span()?,
            "start-interval" => check.start_interval = span()?,
            "retries" => {
                let retries = value.parse().ok().filter(|n: &i64| *n > 0);
                check.retries = retries.ok_or("--retries wants a number from 1 on")?;
            }
            _ => return Err(format!("unknown option --{key}")),
        }
    }
    let (word, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = command.trim();
    check.test = match (word.to_ascii_uppercase().as_str(), command) {
        ("NONE", "") if check == ImageHealthcheck::default() => vec!["NONE".to_owned()],
        ("NONE", _) => return Err("NONE stands alone".to_owned()),
        ("CMD", "") => return Err("CMD wants a command".to_owned()),
        ("CMD", command) => match json_words(command) {
            Some(words) if words.is_empty() => return Err("CMD wants a command".to_owned()),
            Some(words) => std::iter::once("CMD".to_owned()).chain(words).collect(),
            None => vec!["CMD-SHELL".to_owned(), command.to_owned()],
        },
        _ => return Err("want CMD COMMAND or NONE".to_owned()),
    };
    Ok(check)
}

/// Go's durations, in nanoseconds: `1h2m3.5s`, `250ms`.
fn duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0f64;
    if rest == "0" {
        return Some(0);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let nanos = match unit {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * nanos;
        rest = after;
    }
    (!text.is_empty() && total < i64::MAX as f64).then_some(total as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks() {
        let check =
            parse("--interval=1m30s --timeout=250ms --start-period=0 --retries=5 CMD curl -f localhost");
        let check = check.unwrap();
        assert_eq!(check.test, ["CMD-SHELL", "curl -f localhost"]);
        assert_eq!((check.interval, check.timeout, check.retries), (90_000_000_000, 250_000_000, 5));
        assert_eq!(parse(r#"CMD ["a", "b c"]"#).unwrap().test, ["CMD", "a", "b c"]);
        assert_eq!(parse("none").unwrap().test, ["NONE"]);
        for bad in [
            "",
            "x",
            "CMD",
            "CMD []",
            "NONE x",
            "--retries=0 CMD x",
            "--retries=2 NONE",
            "--interval CMD x",
            "--interval=5 CMD x",
            "--interval=s CMD x",
            "--pause=1s CMD x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
