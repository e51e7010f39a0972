//! What clap says about a command line it cannot take, in podman's words (scripts match on them) with the nearest right
//! word beside. Every such error ends with 125, as podman's do.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Failure, known, output};
use crate::model::nearest;

/// Prints help and version, and turns everything else into a failure. `words` is the whole command line.
pub(super) fn answer(error: &clap::Error, words: &[OsString]) -> Result<u8, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // once more with the commands as people read them
            let plain = super::command().try_get_matches_from(words).err();
            match plain.as_ref().unwrap_or(error).print() {
                Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Err(output::failed(&why)),
                _ => Ok(0),
            }
        }
        _ => Err(explain(error, &verbs(error, words))),
    }
}

/// The verbs of a command line that exist and stand before the mistake: `image inspect` is two.
fn verbs(error: &clap::Error, words: &[OsString]) -> Vec<String> {
    let is_wrong = |word: &&str| match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) if flag.starts_with("--") => {
            word.split('=').next() == Some(flag.as_str())
        }
        _ => false,
    };
    let mut command = super::command();
    let mut verbs = Vec::new();
    for word in words.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| !is_wrong(word)) {
        if let Some(below) = command.find_subcommand(word).cloned() {
            verbs.push(below.get_name().to_owned());
            command = below;
        }
        // what follows belongs to this verb: an image may be called as a verb is
        if !command.has_subcommands() {
            break;
        }
    }
    verbs
}

fn explain(error: &clap::Error, verbs: &[String]) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    let option = || text(ContextKind::InvalidArg).unwrap_or_default();
    let flag = || option().split([' ', '=', '[']).next().unwrap_or_default().to_owned();
    let path: String = verbs.iter().map(|verb| format!("{verb} ")).collect();
    let help = format!("see rctr {path}--help");
    match error.kind() {
        ErrorKind::UnknownArgument => unknown_flag(&flag(), text(ContextKind::SuggestedArg), verbs, &help),
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let failure = Failure::new(format!("unrecognized command `rctr {path}{word}`"));
            let command = command_of(verbs);
            let names = command.get_subcommands().map(clap::Command::get_name);
            match nearest(&word, names).map(str::to_owned).or(text(ContextKind::SuggestedSubcommand)) {
                Some(near) => failure.hint(format!("did you mean {near}? S{}", &help[1..])),
                None => failure.hint(help),
            }
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Failure::new("missing command").hint(help)
        }
        ErrorKind::MissingRequiredArgument => {
            let names = option().replace(['<', '>'], "").replace("...", "");
            Failure::new(format!("missing argument: {names}")).hint(help)
        }
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg).unwrap_or_default();
            Failure::new(format!("{} and {other} cannot be used together", flag()))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            if value.is_empty() && error.kind() == ErrorKind::InvalidValue {
                return Failure::new(format!("flag needs an argument: {}", flag())).hint(help);
            }
            let reason = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
            let failure = Failure::new(format!("invalid argument {value:?} for {}{reason}", flag()));
            match (text(ContextKind::SuggestedValue), text(ContextKind::ValidValue)) {
                (Some(near), _) => failure.hint(format!("did you mean {near}?")),
                (None, Some(all)) => failure.hint(format!("choose one of {all}")),
                (None, None) => failure,
            }
        }
        ErrorKind::InvalidUtf8 => Failure::new("an argument is not UTF-8"),
        _ => Failure::new(one_line(error)),
    }
}

/// The command whose flags and verbs were meant.
fn command_of(verbs: &[String]) -> clap::Command {
    let below =
        |command: clap::Command, verb: &String| command.find_subcommand(verb).cloned().unwrap_or(command);
    verbs.iter().fold(super::command(), below)
}

fn unknown_flag(flag: &str, near: Option<String>, verbs: &[String], help: &str) -> Failure {
    let failure = match flag.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
        Some(letter) => Failure::new(format!("unknown shorthand flag: '{letter}' in {flag}")),
        None => Failure::new(format!("unknown flag: {flag}")),
    };
    let command = command_of(verbs);
    let longs = command.get_arguments().filter_map(clap::Arg::get_long);
    let near = nearest(flag.trim_start_matches('-'), longs).map(|long| format!("--{long}")).or(near);
    match near {
        _ if known::elsewhere(verbs, flag) => {
            failure.hint(format!("podman has {flag}, rctr does not support it yet; {help}"))
        }
        Some(near) => failure.hint(format!("did you mean {near}? S{}", &help[1..])),
        None => failure.hint(help),
    }
}

/// clap's own words without its prefix, its colours and the usage below.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
