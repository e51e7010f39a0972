//! What a registry's client needs to know of the caller, and where it is found.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, OpsError};
use crate::model::registry_request::RegistryAccess;
use crate::registry::{Client, CredentialPlaces, Registries, RetryPolicy, Settings};

/// How long a registry may be silent, in seconds.
const STALL: u64 = 60;
/// The variable that says otherwise.
const STALL_VARIABLE: &str = "RCTR_REGISTRY_TIMEOUT";

/// A client that reaches registries as asked for. Reads registries.conf, nothing else yet.
pub(super) fn client(ctx: &Context, access: &RegistryAccess) -> Result<Arc<Client>, OpsError> {
    let env = &ctx.host.env;
    let registries = Registries::read(env, ctx.host.home.as_deref())?;
    let credentials = credentials(ctx, access, &registries);
    let default = RetryPolicy::default();
    let settings = Settings {
        env: env.clone(),
        home: ctx.host.home.clone(),
        cert_dir: access.cert_dir.as_ref().map(|dir| ctx.host.cwd.join(dir)),
        tls_verify: access.tls_verify,
        registries,
        credentials,
        retry: RetryPolicy {
            more: access.retry.unwrap_or(default.more),
            delay: access.retry_delay_ms.map(Duration::from_millis),
        },
        stall: Duration::from_secs(stall(env)?),
    };
    Ok(Arc::new(Client::new(settings)))
}

/// Where credentials are looked for and kept.
pub(super) fn credentials(
    ctx: &Context,
    access: &RegistryAccess,
    registries: &Registries,
) -> CredentialPlaces {
    let authfile = access.authfile.as_ref().map(|path| ctx.host.cwd.join(path));
    let home = ctx.host.home.as_deref().map(Path::to_path_buf);
    let mut places =
        CredentialPlaces::usual(&ctx.host.env, home.as_deref(), &ctx.host.dirs.runtime, authfile);
    places.given.clone_from(&access.credentials);
    places.helpers.clone_from(&registries.helpers);
    places
}

fn stall(env: &[(String, String)]) -> Result<u64, OpsError> {
    let Some((name, value)) = env.iter().find(|(name, _)| name == STALL_VARIABLE) else { return Ok(STALL) };
    value.parse().ok().filter(|seconds| *seconds > 0).ok_or_else(|| OpsError::BadVariable {
        name: name.clone(),
        value: value.clone(),
        want: "a number of seconds",
    })
}
