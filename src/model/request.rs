//! What a front end asks for: one variant a verb. Typed, nothing looked up and nothing decided yet.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use super::container_request::ContainerRequest;
pub use super::image_request::ImageRequest;
pub use super::manifest_request::ManifestRequest;
use super::moment::Moment;
use super::oci_request::OciRequest;
pub use super::registry_request::RegistryRequest;
pub use super::run_request::RunRequest;
pub use super::system_request::SystemRequest;

/// One use case with everything the user said about it. `ops::execute` is the one door to its effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Make a container and leave it.
    Create(Box<RunRequest>),
    /// Make a container and run it.
    Run(Box<RunRequest>),
    /// Look at what this machine can do.
    Doctor,
    /// Something about images.
    Image(ImageRequest),
    /// Something about containers that are there.
    Container(ContainerRequest),
    /// Something about lists of images.
    Manifest(ManifestRequest),
    /// Something about registries.
    Registry(RegistryRequest),
    /// Tell about the host and the store.
    Info,
    /// Something about the store as a whole.
    System(SystemRequest),
    /// A verb of the OCI runtime command line.
    Oci(Box<OciRequest>),
    /// Run a program in the default user namespace: it and its arguments, or a shell.
    Unshare(Vec<String>),
    /// Tell the version.
    Version,
}

/// `rctr events`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsRequest {
    /// `--filter KEY=VALUE`.
    pub filters: Vec<String>,
    /// `--since`.
    pub since: Option<Moment>,
    /// `--until`.
    pub until: Option<Moment>,
    /// `--stream`: go on with what happens from now on.
    pub stream: bool,
}

/// Options of every verb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlobalOptions {
    /// `--root`: the data directory instead of `$XDG_DATA_HOME/rctr`.
    pub root: Option<PathBuf>,
    /// `--log-level`.
    pub log_level: LogLevel,
}

/// How much is told on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// And what rctr had to do otherwise than asked.
    #[default]
    Warn,
    /// And what happens.
    Info,
    /// And every step with its time.
    Debug,
}
