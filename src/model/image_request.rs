//! What can be asked of images.

use std::path::PathBuf;

pub use super::trust_request::{SignRequest, TrustRequest};

/// `rctr load`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadRequest {
    /// `-i`: a file or directory; stdin when absent.
    pub input: Option<PathBuf>,
    /// `--signature-policy`: another policy.json.
    pub signature_policy: Option<PathBuf>,
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
    /// `--signature-policy`: another policy.json.
    pub signature_policy: Option<PathBuf>,
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
    /// `--filter KEY=VALUE`.
    pub filters: Vec<String>,
}

/// How images are saved (podman-save(1)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaveFormat {
    /// What `docker load` takes.
    #[default]
    DockerArchive,
    /// skopeo's `dir:`, with a manifest of docker's type.
    DockerDir,
    /// An OCI layout in a tar.
    OciArchive,
    /// An OCI layout.
    OciDir,
}

impl SaveFormat {
    /// Is it a directory, and no file?
    pub fn is_directory(self) -> bool {
        matches!(self, Self::DockerDir | Self::OciDir)
    }
}

/// `rctr save`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveRequest {
    /// Names and ids.
    pub images: Vec<String>,
    /// `--format`.
    pub format: SaveFormat,
    /// `-o`; stdout when absent.
    pub output: Option<PathBuf>,
    /// `--compress`: pack the layers of a docker-dir.
    pub compress: bool,
    /// `--uncompressed`: do not pack the layers of the OCI formats.
    pub uncompressed: bool,
    /// `-m`: every word is an image.
    pub multi: bool,
}

impl SaveRequest {
    /// Are layers packed with gzip?
    pub fn packs(&self) -> bool {
        match self.format {
            SaveFormat::DockerArchive => false,
            SaveFormat::DockerDir => self.compress,
            SaveFormat::OciArchive | SaveFormat::OciDir => !self.uncompressed,
        }
    }
}

/// `rctr bundle`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleRequest {
    /// Name or id.
    pub image: String,
    /// Where to.
    pub directory: PathBuf,
    /// What follows the directory on the command line.
    pub command: Vec<String>,
    /// `--tty`.
    pub terminal: bool,
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
    /// How one came about.
    History(String),
    /// The layers of one.
    Tree {
        /// Name or id.
        image: String,
        /// Also those that others have on top of it.
        above: bool,
    },
    /// Show its files at a place of the file system.
    Mount(String),
    /// What its topmost layer adds.
    Diff(String),
    /// Unpack one for other runtimes.
    Bundle(BundleRequest),
    /// Write them into an archive.
    Save(SaveRequest),
    /// Say or change who is trusted.
    Trust(TrustRequest),
    /// Sign some of a registry's.
    Sign(SignRequest),
}
