//! What can be asked of the files of containers and images.

use std::path::PathBuf;

/// `rctr cp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    /// From where.
    pub source: CopyEnd,
    /// To where.
    pub destination: CopyEnd,
    /// Owners stay as they are at the source; else a copy belongs to the container's user, or to the caller.
    pub keep_owners: bool,
    /// Directories give way to files, and files to directories.
    pub overwrite: bool,
}

/// One side of a copy; never both are outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyEnd {
    /// A path of the host.
    Host(PathBuf),
    /// A path of a container.
    Container {
        /// Name or id.
        name: String,
        /// Counted from its root.
        path: String,
    },
    /// A tar on stdin or stdout.
    Stream,
}

/// `rctr diff`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRequest {
    /// Name or id of a container, else of an image.
    pub object: String,
    /// Take the container that was made last instead.
    pub latest: bool,
    /// Only among containers (`rctr container diff`).
    pub containers_only: bool,
}

/// `rctr export`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// Name or id.
    pub container: String,
    /// Where to; stdout when absent.
    pub output: Option<PathBuf>,
}

/// `rctr commit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitRequest {
    /// Name or id.
    pub container: String,
    /// What to call the image.
    pub image: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// The comment of its history.
    pub message: Option<String>,
    /// Dockerfile instructions.
    pub changes: Vec<String>,
    /// docker's media types instead of OCI's.
    pub docker_format: bool,
    /// Processes of the container rest meanwhile.
    pub pause: bool,
    /// One layer of everything.
    pub squash: bool,
    /// Where to write the image's id.
    pub iidfile: Option<PathBuf>,
    /// The places of its volumes become VOLUMEs of the image.
    pub include_volumes: bool,
}
