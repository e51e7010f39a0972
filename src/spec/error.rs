//! Why a request cannot become a container: each variant quotes what was asked for.

/// A request that makes no container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A flag's text that does not parse, or that asks for what cannot be.
    #[error("invalid {flag} {text:?}: {why}")]
    Flag {
        /// The flag with its dashes.
        flag: &'static str,
        /// What was given.
        text: String,
        /// What is wrong with it, quoting the part.
        why: String,
    },
    /// Two flags that contradict each other.
    #[error("{0} and {1} cannot be used together: {2}")]
    Conflict(&'static str, &'static str, &'static str),
    /// Nothing to run (podman's words).
    #[error("no command or entrypoint provided, and no CMD or ENTRYPOINT from image")]
    NoCommand,
    /// C strings end at a NUL.
    #[error("the {what} {text:?} holds a NUL byte")]
    Nul {
        /// What kind of text.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A value of the image's configuration that cannot be used.
    #[error("the image's {field} is no use: {why}")]
    Image {
        /// Its Dockerfile word.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Two mounts at one place (podman's words).
    #[error("{0}: duplicate mount destination")]
    DuplicateMount(String),
    /// An image that is not in the store (podman's words).
    #[error("{0}: image not known")]
    NoSuchImage(String),
    /// A container that a namespace was to be shared with (podman's words).
    #[error("no container with name or ID {0:?} found: no such container")]
    NoSuchContainer(String),
    /// A file that names hosts cannot be made.
    #[error("invalid {0}")]
    Hosts(String),
    /// A health check that checks nothing.
    #[error("cannot check the container's health: {0}")]
    Health(&'static str),
    /// Ids that are not there.
    #[error("cannot map ids: {0}")]
    Ids(String),
}

impl SpecError {
    /// A flag's text that does not parse.
    pub fn flag(flag: &'static str, text: &str, why: impl Into<String>) -> Self {
        Self::Flag { flag, text: text.chars().take(200).collect(), why: why.into() }
    }
}
