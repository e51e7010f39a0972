//! What clap says about a command line it cannot take, in podman's words (scripts match on them) with the nearest right
//! word beside. Every such error ends with 125, as podman's do.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Failure, output};

/// Prints help and version, and turns everything else into a failure.
pub(super) fn answer(error: &clap::Error) -> Result<u8, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Err(output::failed(&why)),
            _ => Ok(0),
        },
        _ => Err(explain(error)),
    }
}

fn explain(error: &clap::Error) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    let option = || text(ContextKind::InvalidArg).unwrap_or_default();
    let flag = || option().split([' ', '=', '[']).next().unwrap_or_default().to_owned();
    match error.kind() {
        ErrorKind::UnknownArgument => unknown_flag(&flag(), text(ContextKind::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let failure = Failure::new(format!("unrecognized command `rctr {word}`"));
            match text(ContextKind::SuggestedSubcommand) {
                Some(near) => failure.hint(format!("did you mean {near}? rctr --help lists the commands")),
                None => failure.hint("rctr --help lists the commands"),
            }
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Failure::new("missing command").hint("rctr --help lists the commands")
        }
        ErrorKind::MissingRequiredArgument => Failure::new(format!("missing argument: {}", option())),
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg).unwrap_or_default();
            Failure::new(format!("{} cannot be used with {other}", option()))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            if value.is_empty() && error.kind() == ErrorKind::InvalidValue {
                return Failure::new(format!("flag needs an argument: {}", flag()));
            }
            let reason = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
            let failure = Failure::new(format!("invalid argument {value:?} for {:?}{reason}", flag()));
            match (text(ContextKind::SuggestedValue), text(ContextKind::ValidValue)) {
                (Some(near), _) => failure.hint(format!("did you mean {near}?")),
                (None, Some(all)) => failure.hint(format!("choose one of {all}")),
                (None, None) => failure,
            }
        }
        _ => Failure::new(one_line(error)),
    }
}

fn unknown_flag(flag: &str, near: Option<String>) -> Failure {
    let failure = match flag.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
        Some(letter) => Failure::new(format!("unknown shorthand flag: '{letter}' in {flag}")),
        None => Failure::new(format!("unknown flag: {flag}")),
    };
    match near {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint("--help lists the flags"),
    }
}

/// clap's own words without its prefix, its colours and the usage below.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}
