//! What can go wrong with the store. The words that podman and docker have for it, where scripts look for them.

use std::path::PathBuf;

use crate::model::reference::ReferenceError;
use crate::sys::SysError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No name, id or digest in the store fits.
    #[error("no such image: {0}: image not known")]
    NoSuchImage(String),
    /// A short id fits several images.
    #[error("image id {text:?} is ambiguous: {}", .ids.join(", "))]
    AmbiguousId {
        /// What was given.
        text: String,
        /// The short ids that it fits.
        ids: Vec<String>,
    },
    /// A text that no image can have as its name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A container was made from the image.
    #[error("image used by {container}: image is in use by a container: {image}")]
    ImageInUse {
        /// Name or id as it was given.
        image: String,
        /// Id of one container.
        container: String,
    },
    /// No container has such a name or id (podman's words).
    #[error("no container with name or ID {0:?} found: no such container")]
    NoSuchContainer(String),
    /// A short id fits several containers.
    #[error("more than one result for container ID {text:?}: {}: container not unique", .found.join(", "))]
    AmbiguousContainer {
        /// What was given.
        text: String,
        /// Short id and name of each that it fits.
        found: Vec<String>,
    },
    /// Another container has the name.
    #[error(
        "the container name {name:?} is already in use by {id}. You have to remove that container to be able to reuse \
         that name: that name is already in use"
    )]
    NameInUse {
        /// The name.
        name: String,
        /// Its holder.
        id: String,
    },
    /// Asked to remove by id what has several names.
    #[error(
        "unable to delete image {id:?} by id with more than one tag ({}): please force removal", .names.join(" ")
    )]
    ManyNames {
        /// The short id.
        id: String,
        /// Its names.
        names: Vec<String>,
    },
    /// A file of the store does not hold what it must.
    #[error("damaged store: {}: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store has another format.
    #[error("the store has format {found:?}, this rctr reads format 1: {}", .path.display())]
    Version {
        /// The file that says so.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// A system call failed.
    #[error(transparent)]
    Sys(#[from] SysError),
}
