//! What a use case gives back, one variant a kind of result. How it is shown is the front end's.

use std::collections::BTreeMap;

use super::container::seen::SeenContainer;
pub use super::image_inspect::ImageDetails;
use super::system::{CheckReport, DiskUsage, Pruned};
pub use super::trust::TrustLine;
use crate::doctor::Finding;
use crate::model::{Change, ContainerId, Digest};

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A program ran and ended with this code (128+n for signal n).
    Exit(u8),
    /// Text that is the whole result (`--dry-run`).
    Text(String),
    /// An object of podman's fields.
    Facts(serde_json::Value),
    /// What the doctor found.
    Findings(Vec<Finding>),
    /// It was done and there is nothing to tell.
    Done,
    /// Images that came out of an archive, and what was left out of them.
    Loaded {
        /// In the order of the archive.
        images: Vec<LoadedImage>,
        /// One sentence each.
        notices: Vec<String>,
    },
    /// An image made of a tarball.
    Imported {
        /// The image.
        id: Digest,
        /// One sentence each.
        notices: Vec<String>,
    },
    /// Images that came from registries or archives.
    Pulled {
        /// In the order in which they were asked for.
        ids: Vec<Digest>,
        /// One sentence each.
        notices: Vec<String>,
    },
    /// The manifest that an image has where it was pushed.
    Pushed(Digest),
    /// Images of registries.
    Found(Vec<FoundImage>),
    /// The tags of a repository.
    Tags {
        /// `docker.io/library/busybox`.
        name: String,
        /// As the registry has them.
        tags: Vec<String>,
    },
    /// The registry knows us now.
    LoggedIn {
        /// What the credentials are kept under.
        registry: String,
        /// Where: a file or a helper.
        place: String,
        /// They were kept before, and are good still.
        already: bool,
    },
    /// To log in takes a name and a password.
    WantsPassword {
        /// The registry.
        registry: String,
        /// The name, when it is known.
        user: Option<String>,
        /// What was kept is no good any more.
        stale: bool,
    },
    /// Images, in the order to show them.
    Images(Vec<ImageSummary>),
    /// All about images.
    ImageDetails(Vec<ImageDetails>),
    /// Who is trusted.
    Trust {
        /// A line each, the default first.
        lines: Vec<TrustLine>,
        /// What the user should know besides.
        notices: Vec<String>,
    },
    /// How an image came about, the last step first.
    ImageHistory(Vec<HistoryStep>),
    /// The layers of an image.
    ImageTree(ImageTree),
    /// What `rmi` did.
    RemovedImages(RemovedImages),
    /// What `image prune` took away.
    PrunedImages(Vec<Digest>),
    /// What differs, parents before what is in them.
    Changes(Vec<Change>),
    /// An image made of a container.
    Committed {
        /// The image.
        id: Digest,
        /// One sentence each.
        notices: Vec<String>,
    },
    /// Files were copied; one sentence each on what was left out.
    Copied(Vec<String>),
    /// Containers, the oldest first.
    Containers(Vec<ListedContainer>),
    /// What a check of the store found.
    Checked(CheckReport),
    /// How much room things take.
    DiskUsage(Box<DiskUsage>),
    /// What `system prune` took away.
    Pruned(Pruned),
    /// What `rm`, `stop`, `kill` and `wait` did.
    DoneToContainers(DoneToContainers),
    /// What containers use now.
    Stats {
        /// Those that run.
        samples: Vec<ContainerSample>,
        /// What failed.
        failures: Vec<ContainerFailure>,
    },
    /// Processes: a line of cells each, the first one with the headings, if there are to be any.
    Processes(Vec<Vec<String>>),
    /// All about containers and images, and what was not found.
    Inspected {
        /// One object each.
        objects: Vec<serde_json::Value>,
        /// What failed.
        failures: Vec<ContainerFailure>,
    },
}

/// An image that is in the store now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedImage {
    /// The image.
    pub id: Digest,
    /// The names that the archive gave it.
    pub names: Vec<String>,
}

/// An image that a registry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundImage {
    /// The registry.
    pub index: String,
    /// With the registry.
    pub name: String,
    /// Its first words.
    pub description: String,
    /// How many people like it.
    pub stars: u64,
    /// The registry looks after it itself.
    pub official: bool,
    /// The registry builds it itself.
    pub automated: bool,
}

/// One image in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSummary {
    /// Digest of its configuration.
    pub id: Digest,
    /// Digest that its registry gave for it, else of its manifest.
    pub digest: Digest,
    /// Whole names; none when it is dangling. One with a digest only when there is none with a tag.
    pub names: Vec<String>,
    /// Its repositories, each with the digests that they know it by.
    pub digests: Vec<String>,
    /// As its configuration says it (RFC 3339).
    pub created: Option<String>,
    /// The same in milliseconds since the epoch; 0 when it does not say.
    pub created_ms: i64,
    /// Bytes of file content.
    pub size: u64,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// How many containers were made from it.
    pub containers: u64,
}

/// A step of an image's making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryStep {
    /// The image as it was after it, if that is one here.
    pub id: Option<Digest>,
    /// As its configuration says it (RFC 3339).
    pub created: Option<String>,
    /// The same in milliseconds since the epoch.
    pub created_ms: Option<i64>,
    /// The instruction.
    pub created_by: String,
    /// Free text.
    pub comment: String,
    /// Bytes of file content that it added.
    pub size: u64,
    /// The image's names.
    pub tags: Vec<String>,
}

/// An image's layers, and those on top of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageTree {
    /// The image.
    pub id: Digest,
    /// Its names.
    pub names: Vec<String>,
    /// Bytes of file content.
    pub size: u64,
    /// Those of layers that no other image has.
    pub unique: u64,
    /// Its own first, the lowest first; then what others have above.
    pub layers: Vec<TreeLayer>,
}

/// One layer of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeLayer {
    /// Digest of its tar.
    pub id: Digest,
    /// Bytes of file content.
    pub size: u64,
    /// How many layers there are up to it, itself among them.
    pub depth: usize,
    /// Images whose topmost layer it is.
    pub top_of: Vec<String>,
    /// Other images that have it.
    pub shared_with: Vec<String>,
}

/// What `rmi` did and did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovedImages {
    /// Names that are gone.
    pub untagged: Vec<String>,
    /// Images that are gone.
    pub deleted: Vec<Digest>,
    /// What stays, and why.
    pub failures: Vec<ImageFailure>,
}

/// An image that was not removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFailure {
    /// The kind of reason (podman-rmi(1) has an exit code for each).
    pub why: WhyNot,
    /// The reason.
    pub message: String,
}

/// One container in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContainer {
    /// The container.
    pub seen: SeenContainer,
    /// What its files take, if that was asked for and could be told.
    pub size: Option<ContainerSize>,
    /// The numbers of its namespaces by their names in procfs, if they were asked for and it runs.
    pub namespaces: BTreeMap<&'static str, u64>,
}

/// Bytes of file content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerSize {
    /// What the container has written.
    pub writable: u64,
    /// That and its image.
    pub whole: u64,
}

/// What a container uses at one moment. Bytes and nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSample {
    /// Its identity.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// All its processes are stopped.
    pub paused: bool,
    /// When this was, since boot.
    pub taken: u64,
    /// How long its first process has lived.
    pub age: u64,
    /// Processor time.
    pub cpu: u64,
    /// Of that in the kernel.
    pub cpu_system: u64,
    /// Memory.
    pub memory: u64,
    /// How much it may have.
    pub memory_limit: u64,
    /// Received from the network.
    pub net_in: u64,
    /// Sent to the network.
    pub net_out: u64,
    /// Read from disks.
    pub block_in: u64,
    /// Written to disks.
    pub block_out: u64,
    /// How many processes and threads.
    pub pids: u64,
}

/// What was done to containers, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoneToContainers {
    /// One line each: the container as it was named, or what is known of it now.
    pub done: Vec<String>,
    /// One sentence each.
    pub notices: Vec<String>,
    /// What failed.
    pub failures: Vec<ContainerFailure>,
}

/// A container to which something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFailure {
    /// The kind of reason (podman-rm(1) has an exit code for each).
    pub why: WhyNot,
    /// The reason.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
}

/// Why an image or a container was not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// There is none.
    Missing,
    /// A container needs it; the container runs.
    InUse,
    /// It has several names and was asked for by id.
    ManyNames,
    /// Something failed.
    Other,
}
