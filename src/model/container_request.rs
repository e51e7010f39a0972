//! What can be asked of containers that are there.

use super::limits::LimitTexts;
pub use super::process_request::{Condition, StatsRequest, TopRequest};

use super::exec_request::ExecRequest;
use super::files_request::{CommitRequest, CopyRequest, DiffRequest, ExportRequest};
use super::lifecycle::RestartPolicy;
pub use super::logs_request::LogsRequest;
use super::run_request::HealthRequest;

/// Which containers a verb is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Names, ids, beginnings of ids.
    pub names: Vec<String>,
    /// `-a`: every container that the verb makes sense for.
    pub all: bool,
    /// `-l`: the one that was made last.
    pub latest: bool,
    /// `-i`: what is not there is no error.
    pub ignore: bool,
    /// `--filter KEY=VALUE`: of these, or of all without names, only those that fit.
    pub filters: Vec<String>,
}

/// `rctr ps`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListContainersRequest {
    /// `-a`: also those that do not run.
    pub all: bool,
    /// `-n`: the so many that were made last, whatever their status.
    pub last: Option<usize>,
    /// `--filter KEY=VALUE`.
    pub filters: Vec<String>,
    /// `-s`: also what their files take.
    pub size: bool,
    /// `--ns`: also the namespaces of those that run.
    pub namespaces: bool,
}

/// `rctr rm`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoveContainersRequest {
    /// Which.
    pub which: Which,
    /// `-f`: stop those that run.
    pub force: bool,
    /// `--depend`: also those that use their namespaces.
    pub depend: bool,
    /// `-t`: how long to wait for one that is asked to stop.
    pub grace: Grace,
}

/// How long a container that was asked to stop may take before it is killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grace {
    /// As long as it was made with (`--stop-timeout`).
    #[default]
    Own,
    /// So many seconds.
    Seconds(u32),
    /// It is never killed (`-t -1`).
    Forever,
}

/// How a command line is attached to a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachRequest {
    /// stdin is passed on, where the container has one open.
    pub stdin: bool,
    /// The output is passed on.
    pub output: bool,
    /// Signals are handed on.
    pub sig_proxy: bool,
    /// `--detach-keys`.
    pub detach_keys: Vec<u8>,
}

/// `rctr start`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartRequest {
    /// Which.
    pub which: Which,
    /// `--filter KEY=VALUE`, with `--all`.
    pub filters: Vec<String>,
    /// `--attach` and `--interactive`: stay attached; to one container only.
    pub attach: Option<AttachRequest>,
}

/// `rctr update`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateRequest {
    /// Which.
    pub which: Which,
    /// `--restart`.
    pub restart: Option<RestartPolicy>,
    /// `--health-*`; none when nothing is asked of it.
    pub health: Option<HealthRequest>,
    /// `--memory` and the other limits.
    pub limits: LimitTexts,
}

/// Everything that can be asked of containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerRequest {
    /// Attach to one that runs.
    Attach {
        /// Its name or id.
        name: String,
        /// How.
        attach: AttachRequest,
    },
    /// Run another program in one.
    Exec(Box<ExecRequest>),
    /// Look at the health of one now.
    CheckHealth(String),
    /// Prepare some up to the point where their programs would be executed.
    Init(Which),
    /// Stop and start again; with `running` only those that run.
    Restart {
        /// Which.
        which: Which,
        /// How long to wait.
        grace: Option<Grace>,
        /// `--running`.
        running: bool,
    },
    /// Start some that do not run.
    Start(StartRequest),
    /// Change some settings.
    Update(Box<UpdateRequest>),
    /// Make an image of one.
    Commit(CommitRequest),
    /// Copy files into one, out of one, or from one to the other.
    Copy(CopyRequest),
    /// Tell what one has changed.
    Diff(DiffRequest),
    /// Write all files of one as a tar.
    Export(ExportRequest),
    /// List them.
    List(ListContainersRequest),
    /// All that is known of some.
    Inspect {
        /// Names and ids.
        which: Which,
        /// Also look among the images (`rctr inspect`).
        images: bool,
        /// `-s`: also what their files take.
        size: bool,
    },
    /// Show their output.
    Logs(LogsRequest),
    /// Is it there?
    Exists(String),
    /// Look after those that have ended.
    Cleanup {
        /// Which.
        which: Which,
        /// `--rm`: take them away.
        remove: bool,
        /// `--rmi`: take their images away too.
        remove_image: bool,
    },
    /// Take them away.
    Remove(RemoveContainersRequest),
    /// Take away those that do not run and fit all of these filters.
    Prune(Vec<String>),
    /// Send a signal.
    Kill {
        /// Which.
        which: Which,
        /// Its number.
        signal: i32,
    },
    /// Stop every process of them, until `Unpause`.
    Pause(Which),
    /// The ports that are published.
    Port {
        /// Which.
        which: Which,
        /// Only this one, as `PORT/PROTOCOL`.
        port: Option<String>,
    },
    /// Give one another name.
    Rename {
        /// Name or id.
        container: String,
        /// The new name.
        name: String,
    },
    /// What they use.
    Stats(StatsRequest),
    /// Ask to stop, then kill.
    Stop {
        /// Which.
        which: Which,
        /// How long to wait.
        grace: Grace,
    },
    /// Their processes.
    Top(TopRequest),
    /// Let them go on after `Pause`.
    Unpause(Which),
    /// Wait until one of the conditions holds; without any, for the end.
    Wait {
        /// Which.
        which: Which,
        /// For what.
        conditions: Vec<Condition>,
    },
}
