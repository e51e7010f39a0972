//! What a use case can fail with: the rooms' own errors, unchanged. Their hints and exit codes are in `cli::failure`.

use std::path::PathBuf;

use super::attach::AttachError;
use super::container::logs::LogsError;
use super::host::HostError;
use super::oci::RuntimeError;
use super::outcome::ContainerFailure;
use super::seccomp::SeccompError;
use crate::engine::{Failure, UsernsError};
use crate::image::ImageError;
use crate::model::{ContainerSpec, Digest, Reference};
use crate::registry::RegistryError;
use crate::spec::SpecError;
use crate::store::StoreError;
use crate::sys::SysError;
use crate::trust::TrustError;

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// The world cannot be read.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The request makes no container.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No user namespace.
    #[error(transparent)]
    Userns(#[from] UsernsError),
    /// No system call filter.
    #[error(transparent)]
    Seccomp(#[from] SeccompError),
    /// The attachment broke; the container goes on.
    #[error("cannot stay attached: {0}")]
    Attach(#[from] AttachError),
    /// A log cannot be read or written.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// A verb of the OCI runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The container did not start; nothing is left of it.
    #[error("cannot start {name}: {failure}")]
    Start {
        /// The container's name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// The container was not made; nothing is left of it.
    #[error("cannot create {name}: {failure}")]
    Create {
        /// The container's name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// A container that others use the namespaces of.
    #[error(
        "container {id} has dependent containers which must be removed before it: {dependents}: \
         container already exists"
    )]
    HasDependents {
        /// Whole id.
        id: String,
        /// Their whole ids.
        dependents: String,
    },
    /// A container that is prepared already, or runs.
    #[error("container {id} has already been created in runtime: container state improper")]
    Initialized {
        /// Whole id.
        id: String,
    },
    /// A container that cannot be started as it is.
    #[error("cannot start container {id} as it is {status}: container state improper")]
    NotStartable {
        /// Whole id.
        id: String,
        /// What it does.
        status: &'static str,
    },
    /// A program that did not run in a container.
    #[error("cannot execute in {name}: {failure}")]
    Exec {
        /// The container's name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// Something that only a running container can do (podman's words).
    #[error("{attempt}: container {id} is {status}: container state improper")]
    NotRunningFor {
        /// `you can only attach to running containers`.
        attempt: &'static str,
        /// Short id.
        id: String,
        /// What it does.
        status: &'static str,
    },
    /// `healthcheck run` of a container without one (podman's words).
    #[error("container {id} has no defined healthcheck")]
    NoHealthCheck {
        /// Whole id.
        id: String,
    },
    /// Nobody can work in the container's root file system.
    #[error("cannot look into {name}: {failure}")]
    Enter {
        /// The container as it was named.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// A path of a copy is not there (podman's words).
    #[error("{path:?} could not be found on {side}: no such file or directory")]
    NotFoundOn {
        /// As it was given.
        path: String,
        /// `the host` or `container NAME`.
        side: String,
    },
    /// Another path of a copy cannot be used.
    #[error("cannot copy {path:?} on {side}: {reason}")]
    CannotCopy {
        /// As it was given.
        path: String,
        /// `the host` or `container NAME`.
        side: String,
        /// The attempt and why.
        reason: String,
        /// The kernel's number; 0 where there is none.
        errno: i32,
    },
    /// What goes to a place of the user's, and not into the store, did not get there.
    #[error("{what}: {error}")]
    Output {
        /// `save to PATH`.
        what: String,
        /// Why.
        error: ImageError,
    },
    /// A container that was to share its namespaces does not run (podman's words).
    #[error("container {id} is not running: container state improper")]
    NotRunning {
        /// Short id.
        id: String,
    },
    /// `rm` without `-f` (podman's words).
    #[error(
        "cannot remove container {id} as it is {status} - running or paused containers cannot be removed without force: \
         container state improper"
    )]
    Running {
        /// Whole id.
        id: String,
        /// What it does.
        status: &'static str,
    },
    /// `container cleanup` of one that runs (podman's words).
    #[error("container {id} is running or paused, refusing to clean up: container state improper")]
    NotCleaned {
        /// Whole id.
        id: String,
    },
    /// A signal for a container that does not run (podman's words).
    #[error("can only kill running containers. {id} is in state {status}: container state improper")]
    NotKillable {
        /// Whole id.
        id: String,
        /// What it is instead.
        status: &'static str,
    },
    /// Stopping all processes of a container that does not run (podman's words).
    #[error("{status:?} is not running, can't pause: container state improper")]
    NotPausable {
        /// What it does instead.
        status: &'static str,
    },
    /// `pause` twice (podman's words).
    #[error("{id:?} is already paused: container state improper")]
    AlreadyPaused {
        /// Whole id.
        id: String,
    },
    /// `unpause` of what runs (podman's words).
    #[error("{id:?} is not paused, can't unpause: container state improper")]
    NotPaused {
        /// Whole id.
        id: String,
    },
    /// A container that makes processes faster than they are stopped.
    #[error(
        "cannot pause container {id}: {left} of its processes still ran in the end, so all of them go on"
    )]
    PauseEscaped {
        /// Whole id.
        id: String,
        /// How many.
        left: usize,
    },
    /// Processes that were killed and are still there: the kernel is busy for them, or they are another user's, or nobody
    /// waits for what is in their pid namespace.
    #[error("cannot end all processes of {container}: {pids} are still there")]
    Undying {
        /// As it was given.
        container: String,
        /// Their pids.
        pids: String,
    },
    /// A wait for the health of what has no check (podman's words).
    #[error("cannot use condition {condition:?}: container {id} has no healthcheck")]
    NoHealthToWaitFor {
        /// What was to be waited for.
        condition: &'static str,
        /// Whole id.
        id: String,
    },
    /// A wait for the health of what has ended (podman's words).
    #[error("container {id} is stopped: container is stopped")]
    Ended {
        /// Whole id.
        id: String,
    },
    /// The one container that a verb is about was not found, or not only it.
    #[error("{}", .0.message)]
    Chosen(ContainerFailure),
    /// Processes of what has none (podman's words).
    #[error("top can only be used on running containers")]
    NoProcesses,
    /// Another container has the name (podman's words).
    #[error(
        "renaming container {id}: name {name} already in use, cannot rename container {id}: container already exists"
    )]
    NameTaken {
        /// Whole id of the one that was to get it.
        id: String,
        /// The name.
        name: String,
    },
    /// A port that is not published (podman's words).
    #[error("failed to find published port {0:?}")]
    NoSuchPort(String),
    /// Neither a container nor an image has the name (podman's words).
    #[error("inspecting object: no such {kind}{name}")]
    NothingToInspect {
        /// What was looked for, as podman writes it.
        kind: &'static str,
        /// What was given.
        name: String,
    },
    /// There is no such container, but one of nearly that name.
    #[error("{error}")]
    Nearest {
        /// What is wrong.
        error: Box<OpsError>,
        /// The name that may have been meant.
        name: String,
    },
    /// The monitor was killed, and the container with it.
    #[error("the monitor of {name} was killed, and the container with it")]
    MonitorLost {
        /// The container's name.
        name: String,
    },
    /// An id file that is there already.
    #[error("{flag} {}: file exists: make sure the other container is not running, and remove it", .path.display())]
    FileExists {
        /// `--cidfile`.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The image cannot be given the owners of another id map.
    #[error("cannot prepare the image for this id map: {reason}")]
    MappedCopy {
        /// The attempt and why.
        reason: String,
    },
    /// A dead container cannot be removed.
    #[error("cannot remove what is left of container {id}: {reason}")]
    Sweep {
        /// Short id.
        id: String,
        /// Why.
        reason: String,
    },
    /// An image's bytes are refused.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A registry, or what is known of registries here.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The policy does not let an image in, or nobody can tell.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// An image cannot be had from its registry (podman's words).
    #[error("initializing source docker://{name}: {error}")]
    Pull {
        /// Its whole name.
        name: String,
        /// Why.
        error: Box<RegistryError>,
    },
    /// An image cannot be brought to a registry.
    #[error("pushing to docker://{name}: {error}")]
    Push {
        /// Its whole name there.
        name: String,
        /// Why.
        error: Box<RegistryError>,
    },
    /// `logout` of what another file than ours says (podman's words).
    #[error(
        "not logged into {registry} with current tool. Existing credentials were established via {place}"
    )]
    LoggedInElsewhere {
        /// The registry.
        registry: String,
        /// The file or helper.
        place: String,
    },
    /// A short name that none of several registries has (podman's words).
    #[error("{} errors occurred while pulling:{}", .0.len(), listed(.0))]
    PullSeveral(Vec<OpsError>),
    /// A program that `unshare` was to become.
    #[error("{program}: {}", crate::sys::describe(source))]
    Execute {
        /// As it was named.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A request that makes no sense.
    #[error("{0}")]
    BadRequest(String),
    /// An environment variable of rctr's that cannot be read.
    #[error("{name}={value}: want {want}")]
    BadVariable {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// What it should be.
        want: &'static str,
    },
    /// An archive would be read from a terminal.
    #[error("cannot read from a terminal: use redirection or {option}")]
    InputIsTerminal {
        /// What to give instead.
        option: &'static str,
    },
    /// An archive would be written to a terminal (podman's words).
    #[error("refusing to {what} to terminal. Use {instead} or redirect")]
    OutputIsTerminal {
        /// What was asked for.
        what: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// A layer that an older rctr unpacked: how its tar was made is not known.
    #[error("cannot give out layer {diff_id}: it was unpacked before rctr wrote down how its tar is made")]
    NoRecipe {
        /// Which one.
        diff_id: Digest,
    },
    /// `image mount`: the mount would be in a namespace that nobody else is in.
    #[error(
        "cannot mount image {image} where you would see it: that takes a user namespace of your shell's own"
    )]
    NoImageMount {
        /// As it was given.
        image: String,
    },
    /// A directory that would be filled.
    #[error("directory {} is not empty", .path.display())]
    NotEmpty {
        /// Which one.
        path: PathBuf,
    },
    /// `untag` of a name that the image does not have.
    #[error("{name}: tag not known: {image} has no such name")]
    NoSuchTag {
        /// The image as it was given.
        image: String,
        /// The name as it was given.
        name: String,
    },
}

fn listed(errors: &[OpsError]) -> String {
    errors.iter().map(|error| format!("\n * {error}")).collect()
}

impl OpsError {
    /// An image cannot be had from its registry.
    pub fn pull(name: &Reference, error: RegistryError) -> Self {
        Self::Pull { name: name.to_string(), error: Box::new(error) }
    }

    /// An image cannot be brought to a registry.
    pub fn push(name: &Reference, error: RegistryError) -> Self {
        Self::Push { name: name.to_string(), error: Box::new(error) }
    }

    /// The container did not start.
    pub fn start(spec: &ContainerSpec, failure: Failure) -> Self {
        Self::Start { name: spec.name.clone(), failure }
    }
}
