//! What the OCI runtime command line asks for (runtime-spec runtime.md, "Operations", and runc's further verbs).

use std::path::PathBuf;

/// One verb, and where containers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciRequest {
    /// `--root`.
    pub root: Option<PathBuf>,
    /// What to do.
    pub verb: OciVerb,
}

/// The verbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OciVerb {
    /// Make a container up to the point where its program would be executed.
    Create(OciCreate),
    /// The same, and start it.
    Run {
        /// What is made.
        create: OciCreate,
        /// Leave it to the caller when its program runs.
        detach: bool,
        /// Leave its record when it has ended.
        keep: bool,
    },
    /// Execute its program.
    Start(String),
    /// Tell how it is.
    State(String),
    /// Send a signal.
    Kill {
        /// The container.
        id: String,
        /// Which.
        signal: i32,
        /// To all of its processes.
        all: bool,
    },
    /// Take it away.
    Delete {
        /// The container.
        id: String,
        /// Kill it first; fine when there is none.
        force: bool,
    },
    /// Tell how all are.
    List,
    /// The pids of its processes.
    Processes(String),
    /// Run another program in it.
    Exec(Box<OciExec>),
    /// Write a `config.json` to start from.
    Spec {
        /// The directory, instead of the working directory.
        bundle: Option<PathBuf>,
    },
    /// Tell what is supported (runtime-spec features.md).
    Features,
}

/// `create` and `run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciCreate {
    /// The container's name.
    pub id: String,
    /// The bundle, instead of the working directory.
    pub bundle: Option<PathBuf>,
    /// Its configuration, instead of the bundle's `config.json`.
    pub config: Option<PathBuf>,
    /// Where its pid is written.
    pub pid_file: Option<PathBuf>,
    /// The socket that takes the master of its terminal.
    pub console_socket: Option<PathBuf>,
    /// So many descriptors after 2 are handed on.
    pub preserve_fds: u32,
    /// Stay in the caller's session keyring.
    pub keep_keyring: bool,
}

/// `exec`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciExec {
    /// The container.
    pub id: String,
    /// What runs.
    pub process: OciProcess,
    /// Leave it to the caller when it runs.
    pub detach: bool,
    /// Where its pid is written.
    pub pid_file: Option<PathBuf>,
    /// The socket that takes the master of its terminal.
    pub console_socket: Option<PathBuf>,
}

/// Another program in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciProcess {
    /// A file with a whole `process`, in the place of the container's.
    pub file: Option<PathBuf>,
    /// Program and arguments, in the place of what that has.
    pub args: Vec<String>,
    /// More of the environment.
    pub env: Vec<String>,
    /// Working directory.
    pub cwd: Option<String>,
    /// `UID[:GID]` in numbers.
    pub user: Option<String>,
    /// More groups.
    pub groups: Vec<u32>,
    /// More capabilities, by name.
    pub capabilities: Vec<String>,
    /// A terminal of its own.
    pub terminal: bool,
    /// No new privileges.
    pub no_new_privileges: bool,
    /// So many descriptors after 2 are handed on.
    pub preserve_fds: u32,
}
