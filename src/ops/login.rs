//! Who we are at a registry: said, asked for, forgotten. Nothing is kept that the registry has not taken.

use super::{Context, OpsError, Outcome, access};
use crate::model::Reference;
use crate::model::reference::DEFAULT_DOMAIN;
use crate::model::registry_request::{LoginRequest, LogoutRequest, RegistryAccess};
use crate::registry::{Credentials, Registries, RegistryError};

/// Checks name and password and keeps them; without them, what is kept already.
pub(super) fn login(ctx: &Context, request: &LoginRequest) -> Result<Outcome, OpsError> {
    let registries = Registries::read(&ctx.host.env, ctx.host.home.as_deref())?;
    let key = key(request.registry.as_deref(), &registries)?;
    let registry = domain(&key);
    let places = access::credentials(ctx, &request.access, &registries);
    if let (Some(user), Some(password)) = (&request.user, &request.password) {
        let given =
            RegistryAccess { credentials: Some((user.clone(), password.clone())), ..request.access.clone() };
        access::client(ctx, &given)?.check(registry)?;
        let place = places.store(&key, user, password)?;
        return Ok(Outcome::LoggedIn { registry: key, place, already: false });
    }
    let kept = places.find_with_place(&key)?;
    let user = match &kept {
        Some((Credentials::Password { user, .. }, _)) => Some(user.clone()),
        _ => None,
    };
    let other = request.user.is_some() && request.user != user;
    let mut stale = false;
    if let Some((_, place)) = kept.filter(|_| !other) {
        match access::client(ctx, &request.access)?.check(registry) {
            Ok(()) => return Ok(Outcome::LoggedIn { registry: key, place, already: true }),
            Err(RegistryError::WrongPassword { .. }) => stale = true,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Outcome::WantsPassword { registry: key, user: request.user.clone().or(user), stale })
}

/// The name that is kept.
pub(super) fn get_login(ctx: &Context, request: &LoginRequest) -> Result<Outcome, OpsError> {
    let registries = Registries::read(&ctx.host.env, ctx.host.home.as_deref())?;
    let key = key(request.registry.as_deref(), &registries)?;
    match access::credentials(ctx, &request.access, &registries).find(&key)? {
        Some(Credentials::Password { user, .. }) => Ok(Outcome::Text(format!("{user}\n"))),
        Some(Credentials::Identity(_)) => Ok(Outcome::Text("<token>\n".to_owned())),
        None => Err(RegistryError::NotLoggedIn(key).into()),
    }
}

/// Forgets one registry, or all.
pub(super) fn logout(ctx: &Context, request: &LogoutRequest) -> Result<Outcome, OpsError> {
    let registries = Registries::read(&ctx.host.env, ctx.host.home.as_deref())?;
    let access = RegistryAccess { authfile: request.authfile.clone(), ..RegistryAccess::default() };
    let places = access::credentials(ctx, &access, &registries);
    if request.all {
        places.erase_all()?;
        return Ok(Outcome::Text("Removed login credentials for all registries\n".to_owned()));
    }
    let key = key(request.registry.as_deref(), &registries)?;
    if places.erase(&key)? {
        return Ok(Outcome::Text(format!("Removed login credentials for {key}\n")));
    }
    match places.find_with_place(&key)? {
        Some((_, place)) => Err(OpsError::LoggedInElsewhere { registry: key, place }),
        None => Err(RegistryError::NotLoggedIn(key).into()),
    }
}

/// What credentials are kept under: a registry, or a repository of one.
fn key(text: Option<&str>, registries: &Registries) -> Result<String, RegistryError> {
    let default = registries.search.first().map_or(DEFAULT_DOMAIN, String::as_str);
    let given = text.unwrap_or(default);
    let text = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://")).unwrap_or(given);
    let text = text.trim_end_matches('/');
    let bad = |reason| RegistryError::BadName { text: given.chars().take(200).collect(), reason };
    // With a repository behind it, any registry is part of a name.
    let (registry, path) =
        text.split_once('/').map_or((text, None), |(registry, path)| (registry, Some(path)));
    let probe = Reference::parse(&format!("{registry}/{}", path.unwrap_or("x")));
    let probe = match probe {
        Ok(name) if name.domain() == registry || registry == "index.docker.io" => name,
        // A host without a dot or port is taken for part of a path by everybody else, and meant as a host here.
        Ok(name) if path.is_none() && name.domain() == DEFAULT_DOMAIN => return Ok(registry.to_owned()),
        _ => return Err(bad("want HOST[:PORT][/REPOSITORY]")),
    };
    if path.is_some_and(|path| path.contains([':', '@'])) {
        return Err(bad("a tag or digest has no credentials of its own"));
    }
    Ok(match path {
        None => probe.domain().to_owned(),
        Some(path) => format!("{}/{path}", probe.domain()),
    })
}

fn domain(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_registries_or_repositories() {
        let none = Registries::default();
        for (text, want) in [
            (None, Some("docker.io")),
            (Some("docker.io"), Some("docker.io")),
            (Some("index.docker.io"), Some("docker.io")),
            (Some("https://quay.io/"), Some("quay.io")),
            (Some("localhost:5000"), Some("localhost:5000")),
            (Some("registry"), Some("registry")),
            (Some("quay.io/team/app"), Some("quay.io/team/app")),
            (Some("quay.io/team/app:1"), None),
            (Some("Bad Name"), None),
            (Some(""), None),
        ] {
            assert_eq!(key(text, &none).ok().as_deref(), want, "{text:?}");
        }
    }
}
