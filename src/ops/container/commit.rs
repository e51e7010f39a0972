//! `commit`: a container's changes become a layer, and with its settings an image. The layer goes from a process that
//! reads the container's files through a pipe to the one that unpacks it into the store, as a loaded layer does; it is
//! seen when it is whole, and a killed commit leaves what the next command sweeps.

use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsFd;

use serde_json::Value;

use super::copy::left_out;
use super::diff::{Sides, mount_points};
use super::export;
use super::pause;
use super::rootfs::Rootfs;
use super::seen::{Phase, SeenContainer};
use crate::image::changes::Comparison;
use crate::image::document::{
    Configuration, DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, Descriptor, History, OCI_CONFIG, OCI_LAYER,
    OCI_MANIFEST, Platform, RootFs, parse_json,
};
use crate::image::pack::{PackReport, Packer, Packing};
use crate::image::{Expected, ImageError, apply_change, sha256};
use crate::model::files_request::CommitRequest;
use crate::model::{Action, ChangeKind, ContainerSpec, Digest, ImageConfig, Reference};
use crate::ops::install::{Arrival, install, notice};
use crate::ops::unpack::{self, Unpacked, Wanted, unpack_layers};
use crate::ops::{Context, OpsError, Outcome, happened};
use crate::spec;
use crate::store::{Store, StoreError};
use crate::sys::Attempt;
use crate::sys::signal::{self, SavedMask};

/// Makes the image.
pub(super) fn commit(ctx: &Context, store: &Store, request: &CommitRequest) -> Result<Outcome, OpsError> {
    let name = request.image.as_deref().map(Reference::parse_local).transpose();
    let name = name.map_err(StoreError::from)?;
    // What is said wrongly is told before anything is read.
    let mut untouched = ImageConfig::default();
    request
        .changes
        .iter()
        .try_for_each(|change| apply_change(&mut untouched, change))
        .map_err(OpsError::BadRequest)?;
    unpack::sweep(ctx, store)?;
    let rootfs = Rootfs::find(store, &request.container)?;
    let base = Base::of(store, &rootfs, request.squash)?;
    let rest = Rest::of(store, &rootfs, request.pause)?;
    let made = layer(ctx, store, &rootfs, base.is_whole);
    rest.end()?;
    let (layer, packed) = made?;
    let Unpacked { staged, sums, report } = layer;
    let mut notices = left_out(&packed);
    notices.extend(notice(std::iter::once(&report)));
    let mut config = spec::commit::configure(&base.config, &rootfs.spec, request.include_volumes);
    for change in &request.changes {
        apply_change(&mut config, change).map_err(OpsError::BadRequest)?;
    }
    let machine = &ctx.host.machine;
    let documents =
        base.documents(store, &rootfs.spec, request, config, (&sums.diff_id, sums.tar_size), machine)?;
    let id = sha256(&documents.config);
    let arrival = Arrival {
        id: id.clone(),
        names: name.into_iter().collect(),
        manifest: documents.manifest,
        media_type: documents.media_type.to_owned(),
        config: documents.config,
        configuration: documents.configuration,
        layers: Vec::new(),
        origin: None,
    };
    install(ctx, store, vec![arrival], vec![(sums.diff_id, staged)])?;
    happened(store, Action::Commit, &rootfs.spec);
    if let Some(path) = &request.iidfile {
        let path = ctx.host.cwd.join(path);
        std::fs::write(&path, id.hex()).attempt(|| format!("write {}", path.display()))?;
    }
    Ok(Outcome::Committed { id, notices })
}

/// The container's processes are paused, and Ctrl-C waits until they are not any more. A commit that is killed all the
/// same leaves them so: `unpause` lets them go on.
struct Rest<'a>(Option<(&'a Store, SeenContainer, SavedMask)>);

impl<'a> Rest<'a> {
    /// Begins where it is asked for, and the container runs and was not paused already.
    fn of(store: &'a Store, rootfs: &Rootfs<'_>, asked: bool) -> Result<Self, OpsError> {
        let container = &rootfs.container;
        if !asked || container.phase != Phase::Running {
            return Ok(Self(None));
        }
        let mask = signal::block_forwarded_signals()?;
        match pause::stop_all(store, container.clone(), false) {
            Ok(_) => Ok(Self(Some((store, container.clone(), mask)))),
            Err(error) => {
                mask.restore()?;
                Err(error)
            }
        }
    }

    fn end(self) -> Result<(), OpsError> {
        let Some((store, container, mask)) = self.0 else { return Ok(()) };
        // One that somebody else has let go on meanwhile needs nothing.
        let gone_on = pause::go_on(store, container).map(|_| ());
        mask.restore()?;
        gone_on
    }
}

/// The changes, or with `whole` all files, as a layer that is staged.
fn layer(
    ctx: &Context,
    store: &Store,
    rootfs: &Rootfs<'_>,
    whole: bool,
) -> Result<(Unpacked, PackReport), OpsError> {
    let (read, write) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).attempt(|| "make a pipe")?;
    let (read, write) = (File::from(read), File::from(write));
    let sides = Sides::of(&rootfs.spec, &store.container_dir(&rootfs.container.id));
    let worker = match sides.filter(|_| !whole) {
        Some(sides) => {
            let (top, lowers) = sides.open()?;
            let mut keep: Vec<_> = lowers.iter().chain([&top]).map(AsFd::as_fd).collect();
            keep.push(write.as_fd());
            let mounts = mount_points(&rootfs.spec);
            rootfs.as_its_root(ctx, &keep, |_| {
                let comparison = Comparison { lowers: &lowers, whole: sides.whole, mounts: &mounts };
                changes(&comparison, top.as_fd(), &write)
            })?
        }
        None => rootfs.enter(ctx, false, &[write.as_fd()], |root| export::pack(root, &write))?,
    };
    drop(write);
    let expected = Expected { digest: None, size: None, diff_id: None, media_type: String::new() };
    let wanted = Wanted { blob: Box::new(read), size: 0, expected };
    let unpacked = unpack_layers(ctx, store, vec![wanted]);
    // Both have ended now. A tar that was cut off between two entries looks whole: only its writer knows.
    let packed = worker.finish().map_err(|failure| rootfs.failed(failure));
    let nobody_reads = |error: &ImageError| error.errno() == nix::errno::Errno::EPIPE as i32;
    match (packed, unpacked) {
        (Ok(Ok(packed)), Ok(mut unpacked)) => match unpacked.pop() {
            Some(layer) => Ok((layer, packed)),
            None => Err(ImageError::Cancelled.into()),
        },
        (Ok(Err(error)), Err(unpacking)) if nobody_reads(&error) => Err(unpacking),
        (Ok(Ok(_)), Err(error)) => Err(error),
        (packed, unpacked) => {
            let unpacked = unpacked.unwrap_or_default();
            unpack::delete(ctx, unpacked.into_iter().map(|layer| layer.staged).collect())?;
            Err(match packed {
                Ok(Err(error)) => error.into(),
                Err(error) => error,
                Ok(Ok(_)) => ImageError::Cancelled.into(),
            })
        }
    }
}

/// Writes a layer's tar: what was added and changed with its directories, whiteouts for what is gone.
fn changes(
    comparison: &Comparison<'_>,
    top: std::os::fd::BorrowedFd<'_>,
    write: &File,
) -> Result<PackReport, ImageError> {
    let same = |uid, gid| (uid, gid);
    let stream = BufWriter::with_capacity(64 * 1024, write);
    let how = Packing { sparse: true, nanos: false, one_mount: false, owner: &same };
    let mut packer = Packer::new(stream, how);
    // Whatever a file is called, the stream begins like a tar.
    packer.one(top, c".", b".")?;
    comparison.walk(top, &mut |kind, path, dir, name| match kind {
        ChangeKind::Added | ChangeKind::Modified => packer.one(dir, name, path),
        ChangeKind::Deleted => packer.whiteout(path),
    })?;
    packer.finish()
}

/// What the image is made on top of.
struct Base {
    /// How that runs.
    config: ImageConfig,
    /// All of its configuration; none without an image.
    configuration: Option<Configuration>,
    /// Its `config` object, with what rctr does not read.
    raw: Value,
    /// The new layer is all there is.
    is_whole: bool,
}

/// The new image's documents.
struct Documents {
    manifest: Vec<u8>,
    media_type: &'static str,
    config: Vec<u8>,
    configuration: Configuration,
}

impl Base {
    fn of(store: &Store, rootfs: &Rootfs<'_>, squash: bool) -> Result<Self, OpsError> {
        let Some(image) = &rootfs.spec.image else {
            let config = ImageConfig::default();
            return Ok(Self { config, configuration: None, raw: Value::Null, is_whole: true });
        };
        let record = store.image(&image.id)?;
        let bytes = store.blob(&record.id)?;
        let raw: Value = parse_json(&bytes, "configuration")?;
        Ok(Self {
            config: record.config,
            configuration: Some(parse_json(&bytes, "configuration")?),
            raw: raw.get("config").cloned().unwrap_or_default(),
            is_whole: squash,
        })
    }

    fn documents(
        self,
        store: &Store,
        spec: &ContainerSpec,
        request: &CommitRequest,
        config: ImageConfig,
        (diff_id, tar_size): (&Digest, u64),
        machine: &str,
    ) -> Result<Documents, OpsError> {
        let broken = |error: serde_json::Error| ImageError::corrupt("image", error.to_string());
        let now = jiff::Timestamp::now().to_string();
        let (mut diff_ids, mut history) = match &self.configuration {
            Some(base) if !self.is_whole => {
                let known = || base.rootfs.diff_ids.iter().map(|_| History::default()).collect();
                (base.rootfs.diff_ids.clone(), base.history.clone().unwrap_or_else(known))
            }
            _ => (Vec::new(), Vec::new()),
        };
        diff_ids.push(diff_id.clone());
        let from = spec.image.as_ref().map(|image| format!("FROM {}", image.name));
        history.push(History {
            created: Some(now.clone()),
            created_by: Some(spec.process.args.join(" ")),
            author: request.author.clone(),
            comment: request.message.clone().or(from),
            empty_layer: None,
        });
        let platform = Platform::of_machine(machine);
        let base = self.configuration.unwrap_or_default();
        let own = |of_base: String, here: String| if of_base.is_empty() { here } else { of_base };
        let configuration = Configuration {
            created: Some(now),
            author: request.author.clone().or(base.author),
            architecture: own(base.architecture, platform.architecture),
            os: own(base.os, platform.os),
            variant: base.variant,
            comment: request.message.clone().filter(|_| request.docker_format),
            config: Some(config.clone()),
            rootfs: RootFs { kind: "layers".to_owned(), diff_ids: diff_ids.clone() },
            history: Some(history),
        };
        let mut value = serde_json::to_value(&configuration).map_err(broken)?;
        value["config"] = with_unread(self.raw, &config)?;
        let bytes = serde_json::to_vec(&value).map_err(broken)?;
        let (of_manifest, of_config, of_layer) = if request.docker_format {
            (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER)
        } else {
            (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
        };
        let part = |media_type: &str, digest: &Digest, size| Descriptor {
            media_type: media_type.to_owned(),
            digest: digest.clone(),
            size,
            urls: None,
            platform: None,
            annotations: None,
        };
        let mut layers = Vec::new();
        for id in &diff_ids {
            let size = if id == diff_id { tar_size } else { store.layer_meta(id)?.tar_size };
            layers.push(part(of_layer, id, size));
        }
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": of_manifest,
            "config": part(of_config, &sha256(&bytes), bytes.len() as u64),
            "layers": layers,
        });
        let manifest = serde_json::to_vec(&manifest).map_err(broken)?;
        Ok(Documents { manifest, media_type: of_manifest, config: bytes, configuration })
    }
}

/// The new `config` object, with those of the base's fields that rctr does not know.
fn with_unread(base: Value, config: &ImageConfig) -> Result<Value, OpsError> {
    const KNOWN: [&str; 11] = [
        "User",
        "Env",
        "Entrypoint",
        "Cmd",
        "WorkingDir",
        "Labels",
        "Volumes",
        "ExposedPorts",
        "StopSignal",
        "OnBuild",
        "Healthcheck",
    ];
    let mut all = match base {
        Value::Object(all) => all,
        _ => serde_json::Map::new(),
    };
    all.retain(|key, _| !KNOWN.contains(&key.as_str()));
    let own =
        serde_json::to_value(config).map_err(|error| ImageError::corrupt("image", error.to_string()))?;
    if let Value::Object(own) = own {
        all.extend(own);
    }
    Ok(Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_stays() {
        let base =
            serde_json::json!({"Shell": ["/bin/bash"], "User": "old", "Healthcheck": {"Test": ["NONE"]}});
        let config = ImageConfig { cmd: vec!["sh".into()], ..ImageConfig::default() };
        let merged = with_unread(base, &config).unwrap();
        assert_eq!(merged, serde_json::json!({"Shell": ["/bin/bash"], "Cmd": ["sh"]}));
        assert_eq!(with_unread(Value::Null, &config).unwrap(), serde_json::json!({"Cmd": ["sh"]}));
    }
}
