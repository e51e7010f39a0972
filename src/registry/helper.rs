//! docker-credential-NAME: a program that keeps secrets (docker's protocol: one verb, JSON on stdin and stdout).

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::RegistryError;
use super::auth_file::Credentials;
use crate::sys::answer::read_until;

/// How long a helper may take: some ask the user for a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than this is no answer.
const ANSWER_LIMIT: usize = 1024 * 1024;
/// The user name that says that the secret is an identity token.
const TOKEN: &str = "<token>";
/// What helpers print when they have nothing (docker-credential-helpers, credentials/error.go).
const NONE: &str = "credentials not found";

/// What a helper has for a registry.
///
/// # Errors
/// [`RegistryError::Helper`].
pub fn get(name: &str, registry: &str) -> Result<Option<Credentials>, RegistryError> {
    let answer = match ask(name, "get", server(registry).as_bytes())? {
        Ok(answer) => answer,
        Err(words) if words.to_ascii_lowercase().contains(NONE) => return Ok(None),
        Err(words) => return Err(failed(name, words)),
    };
    let answer: Value =
        serde_json::from_str(&answer).map_err(|e| failed(name, format!("its answer: {e}")))?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (user, secret) = (text("Username"), text("Secret"));
    Ok(match user.as_str() {
        "" if secret.is_empty() => None,
        TOKEN => Some(Credentials::Identity(secret)),
        _ => Some(Credentials::Password { user, password: secret }),
    })
}

/// Has it keep a password.
///
/// # Errors
/// [`RegistryError::Helper`].
pub fn store(name: &str, registry: &str, user: &str, password: &str) -> Result<(), RegistryError> {
    let entry = json!({"ServerURL": server(registry), "Username": user, "Secret": password});
    ask(name, "store", entry.to_string().as_bytes())?.map(drop).map_err(|words| failed(name, words))
}

/// Has it forget one; was there one?
///
/// # Errors
/// [`RegistryError::Helper`].
pub fn erase(name: &str, registry: &str) -> Result<bool, RegistryError> {
    match ask(name, "erase", server(registry).as_bytes())? {
        Ok(_) => Ok(true),
        Err(words) if words.to_ascii_lowercase().contains(NONE) => Ok(false),
        Err(words) => Err(failed(name, words)),
    }
}

/// docker keeps its own registry under its old name.
fn server(registry: &str) -> String {
    if registry == "docker.io" { "https://index.docker.io/v1/".to_owned() } else { registry.to_owned() }
}

fn failed(name: &str, reason: impl Into<String>) -> RegistryError {
    RegistryError::Helper { name: name.to_owned(), reason: reason.into() }
}

/// Runs the helper; its words on stdout are the answer, or with an exit code the reason.
fn ask(name: &str, verb: &str, input: &[u8]) -> Result<Result<String, String>, RegistryError> {
    // It comes from a file and becomes part of a program's name.
    if name.is_empty() || name.contains('/') {
        return Err(failed(name, "no name of a program"));
    }
    let words =
        |attempt: &str, e: &std::io::Error| failed(name, format!("{attempt}: {}", crate::sys::describe(e)));
    let mut child = Command::new(format!("docker-credential-{name}"))
        .arg(verb)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| words("cannot be started", &e))?;
    // One that does not read its input says why on stdout.
    let _written = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let answer =
        child.stdout.take().map(|stdout| read_until(stdout, Instant::now() + PATIENCE, ANSWER_LIMIT));
    let answer = match answer {
        Some(Ok(Some(answer))) => answer,
        other => {
            // Whatever it waits for, nobody waits for it any more.
            let _ = child.kill();
            let _ = child.wait();
            return Err(match other {
                Some(Err(error)) => words("read its answer", &error),
                _ => failed(name, format!("no answer after {} s", PATIENCE.as_secs())),
            });
        }
    };
    let status = child.wait().map_err(|e| words("wait for it", &e))?;
    let text = String::from_utf8_lossy(&answer).trim().to_owned();
    Ok(if status.success() {
        Ok(text)
    } else if text.is_empty() {
        Err(format!("it ended with {status}"))
    } else {
        Err(super::http::shorten(&text))
    })
}
