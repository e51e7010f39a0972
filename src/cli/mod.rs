//! The command line: one file a command (Args, the request it makes, how its result is shown). No effects of its own.

mod access;
mod bundle;
mod check;
mod commit;
mod completion;
mod confirm;
mod container;
mod cp;
mod diff;
mod disk_usage;
mod doctor;
mod events;
mod exec;
mod export;
pub mod failure;
mod format;
mod healthcheck;
mod history;
mod human;
mod image;
mod images;
mod import;
mod info;
mod inspect;
mod known;
mod lifecycle;
mod load;
mod login;
mod logs;
mod manifest;
mod output;
mod pause;
mod port;
mod ps;
mod pull;
mod push;
mod rename;
mod rm;
mod rmi;
mod run;
mod save;
mod search;
mod start;
mod stats;
mod switch;
mod system;
mod tag;
mod top;
mod tree;
mod trust;
mod unshare;
mod update;
mod usage;
mod version;
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

pub use failure::Failure;

use crate::model::{GlobalOptions, LogLevel};
use crate::ops::{Context, host};

/// Run containers as a normal user: no daemon, no root.
#[derive(Parser)]
#[command(name = "rctr", version, disable_version_flag = true, max_term_width = 100)]
#[command(subcommand_required = true, args_override_self = true, subcommand_help_heading = "Commands")]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of every verb.
#[derive(clap::Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// Keep images and containers in DIR
    #[arg(long, value_name = "DIR", global = true)]
    root: Option<PathBuf>,
    /// How much to say on stderr
    #[arg(long, value_name = "LEVEL", global = true, ignore_case = true, hide_possible_values = true)]
    log_level: Option<LogLevelArg>,
    /// Print the version
    #[arg(short = 'v', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// podman's words for the levels.
#[derive(Clone, Copy, ValueEnum)]
enum LogLevelArg {
    #[value(aliases = ["panic", "fatal"])]
    Error,
    #[value(alias = "warning")]
    Warn,
    Info,
    #[value(alias = "trace")]
    Debug,
}

/// The verbs: each variant's args are in the file of its name, with a `run` that gives the exit code.
#[derive(Subcommand)]
#[command(defer = true)] // hence the texts for `rctr --help` stand here and not at the args
enum Verb {
    /// Attach to a container that runs
    Attach(start::AttachArgs),
    /// Unpack an image as an OCI bundle
    Bundle(bundle::BundleArgs),
    /// Make an image of a container
    Commit(commit::CommitArgs),
    /// Say what fits on a command line
    #[command(name = "__complete", hide = true)]
    Complete(completion::CompleteArgs),
    /// Print a completion script for a shell
    Completion(completion::CompletionArgs),
    /// Manage containers
    Container(container::ContainerArgs),
    /// Copy files into a container, out of one, or from one to the other
    Cp(cp::CpArgs),
    /// Make a container without starting it
    Create(Box<run::CreateArgs>),
    /// Show what a container has changed, or what the topmost layer of an image adds
    Diff(diff::DiffArgs),
    /// Check what this machine can do, and say how to mend the rest
    Doctor(doctor::DoctorArgs),
    /// Show what happens to containers and images, as it happens
    Events(events::EventsArgs),
    /// Run another program in a container that runs
    Exec(Box<exec::ExecArgs>),
    /// Write all files of a container as a tar
    Export(export::ExportArgs),
    /// Look at the health of a container
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Show how an image came about
    History(history::HistoryArgs),
    /// Manage images
    Image(image::ImageArgs),
    /// List images
    Images(images::ImagesArgs),
    /// Make an image from a tarball of a root file system
    Import(import::ImportArgs),
    /// Show what rctr knows of this machine and of its store
    Info(info::InfoArgs),
    /// Prepare containers up to the point where their programs would be executed
    Init(start::InitArgs),
    /// Print all about containers and images
    Inspect(inspect::InspectArgs),
    /// Send a signal to containers
    Kill(lifecycle::KillArgs),
    /// Load images from an archive
    Load(load::LoadArgs),
    /// Log in to a registry
    Login(login::LoginArgs),
    /// Forget the login for a registry
    Logout(login::LogoutArgs),
    /// Show what containers have written
    Logs(logs::LogsArgs),
    /// Manage lists of images: one name for several platforms
    Manifest(manifest::ManifestArgs),
    /// Stop every process of containers, until they may go on
    Pause(pause::PauseArgs),
    /// Show the ports of a container that are published
    Port(port::PortArgs),
    /// List containers
    Ps(ps::PsArgs),
    /// Fetch images from registries
    Pull(Box<pull::PullArgs>),
    /// Bring an image to a registry, or into an archive or directory
    Push(Box<push::PushArgs>),
    /// Give a container another name
    Rename(rename::RenameArgs),
    /// Stop containers and start them again
    Restart(start::RestartArgs),
    /// Remove containers
    Rm(rm::RmArgs),
    /// Remove images
    Rmi(rmi::RmiArgs),
    /// Run a program in a new container
    Run(Box<run::RunArgs>),
    /// Write images into an archive
    Save(save::SaveArgs),
    /// Search registries for images
    Search(search::SearchArgs),
    /// Start containers that do not run
    Start(start::StartArgs),
    /// Show what containers use, again and again
    Stats(stats::StatsArgs),
    /// Stop containers
    Stop(lifecycle::StopArgs),
    /// Look after rctr's store as a whole
    System(system::SystemArgs),
    /// Give an image another name
    Tag(tag::TagArgs),
    /// Show the processes of a container
    Top(top::TopArgs),
    /// Let the processes of paused containers go on
    Unpause(pause::UnpauseArgs),
    /// Run a program where the files of subordinate ids can be reached
    Unshare(unshare::UnshareArgs),
    /// Take names away from an image
    Untag(tag::UntagArgs),
    /// Change settings of containers
    Update(Box<update::UpdateArgs>),
    /// Show the version of rctr
    Version(version::VersionArgs),
    /// Wait for the end of containers, and print their exit codes
    Wait(lifecycle::WaitArgs),
}

impl Verb {
    fn run(self, global: &GlobalOptions) -> Result<u8, Failure> {
        match self {
            Self::Attach(args) => start::attach(args, global),
            Self::Commit(args) => commit::run(args, global),
            Self::Bundle(args) => bundle::run(args, global),
            Self::Complete(args) => completion::complete(&args, global),
            Self::Completion(args) => completion::run(&args),
            Self::Container(args) => container::run(args, global),
            Self::Cp(args) => cp::run(args, global),
            Self::Create(args) => run::create(*args, global),
            Self::Diff(args) => diff::run(args, global, false),
            Self::Doctor(args) => doctor::run(&args, global),
            Self::Events(args) => events::run(args, global),
            Self::Exec(args) => exec::run(*args, global),
            Self::Export(args) => export::run(args, global),
            Self::Healthcheck(args) => healthcheck::run(args, global),
            Self::History(args) => history::run(args, global),
            Self::Image(args) => image::run(args, global),
            Self::Images(args) => images::run(args, global),
            Self::Import(args) => import::run(args, global),
            Self::Info(args) => info::run(&args, global),
            Self::Init(args) => start::init(args, global),
            Self::Inspect(args) => inspect::run(args, global, true),
            Self::Kill(args) => lifecycle::kill(args, global),
            Self::Load(args) => load::run(args, global),
            Self::Login(args) => login::login(args, global),
            Self::Logout(args) => login::logout(args, global),
            Self::Logs(args) => logs::run(args, global),
            Self::Manifest(args) => manifest::run(args, global),
            Self::Pause(args) => pause::pause(args, global),
            Self::Port(args) => port::run(args, global),
            Self::Ps(args) => ps::run(args, global),
            Self::Pull(args) => pull::run(*args, global),
            Self::Push(args) => push::run(*args, global),
            Self::Rename(args) => rename::run(args, global),
            Self::Restart(args) => start::restart(args, global),
            Self::Rm(args) => rm::run(args, global),
            Self::Rmi(args) => rmi::run(args, global),
            Self::Run(args) => run::run(*args, global),
            Self::Save(args) => save::run(args, global),
            Self::Search(args) => search::run(args, global),
            Self::Start(args) => start::start(args, global),
            Self::Stats(args) => stats::run(args, global),
            Self::Stop(args) => lifecycle::stop(args, global),
            Self::System(args) => system::run(args, global),
            Self::Tag(args) => tag::tag(args, global),
            Self::Top(args) => top::run(args, global),
            Self::Unpause(args) => pause::unpause(args, global),
            Self::Untag(args) => tag::untag(args, global),
            Self::Unshare(args) => unshare::run(args, global),
            Self::Update(args) => update::run(*args, global),
            Self::Version(args) => version::run(&args, global),
            Self::Wait(args) => lifecycle::wait(args, global),
        }
    }
}

impl From<GlobalArgs> for GlobalOptions {
    fn from(args: GlobalArgs) -> Self {
        let log_level = match args.log_level {
            Some(LogLevelArg::Error) => LogLevel::Error,
            Some(LogLevelArg::Info) => LogLevel::Info,
            Some(LogLevelArg::Debug) => LogLevel::Debug,
            Some(LogLevelArg::Warn) | None => LogLevel::Warn,
        };
        Self { root: args.root, log_level }
    }
}

/// Runs the command line and gives the exit code of the process.
pub fn main() -> ExitCode {
    let code = run(std::env::args_os()).unwrap_or_else(|failure| {
        failure.print();
        failure.code
    });
    ExitCode::from(code)
}

/// The whole command line as people read it: for help, man pages and completions.
pub fn command() -> clap::Command {
    switch::plain(Cli::command())
}

fn run(words: impl IntoIterator<Item = OsString>) -> Result<u8, Failure> {
    let words: Vec<OsString> = words.into_iter().collect();
    match Cli::try_parse_from(&words) {
        Ok(cli) => cli.verb.run(&cli.global.into()),
        Err(error) => usage::answer(&error, &words),
    }
}

/// Reads the world for a use case; what it had to do otherwise than told is said here, once.
fn context(global: &GlobalOptions) -> Result<Context, Failure> {
    let host = host::read(global.root.clone()).map_err(crate::ops::OpsError::from)?;
    Ok(Context { host })
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod pages;
