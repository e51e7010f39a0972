//! `rctr image trust set`: one scope of the policy is said anew, everything else in the file stays.

use std::fs::{DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use serde_json::{Map, Value, json};

use super::super::{Context, OpsError, Outcome};
use crate::model::trust_request::TrustKind;
use crate::sys::Attempt;
use crate::sys::file::{read_regular, write_atomic};
use crate::trust::{TrustError, parse_policy, policy_file};

/// Longest policy, in bytes.
const FILE_MAX: usize = 1 << 20;
/// The scope that stands for everything.
const DEFAULT: &str = "default";

pub(super) fn set(
    ctx: &Context,
    scope: &str,
    kind: TrustKind,
    keys: &[PathBuf],
    given: Option<&Path>,
) -> Result<Outcome, OpsError> {
    let scope = scope.trim_end_matches('/');
    if scope != DEFAULT && !is_scope(scope) {
        return Err(OpsError::BadRequest(format!(
            "invalid scope {scope:?}: want default, HOST[:PORT][/PATH[:TAG]] or *.DOMAIN"
        )));
    }
    let requirements = requirements(ctx, kind, keys)?;
    let given = given.map(|path| ctx.host.cwd.join(path));
    let home = ctx.host.home.as_deref();
    let old = policy_file(given.as_deref(), home).filter(|path| path.exists());
    let path = given.or_else(|| own_file(ctx)).ok_or_else(|| {
        OpsError::BadRequest(
            "there is no home directory to keep a policy in: name a file with --policypath".to_owned(),
        )
    })?;
    // A symlink stays one.
    let path = std::fs::canonicalize(&path).unwrap_or(path);
    let dir = path.parent().unwrap_or(Path::new("/"));
    let made = DirBuilder::new().recursive(true).mode(0o755).create(dir);
    made.attempt(|| format!("create directory {}", dir.display()))?;
    // Two at once: the second one sees what the first has written.
    let lock = File::open(dir).attempt(|| format!("open {}", dir.display()))?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).attempt(|| format!("lock {}", dir.display()))?;
    let source = if path.exists() { Some(path.clone()) } else { old };
    let mut policy = match source {
        Some(source) => read(&source)?,
        None => starting(scope)?,
    };
    change(&mut policy, scope, requirements);
    let mut text = serde_json::to_vec_pretty(&policy)
        .map_err(std::io::Error::from)
        .attempt(|| format!("write {}", path.display()))?;
    text.push(b'\n');
    if let Err(reason) = parse_policy(&text) {
        return Err(TrustError::BadPolicy { path, reason }.into());
    }
    write_atomic(&path, &text, 0o644, true)?;
    // Whatever the umask: it is no secret, and others go by the system's.
    let mode = std::fs::set_permissions(&path, Permissions::from_mode(0o644));
    mode.attempt(|| format!("set the mode of {}", path.display()))?;
    Ok(Outcome::Done)
}

/// Root's is the system's; everybody else has one of their own, which begins as a copy of the system's.
fn own_file(ctx: &Context) -> Option<PathBuf> {
    if ctx.host.uid == 0 && !ctx.host.single_id_root {
        return policy_file(None, ctx.host.home.as_deref())
            .or_else(|| Some("/etc/containers/policy.json".into()));
    }
    ctx.host.home.as_ref().map(|home| home.join(".config/containers/policy.json"))
}

/// A policy that is understood, as it is written.
fn read(path: &Path) -> Result<Map<String, Value>, OpsError> {
    let bytes = read_regular(path, FILE_MAX)?;
    let bad = |reason| TrustError::BadPolicy { path: path.to_owned(), reason };
    parse_policy(&bytes).map_err(bad)?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?)
}

/// Without a file the built-in policy holds, which one scope does not change.
fn starting(scope: &str) -> Result<Map<String, Value>, OpsError> {
    let mut policy = Map::new();
    if scope != DEFAULT {
        policy.insert(DEFAULT.to_owned(), json!([{"type": "insecureAcceptAnything"}]));
    }
    Ok(policy)
}

fn change(policy: &mut Map<String, Value>, scope: &str, requirements: Value) {
    if scope == DEFAULT {
        policy.insert(DEFAULT.to_owned(), requirements);
        return;
    }
    let transports = policy.entry("transports").or_insert_with(|| json!({}));
    // What was parsed before are objects all the way down.
    transports["docker"][scope] = requirements;
}

fn requirements(ctx: &Context, kind: TrustKind, keys: &[PathBuf]) -> Result<Value, OpsError> {
    let (word, more) = match kind {
        TrustKind::Accept => ("insecureAcceptAnything", None),
        TrustKind::Reject => ("reject", None),
        TrustKind::SignedBy => ("signedBy", Some(json!({"type": "signedBy", "keyType": "GPGKeys"}))),
        TrustKind::SigstoreSigned => ("sigstoreSigned", Some(json!({"type": "sigstoreSigned"}))),
    };
    let Some(template) = more else {
        return match keys {
            [] => Ok(json!([{ "type": word }])),
            _ => Err(OpsError::BadRequest(format!(
                "public keys mean nothing for type {}",
                if word == "reject" { "reject" } else { "accept" }
            ))),
        };
    };
    if keys.is_empty() {
        return Err(OpsError::BadRequest(format!(
            "at least one public key must be defined for type '{word}'"
        )));
    }
    let one = |key: &PathBuf| {
        let path = ctx.host.cwd.join(key);
        let path = std::fs::canonicalize(&path).attempt(|| format!("open {}", path.display()))?;
        let text = path.to_str().ok_or_else(|| {
            OpsError::BadRequest(format!(
                "the name of {} is not UTF-8: a policy cannot say it",
                path.display()
            ))
        })?;
        let mut requirement = template.clone();
        requirement["keyPath"] = json!(text);
        Ok(requirement)
    };
    keys.iter().map(one).collect::<Result<Vec<_>, OpsError>>().map(Value::Array)
}

/// `*.domain`, or what a registry's names begin with, or a whole name with its tag or digest.
fn is_scope(text: &str) -> bool {
    if let Some(domain) = text.strip_prefix("*.") {
        return !domain.contains(['/', ':']) && crate::trust::is_prefix(domain);
    }
    crate::trust::is_prefix(text)
        || crate::trust::Named::parse(text).is_ok_and(|named| named.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_what_policies_go_by() {
        for (text, want) in [
            ("h.io", true),
            ("h.io:5000", true),
            ("h.io/ns", true),
            ("h.io/ns/a:1", true),
            ("docker.io/library/busybox", true),
            ("localhost", true),
            ("*.example.com", true),
            ("busybox", false),
            ("busybox:1", true), // a host and a port
            ("library/busybox", false),
            ("*.example.com/a", false),
            ("ex*mple.com", false),
            ("Bad Name", false),
            ("", false),
        ] {
            assert_eq!(is_scope(text), want, "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_policy_stays() {
        let mut policy: Map<String, Value> = serde_json::from_value(json!({
            "default": [{"type": "reject"}],
            "transports": {"dir": {"": [{"type": "reject"}]}, "docker": {"h.io": [{"type": "reject"}]}},
        }))
        .unwrap();
        change(&mut policy, "x.io", json!([{"type": "insecureAcceptAnything"}]));
        assert_eq!(policy["transports"]["docker"]["h.io"][0]["type"], "reject");
        assert_eq!(policy["transports"]["docker"]["x.io"][0]["type"], "insecureAcceptAnything");
        assert_eq!(policy["transports"]["dir"][""][0]["type"], "reject");
        change(&mut policy, DEFAULT, json!([{"type": "insecureAcceptAnything"}]));
        assert_eq!(policy["default"][0]["type"], "insecureAcceptAnything");
        let mut fresh = starting("h.io").unwrap();
        change(&mut fresh, "h.io", json!([{"type": "reject"}]));
        assert!(parse_policy(&serde_json::to_vec(&fresh).unwrap()).is_ok());
    }
}
