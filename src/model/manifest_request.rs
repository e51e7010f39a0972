//! What can be asked of lists of images (podman's manifest lists, OCI's image indexes).

use super::registry_request::{PlatformRequest, PushOptions, RegistryAccess};

/// What is said of an image in a list beyond what it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryChange {
    /// `--os`, `--arch`, `--variant`.
    pub platform: PlatformRequest,
    /// `--os-version`.
    pub os_version: Option<String>,
    /// `--features`.
    pub features: Vec<String>,
    /// `--os-features`.
    pub os_features: Vec<String>,
    /// `--annotation`.
    pub annotations: Vec<(String, String)>,
}

/// Images for a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddImages {
    /// Names, ids, or `docker://` names.
    pub images: Vec<String>,
    /// `--all`: of another list all of its images.
    pub all: bool,
    /// What to say of them.
    pub change: EntryChange,
    /// How to get at those of registries.
    pub access: RegistryAccess,
}

/// Everything that can be asked of lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestRequest {
    /// Make one.
    Create {
        /// Its name.
        list: String,
        /// `--amend`: one that is there will do.
        amend: bool,
        /// Of the list itself.
        annotations: Vec<(String, String)>,
        /// What goes into it.
        add: AddImages,
    },
    /// Put images into one.
    Add {
        /// Its name or id.
        list: String,
        /// Which.
        add: AddImages,
    },
    /// Say more of an image in one, or of the list itself.
    Annotate {
        /// Its name or id.
        list: String,
        /// A digest, or the name of an image here; none for the list itself.
        image: Option<String>,
        /// What.
        change: EntryChange,
    },
    /// Show one, here or in a registry.
    Inspect {
        /// Its name.
        list: String,
        /// How to get at one of a registry.
        access: RegistryAccess,
    },
    /// Is it there?
    Exists(String),
    /// Take images out of one.
    Remove {
        /// Its name or id.
        list: String,
        /// Digests.
        digests: Vec<String>,
    },
    /// Take lists away.
    Delete(Vec<String>),
    /// Bring one to a registry.
    Push {
        /// Its name or id.
        list: String,
        /// Where to; absent is its own name.
        destination: Option<String>,
        /// `--all`: its images too.
        all: bool,
        /// `--rm`: take it away here when it is there.
        remove: bool,
        /// How.
        options: PushOptions,
    },
}
