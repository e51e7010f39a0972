//! `bundle`: an image as an OCI bundle, ready for any runtime that the same user starts.

use std::fs::DirBuilder;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;

use super::run::prepare;
use super::save::empty_directory;
use super::{Context, OpsError, Outcome, run_as_owner, seccomp};
use crate::engine::{Failure, FailureKind, Lookup};
use crate::model::ContainerSpec;
use crate::model::image_request::BundleRequest;
use crate::model::run_request::{NetworkChoice, NetworkRequest, ProcessRequest, RunRequest, RunSource};
use crate::model::spec::{NetworkMode, RootfsSource};
use crate::spec::oci::{self, Who};
use crate::store::Store;
use crate::sys::root::{Root, open_directory};
use crate::sys::tree::{self, Copy, Marks, same_owner};
use crate::sys::{Attempt, SysError};

/// How it runs (runtime-spec bundle.md).
const CONFIG: &str = "config.json";

/// Unpacks the image below a directory, and writes how it runs beside that.
pub(super) fn bundle(ctx: &Context, request: &BundleRequest) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let dir = ctx.host.cwd.join(&request.directory);
    let spec = {
        let _lock = store.lock_shared()?;
        prepare::prepare(ctx, &store, &run_request(request))?.spec
    };
    empty_directory(&dir)?;
    let rootfs = dir.join("rootfs");
    let what = || format!("create directory {}", rootfs.display());
    DirBuilder::new().mode(0o755).create(&rootfs).attempt(what)?;
    let made = fill(ctx, &spec, &rootfs).and_then(|mut who| {
        let notice = leave_groups(ctx, &mut who);
        write_config(ctx, &spec, &who, &dir).map(|()| notice)
    });
    match made {
        Ok(notice) => Ok(Outcome::Copied(notice.into_iter().collect())),
        Err(error) => {
            // The first error is the one to tell.
            let _ = run_as_owner(ctx, || tree::remove(&rootfs).map_err(|e| e.to_string()));
            let _ = std::fs::remove_file(dir.join(CONFIG));
            Err(error)
        }
    }
}

/// runc starts nothing that has supplementary groups when it is not started by root, and others may not set them with a
/// single id.
fn leave_groups(ctx: &Context, who: &mut Who) -> Option<String> {
    if ctx.host.uid == 0 && !ctx.host.single_id_root || who.groups.is_empty() {
        return None;
    }
    let groups: Vec<_> = std::mem::take(&mut who.groups).iter().map(ToString::to_string).collect();
    Some(format!(
        "left out the supplementary groups {}: runc starts no such bundle for a normal user (crun takes them as \
         process.user.additionalGids)",
        groups.join(", ")
    ))
}

fn run_request(request: &BundleRequest) -> RunRequest {
    RunRequest {
        source: RunSource::Image(request.image.clone()),
        command: request.command.clone(),
        process: ProcessRequest { terminal: request.terminal, ..ProcessRequest::default() },
        // How it reaches others is the business of whoever starts it.
        network: NetworkRequest { mode: NetworkChoice::Own(NetworkMode::None), ..NetworkRequest::default() },
        ..RunRequest::default()
    }
}

/// The layers one over the other, and whom its files know as the user.
fn fill(ctx: &Context, spec: &ContainerSpec, rootfs: &std::path::Path) -> Result<Who, OpsError> {
    let RootfsSource::Layers(layers) = &spec.rootfs.source else { return Err(no_image(spec)) };
    let to = open_directory(rootfs)?;
    let copied = run_as_owner(ctx, || {
        let copy = Copy { owner: &same_owner, marks: Marks::Apply };
        let each = layers.iter().rev().try_for_each(|layer| {
            copy.run(open_directory(layer)?.as_fd(), to.as_fd(), &layer.display().to_string())
        });
        each.map_err(|e: SysError| Failure::from(e))?;
        let user = &spec.process;
        let root = Root::new(to.try_clone().attempt(|| "open the root file system").map_err(Failure::from)?);
        let found = Lookup::read(&root)?.identity(&user.user, &user.groups)?;
        Ok::<_, Failure>((found.uid, found.gid, found.groups, found.home))
    })?;
    let (uid, gid, mut groups, home) = copied.map_err(|mut failure| {
        if failure.kind == FailureKind::NoSpace {
            failure.hint = Some("make room where the bundle is written".to_owned());
        }
        OpsError::Create { name: rootfs.display().to_string(), failure }
    })?;
    groups.retain(|group| *group != gid);
    Ok(Who { uid, gid, groups, home })
}

fn no_image(spec: &ContainerSpec) -> OpsError {
    OpsError::BadRequest(format!("{} has no image to unpack", spec.name))
}

fn write_config(
    ctx: &Context,
    spec: &ContainerSpec,
    who: &Who,
    dir: &std::path::Path,
) -> Result<(), OpsError> {
    let filter = seccomp::filter(&spec.confinement.seccomp, &spec.confinement.capabilities, &ctx.host)?;
    let config = oci::config(spec, who, filter.as_ref().map(|filter| (filter, ctx.host.machine.as_str())));
    let path = dir.join(CONFIG);
    let mut text = format!("{config:#}");
    text.push('\n');
    Ok(std::fs::write(&path, text).attempt(|| format!("write {}", path.display()))?)
}
