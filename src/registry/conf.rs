//! registries.conf, version 2 (containers-registries.conf(5)): what short names stand for, and where a name's content is
//! fetched. Pure but for [`Registries::read`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::RegistryError;
use crate::model::reference::{DEFAULT_DOMAIN, ReferenceError};
use crate::model::{Digest, Reference};
use crate::sys::file::read_text;

/// Longest file, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// The configuration, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    /// Where short names are looked for; docker.io when there are none.
    pub search: Vec<String>,
    /// `containers-auth.json` and names of helpers, in order; empty is the former alone.
    pub helpers: Vec<String>,
    aliases: BTreeMap<String, String>,
    entries: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct File {
    unqualified_search_registries: Option<Vec<String>>,
    credential_helpers: Option<Vec<String>>,
    registry: Vec<Entry>,
    aliases: BTreeMap<String, String>,
    /// Version 1.
    registries: Option<serde::de::IgnoredAny>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Entry {
    prefix: String,
    location: String,
    insecure: bool,
    blocked: bool,
    mirror_by_digest_only: bool,
    mirror: Vec<Mirror>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Mirror {
    location: String,
    insecure: bool,
    pull_from_mirror: String,
}

/// A place that has a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host and port; docker.io goes by its own name.
    pub domain: String,
    /// The repository there.
    pub path: String,
    /// No encryption, or a certificate that nobody vouches for, is taken.
    pub insecure: bool,
    /// The registry itself, no mirror of it.
    pub own: bool,
}

impl Endpoint {
    /// The host that answers for the domain.
    pub fn host(&self) -> &str {
        if self.domain == DEFAULT_DOMAIN { "registry-1.docker.io" } else { &self.domain }
    }

    /// `docker.io/library/busybox`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }
}

impl Registries {
    /// Reads the configuration from where podman has it.
    ///
    /// # Errors
    /// [`RegistryError::BadFile`]; a file that cannot be read.
    pub fn read(env: &[(String, String)], home: Option<&Path>) -> Result<Self, RegistryError> {
        let mut all = Self::default();
        for path in files(env, home)? {
            let text = read_text(&path, FILE_LIMIT)?;
            all.add(&text).map_err(|reason| RegistryError::BadFile { path, reason })?;
        }
        Ok(all)
    }

    /// Takes one file in: lists replace those before, entries and aliases those of the same name.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        if file.registries.is_some() {
            return Err("version 1 of the format is not supported: use unqualified-search-registries and \
                        [[registry]]"
                .to_owned());
        }
        if let Some(search) = file.unqualified_search_registries {
            self.search = search;
        }
        if let Some(helpers) = file.credential_helpers {
            self.helpers = helpers;
        }
        for (name, target) in file.aliases {
            // An empty one takes the alias away.
            if target.is_empty() {
                self.aliases.remove(&name);
            } else {
                Reference::parse(&target).map_err(|e| format!("alias {name:?}: {e}"))?;
                self.aliases.insert(name, target);
            }
        }
        for mut entry in file.registry {
            let mirrors = entry.mirror.iter_mut().map(|mirror| &mut mirror.location);
            for place in [&mut entry.prefix, &mut entry.location].into_iter().chain(mirrors) {
                place.truncate(place.trim_end_matches('/').len());
            }
            if entry.prefix.is_empty() {
                entry.prefix.clone_from(&entry.location);
            }
            let wild = entry.prefix.starts_with("*.");
            if entry.prefix.is_empty() || (entry.location.is_empty() && !wild) {
                return Err("a [[registry]] needs a location".to_owned());
            }
            if let Some(mirror) = entry.mirror.iter().find(|mirror| !mirror.is_sound()) {
                return Err(format!(
                    "mirror {:?} of {:?} needs a location, and pull-from-mirror is all, digest-only or tag-only",
                    mirror.location, entry.prefix
                ));
            }
            let locations = entry.mirror.iter().map(|mirror| &mirror.location).chain([&entry.location]);
            if let Some(bad) =
                locations.into_iter().find(|place| !place.is_empty() && !Reference::is_place(place))
            {
                return Err(format!(
                    "location {bad:?} of {:?}: want HOST[:PORT][/PATH], without a scheme, a tag or a digest",
                    entry.prefix
                ));
            }
            self.entries.retain(|known| known.prefix != entry.prefix);
            self.entries.push(entry);
        }
        Ok(())
    }

    /// What a name typed by the user may stand for, likeliest first. Never a question.
    ///
    /// # Errors
    /// A text that is no name.
    pub fn candidates(&self, text: &str) -> Result<Vec<Reference>, ReferenceError> {
        let whole = Reference::parse(text)?;
        if Reference::candidates(text)?.len() == 1 {
            return Ok(vec![whole]);
        }
        let end = text.find([':', '@']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if let Some(target) = self.aliases.get(name) {
            return Ok(vec![Reference::parse(&format!("{target}{rest}"))?]);
        }
        if self.search.is_empty() {
            return Ok(vec![whole]);
        }
        self.search.iter().map(|registry| Reference::parse(&format!("{registry}/{text}"))).collect()
    }

    /// Where to fetch it: mirrors first.
    ///
    /// # Errors
    /// [`RegistryError::Blocked`].
    pub fn endpoints(&self, name: &Reference) -> Result<Vec<Endpoint>, RegistryError> {
        let repository = name.repository();
        let entry = self.entries.iter().filter(|entry| fits(&entry.prefix, &repository, name));
        let Some(entry) = entry.max_by_key(|entry| entry.prefix.len()) else {
            return Ok(vec![endpoint(&repository, false, true)]);
        };
        if entry.blocked {
            return Err(RegistryError::Blocked { prefix: entry.prefix.clone() });
        }
        let mirrors = entry.mirror.iter().filter(|mirror| mirror.serves(entry, name.digest()));
        let places = mirrors.map(|mirror| (&mirror.location, mirror.insecure, false));
        Ok(places
            .chain([(&entry.location, entry.insecure, true)])
            .map(|(location, insecure, own)| {
                endpoint(&rewritten(entry, location, &repository), insecure, own)
            })
            .collect())
    }

    /// Is a registry named as insecure? For `login`, which has no repository.
    pub fn is_insecure(&self, domain: &str) -> bool {
        let fitting = self.entries.iter().filter(|e| e.prefix == domain || e.location == domain);
        fitting.max_by_key(|entry| entry.prefix.len()).is_some_and(|entry| entry.insecure)
    }
}

impl Mirror {
    fn is_sound(&self) -> bool {
        !self.location.is_empty()
            && ["", "all", "digest-only", "tag-only"].contains(&self.pull_from_mirror.as_str())
    }

    fn serves(&self, of: &Entry, digest: Option<&Digest>) -> bool {
        match self.pull_from_mirror.as_str() {
            "digest-only" => digest.is_some(),
            "tag-only" => digest.is_none(),
            "all" => true,
            _ => digest.is_some() || !of.mirror_by_digest_only,
        }
    }
}

/// Does a prefix cover the name? It ends at a slash, a tag or a digest, or is `*.` and a domain.
fn fits(prefix: &str, repository: &str, name: &Reference) -> bool {
    if let Some(domain) = prefix.strip_prefix("*.") {
        return name.domain().strip_suffix(domain).is_some_and(|below| below.ends_with('.'));
    }
    let whole = name.to_string();
    let at_end = |rest: &str| rest.is_empty() || rest.starts_with(['/', ':', '@']);
    // `host` does not cover `host:5000`.
    let is_domain = prefix == name.domain() || prefix.contains('/') || prefix.contains(':');
    is_domain
        && (whole.strip_prefix(prefix).is_some_and(at_end)
            || repository.strip_prefix(prefix).is_some_and(at_end))
}

fn rewritten(entry: &Entry, location: &str, repository: &str) -> String {
    if location.is_empty() {
        return repository.to_owned();
    }
    let rest = match entry.prefix.strip_prefix("*.") {
        Some(_) => repository.find('/').map_or("", |at| &repository[at..]),
        None => repository.strip_prefix(&entry.prefix).unwrap_or_default(),
    };
    format!("{location}{rest}")
}

fn endpoint(repository: &str, insecure: bool, own: bool) -> Endpoint {
    let (domain, path) = repository.split_once('/').unwrap_or((repository, ""));
    Endpoint { domain: domain.to_owned(), path: path.to_owned(), insecure, own }
}

/// The user's file stands in the place of the system's; what is in the `.d` directories is added, the user's last.
fn files(env: &[(String, String)], home: Option<&Path>) -> Result<Vec<PathBuf>, RegistryError> {
    let given = env.iter().find(|(key, value)| key == "CONTAINERS_REGISTRIES_CONF" && !value.is_empty());
    if let Some((_, path)) = given {
        return Ok(vec![PathBuf::from(path)]);
    }
    let system = PathBuf::from("/etc/containers");
    let own = home.map(|home| home.join(".config/containers"));
    let main = own.iter().chain([&system]).map(|dir| dir.join("registries.conf")).find(|path| path.is_file());
    let mut found: Vec<PathBuf> = main.into_iter().collect();
    for dir in [Some(system), own].into_iter().flatten().map(|dir| dir.join("registries.conf.d")) {
        let entries = match std::fs::read_dir(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            other => other
                .map_err(|e| crate::sys::SysError::new(format!("read directory {}", dir.display()), e))?,
        };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "conf"));
        files.sort();
        found.extend(files);
    }
    Ok(found)
}

#[cfg(test)]
#[path = "conf_tests.rs"]
mod tests;
