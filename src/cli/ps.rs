//! `rctr ps`, also `rctr container ls`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::format::{self, Style};
use super::{Failure, human, output};
use crate::model::container_request::{ContainerRequest, ListContainersRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome, Phase, SeenContainer};

/// So many letters of a longer command are shown.
const COMMAND: usize = 17;

/// List containers.
///
/// Those that run; with --all also the others.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PsArgs {
    /// Show all containers, not only those that run
    #[arg(short, long)]
    all: Option<bool>,
    /// Show only some: id=, name=, status=, label=, ancestor=, exited=, before=, since=
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Print json, or fill a Go template for each container
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show the so many that were made last, also those that do not run
    #[arg(short = 'n', long, value_name = "COUNT")]
    last: Option<i64>,
    /// Show the one that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Do not shorten ids and commands
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Leave the headings out
    #[arg(long)]
    noheading: Option<bool>,
    /// Print ids only
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Order by command, created, id, image, names, runningfor or status
    #[arg(long, value_name = "FIELD", hide_possible_values = true)]
    sort: Option<Sort>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Command,
    Created,
    Id,
    Image,
    Names,
    Runningfor,
    Status,
}

pub(super) fn run(args: PsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = ContainerRequest::List(args.request()?);
    let outcome = ops::execute(&super::context(global)?, Request::Container(request))?;
    let Outcome::Containers(containers) = outcome else { return Err(output::unexpected()) };
    output::print(show(&args, containers, jiff::Timestamp::now().as_millisecond())?).map(|()| 0)
}

impl PsArgs {
    fn request(&self) -> Result<ListContainersRequest, Failure> {
        let is = |switch: Option<bool>| switch.unwrap_or(false);
        // Below zero is all of them (podman's default).
        let count = self.last.and_then(|count| usize::try_from(count).ok());
        let last = match (count, is(self.latest)) {
            (Some(_), true) => return Err(Failure::new("last and latest are mutually exclusive")),
            (None, true) => Some(1),
            (count, false) => count,
        };
        Ok(ListContainersRequest {
            all: is(self.all) || (self.last.is_some() && last.is_none()),
            last,
            filters: self.filter.clone(),
        })
    }
}

fn show(args: &PsArgs, mut containers: Vec<SeenContainer>, now_ms: i64) -> Result<String, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    sort(&mut containers, args.sort);
    let style = args.format.as_deref().map(Style::parse);
    if matches!(style, Some(Style::Json)) {
        return format::json(&containers.iter().map(|c| object(c, now_ms)).collect::<Vec<_>>());
    }
    let whole = is(args.no_trunc);
    let id = |c: &SeenContainer| (if whole { c.id.as_str() } else { c.id.short() }).to_owned();
    if is(args.quiet) {
        return Ok(containers.iter().map(|container| id(container) + "\n").collect());
    }
    let data: Vec<_> = containers.iter().map(|c| fields(c, id(c), whole, now_ms)).collect();
    match style {
        Some(Style::Rows(template)) => format::rows(template, &data),
        Some(Style::Table(template)) if !template.is_empty() => {
            format::table(template, header, &data, !is(args.noheading))
        }
        _ => format::table(
            "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}",
            header,
            &data,
            !is(args.noheading),
        ),
    }
}

fn header(field: &str) -> String {
    match field {
        "ID" => "CONTAINER ID".to_owned(),
        "CreatedHuman" | "RunningFor" => "CREATED".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "ExitedAt" => "EXITED AT".to_owned(),
        "StartedAt" => "STARTED AT".to_owned(),
        "ImageID" => "IMAGE ID".to_owned(),
        other => other.to_uppercase(),
    }
}

fn sort(containers: &mut [SeenContainer], by: Option<Sort>) {
    match by {
        // The order that they come in.
        None | Some(Sort::Created) => {}
        Some(Sort::Command) => containers.sort_by_key(command),
        Some(Sort::Id) => containers.sort_by(|a, b| a.id.cmp(&b.id)),
        Some(Sort::Image) => containers.sort_by_key(image),
        Some(Sort::Names) => containers.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(Sort::Runningfor) => containers.sort_by_key(|container| container.state.started_ms),
        Some(Sort::Status) => containers.sort_by_key(|container| container.phase.word()),
    }
}

fn command(container: &SeenContainer) -> String {
    container.spec.as_ref().map(|spec| spec.process.args.join(" ")).unwrap_or_default()
}

fn image(container: &SeenContainer) -> String {
    let image = container.spec.as_ref().and_then(|spec| spec.image.as_ref());
    image.map(|image| image.name.clone()).unwrap_or_default()
}

/// `Up 3 seconds`, `Exited (0) 2 minutes ago`, `Created`.
fn status(container: &SeenContainer, now_ms: i64) -> String {
    let state = &container.state;
    match container.phase {
        Phase::Running => format!("Up {}", human::lasting(now_ms.saturating_sub(state.started_ms))),
        Phase::Paused => "Paused".to_owned(),
        Phase::Exited => format!("Exited ({}) {}", state.exit_code, human::ago(state.finished_ms, now_ms)),
        Phase::Created => "Created".to_owned(),
        Phase::Starting => "Initialized".to_owned(),
        Phase::Stopping => "Stopping".to_owned(),
        Phase::Restarting => {
            format!("Restarting ({}) {}", state.exit_code, human::ago(state.finished_ms, now_ms))
        }
        Phase::Unknown => "Unknown".to_owned(),
    }
}

fn fields(container: &SeenContainer, id: String, whole: bool, now_ms: i64) -> Value {
    let mut command = command(container);
    if !whole && command.chars().count() > COMMAND + 3 {
        command = command.chars().take(COMMAND).chain("...".chars()).collect();
    }
    // What would break the table, or the terminal.
    let command: String = command.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let since = human::ago(container.created_ms, now_ms);
    let spec = container.spec.as_ref();
    let labels: Vec<_> =
        spec.iter().flat_map(|s| &s.labels).map(|(key, value)| format!("{key}={value}")).collect();
    json!({
        "ID": id, "Id": container.id, "Image": image(container), "ImageID": image_id(container),
        "Command": command, "CreatedHuman": since, "RunningFor": since, "Created": since,
        "CreatedAt": time(container.created_ms), "StartedAt": container.state.started_ms / 1000,
        "ExitedAt": container.state.finished_ms / 1000, "Exited": container.phase == Phase::Exited,
        "ExitCode": container.state.exit_code, "Status": status(container, now_ms),
        "State": container.phase.word(), "Pid": container.state.pid, "Ports": "", "Names": container.name,
        "Labels": labels.join(","), "Mounts": mounts(container).join(","), "Networks": "", "Size": "",
        "Pod": "", "PodName": "",
    })
}

fn image_id(container: &SeenContainer) -> String {
    let image = container.spec.as_ref().and_then(|spec| spec.image.as_ref());
    image.map(|image| image.id.hex().to_owned()).unwrap_or_default()
}

fn mounts(container: &SeenContainer) -> Vec<String> {
    use crate::model::MountKind;
    let mounts = container.spec.iter().flat_map(|spec| &spec.mounts);
    let shown = mounts.filter(|m| matches!(m.kind, MountKind::Bind { .. } | MountKind::Volume { .. }));
    shown.map(|mount| mount.destination.clone()).collect()
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default()
}

/// An object of `--format json`, with podman's keys.
fn object(container: &SeenContainer, now_ms: i64) -> Value {
    let spec = container.spec.as_ref();
    json!({
        "AutoRemove": spec.is_some_and(|spec| spec.remove),
        "Command": spec.map(|spec| &spec.process.args),
        "Created": container.created_ms / 1000,
        "CreatedAt": human::ago(container.created_ms, now_ms),
        "Exited": container.phase == Phase::Exited,
        "ExitedAt": container.state.finished_ms / 1000,
        "ExitCode": container.state.exit_code,
        "Id": container.id,
        "Image": image(container),
        "ImageID": image_id(container),
        "IsInfra": false,
        "Labels": spec.map(|spec| &spec.labels).filter(|labels| !labels.is_empty()),
        "Mounts": mounts(container),
        "Names": [container.name],
        "Namespaces": {},
        "Networks": [],
        "Pid": container.state.pid,
        "Pod": "",
        "PodName": "",
        "Ports": null,
        "Size": null,
        "StartedAt": container.state.started_ms / 1000,
        "State": container.phase.word(),
        "Status": status(container, now_ms),
    })
}

#[cfg(test)]
#[path = "ps_tests.rs"]
mod tests;
