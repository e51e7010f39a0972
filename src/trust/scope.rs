//! What an image is called in a policy: its transport, and its scopes from the narrowest to the widest
//! (containers-policy.json(5), "Supported transports and their scopes"). Pure.

use std::path::Path;

use super::Named;
use crate::model::Reference;

/// An image that somebody wants to let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `docker`, `oci-archive` …
    pub transport: &'static str,
    /// The narrowest first, without the transport's own `""`.
    pub scopes: Vec<String>,
    /// What signatures should call it; none where the transport has no names of that kind.
    pub identity: Option<Named>,
    /// For messages: `docker://docker.io/library/busybox:latest`.
    pub shown: String,
}

impl Subject {
    /// An image of a registry.
    pub fn registry(name: &Reference) -> Self {
        let identity = Named::of(name);
        Self {
            transport: "docker",
            scopes: registry_scopes(name),
            shown: format!("docker://{identity}"),
            identity: Some(identity),
        }
    }

    /// An image of a file or directory, which is named without symlinks; none is a pipe.
    pub fn local(transport: &'static str, path: Option<&Path>) -> Self {
        let has_scopes = ["dir", "oci", "oci-archive"].contains(&transport);
        let scopes = path.filter(|_| has_scopes).map(path_scopes).unwrap_or_default();
        let shown = path.map_or("-".to_owned(), |path| path.display().to_string());
        Self { transport, scopes, identity: None, shown: format!("{transport}:{shown}") }
    }
}

/// The name with its tag or digest, the repository, every part of the path above it, the host, and `*.` with the domains
/// above the host. Also those that registries.d goes by.
pub fn registry_scopes(name: &Reference) -> Vec<String> {
    let mut scopes = vec![Named::of(name).to_string()];
    let repository = name.repository();
    let mut rest = repository.as_str();
    loop {
        scopes.push(rest.to_owned());
        match rest.rsplit_once('/') {
            Some((above, _)) => rest = above,
            None => break,
        }
    }
    // A port is no part of a domain.
    let mut host = rest.split(':').next().unwrap_or_default();
    while let Some((_, above)) = host.split_once('.') {
        scopes.push(format!("*.{above}"));
        host = above;
    }
    scopes
}

/// A path and all directories above it, but for the root.
fn path_scopes(path: &Path) -> Vec<String> {
    let above = path.ancestors().filter(|path| path.parent().is_some());
    above.map(|path| path.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_have_scopes() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (name, want) in [
            (
                "busybox",
                vec![
                    "docker.io/library/busybox:latest",
                    "docker.io/library/busybox",
                    "docker.io/library",
                    "docker.io",
                    "*.io",
                ],
            ),
            (
                "reg.team.example.com:5000/a/b/c:1",
                vec![
                    "reg.team.example.com:5000/a/b/c:1",
                    "reg.team.example.com:5000/a/b/c",
                    "reg.team.example.com:5000/a/b",
                    "reg.team.example.com:5000/a",
                    "reg.team.example.com:5000",
                    "*.team.example.com",
                    "*.example.com",
                    "*.com",
                ],
            ),
            ("localhost/a:1", vec!["localhost/a:1", "localhost/a", "localhost"]),
        ] {
            assert_eq!(registry_scopes(&Reference::parse(name).unwrap()), want, "{name}");
        }
        let pinned = Reference::parse(&format!("h.io/a@{digest}")).unwrap();
        assert_eq!(registry_scopes(&pinned)[0], format!("h.io/a@{digest}"));
        assert_eq!(Subject::registry(&pinned).shown, format!("docker://h.io/a@{digest}"));
    }

    #[test]
    fn files_have_scopes_where_their_transport_has() {
        let path = Path::new("/srv/images/app.tar");
        let scopes = |transport| Subject::local(transport, Some(path)).scopes;
        assert_eq!(scopes("oci-archive"), ["/srv/images/app.tar", "/srv/images", "/srv"]);
        assert_eq!(scopes("dir").len(), 3);
        assert!(scopes("docker-archive").is_empty() && scopes("tarball").is_empty());
        assert!(Subject::local("oci-archive", None).scopes.is_empty());
        assert!(Subject::local("oci", Some(Path::new("/"))).scopes.is_empty());
    }
}
