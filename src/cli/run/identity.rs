//! What the container is called, and what becomes of it.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, read_file};
use crate::model::RunRequest;
use crate::spec::{env, names};

#[derive(Args, Debug)]
#[command(next_help_heading = "Container")]
pub(super) struct IdentityArgs {
    /// Give the container a name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Remove a container of the same name first
    #[arg(long)]
    replace: Option<bool>,
    /// Remove the container when it ends
    #[arg(long)]
    rm: Option<bool>,
    /// Add metadata
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Read labels from a file, one a line
    #[arg(long, value_name = "FILE")]
    label_file: Vec<PathBuf>,
    /// Add an OCI annotation
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Write the container's id to a file
    #[arg(long, value_name = "FILE")]
    cidfile: Option<PathBuf>,
    /// Write the host's pid of the first process to a file
    #[arg(long, value_name = "FILE")]
    pidfile: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: Option<bool>,
}

impl IdentityArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let name = self.name.filter(|name| !name.is_empty());
        if let Some(name) = &name {
            names::check(name)?;
        }
        if self.replace == Some(true) && name.is_none() {
            return Err(Failure::new("cannot replace container without --name being set"));
        }
        for file in &self.label_file {
            let text = read_file("--label-file", file)?;
            request.labels.extend(env::parse_label_file(&file.to_string_lossy(), &text)?);
        }
        for label in &self.label {
            request.labels.extend([env::parse_label("--label", label)?]);
        }
        for annotation in &self.annotation {
            request.annotations.extend([env::parse_label("--annotation", annotation)?]);
        }
        request.name = name;
        request.replace = self.replace.unwrap_or(false);
        request.remove = self.rm.unwrap_or(false);
        request.cidfile = self.cidfile;
        request.pidfile = self.pidfile;
        request.quiet = self.quiet.unwrap_or(false);
        request.dry_run = self.dry_run.unwrap_or(false);
        Ok(())
    }
}
