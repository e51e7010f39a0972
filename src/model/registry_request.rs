//! What can be asked of registries.

use std::path::PathBuf;

/// How a registry is reached, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryAccess {
    /// `--authfile`.
    pub authfile: Option<PathBuf>,
    /// `--creds`: name and password.
    pub credentials: Option<(String, String)>,
    /// `--cert-dir`.
    pub cert_dir: Option<PathBuf>,
    /// `--tls-verify`; absent is what registries.conf says.
    pub tls_verify: Option<bool>,
    /// `--retry`: how often what failed is tried again.
    pub retry: Option<u32>,
    /// `--retry-delay` in milliseconds; absent is longer each time.
    pub retry_delay_ms: Option<u64>,
}

/// The platform that an image is to be for; what is absent is this machine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformRequest {
    /// `--os`.
    pub os: Option<String>,
    /// `--arch`.
    pub architecture: Option<String>,
    /// `--variant`.
    pub variant: Option<String>,
}

impl PlatformRequest {
    /// Nothing was said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// When a registry is asked for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Every time.
    Always,
    /// When the image is not here.
    #[default]
    Missing,
    /// Never: it must be here.
    Never,
    /// Every time, and what is here will do when the registry has no other or does not answer.
    Newer,
}

/// How much is shown while something is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// Lines that move on a terminal, else nothing.
    #[default]
    Auto,
    /// A line for each thing that is done.
    Plain,
    /// A JSON object a line, several times a second.
    Json,
    /// Nothing.
    None,
}

/// How images are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullOptions {
    /// `--policy`, or `--pull` of `run`.
    pub policy: PullPolicy,
    /// How to get in.
    pub access: RegistryAccess,
    /// `--platform` and its parts.
    pub platform: PlatformRequest,
    /// `-q`.
    pub quiet: bool,
    /// `--progress`.
    pub progress: ProgressMode,
    /// `--signature-policy`: another policy.json.
    pub signature_policy: Option<PathBuf>,
}

/// `rctr pull`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Names, with a transport or without.
    pub names: Vec<String>,
    /// `-a`: every tag of them.
    pub all_tags: bool,
    /// How.
    pub options: PullOptions,
}

/// What kind of manifest leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestFormat {
    /// OCI's.
    Oci,
    /// Docker's, version 2 schema 2.
    Docker,
}

/// How layers that leave are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
}

/// How images leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushOptions {
    /// How to get in.
    pub access: RegistryAccess,
    /// `--format`; absent is the kind that the image has here.
    pub format: Option<ManifestFormat>,
    /// `--compression-format`.
    pub compression: Option<Compression>,
    /// `--compression-level`.
    pub level: Option<u32>,
    /// `--force-compression`: layers that the registry has with another packing do not count.
    pub force: bool,
    /// `-q`.
    pub quiet: bool,
    /// `--progress`.
    pub progress: ProgressMode,
    /// `--digestfile`.
    pub digest_file: Option<PathBuf>,
}

/// `rctr push`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushRequest {
    /// Name or id of an image or of a list of them.
    pub image: String,
    /// Where to, with a transport or without; absent is the image's own name.
    pub destination: Option<String>,
    /// How.
    pub options: PushOptions,
}

/// `rctr search`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// A word, with a registry before it or without; for tags a repository.
    pub term: String,
    /// `--limit`.
    pub limit: Option<usize>,
    /// `--list-tags`.
    pub tags: bool,
    /// `--filter`.
    pub filters: Vec<String>,
    /// How to get in.
    pub access: RegistryAccess,
}

/// `rctr login`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginRequest {
    /// A registry, or a repository of one; absent is the first that short names are looked for in.
    pub registry: Option<String>,
    /// `-u`.
    pub user: Option<String>,
    /// `-p`, or what was read for `--password-stdin`.
    pub password: Option<String>,
    /// How to get in, and where to keep it.
    pub access: RegistryAccess,
}

/// `rctr logout`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutRequest {
    /// As for login.
    pub registry: Option<String>,
    /// `-a`: all of them.
    pub all: bool,
    /// `--authfile`.
    pub authfile: Option<PathBuf>,
}

/// Everything that can be asked of registries, but for what images there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryRequest {
    /// Fetch images.
    Pull(PullRequest),
    /// Bring an image to a registry or into a file.
    Push(PushRequest),
    /// Look for images.
    Search(SearchRequest),
    /// Say who we are.
    Login(LoginRequest),
    /// Who are we?
    GetLogin(LoginRequest),
    /// Forget who we are.
    Logout(LogoutRequest),
}
