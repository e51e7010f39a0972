//! `rctr diff`, also `rctr container diff`.

use clap::{Args, ValueEnum};

use super::{Failure, format, output};
use crate::model::container_request::ContainerRequest;
use crate::model::files_request::DiffRequest;
use crate::model::{Change, ChangeKind, GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Show what a container has changed, or what the topmost layer of an image adds.
///
/// A line each: A was added, C was changed, D was deleted.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct DiffArgs {
    /// Print json
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Form>,
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Name or id of a container, else of an image
    #[arg(value_name = "CONTAINER|IMAGE")]
    object: Option<String>,
}

/// Ways to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Json,
}

pub(super) fn run(args: DiffArgs, global: &GlobalOptions, containers_only: bool) -> Result<u8, Failure> {
    let latest = args.latest.unwrap_or(false);
    if latest == args.object.is_some() {
        return Err(Failure::new(match latest {
            true => "--latest and arguments cannot be used together",
            false => "you must provide one container or image",
        }));
    }
    let request = DiffRequest { object: args.object.unwrap_or_default(), latest, containers_only };
    show(Request::Container(ContainerRequest::Diff(request)), args.format, global)
}

/// Asks for changes and prints them.
pub(super) fn show(request: Request, form: Option<Form>, global: &GlobalOptions) -> Result<u8, Failure> {
    let Outcome::Changes(changes) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    let text = match form {
        Some(Form::Json) => json(&changes)?,
        None => lines(&changes),
    };
    output::print(text).map(|()| 0)
}

fn lines(changes: &[Change]) -> String {
    // A name of the container's must not drive the terminal.
    let plain = |path: &str| path.chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>();
    changes.iter().map(|change| format!("{} {}\n", change.kind.letter(), plain(&change.path))).collect()
}

/// podman's object: a list of paths for each kind that there is.
fn json(changes: &[Change]) -> Result<String, Failure> {
    let mut object = serde_json::Map::new();
    for (name, kind) in
        [("changed", ChangeKind::Modified), ("added", ChangeKind::Added), ("deleted", ChangeKind::Deleted)]
    {
        let paths: Vec<_> = changes.iter().filter(|change| change.kind == kind).collect();
        if !paths.is_empty() {
            object.insert(name.to_owned(), paths.into_iter().map(|change| change.path.as_str()).collect());
        }
    }
    format::json(&object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podmans_forms() {
        let change = |kind, path: &str| Change { kind, path: path.into() };
        let changes = [
            change(ChangeKind::Modified, "/d"),
            change(ChangeKind::Added, "/d/\u{1b}[2J"),
            change(ChangeKind::Deleted, "/d/gone"),
        ];
        assert_eq!(lines(&changes), "C /d\nA /d/?[2J\nD /d/gone\n");
        let json: serde_json::Value = serde_json::from_str(&json(&changes[..2]).unwrap()).unwrap();
        assert_eq!(json, serde_json::json!({"changed": ["/d"], "added": ["/d/\u{1b}[2J"]}));
    }
}
