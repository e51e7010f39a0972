//! `rctr container …`: the verbs about containers under one roof; and how the answer to those that change something is
//! shown.

use clap::{Args, Subcommand};

use super::run::{self as runs, CreateArgs, RunArgs};
use super::{
    Failure, commit, cp, diff, exec, export, failure, inspect, lifecycle, logs, output, pause, port, ps,
    rename, rm, start, stats, top, update,
};
use crate::model::container_request::{ContainerRequest, Which};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, ContainerFailure, DoneToContainers, Outcome, WhyNot};

/// Manage containers.
#[derive(Args, Debug)]
pub(super) struct ContainerArgs {
    #[command(subcommand)]
    verb: ContainerVerb,
}

#[derive(Subcommand, Debug)]
enum ContainerVerb {
    /// Attach to a container that runs
    Attach(start::AttachArgs),
    /// Look after containers that have ended
    Cleanup(CleanupArgs),
    /// Make an image of a container
    Commit(commit::CommitArgs),
    /// Copy files into a container, out of one, or from one to the other
    Cp(cp::CpArgs),
    /// Make a container without starting it
    Create(Box<CreateArgs>),
    /// Show what a container has changed
    Diff(diff::DiffArgs),
    /// Run another program in a container that runs
    Exec(Box<exec::ExecArgs>),
    /// Is a container there? Exits with 0 or 1
    Exists(ExistsArgs),
    /// Write all files of a container as a tar
    Export(export::ExportArgs),
    /// Prepare containers up to the point where their programs would be executed
    Init(start::InitArgs),
    /// Print all about containers
    Inspect(inspect::InspectArgs),
    /// Send a signal to containers
    Kill(lifecycle::KillArgs),
    /// Show what containers have written
    Logs(logs::LogsArgs),
    /// List containers
    #[command(visible_aliases = ["list", "ps"])]
    Ls(ps::PsArgs),
    /// Stop every process of containers, until they may go on
    Pause(pause::PauseArgs),
    /// Show the ports of a container that are published
    Port(port::PortArgs),
    /// Remove containers that do not run
    Prune(rm::PruneArgs),
    /// Give a container another name
    Rename(rename::RenameArgs),
    /// Stop containers and start them again
    Restart(start::RestartArgs),
    /// Remove containers
    Rm(rm::RmArgs),
    /// Run a program in a new container
    Run(Box<RunArgs>),
    /// Start containers that do not run
    Start(start::StartArgs),
    /// Show what containers use, again and again
    Stats(stats::StatsArgs),
    /// Stop containers
    Stop(lifecycle::StopArgs),
    /// Show the processes of a container
    Top(top::TopArgs),
    /// Let the processes of paused containers go on
    Unpause(pause::UnpauseArgs),
    /// Change settings of containers
    Update(Box<update::UpdateArgs>),
    /// Wait for the end of containers, and print their exit codes
    Wait(lifecycle::WaitArgs),
}

/// Look after containers that have ended.
///
/// What a killed monitor has left is cleared away. Every verb does that first, so that this is for scripts, and for --rm.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
struct CleanupArgs {
    /// Look after all containers that do not run
    #[arg(short, long)]
    all: Option<bool>,
    /// Look after the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Then remove the container
    #[arg(long)]
    rm: Option<bool>,
    /// Then remove its image too
    #[arg(long)]
    rmi: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Is a container there? Exits with 0 or 1.
#[derive(Args, Debug)]
struct ExistsArgs {
    /// Name or id
    container: String,
}

pub(super) fn run(args: ContainerArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    match args.verb {
        ContainerVerb::Attach(args) => start::attach(args, global),
        ContainerVerb::Cleanup(args) => {
            let is = |switch: Option<bool>| switch.unwrap_or(false);
            let which = which(args.containers, is(args.all), is(args.latest))?;
            // An image cannot go before its container.
            let (remove, remove_image) = (is(args.rm) || is(args.rmi), is(args.rmi));
            change(ContainerRequest::Cleanup { which, remove, remove_image }, global, |_| failure::INTERNAL)
        }
        ContainerVerb::Commit(args) => commit::run(args, global),
        ContainerVerb::Cp(args) => cp::run(args, global),
        ContainerVerb::Create(args) => runs::create(*args, global),
        ContainerVerb::Diff(args) => diff::run(args, global, true),
        ContainerVerb::Exec(args) => exec::run(*args, global),
        ContainerVerb::Exists(args) => {
            let request = ContainerRequest::Exists(args.container);
            output::outcome(ops::execute(&super::context(global)?, Request::Container(request))?)
        }
        ContainerVerb::Export(args) => export::run(args, global),
        ContainerVerb::Init(args) => start::init(args, global),
        ContainerVerb::Inspect(args) => inspect::run(args, global, false),
        ContainerVerb::Kill(args) => lifecycle::kill(args, global),
        ContainerVerb::Logs(args) => logs::run(args, global),
        ContainerVerb::Ls(args) => ps::run(args, global),
        ContainerVerb::Pause(args) => pause::pause(args, global),
        ContainerVerb::Port(args) => port::run(args, global),
        ContainerVerb::Prune(args) => rm::prune(args, global),
        ContainerVerb::Rename(args) => rename::run(args, global),
        ContainerVerb::Restart(args) => start::restart(args, global),
        ContainerVerb::Rm(args) => rm::run(args, global),
        ContainerVerb::Run(args) => runs::run(*args, global),
        ContainerVerb::Start(args) => start::start(args, global),
        ContainerVerb::Stats(args) => stats::run(args, global),
        ContainerVerb::Stop(args) => lifecycle::stop(args, global),
        ContainerVerb::Top(args) => top::run(args, global),
        ContainerVerb::Unpause(args) => pause::unpause(args, global),
        ContainerVerb::Update(args) => update::run(*args, global),
        ContainerVerb::Wait(args) => lifecycle::wait(args, global),
    }
}

/// Containers as a command line names them; podman's words for too few and too many.
pub(super) fn which(names: Vec<String>, all: bool, latest: bool) -> Result<Which, Failure> {
    which_of(names, all, latest, Vec::new())
}

/// The same with filters, which do without names.
pub(super) fn which_of(
    names: Vec<String>,
    all: bool,
    latest: bool,
    filters: Vec<String>,
) -> Result<Which, Failure> {
    match (all, latest, names.is_empty()) {
        (true, true, _) => Err(Failure::new("--all and --latest cannot be used together")),
        (true, _, false) => Err(Failure::new("no arguments are needed with --all")),
        (_, true, false) => Err(Failure::new("--latest and containers cannot be used together")),
        (false, false, true) if filters.is_empty() => {
            Err(Failure::new("you must provide at least one name or id"))
        }
        _ => Ok(Which { names, all, latest, filters, ignore: false }),
    }
}

/// The one container of a verb, by name; empty is the one that was made last.
pub(super) fn one(name: Option<String>, latest: bool) -> Result<String, Failure> {
    match (name, latest) {
        (Some(_), true) => Err(Failure::new("--latest and containers cannot be used together")),
        (None, true) => Ok(String::new()),
        (Some(name), false) if !name.is_empty() => Ok(name),
        _ => Err(Failure::new("you must provide at least one name or id")),
    }
}

/// Does it, prints a line for each that it was done to, and ends with the gravest of the codes.
pub(super) fn change(
    request: ContainerRequest,
    global: &GlobalOptions,
    code: impl Fn(WhyNot) -> u8,
) -> Result<u8, Failure> {
    let outcome = ops::execute(&super::context(global)?, Request::Container(request))?;
    let Outcome::DoneToContainers(done) = outcome else { return Err(output::unexpected()) };
    self::done(&done, code)
}

/// Shows what was done.
pub(super) fn done(done: &DoneToContainers, code: impl Fn(WhyNot) -> u8) -> Result<u8, Failure> {
    output::notices(&done.notices);
    output::print(done.done.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    failures(&done.failures, code)
}

/// Prints all but the last failure, and ends with that.
pub(super) fn failures(failures: &[ContainerFailure], code: impl Fn(WhyNot) -> u8) -> Result<u8, Failure> {
    let gravest = failures.iter().map(|failure| code(failure.why)).max().unwrap_or(0);
    let mut all = failures.iter().map(|failure| Failure {
        message: failure.message.clone(),
        hint: failure.hint.clone(),
        code: gravest,
    });
    let Some(last) = all.next_back() else { return Ok(0) };
    all.for_each(|failure| failure.print());
    Err(last)
}
