//! `rctr run`: its flags, in the groups that `--help` shows, and the request they make.

mod cgroup;
mod health;
mod identity;
mod limits;
mod log;
mod mounts;
mod namespaces;
mod network;
mod process;
mod pull;
mod security;
mod stay;

use clap::Args;

pub(super) use cgroup::ResourceArgs;
pub(super) use health::HealthArgs;
pub(super) use stay::{keys, preserve_fds};

use super::{Failure, output};
use crate::model::run_request::RunSource;
use crate::model::{GlobalOptions, LogLevel, Request, RunRequest};
use crate::ops;
use crate::spec::parse_rootfs;

/// What the man page and `rctr help run` say besides.
const EXTRA: &str = "\
Exit status: 125 when rctr itself fails, 126 when the program cannot be run, 127 when it is not found, else the \
program's own (128 + n when signal n ended it).

Every switch takes =true or =false. Flags end at the image: what follows it belongs to the program.

--privileged grants what the container's user namespace has to give and hides nothing of /proc and /sys; on the host \
the container still has no more rights than the caller.";

/// Run a program in a new container.
///
/// The container is made from an image, which is fetched when it is not here, or with --rootfs from a directory. What
/// follows the image is the program and its arguments; without them the image says what runs.
#[derive(Args, Debug)]
#[command(args_override_self = true, disable_help_flag = true, mut_args(super::switch::like_podman))]
#[command(override_usage = "rctr run [OPTIONS] IMAGE [COMMAND [ARG...]]\n       \
                            rctr run [OPTIONS] --rootfs DIR COMMAND [ARG...]")]
#[command(after_long_help = EXTRA)]
pub(super) struct RunArgs {
    #[command(flatten)]
    make: MakeArgs,
    #[command(flatten)]
    stay: stay::StayArgs,
    #[command(flatten)]
    help: stay::HelpArgs,
    /// Image, or with --rootfs a directory; then the program and its arguments
    #[arg(value_name = "IMAGE", trailing_var_arg = true, required = true, num_args = 1..)]
    words: Vec<String>,
}

/// Make a container without starting it.
///
/// As run, but the container is left for rctr start. Prints its id.
#[derive(Args, Debug)]
#[command(args_override_self = true, disable_help_flag = true, mut_args(super::switch::like_podman))]
#[command(override_usage = "rctr create [OPTIONS] IMAGE [COMMAND [ARG...]]\n       \
                            rctr create [OPTIONS] --rootfs DIR COMMAND [ARG...]")]
pub(super) struct CreateArgs {
    #[command(flatten)]
    make: MakeArgs,
    #[command(flatten)]
    help: stay::HelpArgs,
    /// Image, or with --rootfs a directory; then the program and its arguments
    #[arg(value_name = "IMAGE", trailing_var_arg = true, required = true, num_args = 1..)]
    words: Vec<String>,
}

/// What a container is: the flags that `run` and `create` share.
#[derive(Args, Debug)]
struct MakeArgs {
    #[command(flatten)]
    identity: identity::IdentityArgs,
    #[command(flatten)]
    process: process::ProcessArgs,
    #[command(flatten)]
    pull: pull::PullArgs,
    #[command(flatten)]
    health: health::HealthArgs,
    #[command(flatten)]
    mounts: mounts::MountArgs,
    #[command(flatten)]
    network: network::NetworkArgs,
    #[command(flatten)]
    namespaces: namespaces::NamespaceArgs,
    #[command(flatten)]
    security: security::SecurityArgs,
    #[command(flatten)]
    limits: limits::LimitArgs,
    #[command(flatten)]
    cgroup: cgroup::CgroupArgs,
    #[command(flatten)]
    log: log::LogArgs,
}

pub(super) fn run(args: RunArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    execute(Request::Run(Box::new(args.request()?)), global)
}

pub(super) fn create(args: CreateArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    execute(Request::Create(Box::new(args.make.request(args.words)?)), global)
}

fn execute(request: Request, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    if global.log_level >= LogLevel::Warn {
        output::notices(&ctx.host.notices);
    }
    output::outcome(ops::execute(&ctx, request)?)
}

impl RunArgs {
    /// The request that these flags make. Reads the files of `--env-file` and `--label-file`, nothing else.
    fn request(self) -> Result<RunRequest, Failure> {
        let mut request = self.make.request(self.words)?;
        self.stay.fill(&mut request)?;
        Ok(request)
    }
}

impl MakeArgs {
    fn request(self, words: Vec<String>) -> Result<RunRequest, Failure> {
        let mut request = RunRequest::default();
        let mut words = words.into_iter();
        let first = words.next().unwrap_or_default();
        request.source = match self.mounts.rootfs() {
            true => parse_rootfs(&first)?,
            false => RunSource::Image(first),
        };
        request.command = words.collect();
        self.identity.fill(&mut request)?;
        self.process.fill(&mut request)?;
        self.pull.fill(&mut request)?;
        self.health.fill(&mut request)?;
        self.mounts.fill(&mut request)?;
        self.network.fill(&mut request)?;
        self.namespaces.fill(&mut request)?;
        self.security.fill(&mut request)?;
        self.limits.fill(&mut request)?;
        self.cgroup.fill(&mut request)?;
        self.log.fill(&mut request)?;
        Ok(request)
    }
}

/// Text of a file that a flag names.
pub(super) fn read_file(flag: &str, path: &std::path::Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("read {flag} {}: {}", path.display(), crate::sys::describe(&error)))
    })
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
