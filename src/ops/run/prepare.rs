//! Everything that is looked up before a container can be decided: its image, its id and name, the host's files.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::{Context, OpsError};
use crate::model::run_request::{RunRequest, RunSource};
use crate::model::spec::RootfsSource;
use crate::model::{ContainerId, ContainerSpec};
use crate::spec;
use crate::store::Store;
use crate::sys::Attempt;

/// A decided container, and what its maker needs besides.
pub struct Prepared {
    /// The container.
    pub spec: ContainerSpec,
    /// Permission bits of its root directory.
    pub root_mode: u32,
    /// Lines for the user: what was done otherwise than asked.
    pub notices: Vec<String>,
}

/// Looks everything up and decides.
pub fn prepare(ctx: &Context, store: &Store, request: &RunRequest) -> Result<Prepared, OpsError> {
    let image = match &request.source {
        RunSource::Image(name) => Some(store.resolve_image(name)?),
        RunSource::Rootfs { .. } => None,
    };
    let mut bytes = [0; 32];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .attempt(|| "read random bytes")?;
    let id = ContainerId::from_bytes(bytes);
    let spec = spec::resolve(request, image.as_ref(), &ctx.host, id, now_ms())?;
    let root_mode = match &spec.rootfs.source {
        RootfsSource::Layers(layers) => layers.first().map_or(Ok(0o755), |l| mode_of(l))?,
        RootfsSource::DirectoryOverlay(dir) => mode_of(dir)?,
        RootfsSource::Directory(_) | RootfsSource::Host => 0o755,
    };
    Ok(Prepared { spec, root_mode, notices: ctx.host.notices.clone() })
}

/// The upper directory of an overlay shows its own permission bits: they must be those of what it covers.
fn mode_of(dir: &Path) -> Result<u32, OpsError> {
    let metadata = dir.metadata().attempt(|| format!("look at {}", dir.display()))?;
    Ok(metadata.permissions().mode() & 0o7777)
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
