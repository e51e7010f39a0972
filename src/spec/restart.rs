//! `--restart`: when a container that has ended starts again.

use super::SpecError;
use crate::model::{RestartPolicy, nearest};

const WORDS: [&str; 4] = ["no", "on-failure", "always", "unless-stopped"];

/// Reads `no`, `on-failure[:COUNT]`, `always`, `unless-stopped` (podman-run(1)); `never` is `no`.
///
/// # Errors
/// Another word, a count that is none, a count where none belongs.
pub fn parse(text: &str) -> Result<RestartPolicy, SpecError> {
    let refuse = |why: &str| Err(SpecError::flag("--restart", text, why));
    let (word, count) = match text.split_once(':') {
        Some((word, count)) => (word, Some(count)),
        None => (text, None),
    };
    let policy = match word {
        "" | "no" | "never" => RestartPolicy::No,
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => match count.map(str::parse) {
            None => return Ok(RestartPolicy::OnFailure { max: 0 }),
            Some(Ok(max)) => return Ok(RestartPolicy::OnFailure { max }),
            Some(Err(_)) => return refuse("want a number of times after on-failure:"),
        },
        other => {
            let known = nearest(other, WORDS);
            let meant = known.map(|word| format!("; did you mean {word}?")).unwrap_or_default();
            return refuse(&format!("want no, on-failure[:COUNT], always or unless-stopped{meant}"));
        }
    };
    if count.is_some() { refuse("only on-failure takes a number of times") } else { Ok(policy) }
}

/// As it is written.
pub fn name(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::No => "no",
        RestartPolicy::OnFailure { .. } => "on-failure",
        RestartPolicy::Always => "always",
        RestartPolicy::UnlessStopped => "unless-stopped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        for (text, want) in [
            ("no", RestartPolicy::No),
            ("never", RestartPolicy::No),
            ("", RestartPolicy::No),
            ("on-failure", RestartPolicy::OnFailure { max: 0 }),
            ("on-failure:5", RestartPolicy::OnFailure { max: 5 }),
            ("always", RestartPolicy::Always),
            ("unless-stopped", RestartPolicy::UnlessStopped),
        ] {
            assert_eq!(parse(text).unwrap(), want, "{text}");
            assert!(text.is_empty() || text == "never" || text.starts_with(name(want)));
        }
        for (text, why) in [
            ("alwais", "did you mean always?"),
            ("on-failure:x", "number of times"),
            ("on-failure:-1", "number of times"),
            ("always:3", "only on-failure"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
