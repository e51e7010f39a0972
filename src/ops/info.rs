//! What `info` and `version` tell, in podman's fields. Needs no namespace and changes nothing.

mod host_info;

use std::path::Path;

use serde_json::{Value, json};

use super::{Context, OpsError, trust};
use crate::model::spec::RootfsBackend;
use crate::spec::caps;
use crate::store::Store;

/// Host, store, registries, version: the object that podman-info(1) describes.
pub(super) fn info(ctx: &Context) -> Result<Value, OpsError> {
    let host = &ctx.host;
    let store = Store::open(&host.dirs)?;
    let ids = store.container_ids()?;
    let running = ids.iter().filter(|id| store.is_live(id)).count();
    let data = &host.dirs.data;
    let backend = super::run::backend::known(ctx).unwrap_or_default();
    let policy = trust::policy_in_force(ctx);
    let (allocated, used, backing) = host_info::file_system(data);
    Ok(json!({
        "host": host_info::host(host, &caps::default_set().into_iter().map(caps::name).collect::<Vec<_>>().join(","), &policy),
        "plugins": {
            "authorization": null,
            "log": ["k8s-file", "none"],
            "network": [],
            "volume": ["local"],
        },
        "registries": {},
        "store": {
            "configFile": host.dirs.config,
            "containerStore": {
                "number": ids.len(),
                "paused": 0,
                "running": running,
                "stopped": ids.len() - running,
            },
            "graphDriverName": "overlay",
            "graphOptions": {},
            "graphRoot": data,
            "graphRootAllocated": allocated,
            "graphRootUsed": used,
            "graphStatus": {
                "Backing Filesystem": backing,
                "Native Overlay Diff": (backend == RootfsBackend::Overlay).to_string(),
                "Rootfs Backend": backend,
            },
            "imageCopyTmpDir": data.join("tmp"),
            "imageStore": { "number": store.image_ids()?.len() },
            "runRoot": host.dirs.runtime,
            "transientStore": false,
            "volumePath": data.join("volumes"),
        },
        "version": version(&host.machine),
    }))
}

/// The version object of podman-version(1). rctr has no service of its own version, so client and server are the same.
pub(super) fn version(machine: &str) -> Value {
    json!({
        "APIVersion": env!("CARGO_PKG_VERSION"),
        "Built": 0,
        "BuiltTime": "",
        "GitCommit": "",
        "GoVersion": "",
        "Os": "linux",
        "OsArch": format!("linux/{}", host_info::go_arch(machine)),
        "Version": env!("CARGO_PKG_VERSION"),
    })
}

/// Lines of a small file.
fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
