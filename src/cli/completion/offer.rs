//! The words that fit in a place of a command line. An argument is known by the name of its value, as the help shows it.

use clap::{Arg, Command};

use super::line::{Place, Word};
use crate::ops::{self, Context, Phase, SeenContainer};
use crate::spec::signal;

/// Verbs for containers that run, and for those that do not; the others take any.
const RUNNING: [&str; 7] = ["attach", "exec", "kill", "pause", "port", "stop", "top"];
const IDLE: [&str; 2] = ["cleanup", "init"];

/// A word and what it means.
type Offer = (String, String);

/// The answer to a shell. `world` is asked only when names are wanted.
pub(super) fn answer(place: &Place<'_>, world: impl FnOnce() -> Option<Context>) -> String {
    let (prefix, typed, offers, files) = match &place.word {
        Word::Verb(word) => ("", *word, verbs(place.command), false),
        Word::Flag(word) => ("", *word, flags(place.command), false),
        Word::Value { arg, prefix, typed } => {
            let (offers, files) = values(place, arg, typed, world);
            (*prefix, *typed, offers, files)
        }
        // The program's arguments: files, more likely than anything else.
        Word::Foreign => ("", "", Vec::new(), true),
    };
    let mut text = String::new();
    for (value, help) in offers.into_iter().filter(|(value, _)| value.starts_with(typed)) {
        let help = help.lines().next().unwrap_or_default();
        let tab = if help.is_empty() { "" } else { "\t" };
        text.push_str(&format!("{prefix}{value}{tab}{help}\n"));
    }
    if files {
        text.push_str(":files\n");
    }
    text
}

fn verbs(command: &Command) -> Vec<Offer> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    shown.map(|sub| (sub.get_name().to_owned(), help(sub.get_about()))).collect()
}

fn flags(command: &Command) -> Vec<Offer> {
    let options = command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set());
    let mut flags: Vec<_> = options
        .flat_map(|arg| {
            let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
            longs.into_iter().map(|long| (format!("--{long}"), help(arg.get_help()))).collect::<Vec<_>>()
        })
        .collect();
    flags.sort();
    flags
}

fn help(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// What the value may be, and whether it may be a file.
fn values(
    place: &Place<'_>,
    arg: &Arg,
    typed: &str,
    world: impl FnOnce() -> Option<Context>,
) -> (Vec<Offer>, bool) {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        return (shown.map(|value| (value.get_name().to_owned(), help(value.get_help()))).collect(), false);
    }
    let name = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let verb = place.verbs.last().copied().unwrap_or_default();
    let noun = place.verbs.first().copied().unwrap_or_default();
    // What takes an image away or brings it somewhere does so with a list, too.
    let lists = name == "LIST" || name == "IMAGE" && ["push", "rmi", "rm"].contains(&verb);
    let (containers, images) = match name {
        "CONTAINER" => (true, false),
        "IMAGE" => (false, true),
        "LIST" => (false, false),
        // `inspect` takes both, below a noun what that says.
        "NAME" if verb == "inspect" => (noun != "image", noun != "container"),
        "NAME[:TAG]" if verb == "untag" => (false, true),
        "SIGNAL" => {
            let start = if typed.starts_with("SI") { "SIG" } else { "" };
            return (signal::names().map(|name| (format!("{start}{name}"), String::new())).collect(), false);
        }
        "FILE" | "DIR" => return (Vec::new(), true),
        _ if name.starts_with("SRC:") || name.starts_with("HOST") => return (Vec::new(), true),
        _ => return (Vec::new(), false),
    };
    // Who has no store has no names, and no wish to get one by a TAB.
    // With --rootfs a directory stands in the place of the image.
    let files = ["create", "run"].contains(&verb);
    let Some(ctx) = world().filter(|ctx| ctx.host.dirs.data.join("version").exists()) else {
        return (Vec::new(), files);
    };
    let mut found = Vec::new();
    if containers {
        found.extend(container_names(&ctx, verb));
    }
    if images {
        found.extend(image_names(ops::image_names(&ctx)));
    }
    if lists {
        found.extend(image_names(ops::list_names(&ctx)));
    }
    found.retain(|(value, _)| !place.before.contains(&value.as_str()));
    (found, files)
}

fn container_names(ctx: &Context, verb: &str) -> Vec<Offer> {
    let fits = |container: &SeenContainer| match verb {
        "unpause" => container.phase == Phase::Paused,
        _ if RUNNING.contains(&verb) => container.phase == Phase::Running,
        "start" => !container.phase.lives() || container.phase == Phase::Initialized,
        _ if IDLE.contains(&verb) => !container.phase.lives(),
        _ => true,
    };
    // A store that cannot be read has no names to offer.
    let all = ops::container_names(ctx).unwrap_or_default();
    let named = all.into_iter().filter(|container| fits(container) && !container.name.is_empty());
    named.map(|container| (container.name, container.phase.word().to_owned())).collect()
}

/// Every name; those of docker.io and localhost as one would type them.
fn image_names(names: Result<Vec<String>, ops::OpsError>) -> Vec<Offer> {
    // As above.
    names.unwrap_or_default().into_iter().map(|name| (short(&name).to_owned(), String::new())).collect()
}

fn short(name: &str) -> &str {
    let local = ["docker.io/library/", "docker.io/", "localhost/"];
    let name = local.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    name.strip_suffix(":latest").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> String {
        let command = crate::cli::command();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        answer(&Place::of(&command, &words), || None)
    }

    #[test]
    fn what_needs_no_store() {
        for (line, want) in [
            ("kill -s KIL", "KILL\n"),
            ("kill --signal=SIGKIL", "--signal=SIGKILL\n"),
            ("run --stop-signal USR", "USR1\nUSR2\n"),
            ("run --cidfile ", ":files\n"),
            ("run busybox ls ", ":files\n"),
            ("stop we", ""),
            ("kill -t", ""),
        ] {
            assert_eq!(answered(line), want, "{line:?}");
        }
        assert!(answered("vers").starts_with("version\tShow"), "{}", answered("vers"));
        assert!(!answered("").contains("__complete"));
        let flags = answered("stop --");
        assert!(flags.contains("--time\tWait") && flags.contains("--help\t"), "{flags}");
        assert!(answered("stop --ti").starts_with("--time\t") && answered("stop --ti").lines().count() == 1);
    }

    #[test]
    fn names_are_short_where_that_finds_them() {
        for (name, want) in [
            ("docker.io/library/busybox:latest", "busybox"),
            ("docker.io/team/app:1", "team/app:1"),
            ("localhost/mine:latest", "mine"),
            ("quay.io/team/app:latest", "quay.io/team/app"),
        ] {
            assert_eq!(short(name), want);
        }
    }
}
