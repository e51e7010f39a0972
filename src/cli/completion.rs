//! `rctr completion SHELL`: the script that completes rctr's words in a shell; and `rctr __complete`, which that script
//! asks at every TAB, so that names of containers and images complete too.
//!
//! The answer is a line for each word that fits, after a tab what it means; and last, when a file is wanted, `:files`.

mod line;
mod offer;

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::{Failure, context, output};
use crate::model::GlobalOptions;

/// Print a completion script for a shell.
///
/// Load it at once with `source <(rctr completion bash)`, or write it where the shell looks for such scripts. In bash,
/// zsh and fish names of containers and images, and signals, complete too.
#[derive(Args)]
pub(super) struct CompletionArgs {
    /// Which shell
    shell: Shell,
}

/// What the scripts ask.
#[derive(Args)]
pub(super) struct CompleteArgs {
    /// The words after rctr, the last up to the cursor
    #[arg(last = true)]
    words: Vec<String>,
}

pub(super) fn run(args: &CompletionArgs) -> Result<u8, Failure> {
    output::print(script(args.shell))?;
    Ok(0)
}

/// The script for one shell.
pub fn script(shell: Shell) -> Vec<u8> {
    match shell {
        Shell::Bash => include_bytes!("completion/rctr.bash").to_vec(),
        Shell::Zsh => include_bytes!("completion/_rctr").to_vec(),
        Shell::Fish => include_bytes!("completion/rctr.fish").to_vec(),
        other => {
            let mut text = Vec::new();
            clap_complete::generate(other, &mut super::command(), "rctr", &mut text);
            text
        }
    }
}

/// Answers a script. Whatever is wrong with the line or the store: nobody could read an error there.
pub(super) fn complete(args: &CompleteArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let command = super::command();
    let place = line::Place::of(&command, &args.words);
    let global = GlobalOptions { root: line::root(&args.words).map(PathBuf::from), ..global.clone() };
    output::print(offer::answer(&place, || context(&global).ok())).map(|()| 0)
}
