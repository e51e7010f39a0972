//! Flags and verbs, the requests they make, and lists as tables.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::Value;

use crate::cli::Failure;
use crate::model::OciVerb;
use crate::model::oci_request::{OciCreate, OciExec, OciProcess};
use crate::spec::signal;

/// As other runtimes say it: engines look for the word.
const VERSION: &str = concat!("version ", env!("CARGO_PKG_VERSION"), "\nspec: 1.2.0");

/// Run containers from OCI bundles: a runtime for podman, containerd and other engines, without root.
///
/// No cgroup is made: a bundle with limits in linux.resources is refused, as is every field that is not honoured, by its
/// name. The process that creates a container ends when the container waits to be started; its caller is the parent
/// then, or whoever reaps orphans.
#[derive(Parser)]
#[command(version = VERSION)]
#[command(name = "rctr-oci", max_term_width = 100, disable_version_flag = true, args_override_self = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Keep containers in DIR (default: $XDG_RUNTIME_DIR/rctr-oci)
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Write errors to FILE as well
    #[arg(long, value_name = "FILE")]
    pub log: Option<String>,
    /// How errors are written there
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Taken as by other runtimes; there is nothing more to say
    #[arg(long)]
    debug: bool,
    /// Taken as by other runtimes: how cgroups would be made, of which there are none
    #[arg(long)]
    systemd_cgroup: bool,
    /// Taken as by crun: how cgroups would be made, of which there are none
    #[arg(long, value_name = "MANAGER")]
    cgroup_manager: Option<CgroupManager>,
    /// Taken as by runc: it is found out
    #[arg(long, value_name = "WHETHER", default_value = "auto")]
    rootless: Rootless,
    /// Print the version
    #[arg(short = 'v', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum CgroupManager {
    Cgroupfs,
    Systemd,
    Disabled,
}

#[derive(Clone, Copy, ValueEnum)]
enum Rootless {
    Auto,
    True,
    False,
}

/// How a list is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Table,
    Json,
    #[value(skip)]
    Quiet,
}

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Save the processes of a container; not supported
    #[command(hide = true)]
    Checkpoint(Refused),
    /// Make a container up to the point where its program would be executed
    Create(CreateArgs),
    /// Take a container away
    Delete(DeleteArgs),
    /// Show what a container uses; not supported
    #[command(hide = true)]
    Events(Refused),
    /// Run another program in a container
    Exec(Box<ExecArgs>),
    /// Tell what is supported
    Features,
    /// Send a signal to a container
    Kill(KillArgs),
    /// List containers
    List(ListArgs),
    /// Stop every process of a container for a while; not supported
    #[command(hide = true)]
    Pause(Refused),
    /// List the processes of a container
    Ps(PsArgs),
    /// Restore a container that was saved; not supported
    #[command(hide = true)]
    Restore(Refused),
    /// Let the processes of a container go on; not supported
    #[command(hide = true)]
    Resume(Refused),
    /// Create a container and start it
    Run(RunArgs),
    /// Write a config.json to start from
    Spec(SpecArgs),
    /// Execute the program of a container that was created
    Start(Id),
    /// Tell how a container is, as JSON
    State(Id),
    /// Change the limits of a container; not supported
    #[command(hide = true)]
    Update(Refused),
}

/// Whatever follows.
#[derive(Args)]
pub(super) struct Refused {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _words: Vec<String>,
}

#[derive(Args)]
pub(super) struct Id {
    /// Name of the container
    id: String,
}

#[derive(Args)]
pub(super) struct CreateArgs {
    /// Name of the container
    id: String,
    /// The bundle (default: the working directory)
    #[arg(short, long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// The configuration (default: config.json of the bundle)
    #[arg(short = 'f', long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the pid of the first process to FILE
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// Send the master of the terminal to the unix socket FILE
    #[arg(long, value_name = "FILE")]
    console_socket: Option<PathBuf>,
    /// Hand on N descriptors from 3 on
    #[arg(long, value_name = "N", default_value_t = 0)]
    preserve_fds: u32,
    /// Refused: the root is always changed by pivot_root
    #[arg(long, hide = true)]
    no_pivot: bool,
    /// Stay in the session keyring of the caller
    #[arg(long)]
    no_new_keyring: bool,
}

impl CreateArgs {
    fn request(self) -> Result<OciCreate, Failure> {
        if self.no_pivot {
            let hint = "a root file system on a ramfs cannot be left safely without pivot_root";
            return Err(Failure::new("--no-pivot is not supported").hint(hint));
        }
        Ok(OciCreate {
            id: self.id,
            bundle: self.bundle,
            config: self.config,
            pid_file: self.pid_file,
            console_socket: self.console_socket,
            preserve_fds: self.preserve_fds,
            keep_keyring: self.no_new_keyring,
        })
    }
}

#[derive(Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    create: CreateArgs,
    /// Leave the container to the caller when its program runs
    #[arg(short, long)]
    detach: bool,
    /// Leave the record of the container when it has ended
    #[arg(long)]
    keep: bool,
}

#[derive(Args)]
pub(super) struct DeleteArgs {
    /// Name of the container
    id: String,
    /// Kill it first; fine when there is none
    #[arg(short, long)]
    force: bool,
}

#[derive(Args)]
pub(super) struct KillArgs {
    /// Name of the container
    id: String,
    /// The signal, by name or number
    #[arg(default_value = "TERM")]
    signal: String,
    /// To every process of the container
    #[arg(short, long)]
    all: bool,
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Only the names
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Args)]
pub(super) struct PsArgs {
    /// Name of the container
    id: String,
    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Args)]
pub(super) struct SpecArgs {
    /// The bundle (default: the working directory)
    #[arg(short, long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// For a user who is not root, as it is in any case
    #[arg(long)]
    rootless: bool,
}

#[derive(Args)]
pub(super) struct ExecArgs {
    /// Read the whole process from FILE, as JSON
    #[arg(short, long, value_name = "FILE")]
    process: Option<PathBuf>,
    /// Working directory
    #[arg(short = 'c', long, value_name = "DIR")]
    cwd: Option<String>,
    /// More of the environment
    #[arg(short, long, value_name = "KEY=VALUE")]
    env: Vec<String>,
    /// A terminal of its own
    #[arg(short, long)]
    tty: bool,
    /// User and group, in numbers
    #[arg(short, long, value_name = "UID[:GID]")]
    user: Option<String>,
    /// More groups, in numbers
    #[arg(short = 'g', long, value_name = "GID")]
    additional_gids: Vec<u32>,
    /// More capabilities
    #[arg(long, value_name = "CAPABILITY")]
    cap: Vec<String>,
    /// No new privileges
    #[arg(long)]
    no_new_privs: bool,
    /// Leave the program to the caller when it runs
    #[arg(short, long)]
    detach: bool,
    /// Write the pid of the program to FILE
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// Send the master of the terminal to the unix socket FILE
    #[arg(long, value_name = "FILE")]
    console_socket: Option<PathBuf>,
    /// Hand on N descriptors from 3 on
    #[arg(long, value_name = "N", default_value_t = 0)]
    preserve_fds: u32,
    /// Name of the container
    id: String,
    /// Program and arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

impl ExecArgs {
    fn request(self) -> OciExec {
        OciExec {
            id: self.id,
            process: OciProcess {
                file: self.process,
                args: self.command,
                env: self.env,
                cwd: self.cwd,
                user: self.user,
                groups: self.additional_gids,
                capabilities: self.cap,
                terminal: self.tty,
                no_new_privileges: self.no_new_privs,
                preserve_fds: self.preserve_fds,
            },
            detach: self.detach,
            pid_file: self.pid_file,
            console_socket: self.console_socket,
        }
    }
}

impl Verb {
    /// How its list is shown.
    pub fn format(&self) -> Format {
        match self {
            Self::List(args) if args.quiet => Format::Quiet,
            Self::List(args) => args.format,
            Self::Ps(args) => args.format,
            _ => Format::Table,
        }
    }

    pub fn request(self) -> Result<OciVerb, Failure> {
        let refused = |verb: &str, why: &str| Err(Failure::new(format!("{verb} is not supported: {why}")));
        let no_cgroup = "no cgroup is made here";
        Ok(match self {
            Self::Create(args) => OciVerb::Create(args.request()?),
            Self::Run(args) => {
                OciVerb::Run { create: args.create.request()?, detach: args.detach, keep: args.keep }
            }
            Self::Start(Id { id }) => OciVerb::Start(id),
            Self::State(Id { id }) => OciVerb::State(id),
            Self::Kill(args) => {
                let signal = signal::parse("SIGNAL", &args.signal)?;
                OciVerb::Kill { id: args.id, signal, all: args.all }
            }
            Self::Delete(args) => OciVerb::Delete { id: args.id, force: args.force },
            Self::List(_) => OciVerb::List,
            Self::Ps(args) => OciVerb::Processes(args.id),
            Self::Exec(args) => OciVerb::Exec(Box::new(args.request())),
            Self::Spec(args) => OciVerb::Spec { bundle: args.bundle },
            Self::Features => OciVerb::Features,
            Self::Pause(_) => return refused("pause", no_cgroup),
            Self::Resume(_) => return refused("resume", no_cgroup),
            Self::Update(_) => return refused("update", no_cgroup),
            Self::Events(_) => return refused("events", no_cgroup),
            Self::Checkpoint(_) => return refused("checkpoint", "rctr does not do that"),
            Self::Restore(_) => return refused("restore", "rctr does not do that"),
        })
    }
}

/// Containers one below the other.
pub(super) fn table(facts: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let keys = ["id", "pid", "status", "bundle", "created", "owner"];
    let mut rows = vec![keys.map(str::to_ascii_uppercase)];
    rows.extend(facts.as_array().into_iter().flatten().map(|state| keys.map(|key| text(&state[key]))));
    let widths: Vec<usize> =
        (0..keys.len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut table = String::new();
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(table, "{}", cells.join("  ").trim_end());
    }
    table
}

/// Their names alone.
pub(super) fn names(facts: &Value) -> String {
    let names = facts.as_array().into_iter().flatten().filter_map(|state| state["id"].as_str());
    names.map(|name| format!("{name}\n")).collect()
}

/// Pids one below the other.
pub(super) fn pids(facts: &Value) -> String {
    let pids = facts.as_array().into_iter().flatten().map(|pid| format!("{pid}\n"));
    std::iter::once("PID\n".to_owned()).chain(pids).collect()
}
