//! `rctr inspect`, also `rctr container inspect`.

use clap::{Args, ValueEnum};

use super::format::{self, Style};
use super::{Failure, container, failure, output};
use crate::model::container_request::{ContainerRequest, Which};
use crate::model::image_request::ImageRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Print all about containers, and about images where no container has the name.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct InspectArgs {
    /// Print json, or fill a Go template for each
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    format: String,
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Tell what the containers' files take
    #[arg(short, long)]
    size: Option<bool>,
    /// Look only among these: container, image or all
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        default_value = "all",
        hide_possible_values = true
    )]
    kind: Kind,
    /// Names or ids
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    All,
    Container,
    Image,
}

/// `images`: look among them too, as `rctr inspect` does and `rctr container inspect` does not.
pub(super) fn run(args: InspectArgs, global: &GlobalOptions, images: bool) -> Result<u8, Failure> {
    let latest = args.latest.unwrap_or(false);
    match (args.names.is_empty(), latest) {
        (true, false) => return Err(Failure::new("no names or ids specified")),
        (false, true) => return Err(Failure::new("--latest and arguments cannot be used together")),
        _ => {}
    }
    let ctx = super::context(global)?;
    if images && args.kind == Kind::Image {
        let outcome = ops::execute(&ctx, Request::Image(ImageRequest::Inspect(args.names)))?;
        let Outcome::ImageDetails(details) = outcome else { return Err(output::unexpected()) };
        let objects = details.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
        let objects = objects.map_err(|e| Failure::new(format!("write JSON: {e}")))?;
        return output::print(show(&args.format, &objects)?).map(|()| 0);
    }
    let which = Which { names: args.names, latest, ..Which::default() };
    let request = ContainerRequest::Inspect {
        which,
        images: images && args.kind == Kind::All,
        size: args.size.unwrap_or(false),
    };
    let Outcome::Inspected { objects, failures } = ops::execute(&ctx, Request::Container(request))? else {
        return Err(output::unexpected());
    };
    output::print(show(&args.format, &objects)?)?;
    container::failures(&failures, |_| failure::INTERNAL)
}

fn show(format: &str, objects: &[serde_json::Value]) -> Result<String, Failure> {
    match Style::parse(format) {
        Style::Json => format::json(&objects.iter().map(Ordered).collect::<Vec<_>>()),
        // Without headings, as podman has it: there may be objects of several kinds.
        Style::Table(template) => format::table(template, format::heading, objects, false),
        Style::Rows(template) => format::rows(template, objects),
    }
}

/// The names that people look for, in podman's order; what is not among them comes after, sorted.
const ORDER: &[&str] = &[
    "Id",
    "Digest",
    "RepoTags",
    "RepoDigests",
    "Created",
    "Path",
    "Args",
    "State",
    "OciVersion",
    "Status",
    "Running",
    "Paused",
    "Restarting",
    "OOMKilled",
    "Dead",
    "Pid",
    "ConmonPid",
    "ExitCode",
    "Error",
    "StartedAt",
    "FinishedAt",
    "Health",
    "FailingStreak",
    "Log",
    "Image",
    "ImageDigest",
    "ImageName",
    "Rootfs",
    "Pod",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "StaticDir",
    "OCIRuntime",
    "Type",
    "Name",
    "Source",
    "Destination",
    "RestartCount",
    "Driver",
    "Platform",
    "Mode",
    "Options",
    "RW",
    "Propagation",
    "MountLabel",
    "ProcessLabel",
    "AppArmorProfile",
    "EffectiveCaps",
    "BoundingCaps",
    "ExecIDs",
    "GraphDriver",
    "SizeRw",
    "SizeRootFs",
    "Mounts",
    "Dependencies",
    "NetworkSettings",
    "Namespace",
    "IsInfra",
    "IsService",
    "Config",
    "HostConfig",
];

/// A value whose objects are written in that order.
struct Ordered<'a>(&'a serde_json::Value);

impl serde::Serialize for Ordered<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            serde_json::Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            serde_json::Value::Object(map) => {
                let known = ORDER.iter().filter_map(|name| map.get_key_value(*name));
                let others = map.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
                serializer.collect_map(known.chain(others).map(|(name, value)| (name, Ordered(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_look_for_comes_first() {
        let objects = [serde_json::json!({
            "Args": ["a"], "Config": {"Z": 1, "A": null}, "Id": "x", "State": {"Pid": 1, "Status": "s"}, "Beta": 0,
        })];
        let text: String = show("json", &objects).unwrap().split_whitespace().collect();
        let want =
            r#"[{"Id":"x","Args":["a"],"State":{"Status":"s","Pid":1},"Config":{"A":null,"Z":1},"Beta":0}]"#;
        assert_eq!(text, want);
        assert_eq!(show("{{.ID}} {{.State.Status}}", &objects).unwrap(), "x s\n");
        assert_eq!(show("table {{.Id}} {{.Args}}", &objects).unwrap(), "x           [a]\n");
    }
}
