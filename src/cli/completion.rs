//! `rctr completion SHELL`: the script that completes rctr's words in a shell.

use clap::Args;
use clap_complete::Shell;

use super::{Failure, output};

/// Print a completion script for a shell.
///
/// Load it at once with `source <(rctr completion bash)`, or write it where the shell looks for such scripts.
#[derive(Args)]
pub(super) struct CompletionArgs {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionArgs) -> Result<u8, Failure> {
    output::print(script(args.shell))?;
    Ok(0)
}

/// The script for one shell.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "rctr", &mut text);
    text
}
