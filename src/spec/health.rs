//! How a container's health is looked at: `--health-*` over the image's HEALTHCHECK (podman-run(1); Dockerfile
//! reference).

use super::{SpecError, duration};
use crate::model::image::ImageHealthcheck;
use crate::model::run_request::HealthRequest;
use crate::model::{HealthAction, HealthSpec};

/// docker's defaults, in milliseconds.
const INTERVAL: u64 = 30_000;
const TIMEOUT: u64 = 30_000;
const START_INTERVAL: u64 = 5_000;
const RETRIES: u32 = 3;

/// Reads `--health-cmd`: a JSON list of words, or a line for the shell; `none` is no check at all.
pub fn parse_command(text: &str) -> Vec<String> {
    if text == "none" {
        return vec!["NONE".to_owned()];
    }
    if let Ok(words) = serde_json::from_str::<Vec<String>>(text) {
        return match words.first().map(String::as_str) {
            Some("CMD" | "CMD-SHELL" | "NONE") => words,
            _ => std::iter::once("CMD".to_owned()).chain(words).collect(),
        };
    }
    vec!["CMD-SHELL".to_owned(), text.to_owned()]
}

/// Reads a span; `disable` where that is allowed (`--health-interval`) is 0.
///
/// # Errors
/// No span.
pub fn parse_span(flag: &'static str, text: &str, disable: bool) -> Result<u64, SpecError> {
    match text {
        "disable" if disable => Ok(0),
        _ => {
            duration::parse(text).ok_or_else(|| SpecError::flag(flag, text, "want a span like 30s or 1m30s"))
        }
    }
}

/// Reads `--health-on-failure`.
///
/// # Errors
/// Another word.
pub fn parse_action(text: &str) -> Result<HealthAction, SpecError> {
    Ok(match text {
        "none" => HealthAction::None,
        "kill" => HealthAction::Kill,
        "restart" => HealthAction::Restart,
        "stop" => HealthAction::Stop,
        _ => {
            return Err(SpecError::flag("--health-on-failure", text, "want none, kill, restart or stop"));
        }
    })
}

/// Decides.
///
/// # Errors
/// A flag about a check that there is not; a check without a program.
pub fn decide(
    request: &HealthRequest,
    image: Option<&ImageHealthcheck>,
) -> Result<Option<HealthSpec>, SpecError> {
    let image = image.filter(|check| !check.test.is_empty());
    let test = match (&request.command, image) {
        _ if request.none => return Ok(None),
        (Some(test), _) => test.clone(),
        (None, Some(image)) => image.test.clone(),
        (None, None) if *request == HealthRequest::default() => return Ok(None),
        (None, None) => {
            let why = "neither --health-cmd nor the image says what to run";
            return Err(SpecError::Health(why));
        }
    };
    match test.first().map(String::as_str) {
        Some("NONE") => return Ok(None),
        Some("CMD" | "CMD-SHELL") if test.len() > 1 => {}
        _ => return Err(SpecError::Health("the check names no program")),
    }
    // Of the image's check, in nanoseconds; 0 is the default.
    let from_image = |pick: fn(&ImageHealthcheck) -> i64| {
        image.and_then(|image| u64::try_from(pick(image) / 1_000_000).ok()).filter(|ms| *ms > 0)
    };
    Ok(Some(HealthSpec {
        test,
        interval_ms: request.interval_ms.or(from_image(|i| i.interval)).unwrap_or(INTERVAL),
        timeout_ms: request.timeout_ms.or(from_image(|i| i.timeout)).unwrap_or(TIMEOUT),
        start_period_ms: request.start_period_ms.or(from_image(|i| i.start_period)).unwrap_or(0),
        start_interval_ms: request
            .start_interval_ms
            .or(from_image(|i| i.start_interval))
            .unwrap_or(START_INTERVAL),
        retries: request
            .retries
            .or(image.and_then(|image| u32::try_from(image.retries).ok()).filter(|n| *n > 0))
            .unwrap_or(RETRIES),
        on_failure: request.on_failure.unwrap_or_default(),
    }))
}

/// A container's check with what `update` asks for over it.
///
/// # Errors
/// As [`decide`].
pub fn update(old: Option<&HealthSpec>, request: &HealthRequest) -> Result<Option<HealthSpec>, SpecError> {
    let nanoseconds = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let below = old.map(|old| ImageHealthcheck {
        test: old.test.clone(),
        interval: nanoseconds(old.interval_ms),
        timeout: nanoseconds(old.timeout_ms),
        start_period: nanoseconds(old.start_period_ms),
        start_interval: nanoseconds(old.start_interval_ms),
        retries: old.retries.into(),
    });
    let request = HealthRequest {
        // 0 is none by themselves here, and what is usual in an image.
        interval_ms: request.interval_ms.or(old.map(|old| old.interval_ms)),
        on_failure: request.on_failure.or(old.map(|old| old.on_failure)),
        ..request.clone()
    };
    decide(&request, below.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn commands() {
        for (text, want) in [
            ("curl -f localhost || exit 1", &["CMD-SHELL", "curl -f localhost || exit 1"][..]),
            (r#"["curl","-f"]"#, &["CMD", "curl", "-f"]),
            (r#"["CMD-SHELL","x"]"#, &["CMD-SHELL", "x"]),
            ("none", &["NONE"]),
        ] {
            assert_eq!(parse_command(text), words(want), "{text}");
        }
    }

    #[test]
    fn flags_go_over_the_image_and_defaults_below() {
        let image = ImageHealthcheck {
            test: words(&["CMD", "true"]),
            interval: 7_000_000_000,
            retries: 9,
            ..Default::default()
        };
        let request = HealthRequest { retries: Some(2), ..Default::default() };
        let spec = decide(&request, Some(&image)).unwrap().unwrap();
        assert_eq!((spec.interval_ms, spec.timeout_ms, spec.retries), (7000, TIMEOUT, 2));
        assert_eq!(spec.test, ["CMD", "true"]);
        let none = HealthRequest { none: true, ..Default::default() };
        assert_eq!(decide(&none, Some(&image)).unwrap(), None);
        assert_eq!(decide(&HealthRequest::default(), None).unwrap(), None);
        let disabled = ImageHealthcheck { test: words(&["NONE"]), ..Default::default() };
        assert_eq!(decide(&HealthRequest::default(), Some(&disabled)).unwrap(), None);
    }

    #[test]
    fn an_update_keeps_what_it_does_not_say() {
        let asked = HealthRequest {
            command: Some(words(&["CMD", "true"])),
            interval_ms: Some(0),
            retries: Some(7),
            on_failure: Some(HealthAction::Kill),
            ..Default::default()
        };
        let old = decide(&asked, None).unwrap();
        let request = HealthRequest { timeout_ms: Some(5), ..Default::default() };
        let new = update(old.as_ref(), &request).unwrap().unwrap();
        assert_eq!(new, HealthSpec { timeout_ms: 5, ..old.clone().unwrap() });
        assert_eq!(update(None, &HealthRequest::default()).unwrap(), None);
        let none = HealthRequest { none: true, ..Default::default() };
        assert_eq!(update(old.as_ref(), &none).unwrap(), None);
    }

    #[test]
    fn refused() {
        assert!(decide(&HealthRequest { retries: Some(2), ..Default::default() }, None).is_err());
        let nothing = HealthRequest { command: Some(words(&["CMD"])), ..Default::default() };
        assert!(decide(&nothing, None).is_err());
        assert!(parse_span("--health-timeout", "disable", false).is_err());
        assert_eq!(parse_span("--health-interval", "disable", true).unwrap(), 0);
        assert!(parse_action("reboot").unwrap_err().to_string().contains("\"reboot\""));
    }
}
