//! Whom to believe: the system's certificate authorities, those that a `certs.d` directory adds for one registry, and the
//! certificate that we show (containers-certs.d(5)).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::RegistryError;
use crate::sys::file::read_regular;

/// A certificate or key file larger than this is none.
const FILE_LIMIT: usize = 1024 * 1024;

/// Where certificates of registries are looked for.
#[derive(Clone, Debug, Default)]
pub struct CertPlaces {
    /// `--cert-dir`: the directory itself, for whatever registry.
    pub given: Option<PathBuf>,
    /// Directories with one directory a registry in each, the first that has one counts.
    pub below: Vec<PathBuf>,
}

impl CertPlaces {
    /// podman's and docker's.
    pub fn usual(home: Option<&Path>, given: Option<PathBuf>) -> Self {
        let own = home.map(|home| home.join(".config/containers/certs.d"));
        let system = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
        Self { given, below: own.into_iter().chain(system).collect() }
    }

    fn of(&self, authority: &str) -> Option<PathBuf> {
        if let Some(given) = &self.given {
            return Some(given.clone());
        }
        self.below.iter().map(|dir| dir.join(authority)).find(|dir| dir.is_dir())
    }
}

/// How to talk TLS with one registry. The system's authorities are read at the first call.
///
/// # Errors
/// A directory or file that cannot be read; a certificate without its key.
pub fn tls_config(
    places: &CertPlaces,
    authority: &str,
    verify: bool,
    system: &OnceLock<Vec<Certificate<'static>>>,
) -> Result<TlsConfig, RegistryError> {
    let own = match places.of(authority) {
        Some(dir) => read_dir(&dir)?,
        None => Own::default(),
    };
    let builder = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
        .client_cert(own.client)
        .disable_verification(!verify);
    if !verify {
        return Ok(builder.build());
    }
    let mut roots = own.roots;
    roots.extend(system.get_or_init(system_roots).iter().cloned());
    Ok(builder.root_certs(RootCerts::from(roots)).build())
}

/// Those that cannot be read are not believed; without any, every connection says that the issuer is unknown.
fn system_roots() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs();
    found.certs.iter().map(|cert| Certificate::from_der(cert).to_owned()).collect()
}

#[derive(Default)]
struct Own {
    roots: Vec<Certificate<'static>>,
    client: Option<ClientCert>,
}

fn read_dir(dir: &Path) -> Result<Own, RegistryError> {
    let failed = |e| crate::sys::SysError::new(format!("read directory {}", dir.display()), e);
    let entries = std::fs::read_dir(dir).map_err(failed)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    let mut own = Own::default();
    for path in &paths {
        match path.extension().and_then(|e| e.to_str()) {
            Some("crt") => own.roots.extend(certificates(path)?),
            Some("cert") => {
                let key = path.with_extension("key");
                if !paths.contains(&key) {
                    return Err(bad(path, &format!("its key {} is missing", key.display())));
                }
                own.client = Some(ClientCert::new_with_certs(&certificates(path)?, private_key(&key)?));
            }
            Some("key") if !paths.contains(&path.with_extension("cert")) => {
                let cert = path.with_extension("cert");
                return Err(bad(path, &format!("its certificate {} is missing", cert.display())));
            }
            _ => {}
        }
    }
    Ok(own)
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, RegistryError> {
    let pem = read_regular(path, FILE_LIMIT)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| bad(path, &e.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(bad(path, "there is no certificate in it")) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKey<'static>, RegistryError> {
    PrivateKey::from_pem(&read_regular(path, FILE_LIMIT)?)
        .map_err(|e| bad(path, &format!("there is no private key in it: {e}")))
}

fn bad(path: &Path, reason: &str) -> RegistryError {
    RegistryError::BadFile { path: path.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_directory_that_has_the_registry_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        for name in ["b/h:5000", "a", "a/other"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let mut places = CertPlaces { given: None, below: vec![a, b.clone()] };
        assert_eq!(places.of("h:5000"), Some(b.join("h:5000")));
        assert_eq!(places.of("h"), None);
        places.given = Some(b.clone());
        assert_eq!(places.of("h"), Some(b));
    }

    #[test]
    fn halves_of_a_pair_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("c.cert"), "x").unwrap();
        assert!(
            matches!(read_dir(dir.path()), Err(RegistryError::BadFile { reason, .. }) if reason.contains("key"))
        );
        std::fs::rename(dir.path().join("c.cert"), dir.path().join("c.key")).unwrap();
        assert!(matches!(read_dir(dir.path()), Err(RegistryError::BadFile { .. })));
        std::fs::rename(dir.path().join("c.key"), dir.path().join("c.crt")).unwrap();
        assert!(matches!(read_dir(dir.path()), Err(RegistryError::BadFile { .. })));
    }
}
