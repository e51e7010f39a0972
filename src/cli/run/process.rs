//! What runs, as whom, with which environment and terminal.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, read_file};
use crate::model::RunRequest;
use crate::spec::{env, process, restart, signal};

#[derive(Args, Debug)]
#[command(next_help_heading = "Process")]
pub(super) struct ProcessArgs {
    /// Set a variable; KEY alone takes the caller's value
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    env: Vec<String>,
    /// Read variables from a file, one a line
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Hand on the caller's whole environment
    #[arg(long)]
    env_host: Option<bool>,
    /// Leave out a variable of the image
    #[arg(long, value_name = "KEY")]
    unsetenv: Vec<String>,
    /// Hand on the caller's proxy variables [default: true]
    #[arg(long, value_name = "true|false")]
    http_proxy: Option<bool>,
    /// Run this program instead of the image's; "" for none
    #[arg(long, value_name = "PROGRAM|JSON")]
    entrypoint: Option<String>,
    /// Working directory inside
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Run as this user
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Add a group; keep-groups for the caller's
    #[arg(long, value_name = "GROUP")]
    group_add: Vec<String>,
    /// Keep stdin open
    #[arg(short, long)]
    interactive: Option<bool>,
    /// Give it a terminal of its own
    #[arg(short, long)]
    tty: Option<bool>,
    /// Run an init as pid 1 that reaps and forwards signals
    #[arg(long)]
    init: Option<bool>,
    /// Signal that asks it to stop
    #[arg(long, value_name = "SIGNAL")]
    stop_signal: Option<String>,
    /// How long stop waits before it kills, in seconds; below zero is for ever [default: 10]
    #[arg(long, value_name = "SECONDS")]
    stop_timeout: Option<i64>,
    /// Kill it after so many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped [default: no]
    #[arg(long, value_name = "POLICY")]
    restart: Option<String>,
    /// File mode creation mask [default: 0022]
    #[arg(long, value_name = "OCTAL")]
    umask: Option<String>,
    /// Time zone, or local for the host's
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
}

impl ProcessArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let process = &mut request.process;
        for file in &self.env_file {
            let text = read_file("--env-file", file)?;
            process.env.extend(env::parse_file("--env-file", &file.to_string_lossy(), &text)?);
        }
        for text in &self.env {
            process.env.push(env::parse(text)?);
        }
        process.env_host = self.env_host.unwrap_or(false);
        process.http_proxy = self.http_proxy.unwrap_or(true);
        process.unset_env = self.unsetenv;
        process.entrypoint = self.entrypoint.as_deref().map(process::parse_entrypoint);
        process.workdir = self.workdir.filter(|dir| !dir.is_empty());
        process.user = self.user.as_deref().map(process::parse_user).transpose()?;
        (process.groups, process.keep_groups) = process::parse_groups(&self.group_add)?;
        process.interactive = self.interactive.unwrap_or(false);
        process.terminal = self.tty.unwrap_or(false);
        process.umask = self.umask.as_deref().map(process::parse_umask).transpose()?;
        process.timezone = self.tz.filter(|zone| !zone.is_empty());
        request.init = self.init.unwrap_or(false);
        let parse = |text: &str| signal::parse("--stop-signal", text);
        request.stop_signal =
            self.stop_signal.as_deref().filter(|text| !text.is_empty()).map(parse).transpose()?;
        request.stop_timeout = self.stop_timeout.map(|s| u32::try_from(s).unwrap_or(u32::MAX));
        request.timeout = self.timeout.unwrap_or(0);
        request.restart = self.restart.as_deref().map(restart::parse).transpose()?.unwrap_or_default();
        Ok(())
    }
}
