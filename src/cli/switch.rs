//! Flags as podman's library has them: a switch may be told `=true` or `=false`, and what follows an option that wants a
//! value is the value, whatever it looks like.

use clap::builder::ValueParserFactory;
use clap::{Arg, ArgAction, Command, Id};

/// The name that stands for the value of a switch that is off unless given; never shown.
const HIDDEN: &str = "BOOL";

/// For `#[command(mut_args(…))]`: `Option<bool>` fields become switches.
pub(super) fn like_podman(arg: Arg) -> Arg {
    if arg.is_positional() || !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        return arg;
    }
    if arg.get_value_parser().type_id() != bool::value_parser().type_id() {
        return arg.allow_hyphen_values(true);
    }
    let named = arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.contains('|')));
    let arg = if named { arg } else { arg.value_name(HIDDEN) };
    arg.num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .value_parser(truth)
        .hide_possible_values(true)
}

/// The same commands as people read them: a switch without `[=<BOOL>]`, and in `rctr VERB --help` neither the global
/// options nor what the usage line says already.
pub(super) fn plain(mut command: Command) -> Command {
    command.build();
    let global: Vec<Id> =
        command.get_arguments().filter(|arg| arg.is_global_set()).map(|arg| arg.get_id().clone()).collect();
    for_each_below(command, &|command| {
        let said = command.get_overridden_usage().is_some();
        command.mut_args(|arg| {
            if is_switch(&arg) {
                arg.action(ArgAction::SetTrue).num_args(0).require_equals(false)
            } else if global.contains(arg.get_id()) || (said && arg.is_positional()) {
                arg.hide(true)
            } else {
                arg
            }
        })
    })
}

fn is_switch(arg: &Arg) -> bool {
    arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == HIDDEN))
}

fn for_each_below(command: Command, change: &dyn Fn(Command) -> Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |below| for_each_below(change(below), change))
    })
}

/// The spellings of Go's strconv.ParseBool, which scripts for podman may use.
fn truth(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("want true or false".to_owned()),
    }
}
