//! registries.d (containers-registries.d(5)): where the signatures of a registry's images are, and whether the registry
//! has some itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

use super::TrustError;
use super::scope::registry_scopes;
use crate::model::{Digest, Reference};
use crate::sys::SysError;
use crate::sys::file::read_text;

/// Longest file, in bytes.
const FILE_MAX: u64 = 1 << 20;
/// Where the system's files are.
const SYSTEM: &str = "/etc/containers/registries.d";

/// What is configured, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookaside {
    /// By scope.
    docker: BTreeMap<String, Section>,
    default: Option<Section>,
    /// Where signatures are when nothing is said.
    built_in: PathBuf,
}

/// What one scope says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    read: Option<String>,
    write: Option<String>,
    attachments: Option<bool>,
}

/// The top of a signature store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A directory.
    Directory(PathBuf),
    /// `http:` or `https:`, without a slash at its end.
    Web(String),
}

impl Lookaside {
    /// Reads the user's directory, or without one the system's.
    ///
    /// # Errors
    /// [`TrustError::BadLookaside`]; files that cannot be read.
    pub fn read(given: Option<&Path>, home: Option<&Path>, root: bool) -> Result<Self, TrustError> {
        let own = home.map(|home| home.join(".config/containers/registries.d")).filter(|dir| dir.is_dir());
        let dir = given.map(Path::to_path_buf).or(own).unwrap_or_else(|| SYSTEM.into());
        let built_in = match home.filter(|_| !root) {
            Some(home) => home.join(".local/share/containers/sigstore"),
            None => PathBuf::from("/var/lib/containers/sigstore"),
        };
        let mut all = Self { built_in, ..Self::default() };
        for path in yaml_files(&dir)? {
            let text = read_text(&path, FILE_MAX)?;
            all.add(&text).map_err(|reason| TrustError::BadLookaside { path, reason })?;
        }
        Ok(all)
    }

    /// Takes one file in; nothing may be said twice.
    fn add(&mut self, text: &str) -> Result<(), String> {
        let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
        for document in documents {
            let top = match document {
                Yaml::Hash(top) => top,
                Yaml::Null => continue,
                _ => return Err("want a mapping at the top".to_owned()),
            };
            for (key, value) in top {
                match (key.as_str(), value) {
                    (Some("default-docker"), value) => {
                        let section = section(&value, "default-docker")?;
                        if self.default.replace(section).is_some() {
                            return Err("default-docker is there twice".to_owned());
                        }
                    }
                    (Some("docker"), Yaml::Hash(scopes)) => {
                        for (scope, value) in scopes {
                            let scope = scope.as_str().ok_or("docker: a scope that is no text")?;
                            let section = section(&value, scope)?;
                            if self.docker.insert(scope.to_owned(), section).is_some() {
                                return Err(format!("{scope} is there twice, perhaps in another file"));
                            }
                        }
                    }
                    (Some("docker"), Yaml::Null) => {}
                    (Some("docker"), _) => return Err("docker: want a mapping".to_owned()),
                    // What others may know.
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Where an image's signatures are read.
    ///
    /// # Errors
    /// [`TrustError::BadLookaside`]: no URL that is supported.
    pub fn reading(&self, name: &Reference) -> Result<Place, TrustError> {
        self.place(self.find(name, |section| section.read.as_deref()))
    }

    /// Where an image's signatures are written.
    ///
    /// # Errors
    /// As [`Self::reading`].
    pub fn writing(&self, name: &Reference) -> Result<Place, TrustError> {
        self.place(self.find(name, |section| section.write.as_deref().or(section.read.as_deref())))
    }

    /// Does the registry have signatures beside the image?
    pub fn has_attachments(&self, name: &Reference) -> bool {
        self.find(name, |section| section.attachments).unwrap_or(false)
    }

    /// What is said for a scope of a policy, for `image trust show`.
    pub fn said(&self, scope: &str) -> Option<&str> {
        let section = if scope.is_empty() { self.default.as_ref() } else { self.docker.get(scope) };
        section.and_then(|section| section.read.as_deref())
    }

    /// What the narrowest scope says that says anything.
    fn find<'a, T>(&'a self, name: &Reference, what: impl Fn(&'a Section) -> Option<T>) -> Option<T> {
        let scopes = registry_scopes(name);
        let sections = scopes.iter().filter_map(|scope| self.docker.get(scope)).chain(&self.default);
        sections.into_iter().find_map(what)
    }

    fn place(&self, url: Option<&str>) -> Result<Place, TrustError> {
        let Some(url) = url else { return Ok(Place::Directory(self.built_in.clone())) };
        let trimmed = url.trim_end_matches('/');
        // A name and a password may be in it: what is refused is not shown.
        let bad = |reason: &str| TrustError::BadLookaside {
            path: PathBuf::from("registries.d"),
            reason: reason.to_owned(),
        };
        match trimmed.split_once("://") {
            Some(("file", path)) if path.starts_with('/') => Ok(Place::Directory(path.into())),
            Some(("http" | "https", rest)) => match rest.split('/').next() {
                Some(host) if host.contains('@') => Err(bad("a URL with a user name in it is not supported")),
                _ => Ok(Place::Web(trimmed.to_owned())),
            },
            _ => Err(bad("want file:///…, http://… or https://… for signatures")),
        }
    }
}

impl Place {
    /// The directory of a manifest's signatures, below a directory or URL: `library/busybox@sha256=…`.
    pub fn below(name: &Reference, manifest: &Digest) -> String {
        format!("{}@sha256={}", name.path(), manifest.hex())
    }

    /// The name of the signature with this number; the first is 1.
    pub fn signature(number: usize) -> String {
        format!("signature-{number}")
    }
}

fn section(value: &Yaml, scope: &str) -> Result<Section, String> {
    let Yaml::Hash(entries) = value else { return Err(format!("{scope}: want a mapping")) };
    let text = |key: &str| match entries.get(&Yaml::String(key.to_owned())) {
        None | Some(Yaml::Null) => Ok(None),
        Some(Yaml::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("{scope}: {key} is no text")),
    };
    let attachments = match entries.get(&Yaml::String("use-sigstore-attachments".to_owned())) {
        None | Some(Yaml::Null) => None,
        Some(Yaml::Boolean(is)) => Some(*is),
        Some(_) => return Err(format!("{scope}: use-sigstore-attachments is neither true nor false")),
    };
    // The second names are the older ones.
    let read = text("lookaside")?.or(text("sigstore")?);
    let write = text("lookaside-staging")?.or(text("sigstore-staging")?);
    Ok(Section { read, write, attachments })
}

fn yaml_files(dir: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| SysError::new(format!("read directory {}", dir.display()), error))?,
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Result<Lookaside, String> {
        let mut all = Lookaside { built_in: "/built-in".into(), ..Lookaside::default() };
        texts.iter().try_for_each(|text| all.add(text)).map(|()| all)
    }

    fn name(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    #[test]
    fn the_narrowest_scope_says_where() {
        let all = of(&[
            "default-docker:\n  lookaside-staging: file:///stage\n  use-sigstore-attachments: true\n",
            "docker:\n  h.io:\n    lookaside: https://look.example/top/\n    use-sigstore-attachments: false\n  \
             h.io/team:\n    sigstore: file:///team\n    sigstore-staging: file:///team-stage\n  \
             '*.example.com':\n    lookaside: http://x:1/y\n",
            "",
            "# nothing\n",
        ])
        .unwrap();
        let dir = |path: &str| Place::Directory(path.into());
        let web = |url: &str| Place::Web(url.to_owned());
        for (text, read, write, attachments) in [
            ("h.io/a:1", web("https://look.example/top"), web("https://look.example/top"), false),
            ("h.io/team/a:1", dir("/team"), dir("/team-stage"), false),
            ("r.example.com:5000/a", web("http://x:1/y"), web("http://x:1/y"), true),
            ("other.io/a", dir("/built-in"), dir("/stage"), true),
        ] {
            let name = name(text);
            assert_eq!(all.reading(&name).unwrap(), read, "{text}");
            assert_eq!(all.writing(&name).unwrap(), write, "{text}");
            assert_eq!(all.has_attachments(&name), attachments, "{text}");
        }
        let empty = of(&[]).unwrap();
        assert_eq!(empty.reading(&name("h.io/a")).unwrap(), dir("/built-in"));
        assert!(!empty.has_attachments(&name("h.io/a")));
        let digest = Digest::from_bytes(&[0xab; 32]);
        assert_eq!(
            Place::below(&name("busybox"), &digest),
            format!("library/busybox@sha256={}", "ab".repeat(32))
        );
    }

    #[test]
    fn what_is_said_twice_or_wrong_is_refused() {
        for bad in [
            &["docker:\n  h.io:\n    lookaside: https://a\n", "docker:\n  h.io:\n    lookaside: https://a\n"]
                [..],
            &["default-docker: {}\n", "default-docker: {}\n"],
            &["docker:\n  h.io: {}\n  h.io: {}\n"],
            &["docker: []\n"],
            &["docker:\n  h.io: x\n"],
            &["docker:\n  h.io:\n    lookaside: 7\n"],
            &["docker:\n  h.io:\n    use-sigstore-attachments: perhaps\n"],
            &["- a\n"],
            &["a: [\n"],
        ] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
        for url in ["ftp://x", "file://relative", "/path", "nothing", "https://user:secret@h.io/x"] {
            let all = of(&[&format!("default-docker:\n  lookaside: {url}\n")]).unwrap();
            let error = all.reading(&name("h.io/a")).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
