//! `rctr start`, `rctr restart`, `rctr init` and `rctr attach`, also below `rctr container`.

use clap::Args;

use super::lifecycle::grace_asked;
use super::run::keys;
use super::{Failure, container, failure, output};
use crate::model::container_request::{AttachRequest, ContainerRequest, StartRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome, WhyNot};

/// Start containers that do not run.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct StartArgs {
    /// Start all containers that do not run
    #[arg(long)]
    all: Option<bool>,
    /// Stay, and pass its output and signals on
    #[arg(short, long)]
    attach: Option<bool>,
    /// Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Start only some: as for ps
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Stay, and pass stdin on, too
    #[arg(short, long)]
    interactive: Option<bool>,
    /// Start the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Hand signals on to the container [default: true with --attach]
    #[arg(long, value_name = "true|false")]
    sig_proxy: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Stop containers and start them again.
///
/// One that does not run is started.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct RestartArgs {
    /// Restart all containers
    #[arg(short, long)]
    all: Option<bool>,
    /// Restart the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Restart all containers that run
    #[arg(long)]
    running: Option<bool>,
    /// Wait so many seconds before SIGKILL; -1 waits for ever [default: the container's own]
    #[arg(short, long, value_name = "SECONDS")]
    time: Option<i64>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Prepare containers up to the point where their programs would be executed.
///
/// Namespaces, mounts and network are made, and can be looked at; `rctr start` only lets the program go.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct InitArgs {
    /// Prepare all containers that do not run
    #[arg(short, long)]
    all: Option<bool>,
    /// Prepare the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

/// Attach to a container that runs.
///
/// Passes its output on from now on, and stdin where the container was made with --interactive. Exits with the
/// container's code. Several may be attached at once.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct AttachArgs {
    /// Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Attach to the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Pass no stdin on
    #[arg(long)]
    no_stdin: Option<bool>,
    /// Hand signals on to the container [default: true]
    #[arg(long, value_name = "true|false")]
    sig_proxy: Option<bool>,
    /// Name or id
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub(super) fn start(args: StartArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    let attached = is(args.attach) || is(args.interactive);
    if !attached && is(args.sig_proxy) {
        return Err(Failure::new("you cannot use sig-proxy without --attach"));
    }
    let all = is(args.all) || (args.containers.is_empty() && !args.filter.is_empty() && !is(args.latest));
    let which = container::which(args.containers, all, is(args.latest))?;
    let attach = attached.then(|| {
        Ok::<_, Failure>(AttachRequest {
            stdin: is(args.interactive),
            output: true,
            sig_proxy: args.sig_proxy.unwrap_or(true),
            detach_keys: keys(args.detach_keys.as_deref())?,
        })
    });
    let request = StartRequest { which, filters: args.filter, attach: attach.transpose()? };
    let outcome =
        ops::execute(&super::context(global)?, Request::Container(ContainerRequest::Start(request)))?;
    match outcome {
        Outcome::DoneToContainers(done) => container::done(&done, internal),
        other => output::outcome(other),
    }
}

pub(super) fn restart(args: RestartArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    let running = is(args.running);
    let all = is(args.all) || (running && args.containers.is_empty());
    let which = container::which(args.containers, all, is(args.latest))?;
    let request = ContainerRequest::Restart { which, grace: grace_asked(args.time)?, running };
    container::change(request, global, internal)
}

pub(super) fn init(args: InitArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let which = container::which(args.containers, args.all.unwrap_or(false), args.latest.unwrap_or(false))?;
    container::change(ContainerRequest::Init(which), global, internal)
}

pub(super) fn attach(args: AttachArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let attach = AttachRequest {
        stdin: !args.no_stdin.unwrap_or(false),
        output: true,
        sig_proxy: args.sig_proxy.unwrap_or(true),
        detach_keys: keys(args.detach_keys.as_deref())?,
    };
    let name = container::one(args.container, args.latest.unwrap_or(false))?;
    let request = ContainerRequest::Attach { name, attach };
    output::outcome(ops::execute(&super::context(global)?, Request::Container(request))?)
}

/// podman ends these verbs with one code, whatever went wrong.
fn internal(_: WhyNot) -> u8 {
    failure::INTERNAL
}
