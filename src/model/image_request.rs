//! What can be asked of images.

use std::path::PathBuf;

/// `rctr load`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadRequest {
    /// `-i`: a file or directory; stdin when absent.
    pub input: Option<PathBuf>,
}

/// `rctr import`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportRequest {
    /// The tarball; stdin when absent (`-`).
    pub input: Option<PathBuf>,
    /// What to call the image.
    pub reference: Option<String>,
    /// `-c`: Dockerfile instructions.
    pub changes: Vec<String>,
    /// `-m`: the history's comment.
    pub message: Option<String>,
}

/// `rctr images`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListImagesRequest {
    /// Only this repository, or repository and tag.
    pub name: Option<String>,
    /// `--filter KEY=VALUE`.
    pub filters: Vec<String>,
}

/// `rctr rmi`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoveImagesRequest {
    /// Names and ids.
    pub images: Vec<String>,
    /// `-a`: every image.
    pub all: bool,
    /// `-f`: an id with several names, all of them.
    pub force: bool,
    /// `-i`: what is not there is no error.
    pub ignore: bool,
}

/// `rctr image prune`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PruneImagesRequest {
    /// `-a`: also images with a name, if no container was made from them.
    pub all: bool,
}

/// Everything that can be asked of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageRequest {
    /// Take images out of an archive.
    Load(LoadRequest),
    /// Make an image of a tarball.
    Import(ImportRequest),
    /// List them.
    List(ListImagesRequest),
    /// All that is known of some.
    Inspect(Vec<String>),
    /// Is it there?
    Exists(String),
    /// Give more names to the first.
    Tag {
        /// Name or id.
        image: String,
        /// New names.
        names: Vec<String>,
    },
    /// Take names away.
    Untag {
        /// Name or id.
        image: String,
        /// Which of its names; all when empty.
        names: Vec<String>,
    },
    /// Take them away.
    Remove(RemoveImagesRequest),
    /// Take away what nothing needs.
    Prune(PruneImagesRequest),
}
