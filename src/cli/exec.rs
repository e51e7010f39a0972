//! `rctr exec`, also `rctr container exec`.

use std::path::PathBuf;

use clap::Args;

use super::run::{keys, preserve_fds, read_file};
use super::{Failure, container, output};
use crate::model::container_request::ContainerRequest;
use crate::model::exec_request::ExecRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops;
use crate::spec::{env, process};

/// What the man page and `rctr help exec` say besides.
const EXTRA: &str = "\
Exit status: 125 when rctr itself fails, 126 when the program cannot be run, 127 when it is not found, else the \
program's own (128 + n when signal n ended it).

What is not said here is the container's: user, working directory, environment, capabilities, system call filter, \
limits, mask. Flags end at the container.";

/// Run another program in a container that runs.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
#[command(override_usage = "rctr exec [OPTIONS] CONTAINER COMMAND [ARG...]")]
#[command(after_long_help = EXTRA)]
pub(super) struct ExecArgs {
    /// Do not wait for its end
    #[arg(short, long)]
    detach: Option<bool>,
    /// Keys that leave the program running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Set a variable; KEY alone takes the caller's value
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    env: Vec<String>,
    /// Read variables from a file, one a line
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Keep stdin open
    #[arg(short, long)]
    interactive: Option<bool>,
    /// In the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Hand on so many file descriptors after 2
    #[arg(long, value_name = "COUNT")]
    preserve_fds: Option<u32>,
    /// Give it every capability of the container's user namespace
    #[arg(long)]
    privileged: Option<bool>,
    /// Give it a terminal of its own
    #[arg(short, long)]
    tty: Option<bool>,
    /// Run as this user
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Working directory inside
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Container, then the program and its arguments
    #[arg(value_name = "CONTAINER", trailing_var_arg = true, required = true, num_args = 1..)]
    words: Vec<String>,
}

pub(super) fn run(args: ExecArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ContainerRequest::Exec(Box::new(args.request()?));
    output::outcome(ops::execute(&super::context(global)?, Request::Container(request))?)
}

impl ExecArgs {
    fn request(self) -> Result<ExecRequest, Failure> {
        let is = |switch: Option<bool>| switch.unwrap_or(false);
        let mut words = self.words.into_iter();
        let named = if is(self.latest) { None } else { words.next() };
        let container = container::one(named, is(self.latest))?;
        let command: Vec<String> = words.collect();
        if command.is_empty() {
            return Err(Failure::new("must provide a non-empty command to start an exec session"));
        }
        let mut variables = Vec::new();
        for file in &self.env_file {
            let text = read_file("--env-file", file)?;
            variables.extend(env::parse_file("--env-file", &file.to_string_lossy(), &text)?);
        }
        for text in &self.env {
            variables.push(env::parse(text)?);
        }
        Ok(ExecRequest {
            container,
            command,
            detach: is(self.detach),
            detach_keys: keys(self.detach_keys.as_deref())?,
            interactive: is(self.interactive),
            terminal: is(self.tty),
            env: variables,
            user: self.user.as_deref().map(process::parse_user).transpose()?.filter(|user| !user.is_empty()),
            workdir: self.workdir.filter(|dir| !dir.is_empty()),
            privileged: is(self.privileged),
            preserve_fds: preserve_fds(self.preserve_fds)?,
        })
    }
}
