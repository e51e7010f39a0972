//! Environment variables: `-e`, env files, and how they merge with the image's. Also labels, which are written alike.

use std::collections::BTreeMap;

use super::SpecError;
use crate::model::HostFacts;
use crate::model::run_request::{EnvEntry, ProcessRequest};

/// What `--http-proxy` hands on (podman-run(1)).
pub(super) const PROXIES: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
];

/// Reads one `--env`: `KEY=value`, `KEY` for the caller's value, `PREFIX*` for all of the caller's that begin so.
pub fn parse(text: &str) -> Result<EnvEntry, SpecError> {
    let refuse = |why: &str| Err(SpecError::flag("--env", text, why));
    if text.contains('\0') {
        return refuse("a variable holds no NUL");
    }
    match text.split_once('=') {
        Some(("", _)) => refuse("no name before the ="),
        Some((key, value)) => Ok(EnvEntry::Set(key.to_owned(), value.to_owned())),
        None if text.is_empty() => refuse("want KEY=VALUE or KEY"),
        None => Ok(match text.strip_suffix('*') {
            Some(prefix) => EnvEntry::FromHostPrefix(prefix.to_owned()),
            None => EnvEntry::FromHost(text.to_owned()),
        }),
    }
}

/// Reads the text of an `--env-file` as docker does: a variable a line, `#` comments, nothing is unquoted.
pub fn parse_file(flag: &'static str, path: &str, text: &str) -> Result<Vec<EnvEntry>, SpecError> {
    let mut entries = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = line.split('=').next().unwrap_or_default();
        let why = match key {
            "" => "no name before the =",
            _ if key.trim_end().contains(char::is_whitespace) => "a name holds no blanks",
            _ if line.contains('\0') => "a variable holds no NUL",
            _ if !line.contains('=') => {
                entries.push(EnvEntry::FromHost(key.trim_end().to_owned()));
                continue;
            }
            _ if key.ends_with(char::is_whitespace) => "a name holds no blanks",
            _ => {
                entries.push(EnvEntry::Set(key.to_owned(), line[key.len() + 1..].to_owned()));
                continue;
            }
        };
        return Err(SpecError::flag(flag, path, format!("line {}: {line:?}: {why}", number + 1)));
    }
    Ok(entries)
}

/// Reads one `--label` or `--annotation`: `KEY=value`, or `KEY` with an empty value.
pub fn parse_label(flag: &'static str, text: &str) -> Result<(String, String), SpecError> {
    match text.split_once('=').unwrap_or((text, "")) {
        ("", _) => Err(SpecError::flag(flag, text, "want KEY=VALUE or KEY")),
        (key, value) => Ok((key.to_owned(), value.to_owned())),
    }
}

/// Reads the text of a `--label-file`, which is an env file without a host to ask.
pub fn parse_label_file(path: &str, text: &str) -> Result<BTreeMap<String, String>, SpecError> {
    let entries = parse_file("--label-file", path, text)?;
    Ok(entries
        .into_iter()
        .map(|entry| match entry {
            EnvEntry::Set(key, value) => (key, value),
            EnvEntry::FromHost(key) | EnvEntry::FromHostPrefix(key) => (key, String::new()),
        })
        .collect())
}

/// The environment of the container: rctr's own variables, the image's, the caller's where asked for, then `-e`; a
/// later one takes the place of an earlier one of the same name. `HOME` and `PATH` are left to the engine.
pub fn merge(
    request: &ProcessRequest,
    image: &[String],
    hostname: Option<&str>,
    host: &HostFacts,
) -> Vec<String> {
    let mut env = Variables::default();
    env.set("container", "rctr");
    if let Some(hostname) = hostname {
        env.set("HOSTNAME", hostname);
    }
    if request.terminal {
        env.set("TERM", "xterm");
    }
    for (key, value) in image.iter().filter_map(|entry| entry.split_once('=')) {
        if !key.is_empty() {
            env.set(key, value);
        }
    }
    for key in &request.unset_env {
        env.unset(key);
    }
    let inherited = |key: &str| request.env_host || (request.http_proxy && PROXIES.contains(&key));
    for (key, value) in host.env.iter().filter(|(key, _)| inherited(key)) {
        env.set(key, value);
    }
    env.add(&request.env, host);
    env.into_list()
}

/// An environment with these entries over it.
pub fn over(base: &[String], entries: &[EnvEntry], host: &HostFacts) -> Vec<String> {
    let mut env = Variables::default();
    for (key, value) in base.iter().filter_map(|entry| entry.split_once('=')) {
        env.set(key, value);
    }
    env.add(entries, host);
    env.into_list()
}

/// Variables in the order in which their names first came up.
#[derive(Default)]
struct Variables(Vec<(String, String)>);

impl Variables {
    fn set(&mut self, key: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    /// What the user asked for; some of it is the caller's to give.
    fn add(&mut self, entries: &[EnvEntry], host: &HostFacts) {
        for entry in entries {
            match entry {
                EnvEntry::Set(key, value) => self.set(key, value),
                EnvEntry::FromHost(key) => {
                    if let Some((_, value)) = host.env.iter().find(|(known, _)| known == key) {
                        self.set(key, value);
                    }
                }
                EnvEntry::FromHostPrefix(prefix) => {
                    for (key, value) in host.env.iter().filter(|(key, _)| key.starts_with(prefix.as_str())) {
                        self.set(key, value);
                    }
                }
            }
        }
    }

    fn into_list(self) -> Vec<String> {
        self.0.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    fn unset(&mut self, key: &str) {
        self.0.retain(|(known, _)| known != key);
    }
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
