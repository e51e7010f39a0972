//! `rctr image trust show`: the policy, a line for each requirement, in podman's fields.

use std::path::Path;

use serde::Serialize;

use super::super::{Context, OpsError, Outcome};
use super::{in_directory, lookaside};
use crate::store::Store;
use crate::sys::file::read_text;
use crate::trust::{Policy, Requirement, key_names, policy_file};

/// Longest policy, in bytes.
const FILE_MAX: u64 = 1 << 20;
/// What the built-in policy looks like in a file.
const BUILT_IN: &str = "{\n    \"default\": [\n        {\n            \"type\": \"insecureAcceptAnything\"\n        }\n    ]\n}\n";

/// One requirement of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustLine {
    /// `all`, `repository` for registries, else the transport.
    pub transport: String,
    /// The scope.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The scope, or `default`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repo_name: String,
    /// Where signatures are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sigstore: String,
    /// `accept`, `reject`, `signed`, `sigstoreSigned`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Who the keys belong to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub gpg_id: String,
}

pub(super) fn show(
    ctx: &Context,
    registry: Option<&str>,
    raw: bool,
    given: Option<&Path>,
    registries: Option<&Path>,
) -> Result<Outcome, OpsError> {
    let given = given.map(|path| ctx.host.cwd.join(path));
    let home = ctx.host.home.as_deref();
    if raw {
        let place = policy_file(given.as_deref(), home);
        let text = place.map(|path| read_text(&path, FILE_MAX)).transpose()?;
        return Ok(Outcome::Text(text.unwrap_or_else(|| BUILT_IN.to_owned())));
    }
    let (policy, place) = Policy::read(given.as_deref(), home)?;
    let mut notices = Vec::new();
    if place.is_none() {
        notices.push("there is no policy.json: rctr's own policy lets any image in".to_owned());
    }
    let lookaside = lookaside(ctx, registries)?;
    let store = Store::open(&ctx.host.dirs)?;
    let mut lines = Vec::new();
    for requirement in &policy.default {
        let (kind, gpg_id) = told(&store, requirement, &mut notices)?;
        lines.push(TrustLine {
            transport: "all".to_owned(),
            name: "* (default)".to_owned(),
            repo_name: "default".to_owned(),
            sigstore: String::new(),
            kind,
            gpg_id,
        });
    }
    for (transport, scopes) in &policy.transports {
        let is_registry = transport == "docker";
        for (scope, requirements) in scopes {
            if registry.is_some_and(|registry| !is_registry || !covers(registry, scope)) {
                continue;
            }
            let sigstore = lookaside.said(scope).filter(|_| is_registry).unwrap_or_default();
            for requirement in requirements {
                let (kind, gpg_id) = told(&store, requirement, &mut notices)?;
                lines.push(TrustLine {
                    transport: if is_registry { "repository" } else { transport }.to_owned(),
                    name: scope.clone(),
                    repo_name: scope.clone(),
                    sigstore: sigstore.to_owned(),
                    kind,
                    gpg_id,
                });
            }
        }
    }
    Ok(Outcome::Trust { lines, notices })
}

/// Is a scope the registry itself, or something of it?
fn covers(registry: &str, scope: &str) -> bool {
    let rest = scope.strip_prefix(registry.trim_end_matches('/'));
    scope.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '@']))
}

/// podman's word for a requirement, and whose keys it goes by.
fn told(
    store: &Store,
    requirement: &Requirement,
    notices: &mut Vec<String>,
) -> Result<(&'static str, String), OpsError> {
    Ok(match requirement {
        Requirement::InsecureAcceptAnything => ("accept", String::new()),
        Requirement::Reject => ("reject", String::new()),
        Requirement::SignedBy { keys, .. } => {
            let names = match in_directory(store, |home| key_names(home, keys)) {
                Ok(names) => names.join(", "),
                // One key that is missing hides nothing of the rest.
                Err(OpsError::Trust(error)) => {
                    notices.push(error.to_string());
                    String::new()
                }
                Err(error) => return Err(error),
            };
            ("signed", names)
        }
        Requirement::SigstoreSigned { .. } => ("sigstoreSigned", "N/A".to_owned()),
        Requirement::Unsupported(what) => {
            notices.push(format!("{what}: rctr cannot check that, and lets none of these images in"));
            ("sigstoreSigned", "N/A".to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_covers_what_is_its_own() {
        for (registry, scope, want) in [
            ("h.io", "h.io", true),
            ("h.io", "h.io/a", true),
            ("h.io/", "h.io/a", true),
            ("h.io/a", "h.io/a:1", true),
            ("h.io/a", "h.io/ab", false),
            ("h.io/a", "h.io", false),
            ("h.io", "", true),
        ] {
            assert_eq!(covers(registry, scope), want, "{registry} {scope}");
        }
        let built_in = crate::trust::parse_policy(BUILT_IN.as_bytes()).unwrap();
        assert_eq!(built_in, Policy::built_in());
    }
}
