//! `--log-driver` and `--log-opt`: where a container's output is kept.

use super::mounts::absolute;
use super::{SpecError, size};
use crate::model::{ContainerId, HostFacts, LogDriver, LogSpec, ResolvedImage, nearest};

const DRIVER: &str = "--log-driver";
const OPTION: &str = "--log-opt";

const DRIVERS: [(&str, LogDriver); 5] = [
    ("k8s-file", LogDriver::K8sFile),
    ("json-file", LogDriver::JsonFile),
    ("journald", LogDriver::Journald),
    ("none", LogDriver::None),
    ("passthrough", LogDriver::Passthrough),
];

const OPTIONS: [&str; 4] = ["max-size", "max-file", "path", "tag"];

/// More rotated files than anybody looks at.
const MAX_FILES: u32 = 1000;

/// What `{{.…}}` in a tag may name: docker's words, and podman's where they differ.
const FIELDS: [&str; 9] =
    ["DaemonName", "FullID", "ID", "Id", "Image", "ImageFullID", "ImageID", "ImageName", "Name"];

/// As podman and docker call it.
pub fn name(driver: LogDriver) -> &'static str {
    DRIVERS.iter().find(|(_, known)| *known == driver).map_or("k8s-file", |(name, _)| name)
}

/// Reads the driver and its options; of several values for one option the last counts.
pub fn parse<S: AsRef<str>>(driver: Option<&str>, options: &[S]) -> Result<LogSpec, SpecError> {
    let driver = driver.map(parse_driver).transpose()?.unwrap_or_default();
    let mut log = LogSpec { driver, ..LogSpec::default() };
    options.iter().try_for_each(|option| parse_option(option.as_ref(), &mut log))?;
    Ok(log)
}

fn parse_driver(text: &str) -> Result<LogDriver, SpecError> {
    let names = DRIVERS.map(|(name, _)| name);
    let found = DRIVERS.iter().find(|(name, _)| *name == text).map(|(_, driver)| *driver);
    found.ok_or_else(|| SpecError::flag(DRIVER, text, unknown("invalid log driver", text, &names)))
}

fn parse_option(text: &str, log: &mut LogSpec) -> Result<(), SpecError> {
    let refuse = |why: String| SpecError::flag(OPTION, text, why);
    let Some((key, value)) = text.split_once('=') else {
        return Err(refuse(format!("invalid log option {text:?}: want KEY=VALUE")));
    };
    if !OPTIONS.contains(&key) {
        return Err(refuse(unknown("invalid log option", key, &OPTIONS)));
    }
    let file = matches!(log.driver, LogDriver::K8sFile | LogDriver::JsonFile);
    let fits = if key == "tag" { log.driver != LogDriver::K8sFile && has_log(log.driver) } else { file };
    if !fits {
        let drivers = if key == "tag" { "json-file and journald" } else { "k8s-file and json-file" };
        return Err(refuse(format!(
            "{key:?} is for the log drivers {drivers}, not for {}",
            name(log.driver)
        )));
    }
    if value.is_empty() || value.contains(['\0', '\n']) {
        return Err(refuse(format!("{key:?} wants a value of one line")));
    }
    match key {
        // docker's -1 and podman's 0 are without a limit.
        "max-size" => {
            let size = if value == "-1" { 0 } else { size::parse_decimal(OPTION, text, value)? };
            log.max_size = (size > 0).then_some(size);
        }
        "max-file" => {
            let count = value.parse().ok().filter(|count| (1..=MAX_FILES).contains(count));
            log.max_file = count
                .ok_or_else(|| refuse(format!("{value:?} is not a number of files from 1 to {MAX_FILES}")))?;
        }
        "path" => log.path = Some(value.into()),
        _ => {
            expand(value, |_| String::new()).map_err(refuse)?;
            log.tag = Some(value.to_owned());
        }
    }
    Ok(())
}

fn has_log(driver: LogDriver) -> bool {
    !matches!(driver, LogDriver::None | LogDriver::Passthrough)
}

/// The request, with what only a container has: a whole path, and its own words in the tag.
pub fn decide(
    asked: &LogSpec,
    id: &ContainerId,
    own_name: &str,
    image: Option<&ResolvedImage>,
    host: &HostFacts,
) -> LogSpec {
    let value = |field: &str| match field {
        "ID" => id.short().to_owned(),
        "FullID" | "Id" => id.to_string(),
        "Name" => own_name.to_owned(),
        "DaemonName" => "rctr".to_owned(),
        "ImageName" => image.map_or_else(String::new, |image| image.origin.name.clone()),
        "ImageID" => image.map_or_else(String::new, |image| image.origin.id.short().to_owned()),
        "ImageFullID" => image.map_or_else(String::new, |image| image.origin.id.to_string()),
        "Image" => image.map_or_else(String::new, |image| image.origin.id.hex().to_owned()),
        _ => String::new(),
    };
    // Every field has been looked at when the flag was read; a request made otherwise keeps its tag as it is.
    let tag = asked.tag.as_ref().map(|tag| expand(tag, value).unwrap_or_else(|_| tag.clone()));
    let path = asked.path.as_ref().map(|path| absolute(host, path));
    LogSpec { path, tag, ..asked.clone() }
}

/// Replaces every `{{.Field}}`.
fn expand(tag: &str, value: impl Fn(&str) -> String) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}").ok_or("\"{{\" without its \"}}\"")?;
        let field =
            inside.trim().strip_prefix('.').ok_or_else(|| format!("{inside:?} is no field like .Name"))?;
        if !FIELDS.contains(&field) {
            return Err(unknown("no such field", field, &FIELDS));
        }
        text.push_str(before);
        text.push_str(&value(field));
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("{what} {word:?}, did you mean {near}?"),
        None => format!("{what} {word:?}: want one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::tests::plain;

    #[test]
    fn table() {
        let default = LogSpec::default;
        for (driver, options, want) in [
            (None, &[][..], default()),
            (Some("k8s-file"), &["max-size=10k"], LogSpec { max_size: Some(10_000), ..default() }),
            (
                Some("json-file"),
                &["max-size=1.5m", "max-file=3", "tag={{.Name}}/{{ .ID }}", "path=out.log"],
                LogSpec {
                    driver: LogDriver::JsonFile,
                    max_size: Some(1_500_000),
                    max_file: 3,
                    tag: Some("{{.Name}}/{{ .ID }}".to_owned()),
                    path: Some("out.log".into()),
                },
            ),
            (None, &["max-size=10k", "max-size=-1"], default()),
            (None, &["max-size=0"], default()),
            (None, &["path=/a=b"], LogSpec { path: Some("/a=b".into()), ..default() }),
            (
                Some("journald"),
                &["tag=web"],
                LogSpec { driver: LogDriver::Journald, tag: Some("web".to_owned()), ..default() },
            ),
            (Some("none"), &[], LogSpec { driver: LogDriver::None, ..default() }),
            (Some("passthrough"), &[], LogSpec { driver: LogDriver::Passthrough, ..default() }),
        ] {
            assert_eq!(parse(driver, options), Ok(want), "{driver:?} {options:?}");
        }
        for (text, driver) in DRIVERS {
            assert_eq!((name(driver), parse_driver(text)), (text, Ok(driver)));
        }
    }

    #[test]
    fn refusals_quote_the_word_and_know_a_better_one() {
        for (driver, option, why) in [
            ("bogus", "", "invalid log driver \"bogus\": want one of k8s-file, json-file, journald, none"),
            ("k8s_file", "", "invalid log driver \"k8s_file\", did you mean k8s-file?"),
            ("jsonfile", "", "did you mean json-file?"),
            ("journal", "", "did you mean journald?"),
            ("", "", "invalid log driver \"\""),
            ("k8s-file", "bar", "invalid log option \"bar\": want KEY=VALUE"),
            ("k8s-file", "max-files=3", "invalid log option \"max-files\", did you mean max-file?"),
            (
                "k8s-file",
                "labels=x",
                "invalid log option \"labels\": want one of max-size, max-file, path, tag",
            ),
            ("k8s-file", "max-size=lots", "invalid size: 'lots'"),
            ("k8s-file", "max-size=1x", "unknown unit \"x\""),
            ("k8s-file", "max-size=", "\"max-size\" wants a value"),
            ("k8s-file", "max-file=0", "\"0\" is not a number of files from 1 to 1000"),
            ("k8s-file", "max-file=x", "\"x\" is not a number of files"),
            ("k8s-file", "max-file=1001", "\"1001\" is not"),
            ("k8s-file", "tag=x", "\"tag\" is for the log drivers json-file and journald, not for k8s-file"),
            (
                "journald",
                "path=/x",
                "\"path\" is for the log drivers k8s-file and json-file, not for journald",
            ),
            ("none", "max-size=1k", "not for none"),
            ("passthrough", "tag=x", "not for passthrough"),
            ("journald", "tag={{.Nane}}", "no such field \"Nane\", did you mean Name?"),
            ("journald", "tag={{.Name", "\"{{\" without its \"}}\""),
            ("journald", "tag={{json .}}", "\"json .\" is no field like .Name"),
            ("journald", "tag=a\nb", "wants a value of one line"),
        ] {
            let options: Vec<&str> = Some(option).filter(|option| !option.is_empty()).into_iter().collect();
            let error = parse(Some(driver), &options).unwrap_err().to_string();
            assert!(error.contains(why), "{driver} {option}: {error}");
        }
    }

    #[test]
    fn a_container_has_a_whole_path_and_its_own_tag() {
        let id = ContainerId::from_bytes([0xab; 32]);
        let decided = |options: &[&str]| {
            decide(&parse(Some("json-file"), options).unwrap(), &id, "web", None, &plain())
        };
        assert_eq!(decided(&["path=./x/out.log"]).path, Some("/home/alice/x/out.log".into()));
        assert_eq!(decided(&["path=/var/out.log"]).path, Some("/var/out.log".into()));
        let tag = decided(&["tag=a{{.Name}}-{{.ID}}b{{.ImageName}}"]).tag;
        assert_eq!(tag.as_deref(), Some("aweb-ababababababb"));
        assert_eq!(decided(&["tag={{.FullID}}"]).tag, Some(id.to_string()));
        assert_eq!(decided(&[]).tag, None);
    }
}
