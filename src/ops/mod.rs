//! Use cases, one file a noun; the only callers of store, image and engine.

mod access;
pub mod attach;
mod bundle;
mod cgroups;
mod container;
mod doctor;
mod error;
mod events;
pub mod host;
mod image_history;
mod image_inspect;
mod image_tree;
mod images;
mod import;
mod info;
mod install;
mod load;
mod login;
mod manifest;
mod names;
pub mod oci;
mod outcome;
mod output_file;
mod progress;
mod prunable;
mod pull;
mod push;
mod rmi;
mod run;
mod save;
mod search;
pub mod seccomp;
pub mod sweep;
mod system;
mod tag;
mod trust;
mod unpack;
mod unshare;

pub use container::seen::{Phase, SeenContainer};
pub use error::OpsError;
pub use events::events;
pub use names::{container_names, image_names, list_names};
pub use outcome::{
    ContainerFailure, ContainerSample, ContainerSize, DoneToContainers, FoundImage, HistoryStep,
    ImageDetails, ImageFailure, ImageSummary, ImageTree, ListedContainer, LoadedImage, Outcome,
    RemovedImages, TreeLayer, TrustLine, WhyNot,
};
pub use system::{CheckReport, ContainerUsage, DiskUsage, FoundProblem, ImageUsage, Pruned, VolumeUsage};

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::engine::{UsernsError, run_mapped};
use crate::model::image_request::ImageRequest;
use crate::model::registry_request::RegistryRequest;
use crate::model::{Action, ContainerSpec, Digest, Event, HostFacts, Request};
use crate::spec::idmaps;
use crate::store::Store;

/// What a use case works with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The world, read once.
    pub host: HostFacts,
}

/// Runs `work` as whoever owns the store's files: as root of the default id map, or directly as real root.
fn run_as_owner<T, E>(ctx: &Context, work: impl FnOnce() -> Result<T, E>) -> Result<Result<T, E>, UsernsError>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
{
    if ctx.host.uid == 0 && !ctx.host.single_id_root {
        return Ok(work());
    }
    run_mapped(&idmaps::default_maps(&ctx.host), &ctx.host, work)
}

/// The one door to effects: whatever the front end, this is where a request is done.
pub fn execute(ctx: &Context, request: Request) -> Result<Outcome, OpsError> {
    match request {
        Request::Create(request) => run::create(ctx, &request),
        Request::Run(request) => run::run(ctx, &request),
        Request::Doctor => Ok(doctor::doctor(ctx)),
        Request::Info => Ok(Outcome::Facts(info::info(ctx)?)),
        Request::System(request) => system::execute(ctx, &request),
        Request::Oci(request) => oci::execute(ctx, &request),
        Request::Unshare(command) => unshare::unshare(ctx, &command),
        Request::Version => Ok(Outcome::Facts(info::version(&ctx.host.machine))),
        Request::Image(request) => image(ctx, request),
        Request::Manifest(request) => manifest::execute(ctx, request),
        Request::Registry(request) => registry(ctx, request),
        Request::Container(request) => container::execute(ctx, &request),
    }
}

fn image(ctx: &Context, request: ImageRequest) -> Result<Outcome, OpsError> {
    match request {
        ImageRequest::Load(request) => load::load(ctx, &request),
        ImageRequest::Import(request) => import::import(ctx, &request),
        ImageRequest::List(request) => images::list(ctx, &request),
        ImageRequest::Inspect(names) => image_inspect::inspect(ctx, &names),
        ImageRequest::Exists(name) => images::exists(ctx, &name),
        ImageRequest::Tag { image, names } => tag::tag(ctx, &image, &names),
        ImageRequest::Untag { image, names } => tag::untag(ctx, &image, &names),
        ImageRequest::Remove(request) => rmi::remove(ctx, &request),
        ImageRequest::Prune(request) => rmi::prune(ctx, &request),
        ImageRequest::History(name) => image_history::history(ctx, &name),
        ImageRequest::Tree { image, above } => image_tree::tree(ctx, &image, above),
        ImageRequest::Mount(name) => {
            Store::open(&ctx.host.dirs)?.find_image(&name)?;
            Err(OpsError::NoImageMount { image: name })
        }
        ImageRequest::Diff(name) => container::diff_image(ctx, &name),
        ImageRequest::Bundle(request) => bundle::bundle(ctx, &request),
        ImageRequest::Save(request) => save::save(ctx, &request),
        ImageRequest::Trust(request) => trust::trust(ctx, &request),
        ImageRequest::Sign(request) => trust::sign(ctx, &request),
    }
}

fn registry(ctx: &Context, request: RegistryRequest) -> Result<Outcome, OpsError> {
    match request {
        RegistryRequest::Pull(request) => pull::pull(ctx, &request),
        RegistryRequest::Push(request) => push::push(ctx, &request),
        RegistryRequest::Search(request) => search::search(ctx, &request),
        RegistryRequest::Login(request) => login::login(ctx, &request),
        RegistryRequest::GetLogin(request) => login::get_login(ctx, &request),
        RegistryRequest::Logout(request) => login::logout(ctx, &request),
    }
}

/// Writes down what happened to a container, now.
fn happened(store: &Store, action: Action, spec: &ContainerSpec) {
    store.record_event(&Event::container(Timestamp::now(), action, spec));
}

/// Writes down what happened to an image, now.
fn happened_to_image(store: &Store, action: Action, id: &Digest, name: &str) {
    store.record_event(&Event::image(Timestamp::now(), action, id, name));
}

/// Now, in milliseconds since the epoch.
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
