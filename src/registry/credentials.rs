//! Where credentials are looked for and kept: the places and their order as podman has them.

use std::path::{Path, PathBuf};

use super::RegistryError;
use super::auth_file::{AuthFile, Credentials, keys_of};
use super::helper;

/// Files and helpers that may know who we are.
#[derive(Clone, Debug, Default)]
pub struct CredentialPlaces {
    /// `--creds`: who we are, whatever the files say.
    pub given: Option<(String, String)>,
    /// Read in this order; the first is written to.
    pub files: Vec<PathBuf>,
    /// `credential-helpers` of registries.conf; empty is the files alone.
    pub helpers: Vec<String>,
}

/// The word for the files among helpers.
const FILES: &str = "containers-auth.json";

impl CredentialPlaces {
    /// podman's places: `--authfile`, else `REGISTRY_AUTH_FILE`, else the session's, the user's and docker's file.
    /// `runtime` is our own directory, which serves where there is no session.
    pub fn usual(
        env: &[(String, String)],
        home: Option<&Path>,
        runtime: &Path,
        authfile: Option<PathBuf>,
    ) -> Self {
        let get = |name: &str| env.iter().find(|(key, value)| key == name && !value.is_empty());
        let named = authfile.or_else(|| get("REGISTRY_AUTH_FILE").map(|(_, path)| PathBuf::from(path)));
        let files = match named {
            Some(path) => vec![path],
            None => {
                let session =
                    get("XDG_RUNTIME_DIR").map(|(_, dir)| Path::new(dir).join("containers/auth.json"));
                let docker = get("DOCKER_CONFIG").map(|(_, dir)| PathBuf::from(dir));
                let docker = docker.or_else(|| home.map(|home| home.join(".docker")));
                let mut files = vec![session.unwrap_or_else(|| runtime.join("auth.json"))];
                files.extend(home.map(|home| home.join(".config/containers/auth.json")));
                files.extend(docker.map(|dir| dir.join("config.json")));
                files
            }
        };
        Self { given: None, files, helpers: Vec::new() }
    }

    /// Who we are for a repository (`docker.io/library/busybox`) or a registry.
    ///
    /// # Errors
    /// A file or helper that fails: silence would be taken for nobody.
    pub fn find(&self, repository: &str) -> Result<Option<Credentials>, RegistryError> {
        Ok(self.find_with_place(repository)?.map(|(credentials, _)| credentials))
    }

    /// The same, and where it was found.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_with_place(&self, repository: &str) -> Result<Option<(Credentials, String)>, RegistryError> {
        if let Some((user, password)) = &self.given {
            let credentials = Credentials::Password { user: user.clone(), password: password.clone() };
            return Ok(Some((credentials, "--creds".to_owned())));
        }
        let registry = repository.split('/').next().unwrap_or_default();
        let files = [FILES.to_owned()];
        for place in if self.helpers.is_empty() { &files[..] } else { &self.helpers } {
            let found = if place == FILES {
                self.find_in_files(repository, registry)?
            } else {
                helper::get(place, registry)?.map(|found| (found, format!("docker-credential-{place}")))
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find_in_files(
        &self,
        repository: &str,
        registry: &str,
    ) -> Result<Option<(Credentials, String)>, RegistryError> {
        for path in &self.files {
            let file = AuthFile::read(path)?;
            let (own, all) = file.helpers(registry);
            if let Some(name) = own {
                if let Some(found) = helper::get(name, registry)? {
                    return Ok(Some((found, format!("docker-credential-{name}"))));
                }
                continue;
            }
            for key in keys_of(repository) {
                if let Some(found) = file.get(key)? {
                    return Ok(Some((found, path.display().to_string())));
                }
            }
            if let Some(name) = all
                && let Some(found) = helper::get(name, registry)?
            {
                return Ok(Some((found, format!("docker-credential-{name}"))));
            }
        }
        Ok(None)
    }

    /// Keeps a password, in the helper that is set for it or in the first file. Says where.
    ///
    /// # Errors
    /// A helper or file that fails.
    pub fn store(&self, key: &str, user: &str, password: &str) -> Result<String, RegistryError> {
        let registry = key.split('/').next().unwrap_or_default();
        if let Some(name) = self.helpers.iter().find(|name| *name != FILES) {
            helper::store(name, registry, user, password)?;
            return Ok(format!("docker-credential-{name}"));
        }
        let Some(path) = self.files.first() else {
            return Err(RegistryError::NotLoggedIn(key.to_owned()));
        };
        let file = AuthFile::read(path)?;
        if let (Some(name), _) | (None, Some(name)) = file.helpers(registry) {
            helper::store(name, registry, user, password)?;
            return Ok(format!("docker-credential-{name}"));
        }
        AuthFile::change(path, |file| file.set(key, user, password))?;
        Ok(path.display().to_string())
    }

    /// Forgets a key; was there anything to forget?
    ///
    /// # Errors
    /// A helper or file that fails.
    pub fn erase(&self, key: &str) -> Result<bool, RegistryError> {
        let registry = key.split('/').next().unwrap_or_default();
        let mut gone = false;
        for name in self.helpers.iter().filter(|name| *name != FILES) {
            gone |= helper::erase(name, registry)?;
        }
        if let Some(path) = self.files.first() {
            let mut file = AuthFile::read(path)?;
            if let (Some(name), _) | (None, Some(name)) = file.helpers(registry) {
                gone |= helper::erase(name, registry)?;
            }
            // Looked at before it is locked: what has no entry needs no directory either.
            gone |= file.remove(key) && AuthFile::change(path, |file| file.remove(key))?;
        }
        Ok(gone)
    }

    /// Forgets everything that is kept in the first file and its helpers.
    ///
    /// # Errors
    /// A helper or file that fails.
    pub fn erase_all(&self) -> Result<(), RegistryError> {
        let Some(path) = self.files.first() else { return Ok(()) };
        let mut file = AuthFile::read(path)?;
        for (registry, name) in file.helped() {
            helper::erase(&name, &registry)?;
        }
        if file.clear() {
            AuthFile::change(path, AuthFile::clear)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_podmans() {
        let env = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let home = Path::new("/home/a");
        let files = |pairs: &[(&str, &str)], given: Option<&str>| {
            let places =
                CredentialPlaces::usual(&env(pairs), Some(home), Path::new("/r"), given.map(PathBuf::from));
            places.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let usual = ["/home/a/.config/containers/auth.json", "/home/a/.docker/config.json"];
        assert_eq!(
            files(&[("XDG_RUNTIME_DIR", "/run/user/1")], None),
            ["/run/user/1/containers/auth.json", usual[0], usual[1]]
        );
        assert_eq!(files(&[], None), ["/r/auth.json", usual[0], usual[1]]);
        assert_eq!(files(&[("REGISTRY_AUTH_FILE", "/f")], None), ["/f"]);
        assert_eq!(files(&[("REGISTRY_AUTH_FILE", "/f")], Some("/g")), ["/g"]);
        assert_eq!(files(&[("DOCKER_CONFIG", "/d")], None)[2], "/d/config.json");
    }

    #[test]
    fn the_most_particular_of_the_first_file_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, r#"{"auths":{"h/team":{"auth":"dGVhbTpw"}}}"#).unwrap();
        std::fs::write(&b, r#"{"auths":{"h":{"auth":"aG9zdDpw"},"h/team/app":{"auth":"YXBwOnA="}}}"#)
            .unwrap();
        let places = CredentialPlaces { given: None, files: vec![a, b], helpers: Vec::new() };
        let user = |repository: &str| match places.find(repository).unwrap() {
            Some(Credentials::Password { user, .. }) => user,
            other => format!("{other:?}"),
        };
        assert_eq!(user("h/team/app"), "team", "the first file that knows anything");
        assert_eq!(user("h/other"), "host");
        assert_eq!(user("h"), "host");
        assert_eq!(user("i/x"), "None");
    }
}
