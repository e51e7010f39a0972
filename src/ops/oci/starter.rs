//! `spec`: a `config.json` to start from, decided as `rctr run` decides and written as `rctr bundle` writes.

use std::path::Path;

use serde_json::json;

use super::RuntimeError;
use crate::model::run_request::{NetworkChoice, NetworkRequest, ProcessRequest, RunRequest, RunSource};
use crate::model::spec::NetworkMode;
use crate::model::{ContainerId, HostFacts, IdMapSpec, IdRange, MapWriter};
use crate::ops::{Context, OpsError, seccomp};
use crate::spec::oci::{self, Who};
use crate::spec::{Creation, resolve};
use crate::sys::Attempt;

/// Writes it, for a container that has the caller's id alone: it runs wherever the rootfs is the caller's own.
pub(super) fn write(ctx: &Context, bundle: Option<&Path>) -> Result<(), OpsError> {
    let dir = bundle.map_or_else(|| ctx.host.cwd.clone(), |bundle| ctx.host.cwd.join(bundle));
    let path = dir.join("config.json");
    if path.symlink_metadata().is_ok() {
        return Err(RuntimeError::InTheWay(path).into());
    }
    let request = RunRequest {
        source: RunSource::Rootfs { path: dir.join("rootfs"), overlay: false },
        command: vec!["sh".to_owned()],
        process: ProcessRequest { terminal: true, ..ProcessRequest::default() },
        network: NetworkRequest { mode: NetworkChoice::Own(NetworkMode::None), ..NetworkRequest::default() },
        ..RunRequest::default()
    };
    let creation = Creation::new(ContainerId::from_bytes([0; 32]), "rctr", 0);
    let mut spec = resolve(&request, None, &ctx.host, &creation)?;
    spec.id_maps = own_id(&ctx.host);
    spec.hostname = Some("rctr".to_owned());
    let filter = seccomp::filter(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let who = Who { uid: 0, gid: 0, groups: Vec::new(), home: "/root".to_owned() };
    let mut config =
        oci::config(&spec, &who, filter.as_ref().map(|filter| (filter, ctx.host.machine.as_str())));
    config["annotations"] = json!({});
    let mut text = format!("{config:#}");
    text.push('\n');
    Ok(std::fs::write(&path, text).attempt(|| format!("write {}", path.display()))?)
}

fn own_id(host: &HostFacts) -> IdMapSpec {
    let one = |id| vec![IdRange { container: 0, host: id, size: 1 }];
    IdMapSpec { uids: one(host.uid), gids: one(host.gid), writer: MapWriter::Own }
}
