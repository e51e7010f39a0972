//! auth.json and docker's config.json (containers-auth.json(5)): who we are at which registry. What a file holds besides is
//! kept as it is.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};
use serde_json::{Map, Value, json};

use super::RegistryError;
use crate::sys::file::{read_regular, write_atomic};
use crate::sys::{Attempt, SysError};

/// A file larger than this is none of ours.
const FILE_LIMIT: usize = 4 * 1024 * 1024;
/// docker's name for docker.io.
const HUB: &str = "https://index.docker.io/v1/";

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that other tokens are given for (OAuth2 refresh token, docker's "identity token").
    Identity(String),
}

/// Says who, and never the secret.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password { user, .. } => write!(f, "{user} with a password"),
            Self::Identity(_) => f.write_str("an identity token"),
        }
    }
}

/// One file, read.
#[derive(Clone, Debug)]
pub struct AuthFile {
    path: PathBuf,
    content: Map<String, Value>,
}

impl AuthFile {
    /// Reads a file; one that is not there is empty.
    ///
    /// # Errors
    /// [`RegistryError::BadFile`]; those of reading.
    pub fn read(path: &Path) -> Result<Self, RegistryError> {
        let bytes = match read_regular(path, FILE_LIMIT) {
            Err(error) if error.errno() == nix::errno::Errno::ENOENT as i32 => Vec::new(),
            other => other?,
        };
        let bad = |reason: String| RegistryError::BadFile { path: path.to_owned(), reason };
        let content = if bytes.trim_ascii().is_empty() {
            Map::new()
        } else {
            serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?
        };
        if content.get("auths").is_some_and(|auths| !auths.is_object() && !auths.is_null()) {
            return Err(bad("auths is no object".to_owned()));
        }
        Ok(Self { path: path.to_owned(), content })
    }

    /// Changes a file, while no other rctr changes one in the same directory: of two at once neither is lost. `change` says
    /// whether it has changed anything. A directory is locked that has the file, so that nothing is left beside it.
    ///
    /// # Errors
    /// As [`Self::read`]; ENOSPC, EROFS, EACCES.
    pub fn change(path: &Path, change: impl FnOnce(&mut Self) -> bool) -> Result<bool, RegistryError> {
        // A symlink stays one.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let _lock = path.parent().map(lock).transpose()?;
        let mut file = Self::read(&path)?;
        let changed = change(&mut file);
        if changed {
            file.write()?;
        }
        Ok(changed)
    }

    /// What the file says for a key itself, not for one above it.
    ///
    /// # Errors
    /// [`RegistryError::BadFile`] for an entry that cannot be understood.
    pub fn get(&self, key: &str) -> Result<Option<Credentials>, RegistryError> {
        let Some(entry) =
            self.auths().and_then(|auths| find(auths, key)).and_then(|(_, entry)| entry.as_object())
        else {
            return Ok(None);
        };
        let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(token) = text("identitytoken") {
            return Ok(Some(Credentials::Identity(token.to_owned())));
        }
        let Some(auth) = text("auth") else {
            let pair = text("username").zip(text("password"));
            return Ok(pair.map(|(user, password)| Credentials::Password {
                user: user.to_owned(),
                password: password.to_owned(),
            }));
        };
        let bad = || RegistryError::BadFile {
            path: self.path.clone(),
            reason: format!("the auth of {key:?} is not NAME:PASSWORD in base64"),
        };
        let plain = STANDARD.decode(auth.trim()).map_err(|_| bad())?;
        let plain = String::from_utf8(plain).map_err(|_| bad())?;
        let (user, password) = plain.split_once(':').ok_or_else(bad)?;
        // Some writers leave zeros at the end (containers-image does away with them, too).
        let password = password.trim_end_matches('\0');
        Ok(Some(Credentials::Password { user: user.to_owned(), password: password.to_owned() }))
    }

    /// The keys that have an entry.
    pub fn keys(&self) -> Vec<String> {
        self.auths().map(|auths| auths.keys().cloned().collect()).unwrap_or_default()
    }

    /// The helper that is to be asked for a registry, and for those without one of their own.
    pub fn helpers(&self, registry: &str) -> (Option<&str>, Option<&str>) {
        let own = self.content.get("credHelpers").and_then(Value::as_object);
        let own = own.and_then(|helpers| find(helpers, registry)).and_then(|(_, name)| name.as_str());
        let all = self.content.get("credsStore").and_then(Value::as_str).filter(|name| !name.is_empty());
        (own.filter(|name| !name.is_empty()), all)
    }

    /// Every registry that has a helper of its own.
    pub fn helped(&self) -> Vec<(String, String)> {
        let own = self.content.get("credHelpers").and_then(Value::as_object).into_iter().flatten();
        own.filter_map(|(registry, name)| Some((registry.clone(), name.as_str()?.to_owned()))).collect()
    }

    /// Puts an entry in the place of what the key had, under the name that docker has for it if it is there under that.
    /// True: it is worth writing.
    pub fn set(&mut self, key: &str, user: &str, password: &str) -> bool {
        let name = self.auths().and_then(|auths| find(auths, key)).map_or(key, |(name, _)| name).to_owned();
        let auths = self.content.entry("auths").or_insert_with(|| json!({}));
        if auths.is_null() {
            *auths = json!({});
        }
        if let Some(auths) = auths.as_object_mut() {
            auths.insert(name, json!({"auth": STANDARD.encode(format!("{user}:{password}"))}));
        }
        true
    }

    /// Takes an entry away; was there one?
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(auths) = self.content.get_mut("auths").and_then(Value::as_object_mut) else { return false };
        let Some((name, _)) = find(auths, key).map(|(name, entry)| (name.clone(), entry.clone())) else {
            return false;
        };
        auths.remove(&name).is_some()
    }

    /// Takes all entries away; were there any?
    pub fn clear(&mut self) -> bool {
        let any = !self.keys().is_empty();
        self.content.insert("auths".to_owned(), json!({}));
        any
    }

    /// Writes the file, for its owner alone.
    fn write(&self) -> Result<(), SysError> {
        let mut text = serde_json::to_vec_pretty(&self.content)
            .map_err(std::io::Error::from)
            .attempt(|| format!("write {}", self.path.display()))?;
        text.push(b'\n');
        write_atomic(&self.path, &text, 0o600, true)
    }

    fn auths(&self) -> Option<&Map<String, Value>> {
        self.content.get("auths")?.as_object()
    }
}

/// Makes a directory if need be, and locks it for as long as the result lives.
fn lock(dir: &Path) -> Result<File, SysError> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.attempt(|| format!("create directory {}", dir.display()))?;
    let what = || format!("lock {}", dir.display());
    let file = File::open(dir).attempt(what)?;
    match retry_on_intr(|| flock(&file, FlockOperation::LockExclusive)) {
        // Network file systems lock files alone (flock(2), "NFS details"): there the last of two counts, as with podman.
        Err(Errno::BADF | Errno::NOLCK | Errno::OPNOTSUPP) => {}
        result => result.attempt(what)?,
    }
    Ok(file)
}

/// An entry by its key, or by one that docker wrote as a URL.
fn find<'a>(entries: &'a Map<String, Value>, key: &str) -> Option<(&'a String, &'a Value)> {
    if let Some(found) = entries.iter().find(|(name, _)| *name == key) {
        return Some(found);
    }
    if key.contains('/') {
        return None;
    }
    entries.iter().find(|(name, _)| host_of_key(name) == key)
}

/// `https://index.docker.io/v1/` is docker.io, `https://host/v2/` is host.
fn host_of_key(key: &str) -> &str {
    if key == HUB {
        return "docker.io";
    }
    let (scheme, rest) = key.split_once("://").unwrap_or(("", key));
    match rest.split_once('/') {
        Some((host, "" | "v1" | "v1/" | "v2" | "v2/")) => host,
        Some((host, _)) if !scheme.is_empty() => host,
        _ => rest,
    }
}

/// The keys that an entry for a repository may have, the most particular first.
pub fn keys_of(repository: &str) -> Vec<&str> {
    let mut keys = vec![repository];
    keys.extend(repository.rmatch_indices('/').map(|(at, _)| &repository[..at]));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, AuthFile) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("auth.json");
        std::fs::write(&path, text).unwrap();
        let file = AuthFile::read(&path).unwrap();
        (dir, file)
    }

    fn password(user: &str, password: &str) -> Credentials {
        Credentials::Password { user: user.to_owned(), password: password.to_owned() }
    }

    #[test]
    fn entries_of_every_writer_are_found() {
        let (_dir, file) = file(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
                "https://old.example/v2/": {"auth": "bzpw"},
                "h.example": {"auth": "aG9zdDpwOnc="},
                "h.example/team/app": {"auth": "YXBwOnB3AAA="},
                "t.example": {"auth": "OnB3", "identitytoken": "tok"},
                "p.example": {"username": "u", "password": "p"},
                "empty.example": {},
                "bad.example": {"auth": "!"}
            }, "credHelpers": {"c.example": "own"}, "credsStore": "all"}"#,
        );
        for (key, want) in [
            ("docker.io", Some(password("hub", "pw"))),
            ("old.example", Some(password("o", "p"))),
            ("h.example", Some(password("host", "p:w"))),
            ("h.example/team/app", Some(password("app", "pw"))),
            ("h.example/team", None),
            ("t.example", Some(Credentials::Identity("tok".into()))),
            ("p.example", Some(password("u", "p"))),
            ("empty.example", None),
            ("none.example", None),
        ] {
            assert_eq!(file.get(key).unwrap(), want, "{key}");
        }
        assert!(matches!(file.get("bad.example"), Err(RegistryError::BadFile { .. })));
        assert_eq!(file.helpers("c.example"), (Some("own"), Some("all")));
        assert_eq!(keys_of("h.example/team/app"), ["h.example/team/app", "h.example/team", "h.example"]);
    }

    #[test]
    fn writing_keeps_what_it_does_not_know() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, _) = file(
            r#"{"HttpHeaders": {"X": "y"}, "auths": {"https://index.docker.io/v1/": {"auth": "eDp5", "email": "e"}, "z": {}}}"#,
        );
        let path = dir.path().join("auth.json");
        AuthFile::change(&path, |file| file.set("docker.io", "me", "secret")).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(written["HttpHeaders"]["X"], "y");
        assert_eq!(written["auths"], json!({HUB: {"auth": "bWU6c2VjcmV0"}, "z": {}}));
        let mut again = AuthFile::read(&path).unwrap();
        assert_eq!(again.get("docker.io").unwrap(), Some(password("me", "secret")));
        assert!(again.remove("docker.io") && !again.remove("docker.io"));
    }

    #[test]
    fn a_symlink_stays_one_and_nonsense_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("auth.json"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        AuthFile::change(&link, |file| file.set("h", "u", "p")).unwrap();
        assert!(link.is_symlink() && AuthFile::read(&real).unwrap().get("h").unwrap().is_some());
        std::fs::write(&real, "[1]").unwrap();
        assert!(matches!(AuthFile::read(&link), Err(RegistryError::BadFile { .. })));
        assert!(AuthFile::read(&dir.path().join("none")).unwrap().keys().is_empty());
    }
}
